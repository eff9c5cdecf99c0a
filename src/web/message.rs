//! Messages across the worker boundary: an array of one JSON header and its payloads.

use js_sys::Array;
#[cfg(feature = "engine")]
use js_sys::Uint8Array;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

/// Header and payloads of a message; none where it is not ours.
pub fn unpack<T: DeserializeOwned>(data: &JsValue) -> Option<(T, Vec<JsValue>)> {
    let parts = data.dyn_ref::<Array>()?;
    let header = serde_json::from_str(&parts.get(0).as_string()?).ok()?;
    Some((header, parts.iter().skip(1).collect()))
}

pub fn pack<T: Serialize>(header: &T, payloads: impl IntoIterator<Item = JsValue>) -> Array {
    let json = serde_json::to_string(header).expect("plain data becomes JSON");
    let parts = Array::of1(&JsValue::from_str(&json));
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
