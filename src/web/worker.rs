//! The worker's loop: drain the inbox, do one step, let the browser breathe, repeat.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent};

use super::{device, message, samples, words};
use crate::data::backbone::{DeviceKind, DeviceReason, default_backbone, find_backbone};
use crate::data::class::ClassId;
use crate::data::photo::MAX_BYTES;
use crate::data::photo::folder_of;
use crate::data::problem::{BackboneProblem, PhotoProblem, Problem};
use crate::engine::{Engine, Output};
use crate::protocol::{Event, Job, Request, StartOptions, Target};

type Inbox = Rc<RefCell<VecDeque<(Request, Vec<JsValue>)>>>;

/// Where a photo's bytes come from when it is its turn.
enum Source {
    File(Blob),
    /// Relative to the page.
    Url(String),
}

struct Photo {
    to: ClassId,
    file: u64,
    name: String,
    source: Source,
}

/// Called by the worker's `main`.
pub fn start() {
    let inbox: Inbox = Inbox::default();
    let letters = inbox.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(letter) = message::unpack(&event.data()) {
            letters.borrow_mut().push_back(letter);
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    post(vec![(Event::Started, Vec::new())]);
    spawn_local(run(inbox));
}

async fn run(inbox: Inbox) {
    let options = loop {
        match inbox.borrow_mut().pop_front() {
            Some((Request::Start(options), _)) => break options,
            _ => {}
        }
        TimeoutFuture::new(1).await;
    };
    let mut engine = match begin(&options).await {
        Ok(engine) => engine,
        Err(why) => return post(vec![(Event::Failed(Problem::Backbone(why)), Vec::new())]),
    };
    let mut queue = VecDeque::new();
    let mut files = 0;
    loop {
        let letter = inbox.borrow_mut().pop_front();
        if let Some((request, payloads)) = letter {
            post(receive(&mut engine, &mut queue, &mut files, request, payloads).await);
        } else if let Some(photo) = queue.pop_front_if(|_: &mut Photo| engine.hungry()) {
            let bytes = read(&photo.source).await;
            post(engine.add_photo(photo.to, photo.file, &photo.name, bytes));
        } else if engine.busy() {
            post(engine.step().await);
        } else {
            // Idle: look again soon. Costs nothing that can be measured.
            TimeoutFuture::new(8).await;
            continue;
        }
        // A macrotask: messages that came meanwhile are delivered.
        TimeoutFuture::new(0).await;
    }
}

/// Weights, device, engine.
async fn begin(options: &StartOptions) -> Result<Engine, BackboneProblem> {
    let spec = options
        .backbone
        .as_deref()
        .and_then(find_backbone)
        .unwrap_or_else(default_backbone);
    let progress =
        |job, done, total| post(vec![(Event::Progress { job, done, total }, Vec::new())]);
    progress(Job::Fetch, 0, 1);
    let weights = fetch(spec.file).await.map_err(BackboneProblem::Missing)?;
    progress(Job::Fetch, 1, 1);
    progress(Job::WarmUp, 0, 1);
    let (backbone, report) = device::load(spec, &weights, options.device).await?;
    progress(Job::WarmUp, 1, 1);
    if options.device == Some(DeviceKind::Webgpu) && report.kind != DeviceKind::Webgpu {
        let why: DeviceReason = report.reason.clone();
        post(vec![(
            Event::Problem(Problem::DeviceUnavailable { why }),
            Vec::new(),
        )]);
    }
    let engine = Engine::new(backbone);
    post(engine.ready(report));
    Ok(engine)
}

/// Queues photos; everything else goes to the engine with its files read.
async fn receive(
    engine: &mut Engine,
    queue: &mut VecDeque<Photo>,
    files: &mut u64,
    request: Request,
    payloads: Vec<JsValue>,
) -> Vec<Output> {
    let (mut outputs, mut refused) = (Vec::new(), Vec::new());
    let mut add = |engine: &mut Engine, to: ClassId, name: &str, source| {
        queue.push_back(Photo {
            to,
            file: *files,
            name: name.into(),
            source,
        });
        *files += 1;
        outputs.extend(engine.announce(to, 1));
    };
    match request {
        Request::AddPhotos { to, names, .. } => {
            for (name, payload) in names.iter().zip(payloads) {
                let Ok(blob) = payload.dyn_into::<Blob>() else {
                    continue;
                };
                match (&to, folder_of(name)) {
                    (Target::Class(id), _) => add(engine, *id, name, Source::File(blob)),
                    (Target::Folders, Some(folder)) => {
                        let id = engine.class_named(folder);
                        add(engine, id, name, Source::File(blob));
                    }
                    (Target::Folders, None) => {
                        let why = PhotoProblem::NoClass;
                        refused.push((
                            Event::Problem(Problem::Photo {
                                file: name.clone(),
                                why,
                            }),
                            Vec::new(),
                        ));
                    }
                }
            }
            outputs.extend(refused);
            outputs
        }
        Request::AddSampleSet { id, .. } => match samples::load(&id).await {
            Ok(set) => {
                for class in set.classes {
                    let to = engine.class_named(&class.name);
                    for file in class.files {
                        let name = file.rsplit('/').next().unwrap_or(&file).to_owned();
                        add(engine, to, &name, Source::Url(file));
                    }
                }
                outputs
            }
            Err(detail) => vec![(
                Event::Problem(Problem::SampleSet { set: id, detail }),
                Vec::new(),
            )],
        },
        other => {
            let mut bytes = Vec::new();
            for payload in payloads {
                bytes.push(match payload.dyn_into::<Blob>() {
                    // What cannot be read is refused as empty, with a sentence.
                    Ok(blob) => read(&Source::File(blob)).await.unwrap_or_default(),
                    Err(array) => array
                        .dyn_into::<Uint8Array>()
                        .map(|a| a.to_vec())
                        .unwrap_or_default(),
                });
            }
            engine.handle(other, bytes).await
        }
    }
}

async fn read(source: &Source) -> Result<Vec<u8>, PhotoProblem> {
    match source {
        Source::Url(url) => fetch(url).await.map_err(PhotoProblem::Unreadable),
        Source::File(blob) if blob.size() > MAX_BYTES as f64 => Err(PhotoProblem::TooManyBytes {
            megabytes: (blob.size() / f64::from(1 << 20)) as u64,
        }),
        Source::File(blob) => match JsFuture::from(blob.array_buffer()).await {
            Ok(buffer) => Ok(Uint8Array::new(&buffer).to_vec()),
            Err(e) => Err(PhotoProblem::Unreadable(words(&e))),
        },
    }
}

/// A file of this site, relative to the page; or why not.
pub(super) async fn fetch(path: &str) -> Result<Vec<u8>, String> {
    let response = gloo::net::http::Request::get(path)
        .send()
        .await
        .map_err(|e| e.to_string())?;
    if !response.ok() {
        return Err(format!("the server answered {}", response.status()));
    }
    response.binary().await.map_err(|e| e.to_string())
}

/// Milliseconds of a steady clock.
pub(super) fn now() -> f64 {
    scope().performance().map_or(0.0, |p| p.now())
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
