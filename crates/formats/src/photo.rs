//! Photo files to upright RGB8.
//!
//! ```
//! use data::photo::PhotoProblem;
//! use data::problem::SampleProblem;
//! use formats::photo;
//!
//! let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/photos/bird_1.jpg");
//! let bytes = std::fs::read(file)?;
//! // What it takes is known before anything is decoded.
//! let plan = photo::Plan::of(&bytes, 224).expect("it is a JPEG");
//! let photo = plan.decode(&bytes).expect("it is whole");
//! let (width, height) = photo.pixels.dimensions();
//! assert!(width.min(height) >= 224 || photo.whole == (width, height));
//!
//! let no_photo = photo::decode(b"some text");
//! assert_eq!(no_photo, Err(SampleProblem::Photo(PhotoProblem::NotAnImage)));
//! # Ok::<(), std::io::Error>(())
//! ```

use image::codecs::png::PngEncoder;
use image::metadata::Orientation;
use image::{ExtendedColorType, ImageDecoder, ImageEncoder, ImageError, Limits, RgbImage};
use jpeg::Jpeg;
use kernels::pictures::{self, Failure, Format, Png};
pub use kernels::pictures::{LONGEST_SIDE, Smaller, jpeg};

use super::kinds::{Kind, kind};
pub use super::scaled::Photo;
use super::webp;
use super::whole::is_whole;
use data::photo::PhotoProblem;
use data::problem::SampleProblem;
use data::sample::MAX_BYTES;

/// The largest phone cameras give 200 megapixels. More take too long.
const MAX_PIXELS: u64 = 220_000_000;

/// Bytes that decoding one photo may take at once, all copies together, its file not among them. WebAssembly has 4 GB.
const MAX_MEMORY: u64 = 400 << 20;

/// What a browser's own decoder takes for a pixel: RGBA, and what it was made from, at up to 10 bits a colour.
const MEMORY_OF_BROWSERS: u64 = 8;

/// Decodes a JPEG, PNG, WebP, GIF (its first frame) or BMP; turned upright by its EXIF tag,
/// what is transparent on white.
pub fn decode(bytes: &[u8]) -> Result<RgbImage, SampleProblem> {
    decode_at_least(bytes, u32::MAX).map(|photo| photo.pixels)
}

/// Decodes as [`decode`] does, but a large JPEG or PNG comes at a half, a quarter or an eighth of its size, with no
/// fewer than `side` pixels on its shorter side.
pub fn decode_at_least(bytes: &[u8], side: u32) -> Result<Photo, SampleProblem> {
    Plan::of(bytes, side)?.decode(bytes)
}

/// What decoding a file comes to, by its first bytes. Nothing was allocated for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    kind: Kind,
    size: (u32, u32),
    side: u32,
    /// Bytes that it takes at most, the file not among them.
    pub memory: u64,
}

