//! What a head says of a sample.

use serde::{Deserialize, Serialize};

use super::class::Colour;

/// How likely one class is, by the softmax.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    pub class: String,
    pub colour: Colour,
    /// 0..1; all of a sample's predictions sum to 1.
    pub confidence: f32,
}

/// The most confident one.
pub fn top(predictions: &[Prediction]) -> Option<&Prediction> {
    predictions
        .iter()
        .max_by(|a, b| a.confidence.total_cmp(&b.confidence))
}
