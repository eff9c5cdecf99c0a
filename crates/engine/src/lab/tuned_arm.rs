//! A method whose network learns.

use super::bench::{Bench, due};
use data::lab::{ArmReport, Budget};
use data::transfer::{Depth, TuneSettings};
use learn::trainer::largest;
use learn::tuner::TuneStep;
use learn::tuner::service::{Held, TunerHandle};
use network::ComputeError;

/// Samples a step.
const BATCH: usize = 8;

pub struct TunedArm {
    tuner: TunerHandle,
    settings: TuneSettings,
    /// Held-out samples at the cut, some at a time: what lies before it never changes. Empty where
    /// every layer learns.
    entered: Vec<Held>,
    measuring: Option<Measuring>,
    epoch: usize,
    /// Batches learned from, of all.
    learned: (usize, usize),
    started: f64,
}

struct Measuring {
    at: usize,
    hits: usize,
    is_last: bool,
}

impl TunedArm {
    /// `started` are the multiply-adds that were spent before.
    pub fn new(tuner: TunerHandle, settings: TuneSettings, started: f64) -> Self {
        Self {
            tuner,
            settings,
            entered: Vec::new(),
            measuring: None,
            epoch: 0,
            learned: (0, 1),
            started,
        }
    }

    /// How much is done, 0..=1.
    pub fn share(&self, bench: &Bench, row: &ArmReport) -> f64 {
        match bench.settings.budget {
            Budget::Epochs(_) => self.learned.0 as f64 / self.learned.1 as f64,
            Budget::Seconds(most) => (row.seconds / most).min(1.0),
        }
    }

    /// True when it is done.
    pub async fn step(&mut self, bench: &Bench, row: &mut ArmReport) -> Result<bool, ComputeError> {
        if let Some(measuring) = self.measuring.take() {
            return self.measure(measuring, bench, row).await;
        }
        let start = (bench.clock)();
        let step = self.tuner.step().await?;
        bench.add_time(row, start);
        row.multiply_adds = self.started + self.tuner.multiply_adds();
        row.trained_parameters = self.tuner.trained_parameters();
        let mut is_due = false;
        match step {
            TuneStep::Batch { done, total } => self.learned = (done, total),
            TuneStep::Epoch(report) => {
                let before = std::mem::replace(&mut self.epoch, report.epoch);
                is_due = due(before, report.epoch, report.epochs);
            }
            TuneStep::Prepared { .. } | TuneStep::Measured { .. } => {}
        }
        let is_last = self.tuner.done() || bench.spent(row.seconds);
        if is_due || is_last {
            let (at, hits) = (0, 0);
            self.measuring = Some(Measuring { at, hits, is_last });
        }
        Ok(false)
    }

    /// Some of the held-out samples; not counted.
    async fn measure(
        &mut self,
        mut measuring: Measuring,
        bench: &Bench,
        row: &mut ArmReport,
    ) -> Result<bool, ComputeError> {
        let batch = bench.held_out[measuring.at..].iter().take(BATCH);
        let batch: Vec<_> = batch.cloned().collect();
        let shares = match self.settings.depth {
            Depth::All => self.tuner.predict(&batch).await?,
            _ => {
                let number = measuring.at / BATCH;
                if number == self.entered.len() {
                    self.entered.push(self.tuner.enter(&batch).await?);
                }
                self.tuner.predict_entered(&self.entered[number]).await?
            }
        };
        let pairs = shares.iter().zip(&batch);
        measuring.hits += pairs
            .filter(|(s, sample)| largest(s) == sample.class)
            .count();
        measuring.at += batch.len();
        if measuring.at < bench.held_out.len() {
            self.measuring = Some(measuring);
            return Ok(false);
        }
        bench.note(row, self.epoch, measuring.hits);
        Ok(measuring.is_last)
    }
}
