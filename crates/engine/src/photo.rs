//! Photos, the first kind of data: pixels, the square that a network sees, a thumbnail, and what is kept of a file.

mod camera;
pub(super) mod moments;

use image::RgbImage;

use super::modality::Modality;
use data::groups::Together;
use data::photo::origin::{Kinship, Origin};
use data::photo::sittings::sittings;
use data::problem::SampleProblem;
use data::sample::Provenance;
use formats::metadata;
use formats::photo::{LONGEST_SIDE, Plan, Smaller, jpeg};
use moments::{ALIKE, RELATED};
use network::preprocess;

pub use formats::photo::Photo;

/// Side of a thumbnail, pixels: sharp at 80 px on a screen with two pixels a point.
const THUMBNAIL: u32 = 160;
/// Photos of more bytes are kept as a smaller JPEG: a thousand from a phone are 4 GB.
const KEPT_AS_IS: usize = 256 << 10;
/// Shorter side of that JPEG, pixels: more than twice what any backbone here looks at.
const KEPT_SIDE: u32 = 512;
/// Shorter side down to which large JPEGs may be decoded at reduced size, pixels: three times what
/// the default backbone looks at, so that a photo of 12 megapixels is decoded at a quarter.
const DECODED_SIDE: u32 = 672;
/// Side of the square whose pixels are features.
const FEATURES_SIDE: u32 = 16;

/// RGB8, row by row; a network's input is the square in the middle, of `size * size` pixels.
pub struct Photos;

impl Modality for Photos {
    type Decoded = Photo;
    type Origin = Origin;

    fn decode(bytes: &[u8]) -> Result<Photo, SampleProblem> {
        plan(bytes)?.decode(bytes)
    }

    fn input(photo: &Photo, size: usize) -> Vec<u8> {
        let size = size as u32;
        preprocess::resized(&photo.pixels, &photo.middle(), size, size).into_raw()
    }

    fn thumbnail(input: &[u8], size: usize) -> Vec<u8> {
        jpeg(&preprocess::to_square(&square(input, size), THUMBNAIL), 80)
    }

    fn kept(bytes: &[u8], photo: &Photo) -> Vec<u8> {
        if bytes.len() <= KEPT_AS_IS {
            return bytes.to_vec();
        }
        let (width, height) = photo.whole;
        // A side of what it becomes, over the same side of what it is; no more than a JPEG can have.
        let by_shorter = (KEPT_SIDE, width.min(height));
        let by_longer = (LONGEST_SIDE, width.max(height));
        let fraction = |(to, of): (u32, u32)| f64::from(to) / f64::from(of);
        let (to, of) = match fraction(by_shorter) < fraction(by_longer) {
            true => by_shorter,
            false => by_longer,
        };
        if to >= of {
            return jpeg(&photo.pixels, 90);
        }
        let scaled = |v: u32| (u64::from(v) * u64::from(to) / u64::from(of)).max(1) as u32;
        let (width, height) = (scaled(width), scaled(height));
        let smaller = preprocess::resized(&photo.pixels, &photo.all(), width, height);
        jpeg(&smaller, 90)
    }

    fn without_metadata(bytes: &[u8]) -> Option<Vec<u8>> {
        metadata::removed(bytes)
    }

    fn encoded(photo: &Photo) -> Vec<u8> {
        jpeg(&photo.pixels, 90)
    }

    fn raw_features(input: &[u8], size: usize) -> Vec<f32> {
        let small = preprocess::to_square(&square(input, size), FEATURES_SIDE);
        let mut values = Vec::new();
        preprocess::normalise(small.as_raw(), &mut values);
        values
    }

    fn taken(bytes: &[u8]) -> Option<i64> {
        formats::exif::taken(bytes)
    }

    fn origin(name: &str, provenance: &Provenance) -> Origin {
        Origin::of(name).with(provenance)
    }

    fn together(origins: &[&Origin], way: Together) -> Vec<Option<usize>> {
        sittings(origins, way)
    }

    fn alike_from(one: &Origin, other: &Origin) -> f64 {
        match one.kinship(other) {
            Kinship::Burst => 0.0,
            Kinship::Related => RELATED,
            Kinship::None => ALIKE,
        }
    }
}

fn square(input: &[u8], size: usize) -> RgbImage {
    let size = size as u32;
    RgbImage::from_vec(size, size, input.to_vec()).unwrap_or_default()
}

/// How a photo's file is decoded, and what that takes.
pub fn plan(bytes: &[u8]) -> Result<Plan, SampleProblem> {
    Plan::of(bytes, DECODED_SIDE)
}

/// A picture that comes row by row from a decoder of the host's, made as small as the engine's own make theirs. None where
/// no memory holds it.
pub fn smaller(width: u32, height: u32) -> Option<Smaller> {
    Smaller::new((width as usize, height as usize), DECODED_SIDE as usize)
}
