//! Messages across the worker boundary: an array of one header, as bytes, and its payloads.

use js_sys::{Array, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

use data::protocol;

/// Header and payloads of a message, or why it is none. Whoever asks says so: no message is passed over.
pub fn unpack<T: DeserializeOwned>(data: &JsValue) -> Result<(T, Vec<JsValue>), String> {
    let parts = data.dyn_ref::<Array>().ok_or("a message is no list")?;
    let header = parts.get(0).dyn_into::<Uint8Array>();
    let header = header.map_err(|_| "a message has no header")?;
    let header = protocol::decode(&header.to_vec())?;
    Ok((header, parts.iter().skip(1).collect()))
}

/// What a browser says of a message that did not arrive whole.
#[cfg(any(feature = "page", feature = "engine"))]
pub const LOST: &str = "a message was lost";

pub fn pack<T: Serialize>(header: &T, payloads: impl IntoIterator<Item = JsValue>) -> Array {
    let parts = Array::of1(&Uint8Array::from(protocol::encode(header).as_slice()));
    payloads.into_iter().for_each(|p| {
        parts.push(&p);
    });
    parts
}

/// Byte buffers in JavaScript's memory, and the list that hands them over without a copy.
#[cfg(feature = "engine")]
pub fn buffers(payloads: &[Vec<u8>]) -> (Vec<JsValue>, Array) {
    let arrays: Vec<Uint8Array> = payloads
        .iter()
        .map(|p| Uint8Array::from(p.as_slice()))
        .collect();
    let transfer = arrays.iter().map(|a| JsValue::from(a.buffer())).collect();
    (arrays.into_iter().map(JsValue::from).collect(), transfer)
}
