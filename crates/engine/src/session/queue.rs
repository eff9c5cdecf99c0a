//! Photos that wait to be read, in the order in which they are worked on.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use super::platform::{JobSource, Platform};
use crate::{Engine, Output, PhotoFile, PreparedPhoto, Zip, done, plain};
use data::class::ClassId;
use data::problem::{Problem, SampleProblem};
use data::protocol::Event;

/// Where a photo's bytes come from when it is its turn.
pub enum Source<P: Platform> {
    File(P::File),
    /// Relative to the page.
    Url(String),
    Zip(Rc<RefCell<Zip<P::Reader>>>, usize),
}

/// A photo that waits to be read.
pub struct Photo<P: Platform> {
    /// None to try it.
    pub to: Option<ClassId>,
    /// The file of the page's that ends with it, or with the last of those that came in it.
    pub file: u64,
    /// Its place in that file, where there are several.
    pub part: Option<usize>,
    /// With the folders it came in.
    pub path: String,
    pub source: Source<P>,
    /// It may be there already, because it was handed over twice.
    pub again: bool,
}

/// Those to try first, because somebody is waiting for them.
pub struct Queue<P: Platform> {
    add: VecDeque<Photo<P>>,
    tries: VecDeque<Photo<P>>,
    /// How many photos a file stands for that are not done: it ends with the last.
    open: HashMap<u64, usize>,
}

impl<P: Platform> Default for Queue<P> {
    fn default() -> Self {
        Self {
            add: VecDeque::new(),
            tries: VecDeque::new(),
            open: HashMap::new(),
        }
    }
}

impl<P: Platform> Queue<P> {
    pub fn add(&mut self, photos: Vec<Photo<P>>) {
        self.count(&photos);
        self.add.extend(photos);
    }

    pub fn try_out(&mut self, photos: Vec<Photo<P>>) {
        self.count(&photos);
        self.tries.extend(photos);
    }

    /// Only photos of a file with several of them: any other ends with its one photo.
    fn count(&mut self, photos: &[Photo<P>]) {
        for photo in photos.iter().filter(|photo| photo.part.is_some()) {
            *self.open.entry(photo.file).or_default() += 1;
        }
    }

    pub fn next_to_try(&mut self) -> Option<Photo<P>> {
        self.tries.pop_front()
    }

    pub fn next_to_add(&mut self) -> Option<Photo<P>> {
        self.add.pop_front()
    }

    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.tries.is_empty()
    }

    /// Photos to add.
    pub fn waiting(&self) -> usize {
        self.add.len()
    }

    /// Photos that were taken out and not done, in their order.
    pub fn put_back(&mut self, photos: Vec<Photo<P>>) {
        for photo in photos.into_iter().rev() {
            self.add.push_front(photo);
        }
    }

    /// Photos on their way to a class, or to any, are not read any more.
    pub fn forget(&mut self, engine: &mut Engine, class: Option<ClassId>) -> Vec<Output> {
        let all = std::mem::take(&mut self.add);
        let goes = |photo: &Photo<P>| class.is_none() || photo.to == class;
        let (gone, stay): (Vec<Photo<P>>, Vec<Photo<P>>) = all.into_iter().partition(goes);
        self.add = stay.into();
        if gone.is_empty() {
            return Vec::new();
        }
        let withdrawn = gone.into_iter().map(|photo| {
            if let Some(to) = photo.to {
                engine.withdraw(to);
            }
            done(photo.file)
        });
        let mut outputs: Vec<Output> = withdrawn.collect();
        outputs.extend(engine.overview());
        outputs
    }

    /// Photos to try are not read any more.
    pub fn stop_trying(&mut self) -> Vec<Output> {
        self.tries.drain(..).map(|photo| done(photo.file)).collect()
    }

    /// The end of a file is told with the last photo in it; what is wrong with one of them is said at once.
    pub fn join_parts(&mut self, outputs: Vec<Output>) -> Vec<Output> {
        let mut told = Vec::with_capacity(outputs.len());
        for (event, payloads) in outputs {
            let (id, problem) = match &event {
                Event::Done { id } => (*id, None),
                Event::Refused { id, problem } => (*id, Some(problem)),
                _ => {
                    told.push((event, payloads));
                    continue;
                }
            };
            let Some(left) = self.open.get_mut(&id) else {
                told.push((event, payloads));
                continue;
            };
            told.extend(problem.map(|problem| plain(Event::Problem(problem.clone()))));
            *left -= 1;
            if *left == 0 {
                self.open.remove(&id);
                told.push(done(id));
            }
        }
        told
    }
}

impl<P: Platform> Photo<P> {
    /// One of several photos that were handed over as one may be what broke the worker before.
    pub fn begun(&self) -> Option<Output> {
        let part = self.part.filter(|_| self.again)?;
        let (file, name) = (self.file, self.path.clone());
        Some(plain(Event::Begun { file, part, name }))
    }

    /// For an embedder, which cannot see our zips.
    pub fn job_source(&self) -> Result<JobSource<P::File>, SampleProblem> {
        Ok(match &self.source {
            Source::File(file) => JobSource::File(file.clone()),
            Source::Url(url) => JobSource::Url(url.clone()),
            Source::Zip(zip, index) => JobSource::Bytes(zip.borrow_mut().read(*index)?),
        })
    }

    /// Hands it to the engine, prepared by an embedder.
    pub fn add(
        self,
        engine: &mut Engine,
        prepared: Result<PreparedPhoto, SampleProblem>,
    ) -> Vec<Output> {
        let outputs = match self.to {
            Some(to) => engine.add_prepared(to, self.file, self.name(), prepared),
            None => Vec::new(),
        };
        self.told(outputs)
    }

    /// Reads it and hands it to the engine.
    pub async fn deliver(self, engine: &mut Engine, platform: &P) -> Vec<Output> {
        let photo: Result<PhotoFile, SampleProblem> = match self.source.read(platform).await {
            Ok(bytes) => Ok(platform.decode(bytes).await),
            Err(why) => Err(why),
        };
        let outputs = match self.to {
            Some(to) => engine.add_photo(to, self.file, self.name(), photo),
            None => engine.try_photo(self.file, self.name(), photo).await,
        };
        self.told(outputs)
    }

    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// A refusal names the photo by its path. That one is there already says nothing where this session was handed what
    /// the one before it had begun.
    fn told(&self, mut outputs: Vec<Output>) -> Vec<Output> {
        for (event, _) in &mut outputs {
            let Event::Refused { id, problem } = event else {
                continue;
            };
            if let Problem::Sample { file, why } = problem {
                file.clone_from(&self.path);
                if self.again && matches!(why, SampleProblem::Duplicate { .. }) {
                    *event = Event::Done { id: *id };
                }
            }
        }
        outputs
    }
}

impl<P: Platform> Source<P> {
    async fn read(&self, platform: &P) -> Result<Vec<u8>, SampleProblem> {
        match self {
            Self::Url(url) => {
                let fetched = platform.fetch(url).await;
                fetched.map_err(|why| SampleProblem::Unreadable(why.into()))
            }
            Self::File(file) => platform.read(file).await,
            Self::Zip(zip, index) => zip.borrow_mut().read(*index),
        }
    }
}
