//! A worker that reads names in a code page that nobody names. What that takes is a fifth of an engine for the CPU
//! (141 kB of 690 by brotli), and few zips need it: so it is fetched for those alone.

#[cfg(feature = "engine")]
pub use asks::read;

use serde::{Deserialize, Serialize};

/// Names of one zip, all in the same page, and what the person speaks.
#[derive(Serialize, Deserialize)]
struct Question {
    names: Vec<Vec<u8>>,
    language: String,
}

/// They as texts, and whether the page could be told.
#[derive(Serialize, Deserialize)]
struct Answer {
    texts: Vec<String>,
    sure: bool,
}

#[cfg(feature = "engine")]
mod asks {
    use js_sys::{Array, Promise};
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{MessageEvent, Worker};

    use super::{Answer, Question};
    use crate::web::adapter::pause;
    use crate::web::worker::scope;
    use crate::web::{launch, message};

    const ENGINE: &str = "names";
    /// Milliseconds after which a worker that says nothing is given up.
    const PATIENCE: f64 = 30_000.0;

    /// None where the worker cannot be had: without a network, say.
    pub async fn read(names: &[&[u8]]) -> Option<(Vec<String>, bool)> {
        let worker = launch::worker(ENGINE, ENGINE).ok()?;
        let question = Question {
            names: names.iter().map(|name| name.to_vec()).collect(),
            language: scope().navigator().language().unwrap_or_default(),
        };
        let answer = ask(&worker, &question).await;
        worker.terminate();
        answer.map(|Answer { texts, sure }| (texts, sure))
    }

    async fn ask(worker: &Worker, question: &Question) -> Option<Answer> {
        // It says that it listens: what is sent before is lost.
        next(worker).await?;
        worker.post_message(&message::pack(question, [])).ok()?;
        let answer: MessageEvent = next(worker).await?.dyn_into().ok()?;
        let (answer, _) = message::unpack(&answer.data()).ok()?;
        Some(answer)
    }

    /// The worker's next message.
    async fn next(worker: &Worker) -> Option<JsValue> {
        let message = Promise::new(&mut |came, failed| {
            worker.set_onmessage(Some(&came));
            worker.set_onerror(Some(&failed));
        });
        let either = Array::of2(&message, &pause(PATIENCE));
        let first = JsFuture::from(Promise::race(&either)).await.ok()?;
        first.is_object().then_some(first)
    }
}

/// Called by the worker's `main`.
#[cfg(feature = "names")]
pub fn start() {
    use wasm_bindgen::prelude::Closure;
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let answers = scope.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let (texts, sure) = match super::message::unpack(&event.data()) {
            Ok((Question { names, language }, _)) => code_page::read(&names, &language),
            Err(_) => (Vec::new(), false),
        };
        answers
            .post_message(&super::message::pack(&Answer { texts, sure }, []))
            .expect("texts can be posted");
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    scope
        .post_message(&JsValue::NULL)
        .expect("nothing can be posted");
}
