//! Tuning a pre-trained network: layers near the output go on learning, with a head.
//!
//! What lies before the cut never changes, so each photo goes through it once (or once for each way
//! to show it, see [`augment`]), and training works on what came out. Batch norm stays folded.

pub mod augment;
mod autodiff;
mod cpu;
mod cut;
mod frozen;
mod learner;
mod loss;
mod schedule;

use burn::tensor::Device;

use super::ComputeError;
use super::random::SplitMix64;
use super::weights::{Layers, WIDTH};
use crate::data::changed::Changed;
use crate::data::classifier::{Dense, Head, centring, softmax};
use crate::data::settings::EpochReport;
use crate::data::transfer::TuneSettings;
use cut::Cut;
use frozen::Frozen;
use learner::Learner;
use loss::Loss;

/// An upright photo's centre square with its class.
#[derive(Debug, Clone)]
pub struct Picture {
    /// `[side, side, 3]`; at best the side is at least the network's input.
    pub rgb: Vec<u8>,
    pub class: usize,
}

impl Picture {
    pub fn side(&self) -> usize {
        (self.rgb.len() / 3).isqrt()
    }
}

/// What one call of [`Tuner::step`] did.
#[derive(Debug, Clone, PartialEq)]
pub enum TuneStep {
    /// Photos sent through the frozen part, of all.
    Prepared {
        done: usize,
        total: usize,
    },
    /// Batches learnt from, of all epochs'.
    Batch {
        done: usize,
        total: usize,
    },
    /// Validation photos measured after an epoch, of all.
    Measured {
        done: usize,
        total: usize,
    },
    Epoch(EpochReport),
}

/// A head with the layers that it needs below it.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuned {
    pub head: Head,
    pub changed: Changed,
}

/// By name: as in the weights file, and `out.weight`, `out.bias` for the classifier.
pub type Gradients = Vec<(String, Vec<f32>)>;

/// Photos as they enter at the cut; see [`Tuner::enter`].
pub struct Entered(Vec<Vec<f32>>);

impl Entered {
    /// Some of them, in this order.
    pub fn pick(&self, indices: &[usize]) -> Self {
        Self(indices.iter().map(|i| self.0[*i].clone()).collect())
    }
}

/// Photos that go through the network together where nothing else decides it.
const TOGETHER: usize = 4;

/// L2 strength λ of the classifier, as in `TrainSettings::l2`.
fn l2() -> f64 {
    std::env::var("L2")
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(10.0)
}

/// Of one photo through the whole network, without a classifier.
pub fn multiply_adds(layers: &Layers, size: usize) -> f64 {
    cut::multiply_adds(layers, size, Cut(0)).1
}

enum Phase {
    Prepare,
    Train,
    Measure,
    Done,
}

/// A tuning run. Call [`Tuner::step`] until it is [`Tuner::done`] or enough is enough.
pub struct Tuner {
    settings: TuneSettings,
    size: usize,
    classes: usize,
    train: Vec<Picture>,
    validation: Vec<Picture>,
    cut: Cut,
    frozen: Frozen,
    learner: Learner,
    phase: Phase,
    /// What is to be sent through the frozen part: (picture, way to show it); pictures of the
    /// validation count on after those to learn from.
    jobs: Vec<(usize, usize)>,
    prepared: usize,
    /// What entered at the cut, by picture and way to show it. Empty where every layer learns.
    shown: Vec<Vec<Vec<f32>>>,
    /// Of the plain pictures, to centre the head on; empty where it came with its own centre.
    embeddings: Vec<Vec<f32>>,
    needs_centre: bool,
    random: SplitMix64,
    order: Vec<usize>,
    epoch: usize,
    batch: usize,
    trained: Loss,
    measured: Loss,
    /// The lowest validation loss, and epochs since; without validation the last epoch is best.
    best: Option<(f32, Tuned)>,
    stale: usize,
    /// Multiply-adds of one photo before and behind the cut, and spent so far.
    work: (f64, f64),
    spent: f64,
}

