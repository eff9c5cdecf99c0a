//! The page's one door to the worker. It also picks up the pieces: a worker that breaks is
//! replaced by a new one, which finds the project in storage and is handed what was on its way.
//! In the same way the worker that tunes on a GPU takes over, when that is asked for first.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, MessageEvent, UrlSearchParams, Worker, WorkerOptions, WorkerType};

use super::adapter::usable;
use super::{message, simd};
use crate::data::backbone::DeviceKind;
use crate::data::problem::Problem;
use crate::protocol::{Event, Request, StartOptions};

/// After so many the page says that it failed.
const MOST_RESTARTS: u32 = 3;

#[derive(Clone)]
pub struct Client(Rc<Inner>);

struct Inner {
    options: StartOptions,
    on_event: Box<dyn Fn(Event, Vec<Uint8Array>)>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    worker: Option<Worker>,
    /// The worker runs; its listeners live as long.
    listeners: Vec<Closure<dyn Fn(JsValue)>>,
    /// The worker may leave what tunes to another one.
    passes_on: bool,
    listens: bool,
    /// What waits: all until the worker listens; from what tunes on until it has said who does that.
    held: Option<Vec<Message>>,
    /// Handed over and not settled, by number: what to hand over again.
    unsettled: BTreeMap<u64, Handed>,
    next: u64,
    restarts: u32,
    resume: bool,
    lost: bool,
    tuner: Tuner,
}

/// The worker that tunes on a GPU.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Tuner {
    #[default]
    NotNeeded,
    /// From now on it is the one for this GPU.
    Needed,
    /// It did not come, because the network is gone, say.
    Missing,
}

/// What a worker is handed over, and its file.
type Handed = (Request, Option<File>);

#[derive(Clone)]
struct Message {
    request: Request,
    parts: Array,
    transfer: Array,
    /// What is in it, by number.
    handed: Vec<(u64, Handed)>,
}

impl Client {
    /// Starts the worker. `on_event` is called for each event, with its payloads. A second
    /// [`Event::Started`] means a new worker: all that was told before is told again.
    pub fn start(
        options: StartOptions,
        on_event: impl Fn(Event, Vec<Uint8Array>) + 'static,
    ) -> Self {
        let client = Self(Rc::new(Inner {
            options,
            on_event: Box::new(on_event),
            state: RefCell::default(),
        }));
        client.launch();
        client
    }

    /// Starts the worker that fits the browser; what is sent meanwhile waits.
    fn launch(&self) {
        let mut state = self.0.state.borrow_mut();
        state.listens = false;
        state.held = Some(Vec::new());
        let tuner = state.tuner;
        drop(state);
        let door = self.clone();
        spawn_local(async move {
            let name = match usable(&door.options()).await {
                Ok(_) if tuner == Tuner::Needed => "worker_tune",
                Ok(_) => "worker_gpu",
                Err(_) if simd::has_relaxed() => "worker_relaxed",
                Err(_) => "worker",
            };
            door.0.state.borrow_mut().passes_on = name == "worker_gpu";
            door.launch_worker(name);
        });
    }

    /// What the page's address asked for, and what has happened since.
    fn options(&self) -> StartOptions {
        let state = self.0.state.borrow();
        StartOptions {
            resume: state.resume,
            lost: state.lost,
            stay: state.tuner == Tuner::Missing,
            ..self.0.options.clone()
        }
    }

