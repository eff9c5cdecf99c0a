//! The page's one door to the worker. It also picks up the pieces: a worker that breaks is
//! replaced by a new one, which finds the project in storage and is handed what was on its way.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, MessageEvent, UrlSearchParams, Worker, WorkerOptions, WorkerType};

use super::adapter::usable;
use super::message;
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
    /// What was asked for before the worker listens.
    early: Option<Vec<(Array, Array)>>,
    /// Handed over and not settled, by number: what to hand over again.
    unsettled: BTreeMap<u64, (Request, Option<File>)>,
    next: u64,
    restarts: u32,
    lost: bool,
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
        self.0.state.borrow_mut().early = Some(Vec::new());
        let door = self.clone();
        spawn_local(async move {
            let mut options = door.0.options.clone();
            options.lost = door.0.state.borrow().lost;
            let name = match usable(&options).await {
                Ok(_) => "worker_gpu",
                Err(_) => "worker",
            };
            door.launch_worker(name);
        });
    }

    fn launch_worker(&self, name: &str) {
        let settings = WorkerOptions::new();
        settings.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&address(name), &settings)
            .expect("a module worker can be constructed");
        let door = self.clone();
        let on_message = Closure::<dyn Fn(JsValue)>::new(move |message: JsValue| {
            let message: MessageEvent = message.unchecked_into();
            if let Some((event, payloads)) = message::unpack::<Event>(&message.data()) {
                door.receive(event, payloads);
            }
        });
        let door = self.clone();
        let on_error = Closure::<dyn Fn(JsValue)>::new(move |error: JsValue| {
            let text = js_sys::Reflect::get(&error, &"message".into()).ok();
            door.broken(&text.and_then(|m| m.as_string()).unwrap_or_default());
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
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
            Event::Started => self.hand_over(),
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

    /// The worker listens: the page's address first, then what has waited.
    fn hand_over(&self) {
        let early = self.0.state.borrow_mut().early.take();
        let mut options = self.0.options.clone();
        options.resume = self.0.state.borrow().restarts > 0;
        options.lost = self.0.state.borrow().lost;
        self.post(&message::pack(&Request::Start(options), []), &Array::new());
        for (message, transfer) in early.into_iter().flatten() {
            self.post(&message, &transfer);
        }
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
        self.restart();
    }

    fn restart(&self) {
        let again = {
            let mut state = self.0.state.borrow_mut();
            state.restarts += 1;
            if let Some(worker) = state.worker.take() {
                worker.set_onmessage(None);
                worker.set_onerror(None);
                worker.terminate();
            }
            std::mem::take(&mut state.unsettled)
        };
        self.launch();
        for (request, file) in again.into_values() {
            self.send_files(request, file.into_iter().collect());
        }
    }

    pub fn send(&self, request: Request) {
        self.send_files(request, Vec::new());
    }

    /// Files travel as handles: the worker reads them when it is their turn.
    pub fn send_files(&self, mut request: Request, files: Vec<File>) {
        self.number(&mut request, &files);
        let message = message::pack(&request, files.into_iter().map(JsValue::from));
        self.deliver(message, Array::new());
    }

    /// Hands bytes over without a copy; the array is empty afterwards.
    pub fn send_bytes(&self, request: &Request, bytes: &Uint8Array) {
        let message = message::pack(request, [JsValue::from(bytes.clone())]);
        self.deliver(message, Array::of1(&bytes.buffer()));
    }

    /// Gives what is handed over its numbers, and remembers it until it is settled.
    fn number(&self, request: &mut Request, files: &[File]) {
        let mut state = self.0.state.borrow_mut();
        let next = state.next;
        let mut alone: Vec<(Request, Option<File>)> = Vec::new();
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
        state.unsettled.extend((next..).zip(alone));
    }

    fn deliver(&self, message: Array, transfer: Array) {
        if let Some(early) = &mut self.0.state.borrow_mut().early {
            return early.push((message, transfer));
        }
        self.post(&message, &transfer);
    }

    fn post(&self, message: &JsValue, transfer: &JsValue) {
        if let Some(worker) = &self.0.state.borrow().worker {
            worker
                .post_message_with_transfer(message, transfer)
                .expect("headers, files and buffers can be posted");
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
        workers: query("workers").and_then(|n| n.parse().ok()),
    }
}

/// A query parameter of the page's address; empty where it has no value.
pub fn query(name: &str) -> Option<String> {
    let search = web_sys::window()?.location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()?.get(name)
}
