//! The Lab: the ways to transfer, side by side on the same samples.

use serde::{Deserialize, Serialize};

use super::class::ClassId;
use super::metrics::Interval;
use super::ranges::{SEED, lab};
use super::transfer::{Depth, Method};

/// When a method's run ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Budget {
    /// Passes over the training samples, where layers of the network learn. A head on
    /// frozen embeddings makes its usual passes, which cost next to nothing.
    Epochs(usize),
    /// Seconds of computing, for each method.
    Seconds(f64),
}

/// What is compared, and how long. The ranges of its numbers stand in [`lab`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabSettings {
    /// At least two.
    pub classes: Vec<ClassId>,
    /// Samples to learn from, of each class; all others are held out and measure every method.
    #[serde(rename = "photos")]
    pub samples: usize,
    /// Side of the network's input, pixels, one of [`lab::RESOLUTIONS`].
    pub resolution: usize,
    pub budget: Budget,
    /// Rows of the table, in this order.
    pub methods: Vec<Method>,
    /// How much fine-tuning unfreezes.
    pub depth: Depth,
    pub seed: u64,
}

impl Default for LabSettings {
    fn default() -> Self {
        Self {
            classes: Vec::new(),
            samples: lab::SAMPLES.default,
            resolution: lab::RESOLUTION,
            budget: Budget::Epochs(lab::EPOCHS.default),
            methods: Method::ALL.to_vec(),
            depth: Depth::LastStage,
            seed: SEED,
        }
    }
}

impl LabSettings {
    /// Every value put into its range, every class and method named once.
    pub fn clamped(&self) -> Self {
        let mut settings = self.clone();
        settings.samples = lab::SAMPLES.clamp(self.samples);
        let nearest = lab::RESOLUTIONS
            .into_iter()
            .min_by_key(|r| r.abs_diff(self.resolution));
        settings.resolution = nearest.unwrap_or(lab::RESOLUTION);
        settings.budget = match self.budget {
            Budget::Epochs(epochs) => Budget::Epochs(lab::EPOCHS.clamp(epochs)),
            Budget::Seconds(s) if s.is_finite() => Budget::Seconds(lab::SECONDS.clamp(s)),
            Budget::Seconds(_) => Self::default().budget,
        };
        settings.classes = once(&self.classes);
        settings.methods = once(&self.methods);
        settings
    }
}

/// The first of each.
pub fn once<T: Copy + PartialEq>(all: &[T]) -> Vec<T> {
    let mut kept = Vec::new();
    for item in all {
        if !kept.contains(item) {
            kept.push(*item);
        }
    }
    kept
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArmState {
    Waiting,
    Running,
    Done,
    /// By a person, before its budget was spent; what it had reached counts.
    Stopped,
}

impl ArmState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Stopped => "stopped",
        }
    }
}

/// One method's row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmReport {
    pub method: Method,
    pub state: ArmState,
    /// Now, on the held-out samples. No choice is made on them, so they may judge.
    pub accuracy: Option<Interval>,
    /// Seconds of computing so far: training and what it needs (embeddings, activations at the cut), but
    /// not measuring.
    pub seconds: f64,
    /// How many numbers learn.
    pub trained_parameters: usize,
    /// Spent so far on training; a backward pass counts as two forward ones.
    pub multiply_adds: f64,
    pub curve: Vec<CurvePoint>,
}

impl ArmReport {
    pub fn waiting(method: Method) -> Self {
        Self {
            method,
            state: ArmState::Waiting,
            accuracy: None,
            seconds: 0.0,
            trained_parameters: 0,
            multiply_adds: 0.0,
            curve: Vec::new(),
        }
    }
}

/// Accuracy on the held-out samples after some computing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    pub seconds: f64,
    pub epoch: usize,
    /// 0..=1
    pub accuracy: f64,
}

/// A comparison, running or done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabReport {
    /// Never used twice in a project.
    pub id: u32,
    pub settings: LabSettings,
    /// Names of the classes as they were then, in the order of the settings.
    pub class_names: Vec<String>,
    /// Samples learned from and samples held out, all classes together.
    pub train: usize,
    pub held_out: usize,
    pub arms: Vec<ArmReport>,
}

/// What an arm of the learning curve learns from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Features {
    /// Embeddings of the pre-trained backbone.
    Pretrained,
    /// Embeddings of the same network with random weights.
    Random,
    /// The sample itself, 16 × 16 pixels.
    Pixels,
}

/// Accuracy at one number of samples a class, over repeated draws.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurveSize {
    /// A class, to learn from.
    pub samples: usize,
    /// 0..=1
    pub mean: f64,
    /// The lowest and highest of the draws.
    pub low: f64,
    pub high: f64,
    pub draws: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureCurve {
    pub features: Features,
    pub sizes: Vec<CurveSize>,
}

/// "Do I have enough samples?"
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearningCurve {
    pub class_names: Vec<String>,
    /// Samples each draw was measured on, all classes together.
    pub held_out: usize,
    pub curves: Vec<FeatureCurve>,
    /// What twice as many samples would likely bring, where there are points enough to say.
    pub outlook: Option<Outlook>,
}

/// From a power law `error = a · samples^-b` through the means, by least squares of the logarithms
/// (Hestness et al. 2017 found that shape for many tasks).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    pub samples_now: usize,
    /// 0..=1
    pub accuracy_now: f64,
    pub samples_then: usize,
    pub accuracy_then: f64,
}

/// What a layer of the network answers with to one sample: some of its channels as pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureMaps {
    /// Name as in the weights file, say `blocks.4`.
    pub layer: String,
    /// Side of one map, in its own pixels.
    pub side: usize,
    /// Channels of the layer; the pictures show the strongest few.
    pub channels: usize,
    pub shown: usize,
}
