//! What a head sees of a sample's features.

use serde::{Deserialize, Serialize};

use crate::backbone::LARGEST_ENTRY;
use crate::features::Features;

/// More than the pooled layers of any network here.
const MOST_PARTS: usize = 64;

/// A head's input: some parts of the features one after the other, as they are or their square roots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// In the order in which the head has weights for them.
    pub parts: Vec<Part>,
    /// Square roots: features are never negative and have long tails.
    pub root: bool,
}

/// A part of the features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// All of it.
    Embedding,
    /// These of the layers' numbers, `to` not included: one layer or several that follow each other.
    Layers { from: usize, to: usize },
}

impl Default for Input {
    /// The embedding as it is.
    fn default() -> Self {
        Self {
            parts: vec![Part::Embedding],
            root: false,
        }
    }
}

impl Part {
    /// Its numbers; none where the features have fewer.
    pub fn of(self, features: &Features) -> Option<&[f32]> {
        match self {
            Self::Embedding => Some(&features.embedding),
            Self::Layers { from, to } => features.layers.get(from..to),
        }
    }
}

impl Input {
    /// How many numbers it has, where an embedding has `embedding` of them and all layers together `layers`; none where it has no
    /// part, one that is empty or that is not there, or more parts than any network has layers.
    pub fn width(&self, embedding: usize, layers: usize) -> Option<usize> {
        let of = |part: &Part| match *part {
            Part::Embedding => Some(embedding),
            Part::Layers { from, to } => (from < to && to <= layers).then(|| to - from),
        };
        let few = (1..=MOST_PARTS).contains(&self.parts.len());
        let widths: Option<Vec<usize>> = self.parts.iter().map(of).collect();
        widths.filter(|_| few).map(|widths| widths.iter().sum())
    }

    /// Whether an embedding alone is not enough.
    pub fn has_layers(&self) -> bool {
        self.parts != [Part::Embedding]
    }

    /// What the head sees; none where the features lack a part.
    pub fn of(&self, features: &Features) -> Option<Vec<f32>> {
        let mut input = Vec::new();
        for part in &self.parts {
            input.extend_from_slice(part.of(features)?);
        }
        if self.root {
            input.iter_mut().for_each(|v| *v = v.sqrt());
        }
        Some(input)
    }

    /// The largest number there can be in it; the smallest is 0.
    pub fn largest(&self) -> f32 {
        match self.root {
            true => LARGEST_ENTRY.sqrt(),
            false => LARGEST_ENTRY,
        }
    }
}
