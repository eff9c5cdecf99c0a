//! Which of WebAssembly's instructions this browser has.

use js_sys::{Uint8Array, WebAssembly};

/// A module with one function, `f32x4.relaxed_madd` of its argument three times: what a browser without relaxed SIMD
/// refuses (WebAssembly core specification 3.0, binary format).
#[rustfmt::skip]
const RELAXED: [u8; 35] = [
    0, b'a', b's', b'm', 1, 0, 0, 0,
    // Types: one function of v128 that returns v128.
    1, 6, 1, 0x60, 1, 0x7b, 1, 0x7b,
    // Functions: one of that type.
    3, 2, 1, 0,
    // Code: no locals, three times local.get 0, the instruction, the end.
    10, 13, 1, 11, 0, 0x20, 0, 0x20, 0, 0x20, 0, 0xfd, 0x85, 2, 0x0b,
];

pub fn has_relaxed() -> bool {
    let module = Uint8Array::from(&RELAXED[..]);
    WebAssembly::validate(&module).unwrap_or(false)
}
