//! The backbone on WebGPU, where that is right and worth it.

use super::adapter::Adapter;
use super::worker::now;
use data::backbone::{DeviceKind, DeviceReason, DeviceReport};
use engine::backbones::{self, Backbone, Device, SAME, self_test};

/// The GPU, once it was started: that cannot be done twice.
#[derive(Default)]
pub struct Gpu(Option<(backbones::Gpu, Adapter)>);

impl Gpu {
    /// A card, not a GPU that the CPU emulates.
    pub fn is_real(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|(_, adapter)| !adapter.fallback)
    }

    /// To tune networks on: the GPU that runs, if it is a real one.
    #[cfg(feature = "gpu-tuning")]
    pub fn to_tune_on(&self, report: &DeviceReport) -> Option<Device> {
        let runs = report.kind == DeviceKind::Webgpu && self.is_real();
        let (gpu, _) = self.0.as_ref().filter(|_| runs)?;
        Some(gpu.device())
    }

    /// What tuning on a GPU takes is in another engine.
    #[cfg(not(feature = "gpu-tuning"))]
    pub fn to_tune_on(&self, _: &DeviceReport) -> Option<Device> {
        None
    }

    /// The backbone on this adapter, which cubecl would panic at if it could not use it. `forced`:
    /// also where the CPU is faster.
    pub async fn load(
        &mut self,
        adapter: Adapter,
        weights: &[u8],
        on_cpu: &Backbone,
        forced: bool,
    ) -> Result<(Backbone, DeviceReport), DeviceReason> {
        let failed = |words: String| DeviceReason::StartFailed(words.into());
        if self.0.is_none() {
            let gpu = backbones::Gpu::start().await;
            self.0 = Some((gpu.map_err(|e| failed(e.to_string()))?, adapter));
        }
        let Some((gpu, adapter)) = &self.0 else {
            return Err(DeviceReason::NoAdapter);
        };
        let mut gpu = gpu.clone();
        let on_gpu = loop {
            let on_gpu = Backbone::on_gpu(on_cpu.spec(), weights, &gpu);
            let on_gpu = on_gpu.map_err(|e| failed(e.to_string()))?;
            let why = match self_test(&on_gpu, on_cpu).await {
                Ok(cosine) if cosine >= SAME => break on_gpu,
                Ok(cosine) => DeviceReason::WrongResult { cosine },
                Err(e) => failed(e.to_string()),
            };
            // What goes wrong in f16 may be right in f32.
            if !gpu.is_half() {
                return Err(why);
            }
            gpu = gpu.with(gpu.batch(), false);
        };
        let reason = if forced {
            DeviceReason::Asked
        } else {
            // Both are warm now: the self-test has compiled the GPU's kernels.
            let gpu_ms = time(&on_gpu).await?;
            let cpu_ms = time(on_cpu).await?;
            if gpu_ms >= cpu_ms {
                return Err(DeviceReason::GpuSlower { gpu_ms, cpu_ms });
            }
            DeviceReason::Faster { gpu_ms, cpu_ms }
        };
        let report = DeviceReport {
            kind: DeviceKind::Webgpu,
            adapter: adapter.name.clone(),
            reason,
        };
        Ok((on_gpu, report))
    }
}

/// Milliseconds for one photo.
async fn time(backbone: &Backbone) -> Result<f64, DeviceReason> {
    let size = backbone.spec().input_size;
    let start = now();
    let embedded = backbone.embed(&[&vec![128; size * size * 3]]).await;
    embedded.map_err(|e| DeviceReason::StartFailed(e.to_string().into()))?;
    Ok(now() - start)
}
