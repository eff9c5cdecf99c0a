//! The head: a softmax classifier on centred, scaled embeddings, on plain vectors.

/// `softmax(W x + b)` with `x = (embedding - mean) / scale`; with a hidden layer,
/// `W relu(H x + h) + b`. Weights are row by row, `[in, out]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// Mean of the training embeddings, `[width]`.
    pub mean: Vec<f32>,
    /// One deviation for all features: scaling each feature on its own costs accuracy with
    /// few photos (measured: 5 points at 5 photos a class).
    pub scale: f32,
    pub hidden: Option<Dense>,
    pub out: Dense,
}

/// `x W + b`
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// `[inputs, outputs]`
    pub weight: Vec<f32>,
    /// `[outputs]`
    pub bias: Vec<f32>,
}

impl Dense {
    pub fn apply(&self, x: &[f32]) -> Vec<f32> {
        let mut y = self.bias.clone();
        for (row, &value) in self.weight.chunks(self.bias.len()).zip(x) {
            for (sum, &w) in y.iter_mut().zip(row) {
                *sum += value * w;
            }
        }
        y
    }
}

impl Head {
    pub fn classes(&self) -> usize {
        self.out.bias.len()
    }

    /// The softmax of an embedding: one share a class, summing to 1.
    pub fn predict(&self, embedding: &[f32]) -> Vec<f32> {
        let mut x: Vec<f32> = embedding
            .iter()
            .zip(&self.mean)
            .map(|(e, m)| (e - m) / self.scale)
            .collect();
        if let Some(hidden) = &self.hidden {
            x = hidden.apply(&x);
            x.iter_mut().for_each(|v| *v = v.max(0.0));
        }
        softmax(&self.out.apply(&x))
    }
}

pub fn softmax(logits: &[f32]) -> Vec<f32> {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exps: Vec<f32> = logits.iter().map(|l| (l - max).exp()).collect();
    let sum: f32 = exps.iter().sum();
    exps.iter().map(|e| e / sum).collect()
}
