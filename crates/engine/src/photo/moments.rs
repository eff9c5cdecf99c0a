//! From which likeness on two photos of a class show the same moment: [`ALIKE`] is enough by itself, [`RELATED`] where their
//! names say that one is a copy of the other or the next of a row. Measured with ONNX Runtime on the weights
//! of Lite0 at 224 px, on 52,310 pairs of different photos of a class, and on 190 photos each changed in several ways; ranges are over
//! recyclables, hand signs before one wall, and the app's own samples, most of them drawn letters:
//!
//! | pairs that reach | 0.90 | 0.95 | | pairs that reach | 0.90 | 0.95 |
//! |---|---|---|---|---|---|---|
//! | different recyclables | 0.0001 | 0 | | darker by 20 % | 1 | 0.97-1 |
//! | different hand signs | 0.19 | 0.0003 | | mirrored | 1 | 0.94-1 |
//! | different samples | 0.02 | 0.002 | | JPEG of quality 50 | 0.79-1 | 0.06-1 |
//! | cropped by 1 % | 1 | 1 | | two frames, turned by up to 2° and moved by up to 3 % | 1 | 0.76-1 |
//! | cropped by 2 % | 1 | 0.99-1 | | cropped by 5 % | 0.99-1 | 0.82-0.95 |
//!
//! At 0.95 different photos make no larger group than four (b, d, p and q), with Lite0 at 160 px and Lite1 too. The cosine of the
//! embeddings themselves does worse: where it keeps hand signs as far apart, it misses four mirrored recyclables of ten.

/// Cosine of the embeddings' square roots from which two photos of a class are one moment, whatever their names.
pub const ALIKE: f64 = 0.95;
/// The same for photos whose names belong together.
pub const RELATED: f64 = 0.90;
