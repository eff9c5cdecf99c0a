//! The loop around the engine: what comes is read, samples are handed over one by one, files are fetched, and every change is
//! stored before the page is told of it. A browser's worker and native tests run it alike.
//!
//! Whoever owns a [`Session`] hands it what comes with [`Session::take`], and lets it work with [`Session::turn`] when nothing
//! comes.

mod access;
mod batch;
mod begin;
mod classify;
mod flights;
mod platform;
mod projects;
mod queue;
mod sets;
mod sharing;
mod zips;

pub use batch::Again;
pub use begin::Opening;
pub use platform::{
    EmbedJob, Embedders, Incoming, JobSource, Payload, Platform, Stamp, Storage, WrittenLink,
};
pub use projects::Shelf;

use std::collections::HashSet;

use crate::exporting::{Wish, exported};
use crate::store::{DoneRow, Snapshot, Table};
use crate::{Engine, HostRequest, Output, SampleFile, done, plain, refused};
use batch::{Batch, File};
use classify::Answering;
use data::backbone::BackboneSpec;
use data::problem::{Problem, StorageProblem};
use data::protocol::{Access, Event, Job, Numbered, Request};
use data::sample::SampleId;
use flights::Flights;
use queue::Queue;

/// Embeddings that are read from storage at once.
const READ_AT_ONCE: usize = 500;

pub struct Session<P: Platform> {
    platform: P,
    engine: Engine,
    access: Access,
    queue: Queue<P>,
    flights: Flights<P>,
    /// Samples that the head answers for.
    batch: Answering<P>,
    /// Changes of this page that were made.
    made: DoneRow,
    /// Those that are under way: they count as made with what they change.
    making: HashSet<u64>,
    /// Work on a whole project.
    work: Option<projects::Work<P>>,
    /// Another session has the project now.
    over: bool,
}

impl<P: Platform> Session<P> {
    /// Another worker goes on: nothing more is to be done here.
    pub fn is_over(&self) -> bool {
        self.over
    }

    pub fn platform(&self) -> &P {
        &self.platform
    }

    pub fn platform_mut(&mut self) -> &mut P {
        &mut self.platform
    }

    /// The next piece of work; false where there is nothing to do.
    pub async fn turn(&mut self) -> bool {
        let outputs = if let Some(sample) = self.queue.next_to_try() {
            self.platform.tell(sample.begun().into_iter().collect());
            sample.deliver(&mut self.engine, &self.platform).await
        } else if let Some((sample, prepared)) = self.flights.next() {
            sample.add(&mut self.engine, prepared)
        } else if self.engine.wants_sample() && self.work_at_samples().await {
            return true;
        } else if self.work.is_some() {
            self.work_at_projects().await
        } else if let Some(spec) = self.engine.wanted() {
            self.change_backbone(spec).await
        } else if let Some((id, key)) = self.missing() {
            let sample = self.stored_sample(key).await;
            self.engine.re_embed(id, sample)
        } else if let Some(request) = self.engine.need() {
            self.fulfil(request).await
        } else if self.engine.busy() {
            self.engine.step().await
        } else if let Some(outputs) = self.answer_some().await {
            outputs
        } else {
            self.rest();
            return false;
        };
        self.publish(outputs).await;
        true
    }

    /// Something came.
    pub async fn take(&mut self, incoming: Incoming<P::File>) {
        let outputs = match incoming {
            Incoming::Request(numbered, payloads) => self.answer(numbered, payloads).await,
            Incoming::Prepared { job, sample } => {
                match self.batch.gave(job) {
                    true => self.batch.landed(job, sample),
                    false => self.flights.landed(job, sample),
                }
                return;
            }
            Incoming::EmbeddersBroke => {
                self.queue.put_back(self.flights.call_back());
                self.batch.call_back();
                return;
            }
            Incoming::Wanted => self.give_up_project().await,
            Incoming::Taken if self.access == Access::Writer => self.step_down(Access::Reader),
            Incoming::Taken => Vec::new(),
            Incoming::NewerGraft => self.make_room_for_newer().await,
            Incoming::DatabaseClosed => self.database_closed().await,
        };
        self.publish(outputs).await;
    }

    /// Stores what changed, then tells the page.
    async fn publish(&mut self, outputs: Vec<Output>) {
        if !self.platform.holds_lock() {
            self.platform.storage_mut().read_only();
        }
        self.note_made(&outputs);
        let mut changes = self.engine.changes();
        changes.extend(self.batch.changes());
        let storage = self.platform.storage_mut();
        let trouble = storage.write(changes).await;
        storage.tell_page();
        let mut outputs = self.queue.join_parts(outputs);
        let said = |why| plain(Event::Problem(Problem::Storage(why)));
        outputs.extend(trouble.map(said));
        self.platform.tell(outputs);
    }

