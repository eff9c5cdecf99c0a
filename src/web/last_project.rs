//! Which project this tab had open last, and which any tab: a page opens the one or the other again.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Storage;

const KEY: &str = "graft-project";

/// This tab's own comes first: two tabs can work on two projects, and each finds its own again.
pub fn last() -> Option<String> {
    let known = |name| storage(name)?.get_item(KEY).ok()?;
    known("sessionStorage").or_else(|| known("localStorage"))
}

pub fn remember(id: &str) {
    for name in ["sessionStorage", "localStorage"] {
        if let Some(storage) = storage(name) {
            // Where it is full, the page opens another one the next time.
            let _ = storage.set_item(KEY, id);
        }
    }
}

/// By its name in JavaScript. It throws where the user lets no site store anything.
pub fn storage(name: &str) -> Option<Storage> {
    let got = Reflect::get(&js_sys::global(), &JsValue::from_str(name));
    got.ok()?.dyn_into().ok()
}
