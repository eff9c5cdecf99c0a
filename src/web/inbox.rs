//! What the page hands over, in the order in which it is worked on.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use super::read::{self, BlobReader};
use super::{samples, words};
use crate::data::class::ClassId;
use crate::data::photo::folder_of;
use crate::data::problem::{PhotoProblem, Problem, ZipProblem};
use crate::engine::{Digest, Engine, Output, PhotoFile, Zip};
use crate::protocol::{Event, Target};

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
    /// The number that is settled with it.
    file: Option<u64>,
    name: String,
    source: Source,
}

/// Photos to read: those to try first, because somebody is waiting for them.
#[derive(Default)]
pub struct Queue {
    add: VecDeque<Photo>,
    tries: VecDeque<Photo>,
}

impl Queue {
    /// The next photo to try.
    pub fn next_to_try(&mut self) -> Option<Photo> {
        self.tries.pop_front()
    }

    /// The next photo to add.
    pub fn next_to_add(&mut self) -> Option<Photo> {
        self.add.pop_front()
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

    /// Drops all photos to add: how many, and the numbers that are settled with them.
    pub fn give_up(&mut self) -> (usize, Vec<u64>) {
        let photos: Vec<Photo> = self.add.drain(..).collect();
        let files = photos.iter().filter_map(|photo| photo.file).collect();
        (photos.len(), files)
    }

    /// Queues photos to try.
    pub fn try_files(&mut self, names: Vec<String>, payloads: Vec<JsValue>, first: u64) {
        for ((file, name), blob) in (first..).zip(names).zip(blobs(payloads)) {
            self.tries.push_back(Photo {
                to: None,
                file: Some(file),
                name,
                source: Source::File(blob),
            });
        }
    }

    /// Queues photos and zips for classes.
    pub fn add_files(
        &mut self,
        engine: &mut Engine,
        to: &Target,
        names: Vec<String>,
        payloads: Vec<JsValue>,
        first: u64,
    ) -> Vec<Output> {
        let mut outputs = Vec::new();
        let mut batch = Batch::default();
        for ((number, name), blob) in (first..).zip(names).zip(blobs(payloads)) {
            let is_zip = name.to_lowercase().ends_with(".zip") || blob.type_().contains("zip");
            let refused = match (to, folder_of(&name)) {
                (Target::Folders, _) if is_zip => {
                    batch.zip(engine, blob, number).err().map(|why| {
                        let file = name.clone();
                        Problem::Zip { file, why }
                    })
                }
                (Target::Class(id), _) => {
                    batch.push(*id, Some(number), &name, Source::File(blob));
                    None
                }
                (Target::Folders, Some(folder)) => {
                    let id = engine.class_named(folder);
                    batch.push(id, Some(number), &name, Source::File(blob));
                    None
                }
                (Target::Folders, None) => Some(Problem::Photo {
                    file: name,
                    why: PhotoProblem::NoClass,
                }),
            };
            if let Some(problem) = refused {
                outputs.push((Event::Problem(problem), Vec::new()));
                outputs.push((Event::Settled { file: number }, Vec::new()));
            }
        }
        outputs.extend(batch.announce(engine, &mut self.add));
        outputs
    }

    /// Queues a ready-made set.
    pub async fn add_sample_set(
        &mut self,
        engine: &mut Engine,
        id: String,
        number: u64,
    ) -> Vec<Output> {
        let set = match samples::load(&id).await {
            Ok(set) => set,
            Err(detail) => {
                let problem = Problem::SampleSet { set: id, detail };
                return vec![
                    (Event::Problem(problem), Vec::new()),
                    (Event::Settled { file: number }, Vec::new()),
                ];
            }
        };
        let mut batch = Batch::default();
        for class in set.classes {
            let to = engine.class_named(&class.name);
            for file in class.files {
                batch.push(to, None, &file.clone(), Source::Url(file));
            }
        }
        batch.settles(number);
        batch.announce(engine, &mut self.add)
    }
}

/// Photos of one request.
#[derive(Default)]
struct Batch(Vec<Photo>);

impl Batch {
    fn push(&mut self, to: ClassId, file: Option<u64>, path: &str, source: Source) {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        let to = Some(to);
        self.0.push(Photo {
            to,
            file,
            name,
            source,
        });
    }

    fn zip(&mut self, engine: &mut Engine, blob: Blob, number: u64) -> Result<(), ZipProblem> {
        let reader = BlobReader::new(blob).map_err(|e| ZipProblem::Damaged(words(&e)))?;
        let zip = Zip::open(reader)?;
        let entries = zip.photos()?;
        let zip = Rc::new(RefCell::new(zip));
        for entry in entries {
            let folder = folder_of(&entry.path).expect("only files in a folder are listed");
            let to = engine.class_named(folder);
            let source = Source::Zip(zip.clone(), entry.index);
            self.push(to, None, &entry.path, source);
        }
        self.settles(number);
        Ok(())
    }

    /// The last one stands for all: they are done in order.
    fn settles(&mut self, number: u64) {
        if let Some(last) = self.0.last_mut() {
            last.file = Some(number);
        }
    }

    fn announce(self, engine: &mut Engine, queue: &mut VecDeque<Photo>) -> Vec<Output> {
        let mut counts: HashMap<ClassId, usize> = HashMap::new();
        for to in self.0.iter().filter_map(|photo| photo.to) {
            *counts.entry(to).or_default() += 1;
        }
        for (to, n) in counts {
            engine.announce(to, n);
        }
        queue.extend(self.0);
        engine.overview()
    }
}

/// What another worker reads a photo from.
pub enum Handed {
    Url(String),
    Payload(JsValue),
}

impl Photo {
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
        match self.to {
            Some(to) => engine.add_digest(to, self.file, &self.name, digest),
            None => Vec::new(),
        }
    }

    /// Reads it and hands it to the engine.
    pub async fn deliver(self, engine: &mut Engine) -> Vec<Output> {
        let photo = match self.source.read().await {
            Ok(bytes) => Ok(read::photo(bytes).await),
            Err(why) => Err::<PhotoFile, _>(why),
        };
        match self.to {
            Some(to) => engine.add_photo(to, self.file, &self.name, photo),
            None => engine.try_photo(self.file, &self.name, photo).await,
        }
    }
}

impl Source {
    async fn read(&self) -> Result<Vec<u8>, PhotoProblem> {
        match self {
            Self::Url(url) => read::fetch(url).await.map_err(PhotoProblem::Unreadable),
            Self::File(blob) => read::blob(blob).await,
            Self::Zip(zip, index) => zip.borrow_mut().read(*index),
        }
    }
}

fn blobs(payloads: Vec<JsValue>) -> impl Iterator<Item = Blob> {
    payloads.into_iter().filter_map(|p| p.dyn_into().ok())
}
