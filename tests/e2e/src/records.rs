//! What the page says of itself, read from its test hooks.

use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
pub struct App {
    pub state: String,
    pub device: String,
    pub backbone: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ClassCard {
    pub name: String,
    /// Samples that are embedded.
    pub count: usize,
    /// Photos still to embed.
    pub pending: usize,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Accuracy {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub n: usize,
}

#[derive(Debug, Clone, Deserialize)]
pub struct TryResult {
    pub file: String,
    pub top: String,
    pub predictions: Vec<Prediction>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Prediction {
    pub class: String,
    pub confidence: f64,
}

#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
pub struct HeadInfo {
    pub classes: String,
    pub backbone: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Notice {
    pub kind: String,
    pub text: String,
}

/// One method's row in the Lab.
#[derive(Debug, Clone, Deserialize, PartialEq)]
pub struct Arm {
    pub arm: String,
    pub state: String,
    pub accuracy: Option<f64>,
    pub seconds: f64,
    pub trained_parameters: u64,
}
