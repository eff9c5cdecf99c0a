//! Photos and the records kept of them.

use serde::{Deserialize, Serialize};

use super::class::{ClassId, TooLarge, in_range};

/// Larger files are not photos of a class.
pub const MAX_BYTES: usize = 64 << 20;

/// One photo of the project; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32")]
pub struct PhotoId(pub u32);

impl TryFrom<u32> for PhotoId {
    type Error = TooLarge;

    fn try_from(number: u32) -> Result<Self, TooLarge> {
        in_range(number).map(Self)
    }
}

/// SHA-256 of the photo's bytes as they came, in hex: the same file is the same photo.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PhotoHash(pub String);

/// A class or photo in the page's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoView {
    pub id: PhotoId,
    pub class: ClassId,
    pub name: String,
}
