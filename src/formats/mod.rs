//! Files in and out: pure functions of bytes.

pub mod bundle;
pub mod head_file;
pub mod photo;
mod scaled;
mod whole;
pub mod zip;
