//! A worker that is asked one thing at a time and answers each.

use js_sys::{Array, Promise};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, Worker};

use super::adapter::pause;
use super::{launch, message};

pub struct Asked(Worker);

impl Asked {
    /// Starts an engine, and waits until it says that it listens: what is sent before is lost. None where it cannot be had
    /// within some milliseconds: without a network, say.
    pub async fn start(engine: &str, patience: f64) -> Option<Self> {
        let worker = Self(launch::worker(engine, engine).ok()?);
        worker.next(Some(patience)).await?;
        Some(worker)
    }

    /// The answer; none where the worker breaks, or takes longer than this many milliseconds.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        question: &impl Serialize,
        payloads: &[Vec<u8>],
        patience: Option<f64>,
    ) -> Option<T> {
        let (answer, _) = self.ask_for(question, payloads, patience).await?;
        Some(answer)
    }

    /// The same with the answer's payloads.
    pub async fn ask_for<T: DeserializeOwned>(
        &self,
        question: &impl Serialize,
        payloads: &[Vec<u8>],
        patience: Option<f64>,
    ) -> Option<(T, Vec<JsValue>)> {
        let (arrays, transfer) = message::buffers(payloads);
        let message = message::pack(question, arrays);
        self.0
            .post_message_with_transfer(&message, &transfer)
            .ok()?;
        let answer: MessageEvent = self.next(patience).await?.dyn_into().ok()?;
        message::unpack(&answer.data()).ok()
    }

    /// The worker's next message.
    async fn next(&self, patience: Option<f64>) -> Option<JsValue> {
        let message = Promise::new(&mut |came, failed| {
            self.0.set_onmessage(Some(&came));
            self.0.set_onmessageerror(Some(&failed));
            self.0.set_onerror(Some(&failed));
        });
        let first = match patience {
            Some(milliseconds) => Promise::race(&Array::of2(&message, &pause(milliseconds))),
            None => message,
        };
        let first = JsFuture::from(first).await.ok()?;
        first.is_object().then_some(first)
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.terminate();
    }
}
