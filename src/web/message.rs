//! Messages across the worker boundary: an array of one JSON header and its payloads.

use js_sys::Array;
#[cfg(feature = "engine")]
use js_sys::Uint8Array;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

use crate::protocol;

/// Header and payloads of a message, or why it is none. Whoever asks says so: no message is passed over.
pub fn unpack<T: DeserializeOwned>(data: &JsValue) -> Result<(T, Vec<JsValue>), String> {
    let parts = data.dyn_ref::<Array>().ok_or("a message is no list")?;
    let header = parts.get(0).as_string();
    let header = protocol::decode(&header.ok_or("a message has no header")?)?;
    Ok((header, parts.iter().skip(1).collect()))
}

/// What a browser says of a message that did not arrive whole.
pub const LOST: &str = "a message was lost";

pub fn pack<T: Serialize>(header: &T, payloads: impl IntoIterator<Item = JsValue>) -> Array {
    let parts = Array::of1(&JsValue::from_str(&protocol::encode(header)));
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
