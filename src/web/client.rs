//! The page's one door to the worker.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, MessageEvent, UrlSearchParams, Worker, WorkerOptions, WorkerType};

use super::message;
use crate::data::backbone::DeviceKind;
use crate::data::problem::Problem;
use crate::protocol::{Event, Request, StartOptions};

#[derive(Clone)]
pub struct Client {
    worker: Worker,
    /// What was asked for before the worker listens.
    early: Rc<RefCell<Option<Vec<js_sys::Array>>>>,
}

impl Client {
    /// Starts the worker. `on_event` is called for each event, with its payloads.
    pub fn start(
        options: StartOptions,
        on_event: impl Fn(Event, Vec<Uint8Array>) + 'static,
    ) -> Self {
        let settings = WorkerOptions::new();
        settings.set_type(WorkerType::Module);
        let worker = Worker::new_with_options("./worker_loader.js", &settings)
            .expect("a module worker can be constructed");
        let client = Self {
            worker,
            early: Rc::new(RefCell::new(Some(Vec::new()))),
        };
        let on_event = Rc::new(on_event);

        let (door, tell) = (client.clone(), on_event.clone());
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            let Some((event, payloads)) = message::unpack::<Event>(&message.data()) else {
                return;
            };
            if event == Event::Started {
                door.post(&message::pack(&Request::Start(options.clone()), []));
                let early = door.early.borrow_mut().take();
                early.into_iter().flatten().for_each(|m| door.post(&m));
            }
            tell(
                event,
                payloads
                    .into_iter()
                    .filter_map(|p| p.dyn_into().ok())
                    .collect(),
            );
        });
        client
            .worker
            .set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        // They live as long as the page.
        on_message.forget();

        let on_error = Closure::<dyn Fn(JsValue)>::new(move |error: JsValue| {
            let text = js_sys::Reflect::get(&error, &"message".into())
                .ok()
                .and_then(|m| m.as_string());
            on_event(
                Event::Failed(Problem::Internal(text.unwrap_or_default())),
                Vec::new(),
            );
        });
        client
            .worker
            .set_onerror(Some(on_error.as_ref().unchecked_ref()));
        on_error.forget();
        client
    }

    pub fn send(&self, request: Request) {
        self.send_files(request, Vec::new());
    }

    /// Files travel as handles: the worker reads them when it is their turn.
    pub fn send_files(&self, request: Request, files: Vec<File>) {
        let message = message::pack(&request, files.into_iter().map(JsValue::from));
        match self.early.borrow_mut().as_mut() {
            Some(early) => early.push(message),
            None => self.post(&message),
        }
    }

    fn post(&self, message: &JsValue) {
        self.worker
            .post_message(message)
            .expect("headers and files can be cloned");
    }
}

/// What the page's address asks for.
pub fn start_options() -> StartOptions {
    StartOptions {
        device: query("device").and_then(|name| DeviceKind::parse(&name)),
        backbone: query("backbone"),
    }
}

/// A query parameter of the page's address; empty where it has no value.
pub fn query(name: &str) -> Option<String> {
    let search = web_sys::window()?.location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()?.get(name)
}
