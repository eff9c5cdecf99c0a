//! What the page hands over, in the order in which it is worked on.

mod files;
mod zips;

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::Blob;

use super::read::{self, BlobReader};
use super::samples;
use super::worker::tell;
use data::class::ClassId;
use data::problem::{PhotoProblem, Problem};
use data::protocol::{Event, Target};
use engine::{Digest, Engine, Output, PhotoFile, Zip};
use files::File;
pub use files::{Again, Files};
use zips::Place;

/// Where a photo's bytes come from when it is its turn.
enum Source {
    File(Blob),
    /// Relative to the page.
    Url(String),
    Zip(Rc<RefCell<Zip<BlobReader>>>, usize),
}

/// A photo that waits to be read.
pub struct Photo {
    /// None to try it.
    to: Option<ClassId>,
    /// The number that is settled with it, or with the last of those that have it.
    file: Option<u64>,
    /// Its place, where the number stands for several.
    part: Option<usize>,
    /// With the folders it came in.
    path: String,
    source: Source,
    /// It may be there already, because it was handed over twice.
    again: bool,
}

/// Photos to read: those to try first, because somebody is waiting for them.
#[derive(Default)]
pub struct Queue {
    add: VecDeque<Photo>,
    tries: VecDeque<Photo>,
    /// How many photos a number stands for, where it is more than one: it is settled with the last.
    open: HashMap<u64, usize>,
}

impl Queue {
    /// The next photo to try.
    pub fn next_to_try(&mut self) -> Option<Photo> {
        let photo = self.tries.pop_front()?;
        photo.tell_begun();
        Some(photo)
    }

