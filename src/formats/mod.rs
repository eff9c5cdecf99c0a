//! Files in and out: pure functions of bytes.

pub mod head_file;
pub mod photo;
pub mod zip;
