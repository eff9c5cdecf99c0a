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

/// What is known of where a sample comes from beside its name. What an earlier Graft took in has none of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// When it was made, seconds since 1970 by the clock of what made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<i64>,
    /// The folders, and the zip, that it came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The group that a person put it into: samples of a class with the same number are one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<u32>,
}

impl Provenance {
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// A class or sample in the page's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleView {
    pub id: SampleId,
    pub class: ClassId,
    pub name: String,
}
