//! Photos on their way: decoded, embedded in batches, taken into the project or tried.

use image::{ImageFormat, RgbImage};

use super::store::Table;
use super::{Engine, Output, plain};
use crate::data::backbone::DeviceKind;
use crate::data::class::ClassId;
use crate::data::photo::{PhotoHash, PhotoId};
use crate::data::problem::{PhotoProblem, Problem, StorageProblem};
use crate::formats::photo::{self, Photo, jpeg};
use crate::ml::backbone::Backbone;
use crate::ml::preprocess;
use crate::protocol::Event;

/// Side of a thumbnail, pixels: sharp at 80 px on a screen with two pixels a point.
const THUMBNAIL: u32 = 160;
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
    /// Where the browser decoded it, because the engine cannot ([`needs_browser`]).
    pub pixels: Option<RgbImage>,
}

impl From<Vec<u8>> for PhotoFile {
    fn from(bytes: Vec<u8>) -> Self {
        let pixels = None;
        Self { bytes, pixels }
    }
}

impl PhotoFile {
    /// Large enough for all that is made of a photo: the same for all.
    pub(super) fn decoded(&self) -> Result<Photo, PhotoProblem> {
        match &self.pixels {
            Some(pixels) => Ok(pixels.clone().into()),
            None => photo::decode_at_least(&self.bytes, DECODED_SIDE),
        }
    }
}

/// True for what `image` does not read and a browser may: HEIC, AVIF and whatever comes.
pub fn needs_browser(bytes: &[u8]) -> bool {
    !bytes.is_empty() && !image::guess_format(bytes).is_ok_and(|f| ImageFormat::reading_enabled(&f))
}

/// What is made of a photo's file before it has a place in a project: this needs no engine, so
/// that other workers can make it.
pub struct Digest {
    pub hash: PhotoHash,
    /// The photo as it is kept.
    pub kept: Vec<u8>,
    /// A JPEG.
    pub thumbnail: Vec<u8>,
    pub sight: Sight,
}

/// What the backbone will see, or what it saw.
pub enum Sight {
    /// RGB8 of its input size.
    Square(Vec<u8>),
    Embedding(Vec<f32>),
}

impl Digest {
    /// For a backbone of `input_size`.
    pub fn of(photo: &PhotoFile, input_size: usize) -> Result<Self, PhotoProblem> {
        Self::hashed(photo::hash(&photo.bytes), photo, input_size)
    }

    fn hashed(hash: PhotoHash, photo: &PhotoFile, input_size: usize) -> Result<Self, PhotoProblem> {
        let decoded = photo.decoded()?;
        let square = square_of(&decoded, input_size);
        Ok(Self {
            hash,
            kept: kept(&photo.bytes, &decoded),
            thumbnail: jpeg(&preprocess::to_square(&square, THUMBNAIL), 80),
            sight: Sight::Square(square.into_raw()),
        })
    }
}

/// Where a new photo goes, and the number that it settles.
struct Place {
    to: ClassId,
    file: Option<u64>,
    name: String,
}

/// A photo that waits for its embedding.
pub(super) struct Waiting {
    square: Vec<u8>,
    what: What,
}

enum What {
    New {
        place: Place,
        hash: PhotoHash,
        kept: Vec<u8>,
        thumbnail: Vec<u8>,
    },
    /// One that is there already, for another backbone.
    Again(PhotoId),
}

impl Engine {
    /// True while another photo should be handed over before the next step.
    pub fn hungry(&self) -> bool {
        self.waiting.len() < self.backbone.batch() && self.wanted.is_none()
    }

    /// Says that `n` photos will be handed over for a class. Show it with [`Self::overview`].
    pub fn announce(&mut self, to: ClassId, n: usize) {
        self.project.expect(to, n as isize);
        self.outstanding += n;
        self.announced += n;
    }

    /// Takes an announced photo: decodes it and lets it wait for the next step. `file` is the
    /// number it settles, where there is one.
    pub fn add_photo(
        &mut self,
        to: ClassId,
        file: Option<u64>,
        name: &str,
        photo: Result<PhotoFile, PhotoProblem>,
    ) -> Vec<Output> {
        let input_size = self.backbone.spec().input_size;
        let digest = photo.and_then(|photo| {
            let hash = photo::hash(&photo.bytes);
            // Before the work of decoding it.
            self.is_new(&hash)?;
            Digest::hashed(hash, &photo, input_size)
        });
        self.add_digest(to, file, name, digest)
    }

