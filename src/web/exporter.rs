//! A worker that writes exports. Few make one, so it is fetched for those alone.

use data::export::Order;
use serde::{Deserialize, Serialize};

/// What to write. Payload: the network's numbers.
#[derive(Serialize, Deserialize)]
struct Question(Order);

/// Payload: the zip, where it was written; else why not.
#[derive(Serialize, Deserialize)]
struct Answer(Result<(), String>);

/// The zip; or why there is none: without a network, say.
#[cfg(feature = "engine")]
pub async fn export(order: &Order, tensors: Vec<u8>) -> Result<Vec<u8>, String> {
    use js_sys::Uint8Array;
    use wasm_bindgen::JsCast;

    /// Milliseconds after which a worker that says nothing is given up.
    const PATIENCE: f64 = 60_000.0;
    let worker = super::asked::Asked::start("exporter", PATIENCE).await;
    let worker = worker.ok_or("what writes exports could not be started")?;
    let question = Question(order.clone());
    let asked = worker.ask_for(&question, &[tensors], Some(PATIENCE)).await;
    let (Answer(written), payloads) = asked.ok_or("what writes exports broke")?;
    written?;
    let zip = payloads.into_iter().next();
    let zip = zip.and_then(|zip| zip.dyn_into::<Uint8Array>().ok());
    Ok(zip.ok_or("the export is missing")?.to_vec())
}

/// Called by the worker's `main`.
#[cfg(feature = "exporter")]
pub fn start() {
    use js_sys::Uint8Array;
    use wasm_bindgen::prelude::Closure;
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

    fn written(data: &JsValue) -> Result<Vec<u8>, String> {
        let (Question(order), payloads) = super::message::unpack(data)?;
        let tensors = payloads.into_iter().next();
        let tensors = tensors.and_then(|tensors| tensors.dyn_into::<Uint8Array>().ok());
        let tensors = tensors.ok_or("the network's numbers are missing")?.to_vec();
        export::export(&order, &tensors).map_err(|e| e.to_string())
    }

    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let answers = scope.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let message = match written(&event.data()) {
            Ok(zip) => {
                let zip = Uint8Array::from(zip.as_slice());
                super::message::pack(&Answer(Ok(())), [zip.into()])
            }
            Err(why) => super::message::pack(&Answer(Err(why)), []),
        };
        answers.post_message(&message).expect("bytes can be posted");
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    scope
        .post_message(&JsValue::NULL)
        .expect("nothing can be posted");
}
