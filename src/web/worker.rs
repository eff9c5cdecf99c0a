//! The worker's loop: drain the inbox, do one step, let the browser breathe, repeat.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent};

use super::breath::Breath;
use super::device::{self, Gpu};
use super::inbox::Queue;
use super::storage::Storage;
use super::{message, projects, read};
use crate::data::backbone::{
    BackboneSpec, DeviceKind, DeviceReport, default_backbone, find_backbone,
};
use crate::data::photo::PhotoId;
use crate::data::problem::{BackboneProblem, Problem};
use crate::engine::backbones::Backbone;
use crate::engine::store::{Snapshot, Table};
use crate::engine::{Engine, Need, Output, PhotoFile};
use crate::protocol::{Event, Job, Request, StartOptions};

/// What the page sent and nobody has read yet.
#[derive(Clone, Default)]
struct Letters(Rc<RefCell<Inbox>>);

#[derive(Default)]
struct Inbox {
    letters: VecDeque<(Request, Vec<JsValue>)>,
    /// Ends the sleep of who waits for the next one.
    wake: Option<Function>,
}

impl Letters {
    fn put(&self, letter: (Request, Vec<JsValue>)) {
        let mut box_ = self.0.borrow_mut();
        box_.letters.push_back(letter);
        if let Some(wake) = box_.wake.take() {
            // A promise's own function cannot fail.
            let _ = wake.call0(&JsValue::NULL);
        }
    }

    fn take(&self) -> Option<(Request, Vec<JsValue>)> {
        self.0.borrow_mut().letters.pop_front()
    }

    /// Sleeps until there is one: an idle tab costs nothing.
    async fn wait(&self) {
        if self.0.borrow().letters.is_empty() {
            let come = Promise::new(&mut |wake, _| self.0.borrow_mut().wake = Some(wake));
            let _ = JsFuture::from(come).await;
        }
    }
}

