//! Pictures changed so that they show the same thing: flipped, cropped, brighter or darker.

use image::RgbImage;
use kernels::resize::Window;

use super::Picture;
use network::preprocess::{resized, square_of};
use network::random::SplitMix64;

/// Sides of a crop, of the whole picture.
const CROP: (f32, f32) = (0.8, 1.0);
/// What brightness is multiplied with.
const BRIGHTNESS: (f32, f32) = (0.75, 1.3);

/// Ways to show one picture that are computed once and then drawn from.
pub const VARIANTS: usize = 4;

/// The picture as it is used for predictions: `[size, size, 3]`.
pub fn plain(picture: &Picture, size: usize) -> Vec<u8> {
    square_of(&picture.rgb, size)
}

/// Left and right exchanged, of `[size, size, 3]`.
pub fn flipped(square: &[u8], size: usize) -> Vec<u8> {
    let pixels = square.as_chunks::<3>().0;
    let rows = pixels.chunks_exact(size);
    rows.flat_map(|row| row.iter().rev().flatten().copied())
        .collect()
}

/// A crop at random, of random brightness, every second one flipped.
pub(super) fn varied(picture: &Picture, size: usize, random: &mut SplitMix64) -> Vec<u8> {
    let side = picture.side();
    let crop = (side as f32 * random.between(CROP.0, CROP.1)).round() as usize;
    let crop = crop.clamp(1, side);
    let (left, top) = (random.below(side - crop + 1), random.below(side - crop + 1));
    let brightness = random.between(BRIGHTNESS.0.ln(), BRIGHTNESS.1.ln()).exp();
    let flip = random.below(2) == 1;
    let part = Window {
        left: left as f64,
        top: top as f64,
        width: crop as f64,
        height: crop as f64,
    };
    let mut square = resized(&whole(picture), &part, size as u32, size as u32).into_raw();
    for v in &mut square {
        // A cast from float to u8 stays within 0..=255.
        *v = (f32::from(*v) * brightness).round() as u8;
    }
    match flip {
        true => flipped(&square, size),
        false => square,
    }
}

/// The `variant`th way to show a picture, of [`VARIANTS`].
pub(super) fn variant(
    picture: &Picture,
    size: usize,
    variant: usize,
    random: &mut SplitMix64,
) -> Vec<u8> {
    match variant {
        0 => plain(picture, size),
        1 => flipped(&plain(picture, size), size),
        _ => varied(picture, size, random),
    }
}

fn whole(picture: &Picture) -> RgbImage {
    let side = picture.side() as u32;
    RgbImage::from_raw(side, side, picture.rgb.to_vec()).expect("a picture is a square")
}
