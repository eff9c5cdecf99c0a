//! The whole app without a browser: requests in, events out.
//!
//! The host calls [`Engine::handle`] for each request and [`Engine::step`] as long as
//! [`Engine::busy`]; each does a bounded piece of work. Tests do the same natively.

/// What a host needs to choose a device before there is an engine.
pub mod backbones {
    pub use network::Device;
    pub use network::backbone::Backbone;
    pub use network::device::{SAME, self_test};
    #[cfg(feature = "gpu")]
    pub use network::gpu::Gpu;
}
mod compare;
mod digest;
mod heads;
mod intake;
mod lab;
mod looks;
mod need;
mod overview;
mod project;
mod run;
pub mod store;
mod stored;
mod timing;
mod training;
mod tuning;

pub use digest::{Digest, PhotoFile, Sight, plan, smaller};
pub use image::RgbImage;
pub use need::Need;

pub use formats::photo::Photo;
pub use formats::zip::Zip;

use data::backbone::{BackboneSpec, DeviceKind, DeviceReport, find_backbone};
use data::class::ClassId;
use data::photo::PhotoId;
use data::prediction::Prediction;
use data::problem::Problem;
use data::protocol::{Event, Request, Undoable};
use heads::{Before, InUse, Wanted};
use intake::Waiting;
use lab::{Comparison, Labs, Measurement};
use looks::Looks;
use network::Device;
use network::backbone::Backbone;
use project::Project;
use run::Run;
use store::{Snapshot, Write};
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
    /// What an undo would put in its place.
    before: Option<Before>,
    /// That is what an undo brings back first.
    head_last: bool,
    labs: Labs,
    looks: Looks,
    /// Milliseconds of a steady clock.
    clock: fn() -> f64,
    /// What networks are tuned on.
    gpu: Option<Device>,
    /// A backbone that the host should fetch, and what for.
    wanted: Option<(&'static BackboneSpec, Wanted)>,
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
            before: None,
            head_last: false,
            labs: Labs::default(),
            looks: Looks::default(),
            clock,
            gpu: None,
            wanted: None,
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
        let back = self.project.back.as_deref();
        if let Some(spec) = back.and_then(find_backbone) {
            self.before = Some(Before::Backbone(spec));
        }
        if self.undoable().is_some() {
            outputs.push(self.undo_event());
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
        let back = match &self.before {
            Some(Before::Backbone(spec)) => Some(spec.id),
            Some(Before::Head(_)) | None => None,
        };
        self.project.go_back_to(back);
        self.project.journal.take()
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

    /// Nothing is under way and nothing waited for: all that was asked for is done and answered.
    pub fn at_rest(&self) -> bool {
        let settled = self.outstanding == 0 && self.deferred.is_empty() && !self.changes_backbone();
        let idle = !self.busy() && self.need().is_none() && self.missing().is_none();
        settled && idle && !self.working()
    }

    /// Long work is under way, which would be lost with this engine.
    pub fn working(&self) -> bool {
        self.task.is_some()
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
    fn want(&mut self, spec: &'static BackboneSpec, what_for: Wanted) -> Vec<Output> {
        self.wanted = Some((spec, what_for));
        self.deferred.clear();
        let mut outputs = self.end_training(true);
        outputs.extend(self.stop_lab(None));
        outputs
    }

    /// The backbone that the host should fetch now; none while something still needs the old one.
    pub fn wanted(&self) -> Option<&'static BackboneSpec> {
        let free = self.waiting.is_empty() && self.task.is_none();
        self.wanted.as_ref().map(|(spec, _)| *spec).filter(|_| free)
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
        let what_for = self.wanted.take().map(|(_, what_for)| what_for);
        let mut outputs = Vec::new();
        match backbone {
            Ok((backbone, device)) => {
                let left = self.head.as_ref().map(|_| self.backbone.spec());
                self.project.use_backbone(backbone.spec().id);
                (self.backbone, self.device) = (backbone, device);
                outputs.push(self.ready());
                outputs.extend(self.restore_head(stored));
                match what_for {
                    Some(Wanted::Head { name, file }) => {
                        outputs.extend(self.open_head(&name, file));
                        self.go_back_to(left, true);
                    }
                    Some(Wanted::Before) => self.go_back_to(left, false),
                    Some(Wanted::Itself) | None => {}
                }
                outputs.push(self.undo_event());
            }
            Err(problem) => outputs.push(plain(Event::Problem(problem))),
        }
        outputs
    }

    /// The classes of these names, made where they are missing; or how many there would be, where they are too many.
    pub fn classes_named<'a>(
        &mut self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<ClassId>, usize> {
        self.project.classes_named(names)
    }

    /// Does what the page asks. `payloads` as [`Request`] says, files read.
    pub async fn handle(&mut self, request: Request, payloads: Vec<Vec<u8>>) -> Vec<Output> {
        let Some(request) = self.unless_deferred(request) else {
            return Vec::new();
        };
        match request {
            Request::AddClass { name } => match self.project.add_class(&name) {
                Ok(_) => self.changed(),
                Err(classes) => vec![plain(Event::Problem(Problem::TooManyClasses { classes }))],
            },
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
                self.head_last = false;
                let mut outputs = vec![plain(Event::PhotosMoved { ids, to })];
                outputs.push(self.undo_event());
                outputs.extend(self.changed());
                outputs
            }
            Request::Undo if self.undoable() == Some(Undoable::Head) => self.bring_back_head(),
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
                outputs.push(self.undo_event());
                outputs.extend(self.changed());
                // A page that came after the deletion does not know them.
                let views = self.project.photos_of(&back);
                outputs.push(plain(Event::PhotosRestored(back)));
                outputs.push(plain(Event::PhotosAdded(views)));
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
                    Some(spec) => self.want(spec, Wanted::Itself),
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
            | Request::StopReading { .. }
            | Request::Thumbnails { .. }
            | Request::Keep { .. }
            | Request::SaveUnread
            | Request::Retire => Vec::new(),
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
            Err(e) => vec![plain(Event::Problem(Problem::computation(&e)))],
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
        self.head_last = false;
        let mut outputs = vec![plain(Event::PhotosRemoved(ids)), self.undo_event()];
        outputs.extend(self.changed());
        outputs
    }
}

fn plain(event: Event) -> Output {
    (event, Vec::new())
}