    /// The next photo to add.
    pub fn next_to_add(&mut self) -> Option<Photo> {
        let photo = self.add.pop_front()?;
        photo.tell_begun();
        Some(photo)
    }

    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.tries.is_empty()
    }

    /// Photos to add.
    pub fn waiting(&self) -> usize {
        self.add.len()
    }

    /// Photos that were taken out and not done, in their order.
    pub fn put_back(&mut self, photos: Vec<Photo>) {
        for photo in photos.into_iter().rev() {
            self.add.push_front(photo);
        }
    }

    /// Photos on their way to a class, or to any, are not read any more.
    pub fn forget(&mut self, engine: &mut Engine, class: Option<ClassId>) -> Vec<Output> {
        let all = std::mem::take(&mut self.add);
        let goes = |photo: &Photo| class.is_none() || photo.to == class;
        let (gone, stay): (Vec<Photo>, Vec<Photo>) = all.into_iter().partition(goes);
        self.add = stay.into();
        if gone.is_empty() {
            return Vec::new();
        }
        let withdrawn = gone
            .into_iter()
            .filter_map(|p| engine.withdraw(p.to?, p.file));
        let mut outputs: Vec<Output> = withdrawn.collect();
        outputs.extend(engine.overview());
        outputs
    }

    /// Photos to try are not read any more.
    pub fn stop_trying(&mut self) -> Vec<Output> {
        let files = self.tries.drain(..).filter_map(|photo| photo.file);
        files
            .map(|file| (Event::Settled { file }, Vec::new()))
            .collect()
    }

    /// Leaves out what is settled for a part only.
    pub fn settle(&mut self, mut outputs: Vec<Output>) -> Vec<Output> {
        outputs.retain(|(event, _)| {
            let Event::Settled { file } = event else {
                return true;
            };
            let Some(left) = self.open.get_mut(file) else {
                return true;
            };
            *left -= 1;
            if *left == 0 {
                self.open.remove(file);
                return true;
            }
            false
        });
        outputs
    }

    /// Queues photos to try, also out of zips.
    pub async fn try_files(&mut self, engine: &mut Engine, handed: Files) -> Vec<Output> {
        let mut batch = Batch {
            again: handed.again,
            ..Batch::default()
        };
        for file in handed.files {
            match file.is_zip() {
                true => batch.zip(engine, file, Place::Try).await,
                false => batch.push(None, file),
            }
        }
        self.take_numbers(&batch);
        self.tries.extend(batch.photos);
        batch.outputs
    }

    /// Queues photos and zips for classes.
    pub async fn add_files(
        &mut self,
        engine: &mut Engine,
        to: &Target,
        handed: Files,
    ) -> Vec<Output> {
        let mut batch = Batch {
            again: handed.again,
            ..Batch::default()
        };
        let (zips, photos): (Vec<File>, Vec<File>) =
            handed.files.into_iter().partition(File::is_zip);
        let place = match to {
            Target::Class(id) => {
                photos
                    .into_iter()
                    .for_each(|file| batch.push(Some(*id), file));
                Place::Class(*id)
            }
            Target::Folders => {
                batch.named(engine, photos);
                Place::Classes
            }
        };
        for file in zips {
            batch.zip(engine, file, place).await;
        }
        self.announce(engine, batch)
    }

    /// Queues a ready-made set.
    pub async fn add_sample_set(
        &mut self,
        engine: &mut Engine,
        id: String,
        number: u64,
        again: Again,
    ) -> Vec<Output> {
        let mut batch = Batch::default();
        match samples::load(&id).await {
            Ok(set) => {
                let names = set.classes.iter().map(|class| class.name.as_str());
                match engine.classes_named(names) {
                    Ok(ids) => {
                        let of_class = ids.into_iter().zip(set.classes);
                        let photos = of_class.flat_map(|(to, class)| {
                            class.files.into_iter().map(move |path| (to, path))
                        });
                        let parts = photos.enumerate();
                        let parts = parts.filter(|(part, _)| !again.leaves_out(*part));
                        batch.photos.extend(parts.map(|(part, (to, path))| Photo {
                            to: Some(to),
                            file: Some(number),
                            part: Some(part),
                            source: Source::Url(path.clone()),
                            path,
                            again: again.0.is_some(),
                        }));
                    }
                    Err(classes) => batch.tell(Problem::TooManyClasses { classes }),
                }
            }
            Err(why) => batch.tell(Problem::SampleSet {
                set: id,
                detail: why.into(),
            }),
        }
        if batch.photos.is_empty() {
            batch.settle(number);
        }
        self.announce(engine, batch)
    }

    fn announce(&mut self, engine: &mut Engine, batch: Batch) -> Vec<Output> {
        let mut counts: HashMap<ClassId, usize> = HashMap::new();
        for to in batch.photos.iter().filter_map(|photo| photo.to) {
            *counts.entry(to).or_default() += 1;
        }
        for (to, n) in counts {
            engine.announce(to, n);
        }
        self.take_numbers(&batch);
        self.add.extend(batch.photos);
        let mut outputs = batch.outputs;
        outputs.extend(engine.overview());
        outputs
    }

    fn take_numbers(&mut self, batch: &Batch) {
        for file in batch.photos.iter().filter_map(|photo| photo.file) {
            *self.open.entry(file).or_default() += 1;
        }
    }
}

/// Photos of one request, and what is to be said of others.
#[derive(Default)]
struct Batch {
    photos: Vec<Photo>,
    outputs: Vec<Output>,
    again: Again,
}

impl Batch {
    fn tell(&mut self, problem: Problem) {
        self.outputs.push((Event::Problem(problem), Vec::new()));
    }

    fn settle(&mut self, file: u64) {
        self.outputs.push((Event::Settled { file }, Vec::new()));
    }

    fn push(&mut self, to: Option<ClassId>, file: File) {
        self.photos.push(Photo {
            to,
            file: Some(file.number),
            part: None,
            path: file.name,
            source: Source::File(file.blob),
            again: self.again.0.is_some(),
        });
    }

    /// Photos whose names begin with that of their class.
    fn named(&mut self, engine: &mut Engine, files: Vec<File>) {
        let split = |file: File| match file.name.split_once('/') {
            Some((class, path)) => Ok((
                class.to_owned(),
                File {
                    name: path.to_owned(),
                    ..file
                },
            )),
            None => Err(file),
        };
        let mut sorted = Vec::new();
        for file in files {
            match split(file) {
                Ok(file) => sorted.push(file),
                Err(File { number, name, .. }) => {
                    let why = PhotoProblem::NoClass;
                    self.tell(Problem::Photo { file: name, why });
                    self.settle(number);
                }
            }
        }
        let names = sorted.iter().map(|(class, _)| class.as_str());
        match engine.classes_named(names) {
            Ok(ids) => {
                let files = sorted.into_iter().map(|(_, file)| file);
                ids.into_iter()
                    .zip(files)
                    .for_each(|(id, file)| self.push(Some(id), file));
            }
            Err(classes) => {
                self.tell(Problem::TooManyClasses { classes });
                sorted.iter().for_each(|(_, file)| self.settle(file.number));
            }
        }
    }

