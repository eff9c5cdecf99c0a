//! Photos: what is particular to this kind of samples.

pub mod origin;
pub mod sittings;
mod time;

pub use time::seconds_since_1970;

use serde::{Deserialize, Serialize};

/// Endings of names of pictures of any format, also of those that cannot be opened: they are refused by name.
pub const ENDINGS: &[&str] = &[
    "jpg", "jpeg", "jpe", "jfif", "pjpeg", "pjp", "png", "apng", "webp", "gif", "bmp", "dib",
    "heic", "heif", "hif", "avif", "tif", "tiff", "svg", "svgz", "ico", "cur", "jxl", "jp2", "j2k",
    "jpf", "jpx", "tga", "pnm", "ppm", "pgm", "pbm", "psd", // Camera RAW.
    "dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "srf", "sr2", "orf", "raf", "rw2", "rwl",
    "pef", "ptx", "srw", "x3f", "3fr", "fff", "iiq", "mef", "mos", "mrw", "kdc", "dcr", "erf",
    "gpr", "raw",
];

/// Why a file is no photo that can be learned from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum PhotoProblem {
    #[error("not an image")]
    NotAnImage,
    /// A JPEG of a kind that this browser cannot read either: nothing is wrong with it.
    #[error("an unusual kind of JPEG")]
    UnusualJpeg,
    /// What a camera's sensor saw, not a picture yet.
    #[error("camera RAW")]
    Raw,
    /// SVG.
    #[error("a drawing")]
    Drawing,
    #[error("{width}×{height} is too large")]
    TooLarge { width: u32, height: u32 },
}
