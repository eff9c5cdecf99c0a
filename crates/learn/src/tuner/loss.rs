//! Softmax and cross-entropy on the host.

use crate::trainer::largest;
use data::classifier::softmax;

/// The loss of some pictures together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Loss {
    /// Cross-entropy, nats, summed.
    pub sum: f64,
    /// Pictures whose class got the largest probability.
    pub hits: usize,
    pub pictures: usize,
}

impl Loss {
    pub fn of(logits: &[f32], labels: &[usize], classes: usize) -> Self {
        let mut loss = Self {
            pictures: labels.len(),
            ..Default::default()
        };
        for (row, label) in logits.chunks_exact(classes).zip(labels) {
            let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f64 = row.iter().map(|v| f64::from(v - max).exp()).sum();
            loss.sum += sum.ln() - f64::from(row[*label] - max);
            loss.hits += usize::from(largest(row) == *label);
        }
        loss
    }

    pub fn add(&mut self, other: &Self) {
        self.sum += other.sum;
        self.hits += other.hits;
        self.pictures += other.pictures;
    }

    pub fn mean(&self) -> f32 {
        (self.sum / self.pictures.max(1) as f64) as f32
    }

    pub fn accuracy(&self) -> f32 {
        (self.hits as f64 / self.pictures.max(1) as f64) as f32
    }
}

/// The loss, and the gradient of the mean cross-entropy: `(softmax - 1 at the label) / n`, `[n, classes]`.
pub(crate) fn softmax_loss(logits: &[f32], labels: &[usize], classes: usize) -> (Loss, Vec<f32>) {
    let mut gradient = Vec::with_capacity(logits.len());
    for (row, label) in logits.chunks_exact(classes).zip(labels) {
        let mut probabilities = softmax(row);
        probabilities[*label] -= 1.0;
        gradient.extend(probabilities.iter().map(|g| g / labels.len() as f32));
    }
    (Loss::of(logits, labels, classes), gradient)
}
