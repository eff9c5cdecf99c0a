//! Adam on a head of one or two layers, by burn's autodiff.

use burn::module::{Initializer, Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::{Dense2, Measured, REPORTS, Reached, STEP_WORK, Samples, largest};
use crate::data::classifier::Dense;
use crate::data::settings::TrainSettings;
use crate::ml::random::SplitMix64;
use crate::ml::{ComputeError, read};

#[derive(Module, Debug)]
struct Layers {
    hidden: Option<Linear>,
    out: Linear,
}

impl Layers {
    fn logits(&self, x: Tensor<2>) -> Tensor<2> {
        let x = match &self.hidden {
            Some(hidden) => relu(hidden.forward(x)), // [n, 1280] -> [n, hidden]
            None => x,
        };
        self.out.forward(x) // -> [n, classes]
    }
}

/// What starting the operations of one batch costs, in multiply-adds of the same time.
const BATCH_OVERHEAD: usize = 1_000_000;

pub struct Adam {
    settings: TrainSettings,
    layers: Layers,
    optimiser: ModuleOptimizer,
    train: Batch,
    validation: Option<Batch>,
    epoch: usize,
    random: SplitMix64,
}

/// Samples as tensors.
struct Batch {
    inputs: Tensor<2>,       // [n, width]
    targets: Tensor<2, Int>, // [n, 1]
    labels: Vec<usize>,
}

impl Batch {
    fn new(samples: &Samples, device: &Device) -> Self {
        let labels = samples.labels.clone();
        let targets: Vec<i32> = labels.iter().map(|label| *label as i32).collect();
        let n = labels.len();
        let inputs = TensorData::new(samples.values.clone(), [n, samples.width]);
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
}

impl Adam {
    pub fn new(
        train: &Samples,
        validation: Option<&Samples>,
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
        Self {
            layers: Layers { hidden, out },
            optimiser: AdamConfig::new().init(),
            train: Batch::new(train, &device),
            validation: validation.map(|v| Batch::new(v, &device)),
            epoch: 0,
            random,
            settings: settings.clone(),
        }
    }

    /// Trains for one epoch at first, where the loss falls fast, then for more; how many. Nothing
    /// is read in between.
    pub fn advance(&mut self) -> usize {
        let n = self.train.labels.len();
        let parameters = self.layers.num_params();
        // Forward and backward, the latter for the weights alone in the first layer.
        let work = 3 * n * parameters + n.div_ceil(self.batch_size()) * BATCH_OVERHEAD;
        let enough = self.settings.epochs.div_ceil(REPORTS);
        let epochs = (self.epoch / 8 + 1)
            .min(enough)
            .min((STEP_WORK / work).max(1))
            .min(self.settings.epochs - self.epoch);
        (0..epochs).for_each(|_| self.train_epoch());
        epochs
    }

    fn batch_size(&self) -> usize {
        match self.settings.batch_size {
            0 => self.train.labels.len(),
            size => size.min(self.train.labels.len()),
        }
    }

    fn train_epoch(&mut self) {
        // Cosine from the full rate to none: the last steps settle the minimum.
        let progress = self.epoch as f64 / self.settings.epochs as f64;
        let rate =
            self.settings.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
        let batch = self.batch_size();
        if batch == self.train.labels.len() {
            self.descend(self.train.inputs.clone(), self.train.targets.clone(), rate);
        } else {
            for rows in self.random.shuffled(self.train.labels.len()).chunks(batch) {
                let (inputs, targets) = self.train.pick(rows);
                self.descend(inputs, targets, rate);
            }
        }
        self.epoch += 1;
    }

    /// One Adam step on `mean cross-entropy + λ/(2n) |W|²`.
    fn descend(&mut self, inputs: Tensor<2>, targets: Tensor<2, Int>, rate: f64) {
        let logits = self.layers.logits(inputs); // [batch, classes]
        let loss = log_softmax(logits, 1).gather(1, targets).mean().neg();
        let gradients =
            GradientsParams::from_grads((loss + self.penalty()).backward(), &self.layers);
        self.layers = self.optimiser.step(rate, self.layers.clone(), gradients);
    }

    /// λ/(2n) |W|², as scikit-learn's LogisticRegression with C = 1/λ.
    fn penalty(&self) -> Tensor<1> {
        let mut squares = self.layers.out.weight.val().powi_scalar(2).sum();
        if let Some(hidden) = &self.layers.hidden {
            squares = squares + hidden.weight.val().powi_scalar(2).sum();
        }
        squares * (self.settings.l2 / (2.0 * self.train.labels.len() as f64))
    }

    /// How good the head is as it is now.
    pub async fn reached(&self) -> Result<Reached, ComputeError> {
        let train = self.measure(&self.train).await?;
        let validation = match &self.validation {
            Some(batch) => Some(self.measure(batch).await?),
            None => None,
        };
        Ok(Reached {
            objective: train.loss + read(self.penalty()).await?[0],
            train,
            validation,
        })
    }

    async fn measure(&self, batch: &Batch) -> Result<Measured, ComputeError> {
        let shares = log_softmax(self.layers.logits(batch.inputs.clone()), 1); // [n, classes]
        let classes = shares.dims()[1];
        let shares = read(shares).await?;
        let (mut loss, mut hits) = (0f64, 0usize);
        for (row, label) in shares.chunks(classes).zip(&batch.labels) {
            loss -= f64::from(row[*label]);
            hits += usize::from(largest(row) == *label);
        }
        let n = batch.labels.len() as f64;
        Ok(Measured {
            loss: (loss / n) as f32,
            accuracy: (hits as f64 / n) as f32,
        })
    }

    pub async fn layers(&self) -> Result<Dense2, ComputeError> {
        let hidden = match &self.layers.hidden {
            Some(hidden) => Some(dense(hidden).await?),
            None => None,
        };
        Ok((hidden, dense(&self.layers.out).await?))
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
