//! Devices, and the test a GPU must pass before it may be used.

use burn::tensor::Device;

use super::ComputeError;
use super::backbone::Backbone;

/// One CPU thread with SIMD. It needs no start.
pub fn cpu() -> Device {
    Device::flex()
}

/// Starts burn's WebGPU runtime. Call at most once in a wasm instance: a runtime cannot be
/// started again, not even after its device was lost.
#[cfg(target_arch = "wasm32")]
pub async fn webgpu() -> Result<Device, ComputeError> {
    Device::wgpu_options()
        .init_async()
        .await
        .map_err(|e| ComputeError(e.to_string()))
}

/// How close two embeddings must be to count as the same: the cosine that separates f16
/// rounding (above 0.9999) from a wrong padding (0.90) or a broken kernel.
pub const SAME: f64 = 0.9999;

/// Cosine similarity, -1..=1; 0 where either is all zeros or not finite.
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |x: &[f32], y: &[f32]| -> f64 {
        x.iter()
            .zip(y)
            .map(|(p, q)| f64::from(*p) * f64::from(*q))
            .sum()
    };
    let norms = (dot(a, a) * dot(b, b)).sqrt();
    if a.len() == b.len() && norms.is_finite() && norms > 0.0 {
        dot(a, b) / norms
    } else {
        0.0
    }
}

/// Runs both backbones on one made-up picture and compares what they say.
pub async fn self_test(candidate: &Backbone, reference: &Backbone) -> Result<f64, ComputeError> {
    let size = candidate.spec().input_size;
    // A picture with edges, gradients and all three channels differing.
    let rgb: Vec<u8> = (0..size * size * 3)
        .map(|i| {
            let (pixel, channel) = (i / 3, i % 3);
            let (x, y) = (pixel % size, pixel / size);
            ((x * (channel + 1) + y * (3 - channel)) ^ ((x / 16) * (y / 16) * 7)) as u8
        })
        .collect();
    let ours = candidate.embed(&[&rgb]).await?;
    let theirs = reference.embed(&[&rgb]).await?;
    Ok(cosine(&ours[0], &theirs[0]))
}
