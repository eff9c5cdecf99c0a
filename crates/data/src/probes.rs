//! Which layer tells samples apart: a linear classifier on each depth of the frozen network, a *linear probe* (Alain and Bengio 2016,
//! "Understanding intermediate layers using linear classifier probes").

use serde::{Deserialize, Serialize};

use super::metrics::Interval;

/// A difference is told as one where it would be chance in fewer than one of twenty times, over all layers that are compared.
pub const SIGNIFICANCE: f64 = 0.05;

/// Accuracy with what one depth of the network says, and nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerProbe {
    /// The block that it is in, as in the weights file.
    pub layer: String,
    /// That block's number, counted from 1 at the input.
    pub block: usize,
    /// Numbers that the layer says of a sample.
    pub width: usize,
    /// Of samples left out with their groups; all layers on the same ones.
    pub accuracy: Interval,
}

/// "Which layer tells your samples apart?"
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerProbes {
    pub class_names: Vec<String>,
    /// Blocks of the network.
    pub blocks: usize,
    /// From the input to the embedding, which is the last one.
    pub layers: Vec<LayerProbe>,
    /// Index of the most accurate one, among equals the last.
    pub best: usize,
    pub finding: Finding,
}

/// What the layers' accuracies say. Only what is no chance (McNemar's exact test, Bonferroni's correction for the layers compared).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finding {
    /// A layer before the last pooled one tells more than the embedding.
    Middle,
    /// The last pooled layer, right before the embedding, tells more than it.
    BeforeEnd,
    /// The embedding tells more than each layer of the first half.
    End,
    /// No such difference.
    Open,
}

impl LayerProbes {
    /// The embedding's; none where nothing was measured.
    pub fn end(&self) -> Option<&LayerProbe> {
        self.layers.last()
    }
}