    fn launch_worker(&self, name: &str) {
        let settings = WorkerOptions::new();
        settings.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&address(name), &settings)
            .expect("a module worker can be constructed");
        let door = self.clone();
        let on_message = Closure::<dyn Fn(JsValue)>::new(move |message: JsValue| {
            let message: MessageEvent = message.unchecked_into();
            match message::unpack::<Event>(&message.data()) {
                Ok((event, payloads)) => door.receive(event, payloads),
                // What the page shows would lack it: a new worker tells everything again.
                Err(why) => door.broken(&why),
            }
        });
        let door = self.clone();
        let on_error = Closure::<dyn Fn(JsValue)>::new(move |error: JsValue| {
            let text = |key: &str| js_sys::Reflect::get(&error, &key.into()).ok()?.as_string();
            let words = match text("type").as_deref() {
                Some("messageerror") => message::LOST.into(),
                // A script that cannot be loaded has no words of its own.
                _ => text("message").unwrap_or_else(|| "its worker did not start".into()),
            };
            door.broken(&words);
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onmessageerror(Some(on_error.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let mut state = self.0.state.borrow_mut();
        state.worker = Some(worker);
        // The last two may be running now: they go when the next worker comes.
        let surplus = state.listeners.len().saturating_sub(2);
        state.listeners.drain(..surplus);
        state.listeners.extend([on_message, on_error]);
    }

    fn receive(&self, event: Event, payloads: Vec<JsValue>) {
        match &event {
            Event::Started => {
                self.0.state.borrow_mut().listens = true;
                self.post(&Message::of(Request::Start(self.options())));
                self.release();
            }
            Event::Elsewhere(false) => {
                self.forget_first(|_| true);
                return self.release();
            }
            Event::Elsewhere(true) => {
                self.0.state.borrow_mut().tuner = Tuner::Needed;
                // The page asks for an estimate again, as soon as a worker is ready.
                self.forget_first(|request| matches!(request, Request::EstimateTuning { .. }));
                (self.0.on_event)(event, Vec::new());
                return self.replace();
            }
            Event::Settled { file } => {
                self.0.state.borrow_mut().unsettled.remove(file);
            }
            Event::Problem(Problem::DeviceLost) => {
                (self.0.on_event)(event, Vec::new());
                self.0.state.borrow_mut().lost = true;
                return self.restart();
            }
            _ => {}
        }
        let payloads = payloads.into_iter().filter_map(|p| p.dyn_into().ok());
        (self.0.on_event)(event, payloads.collect());
    }

    /// What is answered need not be handed over again.
    fn forget_first(&self, answered: impl Fn(&Request) -> bool) {
        if let Some(held) = &mut self.0.state.borrow_mut().held
            && held.first().is_some_and(|first| answered(&first.request))
        {
            held.remove(0);
        }
    }

    /// What has waited goes on its way, until something else must be waited for.
    fn release(&self) {
        let held = self.0.state.borrow_mut().held.take();
        held.into_iter()
            .flatten()
            .for_each(|message| self.deliver(message));
    }

    /// The worker threw: nothing it was told since can be trusted to be done.
    fn broken(&self, words: &str) {
        if self.0.state.borrow().restarts >= MOST_RESTARTS {
            return (self.0.on_event)(
                Event::Failed(Problem::Internal(words.to_owned())),
                Vec::new(),
            );
        }
        (self.0.on_event)(
            Event::Problem(Problem::Internal(words.to_owned())),
            Vec::new(),
        );
        {
            let mut state = self.0.state.borrow_mut();
            if state.tuner == Tuner::Needed && !state.listens {
                state.tuner = Tuner::Missing;
            }
        }
        self.restart();
    }

    fn restart(&self) {
        self.0.state.borrow_mut().restarts += 1;
        self.replace();
    }

    /// A new worker goes on with what the one before it has stored, is handed what that one was not
    /// done with, and then what was held.
    fn replace(&self) {
        let (again, held) = {
            let mut state = self.0.state.borrow_mut();
            state.resume = true;
            if let Some(worker) = state.worker.take() {
                worker.set_onmessage(None);
                worker.set_onerror(None);
                worker.terminate();
            }
            (std::mem::take(&mut state.unsettled), state.held.take())
        };
        self.launch();
        for (request, file) in again.into_values() {
            self.send_files(request, file.into_iter().collect());
        }
        held.into_iter()
            .flatten()
            .for_each(|message| self.deliver(message));
    }

    pub fn send(&self, request: Request) {
        self.send_files(request, Vec::new());
    }

    /// Files travel as handles: the worker reads them when it is their turn.
    pub fn send_files(&self, mut request: Request, files: Vec<File>) {
        let handed = self.number(&mut request, &files);
        self.deliver(Message {
            parts: message::pack(&request, files.into_iter().map(JsValue::from)),
            handed,
            ..Message::of(request)
        });
    }

    /// Hands bytes over without a copy; the array is empty afterwards.
    pub fn send_bytes(&self, request: &Request, bytes: &Uint8Array) {
        self.deliver(Message {
            parts: message::pack(request, [JsValue::from(bytes.clone())]),
            transfer: Array::of1(&bytes.buffer()),
            ..Message::of(request.clone())
        });
    }

    /// Gives what is handed over its numbers, by which it is remembered until it is settled.
    fn number(&self, request: &mut Request, files: &[File]) -> Vec<(u64, Handed)> {
        let mut state = self.0.state.borrow_mut();
        let next = state.next;
        let mut alone: Vec<Handed> = Vec::new();
        match request {
            Request::AddPhotos { to, names, first } => {
                *first = next;
                for (name, file) in names.iter().zip(files) {
                    let request = Request::AddPhotos {
                        to: to.clone(),
                        names: vec![name.clone()],
                        first: 0,
                    };
                    alone.push((request, Some(file.clone())));
                }
            }
            Request::TryPhotos { names, first } => {
                *first = next;
                for (name, file) in names.iter().zip(files) {
                    let request = Request::TryPhotos {
                        names: vec![name.clone()],
                        first: 0,
                    };
                    alone.push((request, Some(file.clone())));
                }
            }
            Request::AddSampleSet { id, first } => {
                *first = next;
                let id = id.clone();
                alone.push((Request::AddSampleSet { id, first: 0 }, None));
            }
            _ => {}
        }
        state.next += alone.len() as u64;
        (next..).zip(alone).collect()
    }

    fn deliver(&self, message: Message) {
        {
            let mut state = self.0.state.borrow_mut();
            if let Some(held) = &mut state.held {
                return held.push(message);
            }
            // Whatever comes after it waits: it may be for another worker.
            if state.passes_on && message.request.tunes() {
                state.held = Some(vec![message.clone()]);
            }
        }
        self.post(&message);
    }

    fn post(&self, message: &Message) {
        let mut state = self.0.state.borrow_mut();
        state.unsettled.extend(message.handed.iter().cloned());
        if let Some(worker) = &state.worker {
            worker
                .post_message_with_transfer(&message.parts, &message.transfer)
                .expect("headers, files and buffers can be posted");
        }
    }
}

impl Message {
    /// Nothing but a request.
    fn of(request: Request) -> Self {
        Self {
            parts: message::pack(&request, []),
            transfer: Array::new(),
            handed: Vec::new(),
            request,
        }
    }
}

/// A worker's code, of the same build as the page's.
fn address(name: &str) -> String {
    let build = web_sys::window()
        .and_then(|w| w.document())
        .and_then(|d| d.query_selector("meta[name=build]").ok().flatten())
        .and_then(|meta| meta.get_attribute("content"))
        .unwrap_or_default();
    format!("./{name}_loader.js?v={build}")
}

/// What the page's address asks for.
pub fn start_options() -> StartOptions {
    StartOptions {
        device: query("device").and_then(|name| DeviceKind::parse(&name)),
        backbone: query("backbone"),
        fresh: query("fresh").is_some(),
        opened: js_sys::Date::now(),
        resume: false,
        lost: false,
        stay: false,
        workers: query("workers").and_then(|n| n.parse().ok()),
    }
}

/// A query parameter of the page's address; empty where it has no value.
pub fn query(name: &str) -> Option<String> {
    let search = web_sys::window()?.location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()?.get(name)
}
