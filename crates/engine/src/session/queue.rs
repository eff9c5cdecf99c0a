//! Samples that wait to be read, in the order in which they are worked on.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use super::platform::{JobSource, Platform};
use crate::intake::SampleName;
use crate::{Destination, Engine, Output, PreparedSample, SampleFile, Zip, done, plain};
use data::class::ClassId;
use data::problem::{Problem, SampleProblem};
use data::protocol::Event;

/// Where a sample's bytes come from when it is its turn.
pub enum Source<P: Platform> {
    File(P::File),
    /// Relative to the page.
    Url(String),
    Zip(Rc<RefCell<Zip<P::Reader>>>, usize),
}

/// A sample that waits to be read.
pub struct QueuedSample<P: Platform> {
    /// None to try it.
    pub to: Option<Destination>,
    /// The file of the page's that ends with it, or with the last of those that came in it.
    pub file: u64,
    /// Its place in that file, where there are several.
    pub part: Option<usize>,
    /// With the folders it came in.
    pub path: String,
    /// The zip that it came in.
    pub zip: Option<Rc<str>>,
    pub source: Source<P>,
    /// It may be there already, because it was handed over twice.
    pub again: bool,
}

/// Those to try first, because somebody is waiting for them.
pub struct Queue<P: Platform> {
    add: VecDeque<QueuedSample<P>>,
    tries: VecDeque<QueuedSample<P>>,
    /// How many samples a file stands for that are not done: it ends with the last.
    open: HashMap<u64, usize>,
}

impl<P: Platform> Clone for Source<P> {
    fn clone(&self) -> Self {
        match self {
            Self::File(file) => Self::File(file.clone()),
            Self::Url(url) => Self::Url(url.clone()),
            Self::Zip(zip, index) => Self::Zip(zip.clone(), *index),
        }
    }
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
    pub fn add(&mut self, samples: Vec<QueuedSample<P>>) {
        self.count(&samples);
        self.add.extend(samples);
    }

    pub fn try_out(&mut self, samples: Vec<QueuedSample<P>>) {
        self.count(&samples);
        self.tries.extend(samples);
    }

    /// Only samples of a file with several of them: any other ends with its one sample.
    pub fn count(&mut self, samples: &[QueuedSample<P>]) {
        for sample in samples.iter().filter(|sample| sample.part.is_some()) {
            *self.open.entry(sample.file).or_default() += 1;
        }
    }

    pub fn next_to_try(&mut self) -> Option<QueuedSample<P>> {
        self.tries.pop_front()
    }

    pub fn next_to_add(&mut self) -> Option<QueuedSample<P>> {
        self.add.pop_front()
    }

    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.tries.is_empty()
    }

    /// Samples to add.
    pub fn waiting(&self) -> usize {
        self.add.len()
    }

    /// Samples that were taken out and not done, in their order.
    pub fn put_back(&mut self, samples: Vec<QueuedSample<P>>) {
        for sample in samples.into_iter().rev() {
            self.add.push_front(sample);
        }
    }

    /// Samples on their way to a class, or to any, are not read any more.
    pub fn forget(&mut self, engine: &mut Engine, class: Option<ClassId>) -> Vec<Output> {
        let all = std::mem::take(&mut self.add);
        let goes =
            |sample: &QueuedSample<P>| class.is_none() || sample.to.map(|to| to.class) == class;
        let (gone, stay): (Vec<QueuedSample<P>>, Vec<QueuedSample<P>>) =
            all.into_iter().partition(goes);
        self.add = stay.into();
        if gone.is_empty() {
            return Vec::new();
        }
        let withdrawn = gone.into_iter().map(|sample| {
            if let Some(to) = sample.to {
                engine.withdraw(to);
            }
            done(sample.file)
        });
        let mut outputs: Vec<Output> = withdrawn.collect();
        outputs.extend(engine.overview());
        outputs
    }

    /// Samples to try are not read any more.
    pub fn stop_trying(&mut self) -> Vec<Output> {
        self.tries
            .drain(..)
            .map(|sample| done(sample.file))
            .collect()
    }

    /// The end of a file is told with the last sample in it; what is wrong with one of them is said at once.
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

impl<P: Platform> QueuedSample<P> {
    /// One of several samples that were handed over as one may be what broke the worker before.
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
        prepared: Result<PreparedSample, SampleProblem>,
    ) -> Vec<Output> {
        let outputs = match self.to {
            Some(to) => engine.add_prepared(to, self.file, self.came_as(&self.folder()), prepared),
            None => Vec::new(),
        };
        self.told(outputs)
    }

    /// Reads it and hands it to the engine.
    pub async fn deliver(self, engine: &mut Engine, platform: &P) -> Vec<Output> {
        let file: Result<SampleFile, SampleProblem> = match self.source.read(platform).await {
            Ok(bytes) => Ok(platform.decode(bytes).await),
            Err(why) => Err(why),
        };
        let outputs = match self.to {
            Some(to) => engine.add_file(to, self.file, self.came_as(&self.folder()), file),
            None => engine.try_file(self.file, self.name(), file).await,
        };
        self.told(outputs)
    }

    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The zip and the folders in front of the name; none of a file that came alone.
    fn folder(&self) -> Option<String> {
        if matches!(self.source, Source::Url(_)) {
            return None;
        }
        let folders = self.path.rsplit_once('/').map(|(folders, _)| folders);
        let parts: Vec<&str> = self.zip.as_deref().into_iter().chain(folders).collect();
        (!parts.is_empty()).then(|| parts.join("/"))
    }

    fn came_as<'a>(&'a self, folder: &'a Option<String>) -> SampleName<'a> {
        SampleName {
            name: self.name(),
            folder: folder.as_deref(),
        }
    }

    /// A refusal names the sample by its path. That one is there already says nothing where this session was handed what
    /// the one before it had begun.
    fn told(&self, mut outputs: Vec<Output>) -> Vec<Output> {
        for (event, _) in &mut outputs {
            let Event::Refused { id, problem } = event else {
                continue;
            };
            if let Problem::Sample { file, why } = problem {
                file.clone_from(&self.path);
                let there = matches!(
                    why,
                    SampleProblem::Duplicate { .. } | SampleProblem::InTestSet { .. }
                );
                if self.again && there {
                    *event = Event::Done { id: *id };
                }
            }
        }
        outputs
    }
}

impl<P: Platform> Source<P> {
    pub async fn read(&self, platform: &P) -> Result<Vec<u8>, SampleProblem> {
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
