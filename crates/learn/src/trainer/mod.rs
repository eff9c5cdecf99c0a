//! Training a head, as steps of a few passes, on the CPU, where heads train fastest (measured).

mod adam;
mod draft;
mod lbfgs;
mod preparation;

use adam::Adam;
pub use draft::{Draft, Drafted};
pub use kernels::logistic::largest;
use kernels::logistic::{Judged, SAMPLES};
use lbfgs::Lbfgs;
pub use lbfgs::MEMORY;
pub use preparation::Preparation;

use data::classifier::{Dense, Head};
use data::settings::{EpochReport, TrainSettings};
use network::ComputeError;

/// Embeddings with the index of their class.
pub type Labelled<'a> = (&'a [f32], usize);

/// A curve of this many points shows all there is to see.
const REPORTS: usize = 50;
/// Multiply-adds after which Adam reports, where an epoch is short.
const STEP_WORK: u64 = 50_000_000;
/// Multiply-adds of one portion of work, after which messages may be read: 3 to 5 ms natively, at most three times as long in a
/// browser.
pub const PORTION: usize = 20_000_000;
/// What a number costs that is read, changed and written, in multiply-adds of the same time: such work waits for memory.
pub const NUMBER: usize = 8;

/// Centred and scaled embeddings with their classes.
#[derive(Default)]
struct Samples {
    /// `[n, width]`
    values: Vec<f32>,
    width: usize,
    labels: Vec<usize>,
}

impl Samples {
    /// None yet, and room for so many.
    fn with_room(samples: usize, width: usize) -> Self {
        Self {
            values: Vec::with_capacity(samples * width),
            width,
            labels: Vec::with_capacity(samples),
        }
    }

    /// As many samples from the `at`th on as are a portion of work, one of which is so many multiply-adds: their values, their
    /// labels, and where to go on.
    fn portion(&self, at: usize, work: usize) -> (&[f32], &[usize], usize) {
        let samples = (PORTION / work.max(1)).max(1).next_multiple_of(SAMPLES);
        let until = (at + samples).min(self.labels.len());
        let values = &self.values[at * self.width..until * self.width];
        (values, &self.labels[at..until], until)
    }
}

/// How good the head is on some samples.
#[derive(Clone, Copy)]
struct Measured {
    /// Mean cross-entropy, nats.
    loss: f32,
    accuracy: f32,
}

/// Where a step has come to.
struct Reached {
    train: Measured,
    validation: Option<Measured>,
    /// What training minimises.
    objective: f32,
}

enum Solver {
    Linear(Box<Linear>),
    Adam(Box<Adam>),
}

/// A linear head on its way to the minimum.
struct Linear {
    lbfgs: Lbfgs,
    train: Samples,
    validation: Option<Samples>,
    /// After a pass: how the validation samples are judged so far, and how many.
    judging: Option<(usize, Judged)>,
}

impl Linear {
    /// A portion of work; where a pass has come to, when it is over.
    fn advance(&mut self) -> Option<Reached> {
        let Some((at, judged)) = &mut self.judging else {
            if self.lbfgs.advance(&self.train) {
                self.judging = Some((0, Judged::default()));
            }
            return None;
        };
        let validation = match &self.validation {
            Some(samples) => {
                if *at < samples.labels.len() {
                    *at = self.lbfgs.judge(samples, *at, judged);
                    return None;
                }
                Some((samples, *judged))
            }
            None => None,
        };
        let reached = self.lbfgs.reached(&self.train, validation);
        self.judging = None;
        Some(reached)
    }
}

/// A training run. Call [`Trainer::step`] until it says so or enough is enough.
pub struct Trainer {
    epochs: usize,
    epoch: usize,
    mean: Vec<f32>,
    scale: f32,
    solver: Solver,
    best: Best,
}

/// The head with the lowest objective, which is what training minimises: a linear head's has
/// one minimum, and validation samples that chose the head could not judge it.
enum Best {
    /// There was no step yet.
    None,
    /// L-BFGS goes only downhill.
    Now,
    Kept(f32, Head),
}

impl Trainer {
    /// `train` must have at least one sample of each of the `classes`. All is made ready at once; see [`Preparation`].
    pub fn new(
        train: &[Labelled],
        validation: &[Labelled],
        classes: usize,
        settings: &TrainSettings,
    ) -> Self {
        let (train, validation) = (train.to_vec(), validation.to_vec());
        let mut preparation = Preparation::new(train, validation, classes, settings);
        loop {
            if let Some(trainer) = preparation.advance() {
                return trainer;
            }
        }
    }

    /// All passes are done, or the minimum is reached.
    pub fn done(&self) -> bool {
        let converged = match &self.solver {
            Solver::Linear(linear) => linear.lbfgs.converged() && linear.judging.is_none(),
            Solver::Adam(_) => false,
        };
        self.epoch >= self.epochs || converged && self.epoch > 0
    }

    /// A few epochs, and how good the head is after them.
    pub async fn step(&mut self) -> Result<EpochReport, ComputeError> {
        loop {
            if let Some(report) = self.advance().await? {
                return Ok(report);
            }
        }
    }

    /// A portion of a step; its report, when the step is over.
    pub async fn advance(&mut self) -> Result<Option<EpochReport>, ComputeError> {
        let (epochs, reached) = match &mut self.solver {
            Solver::Adam(adam) => match adam.advance() {
                Some((epochs, reached)) => (epochs, reached),
                None => return Ok(None),
            },
            Solver::Linear(linear) => match linear.advance() {
                Some(reached) => (1, reached),
                None => return Ok(None),
            },
        };
        self.epoch += epochs;
        let report = self.told(&reached);
        if !reached.objective.is_finite() || !report.is_finite() {
            return Err(ComputeError("the loss is not a number".into()));
        }
        self.best = match (&self.solver, std::mem::replace(&mut self.best, Best::None)) {
            (Solver::Linear(_), _) => Best::Now,
            (_, Best::Kept(best, head)) if reached.objective > best => Best::Kept(best, head),
            _ => Best::Kept(reached.objective, self.head().await?),
        };
        Ok(Some(report))
    }

    fn told(&self, reached: &Reached) -> EpochReport {
        EpochReport {
            epoch: self.epoch,
            epochs: self.epochs,
            loss: reached.train.loss,
            accuracy: reached.train.accuracy,
            validation_loss: reached.validation.map(|v| v.loss),
            validation_accuracy: reached.validation.map(|v| v.accuracy),
        }
    }

    /// The head as it is now.
    pub async fn head(&self) -> Result<Head, ComputeError> {
        let (hidden, out) = match &self.solver {
            Solver::Adam(adam) => adam.layers(),
            Solver::Linear(linear) => (None, linear.lbfgs.dense()),
        };
        Ok(self.head_of(hidden, out))
    }

    fn head_of(&self, hidden: Option<Dense>, out: Dense) -> Head {
        Head {
            input: Default::default(),
            mean: self.mean.clone(),
            scale: self.scale,
            hidden,
            out,
        }
    }

    /// The best head so far; none before the first step.
    pub fn into_best(self) -> Option<Head> {
        match (self.best, &self.solver) {
            (Best::Kept(_, head), _) => Some(head),
            (Best::Now, Solver::Linear(linear)) => Some(Head {
                input: Default::default(),
                mean: self.mean,
                scale: self.scale,
                hidden: None,
                out: linear.lbfgs.dense(),
            }),
            _ => None,
        }
    }
}

/// The layers of a head: hidden, and out.
type Dense2 = (Option<Dense>, Dense);
