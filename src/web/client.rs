//! The page's one door to the worker. It also picks up the pieces: a worker that breaks is
//! replaced by a new one, which finds the project in storage, and is handed what could not be stored and what was on its way.
//! In the same way the worker that tunes on a GPU takes over, when that is asked for first.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, MessageEvent, Worker};

use super::adapter::usable;
use super::starts::Starts;
use super::{launch, message, simd};
use data::problem::Problem;
use data::protocol::under_way::{Broke, Handed, UnderWay};
use data::protocol::{Event, KeptEntry, Numbered, Request, StartOptions};

/// After so many, with nothing done between them, the page says that it failed.
const MOST_RESTARTS: u32 = 3;
/// Milliseconds after which a worker that broke counts no more.
const FORGIVEN: f64 = 60_000.0;

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
    /// What to hand over again.
    under_way: UnderWay<File>,
    /// What the worker could not store, by its number there.
    kept: BTreeMap<u64, (Vec<KeptEntry>, Vec<JsValue>)>,
    starts: Starts,
    restarts: u32,
    broke_at: f64,
    resume: bool,
    lost: bool,
    take_over: bool,
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

#[derive(Clone)]
struct Message {
    request: Request,
    parts: Array,
    transfer: Array,
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
        let starts = Starts::of_page(!client.0.options.fresh);
        client.0.state.borrow_mut().starts = starts;
        client.launch();
        client
    }

    /// Starts the worker that fits the browser; what is sent meanwhile waits.
    fn launch(&self) {
        let mut state = self.0.state.borrow_mut();
        state.starts.begin();
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
            kept: state.kept.len(),
            safe: state.starts.failed_twice(),
            take_over: state.take_over,
            ..self.0.options.clone()
        }
    }

    fn launch_worker(&self, name: &str) {
        let worker = launch::worker(name, name).expect("a module worker can be constructed");
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
                self.start_worker();
                self.release();
            }
            Event::Ready { .. } => {
                self.0.state.borrow().starts.ready();
                let door = self.clone();
                Starts::when_it_lives(move || door.0.state.borrow_mut().starts.succeeded());
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
            Event::Keep { number, entries } => {
                let kept = (entries.clone(), payloads);
                self.0.state.borrow_mut().kept.insert(*number, kept);
                return;
            }
            Event::Written { number } => {
                self.0.state.borrow_mut().kept.remove(number);
                return;
            }
            Event::Begun { file, part, name } => {
                let mut state = self.0.state.borrow_mut();
                return state.under_way.begun(*file, *part, name.clone());
            }
            Event::Grown => return self.retire_worker(),
            Event::Retired(false) => return self.release(),
            Event::Retired(true) => {
                (self.0.on_event)(event, Vec::new());
                return self.replace();
            }
            Event::Settled { file: number } | Event::Done { number } => {
                let next = {
                    let mut state = self.0.state.borrow_mut();
                    state.restarts = 0;
                    state.under_way.settled(*number)
                };
                self.hand(next);
                if matches!(event, Event::Done { .. }) {
                    return;
                }
            }
            Event::Problem(Problem::DeviceLost) => {
                (self.0.on_event)(event, Vec::new());
                self.0.state.borrow_mut().lost = true;
                return self.replace();
            }
            _ => {}
        }
        let payloads = payloads.into_iter().filter_map(|p| p.dyn_into().ok());
        (self.0.on_event)(event, payloads.collect());
    }

    /// What the page's address asked for, and what the worker before could not store.
    fn start_worker(&self) {
        self.post(&Message::of(Request::Start(self.options())));
        let mut state = self.0.state.borrow_mut();
        state.take_over = false;
        let kept: Vec<Message> = state
            .kept
            .iter()
            .map(|(number, (entries, blobs))| {
                let (number, entries) = (*number, entries.clone());
                let request = Request::Keep { number, entries };
                Message {
                    parts: pack(None, &request, blobs.iter().cloned()),
                    ..Message::of(request)
                }
            })
            .collect();
        drop(state);
        kept.iter().for_each(|message| self.post(message));
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
        let failed = {
            let mut state = self.0.state.borrow_mut();
            let now = js_sys::Date::now();
            if now - state.broke_at > FORGIVEN {
                state.restarts = 0;
            }
            state.broke_at = now;
            state.restarts += 1;
            state.starts.broke();
            if state.tuner == Tuner::Needed && !state.listens {
                state.tuner = Tuner::Missing;
            }
            state.restarts > MOST_RESTARTS
        };
        if failed {
            let why = Problem::Internal(words.into());
            return (self.0.on_event)(Event::Failed(why), Vec::new());
        }
        let broke = self.0.state.borrow_mut().under_way.broke();
        let problem = match &broke {
            Broke::Blamed { name, .. } => Problem::Breaks { file: name.clone() },
            Broke::Unclear => Problem::Restarted { training: false },
        };
        (self.0.on_event)(Event::Problem(problem), Vec::new());
        if let Broke::Blamed { settled, .. } = broke {
            self.0.state.borrow_mut().restarts = 0;
            if let Some(file) = settled {
                (self.0.on_event)(Event::Settled { file }, Vec::new());
            }
        }
        self.replace();
    }

    /// Asks the tab that has the project to hand it over.
    pub fn take_over(&self) {
        self.0.state.borrow_mut().take_over = true;
        self.replace();
    }

    /// The worker may go, if nothing is on its way to it: what is sent from now on waits until that is known.
    fn retire_worker(&self) {
        let mut state = self.0.state.borrow_mut();
        // It tells again, when it has nothing to do the next time.
        if state.held.is_some() || somebody_types() {
            return;
        }
        state.held = Some(Vec::new());
        drop(state);
        self.post(&Message::of(Request::Retire));
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
            (state.under_way.again(), state.held.take())
        };
        self.launch();
        self.hand(again);
        // What is remembered was among that.
        held.into_iter()
            .flatten()
            .filter(|message| !message.request.is_remembered())
            .for_each(|message| self.deliver(message));
    }

    /// Hands over one by one what is remembered already.
    fn hand(&self, again: Vec<(u64, Handed<File>)>) {
        for (number, handed) in again {
            let Handed {
                request,
                file,
                without,
                ..
            } = handed;
            let numbered = Numbered {
                number: (!request.hands_files()).then_some(number),
                again: Some(without),
                request: request.clone(),
            };
            self.deliver(Message {
                parts: message::pack(&numbered, file.map(JsValue::from)),
                ..Message::of(request)
            });
        }
    }

    pub fn send(&self, request: Request) {
        self.send_files(request, Vec::new());
    }

    /// Files travel as handles: the worker reads them when it is their turn.
    pub fn send_files(&self, request: Request, files: Vec<File>) {
        if !request.is_remembered() {
            return self.deliver(Message {
                parts: pack(None, &request, files.into_iter().map(JsValue::from)),
                ..Message::of(request)
            });
        }
        let sent = self.0.state.borrow_mut().under_way.take(request, files);
        if let Some((number, request, files)) = sent {
            self.deliver(Message {
                parts: pack(number, &request, files.into_iter().map(JsValue::from)),
                ..Message::of(request)
            });
        }
    }

    /// Hands bytes over without a copy; the array is empty afterwards.
    pub fn send_bytes(&self, request: &Request, bytes: &Uint8Array) {
        self.deliver(Message {
            parts: pack(None, request, [JsValue::from(bytes.clone())]),
            transfer: Array::of1(&bytes.buffer()),
            ..Message::of(request.clone())
        });
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
        let state = self.0.state.borrow();
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
            parts: pack(None, &request, []),
            transfer: Array::new(),
            request,
        }
    }
}

/// In a field of the page: a new worker draws the page anew, and what was typed would be gone.
fn somebody_types() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let active = document.and_then(|document| document.active_element());
    active.is_some_and(|element| element.tag_name() == "INPUT")
}

fn pack(
    number: Option<u64>,
    request: &Request,
    payloads: impl IntoIterator<Item = JsValue>,
) -> Array {
    let numbered = Numbered {
        number,
        ..request.clone().into()
    };
    message::pack(&numbered, payloads)
}
