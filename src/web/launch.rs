//! Starts an engine's code as a worker that the page's policy holds, and finds the site's files from within.
//!
//! A Content-Security-Policy that stands in the page, as ours must where any server may serve the site, does not reach a
//! worker whose code comes from the network: it could send photos anywhere. A worker whose code is a `blob:` has the
//! policy of who made the blob (HTML, "creating a policy container from a fetch response"). So each worker starts from
//! a `blob:` module that does nothing but import the engine's loader.

use std::cell::RefCell;
use std::collections::BTreeMap;

use js_sys::{Array, Reflect};
use wasm_bindgen::JsValue;
use web_sys::{Blob, BlobPropertyBag, Url, Worker, WorkerOptions, WorkerType};

thread_local! {
    /// The `blob:` module of each engine. They stay: a worker may read its own late, and another one be started from it.
    static MODULES: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
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
    let loader = of_this_build(&format!("{engine}_loader.js"))?;
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

/// The whole address of a file that changes with the build, so that no browser keeps an old one.
pub(super) fn of_this_build(path: &str) -> Result<String, JsValue> {
    let here = here()?;
    let file = Url::new_with_base(path, &here.href())?;
    file.set_search(&here.search());
    Ok(file.href())
}

/// The whole address of a file of this site, which is named relative to the page. Within a worker, whose own address is
/// a `blob:`, no other works.
#[cfg(feature = "engine")]
pub fn address(path: &str) -> Result<String, JsValue> {
    Ok(Url::new_with_base(path, &here()?.href())?.href())
}

/// An address beside which the site's files lie, with `?v=` and the build: the page's, or that of this worker's loader,
/// which leaves it to us (`xtask/src/page.rs`).
fn here() -> Result<Url, JsValue> {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        let loader = Reflect::get(&js_sys::global(), &"graftLoader".into())?;
        return Url::new(&loader.as_string().unwrap_or_default());
    };
    let build = document
        .query_selector("meta[name=build]")?
        .and_then(|meta| meta.get_attribute("content"))
        .unwrap_or_default();
    let page = document.base_uri()?.unwrap_or_default();
    Url::new_with_base(&format!("?v={build}"), &page)
}
