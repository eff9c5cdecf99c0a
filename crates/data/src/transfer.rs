//! The ways to transfer what a network knows, and how a network is tuned.

use serde::{Deserialize, Serialize};

use super::ranges::{SEED, tuning};
use super::settings::TrainSettings;

/// How a classifier for new classes comes about. The first three transfer; the last two are
/// what they must beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The pre-trained backbone is frozen, a new head learns on its embeddings.
    FeatureExtraction,
    /// Pre-trained layers near the output go on learning, with smaller rates towards the input.
    FineTuning,
    /// Every layer learns at the full rate; the pre-trained weights are only where it starts.
    WeightInitialisation,
    /// Every layer of the same architecture learns, from random weights.
    FromScratch,
    /// A backbone of random weights is frozen, a new head learns on its embeddings.
    RandomFeatures,
}

impl Method {
    pub const ALL: [Self; 5] = [
        Self::FeatureExtraction,
        Self::FineTuning,
        Self::WeightInitialisation,
        Self::FromScratch,
        Self::RandomFeatures,
    ];

    /// As in files and on the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::FeatureExtraction => "feature-extraction",
            Self::FineTuning => "fine-tuning",
            Self::WeightInitialisation => "weight-initialisation",
            Self::FromScratch => "from-scratch",
            Self::RandomFeatures => "random-features",
        }
    }
}

/// How much of the backbone learns, counted from the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Depth {
    /// The head alone.
    Head,
    /// The head, and the backbone's last inverted residual block with the 1×1 convolution behind it.
    LastBlock,
    /// All blocks of the coarsest resolution (a thirty-second of the sample's side).
    LastStage,
    /// All blocks of the two coarsest resolutions.
    LastTwoStages,
    /// Every layer.
    All,
}

impl Depth {
    pub const ALL: [Self; 5] = [
        Self::Head,
        Self::LastBlock,
        Self::LastStage,
        Self::LastTwoStages,
        Self::All,
    ];

    /// In the page's choices and in saved tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::LastBlock => "last-block",
            Self::LastStage => "last-stage",
            Self::LastTwoStages => "last-two-stages",
            Self::All => "all",
        }
    }
}

/// How a network is tuned. The ranges of its numbers stand in [`tuning`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TuneSettings {
    pub depth: Depth,
    /// Passes over the training samples.
    pub epochs: usize,
    /// Adam's step size for the layers nearest the output. It warms up over the
    /// first tenth of the steps and then falls to 0 as a cosine.
    pub learning_rate: f64,
    /// What the rate is multiplied with from one block to the one before it
    /// (discriminative fine-tuning, Howard and Ruder 2018).
    pub rate_decay: f64,
    /// Samples a step.
    pub batch_size: usize,
    /// Samples are flipped, cropped and made brighter or darker at random.
    pub augment: bool,
    /// Ends after so many epochs without a better validation loss; 0 never does.
    pub patience: usize,
    pub seed: u64,
}

/// Fine-tuning. What is good on hand signs and does no harm on recyclables (docs/experiments.md):
/// a rate of 1e-3 is better still where the samples are far from ImageNet's, and worse than a frozen
/// backbone where they are near.
impl Default for TuneSettings {
    fn default() -> Self {
        Self {
            depth: Depth::LastStage,
            epochs: tuning::EPOCHS.default,
            learning_rate: tuning::LEARNING_RATE.default,
            rate_decay: tuning::RATE_DECAY.default,
            batch_size: tuning::BATCH_SIZE.default,
            augment: true,
            patience: tuning::PATIENCE.default,
            seed: SEED,
        }
    }
}

/// What somebody chose for the next training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// [`Method::FeatureExtraction`] or [`Method::FineTuning`].
    pub method: Method,
    pub settings: TrainSettings,
    pub tune: TuneSettings,
}

impl Chosen {
    /// Every value put into its range.
    pub fn clamped(&self) -> Self {
        Self {
            method: self.method,
            settings: self.settings.clamped(),
            tune: self.tune.clamped(),
        }
    }
}

impl TuneSettings {
    /// Every layer learns at the full rate, which is larger than fine-tuning's.
    pub fn whole() -> Self {
        Self {
            depth: Depth::All,
            learning_rate: 1e-3,
            rate_decay: 1.0,
            ..Self::default()
        }
    }

    /// Every value put into its range; NaN becomes the default.
    pub fn clamped(&self) -> Self {
        Self {
            depth: self.depth,
            epochs: tuning::EPOCHS.clamp(self.epochs),
            learning_rate: tuning::LEARNING_RATE.clamp(self.learning_rate),
            rate_decay: tuning::RATE_DECAY.clamp(self.rate_decay),
            batch_size: tuning::BATCH_SIZE.clamp(self.batch_size),
            augment: self.augment,
            patience: tuning::PATIENCE.clamp(self.patience),
            seed: self.seed,
        }
    }
}
