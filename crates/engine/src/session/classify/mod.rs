//! A batch: many photos that the head in use answers for. They do not become part of the project; a file is read when it is its turn, and
//! what stays of it is its path, by which it is known again, and its answer.
//!
//! Answers are stored a second's worth at a time, in records of the table `project` that go with no file or copy of it, and a file
//! ends when its answer is stored. After a reload the files are gone: whoever chooses them again goes on where it stopped. One head
//! answers for all of a batch.

mod answers;
mod sort;
mod stored;
mod table;

pub(super) use sort::Sorting;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use super::Session;
use super::batch::{Again, Batch, File};
use super::platform::{Platform, Stamp};
use super::projects::Work;
use super::queue::{QueuedSample, Source};
use crate::asking::Said;
use crate::store::{Snapshot, Write};
use crate::{Output, PreparedSample, done, plain, refused};
use data::problem::{Problem, ProjectProblem, SampleProblem};
use data::protocol::{BatchRequest, BatchState, BatchView, Event, Job};

/// What became of a sample.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    stamp: Stamp,
    outcome: Result<Said, SampleProblem>,
    /// From its first byte to its answer, seconds.
    seconds: Option<f64>,
}

/// Answers of one head.
struct Run {
    /// As [`Engine::head_key`](crate::Engine).
    head: String,
    classes: Vec<String>,
    /// By path.
    rows: BTreeMap<String, Row>,
    /// Samples that there were when it was known last.
    of: usize,
    /// Records with answers that are stored.
    records: usize,
}

/// A sample that waits for its answer.
struct Asked<P: Platform> {
    sample: QueuedSample<P>,
    path: String,
    stamp: Stamp,
    /// Its file has ended for the page, and does not end once more.
    ended: bool,
}

struct Flight<P: Platform> {
    job: u64,
    asked: Asked<P>,
    prepared: Option<Result<PreparedSample, SampleProblem>>,
}

/// An input that waits until there are enough for the network.
struct Seen<P: Platform> {
    asked: Asked<P>,
    input: Vec<u8>,
    milliseconds: f64,
}

pub(super) struct Answering<P: Platform> {
    run: Option<Run>,
    /// Files of this session by path, of samples with and without an answer.
    sources: HashMap<String, Source<P>>,
    /// Paths of those without.
    pending: HashSet<String>,
    waiting: VecDeque<Asked<P>>,
    /// With the embedders.
    out: Vec<Flight<P>>,
    seen: Vec<Seen<P>>,
    paused: bool,
    /// Another head is in use than the one that answered.
    other_head: bool,
    /// The head may be another one.
    look: bool,
    /// Paths of answers that are not stored yet, and files that end when they are.
    fresh: Vec<String>,
    ends: Vec<u64>,
    /// When answers were stored last, milliseconds.
    stored_at: f64,
    writes: Vec<Write>,
    /// The page shows a bar.
    bar: bool,
}

impl<P: Platform> Default for Answering<P> {
    fn default() -> Self {
        Self {
            run: None,
            sources: HashMap::new(),
            pending: HashSet::new(),
            waiting: VecDeque::new(),
            out: Vec::new(),
            seen: Vec::new(),
            paused: false,
            other_head: false,
            look: false,
            fresh: Vec::new(),
            ends: Vec::new(),
            stored_at: 0.0,
            writes: Vec::new(),
            bar: false,
        }
    }
}

impl<P: Platform> Answering<P> {
    /// How many samples the embedders have.
    pub fn out(&self) -> usize {
        self.out.len()
    }

    /// Another worker could do all that this one can.
    pub fn holds_no_file(&self) -> bool {
        self.sources.is_empty()
    }

    pub fn look_at_head(&mut self) {
        self.look = true;
    }

    /// What is to be stored.
    pub fn changes(&mut self) -> Vec<Write> {
        std::mem::take(&mut self.writes)
    }

    /// An embedder has this one, or had it.
    pub fn gave(&self, job: u64) -> bool {
        self.out.iter().any(|flight| flight.job == job)
    }

    /// An embedder has prepared a sample.
    pub fn landed(&mut self, job: u64, prepared: Result<PreparedSample, SampleProblem>) {
        if let Some(flight) = self.out.iter_mut().find(|flight| flight.job == job) {
            flight.prepared = Some(prepared);
        }
    }

