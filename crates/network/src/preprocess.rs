//! From a decoded photo to the backbone's input.

use image::RgbImage;
use kernels::resize::{Window, resize};

/// The centre square of the photo, `size` × `size`, RGB8 row by row. Antialiased bilinear,
/// as the weights were trained with (EfficientNet-Lite's `preprocessing.py`, central crop).
pub fn to_square(photo: &RgbImage, size: u32) -> RgbImage {
    let (width, height) = photo.dimensions();
    let side = width.min(height);
    let window = Window {
        left: ((width - side) / 2).into(),
        top: ((height - side) / 2).into(),
        width: side.into(),
        height: side.into(),
    };
    resized(photo, &window, size, size)
}

/// A part of a picture, `width` × `height`.
pub fn resized(picture: &RgbImage, part: &Window, width: u32, height: u32) -> RgbImage {
    let to = (width as usize, height as usize);
    let rgb = resize(picture.as_raw(), picture.width() as usize, part, to);
    RgbImage::from_raw(width, height, rgb).expect("as many pixels as were asked for")
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

/// A square picture, `[side, side, 3]`, as `[size, size, 3]`.
pub fn square_of(rgb: &[u8], size: usize) -> Vec<u8> {
    let side = (rgb.len() / 3).isqrt();
    if side == size {
        return rgb.to_vec();
    }
    let side = side as u32;
    let whole = RgbImage::from_raw(side, side, rgb.to_vec()).expect("a picture is a square");
    to_square(&whole, size as u32).into_raw()
}
