//! What is exported: a head with its network, for programs that know nothing of Graft.

use serde::{Deserialize, Serialize};

use super::classifier::Head;
use super::network::Op;
use super::unknown::Unknown;

/// For whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// A model that takes photos of any size, for ONNX Runtime and whatever else reads ONNX.
    Onnx,
    /// The files that Teachable Machine makes (TensorFlow.js), for all that takes its models.
    TeachableMachine,
    /// TensorFlow Lite, today LiteRT: phones and small boards.
    TfLite,
    /// The ONNX model with programs in Python and JavaScript and a page that use it.
    Python,
}

impl Format {
    pub const ALL: [Self; 4] = [
        Self::Onnx,
        Self::TeachableMachine,
        Self::TfLite,
        Self::Python,
    ];

    /// As in names of files and test ids.
    pub fn name(self) -> &'static str {
        match self {
            Self::Onnx => "onnx",
            Self::TeachableMachine => "teachable-machine",
            Self::TfLite => "tflite",
            Self::Python => "python",
        }
    }

    /// It says how strange a photo is beside the probabilities.
    pub fn tells_unknown(self) -> bool {
        matches!(self, Self::Onnx | Self::Python)
    }
}

/// What an exported model is made of; the numbers of the network's tensors come beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    pub format: Format,
    /// Weights in fewer bits: 16 where that changes nothing or next to nothing, 8 in TensorFlow Lite.
    pub small: bool,
    /// What the person calls it.
    pub name: String,
    /// The day it is made, `2026-11-28`; empty where nobody knows.
    pub date: String,
    /// A row of [`super::backbone::BACKBONES`].
    pub backbone: String,
    /// Of a network that keeps the rules ([`super::network::Network::new`]).
    pub ops: Vec<Op>,
    /// Side of the square input, pixels.
    pub input_size: usize,
    pub head: Head,
    /// The classes' names in the order of the head's outputs.
    pub labels: Vec<String>,
    /// By what it tells what it does not know, where it does, and its prototypes, which travel by themselves.
    pub unknown: Option<(Unknown, Vec<f32>)>,
    /// By which whoever has the file can see that it does what the page does.
    pub samples: Vec<Golden>,
}

/// A network's input and what the page's head says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Golden {
    /// `[input_size, input_size, 3]`, RGB8.
    pub pixels: Vec<u8>,
    /// One a class, summing to 1.
    pub probabilities: Vec<f32>,
    /// The score of [`Unknown::score`], where there is one.
    pub strangeness: Option<f32>,
}