    /// What is out, or waits for the network, is to be given out anew.
    pub fn call_back(&mut self) {
        let out = self.out.drain(..).map(|flight| flight.asked);
        let seen = self.seen.drain(..).map(|seen| seen.asked);
        let back: Vec<_> = out.chain(seen).collect();
        for asked in back.into_iter().rev() {
            self.waiting.push_front(asked);
        }
    }

    fn goes_on(&self) -> bool {
        !self.pending.is_empty() && !self.paused && !self.other_head
    }

    /// How far it is.
    fn view(&self) -> Option<BatchView> {
        let run = self.run.as_ref()?;
        let done = run.rows.len();
        let of = run.of.max(done + self.pending.len());
        let state = match () {
            () if self.other_head => BatchState::OtherHead,
            () if self.pending.is_empty() && done < of => BatchState::Missing,
            () if self.pending.is_empty() => BatchState::Done,
            () if self.paused => BatchState::Paused,
            () => BatchState::Running,
        };
        let mut reasons: Vec<SampleProblem> = Vec::new();
        let (mut unread, mut here) = (0, 0);
        for (path, row) in &run.rows {
            match &row.outcome {
                Ok(_) => here += usize::from(self.sources.contains_key(path)),
                Err(why) => {
                    unread += 1;
                    if !reasons.contains(why) {
                        reasons.push(why.clone());
                    }
                }
            }
        }
        Some(BatchView {
            state,
            done,
            of,
            unread,
            reasons,
            here,
        })
    }

    /// The page is told how far it is; a bar while it goes on.
    fn told(&mut self) -> Vec<Output> {
        let view = self.view();
        let runs = view.as_ref().filter(|v| v.state == BatchState::Running);
        let progress = runs.map(|view| (view.done, view.of));
        // The end of a bar that is there.
        let progress = progress.or(self.bar.then_some((1, 1)));
        self.bar = runs.is_some();
        let job = Job::Classify;
        let bar = progress.map(|(done, total)| plain(Event::Progress { job, done, total }));
        [plain(Event::Batch(view))].into_iter().chain(bar).collect()
    }

    /// Files end for the page, although they have no answer yet: they wait for a person.
    fn let_wait(&mut self) -> Vec<Output> {
        self.call_back();
        let waiting = self.waiting.iter_mut().filter(|asked| !asked.ended);
        let ended = waiting.map(|asked| {
            asked.ended = true;
            done(asked.sample.file)
        });
        ended.collect()
    }
}

impl<P: Platform> Session<P> {
    /// What a session before this one stored.
    pub(super) fn restore_batch(&mut self, snapshot: &Snapshot) -> Vec<Output> {
        self.batch.run = stored::read(snapshot);
        if self.batch.run.is_none() {
            return Vec::new();
        }
        self.compare_head();
        self.batch.told()
    }

    /// Files to answer for.
    pub(super) async fn classify(
        &mut self,
        files: Vec<File<P::File>>,
        again: Again,
    ) -> Vec<Output> {
        let Some(head) = self.engine.head_key() else {
            let refused = files.iter().map(|file| refused(file.id, Problem::NoHead));
            return refused.collect();
        };
        let stamp = |file: &File<P::File>| (file.id, self.platform.stamp(&file.file));
        let stamps: HashMap<u64, Stamp> = files.iter().map(stamp).collect();
        let found = Batch::to_try(&mut self.engine, &self.platform, files, again).await;
        self.queue.count(&found.samples);
        let mut outputs = found.outputs;
        if self.batch.run.is_none() && !found.samples.is_empty() {
            let classes = self.engine.head_classes();
            self.batch.run = Some(stored::begin(head, classes, &mut self.batch.writes));
            self.batch.other_head = false;
        }
        let batch = &mut self.batch;
        let Some(run) = &mut batch.run else {
            return outputs;
        };
        batch.paused = false;
        for sample in found.samples {
            let path = match &sample.zip {
                Some(zip) => format!("{zip}/{}", sample.path),
                None => sample.path.clone(),
            };
            let stamp = stamps.get(&sample.file).copied().unwrap_or_default();
            batch.sources.insert(path.clone(), sample.source.clone());
            let known = run.rows.get(&path).is_some_and(|row| row.stamp == stamp);
            if known || !batch.pending.insert(path.clone()) {
                outputs.push(done(sample.file));
                continue;
            }
            run.rows.remove(&path);
            batch.waiting.push_back(Asked {
                sample,
                path,
                stamp,
                ended: false,
            });
        }
        let known = run.rows.len() + batch.pending.len();
        if known > run.of {
            run.of = known;
            batch.writes.push(stored::head(run));
        }
        if batch.other_head {
            outputs.extend(batch.let_wait());
        }
        outputs.extend(batch.told());
        outputs
    }

