//! A macrotask: the browser delivers what came meanwhile, then we go on.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Two ends of a message channel. A timer would do the same, but browsers hold nested timers
/// back by 4 ms (HTML standard, "timer initialization steps"), which is longer than an epoch.
pub struct Yield {
    here: JsValue,
    there: JsValue,
    post: Function,
}

impl Yield {
    /// None where the browser has no `MessageChannel`; all that have WebAssembly do.
    pub fn new() -> Option<Self> {
        let get = |object: &JsValue, key: &str| Reflect::get(object, &key.into()).ok();
        let class: Function = get(&js_sys::global(), "MessageChannel")?.dyn_into().ok()?;
        let channel = Reflect::construct(&class, &Array::new()).ok()?;
        let there = get(&channel, "port2")?;
        Some(Self {
            here: get(&channel, "port1")?,
            post: get(&there, "postMessage")?.dyn_into().ok()?,
            there,
        })
    }

    /// Goes on behind what came meanwhile.
    pub async fn now(&self) {
        let sent = Promise::new(&mut |resolve, _| {
            let heard = Reflect::set(&self.here, &"onmessage".into(), &resolve);
            if heard.is_err() || self.post.call1(&self.there, &JsValue::NULL).is_err() {
                let _ = resolve.call0(&JsValue::NULL);
            }
        });
        let _ = JsFuture::from(sent).await; // it is only ever resolved
    }
}
