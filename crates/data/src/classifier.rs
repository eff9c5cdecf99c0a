//! The head: a softmax classifier on centred, scaled features, on plain vectors.

mod input;

pub use input::{Input, Part};
use serde::{Deserialize, Serialize};

use super::features::Features;

/// `softmax(W x + b)` with `x = (input - mean) / scale`; with a hidden layer,
/// `W relu(H x + h) + b`. Weights are row by row, `[in, out]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// What of a sample's features it sees; of heads from before there was a choice, the embedding.
    #[serde(default)]
    pub input: Input,
    /// Mean of the training samples' inputs, `[width]`.
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
    /// Multiplies what it gives.
    pub fn multiply(&mut self, factor: f64) {
        let all = self.weight.iter_mut().chain(&mut self.bias);
        all.for_each(|v| *v = (f64::from(*v) * factor) as f32);
    }

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

    /// True where all features that a backbone can make lead to finite numbers all the way, hence to probabilities that
    /// are numbers. That all weights are finite is not enough: their products may not be.
    pub fn is_bounded(&self) -> bool {
        // Half of what f32 holds leaves room for rounding.
        let most = f64::from(f32::MAX) / 2.0;
        let largest = self.input.largest();
        let centred = self.mean.iter().map(|mean| {
            let (zero, end) = (f64::from(mean.abs()), f64::from(largest - mean).abs());
            zero.max(end) / f64::from(self.scale)
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

    /// The softmax of an embedding: one probability a class, summing to 1. For heads that see nothing else.
    pub fn predict(&self, embedding: &[f32]) -> Vec<f32> {
        debug_assert!(!self.input.has_layers(), "this head sees layers, too");
        softmax(&match self.input.root {
            true => self.outputs(embedding.iter().map(|e| e.sqrt())),
            false => self.outputs(embedding.iter().copied()),
        })
    }

    /// What the softmax is taken of, one number a class. None where features lack what the head sees.
    pub fn logits(&self, features: &Features) -> Option<Vec<f32>> {
        let input = self.input.of(features)?;
        (input.len() == self.mean.len()).then(|| self.outputs(input.into_iter()))
    }

    /// The softmax of a sample's features: one probability a class, summing to 1. None where they lack what the head sees.
    pub fn predict_features(&self, features: &Features) -> Option<Vec<f32>> {
        self.logits(features).map(|logits| softmax(&logits))
    }

    fn outputs(&self, input: impl Iterator<Item = f32>) -> Vec<f32> {
        let centred = input.zip(&self.mean).map(|(e, m)| (e - m) / self.scale);
        let mut x: Vec<f32> = centred.collect();
        if let Some(hidden) = &self.hidden {
            x = hidden.apply(&x);
            x.iter_mut().for_each(|v| *v = v.max(0.0));
        }
        self.out.apply(&x)
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
    use crate::backbone::LARGEST_ENTRY;

    fn head(weight: f32, scale: f32, bias: f32) -> Head {
        let width = 1280;
        let sign = |i: usize| if i.is_multiple_of(3) { -1.0 } else { 1.0 };
        Head {
            input: Input::default(),
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

    /// Heads that were written before there was a choice see the embedding as it is.
    #[test]
    fn a_head_without_a_word_on_its_input_sees_the_embedding() {
        let head = head(0.05, 0.4, 1.0);
        let mut text = serde_json::to_value(&head).expect("it is plain");
        let fields = text.as_object_mut().expect("it is a struct");
        assert!(fields.remove("input").is_some());
        let read: Head = serde_json::from_value(text).expect("it is a head of before");
        assert_eq!(read, head);
        let features = Features {
            embedding: (0..1280).map(|i| (i % 7) as f32 * 0.5).collect(),
            layers: vec![1.0; 5],
        };
        let shares = head.predict(&features.embedding);
        assert_eq!(head.predict_features(&features), Some(shares));
    }

    #[test]
    fn a_head_sees_the_parts_it_names_and_no_others() {
        let part = |from, to| Part::Layers { from, to };
        let mut head = Head {
            input: Input {
                parts: vec![part(1, 3), Part::Embedding],
                root: true,
            },
            mean: vec![1.0, 2.0, 0.5],
            scale: 2.0,
            hidden: None,
            out: Dense {
                weight: vec![1.0, 0.0, 0.0, 1.0, -1.0, 1.0],
                bias: vec![0.5, 0.0],
            },
        };
        let features = Features {
            embedding: vec![6.25],
            layers: vec![99.0, 9.0, 4.0],
        };
        // Roots 3, 2 and 2.5: centred and scaled 1, 0 and 1.
        let shares = head.predict_features(&features).expect("all is there");
        assert_eq!(shares, softmax(&[1.0 - 1.0 + 0.5, 1.0]));
        assert!(head.is_bounded());
        head.input.parts[0] = part(2, 4);
        assert_eq!(head.predict_features(&features), None, "a layer too short");
        head.input.parts = vec![Part::Embedding];
        assert_eq!(head.predict_features(&features), None, "another width");
        // As roots, inputs end at √6.
        head.mean = vec![LARGEST_ENTRY.sqrt() / 2.0];
        head.out.weight = vec![2e38, 0.0];
        assert!(head.is_bounded());
        head.input.root = false;
        assert!(!head.is_bounded());
    }
}
