//! A method whose network stays as it is: embeddings, then a head on them.

use std::rc::Rc;

use super::bench::{Bench, due};
use crate::run::STEP;
use data::classifier::Head;
use data::lab::ArmReport;
use data::settings::TrainSettings;
use learn::trainer::{PORTION, Preparation, Trainer};
use network::ComputeError;
use network::frozen::Frozen;
use network::weights::Layers;

/// Samples a step.
const BATCH: usize = 4;

pub struct FrozenArm {
    net: Frozen,
    train: Vec<Rc<[f32]>>,
    held_out: Vec<Rc<[f32]>>,
    settings: TrainSettings,
    stage: Stage,
    epoch: usize,
}

enum Stage {
    /// Samples are embedded.
    Embed,
    Prepare(Box<Preparation<Rc<[f32]>>>),
    Train(Box<Trainer>),
    /// A head is measured on the held-out samples, and training goes on, or is over.
    Measure(Measuring, Option<Box<Trainer>>),
}

struct Measuring {
    head: Head,
    at: usize,
    hits: usize,
}

impl FrozenArm {
    pub fn new(bench: &Bench, layers: &Layers, row: &mut ArmReport) -> Self {
        let net = bench.timed(row, || Frozen::new(layers, bench.settings.resolution));
        let settings = TrainSettings {
            seed: bench.settings.seed,
            ..Default::default()
        };
        row.trained_parameters = (layers.width() + 1) * bench.classes();
        Self {
            net,
            train: Vec::new(),
            held_out: Vec::new(),
            settings,
            stage: Stage::Embed,
            epoch: 0,
        }
    }

    /// How much is done, 0..=1.
    pub fn share(&self, bench: &Bench) -> f64 {
        let samples = bench.train.len() + bench.held_out.len();
        let embedded = self.train.len() + self.held_out.len();
        let embedding = embedded as f64 / samples as f64;
        let training = self.epoch as f64 / self.settings.epochs as f64;
        0.8 * embedding + 0.2 * training
    }

    /// The head, when it is done.
    pub async fn step(
        &mut self,
        bench: &Bench,
        row: &mut ArmReport,
    ) -> Result<Option<Head>, ComputeError> {
        let at = self.train.len();
        if at < bench.train.len() {
            let next = bench.train[at..].iter().take(BATCH);
            let start = (bench.clock)();
            for sample in next {
                self.train.push(self.net.embed(&sample.rgb)?.into());
                row.multiply_adds += self.net.multiply_adds();
            }
            bench.add_time(row, start);
            return Ok(None);
        }
        let at = self.held_out.len();
        if at < bench.held_out.len() {
            for sample in bench.held_out[at..].iter().take(BATCH) {
                self.held_out.push(self.net.embed(&sample.rgb)?.into());
            }
            return Ok(None);
        }
        match std::mem::replace(&mut self.stage, Stage::Embed) {
            Stage::Embed => {
                let samples = bench.train.iter().zip(&self.train);
                let train = samples.map(|(p, e)| (e.clone(), p.class)).collect();
                let preparation =
                    Preparation::new(train, Vec::new(), bench.classes(), &self.settings);
                self.stage = Stage::Prepare(Box::new(preparation));
            }
            Stage::Prepare(mut preparation) => {
                let ready = bench.timed(row, || preparation.advance());
                self.stage = match ready {
                    None => Stage::Prepare(preparation),
                    Some(trainer) => Stage::Train(Box::new(trainer)),
                };
            }
            Stage::Train(trainer) => self.train_on(trainer, bench, row).await?,
            Stage::Measure(mut measuring, trainer) => {
                let Measuring { head, at, hits } = &mut measuring;
                let all = bench.held_out.len();
                // Each weight is read, and each sum read and written.
                let portion = (PORTION / (2 * head.mean.len() * head.classes())).max(1);
                let until = (*at + portion).min(all);
                *hits += bench.hits(head, &self.held_out, *at..until);
                *at = until;
                if until < all {
                    self.stage = Stage::Measure(measuring, trainer);
                    return Ok(None);
                }
                bench.note(row, self.epoch, measuring.hits);
                match trainer {
                    Some(trainer) => self.stage = Stage::Train(trainer),
                    None => return Ok(Some(measuring.head)),
                }
            }
        }
        Ok(None)
    }

    /// Portions of a pass, or of several.
    async fn train_on(
        &mut self,
        mut trainer: Box<Trainer>,
        bench: &Bench,
        row: &mut ArmReport,
    ) -> Result<(), ComputeError> {
        let measured = |head| Measuring {
            head,
            at: 0,
            hits: 0,
        };
        let begun = (bench.clock)();
        loop {
            let start = (bench.clock)();
            let report = trainer.advance().await?;
            bench.add_time(row, start);
            if let Some(report) = report {
                let before = std::mem::replace(&mut self.epoch, report.epoch);
                // A linear layer: forward, and backward for its weights.
                let a_pass = 3.0 * bench.train.len() as f64 * row.trained_parameters as f64;
                row.multiply_adds += (report.epoch - before) as f64 * a_pass;
                if trainer.done() || bench.spent(row.seconds) {
                    let head = trainer.into_best();
                    let head = head.ok_or_else(|| ComputeError("no head came out".into()))?;
                    self.stage = Stage::Measure(measured(head), None);
                    return Ok(());
                }
                if due(before, report.epoch, report.epochs) {
                    let head = trainer.head().await?;
                    self.stage = Stage::Measure(measured(head), Some(trainer));
                    return Ok(());
                }
            }
            if (bench.clock)() - begun >= STEP {
                self.stage = Stage::Train(trainer);
                return Ok(());
            }
        }
    }
}
