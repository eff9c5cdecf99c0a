//! The head: a softmax classifier on centred, scaled embeddings, on plain vectors.

use serde::{Deserialize, Serialize};

use super::backbone::LARGEST_ENTRY;

/// `softmax(W x + b)` with `x = (embedding - mean) / scale`; with a hidden layer,
/// `W relu(H x + h) + b`. Weights are row by row, `[in, out]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Mean of the training embeddings, `[width]`.
    pub mean: Vec<f32>,
    /// One deviation for all features: scaling each feature on its own costs accuracy with
    /// few samples (measured: 5 points at 5 samples a class).
    pub scale: f32,
    pub hidden: Option<Dense>,
    pub out: Dense,
}

/// `x W + b`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

    /// The largest size that each output can have, sums half-way included, where each input has a size of at most `x`.
    fn bounds(&self, x: &[f64]) -> Vec<f64> {
        let mut y: Vec<f64> = self.bias.iter().map(|b| f64::from(b.abs())).collect();
        for (row, largest) in self.weight.chunks(self.bias.len()).zip(x) {
            for (sum, w) in y.iter_mut().zip(row) {
                *sum += largest * f64::from(w.abs());
            }
        }
        y
    }
}

impl Head {
    pub fn classes(&self) -> usize {
        self.out.bias.len()
    }

    /// True where every embedding that a backbone can make leads to finite numbers all the way, hence to probabilities
    /// that are numbers. That all weights are finite is not enough: their products may not be.
    pub fn is_bounded(&self) -> bool {
        // Half of what f32 holds leaves room for rounding.
        let most = f64::from(f32::MAX) / 2.0;
        let centred = self.mean.iter().map(|mean| {
            let (zero, six) = (f64::from(mean.abs()), f64::from(LARGEST_ENTRY - mean).abs());
            zero.max(six) / f64::from(self.scale)
        });
        let mut bounds: Vec<f64> = centred.collect();
        let within = |bounds: &[f64]| bounds.iter().all(|bound| *bound <= most);
        for dense in self.hidden.iter().chain([&self.out]) {
            if !within(&bounds) {
                return false;
            }
            bounds = dense.bounds(&bounds);
        }
        within(&bounds)
    }

    /// The softmax of an embedding: one probability a class, summing to 1.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn head(weight: f32, scale: f32, bias: f32) -> Head {
        let width = 1280;
        let sign = |i: usize| if i.is_multiple_of(3) { -1.0 } else { 1.0 };
        Head {
            mean: vec![0.25; width],
            scale,
            hidden: None,
            out: Dense {
                weight: (0..2 * width).map(|i| weight * sign(i)).collect(),
                bias: vec![bias, -bias],
            },
        }
    }

    /// What is called bounded gives numbers at the corners of what embeddings can be.
    #[test]
    fn a_bounded_head_always_gives_numbers() {
        let finite = |head: &Head| {
            let corner = |i: usize, three: usize| if i % 3 == three { LARGEST_ENTRY } else { 0.0 };
            let corners = (0..4).map(|three| (0..1280).map(|i| corner(i, three)).collect());
            corners
                .map(|embedding: Vec<f32>| head.predict(&embedding))
                .all(|probabilities| probabilities.iter().all(|p| p.is_finite()))
        };
        for (weight, scale, bias) in [
            (0.05, 0.4, 1.0),
            (1e30, 1.0, 0.0),
            (1e34, 1.0, 0.0),
            (0.05, 1e-30, 0.0),
            (0.0, 1.0, 1e38),
        ] {
            let head = head(weight, scale, bias);
            assert!(head.is_bounded(), "{weight} {scale} {bias}");
            assert!(finite(&head), "{weight} {scale} {bias}");
        }
        for (weight, scale, bias) in [
            (3e38, 0.4, 0.0),
            (30.0, 1.2e-38, 0.0),
            (0.0, 1.2e-38, 0.0),
            (f32::NAN, 1.0, 0.0),
            (0.0, 1.0, f32::INFINITY),
        ] {
            assert!(
                !head(weight, scale, bias).is_bounded(),
                "{weight} {scale} {bias}"
            );
        }
        assert!(!finite(&head(3e38, 0.4, 0.0)));
    }

    #[test]
    fn a_hidden_layer_is_bounded_too() {
        let mut two = head(0.0, 1.0, 0.0);
        two.out.weight = vec![1e20; 2];
        let hidden = |weight: f32| Dense {
            weight: vec![weight; 1280],
            bias: vec![0.0],
        };
        two.hidden = Some(hidden(1e10));
        assert!(two.is_bounded());
        two.hidden = Some(hidden(1e20));
        assert!(!two.is_bounded());
    }
}
