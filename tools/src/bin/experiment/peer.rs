//! The head that Teachable Machine trains (github.com/googlecreativelab/teachablemachine-community,
//! libraries/image, teachable-mobilenet.ts): embeddings as they are, 100 hidden units, no bias
//! behind them, no penalty. As TensorFlow.js computes it, in plain slices.

use data::classifier::softmax;
use kernels::linear::{add, dot};
use learn::trainer::{Labelled, largest};
use network::random::SplitMix64;

const HIDDEN: usize = 100;
const EPOCHS: usize = 50;
const BATCH: usize = 16;
const RATE: f32 = 1e-3;

/// Numbers that Adam moves (Kingma and Ba 2015), with TensorFlow.js's constants.
struct Numbers {
    values: Vec<f32>,
    gradient: Vec<f32>,
    mean: Vec<f32>,
    square: Vec<f32>,
}

impl Numbers {
    fn new(values: Vec<f32>) -> Self {
        let zero = vec![0.0; values.len()];
        Self {
            values,
            gradient: zero.clone(),
            mean: zero.clone(),
            square: zero,
        }
    }

    /// `varianceScaling`: normal within two deviations, the variance one by the number of inputs.
    fn random(inputs: usize, outputs: usize, random: &mut SplitMix64) -> Self {
        let deviation = (1.0 / inputs as f32).sqrt();
        let mut draw = || std::iter::repeat_with(|| random.normal()).find(|v| v.abs() <= 2.0);
        let values = (0..inputs * outputs).filter_map(|_| draw());
        Self::new(values.map(|v| v * deviation).collect())
    }

    fn row(&self, at: usize, width: usize) -> &[f32] {
        &self.values[at * width..][..width]
    }

    fn slope(&mut self, at: usize, width: usize) -> &mut [f32] {
        &mut self.gradient[at * width..][..width]
    }

    fn step(&mut self, step: i32) {
        let [seen, seen_squares] = [0.9f32, 0.999].map(|keep| 1.0 - keep.powi(step));
        let moments = self.mean.iter_mut().zip(&mut self.square);
        let all = self.values.iter_mut().zip(&mut self.gradient).zip(moments);
        for ((value, gradient), (mean, square)) in all {
            *mean = 0.9 * *mean + 0.1 * *gradient;
            *square = 0.999 * *square + 0.001 * *gradient * *gradient;
            *value -= RATE * (*mean / seen) / ((*square / seen_squares).sqrt() + 1e-7);
            *gradient = 0.0;
        }
    }
}

pub struct Peer {
    /// `[hidden, width]`
    hidden: Numbers,
    bias: Numbers,
    /// `[classes, hidden]`
    out: Numbers,
    classes: usize,
}

impl Peer {
    pub fn train(samples: &[Labelled], classes: usize, seed: u64) -> Self {
        let width = samples.first().map_or(0, |(e, _)| e.len());
        let mut random = SplitMix64(seed);
        let mut peer = Self {
            hidden: Numbers::random(width, HIDDEN, &mut random),
            bias: Numbers::new(vec![0.0; HIDDEN]),
            out: Numbers::random(HIDDEN, classes, &mut random),
            classes,
        };
        let mut step = 0;
        for _ in 0..EPOCHS {
            for batch in random.shuffled(samples.len()).chunks(BATCH) {
                for i in batch {
                    let (embedding, label) = samples[*i];
                    peer.learn(embedding, label, 1.0 / batch.len() as f32);
                }
                step += 1;
                for numbers in [&mut peer.hidden, &mut peer.bias, &mut peer.out] {
                    numbers.step(step);
                }
            }
        }
        peer
    }

    fn units(&self, embedding: &[f32]) -> Vec<f32> {
        let biases = self.bias.values.iter().enumerate();
        biases
            .map(|(i, bias)| (dot(self.hidden.row(i, embedding.len()), embedding) + bias).max(0.0))
            .collect()
    }

    fn logits(&self, units: &[f32]) -> Vec<f32> {
        let classes = 0..self.classes;
        classes
            .map(|class| dot(self.out.row(class, HIDDEN), units))
            .collect()
    }

    /// Adds the gradient of a sample's cross-entropy, by its weight in the batch.
    fn learn(&mut self, embedding: &[f32], label: usize, weight_in_batch: f32) {
        let units = self.units(embedding);
        let mut errors = softmax(&self.logits(&units));
        errors[label] -= 1.0;
        let mut slopes = vec![0.0; HIDDEN];
        for (class, error) in errors.iter().enumerate() {
            add(
                &mut slopes,
                weight_in_batch * error,
                self.out.row(class, HIDDEN),
            );
            add(
                self.out.slope(class, HIDDEN),
                weight_in_batch * error,
                &units,
            );
        }
        for (i, unit) in units.iter().enumerate() {
            if *unit > 0.0 {
                add(self.hidden.slope(i, embedding.len()), slopes[i], embedding);
                self.bias.gradient[i] += slopes[i];
            }
        }
    }

    pub fn predict(&self, embedding: &[f32]) -> usize {
        largest(&self.logits(&self.units(embedding)))
    }
}
