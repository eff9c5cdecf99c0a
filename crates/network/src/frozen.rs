//! A network that does not learn, at any input size: for features other than the project's.

use super::cpu_net::CpuNet;
use super::weights::Layers;
use super::{ComputeError, preprocess};

/// A whole network on the CPU, from squares of RGB8 to embeddings.
pub struct Frozen {
    net: CpuNet,
    size: usize,
    multiply_adds: f64,
}

impl Frozen {
    /// For photos of `size` × `size` pixels.
    pub fn new(layers: &Layers, size: usize) -> Self {
        Self {
            net: CpuNet::new(layers, size),
            size,
            multiply_adds: layers.network().multiply_adds(size).iter().sum(),
        }
    }

    /// The multiply-adds that one photo takes.
    pub fn multiply_adds(&self) -> f64 {
        self.multiply_adds
    }

    /// The embedding of a square, `[size, size, 3]` RGB8.
    pub fn embed(&self, square: &[u8]) -> Result<Vec<f32>, ComputeError> {
        let mut input = Vec::with_capacity(square.len());
        preprocess::normalise(square, &mut input);
        if input.len() != 3 * self.size * self.size {
            let size = self.size;
            return Err(ComputeError(format!(
                "the input is not {size} × {size} RGB"
            )));
        }
        let embedding = self.net.run(&input);
        match embedding.iter().all(|v| v.is_finite()) {
            true => Ok(embedding),
            false => Err(ComputeError("an embedding is not a number".into())),
        }
    }
}
