//! Pictures from files of several formats, and a JPEG from a picture. What the `image` crate decodes is generic, and what
//! is generic is compiled where it is used: here for speed.

mod png;
mod smaller;

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder, ImageResult, RgbImage};

pub use png::Png;
pub use smaller::Smaller;

/// A picture that may have fewer pixels than its file.
pub struct Picture {
    /// Width and height. What does not fill a pixel at the right and below is left out.
    pub pixels: (usize, usize),
    /// Row by row.
    pub rgb: Vec<u8>,
    /// Width and height in the file.
    pub whole: (usize, usize),
    /// How many of the file's pixels, across and down, became one.
    pub by: usize,
}

/// Why there is no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// A part is missing, or contradicts another one.
    Damaged,
    /// Another decoder may read it.
    Unusual,
    /// No memory holds it.
    TooMuch,
}

/// Formats that the `image` crate decodes, whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    WebP,
    Gif,
    Bmp,
}

/// Reads a file's header.
pub fn decoder(format: Format, file: &[u8]) -> ImageResult<Box<dyn ImageDecoder + '_>> {
    let file = Cursor::new(file);
    Ok(match format {
        Format::WebP => Box::new(WebPDecoder::new(file)?),
        Format::Gif => Box::new(GifDecoder::new(file)?),
        Format::Bmp => Box::new(BmpDecoder::new(file)?),
    })
}

/// All pixels.
pub fn whole(decoder: Box<dyn ImageDecoder + '_>) -> ImageResult<DynamicImage> {
    DynamicImage::from_decoder(decoder)
}

/// The longest side that a JPEG can have (ITU-T T.81, B.2.2).
pub const LONGEST_SIDE: u32 = 65_535;

/// A JPEG of an RGB picture whose sides are at most [`LONGEST_SIDE`], quality 0..=100.
pub fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(picture)
        .expect("writing RGB8 of such sides to memory cannot fail");
    bytes
}
