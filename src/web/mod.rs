//! The browser: the worker's loop, the page's door to it, storage, fetch, and the GPU.

#[cfg(any(feature = "page", feature = "engine"))]
mod adapter;
#[cfg(feature = "page")]
pub mod address;
#[cfg(feature = "page")]
pub mod client;
#[cfg(any(feature = "page", feature = "engine"))]
mod launch;
mod message;
#[cfg(feature = "page")]
mod simd;
#[cfg(feature = "page")]
mod starts;

#[cfg(feature = "engine")]
mod access;
#[cfg(feature = "engine")]
mod begin;
#[cfg(feature = "engine")]
mod breath;
#[cfg(feature = "engine")]
mod device;
#[cfg(feature = "engine")]
mod embedder;
#[cfg(feature = "gpu")]
mod gpu;
#[cfg(feature = "engine")]
mod inbox;
#[cfg(feature = "engine")]
mod letters;
#[cfg(feature = "engine")]
mod lock;
#[cfg(any(feature = "engine", feature = "names"))]
pub mod names;
#[cfg(feature = "engine")]
mod pool;
#[cfg(feature = "engine")]
mod projects;
#[cfg(feature = "engine")]
mod read;
#[cfg(feature = "engine")]
mod samples;
#[cfg(feature = "engine")]
mod storage;
#[cfg(feature = "engine")]
pub mod wasm_memory;
#[cfg(feature = "engine")]
pub mod worker;

/// A browser's failure, in its own words.
#[cfg(feature = "engine")]
fn words(error: &wasm_bindgen::JsValue) -> String {
    error
        .as_string()
        .unwrap_or_else(|| String::from(js_sys::Object::from(error.clone()).to_string()))
}
