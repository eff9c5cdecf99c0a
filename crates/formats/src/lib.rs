//! Files in and out: pure functions of bytes. Each module has its format, and an example of it.
//!
//! ```
//! use formats::{bundle, hash, zip::Zip};
//!
//! let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/photos/bird_1.jpg");
//! let bytes = std::fs::read(file)?;
//! // A zip with a folder a class, as a person would make it, and the photo out of it again.
//! let zip = bundle::zip(&[("birds/crow.jpg".into(), bytes.clone())]);
//! let mut zip = Zip::open(std::io::Cursor::new(zip)).expect("it is a zip");
//! let sorted = zip.sort("mine.zip").expect("there is a photo in it");
//! assert_eq!(sorted.classes[0].name, "birds");
//! let unpacked = zip.read(sorted.classes[0].samples[0]).expect("it is whole");
//! assert_eq!(hash(&unpacked), hash(&bytes));
//! # Ok::<(), std::io::Error>(())
//! ```

pub mod bundle;
pub mod exif;
pub mod gallery;
mod hash;
pub mod head_file;
mod kinds;
pub mod metadata;
pub mod photo;
pub mod project_file;
mod scaled;
mod webp;
mod whole;
pub mod zip;

pub use hash::hash;
