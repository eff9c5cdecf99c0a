//! The only layer that names burn.

pub mod backbone;
mod burn_net;
mod cpu_net;
pub mod device;
#[cfg(target_arch = "wasm32")]
mod gpu;
pub mod preprocess;
pub mod trainer;
mod weights;

pub use burn::tensor::Device;

/// burn could not compute or read back; its own words.
#[derive(Debug, thiserror::Error)]
#[error("the computation failed: {0}")]
pub struct ComputeError(pub String);
