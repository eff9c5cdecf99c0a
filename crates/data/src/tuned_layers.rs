//! Layers of a backbone that tuning changed, as plain numbers: what a file carries.

use serde::{Deserialize, Serialize};

/// One tensor of the backbone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TunedLayer {
    /// As in the weights file, say `blocks.15.expand.weight`.
    pub name: String,
    pub shape: Vec<usize>,
    /// As many as the shape says; each one that f16 can hold, so that a file which keeps them as
    /// f16 loses nothing.
    pub values: Vec<f32>,
}

/// What a tuned backbone has in place of the layers it began with; all others are as they were.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TunedLayers {
    pub layers: Vec<TunedLayer>,
}

impl TunedLayers {
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// How many numbers.
    pub fn parameters(&self) -> usize {
        self.layers.iter().map(|layer| layer.values.len()).sum()
    }
}
