//! The whole app without a browser: requests in, events out.
//!
//! The host calls [`Engine::handle`] for each request and [`Engine::step`] as long as
//! [`Engine::busy`]; each does a bounded piece of work. Tests do the same natively.

/// What a host needs to choose a device before there is an engine.
pub mod backbones {
    pub use crate::ml::Device;
    pub use crate::ml::backbone::Backbone;
    pub use crate::ml::device::{SAME, self_test};
    #[cfg(feature = "gpu")]
    pub use crate::ml::gpu::Gpu;
}
mod compare;
mod heads;
mod intake;
mod lab;
mod looks;
mod need;
mod overview;
mod project;
mod run;
pub mod store;
mod timing;
mod training;
mod tuning;

pub use image::RgbImage;
pub use intake::{Digest, PhotoFile, Sight, needs_browser};
pub use need::Need;

pub use crate::formats::zip::Zip;

use crate::data::backbone::{BackboneSpec, DeviceKind, DeviceReport, find_backbone};
use crate::data::class::ClassId;
use crate::data::photo::PhotoId;
use crate::data::prediction::Prediction;
use crate::data::problem::{Problem, StorageProblem};
use crate::formats::bundle;
use crate::ml::Device;
use crate::ml::backbone::Backbone;
use crate::protocol::{Event, Request};
use heads::InUse;
use intake::Waiting;
use lab::{Comparison, Labs, Measurement};
use looks::Looks;
use project::Project;
use run::Run;
use store::{DoneRow, Snapshot, Table, Write, embedding_key, read_floats};
use tuning::Tuning;

/// An event for the page, with its payloads.
pub type Output = (Event, Vec<Vec<u8>>);

pub struct Engine {
    backbone: Backbone,
    device: DeviceReport,
    project: Project,
    waiting: Vec<Waiting>,
    /// Photos announced and not settled yet, and all since the last time there were none.
    outstanding: usize,
    announced: usize,
    /// Photos that a change of the backbone has to do again.
    refilling: usize,
    /// How many classes the page was told of last, and when.
    told: (usize, f64),
    task: Option<Task>,
    /// The task waits for [`Request::PauseTraining`].
    paused: bool,
    /// What waits until photos are compared.
    deferred: Vec<Request>,
    head: Option<InUse>,
    labs: Labs,
    looks: Looks,
    /// Milliseconds of a steady clock.
    clock: fn() -> f64,
    /// What networks are tuned on.
    gpu: Option<Device>,
    /// A backbone that the host should fetch, and the head file that asked for it.
    wanted: Option<&'static BackboneSpec>,
    parked: Option<(String, Vec<u8>)>,
}

/// Long work, one at a time.
enum Task {
    Train(Box<Run>),
    Tune(Box<Tuning>),
    Lab(Box<Comparison>),
    Curve(Box<Measurement>),
}

impl Engine {
    /// `clock` tells milliseconds, steadily.
    pub fn new(backbone: Backbone, device: DeviceReport, clock: fn() -> f64) -> Self {
        Self {
            project: Project::new(backbone.spec().id),
            backbone,
            device,
            waiting: Vec::new(),
            outstanding: 0,
            announced: 0,
            refilling: 0,
            told: (0, 0.0),
            task: None,
            paused: false,
            deferred: Vec::new(),
            head: None,
            labs: Labs::default(),
            looks: Looks::default(),
            clock,
            gpu: None,
            wanted: None,
            parked: None,
        }
    }

    /// Networks are tuned on this device from now on; none for the CPU. Only a real GPU is worth
    /// it: a step on an emulated one takes seconds.
    pub fn tune_on(&mut self, gpu: Option<Device>) {
        self.gpu = gpu;
    }

    /// Takes what was stored. [`Self::recall`] and then [`Self::ready`] are next.
    pub fn open(&mut self, snapshot: &Snapshot) -> Vec<Output> {
        self.open_parts(snapshot, true)
    }

    /// The same without the head and the comparisons, which stay stored: one of them may be why the page could not start.
    pub fn open_safely(&mut self, snapshot: &Snapshot) -> Vec<Output> {
        self.open_parts(snapshot, false)
    }

