//! The backbone on WebGPU, where that is right and worth it.

use std::rc::Rc;

use super::adapter::Adapter;
use super::scope::now;
use super::tuner::Tuner;
use data::backbone::{DeviceKind, DeviceReason, DeviceReport};
use engine::backbones::{self, Backbone, Candidate, choose, self_test};
use engine::tuning_service::Link;

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

    /// Who tunes networks on it.
    pub fn tuner(&self) -> Rc<dyn Link> {
        Rc::new(Tuner::default())
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
        let mut tried = OnGpu {
            on_gpu: on_gpu(gpu, on_cpu, weights).map_err(failed)?,
            gpu: gpu.clone(),
            weights,
            on_cpu,
        };
        let reason = choose(&mut tried, forced).await?;
        let report = DeviceReport {
            kind: DeviceKind::Webgpu,
            adapter: adapter.name.clone(),
            reason,
        };
        Ok((tried.on_gpu, report))
    }
}

fn on_gpu(gpu: &backbones::Gpu, on_cpu: &Backbone, weights: &[u8]) -> Result<Backbone, String> {
    Backbone::on_gpu(on_cpu.spec(), weights, gpu).map_err(|e| e.to_string())
}

/// The backbone on a GPU that is tried.
struct OnGpu<'a> {
    gpu: backbones::Gpu,
    weights: &'a [u8],
    on_cpu: &'a Backbone,
    on_gpu: Backbone,
}

impl Candidate for OnGpu<'_> {
    fn is_half(&self) -> bool {
        self.gpu.is_half()
    }

    fn whole(&mut self) -> Result<(), String> {
        self.gpu = self.gpu.with(self.gpu.batch(), false);
        self.on_gpu = on_gpu(&self.gpu, self.on_cpu, self.weights)?;
        Ok(())
    }

    async fn similarity(&mut self) -> Result<f64, String> {
        let cosine = self_test(&self.on_gpu, self.on_cpu).await;
        cosine.map_err(|e| e.to_string())
    }

    async fn times(&mut self) -> Result<(f64, f64), String> {
        Ok((time(&self.on_gpu).await?, time(self.on_cpu).await?))
    }
}

/// Milliseconds for one photo.
async fn time(backbone: &Backbone) -> Result<f64, String> {
    let size = backbone.spec().input_size;
    let start = now();
    let embedded = backbone.embed(&[&vec![128; size * size * 3]]).await;
    embedded.map_err(|e| e.to_string())?;
    Ok(now() - start)
}
