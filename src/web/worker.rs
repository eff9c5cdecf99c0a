//! The worker's loop: drain the inbox, do one step, let the browser breathe, repeat.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent};

use super::begin::load;
use super::breath::Breath;
use super::device::{self, Gpu};
use super::embedder::{self, Answer};
use super::inbox::{Again, Files, Photo, Queue};
use super::letters::Letters;
use super::lock::{self, Lock};
use super::pool::Pool;
use super::storage::{Fate, Storage};
use super::wasm_memory::{Memory, ROOM_OF_WORKER};
use super::{access, message, read};
use data::backbone::{BackboneSpec, DeviceKind};
use data::photo::PhotoId;
use data::problem::{PhotoProblem, Problem};
use data::protocol::{Access, Event, Job, Numbered, Request, StartOptions};
use engine::store::{DoneRow, Snapshot, Table};
use engine::{Engine, Need, Output, PhotoFile};

/// What may come.
pub(super) enum Letter {
    Page(Numbered, Vec<JsValue>),
    /// Of a member of the pool.
    Pool(u64, Answer, Vec<JsValue>),
    /// Of another tab that wants the project, or has it.
    Lock(lock::Word),
    /// Of the browser, about the database.
    Fate(Fate),
}

/// Called by the worker's `main`.
pub fn start() {
    if scope().name() == embedder::NAME {
        return embedder::start();
    }
    let letters = Letters::default();
    let inbox = letters.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        match message::unpack(&event.data()) {
            Ok((request, payloads)) => inbox.put(Letter::Page(request, payloads)),
            Err(why) => tell(Event::Problem(Problem::Internal(why.into()))),
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let on_lost = Closure::<dyn Fn()>::new(|| {
        tell(Event::Problem(Problem::Internal(message::LOST.into())));
    });
    scope().set_onmessageerror(Some(on_lost.as_ref().unchecked_ref()));
    on_lost.forget();
    tell(Event::Started);
    spawn_local(run(letters));
}

async fn run(letters: Letters<Letter>) {
    let next = async || loop {
        letters.wait().await;
        if let Some(Letter::Page(letter, payloads)) = letters.take() {
            break (letter.request, payloads);
        }
    };
    let options = loop {
        if let (Request::Start(options), _) = next().await {
            break options;
        }
    };
    let mut kept = Vec::new();
    while kept.len() < options.kept {
        if let (Request::Keep { number, entries }, blobs) = next().await {
            kept.push((number, entries, blobs));
        }
    }
    let mut host = match Host::begin(options, letters.clone(), kept).await {
        Ok(host) => host,
        Err(why) => return tell(Event::Failed(Problem::Backbone(why))),
    };
    let breath = Breath::new().expect("a worker with WebAssembly has MessageChannel");
    loop {
        let outputs = if let Some(letter) = letters.take() {
            host.open(letter).await
        } else if let Some(photo) = host.queue.next_to_try() {
            photo.deliver(&mut host.engine).await
        } else if let Some((photo, digest)) = host.pool.ready() {
            photo.add(&mut host.engine, digest)
        } else if let Some(photo) = host.photo_to_add() {
            photo.deliver(&mut host.engine).await
        } else if let Some(spec) = host.engine.wanted() {
            host.change_backbone(spec).await
        } else if let Some(request) = host.put_off() {
            host.pass_on(request).await
        } else if let Some((id, key)) = host.missing() {
            host.refill(id, key).await
        } else if let Some(need) = host.engine.need() {
            host.satisfy(need).await
        } else if host.engine.busy() {
            host.engine.step().await
        } else {
            host.pool.rest();
            host.offer_to_retire();
            host.rest().await;
            continue;
        };
        host.publish(outputs).await;
        if host.made_way {
            return;
        }
        // Messages that came meanwhile are delivered.
        breath.take().await;
    }
}

pub(super) struct Host {
    pub(super) options: StartOptions,
    pub(super) gpu: Gpu,
    pub(super) engine: Engine,
    pub(super) storage: Storage,
    pub(super) lock: Lock,
    pub(super) access: Access,
    pub(super) queue: Queue,
    pub(super) pool: Pool,
    pub(super) letters: Letters<Letter>,
    /// To pass on, as soon as the other backbone that was asked for before it is stored.
    pub(super) put_off: Option<Request>,
    /// Changes of this page that were made.
    pub(super) done: DoneRow,
    /// Changes that are done when the backbone they asked for is there.
    pub(super) late: Vec<u64>,
    /// Another engine has the project now.
    pub(super) made_way: bool,
    pub(super) memory: Memory,
}

impl Host {
    /// Memory that work has taken comes back with a new worker only.
    fn offer_to_retire(&self) {
        if self.memory.grown(ROOM_OF_WORKER) && self.may_go() {
            tell(Event::Grown);
        }
    }

    /// Another worker would find all that this one has, and nothing waits for an answer.
    fn may_go(&self) -> bool {
        let stored = match self.access {
            Access::Writer => self.storage.holds_all(),
            Access::Reader => true,
            Access::Closed => false,
        };
        stored && self.queue.is_empty() && self.put_off.is_none() && self.engine.at_rest()
    }

    /// Sleeps until there is something to do.
    async fn rest(&mut self) {
        match self.storage.tries_again_in() {
            Some(milliseconds) => self.letters.wait_at_most(milliseconds).await,
            None => self.letters.wait().await,
        }
        self.storage.write_back().await;
        self.post_mail();
    }

    /// Stored embeddings are used again; only what was never computed is missing then.
    pub(super) async fn recall(&mut self) {
        let wanted = self.engine.to_recall();
        for (i, chunk) in wanted.chunks(500).enumerate() {
            let keys: Vec<String> = chunk.iter().map(|(_, key)| key.clone()).collect();
            let found = self.storage.get(Table::Embeddings, &keys).await;
            for ((id, _), bytes) in chunk.iter().zip(found) {
                bytes.iter().for_each(|b| self.engine.recall(*id, b));
            }
            let done = (i * 500 + chunk.len()).min(wanted.len());
            progress(Job::Restore, done, wanted.len());
        }
        // Only the one who has the project embeds what was never embedded.
        if self.access != Access::Writer {
            self.engine.forgo_missing();
        }
    }

    async fn open(&mut self, letter: Letter) -> Vec<Output> {
        match letter {
            Letter::Page(letter, payloads) => {
                let Numbered {
                    number,
                    again,
                    request,
                } = letter;
                // The page never heard that it was made.
                if let Some(number) = number.filter(|n| self.done.numbers.contains(n)) {
                    return vec![done(number)];
                }
                let mut outputs = self.receive(request, payloads, Again(again)).await;
                if let Some(number) = number
                    && self.access == Access::Writer
                {
                    self.done.add(number);
                    self.engine.note_done(&self.done);
                }
                match number {
                    Some(number) if self.engine.changes_backbone() => self.late.push(number),
                    number => outputs.extend(number.map(done)),
                }
                outputs
            }
            Letter::Lock(word) => self.obey(word).await,
            Letter::Fate(fate) => self.suffer(fate).await,
            Letter::Pool(member, answer, payloads) => {
                let back = self.pool.hear(member, answer, payloads);
                self.queue.put_back(back);
                Vec::new()
            }
        }
    }

    /// Gives photos to the pool; one that this worker should take itself, where there is none.
    fn photo_to_add(&mut self) -> Option<Photo> {
        if !self.engine.hungry() {
            return None;
        }
        if !self.pool.takes(self.queue.waiting()) {
            return self.queue.next_to_add();
        }
        let embed = self.engine.device() == DeviceKind::Cpu;
        while self.pool.has_room() {
            let photo = self.queue.next_to_add()?;
            self.pool.give(photo, self.engine.backbone(), embed);
        }
        None
    }

    async fn receive(
        &mut self,
        request: Request,
        payloads: Vec<JsValue>,
        again: Again,
    ) -> Vec<Output> {
        if self.access != Access::Writer && request.needs_writer() {
            return access::refuse(&request);
        }
        if device::PASSES_TUNING_ON && request.tunes() {
            self.put_off = Some(request);
            return match self.put_off() {
                Some(request) => self.pass_on(request).await,
                None => Vec::new(),
            };
        }
        let engine = &mut self.engine;
        match request {
            Request::AddPhotos { to, names, first } => {
                let handed = Files::new(names, payloads, first, again);
                self.queue.add_files(engine, &to, handed).await
            }
            Request::AddSampleSet { id, first } => {
                self.queue.add_sample_set(engine, id, first, again).await
            }
            Request::TryPhotos { names, first } => {
                let handed = Files::new(names, payloads, first, again);
                self.queue.try_files(engine, handed).await
            }
            Request::StopReading { tried: true } => self.queue.stop_trying(),
            Request::StopReading { tried: false } => self.queue.forget(engine, None),
            Request::DeleteClass { id } => {
                let mut outputs = self.queue.forget(engine, Some(id));
                outputs.extend(engine.handle(Request::DeleteClass { id }, Vec::new()).await);
                outputs
            }
            Request::Retire => {
                self.made_way = self.may_go();
                vec![(Event::Retired(self.made_way), Vec::new())]
            }
            Request::Thumbnails { ids } => self.thumbnails(ids).await,
            Request::SaveUnread => self.save_unread().await,
            other => {
                let mut bytes = Vec::new();
                for payload in payloads {
                    // What cannot be read is refused as empty, with a sentence.
                    bytes.push(read_payload(payload).await.unwrap_or_default());
                }
                engine.handle(other, bytes).await
            }
        }
    }

    fn put_off(&mut self) -> Option<Request> {
        let waits = self.engine.changes_backbone();
        self.put_off.take_if(|_| !waits)
    }

    /// Makes way for the engine that tunes on the GPU, if there is something to gain and nothing to lose.
    async fn pass_on(&mut self, request: Request) -> Vec<Output> {
        let on_gpu = self.gpu.is_real() && self.engine.device() == DeviceKind::Webgpu;
        let working = self.engine.working();
        let alone = self.access == Access::Writer && self.storage.holds_all();
        self.made_way = on_gpu && !working && !self.options.stay && alone;
        let mut outputs = vec![(Event::Elsewhere(self.made_way), Vec::new())];
        match request {
            _ if self.made_way => {}
            // The page asks again when that is over.
            Request::EstimateTuning { .. } if working => {}
            other => outputs.extend(self.engine.handle(other, Vec::new()).await),
        }
        outputs
    }

    async fn thumbnails(&mut self, ids: Vec<PhotoId>) -> Vec<Output> {
        let key = |id: &PhotoId| Some((*id, self.engine.thumbnail_key(*id)?));
        let (ids, keys): (Vec<_>, Vec<_>) = ids.iter().filter_map(key).unzip();
        let found = self.storage.get(Table::Thumbnails, &keys).await;
        let there = ids.into_iter().zip(found);
        let (ids, pictures) = there.filter_map(|(id, p)| Some((id, p?))).unzip();
        vec![(Event::Thumbnails(ids), pictures)]
    }

    async fn change_backbone(&mut self, spec: &'static BackboneSpec) -> Vec<Output> {
        self.queue.put_back(self.pool.call_back());
        let loaded = load(&mut self.gpu, spec, &self.options).await;
        let loaded = loaded.map_err(Problem::Backbone);
        // Where it cannot be read, the head that is stored for that backbone would be written over.
        let (loaded, stored) = match self.storage.snapshot().await {
            Ok(stored) => (loaded, stored),
            Err(why) => (Err(Problem::Storage(why)), Snapshot::default()),
        };
        if let Ok((_, report)) = &loaded {
            self.engine.tune_on(self.gpu.to_tune_on(report));
        }
        let mut outputs = self.engine.use_backbone(loaded, &stored.project);
        self.recall().await;
        outputs.extend(self.engine.overview());
        outputs.extend(self.late.drain(..).map(done));
        outputs
    }

    /// A photo to embed again, when there is room for it.
    fn missing(&self) -> Option<(PhotoId, String)> {
        self.engine.missing().filter(|_| self.engine.hungry())
    }

    async fn refill(&mut self, id: PhotoId, key: String) -> Vec<Output> {
        let photo = self.stored_photo(key).await;
        self.engine.refill(id, photo)
    }

    /// None where it is gone.
    async fn stored_photo(&self, key: String) -> Option<PhotoFile> {
        let bytes = self.storage.get(Table::Files, &[key]).await.remove(0)?;
        Some(read::photo(bytes).await)
    }

    /// A file that the engine waits for in the middle of its work.
    async fn satisfy(&mut self, need: Need) -> Vec<Output> {
        match need {
            Need::Photo { key } => {
                let photo = self.stored_photo(key.clone()).await;
                self.engine.give_photo(&key, photo)
            }
            Need::File { path } => {
                let file = read::fetch(path).await;
                self.engine.give_file(path, file)
            }
        }
    }

    /// Stores what changed, then tells the page.
    pub(super) async fn publish(&mut self, outputs: Vec<Output>) {
        if !self.lock.is_held() {
            self.storage.read_only();
        }
        let changes = self.engine.changes();
        let trouble = self.storage.write(changes).await;
        self.post_mail();
        post(self.queue.settle(outputs));
        if let Some(why) = trouble {
            tell(Event::Problem(Problem::Storage(why)));
        }
    }

    /// What could not be stored goes to the page before it is told of it.
    fn post_mail(&mut self) {
        for (event, blobs) in self.storage.mail() {
            scope()
                .post_message(&message::pack(&event, blobs))
                .expect("headers and blobs can be posted");
        }
    }
}

fn done(number: u64) -> Output {
    (Event::Done { number }, Vec::new())
}

pub(super) async fn read_payload(payload: JsValue) -> Result<Vec<u8>, PhotoProblem> {
    match payload.dyn_into::<Blob>() {
        Ok(blob) => read::blob(&blob).await,
        Err(array) => Ok(bytes_of(array)),
    }
}

pub(super) fn bytes_of(array: JsValue) -> Vec<u8> {
    let array = array.dyn_into::<Uint8Array>();
    array.map(|a| a.to_vec()).unwrap_or_default()
}

/// Milliseconds of a steady clock.
pub(super) fn now() -> f64 {
    scope().performance().map_or(0.0, |p| p.now())
}

pub(super) fn progress(job: Job, done: usize, total: usize) {
    tell(Event::Progress { job, done, total });
}

pub(super) fn tell(event: Event) {
    post(vec![(event, Vec::new())]);
}

fn post(outputs: Vec<Output>) {
    for (event, payloads) in outputs {
        let (arrays, transfer) = message::buffers(&payloads);
        scope()
            .post_message_with_transfer(&message::pack(&event, arrays), &transfer)
            .expect("headers and buffers can be posted");
    }
}

pub(super) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
