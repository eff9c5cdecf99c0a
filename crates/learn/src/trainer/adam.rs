//! Adam on a head of one or two layers. A batch that is too much work for one portion is gone through in several, whose
//! gradients add up.

use std::ops::Range;

use kernels::backward::{self, column_sums, relu, through_relu};
use kernels::matmul::{Matrix, product};

use super::{Dense2, Measured, PORTION, REPORTS, Reached, STEP_WORK, Samples};
use crate::tuner::{Loss, softmax_loss};
use data::classifier;
use data::settings::TrainSettings;
use network::random::SplitMix64;

/// Numbers that learn.
struct Parameter {
    values: Vec<f32>,
    /// Of the batch under way, as far as its samples were gone through.
    gradient: Vec<f32>,
    adam: backward::Adam,
}

impl Parameter {
    fn new(values: Vec<f32>) -> Self {
        Self {
            gradient: vec![0.0; values.len()],
            values,
            adam: backward::Adam::default(),
        }
    }

    fn step(&mut self, rate: f32) {
        self.adam.step(&mut self.values, &self.gradient, rate);
        self.gradient.fill(0.0);
    }
}

struct Dense {
    /// `[inputs, outputs]`
    weight: Parameter,
    bias: Parameter,
}

impl Dense {
    fn outputs(&self) -> usize {
        self.bias.values.len()
    }

    /// `[n, inputs]` -> `[n, outputs]`
    fn forward(&self, x: &[f32]) -> Vec<f32> {
        let outputs = self.outputs();
        let inputs = self.weight.values.len() / outputs;
        let weight = Matrix::new(&self.weight.values, outputs);
        let mut out = product(Matrix::new(x, inputs), weight);
        backward::bias(&mut out, &self.bias.values, false);
        out
    }

    /// Adds to the gradients what those of the outputs say. `x`: what it was given, `[n, inputs]`.
    fn backward(&mut self, x: &[f32], of_outputs: &[f32]) {
        let outputs = self.outputs();
        let inputs = self.weight.values.len() / outputs;
        let of_weight = product(
            Matrix::new(x, inputs).transposed(),
            Matrix::new(of_outputs, outputs),
        );
        backward::add(&mut self.weight.gradient, &of_weight);
        backward::add(&mut self.bias.gradient, &column_sums(of_outputs, outputs));
    }

    /// The gradients of what it was given, `[n, inputs]`.
    fn of_inputs(&self, of_outputs: &[f32]) -> Vec<f32> {
        let outputs = self.outputs();
        let weight = Matrix::new(&self.weight.values, outputs);
        product(Matrix::new(of_outputs, outputs), weight.transposed())
    }

    fn dense(&self) -> classifier::Dense {
        classifier::Dense {
            weight: self.weight.values.clone(),
            bias: self.bias.values.clone(),
        }
    }
}

struct Layers {
    hidden: Option<Dense>,
    out: Dense,
}

impl Layers {
    fn all(&self) -> impl Iterator<Item = &Dense> {
        self.hidden.iter().chain([&self.out])
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Dense> {
        self.hidden.iter_mut().chain([&mut self.out])
    }

    fn count(&self) -> usize {
        let layers = self.all();
        layers
            .map(|l| l.weight.values.len() + l.bias.values.len())
            .sum()
    }

    /// `[n, width]` -> `[n, hidden]`, where there is a hidden layer.
    fn hidden(&self, x: &[f32]) -> Option<Vec<f32>> {
        let mut values = self.hidden.as_ref()?.forward(x);
        relu(&mut values);
        Some(values)
    }

    /// `[n, width]` -> `[n, classes]`
    fn logits(&self, x: &[f32]) -> Vec<f32> {
        match self.hidden(x) {
            Some(hidden) => self.out.forward(&hidden),
            None => self.out.forward(x),
        }
    }

    /// λ/(2n) |W|², as scikit-learn's LogisticRegression with C = 1/λ. `strength`: λ/n.
    fn penalty(&self, strength: f32) -> f32 {
        let square = |layer: &Dense| {
            let weights = layer.weight.values.iter();
            weights.map(|w| f64::from(*w).powi(2)).sum::<f64>()
        };
        (0.5 * f64::from(strength) * self.all().map(square).sum::<f64>()) as f32
    }
}

/// What starting the operations of one batch costs, in multiply-adds of the same time.
const BATCH_OVERHEAD: u64 = 1_000_000;

/// Fewer samples make a product of matrices slow.
const FEWEST: usize = 8;

pub struct Adam {
    settings: TrainSettings,
    layers: Layers,
    train: Samples,
    validation: Option<Samples>,
    epoch: usize,
    random: SplitMix64,
    stage: Stage,
}

enum Stage {
    Learn(Learning),
    Measure(Measuring),
}

/// Epochs on the way to the next report.
#[derive(Default)]
struct Learning {
    epochs: usize,
    done: usize,
    /// The samples in this epoch's order; empty before its first batch, and where a batch is all there is.
    order: Vec<usize>,
    /// Samples of this epoch that were learned from in whole batches, and those of the batch under way.
    learned: usize,
    in_batch: usize,
}

/// How good the head is, as far as samples were looked at.
struct Measuring {
    epochs: usize,
    at: usize,
    loss: Loss,
    /// When the validation samples are looked at.
    train: Option<Measured>,
}

impl Adam {
    pub fn new(
        train: Samples,
        validation: Option<Samples>,
        classes: usize,
        settings: &TrainSettings,
    ) -> Self {
        // From zero: every class starts equally likely, and the loss has one minimum. A hidden
        // layer must start from random weights, or all its units would stay the same.
        let mut random = SplitMix64(settings.seed);
        let (out_width, hidden) = match settings.hidden {
            0 => (train.width, None),
            n => (n, Some(random_layer(train.width, n, &mut random))),
        };
        let out = Dense {
            weight: Parameter::new(vec![0.0; out_width * classes]),
            bias: Parameter::new(vec![0.0; classes]),
        };
        let mut adam = Self {
            layers: Layers { hidden, out },
            train,
            validation,
            epoch: 0,
            random,
            settings: settings.clone(),
            stage: Stage::Learn(Learning::default()),
        };
        adam.stage = adam.learning();
        adam
    }

