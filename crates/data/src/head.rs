//! What a head says of itself: everything but its weights.

mod names;

pub use names::told_apart;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::class::{Class, Colour};
use super::evaluation::Bin;
use super::metrics::{Confusion, Interval};
use super::sample::SampleId;
use super::settings::TrainSettings;
use super::transfer::TuneSettings;
use super::unknown::Unknown;

/// A class as a head knows it: without the project's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadClass {
    pub name: String,
    pub colour: Colour,
    /// Samples of this class the head was trained with, those kept apart not counted.
    #[serde(rename = "photos")]
    pub samples: usize,
}

impl HeadClass {
    pub fn of(class: &Class, samples: usize) -> Self {
        Self {
            name: class.name.clone(),
            colour: class.colour,
            samples,
        }
    }
}

/// What an accuracy was measured on. The words are those of the page's `data-how`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Samples that were kept apart from training. Head files without this entry say this.
    #[default]
    HeldOut,
    /// All samples, each by a head that learned from none of its group.
    CrossValidated,
    /// Samples that somebody collected to test with; no head file says this.
    TestSet,
}

/// How good the head is on samples that those which judged them had not learned from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Validation {
    #[serde(default)]
    pub how: How,
    pub accuracy: Interval,
    /// Rows: the true class; columns: the predicted one.
    pub confusion: Confusion,
    /// What else was measured; `None` in files of before, and where probabilities were not kept.
    #[serde(default)]
    pub calibration: Option<Calibrated>,
}

/// JSON says no more of samples held out than it did when there was nothing else; a message, which is no text, always has all.
impl Serialize for Validation {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let text = to.is_human_readable();
        let mut fields = to.serialize_struct("Validation", 4)?;
        match self.how {
            How::HeldOut if text => fields.skip_field("how")?,
            how => fields.serialize_field("how", &how)?,
        }
        fields.serialize_field("accuracy", &self.accuracy)?;
        fields.serialize_field("confusion", &self.confusion)?;
        match &self.calibration {
            None if text => fields.skip_field("calibration")?,
            calibration => fields.serialize_field("calibration", calibration)?,
        }
        fields.end()
    }
}

/// Whether probabilities mean what they say.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Calibrated {
    /// Samples whose class is among the two likeliest, 0..=1; `None` with two classes, where all are.
    pub top2: Option<f64>,
    /// Expected calibration error before the temperature, 0..=1; `None` on samples that it was not found on.
    pub ece_before: Option<f64>,
    /// With the temperature, which the head's weights hold.
    pub ece: f64,
    /// Confidence against accuracy before the temperature, [`BINS`](super::evaluation::BINS) of equal width; empty in files of before.
    #[serde(default)]
    pub bins_before: Vec<Option<Bin>>,
    /// With the temperature.
    #[serde(default)]
    pub bins: Vec<Option<Bin>>,
}

/// JSON has bins where there are some; a message, which is no text, always has them.
impl Serialize for Calibrated {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let text = to.is_human_readable();
        let mut fields = to.serialize_struct("Calibrated", 5)?;
        fields.serialize_field("top2", &self.top2)?;
        fields.serialize_field("ece_before", &self.ece_before)?;
        fields.serialize_field("ece", &self.ece)?;
        for (name, bins) in [("bins_before", &self.bins_before), ("bins", &self.bins)] {
            match text && bins.is_empty() {
                true => fields.skip_field(name)?,
                false => fields.serialize_field(name, bins)?,
            }
        }
        fields.end()
    }
}

/// How much of what the network says a head sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    Embedding,
    /// The last three layers that are pooled, and the embedding.
    Late,
    /// All layers that are pooled, and the embedding.
    All,
}

/// How a head in closed form was chosen, among heads on other layers with other shrinkage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    pub reach: Reach,
    /// Of the covariance, 0..1.
    pub shrinkage: f64,
    /// Accuracy of the best head on the embedding alone and that of this one, each on samples left out, 0..=1, where there was
    /// a choice.
    pub embedding: f64,
    pub chosen: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct HeadInfo {
    /// In the order of the head's outputs.
    pub classes: Vec<HeadClass>,
    /// A row of [`super::backbone::BACKBONES`].
    pub backbone: String,
    /// SHA-256 of the backbone's weights file, hex.
    pub backbone_hash: String,
    pub input_size: usize,
    pub settings: TrainSettings,
    /// `None` where nothing could be measured.
    pub validation: Option<Box<Validation>>,
    /// How the backbone was tuned with it; `None` where it stayed frozen.
    #[serde(default)]
    pub tuned: Option<TuneSettings>,
    /// `None` for heads that were not made in closed form.
    #[serde(default)]
    pub choice: Option<Choice>,
    /// By what it tells what it does not know; `None` where it always answers. Without the prototypes where it travels.
    #[serde(default)]
    pub unknown: Option<Box<Unknown>>,
}

/// JSON has an entry for tuning, a choice and what is unknown where there is one; a message, which is no text, always has all.
impl Serialize for HeadInfo {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let text = to.is_human_readable();
        let mut fields = to.serialize_struct("HeadInfo", 9)?;
        fields.serialize_field("classes", &self.classes)?;
        fields.serialize_field("backbone", &self.backbone)?;
        fields.serialize_field("backbone_hash", &self.backbone_hash)?;
        fields.serialize_field("input_size", &self.input_size)?;
        fields.serialize_field("settings", &self.settings)?;
        fields.serialize_field("validation", &self.validation)?;
        match &self.tuned {
            None if text => fields.skip_field("tuned")?,
            tuned => fields.serialize_field("tuned", tuned)?,
        }
        match &self.choice {
            None if text => fields.skip_field("choice")?,
            choice => fields.serialize_field("choice", choice)?,
        }
        match &self.unknown {
            None if text => fields.skip_field("unknown")?,
            unknown => fields.serialize_field("unknown", unknown)?,
        }
        fields.end()
    }
}

/// What the head said of a sample kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    #[serde(rename = "photo")]
    pub sample: SampleId,
    /// Indices into the head's classes.
    pub actual: usize,
    pub predicted: usize,
    /// The probability of the predicted class, 0..=1.
    pub confidence: f32,
}
