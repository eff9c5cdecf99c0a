//! A worker that writes exports, and links that hold a head, and reads those. Few ask for either, so it is fetched for those alone.

use data::export::Order;
use data::share::{LinkProblem, Precision, Qr};
use serde::{Deserialize, Serialize};

/// What to do.
#[derive(Serialize, Deserialize)]
enum Question {
    /// Payload: the network's numbers.
    Export(Box<Order>),
    /// Payload: the head's file.
    WriteLink {
        precision: Precision,
        address: String,
    },
    ReadLink {
        text: String,
    },
}

#[derive(Serialize, Deserialize)]
enum Answer {
    /// Payload: the zip, where it was written; else why not.
    Exported(Result<(), String>),
    /// The address and its picture. Payload: the head's file, read back.
    Written(Result<(String, Option<Qr>), LinkProblem>),
    /// Payload: the head's file.
    Read(Result<(), LinkProblem>),
}

#[cfg(feature = "engine")]
mod asks {
    use js_sys::Uint8Array;
    use wasm_bindgen::{JsCast, JsValue};

    use super::super::asked::Asked;
    use super::{Answer, Question};
    use data::export::Order;
    use data::share::{LinkProblem, Precision};
    use engine::session::WrittenLink;

    /// Milliseconds after which a worker that says nothing is given up.
    const PATIENCE: f64 = 60_000.0;

    async fn ask(
        question: Question,
        payloads: &[Vec<u8>],
    ) -> Result<(Answer, Vec<JsValue>), String> {
        let worker = Asked::start("exporter", PATIENCE).await;
        let worker = worker.ok_or("what writes exports could not be started")?;
        let asked = worker.ask_for(&question, payloads, Some(PATIENCE)).await;
        asked.ok_or_else(|| "what writes exports broke".into())
    }

    fn bytes(payloads: Vec<JsValue>) -> Option<Vec<u8>> {
        let first = payloads.into_iter().next();
        let first = first.and_then(|bytes| bytes.dyn_into::<Uint8Array>().ok());
        first.map(|bytes| bytes.to_vec())
    }

    /// The zip; or why there is none: without a network, say.
    pub async fn export(order: &Order, tensors: Vec<u8>) -> Result<Vec<u8>, String> {
        let question = Question::Export(Box::new(order.clone()));
        let (answer, payloads) = ask(question, &[tensors]).await?;
        if let Answer::Exported(written) = answer {
            written?;
        }
        Ok(bytes(payloads).ok_or("the export is missing")?)
    }

    fn missing(why: &str) -> LinkProblem {
        LinkProblem::Missing(why.into())
    }

    pub async fn write_link(
        head: &[u8],
        precision: Precision,
        address: &str,
    ) -> Result<WrittenLink, LinkProblem> {
        let address = address.to_owned();
        let question = Question::WriteLink { precision, address };
        let asked = ask(question, &[head.to_vec()]).await;
        let (answer, payloads) = asked.map_err(|why| missing(&why))?;
        let Answer::Written(written) = answer else {
            return Err(missing("another answer came"));
        };
        let (url, qr) = written?;
        let read_back = bytes(payloads).ok_or_else(|| missing("the head is missing"))?;
        Ok((url, qr, read_back))
    }

    pub async fn read_link(text: &str) -> Result<Vec<u8>, LinkProblem> {
        let text = text.to_owned();
        let asked = ask(Question::ReadLink { text }, &[]).await;
        let (answer, payloads) = asked.map_err(|why| missing(&why))?;
        if let Answer::Read(read) = answer {
            read?;
        }
        bytes(payloads).ok_or_else(|| missing("the head is missing"))
    }
}
#[cfg(feature = "engine")]
pub use asks::{export, read_link, write_link};

/// Called by the worker's `main`.
#[cfg(feature = "exporter")]
pub fn start() {
    use js_sys::Uint8Array;
    use wasm_bindgen::prelude::Closure;
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

    fn answer(data: &JsValue) -> Result<(Answer, Vec<u8>), String> {
        let (question, payloads) = super::message::unpack::<Question>(data)?;
        let bytes = payloads.into_iter().next();
        let bytes = bytes.and_then(|bytes| bytes.dyn_into::<Uint8Array>().ok());
        let bytes = bytes.map(|bytes| bytes.to_vec()).unwrap_or_default();
        Ok(match question {
            Question::Export(order) => match export::export(&order, &bytes) {
                Ok(zip) => (Answer::Exported(Ok(())), zip),
                Err(why) => (Answer::Exported(Err(why.to_string())), Vec::new()),
            },
            Question::WriteLink { precision, address } => {
                match export::link::of_file(&bytes, precision, &address) {
                    Ok((url, qr, file)) => (Answer::Written(Ok((url, qr))), file),
                    Err(why) => (Answer::Written(Err(why)), Vec::new()),
                }
            }
            Question::ReadLink { text } => match export::link::read(&text) {
                Ok(file) => (Answer::Read(Ok(())), file),
                Err(why) => (Answer::Read(Err(why)), Vec::new()),
            },
        })
    }

    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let answers = scope.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let (answer, bytes) =
            answer(&event.data()).unwrap_or_else(|why| (Answer::Exported(Err(why)), Vec::new()));
        let bytes = Uint8Array::from(bytes.as_slice());
        let message = super::message::pack(&answer, [bytes.into()]);
        answers.post_message(&message).expect("bytes can be posted");
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    scope
        .post_message(&JsValue::NULL)
        .expect("nothing can be posted");
}
