//! The page's one door to the worker, in a browser: what the door decides ([`data::protocol::door`]) is done here.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, MessageEvent, Worker};

use super::adapter::usable;
use super::starts::Starts;
use super::{address, here, last_project, launch, message, simd};
use data::problem::Problem;
use data::protocol::door::{Act, Door, Message};
use data::protocol::{Event, ProjectEvent, Request, StartOptions};

#[derive(Clone)]
pub struct Client(Rc<Inner>);

struct Inner {
    on_event: Box<dyn Fn(Event, Vec<Uint8Array>)>,
    door: RefCell<Door<JsValue>>,
    starts: Starts,
    worker: RefCell<Running>,
}

#[derive(Default)]
struct Running {
    worker: Option<Worker>,
    /// It has said something.
    heard: bool,
    /// They live as long as the worker.
    listeners: Vec<Closure<dyn Fn(JsValue)>>,
}

impl Client {
    /// Starts the worker. `on_event` is called for each event, with its payloads. A second
    /// [`Event::Started`] means a new worker: all that was told before is told again.
    pub fn start(
        options: StartOptions,
        on_event: impl Fn(Event, Vec<Uint8Array>) + 'static,
    ) -> Self {
        let client = Self(Rc::new(Inner {
            on_event: Box::new(on_event),
            starts: Starts::of_page(!options.fresh),
            door: RefCell::new(Door::new(options)),
            worker: RefCell::default(),
        }));
        client.launch();
        client
    }

    /// Starts the worker that fits the browser.
    fn launch(&self) {
        self.0.starts.begin();
        let client = self.clone();
        spawn_local(async move {
            let options = client.0.door.borrow().options().clone();
            let name = match usable(&options).await {
                Ok(_) => launch::GPU_ENGINE,
                _ if simd::has_relaxed() => "worker_relaxed",
                _ => "worker",
            };
            client.launch_worker(name);
        });
    }

    fn launch_worker(&self, name: &str) {
        let worker = launch::worker(name, name).expect("a module worker can be constructed");
        let client = self.clone();
        let on_message = Closure::<dyn Fn(JsValue)>::new(move |message: JsValue| {
            let message: MessageEvent = message.unchecked_into();
            client.0.worker.borrow_mut().heard = true;
            match message::unpack::<Event>(&message.data()) {
                Ok((event, payloads)) => client.receive(event, payloads),
                // What the page shows would lack it: a new worker tells everything again.
                Err(why) => client.broken(&why),
            }
        });
        let client = self.clone();
        let on_error = Closure::<dyn Fn(JsValue)>::new(move |error: JsValue| {
            let text = |key: &str| js_sys::Reflect::get(&error, &key.into()).ok()?.as_string();
            let words = match text("type").as_deref() {
                Some("messageerror") => message::LOST.into(),
                // A script that cannot be loaded has no words of its own.
                _ => text("message").unwrap_or_else(|| "its worker did not start".into()),
            };
            let heard = client.0.worker.borrow().heard;
            match heard {
                true => client.broken(&words),
                false => client.did_not_start(words),
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onmessageerror(Some(on_error.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let mut running = self.0.worker.borrow_mut();
        running.worker = Some(worker);
        running.heard = false;
        // The last two may be running now: they go when the next worker comes.
        let surplus = running.listeners.len().saturating_sub(2);
        running.listeners.drain(..surplus);
        running.listeners.extend([on_message, on_error]);
    }

    fn receive(&self, event: Event, payloads: Vec<JsValue>) {
        if let Event::Ready { .. } = event {
            self.0.starts.ready();
            let client = self.clone();
            Starts::when_it_lives(move || client.0.starts.succeeded());
        }
        if let Event::Projects(ProjectEvent::GoTo { id }) = &event
            && !self.0.door.borrow().options().fresh
        {
            last_project::remember(id);
        }
        let safe = self.0.starts.failed_twice();
        let typing = matches!(event, Event::Grown) && somebody_types();
        let mut door = self.0.door.borrow_mut();
        let acts = door.receive(event, payloads, safe, typing);
        drop(door);
        self.act(acts);
    }

    /// Its files may be those of a build that is not there any more.
    fn did_not_start(&self, words: String) {
        let client = self.clone();
        spawn_local(async move {
            match outdated().await {
                true => (client.0.on_event)(Event::Failed(Problem::Outdated), Vec::new()),
                false => client.broken(&words),
            }
        });
    }

    fn broken(&self, words: &str) {
        self.0.starts.broke();
        let now = js_sys::Date::now();
        let acts = self.0.door.borrow_mut().broken(words, now);
        self.act(acts);
    }

    fn act(&self, acts: impl IntoIterator<Item = Act<JsValue>>) {
        for act in acts {
            match act {
                Act::Post(message) => self.post(message),
                Act::Tell(event, payloads) => {
                    let payloads = payloads.into_iter().filter_map(|p| p.dyn_into().ok());
                    (self.0.on_event)(event, payloads.collect());
                }
                Act::Replace => {
                    if let Some(worker) = self.0.worker.borrow_mut().worker.take() {
                        worker.set_onmessage(None);
                        worker.set_onerror(None);
                        worker.terminate();
                    }
                    self.launch();
                }
            }
        }
    }

    fn post(&self, message: Message<JsValue>) {
        let buffer =
            |payload: &JsValue| JsValue::from(payload.unchecked_ref::<Uint8Array>().buffer());
        let transfer = match message.moves {
            true => message.payloads.iter().map(buffer).collect(),
            false => Array::new(),
        };
        let parts = message::pack(&message.numbered, message.payloads);
        if let Some(worker) = &self.0.worker.borrow().worker {
            worker
                .post_message_with_transfer(&parts, &transfer)
                .expect("headers, files and buffers can be posted");
        }
    }

    /// Asks the tab that has the project to hand it over.
    pub fn take_over(&self) {
        let act = self.0.door.borrow_mut().take_over();
        self.act([act]);
    }

    /// The request's id, by which its end is told.
    pub fn send(&self, request: Request) -> u64 {
        self.send_files(request, Vec::new())
    }

    /// Files travel as handles: the worker reads them when it is their turn.
    pub fn send_files(&self, request: Request, files: Vec<File>) -> u64 {
        let files = files.into_iter().map(JsValue::from).collect();
        let (id, acts) = self.0.door.borrow_mut().send(request, files);
        self.act(acts);
        id
    }

    /// Hands bytes over without a copy; the array is empty afterwards.
    pub fn send_bytes(&self, request: Request, bytes: &Uint8Array) -> u64 {
        let bytes = JsValue::from(bytes.clone());
        let (id, act) = self.0.door.borrow_mut().send_moved(request, bytes);
        self.act(act);
        id
    }

    /// Files that were handed over and have not ended.
    pub fn files_under_way(&self) -> usize {
        self.0.door.borrow().files_under_way()
    }
}

/// The site is another build by now. Its service worker names the build, and no cache keeps it under this address.
async fn outdated() -> bool {
    let now = address::fetch(&format!("sw.js?{}", js_sys::Date::now() as u64)).await;
    now.is_ok_and(|text| !text.contains(&here::build()))
}

/// In a field of the page.
fn somebody_types() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let active = document.and_then(|document| document.active_element());
    active.is_some_and(|element| element.tag_name() == "INPUT")
}
