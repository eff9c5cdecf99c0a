//! A part of the page's program in a file of its own, for those who need it: the package `splitting` took it out.

use js_sys::{Object, Reflect, WebAssembly};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use super::here;

/// Where a part lies. None where all of the program is in the page: builds that are quick to make are not split.
pub fn find(file: &str) -> Option<String> {
    here::known_file(file)?;
    here::address(file).ok()
}

/// Fetches a part and puts it into the program: from then on its root may be called.
pub async fn fetch(address: &str) -> Result<(), JsValue> {
    let window = web_sys::window().ok_or("no window")?;
    let response = JsFuture::from(window.fetch_with_str(address)).await?;
    let response: Response = response.dyn_into()?;
    if !response.ok() {
        return Err(response.status().into());
    }
    let bytes = JsFuture::from(response.array_buffer()?).await?;
    let module = JsFuture::from(WebAssembly::compile(&bytes)).await?;
    // Memory, table and functions are those of the program that runs.
    let imports = Object::new();
    Reflect::set(&imports, &"p".into(), &wasm_bindgen::exports())?;
    let made = WebAssembly::instantiate_module(module.unchecked_ref(), &imports);
    JsFuture::from(made).await.map(drop)
}
