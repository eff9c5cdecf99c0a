//! The projects of this browser: list, make, rename, copy, delete, go over to another; and project files. One that is open never
//! changes because of a file: what is opened becomes a project of its own, and what is merged is added.

mod copying;
mod list;
mod reading;
mod saving;
mod shelf;

pub(super) use saving::clean;
pub use shelf::Shelf;

use super::Session;
use super::classify::Sorting;
use super::platform::{Payload, Platform, Storage};
use crate::store::{self, HIDDEN, Table, Write};
use crate::{Output, done, plain, refused};
use copying::Copying;
use data::names::kept;
use data::problem::{Problem, ProjectProblem, StorageProblem};
use data::protocol::{Access, Event, ProjectEvent, ProjectRequest};
use list::Hidden;
use reading::Reading;
use saving::Saving;

/// Work on a whole project, one at a time and in steps.
pub(super) enum Work<P: Platform> {
    Save(Box<Saving<P>>),
    Read(Box<Reading<P>>),
    Copy(Copying<P>),
    Sort(Box<Sorting<P>>),
}

/// What a step of it comes to.
pub(super) enum Step {
    GoesOn(Vec<Output>),
    /// With what is to be told; the end of the request comes behind it.
    Over(Vec<Output>),
    /// It is over, and this project is next.
    GoTo(String, Vec<Output>),
}

type Replied = Result<Vec<Output>, Problem>;

fn problem(name: &str, why: ProjectProblem) -> Problem {
    let name = name.into();
    Problem::Project { name, why }
}

/// Why there is no storage for a new project.
fn no_storage(name: &str, why: StorageProblem) -> Problem {
    match why {
        StorageProblem::Full => problem(name, ProjectProblem::NoRoom),
        _ => problem(name, ProjectProblem::NoStorage),
    }
}

pub(super) fn told(event: ProjectEvent) -> Output {
    plain(Event::Projects(event))
}

/// A record of the table `project` of a project that this session does not have open.
fn record(key: &str, value: Option<Vec<u8>>) -> Write {
    Write {
        table: Table::Project,
        key: key.into(),
        value,
    }
}

impl<P: Platform> Session<P> {
    pub(super) async fn of_projects(
        &mut self,
        id: u64,
        request: ProjectRequest,
        payloads: Vec<Payload<P::File>>,
    ) -> Vec<Output> {
        match self.reply_of_projects(id, request, payloads).await {
            // What is under way ends later.
            Ok(outputs) if self.work.as_ref().is_some_and(|work| work.request() == id) => outputs,
            Ok(mut outputs) => {
                outputs.push(done(id));
                outputs
            }
            Err(problem) => vec![refused(id, problem)],
        }
    }

    async fn reply_of_projects(
        &mut self,
        id: u64,
        request: ProjectRequest,
        payloads: Vec<Payload<P::File>>,
    ) -> Replied {
        let file = payloads.into_iter().find_map(|payload| match payload {
            Payload::File(file) => Some(file),
            Payload::Bytes(_) => None,
        });
        match request {
            ProjectRequest::List { sizes } => return Ok(vec![self.list(sizes).await]),
            ProjectRequest::New { name } => {
                let new = self.make(&name).await?;
                return self.go_to(&name, &new).await;
            }
            ProjectRequest::GoTo { id } => return self.go_to("", &id).await,
            ProjectRequest::Rename { id, name } => {
                let name = kept(&name);
                if !name.is_empty() {
                    let json = serde_json::to_vec(&name).expect("a text becomes JSON");
                    self.write_record(&id, &name, store::NAME, Some(json))
                        .await?;
                }
            }
            ProjectRequest::Duplicate { id: of, name } => {
                self.has_no_work(&name)?;
                self.work = Some(Work::Copy(Copying::begin(self, id, &of, &name).await?));
                return Ok(Vec::new());
            }
            ProjectRequest::Delete { id } => return self.delete(&id).await,
            ProjectRequest::Restore { id } => {
                self.write_record(&id, "", HIDDEN, None).await?;
            }
            ProjectRequest::DeleteForGood { id } => {
                let shelf = self.platform.shelf();
                if id != shelf.current() && !shelf.is_open_elsewhere(&id).await {
                    shelf.delete(&id).await;
                }
            }
            ProjectRequest::Save { name, metadata } => {
                self.has_no_work(&name)?;
                let saving = Saving::begin(self, id, name, metadata).await?;
                self.work = Some(Work::Save(Box::new(saving)));
                return Ok(Vec::new());
            }
            ProjectRequest::Look { name } => {
                return Ok(vec![reading::look(&self.platform, &name, file).await?]);
            }
            ProjectRequest::Open { name } => {
                self.has_no_work(&name)?;
                let reading = Reading::begin(self, id, &name, file, false).await?;
                self.work = Some(Work::Read(Box::new(reading)));
                return Ok(Vec::new());
            }
            ProjectRequest::Merge { name } => {
                self.has_no_work(&name)?;
                let reading = Reading::begin(self, id, &name, file, true).await?;
                self.work = Some(Work::Read(Box::new(reading)));
                return Ok(Vec::new());
            }
            ProjectRequest::Stop => return Ok(self.stop_work().await),
        }
        Ok(vec![self.list(false).await])
    }