    /// One epoch at first, where the loss falls fast, then more. Nothing is read in between.
    fn learning(&self) -> Stage {
        let n = self.train.labels.len();
        // Forward and backward, the latter for the weights alone in the first layer. A usize of 32 bits would not hold it.
        let work = 3 * n as u64 * self.layers.count() as u64
            + n.div_ceil(self.batch_size()) as u64 * BATCH_OVERHEAD;
        let short = (STEP_WORK / work).max(1) as usize;
        let enough = self.settings.epochs.div_ceil(REPORTS);
        let epochs = (self.epoch / 8 + 1)
            .min(enough)
            .min(short)
            .min(self.settings.epochs - self.epoch);
        Stage::Learn(Learning {
            epochs,
            ..Learning::default()
        })
    }

    fn batch_size(&self) -> usize {
        match self.settings.batch_size {
            0 => self.train.labels.len(),
            size => size.min(self.train.labels.len()),
        }
    }

    /// Samples of one portion, if each of them is passed through the layers so many times.
    fn portion(&self, passes: usize) -> usize {
        (PORTION / (passes * self.layers.count())).max(FEWEST)
    }

    /// A portion of work; after some epochs, how many, and how good the head is.
    pub fn advance(&mut self) -> Option<(usize, Reached)> {
        let begun = Stage::Learn(Learning::default());
        match std::mem::replace(&mut self.stage, begun) {
            Stage::Learn(mut learning) => {
                self.stage = match self.learn(&mut learning) {
                    false => Stage::Learn(learning),
                    true => Stage::Measure(Measuring::new(learning.epochs)),
                };
                None
            }
            Stage::Measure(mut measuring) => {
                let reached = self.measure(&mut measuring);
                let epochs = measuring.epochs;
                self.stage = match reached {
                    None => Stage::Measure(measuring),
                    Some(_) => self.learning(),
                };
                reached.map(|reached| (epochs, reached))
            }
        }
    }

    /// Learns from some samples of a batch, or takes the step that its gradient says; true after the last one.
    fn learn(&mut self, learning: &mut Learning) -> bool {
        let (n, size) = (self.train.labels.len(), self.batch_size());
        let whole = size == n;
        if learning.order.is_empty() && !whole {
            learning.order = self.random.shuffled(n);
        }
        let batch = learning.learned..(learning.learned + size).min(n);
        let from = batch.start + learning.in_batch;
        let rows = from..(from + self.portion(3)).min(batch.end);
        let first = learning.in_batch == 0;
        match whole {
            true => self.descend(rows.clone(), None, batch.len(), first),
            false => {
                let rows = &learning.order[rows.clone()];
                self.descend(0..0, Some(rows), batch.len(), first);
            }
        }
        learning.in_batch += rows.len();
        if rows.end < batch.end {
            return false;
        }
        let rate = self.rate() as f32;
        for layer in self.layers.all_mut() {
            layer.weight.step(rate);
            layer.bias.step(rate);
        }
        (learning.learned, learning.in_batch) = (batch.end, 0);
        if batch.end < n {
            return false;
        }
        self.epoch += 1;
        learning.done += 1;
        learning.learned = 0;
        learning.order.clear();
        learning.done == learning.epochs
    }

