//! Files in and out: pure functions of bytes.

pub mod bundle;
pub mod head_file;
mod kinds;
pub mod onnx;
pub mod photo;
mod scaled;
mod webp;
mod whole;
pub mod zip;