    /// A change that is done is not made again, should the page never hear of it; one that was refused or is still under way
    /// was not made.
    fn note_made(&mut self, outputs: &[Output]) {
        let before = self.made.numbers.last().copied();
        for (event, _) in outputs {
            match event {
                Event::Head(_) => self.batch.look_at_head(),
                Event::Done { id } if self.making.remove(id) => self.made.add(*id),
                Event::Refused { id, .. } => drop(self.making.remove(id)),
                _ => {}
            }
        }
        if self.made.numbers.last().copied() != before {
            self.engine.note_made(&self.made);
        }
    }

    /// Nothing to do for now.
    fn rest(&mut self) {
        if self.flights.is_empty() && self.batch.out() == 0 {
            self.platform.embedders().rest();
        }
        // Memory that work has taken comes back with a new worker only.
        if self.platform.has_grown() && self.may_go() {
            self.platform.tell(vec![plain(Event::Grown)]);
        }
    }

    /// Another session would find all that this one has, and nothing waits for an answer.
    fn may_go(&self) -> bool {
        let stored = match self.access {
            Access::Writer => self.platform.storage().holds_all(),
            Access::Reader => true,
            Access::Closed => false,
        };
        let idle = self.queue.is_empty() && self.flights.is_empty() && self.work.is_none();
        let idle = idle && self.batch.holds_no_file();
        stored && idle && self.engine.at_rest()
    }

    async fn answer(&mut self, numbered: Numbered, payloads: Vec<Payload<P::File>>) -> Vec<Output> {
        let Numbered { id, again, request } = numbered;
        // It was made, and the page never heard of it.
        if self.made.numbers.contains(&id) {
            return vec![done(id)];
        }
        if self.access != Access::Writer && request.needs_writer() {
            return refuse_all(id, &request);
        }
        if request.is_change() {
            self.making.insert(id);
        }
        self.receive(id, request, payloads, Again(again)).await
    }

    async fn receive(
        &mut self,
        id: u64,
        request: Request,
        payloads: Vec<Payload<P::File>>,
        again: Again,
    ) -> Vec<Output> {
        let (engine, platform) = (&mut self.engine, &self.platform);
        match request {
            Request::AddSamples { names, .. }
            | Request::TrySamples { names, .. }
            | Request::Classify { names, .. }
                if names.is_empty() =>
            {
                vec![done(id)]
            }
            Request::AddSamples { to, names, first } => {
                let files = files(first, names, payloads);
                let batch = Batch::for_classes(engine, platform, &to, files, again).await;
                self.announce(batch)
            }
            Request::AddSampleSet { id, first } => {
                let batch = Batch::of_samples(engine, platform, id, first, again).await;
                self.announce(batch)
            }
            Request::TrySamples { names, first } => {
                let files = files(first, names, payloads);
                let batch = Batch::to_try(engine, platform, files, again).await;
                self.queue.try_out(batch.samples);
                batch.outputs
            }
            Request::Classify { names, first } => {
                let files = files(first, names, payloads);
                self.classify(files, again).await
            }
            Request::Batch(request) => self.of_batch(id, request),
            Request::StopReading { tried } => {
                let mut outputs = match tried {
                    true => self.queue.stop_trying(),
                    false => {
                        self.queue.put_back(self.flights.call_back());
                        self.queue.forget(engine, None)
                    }
                };
                outputs.push(done(id));
                outputs
            }
            Request::DeleteClass { id: class } => {
                // The page hears of the classes as they are behind it.
                let mut outputs = self.queue.forget(engine, Some(class));
                outputs.extend(engine.handle(id, request, Vec::new()).await);
                outputs
            }
            Request::Retire => {
                self.over = self.may_go();
                vec![plain(Event::Retired(self.over)), done(id)]
            }
            Request::Thumbnails { ids } => self.thumbnails(id, ids).await,
            Request::Export {
                name,
                format,
                small,
                samples,
                date,
            } => {
                let wish = Wish {
                    name,
                    format,
                    small,
                    date,
                };
                self.export(id, wish, samples).await
            }
            Request::Projects(request) => self.of_projects(id, request, payloads).await,
            Request::Share(request) => self.share(id, request, payloads).await,
            Request::SaveUnread => {
                let file = self.save_unread().await;
                vec![file, done(id)]
            }
            other => {
                let mut bytes = Vec::new();
                for payload in payloads {
                    bytes.push(match payload {
                        Payload::Bytes(bytes) => bytes,
                        // What cannot be read is refused as empty, with a sentence.
                        Payload::File(file) => platform.read(&file).await.unwrap_or_default(),
                    });
                }
                engine.handle(id, other, bytes).await
            }
        }
    }

    /// Samples wait for their turn, and the page is told how many for which class.
    fn announce(&mut self, batch: Batch<P>) -> Vec<Output> {
        for to in batch.samples.iter().filter_map(|sample| sample.to) {
            self.engine.announce(to, 1);
        }
        self.queue.add(batch.samples);
        let mut outputs = batch.outputs;
        outputs.extend(self.engine.overview());
        outputs
    }

    async fn export(&self, id: u64, wish: Wish, samples: bool) -> Vec<Output> {
        match self.exported(wish, samples).await {
            Ok(file) => vec![file, done(id)],
            Err(problem) => vec![refused(id, problem)],
        }
    }

