//! Which device runs the backbone, and why.

use super::adapter::usable;
#[cfg(feature = "gpu")]
pub use super::gpu::Gpu;
use data::backbone::{BackboneSpec, DeviceKind, DeviceReport};
use data::problem::BackboneProblem;
use data::protocol::StartOptions;
use engine::backbones::Backbone;
#[cfg(not(feature = "gpu"))]
pub use without::Gpu;

/// Loads the backbone onto the best device: the GPU where it passes the self-test and beats
/// the CPU (or was asked for), else the CPU. The report says why.
pub async fn load(
    gpu: &mut Gpu,
    spec: &'static BackboneSpec,
    weights: &[u8],
    options: &StartOptions,
) -> Result<(Backbone, DeviceReport), BackboneProblem> {
    let on_cpu = Backbone::on_cpu(spec, weights)?;
    let on_gpu = match usable(options).await {
        Ok(adapter) => {
            let forced = options.device == Some(DeviceKind::Webgpu);
            gpu.load(adapter, weights, &on_cpu, forced).await
        }
        Err(reason) => Err(reason),
    };
    Ok(on_gpu.unwrap_or_else(|reason| {
        let report = DeviceReport {
            kind: DeviceKind::Cpu,
            adapter: String::new(),
            reason,
        };
        (on_cpu, report)
    }))
}

/// What stands for the GPU in a worker that can use none.
#[cfg(not(feature = "gpu"))]
mod without {
    use std::rc::Rc;

    use super::{Backbone, DeviceReport};
    use crate::web::adapter::Adapter;
    use data::backbone::DeviceReason;
    use engine::tuning_service::Link;

    #[derive(Default)]
    pub struct Gpu(());

    impl Gpu {
        pub fn is_real(&self) -> bool {
            false
        }

        pub fn tuner(&self) -> Rc<dyn Link> {
            unreachable!("there is no GPU")
        }

        /// The page saw no GPU, so it started this worker; now there is one.
        pub async fn load(
            &mut self,
            _: Adapter,
            _: &[u8],
            _: &Backbone,
            _: bool,
        ) -> Result<(Backbone, DeviceReport), DeviceReason> {
            Err(DeviceReason::NoAdapter)
        }
    }
}
