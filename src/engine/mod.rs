//! The whole app without a browser: requests in, events out.
//!
//! The host calls [`Engine::handle`] for each request and [`Engine::step`] as long as
//! [`Engine::busy`]; each does a bounded piece of work. Tests do the same natively.

/// What a host needs to choose a device before there is an engine.
pub mod backbones {
    pub use crate::ml::backbone::Backbone;
    #[cfg(target_arch = "wasm32")]
    pub use crate::ml::device::webgpu;
    pub use crate::ml::device::{SAME, cpu, self_test};
}
mod heads;
mod project;

use crate::data::backbone::DeviceReport;
use crate::data::class::ClassId;
use crate::data::photo::PhotoHash;
use crate::data::prediction::Prediction;
use crate::data::problem::{PhotoProblem, Problem};
use crate::formats::photo;
use crate::ml::backbone::Backbone;
use crate::ml::preprocess;
use crate::protocol::{Event, Job, Request};
use heads::Run;
use project::Project;

/// An event for the page, with its payloads.
pub type Output = (Event, Vec<Vec<u8>>);

/// Side of a thumbnail, pixels: sharp at 80 px on a screen with two pixels a point.
const THUMBNAIL: u32 = 160;
/// Photos a step. Large enough to keep the device busy, small enough to stay responsive.
const BATCH: usize = 4;

/// A photo that waits for its embedding.
struct Waiting {
    to: ClassId,
    file: u64,
    name: String,
    hash: PhotoHash,
    square: Vec<u8>,
    thumbnail: Vec<u8>,
}

pub struct Engine {
    backbone: Backbone,
    project: Project,
    waiting: Vec<Waiting>,
    /// Photos announced and not settled yet, and all since the last time there were none.
    outstanding: usize,
    announced: usize,
    run: Option<Run>,
    head: Option<heads::InUse>,
}

impl Engine {
    pub fn new(backbone: Backbone) -> Self {
        Self {
            backbone,
            project: Project::default(),
            waiting: Vec::new(),
            outstanding: 0,
            announced: 0,
            run: None,
            head: None,
        }
    }

    /// What the page must know first.
    pub fn ready(&self, device: DeviceReport) -> Vec<Output> {
        vec![
            plain(Event::Ready {
                device,
                backbone: self.backbone.spec().id.into(),
            }),
            self.classes(),
        ]
    }

    /// True while [`Self::step`] has something to do.
    pub fn busy(&self) -> bool {
        !self.waiting.is_empty() || self.run.is_some()
    }

    /// True while another photo should be handed over before the next step.
    pub fn hungry(&self) -> bool {
        self.waiting.len() < BATCH
    }

    /// Says that `n` photos will be handed over for a class.
    pub fn announce(&mut self, to: ClassId, n: usize) -> Vec<Output> {
        self.project.expect(to, n as isize);
        self.outstanding += n;
        self.announced += n;
        vec![self.classes(), self.progress()]
    }

    /// The class of this name, made where it is missing.
    pub fn class_named(&mut self, name: &str) -> ClassId {
        self.project
            .find(name)
            .unwrap_or_else(|| self.project.add_class(name))
    }

    /// Takes an announced photo: decodes it and lets it wait for the next step.
    /// `bytes` is the file, or why there is none.
    pub fn add_photo(
        &mut self,
        to: ClassId,
        file: u64,
        name: &str,
        bytes: Result<Vec<u8>, PhotoProblem>,
    ) -> Vec<Output> {
        match bytes.and_then(|bytes| self.prepare(to, file, name, &bytes)) {
            Ok(waiting) => {
                self.waiting.push(waiting);
                Vec::new()
            }
            Err(why) => {
                self.settle(to);
                let problem = Problem::Photo {
                    file: name.into(),
                    why,
                };
                vec![
                    plain(Event::Problem(problem)),
                    plain(Event::Settled { file }),
                    self.classes(),
                    self.progress(),
                ]
            }
        }
    }

    fn prepare(
        &self,
        to: ClassId,
        file: u64,
        name: &str,
        bytes: &[u8],
    ) -> Result<Waiting, PhotoProblem> {
        let hash = photo::hash(bytes);
        let twin = self
            .project
            .class_of(&hash)
            .or_else(|| self.waiting.iter().find(|w| w.hash == hash).map(|w| w.to));
        if let Some(class) = twin.and_then(|id| self.project.name(id)) {
            return Err(PhotoProblem::Duplicate {
                class: class.into(),
            });
        }
        let decoded = photo::decode(bytes)?;
        Ok(Waiting {
            to,
            file,
            name: name.into(),
            hash,
            square: preprocess::to_square(&decoded, self.backbone.spec().input_size as u32)
                .into_raw(),
            thumbnail: photo::jpeg(&preprocess::to_square(&decoded, THUMBNAIL), 80),
        })
    }

    fn settle(&mut self, to: ClassId) {
        self.project.expect(to, -1);
        self.outstanding = self.outstanding.saturating_sub(1);
    }

    /// One bounded piece of work: a batch of photos, or an epoch.
    pub async fn step(&mut self) -> Vec<Output> {
        if !self.waiting.is_empty() {
            self.embed_batch().await
        } else {
            self.train_epoch().await
        }
    }