    async fn exported(&self, wish: Wish, samples: bool) -> Result<Output, Problem> {
        let keys = self.engine.samples_to_export()?;
        let mut files = Vec::new();
        for key in keys.into_iter().filter(|_| samples) {
            files.push(self.stored_sample(key).await);
        }
        let (name, format) = (wish.name.clone(), wish.format);
        let (order, tensors) = self.engine.order(wish, files).await?;
        let zip = self.platform.export(&order, tensors).await;
        let zip = zip.map_err(|why| Problem::Export(why.into()))?;
        Ok(exported(&name, format, zip))
    }

    async fn thumbnails(&mut self, id: u64, ids: Vec<SampleId>) -> Vec<Output> {
        let key = |id: &SampleId| Some((*id, self.engine.thumbnail_key(*id)?));
        let (ids, keys): (Vec<_>, Vec<_>) = ids.iter().filter_map(key).unzip();
        let storage = self.platform.storage();
        let found = storage.get(Table::Thumbnails, &keys).await;
        let there = ids.into_iter().zip(found);
        let (ids, pictures) = there.filter_map(|(id, p)| Some((id, p?))).unzip();
        vec![(Event::Thumbnails(ids), pictures), done(id)]
    }

    async fn change_backbone(&mut self, spec: &'static BackboneSpec) -> Vec<Output> {
        self.queue.put_back(self.flights.call_back());
        let loaded = self.platform.load(spec).await.map_err(Problem::Backbone);
        // Where it cannot be read, the head that is stored for that backbone would be written over.
        let (loaded, stored) = match self.platform.storage().snapshot().await {
            Ok(stored) => (loaded, stored),
            Err(why) => (Err(Problem::Storage(why)), Snapshot::default()),
        };
        if let Ok((_, report)) = &loaded {
            let service = self.platform.tuning_service(report);
            self.engine.tune_by(service);
        }
        let mut outputs = self.engine.use_backbone(loaded, &stored.project);
        self.load_embeddings().await;
        outputs.extend(self.engine.overview());
        outputs
    }

    /// Stored embeddings are used again; only what was never computed is missing then.
    async fn load_embeddings(&mut self) {
        let wanted = self.engine.embeddings_to_load();
        for (i, chunk) in wanted.chunks(READ_AT_ONCE).enumerate() {
            let keys: Vec<String> = chunk.iter().map(|(_, key)| key.clone()).collect();
            let found = self.platform.storage().get(Table::Embeddings, &keys).await;
            for ((id, _), bytes) in chunk.iter().zip(found) {
                bytes
                    .iter()
                    .for_each(|bytes| self.engine.load_embedding(*id, bytes));
            }
            let done = (i * READ_AT_ONCE + chunk.len()).min(wanted.len());
            let (job, total) = (Job::Restore, wanted.len());
            let progress = plain(Event::Progress { job, done, total });
            self.platform.tell(vec![progress]);
        }
        // Only the one who has the project embeds what was never embedded.
        if self.access != Access::Writer {
            self.engine.forgo_missing();
        }
    }

    /// A sample to embed again, when there is room for it.
    fn missing(&self) -> Option<(SampleId, String)> {
        self.engine.missing().filter(|_| self.engine.wants_sample())
    }

    /// None where it is gone.
    async fn stored_sample(&self, key: String) -> Option<SampleFile> {
        let storage = self.platform.storage();
        let bytes = storage.get(Table::Files, &[key]).await.remove(0)?;
        Some(self.platform.decode(bytes).await)
    }

    /// What the engine waits for in the middle of its work.
    async fn fulfil(&mut self, request: HostRequest) -> Vec<Output> {
        match request {
            HostRequest::Sample { key } => {
                let sample = self.stored_sample(key.clone()).await;
                self.engine.give_sample(&key, sample)
            }
            HostRequest::File { path } => {
                let file = self.platform.fetch(path).await;
                self.engine.give_file(path, file)
            }
        }
    }
}

/// The n-th file has the id `first + n`.
fn files<F>(first: u64, names: Vec<String>, payloads: Vec<Payload<F>>) -> Vec<File<F>> {
    let files = payloads.into_iter().filter_map(|payload| match payload {
        Payload::File(file) => Some(file),
        Payload::Bytes(_) => None,
    });
    let all = (first..).zip(names).zip(files);
    all.map(|((id, name), file)| File { id, name, file })
        .collect()
}

/// A request that would change a project which is not ours.
fn read_only() -> Problem {
    Problem::Storage(StorageProblem::ReadOnly)
}

/// For every file that was handed over, or the request itself.
fn refuse_all(id: u64, request: &Request) -> Vec<Output> {
    let ids = match request {
        Request::AddSamples { names, first, .. } | Request::Classify { names, first } => {
            *first..first + names.len() as u64
        }
        Request::AddSampleSet { first, .. } => *first..first + 1,
        _ => id..id + 1,
    };
    ids.map(|id| refused(id, read_only())).collect()
}