    /// The same with a photo that was decoded, perhaps also embedded, elsewhere.
    pub fn add_digest(
        &mut self,
        to: ClassId,
        file: Option<u64>,
        name: &str,
        digest: Result<Digest, PhotoProblem>,
    ) -> Vec<Output> {
        let digest = digest.and_then(|digest| {
            self.is_new(&digest.hash)?;
            Ok(digest)
        });
        let name = name.to_owned();
        let Digest {
            hash,
            kept,
            thumbnail,
            sight,
        } = match digest {
            Ok(digest) => digest,
            Err(why) => {
                self.arrived(to);
                let problem = Problem::Photo { file: name, why };
                let mut outputs = vec![plain(Event::Problem(problem))];
                outputs.extend(settled(file));
                outputs.extend(self.overview());
                return outputs;
            }
        };
        let place = Place { to, file, name };
        let what = What::New {
            place,
            hash,
            kept,
            thumbnail,
        };
        match sight {
            Sight::Square(square) => {
                self.waiting.push(Waiting { square, what });
                Vec::new()
            }
            Sight::Embedding(embedding) => self.admit(vec![(what, embedding)]),
        }
    }

    fn is_new(&self, hash: &PhotoHash) -> Result<(), PhotoProblem> {
        let on_its_way = || self.waiting.iter().find_map(|w| w.class_of(hash));
        let twin = self.project.class_of(hash).or_else(on_its_way);
        match twin.and_then(|id| self.project.name(id)) {
            Some(class) => Err(PhotoProblem::Duplicate {
                class: class.into(),
            }),
            None => Ok(()),
        }
    }

    fn square(&self, decoded: &Photo) -> RgbImage {
        square_of(decoded, self.backbone.spec().input_size)
    }

    /// A photo that the backbone in use has not seen and that is not waiting yet, and the key
    /// of its file.
    pub fn missing(&self) -> Option<(PhotoId, String)> {
        let mut missing = self.project.missing();
        let waits = |id: PhotoId| {
            self.waiting
                .iter()
                .any(|w| matches!(w.what, What::Again(other) if other == id))
        };
        missing
            .find(|row| !waits(row.id))
            .map(|row| (row.id, row.hash.0.clone()))
    }

    /// Hands over the file of a [`Self::missing`] photo; none where it cannot be had: the photo stays then, without what the
    /// backbone in use would say of it, and the next start tries again.
    pub fn refill(&mut self, id: PhotoId, photo: Option<PhotoFile>) -> Vec<Output> {
        if let Some(Ok(decoded)) = photo.map(|photo| photo.decoded()) {
            let square = self.square(&decoded).into_raw();
            let what = What::Again(id);
            self.waiting.push(Waiting { square, what });
            return Vec::new();
        }
        self.project.lose_file(id);
        let mut outputs = self.overview();
        if self.missing().is_none() {
            let photos = self.project.files_gone();
            let problem = StorageProblem::FilesGone { photos };
            outputs.push(plain(Event::Problem(Problem::Storage(problem))));
        }
        outputs
    }

    /// An announced photo is here, or will never be.
    fn arrived(&mut self, to: ClassId) {
        self.project.expect(to, -1);
        self.outstanding = self.outstanding.saturating_sub(1);
    }

    pub(super) async fn embed_batch(&mut self) -> Vec<Output> {
        let n = self.waiting.len().min(self.backbone.batch());
        let batch: Vec<Waiting> = self.waiting.drain(..n).collect();
        let squares: Vec<&[u8]> = batch.iter().map(|w| w.square.as_slice()).collect();
        let embeddings = match self.backbone.embed(&squares).await {
            Ok(embeddings) => embeddings,
            // What is not settled is handed over again, to the worker that follows.
            Err(e) if self.device.kind == DeviceKind::Webgpu => return self.device_lost(&e),
            Err(e) => {
                let mut outputs = vec![plain(Event::Problem(Problem::Computation(e.to_string())))];
                for waiting in batch {
                    outputs.extend(self.give_up(waiting));
                }
                outputs.extend(self.overview());
                return outputs;
            }
        };
        let seen = batch.into_iter().map(|waiting| waiting.what);
        self.admit(seen.zip(embeddings).collect())
    }

    /// Embedded photos get their place.
    fn admit(&mut self, seen: Vec<(What, Vec<f32>)>) -> Vec<Output> {
        let (mut views, mut thumbnails, mut done) = (Vec::new(), Vec::new(), Vec::new());
        for (what, embedding) in seen {
            match what {
                What::Again(id) => self.project.refill(id, embedding),
                What::New {
                    place: Place { to, file, name },
                    hash,
                    kept,
                    thumbnail,
                } => {
                    self.arrived(to);
                    done.extend(settled(file));
                    let key = hash.0.clone();
                    // None where the class was deleted meanwhile.
                    if let Some(view) = self.project.add(to, &name, hash, embedding) {
                        let journal = &mut self.project.journal;
                        journal.put(Table::Files, key.clone(), kept);
                        journal.put(Table::Thumbnails, key, thumbnail.clone());
                        views.push(view);
                        thumbnails.push(thumbnail);
                    }
                }
            }
        }
        let mut outputs = Vec::new();
        if !views.is_empty() {
            outputs.push((Event::PhotosAdded(views), thumbnails));
            outputs.extend(self.outdate_head());
        }
        outputs.extend(done);
        outputs.extend(self.overview());
        outputs
    }

