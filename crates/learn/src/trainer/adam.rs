//! Adam on a head of one or two layers, by burn's autodiff. A batch that is too much work for one portion is gone through in
//! several, whose gradients add up.

use std::ops::Range;

use burn::module::{Initializer, Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::{Dense2, Measured, PORTION, REPORTS, Reached, STEP_WORK, Samples, largest};
use data::classifier::Dense;
use data::settings::TrainSettings;
use network::random::SplitMix64;
use network::{ComputeError, read};

#[derive(Module, Debug)]
struct Layers {
    hidden: Option<Linear>,
    out: Linear,
}

impl Layers {
    fn logits(&self, x: Tensor<2>) -> Tensor<2> {
        let x = match &self.hidden {
            Some(hidden) => relu(hidden.forward(x)), // [n, width] -> [n, hidden]
            None => x,
        };
        self.out.forward(x) // -> [n, classes]
    }
}

/// What starting the operations of one batch costs, in multiply-adds of the same time.
const BATCH_OVERHEAD: u64 = 1_000_000;

/// Fewer samples make a product of matrices slow.
const FEWEST: usize = 8;

pub struct Adam {
    settings: TrainSettings,
    layers: Layers,
    optimiser: ModuleOptimizer,
    train: Batch,
    validation: Option<Batch>,
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
    gradients: GradientsAccumulator<Layers>,
}

/// How good the head is, as far as samples were looked at.
struct Measuring {
    epochs: usize,
    at: usize,
    loss: f64,
    hits: usize,
    /// When the validation samples are looked at.
    train: Option<Measured>,
}

/// Samples as tensors.
struct Batch {
    inputs: Tensor<2>,       // [n, width]
    targets: Tensor<2, Int>, // [n, 1]
    labels: Vec<usize>,
}

impl Batch {
    fn new(samples: Samples, device: &Device) -> Self {
        let labels = samples.labels;
        let targets: Vec<i32> = labels.iter().map(|label| *label as i32).collect();
        let n = labels.len();
        let inputs = TensorData::new(samples.values, [n, samples.width]);
        Self {
            inputs: Tensor::from_data(inputs, device),
            targets: Tensor::from_data(TensorData::new(targets, [n, 1]), device),
            labels,
        }
    }

    fn pick(&self, rows: &[usize]) -> (Tensor<2>, Tensor<2, Int>) {
        let indices: Vec<i32> = rows.iter().map(|i| *i as i32).collect();
        let rows = TensorData::new(indices, [rows.len()]);
        let rows = Tensor::<1, Int>::from_data(rows, &self.inputs.device());
        (
            self.inputs.clone().select(0, rows.clone()),
            self.targets.clone().select(0, rows),
        )
    }

    fn range(&self, rows: Range<usize>) -> (Tensor<2>, Tensor<2, Int>) {
        match rows.len() == self.labels.len() {
            true => (self.inputs.clone(), self.targets.clone()),
            false => (
                self.inputs.clone().slice([rows.clone()]),
                self.targets.clone().slice([rows]),
            ),
        }
    }
}

impl Adam {
    pub fn new(
        train: Samples,
        validation: Option<Samples>,
        classes: usize,
        settings: &TrainSettings,
    ) -> Self {
        let device = Device::flex().autodiff();
        // From zero: every class starts equally likely, and the loss has one minimum. A hidden
        // layer must start from random weights, or all its units would stay the same.
        let mut random = SplitMix64(settings.seed);
        let (out_width, hidden) = match settings.hidden {
            0 => (train.width, None),
            n => {
                let layer = random_layer(train.width, n, &mut random, &device);
                (n, Some(layer))
            }
        };
        let out = LinearConfig::new(out_width, classes)
            .with_initializer(Initializer::Zeros)
            .init(&device);
        let mut adam = Self {
            layers: Layers { hidden, out },
            optimiser: AdamConfig::new().init(),
            train: Batch::new(train, &device),
            validation: validation.map(|v| Batch::new(v, &device)),
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
        let work = 3 * n as u64 * self.layers.num_params() as u64
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
        (PORTION / (passes * self.layers.num_params())).max(FEWEST)
    }

    /// A portion of work; after some epochs, how many, and how good the head is.
    pub async fn advance(&mut self) -> Result<Option<(usize, Reached)>, ComputeError> {
        // What stands here meanwhile is never looked at: an error ends the training.
        let begun = Stage::Learn(Learning::default());
        match std::mem::replace(&mut self.stage, begun) {
            Stage::Learn(mut learning) => {
                self.stage = match self.learn(&mut learning) {
                    false => Stage::Learn(learning),
                    true => Stage::Measure(Measuring::new(learning.epochs)),
                };
                Ok(None)
            }
            Stage::Measure(mut measuring) => {
                let reached = self.measure(&mut measuring).await?;
                let epochs = measuring.epochs;
                self.stage = match reached {
                    None => Stage::Measure(measuring),
                    Some(_) => self.learning(),
                };
                Ok(reached.map(|reached| (epochs, reached)))
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
        let (inputs, targets) = match whole {
            true => self.train.range(rows.clone()),
            false => self.train.pick(&learning.order[rows.clone()]),
        };
        let fraction = rows.len() as f64 / batch.len() as f64;
        let gradients = self.gradients(inputs, targets, fraction, learning.in_batch == 0);
        learning.in_batch += rows.len();
        let gradients = match rows.len() == batch.len() {
            true => gradients,
            false => {
                learning.gradients.accumulate(&self.layers, gradients);
                if rows.end < batch.end {
                    return false;
                }
                learning.gradients.grads()
            }
        };
        self.layers = self
            .optimiser
            .step(self.rate(), self.layers.clone(), gradients);
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

    /// The gradients of `mean cross-entropy + λ/(2n) |W|²`, for a part of a batch; the penalty belongs to its first one.
    fn gradients(
        &self,
        inputs: Tensor<2>,
        targets: Tensor<2, Int>,
        fraction: f64,
        first: bool,
    ) -> GradientsParams {
        let logits = self.layers.logits(inputs); // [batch, classes]
        let mut loss = log_softmax(logits, 1).gather(1, targets).mean().neg();
        if fraction < 1.0 {
            loss = loss * fraction;
        }
        if first {
            loss = loss + self.penalty();
        }
        GradientsParams::from_grads(loss.backward(), &self.layers)
    }

    /// λ/(2n) |W|², as scikit-learn's LogisticRegression with C = 1/λ.
    fn penalty(&self) -> Tensor<1> {
        let mut squares = self.layers.out.weight.val().powi_scalar(2).sum();
        if let Some(hidden) = &self.layers.hidden {
            squares = squares + hidden.weight.val().powi_scalar(2).sum();
        }
        squares * (self.settings.l2 / (2.0 * self.train.labels.len() as f64))
    }

    /// Looks at some samples; how good the head is as it is now, after the last one.
    async fn measure(&self, measuring: &mut Measuring) -> Result<Option<Reached>, ComputeError> {
        let (batch, is_train) = match (&measuring.train, &self.validation) {
            (Some(_), Some(validation)) => (validation, false),
            _ => (&self.train, true),
        };
        let n = batch.labels.len();
        let rows = measuring.at..(measuring.at + self.portion(1)).min(n);
        let (inputs, _) = batch.range(rows.clone());
        let log_probabilities = log_softmax(self.layers.logits(inputs), 1); // [n, classes]
        let classes = log_probabilities.dims()[1];
        let log_probabilities = read(log_probabilities).await?;
        measuring.at = rows.end;
        for (row, label) in log_probabilities.chunks(classes).zip(&batch.labels[rows]) {
            measuring.loss -= f64::from(row[*label]);
            measuring.hits += usize::from(largest(row) == *label);
        }
        if measuring.at < n {
            return Ok(None);
        }
        let measured = Measured {
            loss: (measuring.loss / n as f64) as f32,
            accuracy: (measuring.hits as f64 / n as f64) as f32,
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
            return Ok(None);
        }
        Ok(Some(Reached {
            objective: train.loss + read(self.penalty()).await?[0],
            train,
            validation,
        }))
    }

    pub async fn layers(&self) -> Result<Dense2, ComputeError> {
        let hidden = match &self.layers.hidden {
            Some(hidden) => Some(dense(hidden).await?),
            None => None,
        };
        Ok((hidden, dense(&self.layers.out).await?))
    }
}

impl Measuring {
    /// After so many epochs.
    fn new(epochs: usize) -> Self {
        Self {
            epochs,
            at: 0,
            loss: 0.0,
            hits: 0,
            train: None,
        }
    }
}

/// Uniform within `1 / sqrt(inputs)`, as PyTorch and burn start a linear layer.
fn random_layer(inputs: usize, outputs: usize, random: &mut SplitMix64, device: &Device) -> Linear {
    let mut values = |n: usize| -> Vec<f32> {
        let bound = 1.0 / (inputs as f32).sqrt();
        (0..n).map(|_| random.uniform() * bound).collect()
    };
    let weight = TensorData::new(values(inputs * outputs), [inputs, outputs]);
    let bias = TensorData::new(values(outputs), [outputs]);
    Linear {
        weight: Param::from_tensor(Tensor::from_data(weight, device)),
        bias: Some(Param::from_tensor(Tensor::from_data(bias, device))),
    }
}

async fn dense(layer: &Linear) -> Result<Dense, ComputeError> {
    let bias = layer
        .bias
        .as_ref()
        .expect("LinearConfig makes a bias unless told not to");
    Ok(Dense {
        weight: read(layer.weight.val()).await?,
        bias: read(bias.val()).await?,
    })
}