    fn open_parts(&mut self, snapshot: &Snapshot, all: bool) -> Vec<Output> {
        self.project.restore(snapshot);
        let mut outputs = match all {
            true => self.restore_head(&snapshot.project),
            false => vec![self.head_event()],
        };
        outputs.push(plain(Event::PhotosAdded(self.project.photos())));
        outputs.push(self.restore_labs(&snapshot.project, all));
        outputs.extend(self.unread_said());
        if let Some(what) = self.project.undoable() {
            outputs.push(plain(Event::Undoable(Some(what))));
        }
        outputs
    }

    /// Photos can be embedded.
    pub fn ready(&self) -> Output {
        plain(Event::Ready {
            device: self.device.clone(),
            backbone: self.backbone.spec().id.into(),
        })
    }

    /// Changes to store before the page is told of them.
    pub fn changes(&mut self) -> Vec<Write> {
        self.project.journal.take()
    }

    /// Photos without an embedding, deleted ones too, and the key where storage may have it.
    pub fn to_recall(&self) -> Vec<(PhotoId, String)> {
        let id = self.backbone.spec().id;
        let rows = self.project.to_recall();
        rows.map(|row| (row.id, embedding_key(id, &row.hash)))
            .collect()
    }

    /// What storage has for [`Self::to_recall`]; photos it lacks are [`Self::missing`].
    pub fn recall(&mut self, id: PhotoId, bytes: &[u8]) {
        if let Some(embedding) = read_floats(bytes, self.backbone.spec().width) {
            self.project.recall(id, embedding);
        }
    }

    /// The key of a photo's thumbnail.
    pub fn thumbnail_key(&self, id: PhotoId) -> Option<String> {
        self.project.hash(id).map(|hash| hash.0.clone())
    }

    /// Where the backbone runs.
    pub fn device(&self) -> DeviceKind {
        self.device.kind
    }