    /// Cosine from the full rate to none: the last steps come to rest at the minimum.
    fn rate(&self) -> f64 {
        let progress = self.epoch as f64 / self.settings.epochs as f64;
        self.settings.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
    }

    /// Adds to the gradients of `mean cross-entropy + λ/(2n) |W|²` what a part of a batch gives; the penalty belongs to its first one.
    fn descend(&mut self, rows: Range<usize>, picked: Option<&[usize]>, batch: usize, first: bool) {
        let width = self.train.width;
        let gathered: (Vec<f32>, Vec<usize>);
        let (x, labels) = match picked {
            None => {
                let values = &self.train.values[rows.start * width..rows.end * width];
                (values, &self.train.labels[rows])
            }
            Some(picked) => {
                let values = picked
                    .iter()
                    .map(|i| &self.train.values[i * width..][..width]);
                let labels = picked.iter().map(|i| self.train.labels[*i]);
                gathered = (values.flatten().copied().collect(), labels.collect());
                (&gathered.0[..], &gathered.1[..])
            }
        };
        let hidden = self.layers.hidden(x);
        let seen = hidden.as_deref().unwrap_or(x);
        let classes = self.layers.out.outputs();
        let (_, mut gradient) = softmax_loss(&self.layers.out.forward(seen), labels, classes);
        let fraction = labels.len() as f32 / batch as f32;
        gradient.iter_mut().for_each(|g| *g *= fraction);
        self.layers.out.backward(seen, &gradient);
        if let (Some(layer), Some(outputs)) = (&mut self.layers.hidden, &hidden) {
            let mut gradient = self.layers.out.of_inputs(&gradient);
            through_relu(&mut gradient, outputs);
            layer.backward(x, &gradient);
        }
        if first {
            let strength = self.strength();
            for layer in self.layers.all_mut() {
                let Parameter {
                    values, gradient, ..
                } = &mut layer.weight;
                kernels::linear::add(gradient, strength, values);
            }
        }
    }

    /// λ/n
    fn strength(&self) -> f32 {
        (self.settings.l2 / self.train.labels.len() as f64) as f32
    }

    /// Looks at some samples; how good the head is as it is now, after the last one.
    fn measure(&self, measuring: &mut Measuring) -> Option<Reached> {
        let (samples, is_train) = match (&measuring.train, &self.validation) {
            (Some(_), Some(validation)) => (validation, false),
            _ => (&self.train, true),
        };
        let n = samples.labels.len();
        let rows = measuring.at..(measuring.at + self.portion(1)).min(n);
        let x = &samples.values[rows.start * samples.width..rows.end * samples.width];
        let labels = &samples.labels[rows.clone()];
        let classes = self.layers.out.outputs();
        let loss = Loss::of(&self.layers.logits(x), labels, classes);
        measuring.loss.add(&loss);
        measuring.at = rows.end;
        if measuring.at < n {
            return None;
        }
        let measured = Measured {
            loss: measuring.loss.mean(),
            accuracy: measuring.loss.accuracy(),
        };
        let (train, validation) = match measuring.train {
            None => (measured, None),
            Some(train) => (train, Some(measured)),
        };
        if is_train && self.validation.is_some() {
            *measuring = Measuring {
                train: Some(train),
                ..Measuring::new(measuring.epochs)
            };
            return None;
        }
        Some(Reached {
            objective: train.loss + self.layers.penalty(self.strength()),
            train,
            validation,
        })
    }

    pub fn layers(&self) -> Dense2 {
        let Layers { hidden, out } = &self.layers;
        (hidden.as_ref().map(Dense::dense), out.dense())
    }
}

impl Measuring {
    /// After so many epochs.
    fn new(epochs: usize) -> Self {
        Self {
            epochs,
            at: 0,
            loss: Loss::default(),
            train: None,
        }
    }
}

/// Uniform within `1 / sqrt(inputs)`, as PyTorch starts a linear layer.
fn random_layer(inputs: usize, outputs: usize, random: &mut SplitMix64) -> Dense {
    let mut values = |n: usize| {
        let bound = 1.0 / (inputs as f32).sqrt();
        Parameter::new((0..n).map(|_| random.uniform() * bound).collect())
    };
    Dense {
        weight: values(inputs * outputs),
        bias: values(outputs),
    }
}
