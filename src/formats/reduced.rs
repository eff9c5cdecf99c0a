//! Large JPEGs at a half, a quarter or an eighth of their size, from the low frequencies of each block of 8 × 8 pixels
//! alone: close to the mean of the pixels that become one, for a fraction of the time and the memory.

use image::{DynamicImage, GrayImage, RgbImage};
use jpeg_decoder::{Decoder, PixelFormat};

/// The smallest of these pictures whose shorter side has at least `side` pixels; not turned upright yet. None where
/// there is none, or where this decoder had rather leave it to the other one.
pub(super) fn decode(bytes: &[u8], side: u32) -> Option<DynamicImage> {
    let mut decoder = Decoder::new(bytes);
    decoder.read_info().ok()?;
    let whole = decoder.info()?;
    let shorter = u32::from(whole.width.min(whole.height)).max(1);
    // The decoder is content where one of the two sides is long enough: ask for both in proportion.
    let asked = |length: u16| u16::try_from((u32::from(length) * side).div_ceil(shorter));
    let (width, height) = (asked(whole.width).ok()?, asked(whole.height).ok()?);
    let (width, height) = decoder.scale(width, height).ok()?;
    if u32::from(width.min(height)) < side {
        return None;
    }
    let pixels = decoder.decode().ok()?;
    let (width, height) = (width.into(), height.into());
    match whole.pixel_format {
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, pixels).map(Into::into),
        PixelFormat::L8 => GrayImage::from_raw(width, height, pixels).map(Into::into),
        PixelFormat::L16 | PixelFormat::CMYK32 => None,
    }
}
