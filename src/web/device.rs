//! Which device runs the backbone, and why.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::worker::now;
use crate::data::backbone::{BackboneSpec, DeviceKind, DeviceReason, DeviceReport};
use crate::data::problem::BackboneProblem;
use crate::engine::backbones::{Backbone, Device};
use crate::engine::backbones::{SAME, self_test, webgpu};
use crate::protocol::StartOptions;

/// What an adapter says of itself, before burn is let near it.
pub struct Adapter {
    name: String,
    fallback: bool,
}

/// The GPU, once it was started: that cannot be done twice.
#[derive(Default)]
pub struct Gpu(Option<(Device, Adapter)>);

impl Gpu {
    /// To tune networks on: the GPU that runs, if it is a real one.
    pub fn to_tune_on(&self, report: &DeviceReport) -> Option<Device> {
        let (device, adapter) = self.0.as_ref()?;
        let runs = report.kind == DeviceKind::Webgpu && !adapter.fallback;
        runs.then(|| device.clone())
    }
}

/// Loads the backbone onto the best device: the GPU where it passes the self-test and beats
/// the CPU (or was asked for), else the CPU. The report says why.
pub async fn load(
    gpu: &mut Gpu,
    spec: &'static BackboneSpec,
    weights: &[u8],
    options: &StartOptions,
) -> Result<(Backbone, DeviceReport), BackboneProblem> {
    let on_cpu = Backbone::on_cpu(spec, weights)?;
    let stay = |reason, on_cpu| {
        Ok((
            on_cpu,
            DeviceReport {
                kind: DeviceKind::Cpu,
                adapter: String::new(),
                reason,
            },
        ))
    };
    let asked = options.device;
    if asked == Some(DeviceKind::Cpu) {
        return stay(DeviceReason::Asked, on_cpu);
    }
    if options.lost {
        return stay(DeviceReason::Lost, on_cpu);
    }
    let forced = asked == Some(DeviceKind::Webgpu);
    if gpu.0.is_none() {
        match start(forced).await {
            Ok(started) => gpu.0 = Some(started),
            Err(reason) => return stay(reason, on_cpu),
        }
    }
    let Some((device, adapter)) = &gpu.0 else {
        return stay(DeviceReason::NoAdapter, on_cpu);
    };
    let on_gpu = Backbone::load(spec, weights, device)?;
    match self_test(&on_gpu, &on_cpu).await {
        Ok(cosine) if cosine >= SAME => {}
        Ok(cosine) => return stay(DeviceReason::WrongResult { cosine }, on_cpu),
        Err(e) => return stay(DeviceReason::StartFailed(e.to_string()), on_cpu),
    }
    let report = |reason| DeviceReport {
        kind: DeviceKind::Webgpu,
        adapter: adapter.name.clone(),
        reason,
    };
    if forced {
        return Ok((on_gpu, report(DeviceReason::Asked)));
    }
    // Both are warm now: the self-test has compiled the GPU's kernels.
    let gpu_ms = time(&on_gpu).await;
    let cpu_ms = time(&on_cpu).await;
    if gpu_ms < cpu_ms {
        Ok((on_gpu, report(DeviceReason::Faster { gpu_ms, cpu_ms })))
    } else {
        stay(DeviceReason::GpuSlower { gpu_ms, cpu_ms }, on_cpu)
    }
}

async fn start(forced: bool) -> Result<(Device, Adapter), DeviceReason> {
    let adapter = adapter().await?;
    if adapter.fallback && !forced {
        return Err(DeviceReason::FallbackAdapter);
    }
    let device = webgpu()
        .await
        .map_err(|e| DeviceReason::StartFailed(e.to_string()))?;
    Ok((device, adapter))
}

/// Milliseconds for one photo; endless where it fails.
async fn time(backbone: &Backbone) -> f64 {
    let size = backbone.spec().input_size;
    let start = now();
    match backbone.embed(&[&vec![128; size * size * 3]]).await {
        Ok(_) => now() - start,
        Err(_) => f64::INFINITY,
    }
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
