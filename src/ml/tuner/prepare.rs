//! Before the first batch: photos through the frozen part, and a centre for a head without one.

use super::{Phase, Shown, TOGETHER, TuneStep, Tuner, augment};
use crate::data::classifier::{Dense, Head};
use crate::ml::ComputeError;
use crate::ml::centring::centring;
use crate::ml::weights::WIDTH;

impl Tuner {
    /// What the photos to learn from became on their way through the frozen part; complete once the
    /// first batch was learnt from, and empty where every layer learns.
    pub fn shown(&self) -> Shown {
        Shown(self.shown[..self.train.len()].to_vec())
    }

    /// Takes what another run with the same cut and size made of the same photos, so that they need
    /// not be sent through the frozen part again. Only where that is all there is to prepare: with
    /// a head to begin from and without validation.
    pub fn prepared(mut self, shown: Shown) -> Self {
        let fits = shown.0.len() == self.train.len() && shown.0.iter().all(|ways| !ways.is_empty());
        let all = self.validation.is_empty() && !self.needs_centre && !self.cut.is_start();
        if fits && all {
            let ways: usize = shown.0.iter().map(Vec::len).sum();
            self.spent += ways as f64 * self.work.0;
            self.shown = shown.0;
            self.phase = Phase::Train;
        }
        self
    }

    pub(super) async fn prepare(&mut self) -> Result<TuneStep, ComputeError> {
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
                self.shown[*picture].push(plane.into());
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
}