impl Plan {
    /// For no fewer than `side` pixels on the shorter side, where there are more. What is refused here is not decoded
    /// anywhere.
    pub fn of(bytes: &[u8], side: u32) -> Result<Self, SampleProblem> {
        if bytes.is_empty() {
            return Err(SampleProblem::Empty);
        }
        if bytes.len() > MAX_BYTES {
            return Err(SampleProblem::TooManyBytes {
                megabytes: (bytes.len() >> 20) as u64,
            });
        }
        let kind = kind(bytes);
        let (size, memory) = match kind {
            Kind::Jpeg { at } => jpeg_size(&bytes[at..], side)?,
            Kind::Png => {
                let png = Png::open(bytes).map_err(|why| problem(why, kind))?;
                (in_u32(png.size()), png.memory(side as usize))
            }
            Kind::Other(format) => {
                let decoder = decoder(format, bytes)?;
                // The pixels as they are, twice what they are made from, and as RGB8.
                let pixel = 3 * u64::from(decoder.color_type().bytes_per_pixel()) + 3;
                let memory = times(decoder.dimensions(), pixel);
                (
                    decoder.dimensions(),
                    memory.and_then(|memory| memory.checked_add(beside(format))),
                )
            }
            Kind::Foreign { size, .. } => {
                let size = size.ok_or_else(|| unsupported(kind))?;
                (size, times(size, MEMORY_OF_BROWSERS))
            }
            Kind::Raw => return Err(SampleProblem::Photo(PhotoProblem::Raw)),
            Kind::Drawing => return Err(SampleProblem::Photo(PhotoProblem::Drawing)),
            Kind::NoImage => return Err(SampleProblem::Photo(PhotoProblem::NotAnImage)),
        };
        let (width, height) = size;
        let pixels = u64::from(width) * u64::from(height);
        let memory = memory.map(|bytes| bytes as u64);
        if pixels == 0 {
            return Err(SampleProblem::Damaged);
        }
        match memory.filter(|memory| *memory <= MAX_MEMORY && pixels <= MAX_PIXELS) {
            Some(memory) => Ok(Self {
                kind,
                size,
                side,
                memory,
            }),
            None => Err(SampleProblem::Photo(PhotoProblem::TooLarge {
                width,
                height,
            })),
        }
    }

    /// What a browser may decode after [`Self::decode`] has failed with `why`; None where it would make something up, or
    /// take too much memory. The picture has this width and height, or these turned.
    pub fn for_browser<'a>(
        &self,
        bytes: &'a [u8],
        why: &SampleProblem,
    ) -> Option<(&'a [u8], (u32, u32))> {
        let is_sound = matches!(
            why,
            SampleProblem::Unsupported(_) | SampleProblem::Photo(PhotoProblem::UnusualJpeg)
        );
        let memory = times(self.size, MEMORY_OF_BROWSERS)? as u64;
        let from = match self.kind {
            Kind::Jpeg { at } => bytes.get(at..).filter(|jpeg| is_whole(jpeg))?,
            _ => bytes,
        };
        (is_sound && memory <= MAX_MEMORY).then_some((from, self.size))
    }

    /// Decodes the file that the plan was made for.
    pub fn decode(&self, bytes: &[u8]) -> Result<Photo, SampleProblem> {
        let side = self.side as usize;
        let (width, height) = self.size;
        let of_kind = |why| match why {
            Failure::TooMuch => SampleProblem::Photo(PhotoProblem::TooLarge { width, height }),
            other => problem(other, self.kind),
        };
        match self.kind {
            Kind::Jpeg { at } => {
                let jpeg = Jpeg::open(&bytes[at..]).map_err(of_kind)?;
                let turn = jpeg.exif().and_then(Orientation::from_exif_chunk);
                let picture = jpeg.decode(side).map_err(of_kind)?;
                Photo::upright(picture, turn)
            }
            Kind::Png => {
                let png = Png::open(bytes).map_err(of_kind)?;
                let (picture, exif) = png.decode(side).map_err(of_kind)?;
                let turn = exif.as_deref().and_then(Orientation::from_exif_chunk);
                Photo::upright(picture, turn)
            }
            Kind::Other(format) => {
                let mut decoder = decoder(format, bytes)?;
                // A damaged EXIF block must not cost the photo.
                let turn = decoder.orientation().ok();
                let mut picture = pictures::whole(decoder).map_err(|why| of_image(why, format))?;
                picture.apply_orientation(turn.unwrap_or(Orientation::NoTransforms));
                let (width, height) = (picture.width() as usize, picture.height() as usize);
                let channels = usize::from(picture.color().channel_count());
                let smaller = Smaller::new((width, height), usize::MAX);
                let mut smaller = smaller.ok_or_else(|| of_kind(Failure::TooMuch))?;
                let rows = picture.as_bytes().chunks_exact(width * channels);
                for (y, row) in rows.enumerate() {
                    smaller.put((0, y), 1, row, channels);
                }
                Photo::upright(smaller.picture(), None)
            }
            Kind::Foreign { .. } | Kind::Raw | Kind::Drawing | Kind::NoImage => {
                return Err(unsupported(self.kind));
            }
        }
        .ok_or(SampleProblem::Damaged)
    }
}

