//! Convolutions for the CPU, one thread, on `[pixels, channels]` planes (NHWC, one photo).
//!
//! Plain arrays of four lanes compile to SIMD in WebAssembly and natively, and compute the same
//! in both: no fused multiply-add, sums in one order. `tests/kernels.rs` holds each of them
//! against burn's own operation.

pub mod backward;
pub mod depthwise;
pub mod linear;
pub mod matmul;
pub mod patches;
pub mod pointwise;

/// Output channels of one tile. Every layer of the network has a multiple of it.
pub const LANES: usize = 8;

/// `min(max(x, 0), 6)`, EfficientNet-Lite's activation.
fn relu6(x: f32) -> f32 {
    x.clamp(0.0, 6.0)
}
