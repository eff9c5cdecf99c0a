//! The page's address, as far as it asks for something, and the files beside it.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCache, RequestInit, Response, UrlSearchParams};

use super::here;
use super::last_project::last;
use super::launch;
use data::backbone::DeviceKind;
use data::protocol::StartOptions;

/// What the page's address asks for, and what the site lacks.
pub fn start_options() -> StartOptions {
    StartOptions {
        device: query("device").and_then(|name| DeviceKind::parse(&name)),
        backbone: query("backbone"),
        project: last(),
        fresh: query("fresh").is_some(),
        opened: js_sys::Date::now(),
        cpu_site: !launch::has(launch::GPU_ENGINE),
        workers: query("workers").and_then(|n| n.parse().ok()),
        ..StartOptions::default()
    }
}

/// The address of a file of this site, which is named relative to the page.
pub fn of(path: &str) -> String {
    here::address(path).unwrap_or_default()
}

/// A file of this site that is not named by its content, as a file called `name`; none where it cannot be had.
pub async fn fetch_file(path: &str, name: &str) -> Option<web_sys::File> {
    let window = web_sys::window()?;
    let options = RequestInit::new();
    options.set_cache(RequestCache::NoCache);
    let address = here::address(path).ok()?;
    let asked = window.fetch_with_str_and_init(&address, &options);
    let response: Response = JsFuture::from(asked).await.ok()?.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    let blob = JsFuture::from(response.blob().ok()?).await.ok()?;
    web_sys::File::new_with_blob_sequence(&Array::of1(&blob), name).ok()
}

/// The text of a file of this site, which is named relative to the page.
pub async fn fetch(path: &str) -> Result<String, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let answer = JsFuture::from(window.fetch_with_str(&here::address(path)?)).await?;
    let response: Response = answer.dyn_into()?;
    if !response.ok() {
        return Err(response.status().into());
    }
    let text = JsFuture::from(response.text()?).await?;
    text.as_string().ok_or(text)
}

/// A query parameter of the page's address; empty where it has no value.
pub fn query(name: &str) -> Option<String> {
    let search = web_sys::window()?.location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()?.get(name)
}
