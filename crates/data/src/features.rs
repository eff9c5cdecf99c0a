//! What a backbone says of a sample: its embedding, and what layers on the way to it said.

/// The embedding and the pooled outputs of layers before it, none of them negative.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Features {
    /// `[width]`
    pub embedding: Vec<f32>,
    /// One layer after the other, each the mean of its ReLU6 outputs over all places. Empty where none were asked for.
    pub layers: Vec<f32>,
}