impl Tuner {
    /// `start`: the weights to begin from. `head`: a trained linear head to begin from, so that
    /// features and head are both good when the features begin to move (Kumar et al. 2022); without
    /// one, or with one that does not fit, it begins at zero, centred on the first embeddings.
    /// `device`: burn's CPU device stands for our own kernels. `train` must not be empty.
    #[expect(clippy::too_many_arguments)]
    pub fn new(
        start: &Layers,
        size: usize,
        train: Vec<Picture>,
        validation: Vec<Picture>,
        classes: usize,
        settings: &TuneSettings,
        head: Option<Head>,
        device: &Device,
    ) -> Self {
        let device = Some(device).filter(|device| **device != Device::flex());
        Self::with(
            start, size, train, validation, classes, settings, head, device,
        )
    }

    /// As [`Self::new`], but in burn's operations on every device, its CPU device too.
    #[expect(clippy::too_many_arguments)]
    pub fn in_burn(
        start: &Layers,
        size: usize,
        train: Vec<Picture>,
        validation: Vec<Picture>,
        classes: usize,
        settings: &TuneSettings,
        head: Option<Head>,
        device: &Device,
    ) -> Self {
        let device = Some(device);
        Self::with(
            start, size, train, validation, classes, settings, head, device,
        )
    }

    #[expect(clippy::too_many_arguments)]
    fn with(
        start: &Layers,
        size: usize,
        train: Vec<Picture>,
        validation: Vec<Picture>,
        classes: usize,
        settings: &TuneSettings,
        head: Option<Head>,
        device: Option<&Device>,
    ) -> Self {
        let settings = settings.clamped();
        let cut = Cut::of(settings.depth, start);
        let head = head.filter(|head| {
            head.hidden.is_none() && head.classes() == classes && head.mean.len() == WIDTH
        });
        let needs_centre = head.is_none();
        let head = head.unwrap_or_else(|| Head {
            mean: vec![0.0; WIDTH],
            scale: 1.0,
            hidden: None,
            out: Dense {
                weight: vec![0.0; WIDTH * classes],
                bias: vec![0.0; classes],
            },
        });
        let mut learner = Learner::new(start, size, cut, &head, device);
        learner.set_penalty((l2() / (2.0 * train.len().max(1) as f64)) as f32);
        let ways = match settings.augment {
            true => augment::VARIANTS,
            false => 1,
        };
        let jobs: Vec<(usize, usize)> = match (cut.is_start(), needs_centre) {
            (true, false) => Vec::new(),
            (true, true) => (0..train.len()).map(|i| (i, 0)).collect(),
            (false, _) => {
                let train_jobs = (0..train.len()).flat_map(|i| (0..ways).map(move |way| (i, way)));
                let others = train.len()..train.len() + validation.len();
                train_jobs.chain(others.map(|i| (i, 0))).collect()
            }
        };
        let shown = vec![Vec::new(); train.len() + validation.len()];
        Self {
            frozen: Frozen::new(start, size, cut, device),
            work: cut::multiply_adds(start, size, cut),
            phase: match jobs.is_empty() {
                true => Phase::Train,
                false => Phase::Prepare,
            },
            random: SplitMix64(settings.seed),
            settings,
            size,
            classes,
            train,
            validation,
            cut,
            learner,
            jobs,
            prepared: 0,
            shown,
            embeddings: Vec::new(),
            needs_centre,
            order: Vec::new(),
            epoch: 0,
            batch: 0,
            trained: Loss::default(),
            measured: Loss::default(),
            best: None,
            stale: 0,
            spent: 0.0,
        }
    }

    /// All epochs are over, or patience is.
    pub fn done(&self) -> bool {
        matches!(self.phase, Phase::Done)
    }

    /// A bounded piece of work: some photos through the frozen part, one batch, or some of the
    /// measuring that an epoch ends with. After an error there is nothing more to do.
    pub async fn step(&mut self) -> Result<TuneStep, ComputeError> {
        let step = match self.phase {
            Phase::Prepare => self.prepare().await,
            Phase::Train => self.learn().await,
            Phase::Measure => self.measure().await,
            Phase::Done => Err(ComputeError("tuning is over".into())),
        };
        if step.is_err() {
            self.phase = Phase::Done;
        }
        step
    }

