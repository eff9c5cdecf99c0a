//! Training as steps of a few epochs, on the CPU, where heads train fastest (measured).

use burn::module::{Initializer, Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::random::SplitMix64;
use super::{ComputeError, read};
use crate::data::classifier::{Dense, Head, centring};
use crate::data::settings::{EpochReport, TrainSettings};

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

/// Embeddings with the index of their class.
pub type Labelled<'a> = (&'a [f32], usize);

/// A curve of this many points shows all there is to see.
const REPORTS: usize = 50;
/// Multiply-adds after which a step reports, so that it stays short: 10 to 20 ms natively.
const STEP_WORK: usize = 50_000_000;
/// What starting the operations of one batch costs, in multiply-adds of the same time.
const BATCH_OVERHEAD: usize = 1_000_000;

/// A training run. Call [`Trainer::step`] until it says so or enough is enough.
pub struct Trainer {
    settings: TrainSettings,
    layers: Layers,
    optimiser: ModuleOptimizer,
    train: Samples,
    validation: Option<Samples>,
    mean: Vec<f32>,
    scale: f32,
    epoch: usize,
    random: SplitMix64,
    /// The head with the lowest objective, which is what training minimises: a linear head's has
    /// one minimum, and validation photos that chose the head could not judge it.
    best: Option<(f32, Head)>,
}

/// Centred and scaled embeddings with their classes.
struct Samples {
    inputs: Tensor<2>,       // [n, width]
    targets: Tensor<2, Int>, // [n, 1]
    labels: Vec<usize>,
}

impl Samples {
    fn new(samples: &[Labelled], mean: &[f32], scale: f32, device: &Device) -> Self {
        let centred = |(embedding, _): &Labelled| -> Vec<f32> {
            let pairs = embedding.iter().zip(mean);
            pairs.map(|(v, m)| (v - m) / scale).collect()
        };
        let values: Vec<f32> = samples.iter().flat_map(centred).collect();
        let labels: Vec<usize> = samples.iter().map(|(_, label)| *label).collect();
        let targets: Vec<i32> = labels.iter().map(|label| *label as i32).collect();
        let n = samples.len();
        Self {
            inputs: Tensor::from_data(TensorData::new(values, [n, mean.len()]), device),
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

impl Trainer {
    /// `train` must have at least one sample of each of the `classes`.
    pub fn new(
        train: &[Labelled],
        validation: &[Labelled],
        classes: usize,
        settings: &TrainSettings,
    ) -> Self {
        let settings = settings.clamped();
        let device = Device::flex().autodiff();
        let embeddings: Vec<&[f32]> = train.iter().map(|(e, _)| *e).collect();
        let (mean, scale) = centring(&embeddings);
        let width = mean.len();
        // From zero: every class starts equally likely, and the loss has one minimum. A hidden
        // layer must start from random weights, or all its units would stay the same.
        let mut random = SplitMix64(settings.seed);
        let (out_width, hidden) = match settings.hidden {
            0 => (width, None),
            n => (n, Some(random_layer(width, n, &mut random, &device))),
        };
        let out = LinearConfig::new(out_width, classes)
            .with_initializer(Initializer::Zeros)
            .init(&device);
        let samples = |of: &[Labelled]| Samples::new(of, &mean, scale, &device);
        Self {
            layers: Layers { hidden, out },
            optimiser: AdamConfig::new().init(),
            train: samples(train),
            validation: (!validation.is_empty()).then(|| samples(validation)),
            mean,
            scale,
            epoch: 0,
            random,
            best: None,
            settings,
        }
    }

    pub fn done(&self) -> bool {
        self.epoch >= self.settings.epochs
    }

    /// A few epochs, and how good the head is after them.
    pub async fn step(&mut self) -> Result<EpochReport, ComputeError> {
        for _ in 0..self.epochs_a_step() {
            self.train_epoch();
        }
        self.report().await
    }

    /// One epoch at first, where the loss falls fast, then more. Nothing is read in between.
    fn epochs_a_step(&self) -> usize {
        let n = self.train.labels.len();
        let parameters = self.layers.num_params();
        // Forward and backward, the latter for the weights alone in the first layer.
        let work = 3 * n * parameters + n.div_ceil(self.batch_size()) * BATCH_OVERHEAD;
        let enough = self.settings.epochs.div_ceil(REPORTS);
        (self.epoch / 8 + 1)
            .min(enough)
            .min((STEP_WORK / work).max(1))
            .min(self.settings.epochs - self.epoch)
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

    /// Loss and accuracy of the head as it is now.
    async fn report(&mut self) -> Result<EpochReport, ComputeError> {
        let (loss, accuracy) = self.measure(&self.train).await?;
        let validation = match &self.validation {
            Some(samples) => Some(self.measure(samples).await?),
            None => None,
        };
        let objective = loss + read(self.penalty()).await?[0];
        if !objective.is_finite() || validation.is_some_and(|(loss, _)| !loss.is_finite()) {
            return Err(ComputeError("the loss is not a number".into()));
        }
        if self
            .best
            .as_ref()
            .is_none_or(|(best, _)| objective <= *best)
        {
            self.best = Some((objective, self.head().await?));
        }
        Ok(EpochReport {
            epoch: self.epoch,
            epochs: self.settings.epochs,
            loss,
            accuracy,
            validation_loss: validation.map(|v| v.0),
            validation_accuracy: validation.map(|v| v.1),
        })
    }

    async fn measure(&self, samples: &Samples) -> Result<(f32, f32), ComputeError> {
        let shares = log_softmax(self.layers.logits(samples.inputs.clone()), 1); // [n, classes]
        let classes = shares.dims()[1];
        let shares = read(shares).await?;
        let (mut loss, mut hits) = (0f64, 0usize);
        for (row, label) in shares.chunks(classes).zip(&samples.labels) {
            loss -= f64::from(row[*label]);
            hits += usize::from(largest(row) == *label);
        }
        let n = samples.labels.len() as f64;
        Ok(((loss / n) as f32, (hits as f64 / n) as f32))
    }

    /// The best head so far; none before the first step.
    pub fn into_best(self) -> Option<Head> {
        self.best.map(|(_, head)| head)
    }

    /// The head as it is now.
    pub async fn head(&self) -> Result<Head, ComputeError> {
        let hidden = match &self.layers.hidden {
            Some(hidden) => Some(dense(hidden).await?),
            None => None,
        };
        Ok(Head {
            mean: self.mean.clone(),
            scale: self.scale,
            hidden,
            out: dense(&self.layers.out).await?,
        })
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

/// Index of the largest value; the first of equals.
pub fn largest(values: &[f32]) -> usize {
    (0..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
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
