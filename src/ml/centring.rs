//! What a head sees of an embedding: `(e - mean) / scale`.

use kernels::linear::{accumulate, square_distance};

/// The mean of embeddings, and one deviation over all centred values.
pub fn centring(embeddings: &[&[f32]]) -> (Vec<f32>, f32) {
    let width = embeddings.first().map_or(0, |e| e.len());
    let n = embeddings.len().max(1) as f64;
    let mut mean = vec![0f64; width];
    for e in embeddings {
        accumulate(&mut mean, e);
    }
    mean.iter_mut().for_each(|m| *m /= n);
    let square: f64 = embeddings.iter().map(|e| square_distance(e, &mean)).sum();
    let scale = (square / (n * width.max(1) as f64)).sqrt();
    // All photos equal: any scale will do, but not zero.
    let scale = if scale > 1e-6 { scale as f32 } else { 1.0 };
    (mean.iter().map(|m| *m as f32).collect(), scale)
}