    fn has_no_work(&self, name: &str) -> Result<(), Problem> {
        match self.work {
            Some(_) => Err(problem(name, ProjectProblem::Busy)),
            None => Ok(()),
        }
    }

    /// An empty project of this name; its id.
    async fn make(&self, name: &str) -> Result<String, Problem> {
        let shelf = self.platform.shelf();
        let id = shelf.free().await;
        let opened = shelf.open(&id).await;
        let mut storage = opened.map_err(|why| no_storage(name, why))?;
        let json = serde_json::to_vec(&kept(name)).expect("a text becomes JSON");
        storage.write(vec![record(store::NAME, Some(json))]).await;
        let stored = storage.holds_all();
        storage.close();
        match stored {
            true => Ok(id),
            false => Err(problem(name, ProjectProblem::NoRoom)),
        }
    }

    /// Writes a record of any project's.
    async fn write_record(
        &mut self,
        id: &str,
        name: &str,
        key: &str,
        value: Option<Vec<u8>>,
    ) -> Result<(), Problem> {
        if id == self.platform.shelf().current() {
            if self.access != Access::Writer {
                return Err(Problem::Storage(StorageProblem::ReadOnly));
            }
            let storage = self.platform.storage_mut();
            let trouble = storage.write(vec![record(key, value)]).await;
            return trouble.map_or(Ok(()), |why| Err(Problem::Storage(why)));
        }
        let shelf = self.platform.shelf();
        if !shelf.all().await.iter().any(|there| there == id) {
            return Err(problem(name, ProjectProblem::Gone));
        }
        let opened = shelf.open(id).await;
        let mut storage = opened.map_err(|_| problem(name, ProjectProblem::Gone))?;
        storage.write(vec![record(key, value)]).await;
        let stored = storage.holds_all();
        storage.close();
        match stored {
            true => Ok(()),
            false => Err(problem(name, ProjectProblem::NoRoom)),
        }
    }

    /// It is not in the list any more. Where it is the one that is open, the next one in the list takes its place, or a new one.
    async fn delete(&mut self, id: &str) -> Replied {
        let shelf = self.platform.shelf();
        let current = id == shelf.current();
        if !current && shelf.is_open_elsewhere(id).await {
            return Err(problem("", ProjectProblem::OpenElsewhere));
        }
        let hidden = Hidden::deleted(shelf.now());
        if !current {
            self.write_record(id, "", HIDDEN, Some(hidden)).await?;
            return Ok(vec![self.list(false).await]);
        }
        if self.access != Access::Writer {
            return Err(Problem::Storage(StorageProblem::ReadOnly));
        }
        let others = self.views(false).await;
        let next = others.iter().find(|view| !view.current && !view.deleted);
        let next = match next {
            Some(next) => next.id.clone(),
            None => shelf_free(self).await?,
        };
        self.write_record(id, "", HIDDEN, Some(hidden)).await?;
        let gone = self.go_to("", &next).await;
        if gone.is_err() {
            self.write_record(id, "", HIDDEN, None).await?;
        }
        gone
    }

