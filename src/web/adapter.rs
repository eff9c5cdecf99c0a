//! The GPU that the browser offers, if it does. The page looks, to start the worker that can use it; the worker
//! looks again, to say why it cannot.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::data::backbone::{DeviceKind, DeviceReason};
use crate::protocol::StartOptions;

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
    let promise: Promise = request
        .call0(&gpu)
        .ok()
        .and_then(|p| p.dyn_into().ok())
        .ok_or(DeviceReason::NoAdapter)?;
    let adapter = JsFuture::from(promise)
        .await
        .map_err(|_| DeviceReason::NoAdapter)?;
    if !adapter.is_object() {
        return Err(DeviceReason::NoAdapter);
    }
    let features = get(&adapter, "features");
    let has = get(&features, "has").dyn_into::<Function>().ok();
    let timestamps = has.and_then(|f| f.call1(&features, &"timestamp-query".into()).ok());
    if timestamps.is_none_or(|t| !t.is_truthy()) {
        return Err(DeviceReason::StartFailed(
            "the adapter lacks timestamp-query".into(),
        ));
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
