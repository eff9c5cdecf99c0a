//! The GPU that the browser offers, if it does. The page looks, to start the worker that can use it; the worker
//! looks again, to say why it cannot.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use data::backbone::{DeviceKind, DeviceReason};
use data::protocol::StartOptions;

/// Milliseconds that a GPU has to answer: seen in a second where it works, and never where the browser's GPU process
/// fails again and again. Nobody may wait for that.
const PATIENCE: f64 = 5000.0;

/// Milliseconds after which a page that was given no GPU asks once more: a GPU process that ended while it was asked
/// is there again by then.
const SECOND_TRY: f64 = 250.0;

/// CubeCL panics where an adapter lacks it.
const FEATURE: &str = "timestamp-query";

/// What an adapter says of itself.
pub struct Adapter {
    #[cfg_attr(not(feature = "gpu"), expect(dead_code))]
    pub name: String,
    pub fallback: bool,
}

/// The adapter that Graft may run on, or why it stays on the CPU.
pub async fn usable(options: &StartOptions) -> Result<Adapter, DeviceReason> {
    if options.device == Some(DeviceKind::Cpu) {
        return Err(DeviceReason::Asked);
    }
    if options.lost {
        return Err(DeviceReason::Lost);
    }
    let adapter = adapter().await?;
    if adapter.fallback && options.device.is_none() {
        return Err(DeviceReason::FallbackAdapter);
    }
    if options.cpu_site {
        return Err(DeviceReason::NotBuilt);
    }
    Ok(adapter)
}

/// Looks before burn does: cubecl panics on an adapter it cannot use.
async fn adapter() -> Result<Adapter, DeviceReason> {
    let get = |object: &JsValue, key: &str| {
        Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED)
    };
    let gpu = get(&get(&js_sys::global(), "navigator"), "gpu");
    let request = get(&gpu, "requestAdapter")
        .dyn_into::<Function>()
        .map_err(|_| DeviceReason::NoWebGpu)?;
    let ask = async || {
        let promise = request.call0(&gpu).ok()?.dyn_into::<Promise>().ok()?;
        let either = Promise::race(&Array::of2(&promise, &pause(PATIENCE)));
        JsFuture::from(either).await.ok()
    };
    let mut adapter = ask().await;
    // The worker takes the page's word.
    if adapter.as_ref().is_some_and(JsValue::is_null) && web_sys::window().is_some() {
        let _ = JsFuture::from(pause(SECOND_TRY)).await;
        adapter = ask().await;
    }
    let adapter = adapter.ok_or(DeviceReason::NoAdapter)?;
    if adapter.is_undefined() {
        return Err(DeviceReason::NoAnswer);
    }
    if !adapter.is_object() {
        return Err(DeviceReason::NoAdapter);
    }
    let features = get(&adapter, "features");
    let has = get(&features, "has").dyn_into::<Function>().ok();
    let timestamps = has.and_then(|f| f.call1(&features, &FEATURE.into()).ok());
    if timestamps.is_none_or(|t| !t.is_truthy()) {
        return Err(DeviceReason::Lacks {
            feature: FEATURE.into(),
        });
    }
    let info = get(&adapter, "info");
    let text = |key: &str| get(&info, key).as_string().unwrap_or_default();
    Ok(Adapter {
        name: format!("{} {}", text("vendor"), text("architecture"))
            .trim()
            .to_owned(),
        fallback: get(&info, "isFallbackAdapter").is_truthy()
            || get(&adapter, "isFallbackAdapter").is_truthy(),
    })
}

/// Resolves after some milliseconds, to undefined: no adapter is that, nor a browser's null for none.
pub(super) fn pause(milliseconds: f64) -> Promise {
    Promise::new(&mut |resolve, _| {
        let global = js_sys::global();
        let timer = Reflect::get(&global, &"setTimeout".into());
        let timer = timer.and_then(|timer| timer.dyn_into::<Function>());
        // Pages and workers all have timers.
        let _ = timer.and_then(|timer| timer.call2(&global, &resolve, &milliseconds.into()));
    })
}
