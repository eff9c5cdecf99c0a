//! What every worker has: its own scope, a clock, bytes that came.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DedicatedWorkerGlobalScope;

pub fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Milliseconds of a steady clock.
pub fn now() -> f64 {
    scope().performance().map_or(0.0, |p| p.now())
}

pub fn bytes_of(array: JsValue) -> Vec<u8> {
    let array = array.dyn_into::<Uint8Array>();
    array.map(|a| a.to_vec()).unwrap_or_default()
}
