//! What a backbone says of a sample: its embedding, and what layers on the way to it said.

/// The embedding and the pooled outputs of layers before it, none of them negative.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Features {
    /// `[width]`
    pub embedding: Vec<f32>,
    /// One layer after the other, each the mean of its ReLU6 outputs over all places ([`crate::network::Network::taps`]), rounded to
    /// numbers of f16. Empty where they are not known.
    pub layers: Vec<f32>,
}

impl Features {
    /// As executors hand them over: the embedding, `width` numbers, and the layers behind it.
    pub fn of(numbers: &[f32], width: usize) -> Self {
        let (embedding, layers) = numbers.split_at(width);
        Self {
            embedding: embedding.to_vec(),
            layers: layers.to_vec(),
        }
    }
}

/// An embedding alone.
impl From<Vec<f32>> for Features {
    fn from(embedding: Vec<f32>) -> Self {
        let layers = Vec::new();
        Self { embedding, layers }
    }
}
