//! What a sample is known by.

use data::sample::SampleHash;
use sha2::{Digest, Sha256};

/// The same file is the same sample.
pub fn hash(bytes: &[u8]) -> SampleHash {
    SampleHash(
        Sha256::digest(bytes)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect(),
    )
}
