//! What a head says of itself: everything but its weights.

mod names;

pub use names::told_apart;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::class::{Class, Colour};
use super::metrics::{Confusion, Interval};
use super::sample::SampleId;
use super::settings::TrainSettings;
use super::transfer::TuneSettings;

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

/// Accuracy on samples kept apart from training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    pub accuracy: Interval,
    /// Rows: the true class; columns: the predicted one.
    pub confusion: Confusion,
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
    /// `None` where no sample was kept apart.
    pub validation: Option<Validation>,
    /// How the backbone was tuned with it; `None` where it stayed frozen.
    #[serde(default)]
    pub tuned: Option<TuneSettings>,
}

/// JSON has an entry for tuning where there was some; a message, which is no text, always has all.
impl Serialize for HeadInfo {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let text = to.is_human_readable();
        let mut fields = to.serialize_struct("HeadInfo", 7)?;
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
