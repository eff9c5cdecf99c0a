//! Learning from batches, and the measuring that ends an epoch.

use std::sync::Arc;

use super::loss::Loss;
use super::{Phase, TOGETHER, TuneStep, Tuner, augment, schedule};
use data::settings::EpochReport;
use network::ComputeError;

/// Mean loss of an epoch that tells of a ruined network. ReLU6 keeps its numbers finite, so waiting
/// for infinity would not do; guessing costs the logarithm of the classes, 7 nats for a thousand.
const RUINED: f32 = 50.0;

impl Tuner {
    fn batches(&self) -> usize {
        self.train.len().div_ceil(self.settings.batch_size)
    }

    pub(super) async fn learn(&mut self) -> Result<TuneStep, ComputeError> {
        if self.batch == 0 {
            self.order = self.random.shuffled(self.train.len());
            self.trained = Loss::default();
        }
        let size = self.settings.batch_size;
        let rows = self.order.chunks(size).nth(self.batch);
        let rows = rows.expect("an epoch ends with its last batch").to_vec();
        let labels: Vec<usize> = rows.iter().map(|i| self.train[*i].class).collect();
        let inputs = self.draw(&rows).await?;
        let inputs: Vec<&[f32]> = inputs.iter().map(|plane| &**plane).collect();
        let loss = self.learner.descend(&inputs, &labels).await?;
        if !loss.sum.is_finite() {
            return Err(ComputeError("the loss is not a number".into()));
        }
        let total = self.batches() * self.settings.epochs;
        let done = self.epoch * self.batches() + self.batch;
        let rate = self.settings.learning_rate * schedule::factor(done, total);
        self.learner.step(rate, self.settings.rate_decay);
        self.trained.add(&loss);
        let classifier = (self.width * self.classes) as f64;
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
    async fn draw(&mut self, rows: &[usize]) -> Result<Vec<Arc<[f32]>>, ComputeError> {
        if !self.cut.is_start() {
            let mut planes = Vec::new();
            for row in rows {
                let ways = &self.shown[*row];
                planes.push(ways[self.random.below(ways.len())].values());
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
        let entered = self.frozen.run(&squares).await?;
        Ok(entered.into_iter().map(Arc::from).collect())
    }

    pub(super) async fn measure(&mut self) -> Result<TuneStep, ComputeError> {
        let done = self.measured.pictures;
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
                false => self.logits(&self.held[done..until]).await?,
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
        if self.trained.mean() > RUINED {
            let what = format!(
                "the loss grew to {:.0}, choose a smaller learning rate",
                self.trained.mean()
            );
            return Err(ComputeError(what));
        }
        let validation = (!self.validation.is_empty()).then_some(self.measured);
        let report = EpochReport {
            epoch: self.epoch,
            epochs: self.settings.epochs,
            loss: self.trained.mean(),
            accuracy: self.trained.accuracy(),
            validation_loss: validation.map(|loss| loss.mean()),
            validation_accuracy: validation.map(|loss| loss.accuracy()),
        };
        if !report.is_finite() {
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
        Ok(report)
    }
}
