//! The backbone: a network with its weights, and what computes it on the CPU, in WGSL of our own and in burn.
//!
//! A weights file says which ops its network has ([`data::network`]), and every executor goes through them.
//!
//! ```
//! use network::frozen::Frozen;
//! use network::weights::Layers;
//!
//! let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/tiny.safetensors");
//! let layers = Layers::read(&std::fs::read(file)?)?;
//! let net = Frozen::new(&layers, 48);
//! let photo = vec![128; 48 * 48 * 3]; // [48, 48, 3], RGB8
//! assert_eq!(net.embed(&photo)?.len(), layers.width());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod backbone;
#[cfg(any(not(target_arch = "wasm32"), feature = "gpu-tuning"))]
pub mod burn_net;
#[cfg(all(target_arch = "wasm32", not(feature = "gpu-tuning")))]
#[path = "absent.rs"]
pub mod burn_net;
pub mod choice;
pub mod cpu_net;
pub mod cut;
pub mod device;
pub mod frozen;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod maps;
pub mod merge;
pub mod preprocess;
pub mod random;
mod random_init;
pub mod weights;

use burn::tensor::Tensor;

pub use burn::tensor::Device;

/// burn could not compute or read back; its own words.
#[derive(Debug, thiserror::Error)]
#[error("the computation failed: {0}")]
pub struct ComputeError(pub String);

/// Reads a tensor back without waiting for the device.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ComputeError> {
    let data = tensor
        .into_data_async()
        .await
        .map_err(|e| ComputeError(format!("{e:?}")))?;
    data.try_into_vec::<f32>()
        .map_err(|e| ComputeError(format!("{e:?}")))
}