    /// The backbone in use.
    pub fn backbone(&self) -> &'static BackboneSpec {
        self.backbone.spec()
    }

    /// True while [`Self::step`] has something to do.
    pub fn busy(&self) -> bool {
        let task = self.task.is_some() && !self.paused && self.need().is_none();
        !self.waiting.is_empty() || task || !self.project.compared()
    }

    /// Long work is under way, which would be lost with this engine.
    pub fn working(&self) -> bool {
        self.task.is_some()
    }

    /// Stores with the changes that which of them were made.
    pub fn note_done(&mut self, done: &DoneRow) {
        let journal = &mut self.project.journal;
        journal.put_json(Table::Project, store::DONE.into(), done);
    }

    /// What was stored and cannot be read: it stays as it is.
    pub fn unread(&self) -> &[(Table, String)] {
        &self.project.unread.keys
    }

    /// The keys of the photos' files, of those too that an undo would bring back.
    pub fn photo_keys(&self) -> impl Iterator<Item = String> {
        self.project.all_hashes().map(|hash| hash.0.clone())
    }

    /// Files as one, for the page to save.
    pub fn bundle(name: &str, files: &[(String, Vec<u8>)]) -> Output {
        let event = Event::File {
            name: name.into(),
            mime: "application/zip".into(),
        };
        (event, vec![bundle::zip(files)])
    }

    /// How the name of a photo's file should end.
    pub fn ending(photo: &[u8]) -> String {
        let format = image::guess_format(photo).ok();
        let ending = format.and_then(|format| format.extensions_str().first().copied());
        ending.map_or_else(String::new, |ending| format!(".{ending}"))
    }

    /// No photo is on its way any more.
    pub fn expect_no_more(&mut self) {
        self.project.expect_no_more();
        (self.outstanding, self.announced) = (0, 0);
    }

    /// Photos that the backbone in use has not seen are not waited for.
    pub fn forgo_missing(&mut self) {
        let missing: Vec<PhotoId> = self.project.missing().map(|row| row.id).collect();
        for id in missing {
            self.project.lose_file(id);
        }
    }

    /// All photos that wait for their embedding get it now.
    pub async fn embed_waiting(&mut self) -> Vec<Output> {
        let mut outputs = Vec::new();
        while !self.waiting.is_empty() {
            outputs.extend(self.embed_batch().await);
        }
        outputs
    }

    pub(super) fn unread_said(&self) -> Option<Output> {
        let (photos, others) = self.project.unread_counts();
        let newer = self.project.unread.newer;
        let problem = StorageProblem::Unreadable {
            photos,
            others,
            newer,
        };
        (photos + others > 0).then(|| plain(Event::Problem(Problem::Storage(problem))))
    }

    /// A file that the host should hand over before the next step.
    pub fn need(&self) -> Option<Need> {
        let photo = |key: &str| Need::Photo { key: key.into() };
        if let Some(need) = self.looks.need() {
            return Some(need);
        }
        let key = match self.task.as_ref().filter(|_| !self.paused)? {
            Task::Train(_) => None,
            Task::Tune(tuning) => tuning.need(),
            Task::Lab(comparison) => comparison.need(),
            Task::Curve(measurement) => measurement.need(),
        };
        key.map(photo)
    }

    /// The answer to [`Need::Photo`]; none where storage lost it.
    pub fn give_photo(&mut self, key: &str, photo: Option<PhotoFile>) -> Vec<Output> {
        if self.looks.wants(key) {
            return self.look(photo);
        }
        match &mut self.task {
            Some(Task::Tune(tuning)) => tuning.take(photo),
            Some(Task::Lab(comparison)) => comparison.take(photo),
            Some(Task::Curve(measurement)) => measurement.take(photo),
            Some(Task::Train(_)) | None => Vec::new(),
        }
    }

    /// One bounded piece of work: a batch of photos, or some epochs.
    pub async fn step(&mut self) -> Vec<Output> {
        if !self.waiting.is_empty() {
            return self.embed_batch().await;
        }
        if !self.project.compared() {
            return self.compare_photos().await;
        }
        match self.task.take() {
            Some(Task::Train(run)) => self.train_epochs(run).await,
            Some(Task::Tune(tuning)) => self.tune(tuning).await,
            Some(Task::Lab(comparison)) => self.compare(comparison).await,
            Some(Task::Curve(measurement)) => self.measure(measurement),
            None => Vec::new(),
        }
    }

    /// Another backbone should come; what needs the one in use ends.
    fn want(&mut self, spec: &'static BackboneSpec) -> Vec<Output> {
        self.wanted = Some(spec);
        self.deferred.clear();
        let mut outputs = self.end_training(true);
        outputs.extend(self.stop_lab(None));
        outputs
    }

    /// The backbone that the host should fetch now; none while something still needs the old one.
    pub fn wanted(&self) -> Option<&'static BackboneSpec> {
        self.wanted
            .filter(|_| self.waiting.is_empty() && self.task.is_none())
    }

    /// Another backbone was asked for and is not there yet.
    pub fn changes_backbone(&self) -> bool {
        self.wanted.is_some()
    }

    /// The wanted backbone, ready to run, or why there is none. `stored` is the table
    /// `project`: it may hold a head of that backbone. [`Self::recall`] is next.
    pub fn use_backbone(
        &mut self,
        backbone: Result<(Backbone, DeviceReport), Problem>,
        stored: &std::collections::BTreeMap<String, Vec<u8>>,
    ) -> Vec<Output> {
        self.wanted = None;
        let parked = self.parked.take();
        let mut outputs = Vec::new();
        match backbone {
            Ok((backbone, device)) => {
                self.project.use_backbone(backbone.spec().id);
                (self.backbone, self.device) = (backbone, device);
                self.head = None;
                outputs.push(self.ready());
                outputs.extend(self.restore_head(stored));
                if let Some((name, file)) = parked {
                    outputs.extend(self.open_head(&name, file));
                }
            }
            Err(problem) => outputs.push(plain(Event::Problem(problem))),
        }
        outputs
    }

    /// The class of this name, made where it is missing.
    pub fn class_named(&mut self, name: &str) -> ClassId {
        self.project
            .find(name)
            .unwrap_or_else(|| self.project.add_class(name))
    }

    /// Does what the page asks. `payloads` as [`Request`] says, files read.
    pub async fn handle(&mut self, request: Request, payloads: Vec<Vec<u8>>) -> Vec<Output> {
        let Some(request) = self.unless_deferred(request) else {
            return Vec::new();
        };
        match request {
            Request::AddClass { name } => {
                self.project.add_class(&name);
                self.changed()
            }
            Request::RenameClass { id, name } => {
                self.project.rename(id, &name);
                self.relabel_head(id);
                vec![self.classes(), self.head_event()]
            }
            Request::RecolourClass { id, colour } => {
                self.project.recolour(id, colour);
                self.relabel_head(id);
                vec![self.classes(), self.head_event()]
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
                outputs.push(plain(Event::Undoable(self.project.undoable())));
                outputs.extend(self.changed());
                outputs
            }
            Request::Undo => {
                // The class first: photos belong to one.
                let mut outputs = Vec::new();
                let moved = self.project.move_back();
                for (id, to) in &moved {
                    let (ids, to) = (vec![*id], *to);
                    outputs.push(plain(Event::PhotosMoved { ids, to }));
                }
                let back = match moved.is_empty() {
                    true => self.project.undo(),
                    false => Vec::new(),
                };
                outputs.push(plain(Event::Undoable(self.project.undoable())));
                outputs.extend(self.changed());
                outputs.push(plain(Event::PhotosRestored(back)));
                outputs
            }
            Request::Train { settings } => self.start_training(&settings),
            Request::StopTraining => {
                self.deferred.clear();
                self.end_training(true)
            }
            Request::TryFrame { width, height } => {
                let rgba = payloads.first().map_or(&[][..], Vec::as_slice);
                self.try_frame(width, height, rgba).await
            }
            Request::UseBackbone { id } => {
                match find_backbone(&id).filter(|spec| *spec != self.backbone.spec()) {
                    Some(spec) => self.want(spec),
                    None => {
                        self.wanted = None;
                        Vec::new()
                    }
                }
            }
            Request::SaveHead { name } => self.save_head(&name),
            Request::OpenHead { name } => {
                let file = payloads.into_iter().next().unwrap_or_default();
                self.open_head(&name, file)
            }
            Request::Embed => self.embed(&payloads).await,
            Request::Tune { settings, tune } => self.start_tuning(&settings, &tune),
            Request::EstimateTuning { settings, tune } => {
                self.estimate_tuning(&settings, &tune).await
            }
            Request::PauseTraining { paused } => self.pause(paused),
            Request::RunLab { settings } => self.start_lab(&settings),
            Request::StopLab { method } => self.stop_lab(method),
            Request::DeleteLab { id } => self.delete_lab(id),
            Request::MeasureCurve { classes, seed } => self.start_curve(&classes, seed),
            Request::AskOldHead { photo } => self.ask_old_head(photo),
            Request::ShowMaps { photo } => self.show_maps(photo),
            // The host does these, photo by photo.
            Request::Start(_)
            | Request::AddPhotos { .. }
            | Request::AddSampleSet { .. }
            | Request::TryPhotos { .. }
            | Request::Thumbnails { .. }
            | Request::Keep { .. }
            | Request::SaveUnread => Vec::new(),
        }
    }

    async fn embed(&self, squares: &[Vec<u8>]) -> Vec<Output> {
        if squares.is_empty() {
            return Vec::new();
        }
        let squares: Vec<&[u8]> = squares.iter().map(Vec::as_slice).collect();
        match self.backbone.embed(&squares).await {
            Ok(found) => {
                let floats = found.iter().map(|values| store::floats(values));
                vec![(Event::Embedding, floats.collect())]
            }
            Err(e) => vec![plain(Event::Problem(Problem::Computation(e.to_string())))],
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

    fn removed(&mut self, ids: Vec<PhotoId>) -> Vec<Output> {
        let mut outputs = vec![
            plain(Event::PhotosRemoved(ids)),
            plain(Event::Undoable(self.project.undoable())),
        ];
        outputs.extend(self.changed());
        outputs
    }
}

fn plain(event: Event) -> Output {
    (event, Vec::new())
}
