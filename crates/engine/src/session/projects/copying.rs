//! A copy of a project: all that is stored of it but what an undo would bring back.

use std::collections::VecDeque;

use super::super::Session;
use super::super::platform::{Platform, Storage};
use super::{Hidden, Shelf, Step, no_storage, problem, record};
use crate::store::{self, HIDDEN, Snapshot, Table, Write};
use data::names::kept;
use data::problem::{Problem, ProjectProblem};
use data::protocol::{Event, Job};

/// Entries that are copied at once.
const AT_ONCE: usize = 50;

pub struct Copying<P: Platform> {
    pub request: u64,
    name: String,
    /// None for the project that is open.
    from: Option<<P::Shelf as Shelf>::Storage>,
    into: (String, <P::Shelf as Shelf>::Storage),
    /// What was there when the copy began.
    snapshot: Snapshot,
    keys: VecDeque<(Table, Vec<String>)>,
    total: usize,
}

impl<P: Platform> Copying<P> {
    pub async fn begin(
        session: &mut Session<P>,
        request: u64,
        of: &str,
        name: &str,
    ) -> Result<Self, Problem> {
        let shelf = session.platform.shelf();
        let gone = |_| problem(name, ProjectProblem::Gone);
        let from = match of == shelf.current() {
            true => None,
            false => Some(shelf.open(of).await.map_err(gone)?),
        };
        let (snapshot, tables) = match &from {
            Some(storage) => parts(storage).await,
            None => parts(session.platform.storage()).await,
        };
        let snapshot = snapshot.map_err(gone)?;
        let into = begun(session, name).await?;
        let chunks = tables.into_iter().flat_map(|(table, keys)| {
            let chunks = keys.chunks(AT_ONCE).map(<[String]>::to_vec);
            chunks.map(|keys| (table, keys)).collect::<Vec<_>>()
        });
        let keys: VecDeque<_> = chunks.collect();
        Ok(Self {
            request,
            name: kept(name),
            from,
            into,
            snapshot,
            total: keys.len() + 1,
            keys,
        })
    }

    pub fn progress(&self) -> Event {
        Event::Progress {
            job: Job::CopyProject,
            done: self.total - self.keys.len() - 1,
            total: self.total,
        }
    }

    pub(super) async fn step(&mut self, session: &mut Session<P>) -> Result<Step, Problem> {
        let (_, into) = &mut self.into;
        if let Some((table, keys)) = self.keys.pop_front() {
            let values = match &self.from {
                Some(storage) => storage.get(table, &keys).await,
                None => session.platform.storage().get(table, &keys).await,
            };
            let there = keys.into_iter().zip(values);
            let writes = there.filter_map(|(key, value)| {
                let value = Some(value?);
                Some(Write { table, key, value })
            });
            into.write(writes.collect()).await;
            return match into.holds_all() {
                true => Ok(Step::GoesOn(Vec::new())),
                false => Err(problem(&self.name, ProjectProblem::NoRoom)),
            };
        }
        let Snapshot { project, samples } = std::mem::take(&mut self.snapshot);
        finish(into, &self.name, project, samples).await?;
        into.close();
        if let Some(from) = &mut self.from {
            from.close();
        }
        Ok(Step::Over(vec![session.list(false).await]))
    }

    pub async fn undo(mut self, session: &mut Session<P>) {
        self.into.1.close();
        session.platform.shelf().delete(&self.into.0).await;
    }
}

/// The small tables of a storage, and the keys of the others.
async fn parts(
    storage: &impl Storage,
) -> (
    Result<Snapshot, data::problem::StorageProblem>,
    Vec<(Table, Vec<String>)>,
) {
    let snapshot = storage.snapshot().await;
    let mut tables = Vec::new();
    let large = |table: &Table| !matches!(table, Table::Project | Table::Samples);
    for table in Table::ALL.into_iter().filter(large) {
        tables.push((table, storage.keys(table).await));
    }
    (snapshot, tables)
}

/// A project that is not in the list until [`finish`].
pub async fn begun<P: Platform>(
    session: &Session<P>,
    name: &str,
) -> Result<(String, <P::Shelf as Shelf>::Storage), Problem> {
    let shelf = session.platform.shelf();
    let id = shelf.free().await;
    let opened = shelf.open(&id).await;
    let mut storage = opened.map_err(|why| no_storage(name, why))?;
    let hidden = Hidden::unfinished(shelf.now());
    storage.write(vec![record(HIDDEN, Some(hidden))]).await;
    Ok((id, storage))
}

/// Its small tables come last, at once, and make it a project.
pub async fn finish(
    storage: &mut impl Storage,
    name: &str,
    project: impl IntoIterator<Item = (String, Vec<u8>)>,
    samples: impl IntoIterator<Item = (String, Vec<u8>)>,
) -> Result<(), Problem> {
    let project = project.into_iter().filter(|(key, _)| store::travels(key));
    let write = |table: Table| {
        move |(key, value)| Write {
            table,
            key,
            value: Some(value),
        }
    };
    let mut writes: Vec<Write> = project.map(write(Table::Project)).collect();
    writes.extend(samples.into_iter().map(write(Table::Samples)));
    let json = serde_json::to_vec(name).expect("a text becomes JSON");
    writes.push(record(store::NAME, Some(json)));
    writes.push(record(HIDDEN, None));
    storage.write(writes).await;
    match storage.holds_all() {
        true => Ok(()),
        false => Err(problem(name, ProjectProblem::NoRoom)),
    }
}
