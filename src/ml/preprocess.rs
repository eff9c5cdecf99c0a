//! From a decoded photo to the backbone's input.

use image::RgbImage;
use image::imageops::{self, FilterType};

/// The centre square of the photo, `size` × `size`, RGB8 row by row. Antialiased bilinear,
/// as the weights were trained with (EfficientNet-Lite's `preprocessing.py`, central crop).
pub fn to_square(photo: &RgbImage, size: u32) -> RgbImage {
    let (width, height) = photo.dimensions();
    let side = width.min(height);
    let square = imageops::crop_imm(photo, (width - side) / 2, (height - side) / 2, side, side);
    if side == size {
        return square.to_image();
    }
    // `Triangle` widens with the scale, so it averages when shrinking.
    imageops::resize(&*square, size, size, FilterType::Triangle)
}

/// `x / 127.5 - 1`, channels first: `[size, size, 3]` bytes -> `[3, size, size]` floats in -1..=1.
/// Checked against the published PyTorch model (`tests/parity.rs`); the package README's ImageNet
/// mean and deviation do not fit these weights.
pub fn normalise(rgb: &[u8], out: &mut Vec<f32>) {
    for channel in 0..3 {
        out.extend(
            rgb.iter()
                .skip(channel)
                .step_by(3)
                .map(|&v| f32::from(v) / 127.5 - 1.0),
        );
    }
}