    /// Leaves this project, once all of it is stored. An empty one without a name is not kept.
    async fn go_to(&mut self, name: &str, next: &str) -> Replied {
        let current = self.platform.shelf().current();
        if next == current {
            return Ok(vec![self.list(false).await]);
        }
        if !self.queue.is_empty() || !self.flights.is_empty() || self.work.is_some() {
            return Err(problem(name, ProjectProblem::Busy));
        }
        if self.access == Access::Writer {
            let outputs = self.finish().await;
            self.publish(outputs).await;
            self.platform.storage_mut().write_back().await;
            if !self.platform.storage().holds_all() {
                return Err(problem(name, ProjectProblem::NotStored));
            }
            let name = [store::NAME.to_owned()];
            let named = self.platform.storage().get(Table::Project, &name).await;
            let named = named.into_iter().flatten().next().is_some();
            self.platform.storage_mut().read_only();
            if !named && self.engine.is_empty() {
                self.platform.storage_mut().close();
                self.platform.shelf().delete(&current).await;
            }
            self.platform.release_lock();
        }
        self.over = true;
        let id = next.to_owned();
        Ok(vec![told(ProjectEvent::GoTo { id })])
    }

    /// A step of the work under way.
    pub(super) async fn work_at_projects(&mut self) -> Vec<Output> {
        let Some(mut work) = self.work.take() else {
            return Vec::new();
        };
        let id = work.request();
        let stepped = match &mut work {
            Work::Save(saving) => saving.step(self).await,
            Work::Read(reading) => reading.step(self).await,
            Work::Copy(copying) => copying.step(self).await,
            Work::Sort(sorting) => sorting.step(self).await,
        };
        let ended = |mut outputs: Vec<Output>, end: Output| {
            outputs.push(end);
            outputs
        };
        match stepped {
            Ok(Step::GoesOn(mut outputs)) => {
                outputs.push(work.progress());
                self.work = Some(work);
                outputs
            }
            Ok(Step::Over(mut outputs)) => {
                outputs.push(work.over());
                ended(outputs, done(id))
            }
            Ok(Step::GoTo(next, mut outputs)) => {
                outputs.push(work.over());
                match self.go_to("", &next).await {
                    Ok(gone) => outputs.extend(gone),
                    // It is there, and in the list.
                    Err(why) => return ended(outputs, refused(id, why)),
                }
                ended(outputs, done(id))
            }
            Err(why) => {
                let over = work.over();
                work.undo(self).await;
                vec![over, refused(id, why)]
            }
        }
    }

    /// What was begun is taken back.
    pub(super) async fn stop_work(&mut self) -> Vec<Output> {
        match self.work.take() {
            Some(work) => {
                let (id, over) = (work.request(), work.over());
                work.undo(self).await;
                vec![over, done(id)]
            }
            None => Vec::new(),
        }
    }
}

/// A project without a name in place of the last one.
async fn shelf_free<P: Platform>(session: &Session<P>) -> Result<String, Problem> {
    let shelf = session.platform.shelf();
    let id = shelf.free().await;
    let opened = shelf.open(&id).await;
    let mut storage = opened.map_err(|why| no_storage("", why))?;
    storage.close();
    Ok(id)
}

impl<P: Platform> Work<P> {
    /// The one that it ends.
    fn request(&self) -> u64 {
        match self {
            Self::Save(saving) => saving.request,
            Self::Read(reading) => reading.request,
            Self::Copy(copying) => copying.request,
            Self::Sort(sorting) => sorting.request,
        }
    }

    fn progress(&self) -> Output {
        plain(match self {
            Self::Save(saving) => saving.progress(),
            Self::Read(reading) => reading.progress(),
            Self::Copy(copying) => copying.progress(),
            Self::Sort(sorting) => sorting.progress(),
        })
    }

    /// No bar any more.
    fn over(&self) -> Output {
        match self.progress() {
            (Event::Progress { job, total, .. }, _) => plain(Event::Progress {
                job,
                done: total,
                total,
            }),
            other => other,
        }
    }

    async fn undo(self, session: &mut Session<P>) {
        match self {
            Self::Save(_) | Self::Sort(_) => {}
            Self::Read(reading) => reading.undo(session).await,
            Self::Copy(copying) => copying.undo(session).await,
        }
    }
}
