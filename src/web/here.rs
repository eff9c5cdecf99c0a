//! Where the site's files lie: each is named by its content (`xtask/src/addresses.rs`), so that this page and its workers only ever
//! get files of their own build.

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use web_sys::Url;

/// The whole address of a file of this site, which is named relative to the page and as it is called in the repository. Within a
/// worker, whose own address is a `blob:`, no other works.
#[cfg(any(feature = "page", feature = "engine", feature = "tuner"))]
pub fn address(path: &str) -> Result<String, JsValue> {
    Ok(Url::new_with_base(&placed(path), &known("here"))?.href())
}

/// The whole address of the script that starts an engine of this build.
#[cfg(any(feature = "page", feature = "engine"))]
pub fn loader(engine: &str) -> Result<String, JsValue> {
    let here = known("here");
    let file = format!("{engine}_loader-{}.js", build());
    let loader = Url::new_with_base(&file, &here)?;
    // The tab's number.
    loader.set_hash(&Url::new(&here)?.hash());
    Ok(loader.href())
}

/// The name of this build.
#[cfg(any(feature = "page", feature = "engine"))]
pub fn build() -> String {
    known("build")
}

/// Where a file lies: it, or the folder that it is in, goes by its content.
fn placed(path: &str) -> String {
    let site = Reflect::get(&js_sys::global(), &SITE.into());
    let files = site.and_then(|site| Reflect::get(&site, &"files".into()));
    let find = |name: &str| {
        let found = Reflect::get(files.as_ref().ok()?, &name.into());
        found.ok()?.as_string()
    };
    if let Some(address) = find(path) {
        return address;
    }
    let within = path.split_once('/').and_then(|(folder, rest)| {
        let folder = find(folder)?;
        Some(format!("{folder}/{rest}"))
    });
    within.unwrap_or_else(|| path.to_owned())
}

/// What the script that started this one knows of the site (`xtask/src/page.rs`).
const SITE: &str = "graftSite";

fn known(what: &str) -> String {
    let site = Reflect::get(&js_sys::global(), &SITE.into());
    let known = site.and_then(|site| Reflect::get(&site, &what.into()));
    known.ok().and_then(|k| k.as_string()).unwrap_or_default()
}