    fn give_up(&mut self, waiting: Waiting) -> Option<Output> {
        let What::New { place, .. } = waiting.what else {
            return None;
        };
        self.arrived(place.to);
        settled(place.file)
    }

    pub(super) fn device_lost(&self, error: &crate::ml::ComputeError) -> Vec<Output> {
        let _ = error; // the browser's words help nobody: what to do is the same
        vec![plain(Event::Problem(Problem::DeviceLost))]
    }

    /// The backbone whose embeddings the head in use was trained on.
    fn predicting(&self) -> &Backbone {
        let tuned = self.head.as_ref().and_then(|head| head.backbone.as_ref());
        tuned.unwrap_or(&self.backbone)
    }

    /// What the head says of a photo.
    pub async fn try_photo(
        &mut self,
        file: Option<u64>,
        name: &str,
        photo: Result<PhotoFile, PhotoProblem>,
    ) -> Vec<Output> {
        let mut outputs = match photo.and_then(|photo| photo.decoded()) {
            Ok(decoded) => {
                let square = self.square(&decoded);
                match self.predicting().embed(&[square.as_raw()]).await {
                    Ok(embeddings) => {
                        let thumbnail = preprocess::to_square(&square, THUMBNAIL);
                        let event = Event::Tried {
                            name: name.into(),
                            predictions: self.predict(&embeddings[0]),
                        };
                        vec![(event, vec![jpeg(&thumbnail, 80)])]
                    }
                    Err(e) if self.device.kind == DeviceKind::Webgpu => {
                        return self.device_lost(&e);
                    }
                    Err(e) => vec![plain(Event::Problem(Problem::Computation(e.to_string())))],
                }
            }
            Err(why) => {
                let file = name.into();
                vec![plain(Event::Problem(Problem::Photo { file, why }))]
            }
        };
        outputs.extend(settled(file));
        outputs
    }

    /// What the head says of a camera's frame, RGBA.
    pub(super) async fn try_frame(&self, width: u32, height: u32, rgba: &[u8]) -> Vec<Output> {
        let rgb = rgba
            .as_chunks::<4>()
            .0
            .iter()
            .flat_map(|p| [p[0], p[1], p[2]]);
        let Some(frame) = RgbImage::from_vec(width, height, rgb.collect()) else {
            return Vec::new();
        };
        match self
            .predicting()
            .embed(&[self.square(&frame.into()).as_raw()])
            .await
        {
            Ok(embeddings) => {
                let predictions = self.predict(&embeddings[0]);
                vec![plain(Event::Frame { predictions })]
            }
            Err(e) if self.device.kind == DeviceKind::Webgpu => self.device_lost(&e),
            Err(e) => vec![plain(Event::Problem(Problem::Computation(e.to_string())))],
        }
    }
}

impl Waiting {
    fn class_of(&self, wanted: &PhotoHash) -> Option<ClassId> {
        match &self.what {
            What::New { place, hash, .. } if hash == wanted => Some(place.to),
            _ => None,
        }
    }
}

fn settled(file: Option<u64>) -> Option<Output> {
    file.map(|file| plain(Event::Settled { file }))
}

/// The square in the middle of a photo.
pub(super) fn square_of(photo: &Photo, size: usize) -> RgbImage {
    let size = size as u32;
    preprocess::resized(&photo.pixels, &photo.middle(), size, size)
}

/// The photo as it is kept: for other backbones, for training more than the head, to look at.
fn kept(bytes: &[u8], decoded: &Photo) -> Vec<u8> {
    let (width, height) = decoded.whole;
    let side = width.min(height);
    if bytes.len() <= KEPT_AS_IS {
        return bytes.to_vec();
    }
    if side <= KEPT_SIDE {
        return jpeg(&decoded.pixels, 90);
    }
    let scaled = |v: u32| (u64::from(v) * u64::from(KEPT_SIDE) / u64::from(side)) as u32;
    let (width, height) = (scaled(width), scaled(height));
    let smaller = preprocess::resized(&decoded.pixels, &decoded.all(), width, height);
    jpeg(&smaller, 90)
}
