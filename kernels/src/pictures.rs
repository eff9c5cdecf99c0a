//! The `image` crate's decoders and its JPEG encoder. They are generic, and what is generic is compiled where it is used:
//! here for speed.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageReader, ImageResult, RgbImage};

/// Reads a file's header. The format must be known ([`image::guess_format`]).
pub fn decoder(file: &[u8]) -> ImageResult<Box<dyn ImageDecoder + '_>> {
    let reader = ImageReader::new(Cursor::new(file)).with_guessed_format()?;
    Ok(Box::new(reader.into_decoder()?))
}

/// All pixels.
pub fn whole(decoder: Box<dyn ImageDecoder + '_>) -> ImageResult<DynamicImage> {
    DynamicImage::from_decoder(decoder)
}

/// A JPEG of an RGB picture, quality 0..=100.
pub fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(picture)
        .expect("writing RGB8 to memory cannot fail");
    bytes
}
