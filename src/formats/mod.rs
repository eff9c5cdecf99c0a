//! Files in and out: pure functions of bytes.

pub mod head_file;
mod jpeg;
pub mod photo;
mod reduced;
pub mod zip;