    /// The photos of a zip; all of it is one file to the page.
    async fn zip(&mut self, engine: &mut Engine, file: File, place: Place) {
        let File { number, name, blob } = file;
        let opened = match zips::open(engine, &name, blob, place).await {
            Ok(opened) => opened,
            Err(why) => {
                self.tell(Problem::Zip { file: name, why });
                return self.settle(number);
            }
        };
        for what in opened.left_out {
            let from = name.clone();
            self.tell(Problem::LeftOut { from, what });
        }
        let mut photos = opened.photos;
        photos.retain(|(_, index)| !self.again.leaves_out(*index));
        if photos.is_empty() {
            self.settle(number);
        }
        let zip = Rc::new(RefCell::new(opened.zip));
        for (to, index) in photos {
            let path = zip.borrow().paths()[index].clone();
            self.photos.push(Photo {
                to,
                file: Some(number),
                part: Some(index),
                path,
                source: Source::Zip(zip.clone(), index),
                again: self.again.0.is_some(),
            });
        }
    }
}

/// What another worker reads a photo from.
pub enum Handed {
    Url(String),
    Payload(JsValue),
}

impl Photo {
    /// One of the photos that were handed over as one may be what broke the worker before.
    fn tell_begun(&self) {
        if let (true, Some(file), Some(part)) = (self.again, self.file, self.part) {
            let name = self.path.clone();
            tell(Event::Begun { file, part, name });
        }
    }

    /// For another worker, which cannot see our zips.
    pub fn hand(&self) -> Result<Handed, PhotoProblem> {
        Ok(match &self.source {
            Source::File(blob) => Handed::Payload(blob.clone().into()),
            Source::Url(url) => Handed::Url(url.clone()),
            Source::Zip(zip, index) => {
                let bytes = zip.borrow_mut().read(*index)?;
                Handed::Payload(Uint8Array::from(bytes.as_slice()).into())
            }
        })
    }

    /// Hands it to the engine, decoded by another worker.
    pub fn add(self, engine: &mut Engine, digest: Result<Digest, PhotoProblem>) -> Vec<Output> {
        let outputs = match self.to {
            Some(to) => engine.add_digest(to, self.file, self.name(), digest),
            None => Vec::new(),
        };
        self.told(outputs)
    }

    /// Reads it and hands it to the engine.
    pub async fn deliver(self, engine: &mut Engine) -> Vec<Output> {
        let photo = match self.source.read().await {
            Ok(bytes) => Ok(read::photo(bytes).await),
            Err(why) => Err::<PhotoFile, _>(why),
        };
        let outputs = match self.to {
            Some(to) => engine.add_photo(to, self.file, self.name(), photo),
            None => engine.try_photo(self.file, self.name(), photo).await,
        };
        self.told(outputs)
    }

    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// A refusal names the photo by its path. That one is there already says nothing where this worker was handed what
    /// the one before it had begun.
    fn told(&self, mut outputs: Vec<Output>) -> Vec<Output> {
        outputs.retain_mut(|(event, _)| {
            let Event::Problem(Problem::Photo { file, why }) = event else {
                return true;
            };
            file.clone_from(&self.path);
            !(self.again && matches!(why, PhotoProblem::Duplicate { .. }))
        });
        outputs
    }
}

impl Source {
    async fn read(&self) -> Result<Vec<u8>, PhotoProblem> {
        match self {
            Self::Url(url) => read::fetch(url)
                .await
                .map_err(|why| PhotoProblem::Unreadable(why.into())),
            Self::File(blob) => read::blob(blob).await,
            Self::Zip(zip, index) => zip.borrow_mut().read(*index),
        }
    }
}
