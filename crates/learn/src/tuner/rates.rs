//! How long tuning takes, measured on a small piece of it.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::{Picture, TuneStep, Tuner};
use data::classifier::{Dense, Head};
use data::transfer::{Depth, TuneSettings};
use network::ComputeError;
use network::weights::Layers;

/// Side of the made-up pictures that are timed, pixels: a step on larger ones takes too long to
/// wait for.
const SIDE: usize = 96;
/// How many.
const PICTURES: usize = 4;

/// Seconds for one picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// Shown in one way, through the part that stays as it is.
    prepare: f64,
    /// Forward, backward, and its part of the update.
    learn: f64,
}

impl Rates {
    /// Times preparing and one batch of a small run with these settings. The work of a
    /// convolution is in proportion to the pixels, which carries it over to other sizes.
    pub async fn measure(
        layers: &Layers,
        size: usize,
        settings: &TuneSettings,
        clock: fn() -> f64,
        device: &Device,
    ) -> Result<Self, ComputeError> {
        let side = size.min(SIDE);
        let noise = |i: usize| (i.wrapping_mul(2_654_435_761) >> 7) as u8; // Knuth's multiplier
        let picture = |class: usize| Picture {
            rgb: (0..side * side * 3).map(|i| noise(i + class)).collect(),
            class: class % 2,
        };
        let pictures: Vec<Picture> = (0..PICTURES).map(picture).collect();
        let settings = TuneSettings {
            augment: false,
            batch_size: PICTURES,
            epochs: 2,
            ..settings.clone()
        };
        // With a head, or one would be centred on embeddings first, which takes its time too.
        let head = Some(Head {
            input: Default::default(),
            mean: vec![0.0; layers.width()],
            scale: 1.0,
            hidden: None,
            out: Dense {
                weight: vec![0.0; layers.width() * 2],
                bias: vec![0.0; 2],
            },
        });
        let mut tuner = Tuner::new(
            layers,
            side,
            pictures,
            Vec::new(),
            2,
            &settings,
            head,
            device,
        );
        let (mut prepare, mut learn) = (0.0, f64::INFINITY);
        while !tuner.done() {
            let start = clock();
            let step = tuner.step().await?;
            let seconds = (clock() - start).max(0.0) / 1000.0;
            match step {
                TuneStep::Prepared { .. } => prepare += seconds,
                // The faster of two: the first one also allocates.
                TuneStep::Batch { .. } => learn = learn.min(seconds),
                TuneStep::Measured { .. } | TuneStep::Epoch(_) => {}
            }
        }
        if !(prepare.is_finite() && learn.is_finite()) {
            return Err(ComputeError("it could not be timed".into()));
        }
        let pixels = (size * size) as f64 / (side * side) as f64;
        let a_picture = pixels / PICTURES as f64;
        Ok(Self {
            prepare: prepare * a_picture,
            learn: learn * a_picture,
        })
    }

    /// Each picture is shown in so many ways.
    fn preparing(self, pictures: usize, ways: usize, settings: &TuneSettings) -> f64 {
        match settings.depth {
            Depth::All => 0.0,
            _ => self.prepare * (pictures * ways) as f64,
        }
    }

    /// The seconds that a whole run takes. Measuring a picture is the forward third of learning from it.
    pub fn seconds(self, train: usize, decide: usize, ways: usize, settings: &TuneSettings) -> f64 {
        let epoch = self.learn * (train as f64 + decide as f64 / 3.0);
        self.preparing(train, ways, settings) + settings.epochs as f64 * epoch
    }

    /// As many as fit into the time.
    pub fn epochs_in(
        self,
        seconds: f64,
        train: usize,
        ways: usize,
        settings: &TuneSettings,
    ) -> usize {
        let left = seconds - self.preparing(train, ways, settings);
        let epochs = left / (self.learn * train as f64);
        // A cast of what is not finite saturates.
        (epochs as usize).clamp(1, 200)
    }
}
