//! The browser: the worker's loop, the page's door to it, fetch, and the GPU.

mod breath;
pub mod client;
mod device;
mod inbox;
mod message;
mod projects;
mod read;
mod samples;
mod storage;
pub mod worker;

use wasm_bindgen::JsValue;

/// A browser's failure, in its own words.
fn words(error: &JsValue) -> String {
    error
        .as_string()
        .unwrap_or_else(|| String::from(js_sys::Object::from(error.clone()).to_string()))
}
