//! Training a head, as steps of a few passes, on the CPU, where heads train fastest (measured).

mod adam;
mod draft;
mod lbfgs;

use adam::Adam;
pub use draft::{Draft, Drafted};
pub use kernels::logistic::largest;
use lbfgs::Lbfgs;

use super::ComputeError;
use super::centring::centring;
use crate::data::classifier::{Dense, Head};
use crate::data::settings::{EpochReport, Optimiser, TrainSettings};

/// Embeddings with the index of their class.
pub type Labelled<'a> = (&'a [f32], usize);

/// A curve of this many points shows all there is to see.
const REPORTS: usize = 50;
/// Multiply-adds after which a step reports, so that it stays short: 10 to 20 ms natively.
const STEP_WORK: usize = 50_000_000;

/// Centred and scaled embeddings with their classes.
struct Samples {
    /// `[n, width]`
    values: Vec<f32>,
    width: usize,
    labels: Vec<usize>,
}

impl Samples {
    fn new(samples: &[Labelled], mean: &[f32], scale: f32) -> Self {
        let mut values = Vec::with_capacity(samples.len() * mean.len());
        for (embedding, _) in samples {
            kernels::linear::centred(embedding, mean, scale, &mut values);
        }
        Self {
            values,
            width: mean.len(),
            labels: samples.iter().map(|(_, label)| *label).collect(),
        }
    }
}

/// How good the head is on some photos.
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
    Lbfgs(Box<Lbfgs>, Samples, Option<Samples>),
    Adam(Box<Adam>),
}

/// A training run. Call [`Trainer::step`] until it says so or enough is enough.
pub struct Trainer {
    epochs: usize,
    epoch: usize,
    mean: Vec<f32>,
    scale: f32,
    solver: Solver,
    /// The head with the lowest objective, which is what training minimises: a linear head's has
    /// one minimum, and validation photos that chose the head could not judge it.
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
        let embeddings: Vec<&[f32]> = train.iter().map(|(e, _)| *e).collect();
        let (mean, scale) = centring(&embeddings);
        let samples = |of: &[Labelled]| Samples::new(of, &mean, scale);
        let train = samples(train);
        let validation = (!validation.is_empty()).then(|| samples(validation));
        let solver = match settings.optimiser_used() {
            Optimiser::Lbfgs => {
                let lbfgs = Lbfgs::new(&train, classes, settings.l2);
                Solver::Lbfgs(Box::new(lbfgs), train, validation)
            }
            Optimiser::Adam => {
                let adam = Adam::new(&train, validation.as_ref(), classes, &settings);
                Solver::Adam(Box::new(adam))
            }
        };
        Self {
            epochs: settings.epochs,
            epoch: 0,
            mean,
            scale,
            solver,
            best: None,
        }
    }

    /// All passes are done, or the minimum is reached.
    pub fn done(&self) -> bool {
        let settled = matches!(&self.solver, Solver::Lbfgs(lbfgs, ..) if lbfgs.settled());
        self.epoch >= self.epochs || settled && self.epoch > 0
    }

    /// A few epochs, and how good the head is after them.
    pub async fn step(&mut self) -> Result<EpochReport, ComputeError> {
        let reached = match &mut self.solver {
            Solver::Adam(adam) => {
                self.epoch += adam.advance();
                adam.reached().await?
            }
            Solver::Lbfgs(lbfgs, train, validation) => {
                lbfgs.step(train);
                self.epoch += 1;
                lbfgs.reached(train, validation.as_ref())
            }
        };
        let report = EpochReport {
            epoch: self.epoch,
            epochs: self.epochs,
            loss: reached.train.loss,
            accuracy: reached.train.accuracy,
            validation_loss: reached.validation.map(|v| v.loss),
            validation_accuracy: reached.validation.map(|v| v.accuracy),
        };
        if !reached.objective.is_finite() || !report.is_finite() {
            return Err(ComputeError("the loss is not a number".into()));
        }
        let best = self.best.as_ref();
        if best.is_none_or(|(best, _)| reached.objective <= *best) {
            self.best = Some((reached.objective, self.head().await?));
        }
        Ok(report)
    }

    /// The head as it is now.
    pub async fn head(&self) -> Result<Head, ComputeError> {
        let (hidden, out) = match &self.solver {
            Solver::Adam(adam) => adam.layers().await?,
            Solver::Lbfgs(lbfgs, ..) => (None, lbfgs.dense()),
        };
        Ok(self.head_of(hidden, out))
    }

    fn head_of(&self, hidden: Option<Dense>, out: Dense) -> Head {
        Head {
            mean: self.mean.clone(),
            scale: self.scale,
            hidden,
            out,
        }
    }

    /// The best head so far; none before the first step.
    pub fn into_best(self) -> Option<Head> {
        self.best.map(|(_, head)| head)
    }
}

/// The layers of a head: hidden, and out.
type Dense2 = (Option<Dense>, Dense);