    async fn embed_batch(&mut self) -> Vec<Output> {
        let batch: Vec<Waiting> = self
            .waiting
            .drain(..self.waiting.len().min(BATCH))
            .collect();
        let squares: Vec<&[u8]> = batch.iter().map(|w| w.square.as_slice()).collect();
        let embedded = self.backbone.embed(&squares).await;
        let mut outputs = Vec::new();
        let (mut views, mut thumbnails, mut settled) = (Vec::new(), Vec::new(), Vec::new());
        if let Err(e) = &embedded {
            outputs.push(plain(Event::Problem(Problem::Computation(e.to_string()))));
        }
        let embeddings = embedded.unwrap_or_default();
        for (i, photo) in batch.into_iter().enumerate() {
            self.settle(photo.to);
            settled.push(plain(Event::Settled { file: photo.file }));
            // None where the class was deleted meanwhile, or nothing could be computed.
            let embedding = embeddings.get(i).cloned();
            if let Some(view) =
                embedding.and_then(|e| self.project.add(photo.to, &photo.name, photo.hash, e))
            {
                views.push(view);
                thumbnails.push(photo.thumbnail);
            }
        }
        if !views.is_empty() {
            outputs.push((Event::PhotosAdded(views), thumbnails));
            outputs.extend(self.outdate_head());
        }
        outputs.extend(settled);
        outputs.extend([self.classes(), self.progress()]);
        outputs
    }

    /// Does what the page asks. `payloads` as [`Request`] says, files read.
    pub async fn handle(&mut self, request: Request, payloads: Vec<Vec<u8>>) -> Vec<Output> {
        match request {
            Request::AddClass { name } => {
                self.project.add_class(&name);
                self.changed()
            }
            Request::RenameClass { id, name } => {
                self.project.rename(id, &name);
                self.relabel_head(id);
                let head = self.head_event();
                vec![self.classes(), head]
            }
            Request::RecolourClass { id, colour } => {
                self.project.recolour(id, colour);
                self.relabel_head(id);
                let head = self.head_event();
                vec![self.classes(), head]
            }
            Request::DeleteClass { id } => {
                let ids = self.project.delete_class(id);
                self.removed(ids)
            }
            Request::DeletePhotos { ids } => {
                let ids = self.project.delete_photos(&ids);
                self.removed(ids)
            }
            Request::MovePhotos { ids, to } => {
                let ids = self.project.move_photos(&ids, to);
                let mut outputs = vec![plain(Event::PhotosMoved { ids, to })];
                outputs.extend(self.changed());
                outputs
            }
            Request::Undo => {
                // The class first: photos belong to one.
                let back = self.project.undo();
                let mut outputs = vec![plain(Event::Undoable(None))];
                outputs.extend(self.changed());
                outputs.push(plain(Event::PhotosRestored(back)));
                outputs
            }
            Request::Train { settings } => self.start_training(&settings),
            Request::StopTraining => self.end_training(true),
            Request::TryPhotos { names, .. } => {
                let mut outputs = Vec::new();
                for (name, bytes) in names.iter().zip(&payloads) {
                    outputs.push(self.try_photo(name, bytes).await);
                }
                outputs
            }
            Request::SaveHead { name } => self.save_head(&name),
            Request::OpenHead { name } => self.open_head(&name, &payloads),
            Request::Embed => match payloads.first().map(Vec::as_slice) {
                Some(square) => match self.backbone.embed(&[square]).await {
                    Ok(embeddings) => {
                        let bytes = embeddings[0].iter().flat_map(|v| v.to_le_bytes()).collect();
                        vec![(Event::Embedding, vec![bytes])]
                    }
                    Err(e) => vec![plain(Event::Problem(Problem::Computation(e.to_string())))],
                },
                None => Vec::new(),
            },
            // The host takes these apart before they come here.
            Request::Start(_)
            | Request::AddPhotos { .. }
            | Request::AddSampleSet { .. }
            | Request::TryFrame { .. }
            | Request::Thumbnails { .. }
            | Request::UseBackbone { .. } => Vec::new(),
        }
    }

    async fn try_photo(&self, name: &str, bytes: &[u8]) -> Output {
        let refused = |why| {
            plain(Event::Problem(Problem::Photo {
                file: name.into(),
                why,
            }))
        };
        let decoded = match photo::decode(bytes) {
            Ok(decoded) => decoded,
            Err(why) => return refused(why),
        };
        let square = preprocess::to_square(&decoded, self.backbone.spec().input_size as u32);
        match self.backbone.embed(&[square.as_raw()]).await {
            Ok(embeddings) => {
                let thumbnail = photo::jpeg(&preprocess::to_square(&decoded, THUMBNAIL), 80);
                let predictions = self.predict(&embeddings[0]);
                (
                    Event::Tried {
                        name: name.into(),
                        predictions,
                    },
                    vec![thumbnail],
                )
            }
            Err(e) => plain(Event::Problem(Problem::Computation(e.to_string()))),
        }
    }

    fn predict(&self, embedding: &[f32]) -> Vec<Prediction> {
        self.head
            .as_ref()
            .map_or_else(Vec::new, |head| head.predict(embedding))
    }

    /// After classes or photos changed.
    fn changed(&mut self) -> Vec<Output> {
        let mut outputs = vec![self.classes()];
        outputs.extend(self.outdate_head());
        outputs
    }

    fn removed(&mut self, ids: Vec<crate::data::photo::PhotoId>) -> Vec<Output> {
        let mut outputs = vec![
            plain(Event::PhotosRemoved(ids)),
            plain(Event::Undoable(self.project.undoable())),
        ];
        outputs.extend(self.changed());
        outputs
    }

    fn classes(&self) -> Output {
        plain(Event::Classes(self.project.views()))
    }

    fn progress(&mut self) -> Output {
        let (done, total) = (self.announced - self.outstanding, self.announced);
        if self.outstanding == 0 {
            self.announced = 0;
        }
        plain(Event::Progress {
            job: Job::Embed,
            done,
            total,
        })
    }
}

fn plain(event: Event) -> Output {
    (event, Vec::new())
}
