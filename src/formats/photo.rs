//! Photo files to upright RGB8.

use image::codecs::png::PngEncoder;
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageError, ImageFormat, Limits,
    RgbImage,
};
use kernels::pictures;
pub use kernels::pictures::jpeg;
use sha2::{Digest, Sha256};

pub use super::scaled::Photo;
use super::whole;
use crate::data::photo::{MAX_BYTES, PhotoHash};
use crate::data::problem::PhotoProblem;

/// The largest phone cameras give 50 to 108 megapixels; a decoded one takes 3 bytes a pixel.
pub const MAX_PIXELS: u64 = 110_000_000;

/// The same file is the same photo.
pub fn hash(bytes: &[u8]) -> PhotoHash {
    PhotoHash(
        Sha256::digest(bytes)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect(),
    )
}

/// Decodes a JPEG, PNG, WebP, GIF (its first frame) or BMP; turned upright by its EXIF tag,
/// what is transparent on white.
pub fn decode(bytes: &[u8]) -> Result<RgbImage, PhotoProblem> {
    decode_at_least(bytes, u32::MAX).map(|photo| photo.pixels)
}

/// The same, but a large JPEG comes at a half, a quarter or an eighth of its size, with no fewer
/// than `side` pixels on its shorter side.
pub fn decode_at_least(bytes: &[u8], side: u32) -> Result<Photo, PhotoProblem> {
    if bytes.is_empty() {
        return Err(PhotoProblem::Empty);
    }
    if bytes.len() > MAX_BYTES {
        return Err(PhotoProblem::TooManyBytes {
            megabytes: (bytes.len() >> 20) as u64,
        });
    }
    let Ok(format) = image::guess_format(bytes) else {
        return Err(
            foreign_format(bytes).map_or(PhotoProblem::NotAnImage, |name| {
                PhotoProblem::Unsupported(name.into())
            }),
        );
    };
    let damaged = |e: ImageError| match e {
        ImageError::Unsupported(_) => {
            PhotoProblem::Unsupported(format!("{format:?}").to_uppercase())
        }
        other => PhotoProblem::Damaged(other.to_string()),
    };
    let mut decoder = pictures::decoder(bytes).map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    // Before anything is allocated for the pixels.
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PhotoProblem::TooLarge { width, height });
    }
    decoder.set_limits(Limits::default()).map_err(damaged)?;
    // A damaged EXIF block must not cost the photo.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    if format == ImageFormat::Jpeg
        // Most are not: their coded data need not be looked through for it.
        && width.min(height) / 2 >= side
        && let Some(photo) = Photo::reduced(bytes, side, orientation)
    {
        // It reads to the end of the picture, or not at all.
        return Ok(photo);
    }
    if format == ImageFormat::Jpeg && !whole::is_whole(bytes) {
        return Err(PhotoProblem::Damaged(
            "the file ends in the middle of the picture".into(),
        ));
    }
    let mut image = pictures::whole(decoder).map_err(damaged)?;
    image.apply_orientation(orientation);
    if image.width() == 0 || image.height() == 0 {
        return Err(PhotoProblem::Damaged("it has no pixels".into()));
    }
    Ok(match image.color().has_alpha() {
        true => on_white(&image).into(),
        false => image.into_rgb8().into(),
    })
}

/// The name of a picture format that the `image` crate does not know at all.
fn foreign_format(bytes: &[u8]) -> Option<&'static str> {
    // ISO/IEC 18181-2: a container's signature, or a codestream's own.
    if bytes.starts_with(b"\0\0\0\x0cJXL \r\n\x87\n") || bytes.starts_with(&[0xff, 0x0a]) {
        return Some("JPEG XL");
    }
    // ISO/IEC 14496-12: a file begins with its `ftyp` box, which names a major brand, a version
    // and compatible brands. Films are such files too, under other brands.
    if bytes.get(4..8) != Some(b"ftyp") {
        return None;
    }
    let length = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
    let brands = &bytes[8..length.clamp(8, bytes.len())];
    // HEIC's brands stand in ISO/IEC 23008-12, annexes B and E; AVIF's in the AV1 Image File Format, 7.
    // `mif1`, a picture by any coder, comes last: files of both kinds carry it.
    [
        ("AVIF", &[b"avif", b"avis"][..]),
        (
            "HEIC",
            &[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"],
        ),
        ("HEIF", &[b"mif1", b"msf1"]),
    ]
    .into_iter()
    .find(|(_, known)| {
        brands
            .as_chunks()
            .0
            .iter()
            .any(|brand| known.contains(&brand))
    })
    .map(|(name, _)| name)
}

fn on_white(image: &DynamicImage) -> RgbImage {
    let rgba = image.to_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0.map(u32::from);
        image::Rgb([r, g, b].map(|v| ((v * a + 255 * (255 - a) + 127) / 255) as u8))
    })
}

/// A PNG of a grey picture, `[height, width]`.
pub fn grey_png(width: u32, height: u32, grey: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(grey, width, height, ExtendedColorType::L8)
        .expect("writing grey to memory cannot fail");
    bytes
}
