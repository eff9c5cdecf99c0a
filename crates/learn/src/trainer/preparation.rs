//! What comes before the first step: embeddings are standardised and laid one after the other. They are read three times
//! for that, and ten thousand of them are 50 MB, so this goes in portions too.

use std::mem::take;
use std::ops::Deref;

use super::adam::Adam;
use super::lbfgs::Lbfgs;
use super::{Best, Linear, NUMBER, PORTION, Samples, Solver, Trainer};
use crate::standardise::{Deviations, Sums};
use data::settings::{Optimiser, TrainSettings};

/// A training that is not ready yet: call [`Self::advance`] until it is.
pub struct Preparation<E> {
    settings: TrainSettings,
    classes: usize,
    train: Vec<(E, usize)>,
    validation: Vec<(E, usize)>,
    stage: Stage,
    /// Embeddings that the stage went through.
    at: usize,
}

enum Stage {
    Mean(Sums),
    Deviation(Deviations),
    Copy(Box<Standardised>),
}

/// The samples as far as they are laid out.
#[derive(Default)]
struct Standardised {
    mean: Vec<f32>,
    scale: f32,
    train: Samples,
    validation: Samples,
}

impl<E: Deref<Target = [f32]>> Preparation<E> {
    /// Embeddings with the index of their class; `train` must have at least one of each of the `classes`.
    pub fn new(
        train: Vec<(E, usize)>,
        validation: Vec<(E, usize)>,
        classes: usize,
        settings: &TrainSettings,
    ) -> Self {
        let width = train.first().map_or(0, |(e, _)| e.len());
        Self {
            settings: settings.clamped(),
            classes,
            train,
            validation,
            stage: Stage::Mean(Sums::new(width)),
            at: 0,
        }
    }

    /// A portion of the work; the training, once, when it is ready.
    pub fn advance(&mut self) -> Option<Trainer> {
        let width = self.train.first().map_or(1, |(e, _)| e.len());
        let portion = (PORTION / (NUMBER * width)).max(1);
        let until = (self.at + portion).min(self.train.len());
        match &mut self.stage {
            Stage::Mean(sums) => {
                self.train[self.at..until]
                    .iter()
                    .for_each(|(e, _)| sums.add(e));
                self.at = until;
                if until == self.train.len() {
                    (self.stage, self.at) = (Stage::Deviation(take(sums).mean()), 0);
                }
            }
            Stage::Deviation(deviations) => {
                let some = self.train[self.at..until].iter();
                some.for_each(|(e, _)| deviations.add(e));
                self.at = until;
                if until == self.train.len() {
                    let (mean, scale) = take(deviations).mean_and_scale();
                    let (train, validation) = (self.train.len(), self.validation.len());
                    let standardised = Standardised {
                        train: Samples::with_room(train, mean.len()),
                        validation: Samples::with_room(validation, mean.len()),
                        mean,
                        scale,
                    };
                    (self.stage, self.at) = (Stage::Copy(Box::new(standardised)), 0);
                }
            }
            Stage::Copy(standardised) => {
                let all = self.train.iter().chain(&self.validation);
                for (embedding, label) in all.skip(self.at).take(portion) {
                    let samples = match self.at < self.train.len() {
                        true => &mut standardised.train,
                        false => &mut standardised.validation,
                    };
                    let (mean, scale) = (&standardised.mean, standardised.scale);
                    kernels::linear::standardised(embedding, mean, scale, &mut samples.values);
                    samples.labels.push(*label);
                    self.at += 1;
                }
                if self.at == self.train.len() + self.validation.len() {
                    let standardised = take(&mut **standardised);
                    return Some(self.trainer(standardised));
                }
            }
        }
        None
    }

    fn trainer(&self, standardised: Standardised) -> Trainer {
        let Standardised {
            mean,
            scale,
            train,
            validation,
        } = standardised;
        let validation = Some(validation).filter(|samples| !samples.labels.is_empty());
        let (classes, settings) = (self.classes, &self.settings);
        let solver = match settings.optimiser_used() {
            Optimiser::Lda | Optimiser::Lbfgs => Solver::Linear(Box::new(Linear {
                lbfgs: Lbfgs::new(train.width, classes, settings.l2),
                train,
                validation,
                judging: None,
            })),
            Optimiser::Adam => {
                let adam = Adam::new(train, validation, classes, settings);
                Solver::Adam(Box::new(adam))
            }
        };
        Trainer {
            epochs: settings.epochs,
            epoch: 0,
            mean,
            scale,
            solver,
            best: Best::None,
        }
    }
}
