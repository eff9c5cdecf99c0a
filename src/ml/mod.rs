//! The only layer that names burn.

#[cfg(all(target_arch = "wasm32", not(feature = "gpu-tuning")))]
mod absent;
pub mod backbone;
#[cfg(any(not(target_arch = "wasm32"), feature = "gpu-tuning"))]
mod burn_net;
mod centring;
mod cpu_net;
mod curvature;
pub mod device;
pub mod frozen;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod gram;
pub mod maps;
pub mod memory;
mod merge;
pub mod preprocess;
pub mod random;
mod random_init;
pub mod trainer;
pub mod tuner;
pub mod weights;

use burn::tensor::Tensor;

pub use burn::tensor::Device;

#[cfg(all(target_arch = "wasm32", not(feature = "gpu-tuning")))]
use absent as burn_net;

/// burn could not compute or read back; its own words.
#[derive(Debug, thiserror::Error)]
#[error("the computation failed: {0}")]
pub struct ComputeError(pub String);

async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ComputeError> {
    let data = tensor
        .into_data_async()
        .await
        .map_err(|e| ComputeError(format!("{e:?}")))?;
    data.try_into_vec::<f32>()
        .map_err(|e| ComputeError(format!("{e:?}")))
}
