//! The worker's loop: what came, else a piece of work, and the browser in between.

use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, MessageEvent};

use super::begin::begin;
use super::channel::Channel;
use super::embedder::{self, Answer};
use super::message;
use super::scope::{bytes_of, scope};
use super::yield_now::Yield;
use data::problem::Problem;
use data::protocol::{Event, Job, Request};
use engine::Output;
use engine::session::{Incoming, Payload, Platform, Storage};

/// What may come.
pub(super) enum Letter {
    Session(Incoming<Blob>),
    /// Of a member of the pool.
    Pool(u64, Answer, Vec<JsValue>),
}

/// Called by the worker's `main`.
pub fn start() {
    if scope().name() == embedder::NAME {
        return embedder::start();
    }
    let letters = Channel::default();
    let inbox = letters.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        match message::unpack(&event.data()) {
            Ok((numbered, payloads)) => {
                let payloads = payloads.into_iter().map(payload).collect();
                inbox.put(Letter::Session(Incoming::Request(numbered, payloads)));
            }
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

fn payload(payload: JsValue) -> Payload<Blob> {
    match payload.dyn_into::<Blob>() {
        Ok(blob) => Payload::File(blob),
        Err(array) => Payload::Bytes(bytes_of(array)),
    }
}

async fn run(letters: Channel<Letter>) {
    let next = async || loop {
        letters.wait().await;
        if let Some(Letter::Session(Incoming::Request(letter, payloads))) = letters.take() {
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
        if let (Request::Keep { number, entries }, payloads) = next().await {
            let blobs = payloads.into_iter().filter_map(|payload| match payload {
                Payload::File(blob) => Some(blob),
                Payload::Bytes(_) => None,
            });
            kept.push((number, entries, blobs.collect()));
        }
    }
    let mut session = match begin(options, letters.clone(), kept).await {
        Ok(session) => session,
        Err(why) => return tell(Event::Failed(Problem::Backbone(why))),
    };
    let breath = Yield::new().expect("a worker with WebAssembly has MessageChannel");
    while !session.is_over() {
        let worked = match letters.take() {
            Some(Letter::Session(incoming)) => {
                session.take(incoming).await;
                true
            }
            Some(Letter::Pool(member, answer, payloads)) => {
                let pool = session.platform_mut().embedders();
                if let Some(incoming) = pool.hear(member, answer, payloads) {
                    session.take(incoming).await;
                }
                true
            }
            None => session.turn().await,
        };
        if worked {
            // Messages that came meanwhile are delivered.
            breath.now().await;
            continue;
        }
        let storage = session.platform_mut().storage_mut();
        match storage.tries_again_in() {
            Some(milliseconds) => letters.wait_at_most(milliseconds).await,
            None => letters.wait().await,
        }
        storage.write_back_when_due().await;
        storage.tell_page();
    }
}

pub(super) fn progress(job: Job, done: usize, total: usize) {
    tell(Event::Progress { job, done, total });
}

pub(super) fn tell(event: Event) {
    post(vec![(event, Vec::new())]);
}

pub(super) fn post(outputs: Vec<Output>) {
    for (event, payloads) in outputs {
        let (arrays, transfer) = message::buffers(&payloads);
        scope()
            .post_message_with_transfer(&message::pack(&event, arrays), &transfer)
            .expect("headers and buffers can be posted");
    }
}