    async fn prepare(&mut self) -> Result<TuneStep, ComputeError> {
        let until = (self.prepared + TOGETHER).min(self.jobs.len());
        let jobs = self.jobs[self.prepared..until].to_vec();
        let mut squares = Vec::new();
        for (picture, way) in &jobs {
            let learnt_from = self.train.len();
            let picture = match *picture < learnt_from {
                true => &self.train[*picture],
                false => &self.validation[picture - learnt_from],
            };
            let square = augment::variant(picture, self.size, *way, &mut self.random);
            squares.push(square);
        }
        let entered = self.frozen.run(&squares).await?;
        for ((picture, way), plane) in jobs.iter().zip(entered) {
            if *picture < self.train.len() {
                self.spent += self.work.0;
                if *way == 0 && self.needs_centre {
                    self.spent += self.work.1;
                    self.embeddings.push(self.learner.embed(&[&plane]).await?);
                }
            }
            if !self.cut.is_start() {
                self.shown[*picture].push(plane);
            }
        }
        self.prepared = until;
        if until == self.jobs.len() {
            self.centre();
            self.phase = Phase::Train;
        }
        let total = self.jobs.len();
        Ok(TuneStep::Prepared { done: until, total })
    }

    /// Centres a head that begins at zero on the embeddings as they are before tuning.
    fn centre(&mut self) {
        let embeddings = std::mem::take(&mut self.embeddings);
        if !self.needs_centre || embeddings.is_empty() {
            return;
        }
        let all: Vec<&[f32]> = embeddings.iter().map(Vec::as_slice).collect();
        let (mean, scale) = centring(&all);
        self.learner.set_head(&Head {
            mean,
            scale,
            hidden: None,
            out: Dense {
                weight: vec![0.0; WIDTH * self.classes],
                bias: vec![0.0; self.classes],
            },
        });
        self.needs_centre = false;
    }

    fn batches(&self) -> usize {
        self.train.len().div_ceil(self.settings.batch_size)
    }

    async fn learn(&mut self) -> Result<TuneStep, ComputeError> {
        if self.batch == 0 {
            self.order = self.random.shuffled(self.train.len());
            self.trained = Loss::default();
        }
        let size = self.settings.batch_size;
        let rows = self.order.chunks(size).nth(self.batch);
        let rows = rows.expect("an epoch ends with its last batch").to_vec();
        let labels: Vec<usize> = rows.iter().map(|i| self.train[*i].class).collect();
        let inputs = self.draw(&rows).await?;
        let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
        let loss = self.learner.descend(&inputs, &labels).await?;
        if !loss.sum.is_finite() {
            return Err(ComputeError("the loss is not a number".into()));
        }
        let total = self.batches() * self.settings.epochs;
        let done = self.epoch * self.batches() + self.batch;
        let rate = self.settings.learning_rate * schedule::factor(done, total);
        self.learner.step(rate, self.settings.rate_decay);
        self.trained.add(&loss);
        let classifier = (WIDTH * self.classes) as f64;
        self.spent += 3.0 * rows.len() as f64 * (self.work.1 + classifier);
        self.batch += 1;
        if self.batch == self.batches() {
            self.batch = 0;
            self.epoch += 1;
            self.measured = Loss::default();
            self.phase = Phase::Measure;
        }
        Ok(TuneStep::Batch {
            done: done + 1,
            total,
        })
    }

    /// Pictures to learn from, each shown in one of its ways.
    async fn draw(&mut self, rows: &[usize]) -> Result<Vec<Vec<f32>>, ComputeError> {
        if !self.cut.is_start() {
            let mut planes = Vec::new();
            for row in rows {
                let ways = &self.shown[*row];
                planes.push(ways[self.random.below(ways.len())].clone());
            }
            return Ok(planes);
        }
        let mut squares = Vec::new();
        for row in rows {
            let picture = &self.train[*row];
            squares.push(match self.settings.augment {
                true => augment::varied(picture, self.size, &mut self.random),
                false => augment::plain(picture, self.size),
            });
        }
        self.frozen.run(&squares).await
    }

    async fn measure(&mut self) -> Result<TuneStep, ComputeError> {
        let done = self.measured.photos;
        let total = self.validation.len();
        let until = (done + TOGETHER).min(total);
        if done < until {
            let pictures = &self.validation[done..until];
            let labels: Vec<usize> = pictures.iter().map(|p| p.class).collect();
            let logits = match self.cut.is_start() {
                true => {
                    let entered = self.enter(pictures).await?;
                    self.logits(&entered.0).await?
                }
                false => {
                    let shown = &self.shown[self.train.len()..][done..until];
                    let planes: Vec<&[f32]> = shown.iter().map(|ways| ways[0].as_slice()).collect();
                    self.learner.logits(&planes).await?
                }
            };
            self.measured.add(&Loss::of(&logits, &labels, self.classes));
        }
        match until < total {
            true => Ok(TuneStep::Measured { done: until, total }),
            false => self.report().await.map(TuneStep::Epoch),
        }
    }