    pub(super) fn of_batch(&mut self, id: u64, request: BatchRequest) -> Vec<Output> {
        let mut outputs = match request {
            BatchRequest::Pause { paused } => self.pause_batch(paused),
            BatchRequest::Restart => self.restart_batch(),
            BatchRequest::Forget => self.forget_batch(),
            BatchRequest::Table { name, words } => {
                let classes = self.engine.head_classes();
                let kept = self.engine.kept();
                let run = self.batch.run.as_ref();
                run.map(|run| {
                    // Classes may have been given other names since.
                    let classes = match self.batch.other_head {
                        true => &run.classes,
                        false => &classes,
                    };
                    table::file(run, classes, kept, &name, &words)
                })
                .into_iter()
                .collect()
            }
            BatchRequest::Sort {
                name,
                unknown,
                metadata,
            } => {
                if self.work.is_some() {
                    let why = ProjectProblem::Busy;
                    return vec![refused(id, Problem::Project { name, why })];
                }
                if let Some(sorting) = self.begin_sorting(id, name, &unknown, metadata) {
                    self.work = Some(Work::Sort(Box::new(sorting)));
                    return Vec::new();
                }
                Vec::new()
            }
        };
        outputs.push(done(id));
        outputs
    }

    fn pause_batch(&mut self, paused: bool) -> Vec<Output> {
        self.batch.paused = paused;
        let mut outputs = self.store_answers();
        if paused {
            outputs.extend(self.batch.let_wait());
        }
        outputs.extend(self.batch.told());
        outputs
    }

    /// All of the files that are here are asked about anew.
    fn restart_batch(&mut self) -> Vec<Output> {
        let Some(head) = self.engine.head_key() else {
            return Vec::new();
        };
        let mut outputs = self.batch.let_wait();
        let batch = &mut self.batch;
        let Some(run) = batch.run.take() else {
            return outputs;
        };
        outputs.extend(batch.ends.drain(..).map(done));
        batch.fresh.clear();
        stored::forget(&run, &mut batch.writes);
        let classes = self.engine.head_classes();
        let mut new = stored::begin(head, classes, &mut batch.writes);
        new.of = run.of;
        batch.writes.push(stored::head(&new));
        for (path, row) in run.rows {
            let Some(source) = batch.sources.get(&path) else {
                continue;
            };
            batch.pending.insert(path.clone());
            let sample = QueuedSample {
                to: None,
                file: u64::MAX,
                part: None,
                path: path.clone(),
                zip: None,
                source: source.clone(),
                again: false,
            };
            batch.waiting.push_back(Asked {
                sample,
                path,
                stamp: row.stamp,
                ended: true,
            });
        }
        batch.run = Some(new);
        (batch.other_head, batch.paused) = (false, false);
        outputs.extend(batch.told());
        outputs
    }

    /// Nothing of it stays.
    pub(super) fn forget_batch(&mut self) -> Vec<Output> {
        let mut outputs = self.batch.let_wait();
        outputs.extend(self.batch.ends.drain(..).map(done));
        if let Some(run) = &self.batch.run {
            stored::forget(run, &mut self.batch.writes);
        }
        let (writes, bar) = (self.batch.changes(), self.batch.bar);
        self.batch = Answering {
            writes,
            bar,
            ..Answering::default()
        };
        outputs.extend(self.batch.told());
        outputs
    }

    /// Its answers stay stored; nothing of it is here any more.
    pub(super) fn leave_batch(&mut self) -> Vec<Output> {
        let there = self.batch.run.is_some();
        let mut outputs = self.batch.let_wait();
        outputs.extend(self.batch.ends.drain(..).map(done));
        self.batch = Answering::default();
        outputs.extend(there.then(|| self.batch.told()).into_iter().flatten());
        outputs
    }

    /// True where it is another one than before, or again the one that answered.
    fn compare_head(&mut self) -> bool {
        self.batch.look = false;
        let Some(run) = &self.batch.run else {
            return false;
        };
        let other = self.engine.head_key().as_ref() != Some(&run.head);
        std::mem::replace(&mut self.batch.other_head, other) != other
    }
}
