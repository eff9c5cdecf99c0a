//! The browser: the worker's loop, the page's door to it, storage, fetch, and the GPU.

#[cfg(any(feature = "page", feature = "engine"))]
mod adapter;
#[cfg(feature = "page")]
pub mod address;
#[cfg(feature = "page")]
pub mod client;
#[cfg(any(feature = "page", feature = "engine", feature = "tuner"))]
mod here;
#[cfg(feature = "page")]
mod last_project;
#[cfg(any(feature = "page", feature = "engine"))]
mod launch;
mod message;
#[cfg(feature = "page")]
mod simd;
#[cfg(feature = "page")]
mod starts;

#[cfg(feature = "engine")]
mod asked;
#[cfg(feature = "engine")]
mod begin;
#[cfg(any(feature = "engine", feature = "tuner"))]
mod channel;
#[cfg(feature = "engine")]
mod device;
#[cfg(feature = "engine")]
mod embedder;
#[cfg(any(feature = "engine", feature = "exporter"))]
pub mod exporter;
#[cfg(any(feature = "engine", feature = "tuner"))]
mod fetch;
#[cfg(feature = "gpu")]
mod gpu;
#[cfg(feature = "engine")]
mod lock;
#[cfg(any(feature = "engine", feature = "names"))]
pub mod names;
#[cfg(feature = "engine")]
mod platform;
#[cfg(feature = "engine")]
mod pool;
#[cfg(feature = "engine")]
mod projects;
#[cfg(feature = "engine")]
mod read;
#[cfg(any(feature = "engine", feature = "tuner"))]
mod scope;
#[cfg(feature = "engine")]
mod storage;
#[cfg(any(feature = "gpu", feature = "tuner"))]
pub mod tuner;
#[cfg(feature = "engine")]
pub mod wasm_memory;
#[cfg(feature = "engine")]
pub mod worker;
#[cfg(feature = "engine")]
mod yield_now;

/// A browser's failure, in its own words.
#[cfg(any(feature = "engine", feature = "tuner"))]
fn words(error: &wasm_bindgen::JsValue) -> String {
    error
        .as_string()
        .unwrap_or_else(|| String::from(js_sys::Object::from(error.clone()).to_string()))
}
