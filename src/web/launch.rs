//! Starts an engine's code as a worker that the page's policy holds, and finds the site's files from within.
//!
//! A Content-Security-Policy that stands in the page, as ours must where any server may serve the site, does not reach a
//! worker whose code comes from the network: it could send photos anywhere. A worker whose code is a `blob:` has the
//! policy of who made the blob (HTML, "creating a policy container from a fetch response"). So each worker starts from
//! a `blob:` module that does nothing but import the engine's loader.

use std::cell::RefCell;
use std::collections::BTreeMap;

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::{Blob, BlobPropertyBag, Url, Worker, WorkerOptions, WorkerType};

use super::here;

thread_local! {
    /// The `blob:` module of each engine. They stay: a worker may read its own late, and another one be started from it.
    static MODULES: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// What embeds on WebGPU.
#[cfg(feature = "page")]
pub const GPU_ENGINE: &str = "worker_gpu";

/// The site has this engine: one that is still being built may lack those for a GPU (`xtask/src/page.rs`).
#[cfg(feature = "page")]
pub fn has(engine: &str) -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let meta = document.and_then(|page| page.query_selector("meta[name=engines]").ok().flatten());
    let all = meta.and_then(|meta| meta.get_attribute("content"));
    all.is_none_or(|all| all.split(' ').any(|there| there == engine))
}

/// Starts an engine, `worker_gpu` say, of the same build as this code. The worker sees `name` as its own.
pub fn worker(engine: &str, name: &str) -> Result<Worker, JsValue> {
    let settings = WorkerOptions::new();
    settings.set_type(WorkerType::Module);
    settings.set_name(name);
    Worker::new_with_options(&module(engine)?, &settings)
}

fn module(engine: &str) -> Result<String, JsValue> {
    if let Some(known) = MODULES.with_borrow(|modules| modules.get(engine).cloned()) {
        return Ok(known);
    }
    let loader = here::loader(engine)?;
    // JSON is JavaScript: the address becomes a string in it.
    let address = js_sys::JSON::stringify(&loader.into())?;
    let code = format!("import {};", String::from(address));
    let kind = BlobPropertyBag::new();
    kind.set_type("text/javascript");
    let parts = Array::of1(&code.into());
    let blob = Blob::new_with_str_sequence_and_options(&parts, &kind)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    MODULES.with_borrow_mut(|modules| modules.insert(engine.to_owned(), address.clone()));
    Ok(address)
}
