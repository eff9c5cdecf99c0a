//! A worker that reads names in a code page that nobody names. What that takes is a fifth of an engine for the CPU
//! (141 kB of 690 by brotli), and few zips need it: so it is fetched for those alone.

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

/// None where the worker cannot be had: without a network, say.
#[cfg(feature = "engine")]
pub async fn read(names: &[&[u8]]) -> Option<(Vec<String>, bool)> {
    /// Milliseconds after which a worker that says nothing is given up.
    const PATIENCE: f64 = 30_000.0;
    let worker = super::asked::Asked::start("names", PATIENCE).await?;
    let language = super::scope::scope().navigator().language();
    let question = Question {
        names: names.iter().map(|name| name.to_vec()).collect(),
        language: language.unwrap_or_default(),
    };
    let Answer { texts, sure } = worker.ask(&question, &[], Some(PATIENCE)).await?;
    Some((texts, sure))
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
