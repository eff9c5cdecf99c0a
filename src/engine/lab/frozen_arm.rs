//! A method whose network stays as it is: embeddings, then a head on them.

use super::bench::{Bench, due};
use crate::data::classifier::Head;
use crate::data::lab::ArmReport;
use crate::data::settings::TrainSettings;
use crate::ml::ComputeError;
use crate::ml::frozen::Frozen;
use crate::ml::trainer::{Labelled, Trainer};
use crate::ml::weights::Layers;

/// Photos a step.
const BATCH: usize = 4;

pub struct FrozenArm {
    net: Frozen,
    train: Vec<Vec<f32>>,
    held_out: Vec<Vec<f32>>,
    settings: TrainSettings,
    trainer: Option<Trainer>,
    epoch: usize,
}

impl FrozenArm {
    pub fn new(bench: &Bench, layers: &Layers, row: &mut ArmReport) -> Self {
        let net = bench.timed(row, || Frozen::new(layers, bench.settings.resolution));
        let settings = TrainSettings {
            seed: bench.settings.seed,
            ..Default::default()
        };
        let width = crate::ml::weights::WIDTH;
        row.trained_parameters = (width + 1) * bench.classes();
        Self {
            net,
            train: Vec::new(),
            held_out: Vec::new(),
            settings,
            trainer: None,
            epoch: 0,
        }
    }

    /// How much is done, 0..=1.
    pub fn share(&self, bench: &Bench) -> f64 {
        let photos = bench.train.len() + bench.held_out.len();
        let embedded = self.train.len() + self.held_out.len();
        let embedding = embedded as f64 / photos as f64;
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
            for photo in next {
                self.train.push(self.net.embed(&photo.rgb)?);
                row.multiply_adds += self.net.multiply_adds();
            }
            bench.add_time(row, start);
            return Ok(None);
        }
        let at = self.held_out.len();
        if at < bench.held_out.len() {
            for photo in bench.held_out[at..].iter().take(BATCH) {
                self.held_out.push(self.net.embed(&photo.rgb)?);
            }
            return Ok(None);
        }
        self.train_on(bench, row).await
    }

    async fn train_on(
        &mut self,
        bench: &Bench,
        row: &mut ArmReport,
    ) -> Result<Option<Head>, ComputeError> {
        let Some(trainer) = &mut self.trainer else {
            let photos = bench.train.iter().zip(&self.train);
            let train: Vec<Labelled> = photos.map(|(p, e)| (e.as_slice(), p.class)).collect();
            let trainer = || Trainer::new(&train, &[], bench.classes(), &self.settings);
            self.trainer = Some(bench.timed(row, trainer));
            return Ok(None);
        };
        let start = (bench.clock)();
        let report = trainer.step().await?;
        bench.add_time(row, start);
        let before = std::mem::replace(&mut self.epoch, report.epoch);
        // A linear layer: forward, and backward for its weights.
        let a_pass = 3 * bench.train.len() * row.trained_parameters;
        row.multiply_adds += ((report.epoch - before) * a_pass) as f64;
        if trainer.done() || bench.spent(row.seconds) {
            let head = self.trainer.take().and_then(Trainer::into_best);
            if let Some(head) = &head {
                bench.note(row, self.epoch, bench.hits(head, &self.held_out));
            }
            return head
                .map(Some)
                .ok_or_else(|| ComputeError("no head came out".into()));
        }
        if due(before, report.epoch, report.epochs) {
            let head = trainer.head().await?;
            bench.note(row, report.epoch, bench.hits(&head, &self.held_out));
        }
        Ok(None)
    }
}
