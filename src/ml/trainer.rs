//! Training as steps: one epoch a step, on the CPU, where heads train fastest (measured).

use burn::module::{Initializer, Module};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::ComputeError;
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

/// A training run. Call [`Trainer::step`] until it says so or enough is enough.
pub struct Trainer {
    settings: TrainSettings,
    layers: Layers,
    optimiser: ModuleOptimizer,
    inputs: Tensor<2>,
    labels: Vec<usize>,
    validation: Vec<(Vec<f32>, usize)>,
    mean: Vec<f32>,
    scale: f32,
    classes: usize,
    epoch: usize,
    random: u64,
    /// The head with the lowest validation loss (training loss where nothing is kept apart).
    best: Option<(f32, Head)>,
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
        let values: Vec<f32> = embeddings
            .iter()
            .flat_map(|e| e.iter().zip(&mean).map(|(v, m)| (v - m) / scale))
            .collect();
        // From zero: every class starts equally likely, and the loss has one minimum. A hidden
        // layer must start from random weights, or all its units would stay the same.
        device.seed(settings.seed);
        let (out_width, hidden) = match settings.hidden {
            0 => (width, None),
            n => (n, Some(LinearConfig::new(width, n).init(&device))),
        };
        let out = LinearConfig::new(out_width, classes)
            .with_initializer(Initializer::Zeros)
            .init(&device);
        Self {
            layers: Layers { hidden, out },
            optimiser: AdamConfig::new().init(),
            inputs: Tensor::from_data(TensorData::new(values, [train.len(), width]), &device),
            labels: train.iter().map(|(_, label)| *label).collect(),
            validation: validation
                .iter()
                .map(|(e, label)| (e.to_vec(), *label))
                .collect(),
            mean,
            scale,
            classes,
            epoch: 0,
            random: settings.seed,
            best: None,
            settings,
        }
    }

    pub fn done(&self) -> bool {
        self.epoch >= self.settings.epochs
    }

    /// One epoch.
    pub async fn step(&mut self) -> Result<EpochReport, ComputeError> {
        let n = self.labels.len();
        let batch = if self.settings.batch_size == 0 {
            n
        } else {
            self.settings.batch_size.min(n)
        };
        let order = if batch == n {
            (0..n).collect()
        } else {
            self.shuffled()
        };
        // Cosine from the full rate to none: the last steps settle the minimum.
        let progress = self.epoch as f64 / self.settings.epochs as f64;
        let rate =
            self.settings.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
        let (mut loss_sum, mut hits) = (0f64, 0usize);
        for chunk in order.chunks(batch) {
            let (loss, hit) = self.descend(chunk, rate).await?;
            loss_sum += f64::from(loss) * chunk.len() as f64;
            hits += hit;
        }
        self.epoch += 1;
        let loss = (loss_sum / n as f64) as f32;
        let head = self.head().await?;
        let validation = self.validate(&head);
        let score = validation.map_or(loss, |(loss, _)| loss);
        if !loss.is_finite() || !score.is_finite() {
            return Err(ComputeError("the loss is not a number".into()));
        }
        if self.best.as_ref().is_none_or(|(best, _)| score < *best) {
            self.best = Some((score, head));
        }
        Ok(EpochReport {
            epoch: self.epoch,
            epochs: self.settings.epochs,
            loss,
            accuracy: hits as f32 / n as f32,
            validation_loss: validation.map(|v| v.0),
            validation_accuracy: validation.map(|v| v.1),
        })
    }

    /// The best head so far; none before the first step.
    pub fn into_best(self) -> Option<Head> {
        self.best.map(|(_, head)| head)
    }

    /// One Adam step on some of the samples; their loss and hits before it.
    async fn descend(&mut self, chunk: &[usize], rate: f64) -> Result<(f32, usize), ComputeError> {
        let device = self.inputs.device();
        let n = self.labels.len() as f64;
        let picked: Vec<i32> = chunk.iter().map(|&i| i as i32).collect();
        let labels: Vec<i32> = chunk.iter().map(|&i| self.labels[i] as i32).collect();
        let x = if chunk.len() == self.labels.len() {
            self.inputs.clone()
        } else {
            let rows = Tensor::<1, Int>::from_data(TensorData::new(picked, [chunk.len()]), &device);
            self.inputs.clone().select(0, rows)
        };
        let targets =
            Tensor::<2, Int>::from_data(TensorData::new(labels, [chunk.len(), 1]), &device);
        let logits = self.layers.logits(x); // [chunk, classes]
        let loss = log_softmax(logits.clone(), 1)
            .gather(1, targets)
            .mean()
            .neg();
        // λ/(2n) |W|², as scikit-learn's LogisticRegression with C = 1/λ.
        let mut penalty = self.layers.out.weight.val().powi_scalar(2).sum();
        if let Some(hidden) = &self.layers.hidden {
            penalty = penalty + hidden.weight.val().powi_scalar(2).sum();
        }
        let total = loss.clone() + penalty * (self.settings.l2 / (2.0 * n));
        let gradients = GradientsParams::from_grads(total.backward(), &self.layers);
        self.layers = self.optimiser.step(rate, self.layers.clone(), gradients);
        let loss = read(loss).await?[0];
        let hits = read(logits).await?;
        let hits = hits
            .chunks(self.classes)
            .zip(chunk)
            .filter(|(row, i)| largest(row) == self.labels[**i])
            .count();
        Ok((loss, hits))
    }

    async fn head(&self) -> Result<Head, ComputeError> {
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

    /// Loss and accuracy on the photos kept apart.
    fn validate(&self, head: &Head) -> Option<(f32, f32)> {
        if self.validation.is_empty() {
            return None;
        }
        let (mut loss, mut hits) = (0f32, 0usize);
        for (embedding, label) in &self.validation {
            let shares = head.predict(embedding);
            loss -= shares[*label].max(f32::MIN_POSITIVE).ln();
            hits += usize::from(largest(&shares) == *label);
        }
        let n = self.validation.len() as f32;
        Some((loss / n, hits as f32 / n))
    }

    /// Fisher and Yates's shuffle on a SplitMix64 stream (Steele, Lea, Flood 2014).
    fn shuffled(&mut self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        for i in (1..order.len()).rev() {
            self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.random;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            order.swap(i, ((z ^ (z >> 31)) % (i as u64 + 1)) as usize);
        }
        order
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

async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ComputeError> {
    let data = tensor
        .into_data_async()
        .await
        .map_err(|e| ComputeError(format!("{e:?}")))?;
    data.try_into_vec::<f32>()
        .map_err(|e| ComputeError(format!("{e:?}")))
}
