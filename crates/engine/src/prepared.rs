//! What is made of a photo's file: pixels, the square that a backbone sees, a thumbnail, and what is kept.

use std::borrow::Cow;

use image::RgbImage;

use data::problem::SampleProblem;
use data::sample::SampleHash;
use formats::photo::{self, LONGEST_SIDE, Photo, Plan, Smaller, jpeg};
use network::preprocess;

/// Side of a thumbnail, pixels: sharp at 80 px on a screen with two pixels a point.
pub(super) const THUMBNAIL: u32 = 160;
/// Photos of more bytes are kept as a smaller JPEG: a thousand from a phone are 4 GB.
const KEPT_AS_IS: usize = 256 << 10;
/// Shorter side of that JPEG, pixels: more than twice what any backbone here looks at.
const KEPT_SIDE: u32 = 512;
/// Shorter side down to which large JPEGs may be decoded at reduced size, pixels: three times what
/// the default backbone looks at, so that a photo of 12 megapixels is decoded at a quarter.
const DECODED_SIDE: u32 = 672;

/// A photo's file as the host read it.
pub struct PhotoFile {
    pub bytes: Vec<u8>,
    /// Where the host decoded it, by this [`plan`] or with a browser's own decoder; else the engine does.
    pub decoded: Option<Result<Photo, SampleProblem>>,
}

impl From<Vec<u8>> for PhotoFile {
    fn from(bytes: Vec<u8>) -> Self {
        let decoded = None;
        Self { bytes, decoded }
    }
}

impl PhotoFile {
    /// Large enough for all that is made of a photo: the same for all.
    pub(super) fn decoded(&self) -> Result<Cow<'_, Photo>, SampleProblem> {
        match &self.decoded {
            Some(Ok(photo)) => Ok(Cow::Borrowed(photo)),
            Some(Err(why)) => Err(why.clone()),
            None => plan(&self.bytes)?.decode(&self.bytes).map(Cow::Owned),
        }
    }
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

/// What is made of a photo's file before it has a place in a project: this needs no engine, so
/// that other workers can make it.
pub struct PreparedPhoto {
    pub hash: SampleHash,
    /// The photo as it is kept.
    pub kept: Vec<u8>,
    /// A JPEG.
    pub thumbnail: Vec<u8>,
    pub input: NetworkInput,
}

/// What the backbone will see, or what it saw.
pub enum NetworkInput {
    /// RGB8 of its input size.
    Square(Vec<u8>),
    Embedding(Vec<f32>),
}

impl PreparedPhoto {
    /// For a backbone of `input_size`.
    pub fn of(photo: &PhotoFile, input_size: usize) -> Result<Self, SampleProblem> {
        Self::hashed(photo::hash(&photo.bytes), photo, input_size)
    }

    pub(super) fn hashed(
        hash: SampleHash,
        photo: &PhotoFile,
        input_size: usize,
    ) -> Result<Self, SampleProblem> {
        let decoded = photo.decoded()?;
        let square = square_of(&decoded, input_size);
        Ok(Self {
            hash,
            kept: kept(&photo.bytes, &decoded),
            thumbnail: jpeg(&preprocess::to_square(&square, THUMBNAIL), 80),
            input: NetworkInput::Square(square.into_raw()),
        })
    }
}

/// The square in the middle of a photo.
pub(super) fn square_of(photo: &Photo, size: usize) -> RgbImage {
    let size = size as u32;
    preprocess::resized(&photo.pixels, &photo.middle(), size, size)
}

/// The photo as it is kept: for other backbones, for training more than the head, to look at.
fn kept(bytes: &[u8], decoded: &Photo) -> Vec<u8> {
    if bytes.len() <= KEPT_AS_IS {
        return bytes.to_vec();
    }
    let (width, height) = decoded.whole;
    // A side of what it becomes, over the same side of what it is; no more than a JPEG can have.
    let by_shorter = (KEPT_SIDE, width.min(height));
    let by_longer = (LONGEST_SIDE, width.max(height));
    let share = |(to, of): (u32, u32)| f64::from(to) / f64::from(of);
    let (to, of) = match share(by_shorter) < share(by_longer) {
        true => by_shorter,
        false => by_longer,
    };
    if to >= of {
        return jpeg(&decoded.pixels, 90);
    }
    let scaled = |v: u32| (u64::from(v) * u64::from(to) / u64::from(of)).max(1) as u32;
    let (width, height) = (scaled(width), scaled(height));
    let smaller = preprocess::resized(&decoded.pixels, &decoded.all(), width, height);
    jpeg(&smaller, 90)
}
