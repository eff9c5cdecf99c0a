//! What a head sees of an embedding: `(e - mean) / scale`.

use kernels::linear::{accumulate, square_distance};

/// The mean of embeddings, and one deviation over all centred values.
pub fn mean_and_scale(embeddings: &[&[f32]]) -> (Vec<f32>, f32) {
    let width = embeddings.first().map_or(0, |e| e.len());
    let mut sums = Sums::new(width);
    embeddings.iter().for_each(|e| sums.add(e));
    let mut deviations = sums.mean();
    embeddings.iter().for_each(|e| deviations.add(e));
    deviations.mean_and_scale()
}

/// Embeddings summed so far, on the way to their mean.
#[derive(Default)]
pub struct Sums {
    sum: Vec<f64>,
    n: usize,
}

impl Sums {
    pub fn new(width: usize) -> Self {
        let sum = vec![0f64; width];
        Self { sum, n: 0 }
    }

    pub fn add(&mut self, embedding: &[f32]) {
        accumulate(&mut self.sum, embedding);
        self.n += 1;
    }

    /// How many were added.
    pub fn count(&self) -> usize {
        self.n
    }

    /// All were added: they come once more, for their deviation.
    pub fn mean(mut self) -> Deviations {
        let n = self.n.max(1) as f64;
        self.sum.iter_mut().for_each(|m| *m /= n);
        let (mean, square) = (self.sum, 0.0);
        Deviations { mean, square, n }
    }
}

/// Deviations from the mean, squared and summed so far.
#[derive(Default)]
pub struct Deviations {
    mean: Vec<f64>,
    square: f64,
    n: f64,
}

impl Deviations {
    pub fn add(&mut self, embedding: &[f32]) {
        self.square += square_distance(embedding, &self.mean);
    }

    /// Mean and deviation of all.
    pub fn mean_and_scale(self) -> (Vec<f32>, f32) {
        let scale = (self.square / (self.n * self.mean.len().max(1) as f64)).sqrt();
        // All samples equal: any scale will do, but not zero.
        let scale = if scale > 1e-6 { scale as f32 } else { 1.0 };
        (self.mean.iter().map(|m| *m as f32).collect(), scale)
    }
}
