//! Devices, and the test a GPU must pass before it may be used.

use burn::tensor::Device;

use super::ComputeError;
use super::backbone::Backbone;

/// One CPU thread with SIMD. It needs no start.
pub fn cpu() -> Device {
    Device::flex()
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

/// Runs both backbones on made-up pictures and compares what they say, embeddings and layers: the lowest cosine. The
/// candidate sees them alone and in a full batch, as each is a computation of its own on a GPU.
pub async fn self_test(candidate: &Backbone, reference: &Backbone) -> Result<f64, ComputeError> {
    let size = candidate.spec().input_size;
    let pictures = [picture(size, 7), picture(size, 13)];
    let pictures: Vec<&[u8]> = pictures.iter().map(Vec::as_slice).collect();
    let theirs = reference.embed(&pictures).await?;
    let alone = candidate.embed(&pictures[..1]).await?;
    let batch: Vec<&[u8]> = pictures
        .iter()
        .copied()
        .cycle()
        .take(candidate.batch())
        .collect();
    let together = candidate.embed(&batch).await?;
    let ours = alone.iter().chain(&together);
    let truths = theirs.iter().take(1).chain(theirs.iter().cycle());
    let cosines = ours.zip(truths).flat_map(|(ours, theirs)| {
        let embeddings = cosine(&ours.embedding, &theirs.embedding);
        // A network without taps has no layers to compare.
        let layers = (!theirs.layers.is_empty()).then(|| cosine(&ours.layers, &theirs.layers));
        layers.into_iter().chain([embeddings])
    });
    Ok(cosines.fold(1.0, f64::min))
}

/// A picture with edges, gradients and all three channels differing.
fn picture(size: usize, edges: usize) -> Vec<u8> {
    let value = |i: usize| {
        let (pixel, channel) = (i / 3, i % 3);
        let (x, y) = (pixel % size, pixel / size);
        ((x * (channel + 1) + y * (3 - channel)) ^ ((x / 16) * (y / 16) * edges)) as u8
    };
    (0..size * size * 3).map(value).collect()
}
