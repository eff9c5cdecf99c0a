//! Samples and the records kept of them.

use serde::{Deserialize, Serialize};

use super::class::{ClassId, TooLarge, in_range};

/// Larger files are not samples of a class.
pub const MAX_BYTES: usize = 64 << 20;

/// One sample of the project; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32")]
pub struct SampleId(pub u32);

impl TryFrom<u32> for SampleId {
    type Error = TooLarge;

    fn try_from(number: u32) -> Result<Self, TooLarge> {
        in_range(number).map(Self)
    }
}

/// SHA-256 of the sample's bytes as they came, in hex: the same file is the same sample.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SampleHash(pub String);

/// A class or sample in the page's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleView {
    pub id: SampleId,
    pub class: ClassId,
    pub name: String,
}