    /// Ends an epoch.
    async fn report(&mut self) -> Result<EpochReport, ComputeError> {
        let validation = (!self.validation.is_empty()).then_some(self.measured);
        if validation.is_some_and(|loss| !loss.sum.is_finite()) {
            return Err(ComputeError("the loss is not a number".into()));
        }
        let loss = validation.map_or(0.0, |loss| loss.mean());
        let better = validation.is_none() || self.best.as_ref().is_none_or(|(b, _)| loss < *b);
        match better {
            true => {
                self.best = Some((loss, self.tuned().await?));
                self.stale = 0;
            }
            false => self.stale += 1,
        }
        let patience = self.settings.patience;
        let enough = patience > 0 && self.stale >= patience;
        self.phase = match enough || self.epoch == self.settings.epochs {
            true => Phase::Done,
            false => Phase::Train,
        };
        Ok(EpochReport {
            epoch: self.epoch,
            epochs: self.settings.epochs,
            loss: self.trained.mean(),
            accuracy: self.trained.accuracy(),
            validation_loss: validation.map(|loss| loss.mean()),
            validation_accuracy: validation.map(|loss| loss.accuracy()),
        })
    }

    /// How many numbers learn.
    pub fn trained_parameters(&self) -> usize {
        self.learner.trained_parameters()
    }

    /// Spent on training so far, the frozen part included; a backward pass counts as two forward
    /// ones, measuring does not count.
    pub fn multiply_adds(&self) -> f64 {
        self.spent
    }

    /// Head and layers as they are now.
    pub async fn tuned(&self) -> Result<Tuned, ComputeError> {
        self.learner.tuned().await
    }

    /// Those of the lowest validation loss; without validation those after the last whole epoch.
    pub fn into_best(self) -> Option<Tuned> {
        self.best.map(|(_, tuned)| tuned)
    }

    /// Sends photos through the frozen part, as predictions show them. What comes out stays good
    /// for the whole run.
    pub async fn enter(&self, pictures: &[Picture]) -> Result<Entered, ComputeError> {
        let mut entered = Vec::new();
        for pictures in pictures.chunks(TOGETHER) {
            let squares: Vec<Vec<u8>> = pictures
                .iter()
                .map(|picture| augment::plain(picture, self.size))
                .collect();
            entered.extend(self.frozen.run(&squares).await?);
        }
        Ok(Entered(entered))
    }

    async fn logits(&self, entered: &[Vec<f32>]) -> Result<Vec<f32>, ComputeError> {
        let mut logits = Vec::new();
        for planes in entered.chunks(TOGETHER) {
            let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
            logits.extend(self.learner.logits(&planes).await?);
        }
        Ok(logits)
    }

    /// Of photos that entered: one share a class, as the network is now.
    pub async fn predict_entered(&self, entered: &Entered) -> Result<Vec<Vec<f32>>, ComputeError> {
        let logits = self.logits(&entered.0).await?;
        Ok(logits.chunks_exact(self.classes).map(softmax).collect())
    }

    /// One share a class for each picture, as the network is now.
    pub async fn predict(&self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>, ComputeError> {
        let entered = self.enter(pictures).await?;
        self.predict_entered(&entered).await
    }

    /// Mean cross-entropy of pictures as they are, and its gradients with the penalty's, without a
    /// step: for checks.
    pub async fn gradients(
        &mut self,
        pictures: &[Picture],
    ) -> Result<(f32, Gradients), ComputeError> {
        let entered = self.enter(pictures).await?;
        let planes: Vec<&[f32]> = entered.0.iter().map(Vec::as_slice).collect();
        let labels: Vec<usize> = pictures.iter().map(|picture| picture.class).collect();
        let loss = self.learner.descend(&planes, &labels).await?;
        Ok((loss.mean(), self.learner.gradients().await?))
    }
}
