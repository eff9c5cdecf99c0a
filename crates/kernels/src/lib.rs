//! What takes the CPU's time, one thread, one photo. It computes the same in WebAssembly and
//! natively: no fused multiply-add, sums in one order. Only with the feature `relaxed-simd` convolutions in WebAssembly
//! round as the processor does.
//!
//! Convolutions, each of them held against burn's own operation by `tests/kernels.rs`:
//! [`tiles`] and [`planes`] are what embedding runs on: eight channels of the wide middle of a block
//! are expanded, filtered and packed while they are in the cache. [`pointwise`] and [`depthwise`]
//! do the same, slower, on plain `[pixels, channels]`.
//!
//! Rows of numbers: [`linear`], [`logistic`], [`gram`] and, for whole ones, [`bytes`]. Matrices: [`matmul`], [`symmetric`].
//!
//! Pictures: [`pictures`] reads them (JPEGs: the crate `jpeg`), [`resize`] shrinks them.

pub mod backward;
pub mod bytes;
pub mod depthwise;
pub mod gram;
mod lanes;
pub mod linear;
pub mod logistic;
pub mod matmul;
pub mod patches;
pub mod pictures;
pub mod planes;
pub mod pointwise;
pub mod resize;
pub mod scatter;
pub mod symmetric;
pub mod tiles;

pub use lanes::{F32x4, Lanes};

/// Output channels of one tile. Every layer of the network has a multiple of it.
pub const LANES: usize = 8;

/// `min(max(x, 0), 6)`, EfficientNet-Lite's activation.
fn relu6(x: f32) -> f32 {
    x.clamp(0.0, 6.0)
}
