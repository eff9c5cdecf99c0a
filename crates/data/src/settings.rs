//! How a head is trained.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::ranges::{SEED, training};

/// What looks for the best head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimiser {
    /// Discriminants in closed form, on the layers that tell the samples apart best (`learn::lda`).
    Lda,
    /// Follows the curvature straight to the one best linear head; all samples at once.
    Lbfgs,
    /// Gradient steps of adapted sizes (Kingma and Ba 2015). What head files without this entry
    /// were trained with.
    #[default]
    Adam,
}

/// What a head's accuracy is measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// All samples, each by a head that learned from none of its group; the head in use learns from all.
    CrossValidation,
    /// A fraction that no head learns from. What head files without this entry were measured on.
    #[default]
    HeldOut,
}

/// The ranges of its numbers stand in [`training`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TrainSettings {
    #[serde(default)]
    pub optimiser: Optimiser,
    /// Passes over the training samples; L-BFGS ends sooner where no step is left.
    pub epochs: usize,
    /// Adam's step size; L-BFGS finds its own.
    pub learning_rate: f64,
    /// Samples a step; 0 means all at once.
    pub batch_size: usize,
    /// L2 strength λ of `mean cross-entropy + λ/(2n) |W|²`; scikit-learn's `1/C`.
    pub l2: f64,
    /// Width of one hidden ReLU layer; 0 means none (a linear head).
    pub hidden: usize,
    #[serde(default)]
    pub measure: Measure,
    /// Fraction of the samples that is kept apart to measure accuracy, where [`Self::measure`] says so, and always where the
    /// network is tuned.
    #[serde(rename = "validation_share")]
    pub validation_fraction: f64,
    /// Decides the split and the order of samples.
    pub seed: u64,
}

/// JSON has no entry for Adam and for a fraction held out, as before there was a choice; a message, which is no text, always has all.
impl Serialize for TrainSettings {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let text = to.is_human_readable();
        let mut fields = to.serialize_struct("TrainSettings", 9)?;
        match self.optimiser {
            Optimiser::Adam if text => fields.skip_field("optimiser")?,
            other => fields.serialize_field("optimiser", &other)?,
        }
        fields.serialize_field("epochs", &self.epochs)?;
        fields.serialize_field("learning_rate", &self.learning_rate)?;
        fields.serialize_field("batch_size", &self.batch_size)?;
        fields.serialize_field("l2", &self.l2)?;
        fields.serialize_field("hidden", &self.hidden)?;
        match self.measure {
            Measure::HeldOut if text => fields.skip_field("measure")?,
            other => fields.serialize_field("measure", &other)?,
        }
        fields.serialize_field("validation_share", &self.validation_fraction)?;
        fields.serialize_field("seed", &self.seed)?;
        fields.end()
    }
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            optimiser: Optimiser::Lda,
            epochs: training::EPOCHS.default,
            learning_rate: training::LEARNING_RATE.default,
            batch_size: training::BATCH_SIZE.default,
            l2: training::L2.default,
            hidden: training::HIDDEN.default,
            measure: Measure::CrossValidation,
            validation_fraction: training::VALIDATION.default,
            seed: SEED,
        }
    }
}

impl TrainSettings {
    /// A closed form is that of a linear head, and L-BFGS needs the one minimum of such a head and the whole gradient; else it is
    /// Adam.
    pub fn optimiser_used(&self) -> Optimiser {
        match self.hidden == 0 && self.batch_size == 0 {
            true => self.optimiser,
            false => Optimiser::Adam,
        }
    }

    /// Adam's training takes too long to be done once for each fold.
    pub fn measure_used(&self) -> Measure {
        match self.optimiser_used() {
            Optimiser::Adam => Measure::HeldOut,
            Optimiser::Lda | Optimiser::Lbfgs => self.measure,
        }
    }

    /// Every value put into its range; NaN becomes the default.
    pub fn clamped(&self) -> Self {
        Self {
            optimiser: self.optimiser,
            epochs: training::EPOCHS.clamp(self.epochs),
            learning_rate: training::LEARNING_RATE.clamp(self.learning_rate),
            batch_size: training::BATCH_SIZE.clamp(self.batch_size),
            l2: training::L2.clamp(self.l2),
            hidden: training::HIDDEN.clamp(self.hidden),
            measure: self.measure,
            validation_fraction: training::VALIDATION.clamp(self.validation_fraction),
            seed: self.seed,
        }
    }
}

/// Loss and accuracy after an epoch. `None` where there is no validation sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// Counted from 1.
    pub epoch: usize,
    pub epochs: usize,
    /// Mean cross-entropy, nats, without the L2 term.
    pub loss: f32,
    pub accuracy: f32,
    pub validation_loss: Option<f32>,
    pub validation_accuracy: Option<f32>,
}

impl EpochReport {
    /// False where training ran off: then there is nothing to report.
    pub fn is_finite(&self) -> bool {
        let validation = self.validation_loss.iter().chain(&self.validation_accuracy);
        let mut all = [&self.loss, &self.accuracy].into_iter().chain(validation);
        all.all(|number| number.is_finite())
    }
}