/// Called by the worker's `main`.
pub fn start() {
    let letters = Letters::default();
    let inbox = letters.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(letter) = message::unpack(&event.data()) {
            inbox.put(letter);
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    tell(Event::Started);
    spawn_local(run(letters));
}

async fn run(letters: Letters) {
    let options = loop {
        letters.wait().await;
        if let Some((Request::Start(options), _)) = letters.take() {
            break options;
        }
    };
    let mut host = match Host::begin(options).await {
        Ok(host) => host,
        Err(why) => return tell(Event::Failed(Problem::Backbone(why))),
    };
    let breath = Breath::new().expect("a worker with WebAssembly has MessageChannel");
    loop {
        let outputs = if let Some((request, payloads)) = letters.take() {
            host.receive(request, payloads).await
        } else if let Some(photo) = host.queue.next(&host.engine) {
            photo.deliver(&mut host.engine).await
        } else if let Some(spec) = host.engine.wanted() {
            host.change_backbone(spec).await
        } else if let Some((id, key)) = host.missing() {
            host.refill(id, key).await
        } else if let Some(need) = host.engine.need() {
            host.satisfy(need).await
        } else if host.engine.busy() {
            host.engine.step().await
        } else {
            letters.wait().await;
            continue;
        };
        host.publish(outputs).await;
        // Messages that came meanwhile are delivered.
        breath.take().await;
    }
}

struct Host {
    options: StartOptions,
    gpu: Gpu,
    engine: Engine,
    storage: Storage,
    queue: Queue,
}

impl Host {
    /// Storage, weights, device, engine.
    async fn begin(options: StartOptions) -> Result<Self, BackboneProblem> {
        let name = projects::name(&options).await;
        let (storage, mut trouble) = Storage::open(&name).await;
        let snapshot = storage.snapshot().await.unwrap_or_else(|why| {
            trouble = Some(why);
            Snapshot::default()
        });
        let asked = options.backbone.clone().or_else(|| snapshot.backbone());
        let spec = asked.as_deref().and_then(find_backbone);
        let mut gpu = Gpu::default();
        let spec = spec.unwrap_or_else(default_backbone);
        let (backbone, report) = load(&mut gpu, spec, &options).await?;
        let mut outputs = Vec::new();
        let refused = report.kind != DeviceKind::Webgpu && !options.lost;
        if options.device == Some(DeviceKind::Webgpu) && refused {
            let why = report.reason.clone();
            outputs.push((
                Event::Problem(Problem::DeviceUnavailable { why }),
                Vec::new(),
            ));
        }
        outputs.extend(trouble.map(|why| (Event::Problem(Problem::Storage(why)), Vec::new())));
        let to_tune_on = gpu.to_tune_on(&report);
        let mut engine = Engine::new(backbone, report, now);
        engine.tune_on(to_tune_on);
        outputs.extend(engine.open(&snapshot));
        let mut host = Self {
            options,
            gpu,
            engine,
            storage,
            queue: Queue::default(),
        };
        host.recall().await;
        outputs.extend(host.engine.overview());
        outputs.push(host.engine.ready());
        host.publish(outputs).await;
        host.storage.sweep(&snapshot).await;
        Ok(host)
    }

    /// Stored embeddings are used again; only what was never computed is missing then.
    async fn recall(&mut self) {
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
    }

    async fn receive(&mut self, request: Request, payloads: Vec<JsValue>) -> Vec<Output> {
        let engine = &mut self.engine;
        match request {
            Request::AddPhotos { to, names, first } => {
                self.queue.add_files(engine, &to, names, payloads, first)
            }
            Request::AddSampleSet { id, first } => {
                self.queue.add_sample_set(engine, id, first).await
            }
            Request::TryPhotos { names, first } => {
                self.queue.try_files(names, payloads, first);
                Vec::new()
            }
            Request::Thumbnails { ids } => self.thumbnails(ids).await,
            other => {
                let mut bytes = Vec::new();
                for payload in payloads {
                    bytes.push(read_payload(payload).await);
                }
                engine.handle(other, bytes).await
            }
        }
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
        let loaded = load(&mut self.gpu, spec, &self.options).await;
        let stored = self.storage.snapshot().await.unwrap_or_default();
        let loaded = loaded.map_err(Problem::Backbone);
        if let Ok((_, report)) = &loaded {
            self.engine.tune_on(self.gpu.to_tune_on(report));
        }
        let mut outputs = self.engine.use_backbone(loaded, &stored.project);
        self.recall().await;
        outputs.extend(self.engine.overview());
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
    async fn publish(&mut self, outputs: Vec<Output>) {
        let changes = self.engine.changes();
        let trouble = self.storage.write(changes).await;
        post(outputs);
        if let Some(why) = trouble {
            tell(Event::Problem(Problem::Storage(why)));
        }
    }
}

async fn load(
    gpu: &mut Gpu,
    spec: &'static BackboneSpec,
    options: &StartOptions,
) -> Result<(Backbone, DeviceReport), BackboneProblem> {
    progress(Job::Fetch, 0, 1);
    let weights = read::fetch(spec.file).await;
    progress(Job::Fetch, 1, 1);
    let weights = weights.map_err(BackboneProblem::Missing)?;
    progress(Job::WarmUp, 0, 1);
    let loaded = device::load(gpu, spec, &weights, options).await;
    progress(Job::WarmUp, 1, 1);
    loaded
}

/// What cannot be read is refused as empty, with a sentence.
async fn read_payload(payload: JsValue) -> Vec<u8> {
    match payload.dyn_into::<Blob>() {
        Ok(blob) => read::blob(&blob).await.unwrap_or_default(),
        Err(array) => array
            .dyn_into::<Uint8Array>()
            .map(|a| a.to_vec())
            .unwrap_or_default(),
    }
}

/// Milliseconds of a steady clock.
pub(super) fn now() -> f64 {
    scope().performance().map_or(0.0, |p| p.now())
}

fn progress(job: Job, done: usize, total: usize) {
    tell(Event::Progress { job, done, total });
}

fn tell(event: Event) {
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

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