/// Bytes that a decoder takes whatever the size.
fn beside(format: Format) -> usize {
    match format {
        // A part of the data may say that it is so long, in 24 bits; it is believed before it is read.
        Format::WebP => 1 << 24,
        Format::Gif | Format::Bmp => 0,
    }
}

/// Width and height, and what decoding takes.
fn jpeg_size(bytes: &[u8], side: u32) -> Result<((u32, u32), Option<usize>), SampleProblem> {
    let of_jpeg = |why| problem(why, Kind::Jpeg { at: 0 });
    let jpeg = Jpeg::open(bytes).map_err(of_jpeg)?;
    let size = in_u32(jpeg.size());
    if jpeg.is_ours() {
        return Ok((size, jpeg.memory(side as usize)));
    }
    if !is_whole(bytes) {
        return Err(SampleProblem::Damaged);
    }
    // The height comes behind the picture: nobody reads that.
    if size.1 == 0 {
        return Err(SampleProblem::Photo(PhotoProblem::UnusualJpeg));
    }
    Ok((size, times(size, MEMORY_OF_BROWSERS)))
}

fn decoder(format: Format, bytes: &[u8]) -> Result<Box<dyn ImageDecoder + '_>, SampleProblem> {
    let of_format = |why| of_image(why, format);
    let mut decoder = pictures::decoder(format, bytes).map_err(of_format)?;
    let is_honest = match format {
        Format::WebP => webp::is_of_size(bytes, decoder.dimensions()),
        Format::Gif | Format::Bmp => true,
    };
    if !is_honest {
        return Err(SampleProblem::Damaged);
    }
    let mut limits = Limits::no_limits();
    // A frame of a GIF may say that it is larger than the picture.
    limits.max_alloc = Some(decoder.total_bytes());
    decoder.set_limits(limits).map_err(of_format)?;
    Ok(decoder)
}

fn of_image(why: ImageError, format: Format) -> SampleProblem {
    match why {
        ImageError::Unsupported(_) => unsupported(Kind::Other(format)),
        _ => SampleProblem::Damaged,
    }
}

fn problem(why: Failure, kind: Kind) -> SampleProblem {
    match why {
        Failure::Damaged | Failure::TooMuch => SampleProblem::Damaged,
        Failure::Unusual => unsupported(kind),
    }
}

fn unsupported(kind: Kind) -> SampleProblem {
    match kind {
        Kind::Jpeg { .. } => SampleProblem::Photo(PhotoProblem::UnusualJpeg),
        Kind::Png => SampleProblem::Unsupported("PNG".into()),
        Kind::Other(Format::WebP) => SampleProblem::Unsupported("WebP".into()),
        Kind::Other(Format::Gif) => SampleProblem::Unsupported("GIF".into()),
        Kind::Other(Format::Bmp) => SampleProblem::Unsupported("BMP".into()),
        Kind::Foreign { name, .. } => SampleProblem::Unsupported(name.into()),
        Kind::Raw => SampleProblem::Photo(PhotoProblem::Raw),
        Kind::Drawing => SampleProblem::Photo(PhotoProblem::Drawing),
        Kind::NoImage => SampleProblem::Photo(PhotoProblem::NotAnImage),
    }
}

fn in_u32((width, height): (usize, usize)) -> (u32, u32) {
    (width as u32, height as u32)
}

/// Bytes for so many a pixel; None where no memory holds them.
fn times((width, height): (u32, u32), bytes: u64) -> Option<usize> {
    let pixels = u64::from(width).checked_mul(height.into())?;
    usize::try_from(pixels.checked_mul(bytes)?).ok()
}

/// A PNG of a grey picture, `[height, width]`.
pub fn grey_png(width: u32, height: u32, grey: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(grey, width, height, ExtendedColorType::L8)
        .expect("writing grey to memory cannot fail");
    bytes
}
