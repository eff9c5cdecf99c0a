//! Where the site's files lie.

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use web_sys::Url;

/// The whole address of a file of this site, which is named relative to the page. Within a worker, whose own address is
/// a `blob:`, no other works.
#[cfg(any(feature = "engine", feature = "tuner"))]
pub fn address(path: &str) -> Result<String, JsValue> {
    Ok(Url::new_with_base(path, &here()?.href())?.href())
}

/// The whole address of a file that changes with the build, so that no browser keeps an old one.
#[cfg(any(feature = "page", feature = "engine"))]
pub fn of_this_build(path: &str) -> Result<String, JsValue> {
    let here = here()?;
    let file = Url::new_with_base(path, &here.href())?;
    file.set_search(&here.search());
    Ok(file.href())
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
