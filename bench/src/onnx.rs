//! Our weights as an ONNX model, for the peer.

use anyhow::{Context, Result, ensure};
use data::network::{Network, lite};
use export::{graph::Graph, onnx};
use half::f16;
use safetensors::{Dtype, SafeTensors};

/// EfficientNet-Lite0 from the bytes of its weights file, for photos of `size` × `size` pixels.
pub fn lite0(weights: &[u8], size: usize) -> Result<Vec<u8>> {
    let network: Network = lite::published("efficientnet-lite0").context("it is in the table")?;
    let tensors = SafeTensors::deserialize(weights)?;
    let graph = Graph::features(&network, size, false, |name| {
        let tensor = tensors.tensor(name).with_context(|| name.to_owned())?;
        ensure!(tensor.dtype() == Dtype::F16, "{name} is not f16");
        let halves = tensor.data().as_chunks().0.iter();
        Ok(halves.map(|b| f16::from_le_bytes(*b).to_f32()).collect())
    })?;
    Ok(onnx::features(&graph))
}
