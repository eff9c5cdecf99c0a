#![doc = include_str!("../README.md")]

/// What a host needs to choose a device before there is an engine.
pub mod backbones {
    pub use network::backbone::Backbone;
    pub use network::choice::{Candidate, choose};
    pub use network::device::self_test;
    #[cfg(feature = "gpu")]
    pub use network::gpu::Gpu;
}
mod asking;
mod changes;
mod chosen;
mod compare;
mod discriminants;
mod exporting;
mod going_over;
mod heads;
mod host_request;
mod intake;
mod knowing;
mod lab;
mod looks;
mod merging;
mod modality;
mod overview;
pub mod photo;
mod prepared;
mod project;
mod run;
pub mod session;
mod sharing;
pub mod store;
mod stored;
mod task;
mod test_set;
mod timing;
mod training;
mod tuning;
mod validating;

pub use host_request::HostRequest;
pub use intake::Destination;
/// Tuning by another worker.
pub use learn::tuner::service as tuning_service;
pub use modality::Modality;
pub use prepared::{NetworkInput, PreparedSample, SampleFile};

pub use formats::zip::Zip;

use std::rc::Rc;

use data::backbone::{BackboneSpec, DeviceKind, DeviceReport, find_backbone};
use data::class::{ClassId, ClassView};
use data::features::Features;
use data::prediction::Prediction;
use data::problem::Problem;
use data::protocol::{Event, Request};
use heads::{Before, Earlier, InUse, KeptHeads, Last, Wanted};
use intake::Waiting;
use lab::Labs;
use learn::tuner::service::Link;
use looks::Looks;
use network::backbone::Backbone;
use project::Project;
use store::{Snapshot, Write};
use task::{Kind, Running};
use test_set::Exam;

/// An event for the page, with its payloads.
pub type Output = (Event, Vec<Vec<u8>>);

/// What becomes of a request at once.
enum Reply {
    Done(Vec<Output>),
    /// It ends later.
    UnderWay(Vec<Output>),
}

/// A request is refused with a problem.
type Handled = Result<Reply, Problem>;

pub struct Engine {
    backbone: Backbone,
    device: DeviceReport,
    project: Project,
    waiting: Vec<Waiting>,
    /// Samples announced and not settled yet, and all since the last time there were none.
    outstanding: usize,
    announced: usize,
    /// Samples that a change of the backbone has to do again.
    re_embedding: usize,
    /// The classes as the page knows them, and since when.
    told: (Vec<ClassView>, f64),
    /// Long work, one task at a time.
    running: Option<Running>,
    /// What waits until samples are compared.
    deferred: Vec<(u64, Request)>,
    /// What trainings in closed form share.
    kept: discriminants::Kept,
    head: Option<InUse>,
    /// What an undo would put in its place.
    before: Option<Before>,
    /// The one whose place the last training took.
    earlier: Earlier,
    /// How the head in use does on the test set.
    exam: Exam,
    /// Those that are kept.
    kept_heads: KeptHeads,
    /// What an undo takes back first.
    last: Last,
    labs: Labs,
    looks: Looks,
    /// Milliseconds of a steady clock.
    clock: fn() -> f64,
    /// Who tunes networks on a GPU.
    tuned_by: Option<Rc<dyn Link>>,
    /// A backbone that the session should fetch, what for, and the request that asked.
    wanted: Option<(&'static BackboneSpec, Wanted, u64)>,
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
            re_embedding: 0,
            told: (Vec::new(), 0.0),
            running: None,
            deferred: Vec::new(),
            kept: discriminants::Kept::default(),
            head: None,
            before: None,
            earlier: Earlier::default(),
            exam: Exam::default(),
            kept_heads: KeptHeads::default(),
            last: Last::Project,
            labs: Labs::default(),
            looks: Looks::default(),
            clock,
            tuned_by: None,
            wanted: None,
        }
    }

    /// Networks are tuned by this service from now on; none for the CPU here. Only a real GPU is worth it: a step on an
    /// emulated one takes seconds.
    pub fn tune_by(&mut self, service: Option<Rc<dyn Link>>) {
        self.tuned_by = service;
    }

    /// Takes what was stored. [`Self::load_embedding`] and then [`Self::ready`] are next.
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
        outputs.push(plain(Event::SamplesAdded(self.project.listed())));
        let tests = self.project.listed_tests();
        if !tests.is_empty() {
            outputs.push(plain(Event::TestSamplesAdded(tests)));
        }
        outputs.extend(self.examine_again());
        outputs.extend(self.restore_kept(&snapshot.project, all));
        outputs.extend(self.restore_settings(&snapshot.project));
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

    /// Samples can be embedded.
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

    /// The backbone runs on WebGPU.
    pub fn runs_on_gpu(&self) -> bool {
        self.device.kind == DeviceKind::Webgpu
    }

    /// The backbone in use.
    pub fn backbone(&self) -> &'static BackboneSpec {
        self.backbone.spec()
    }

    /// True while [`Self::step`] has something to do.
    pub fn busy(&self) -> bool {
        let task = self.task_goes_on() && self.need().is_none();
        let waits = !self.waiting.is_empty() || task || !self.project.compared();
        waits || self.examines() && self.need().is_none()
    }

    /// Nothing is under way and nothing waited for: all that was asked for is done and answered.
    pub fn at_rest(&self) -> bool {
        let settled = self.outstanding == 0 && self.deferred.is_empty() && !self.changes_backbone();
        let idle = !self.busy() && self.need().is_none() && self.missing().is_none();
        settled && idle && !self.working()
    }

    /// A file that the host should hand over before the next step.
    pub fn need(&self) -> Option<HostRequest> {
        let sample = |key: &str| HostRequest::Sample { key: key.into() };
        if let Some(need) = self.looks.need() {
            return Some(need);
        }
        let by_exam = self.exam.need().filter(|_| self.examines());
        by_exam.or_else(|| self.needed_by_task()).map(sample)
    }

    /// The answer to [`HostRequest::Sample`]; none where storage lost it.
    pub fn give_sample(&mut self, key: &str, file: Option<SampleFile>) -> Vec<Output> {
        if self.looks.wants(key) {
            return self.look(file);
        }
        if self.examines() && self.exam.need() == Some(key) {
            return self.give_to_exam(file);
        }
        self.give_to_task(file)
    }

    /// One bounded piece of work: a batch of samples, or a step of the task.
    pub async fn step(&mut self) -> Vec<Output> {
        if !self.waiting.is_empty() {
            return self.embed_batch().await;
        }
        if !self.project.compared() {
            return self.compare_samples().await;
        }
        if self.examines() {
            return self.examine().await;
        }
        self.step_task().await
    }

    /// The classes of these names, made where they are missing; or how many there would be, where they are too many.
    pub fn classes_named<'a>(
        &mut self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<ClassId>, usize> {
        self.project.classes_named(names)
    }

    /// Does what the page asks. `payloads` as [`Request`] says, files read.
    pub async fn handle(
        &mut self,
        id: u64,
        request: Request,
        payloads: Vec<Vec<u8>>,
    ) -> Vec<Output> {
        let Some(request) = self.unless_deferred(id, request) else {
            return Vec::new();
        };
        let reply = self.reply(id, request, payloads).await;
        ended(id, reply)
    }

    async fn reply(&mut self, id: u64, request: Request, payloads: Vec<Vec<u8>>) -> Handled {
        let mut payloads = payloads.into_iter();
        let done = match request {
            Request::AddClass { name } => {
                let added = self.project.add_class(&name);
                added.map_err(|classes| Problem::TooManyClasses { classes })?;
                self.changed()
            }
            Request::RenameClass { id, name } => {
                self.project.rename(id, &name);
                self.relabelled(id)
            }
            Request::RecolourClass { id, colour } => {
                self.project.recolour(id, colour);
                self.relabelled(id)
            }
            Request::DeleteClass { id } => {
                let ids = self.project.delete_class(id);
                self.removed(ids)
            }
            Request::DeleteSamples { ids } => {
                let ids = self.project.delete_samples(&ids);
                self.removed(ids)
            }
            Request::MoveSamples { ids, to } => self.move_samples(&ids, to),
            Request::ListGroups => vec![self.groups()],
            Request::Regroup { ids, how } => self.regroup(&ids, how),
            Request::Undo => return self.undo(id),
            Request::Train { settings } => return self.start_training(id, &settings),
            Request::StopTraining => self.stop(Kind::Training, None),
            Request::TryFrame { width, height } => {
                let rgba = payloads.next().unwrap_or_default();
                self.try_frame(width, height, &rgba).await?
            }
            Request::UseBackbone { id: wanted } => {
                let spec = find_backbone(&wanted).filter(|spec| *spec != self.backbone.spec());
                match spec {
                    Some(spec) => {
                        let outputs = self.want(id, spec, Wanted::Itself);
                        return Ok(Reply::UnderWay(outputs));
                    }
                    None => self.want_no_more(),
                }
            }
            Request::KeepSettings(chosen) => self.keep_settings(&chosen),
            Request::KeepKnown { kept } => self.keep_known(kept.clamp(0.0, 1.0)),
            Request::Heads(request) => return self.of_heads(id, request),
            Request::CompareHeads => return self.compare_heads(id),
            Request::SaveHead { name } => self.save_head(&name)?,
            Request::OpenHead { name } => {
                let file = payloads.next().unwrap_or_default();
                return self.open_head(id, &name, file);
            }
            Request::Embed => self.embed(payloads.collect()).await?,
            Request::Tune { settings, tune } => {
                return self.start_tuning(id, &settings, &tune).await;
            }
            Request::EstimateTuning { settings, tune } => {
                self.estimate_tuning(&settings, &tune).await?
            }
            Request::PauseTraining { paused } => self.pause(paused),
            Request::RunLab { settings } => return self.start_lab(id, &settings).await,
            Request::StopLab { method } => self.stop(Kind::Experiment, method),
            Request::DeleteLab { id } => self.delete_lab(id),
            Request::MeasureCurve { classes, seed } => {
                return self.start_curve(id, &classes, seed);
            }
            Request::ProbeLayers { classes, seed } => {
                return self.start_probes(id, &classes, seed);
            }
            Request::AskOldHead { sample } => return self.ask_old_head(id, sample),
            Request::ShowMaps { sample } => return self.show_maps(id, sample),
            // The session does these.
            Request::Start(_)
            | Request::AddSamples { .. }
            | Request::AddSampleSet { .. }
            | Request::TrySamples { .. }
            | Request::Classify { .. }
            | Request::Batch(_)
            | Request::StopReading { .. }
            | Request::Thumbnails { .. }
            | Request::Keep { .. }
            | Request::SaveUnread
            | Request::Export { .. }
            | Request::Projects(_)
            | Request::Share(_)
            | Request::Retire => Vec::new(),
        };
        Ok(Reply::Done(done))
    }

    async fn embed(&self, squares: Vec<Vec<u8>>) -> Result<Vec<Output>, Problem> {
        if squares.is_empty() {
            return Ok(Vec::new());
        }
        let squares: Vec<&[u8]> = squares.iter().map(Vec::as_slice).collect();
        let embedded = self.backbone.embed(&squares).await;
        let found = embedded.map_err(|e| Problem::computation(&e))?;
        let floats = found.iter().map(|found| store::floats(&found.embedding));
        Ok(vec![(Event::Embedding, floats.collect())])
    }

    fn predict(&self, features: &Features) -> (Vec<Prediction>, Option<f32>) {
        self.head
            .as_ref()
            .map_or_else(Default::default, |head| head.predict(features))
    }

    /// After classes or samples changed.
    fn changed(&mut self) -> Vec<Output> {
        let classes = self.classes();
        classes.into_iter().chain(self.outdate_head()).collect()
    }
}

fn plain(event: Event) -> Output {
    (event, Vec::new())
}

fn done(id: u64) -> Output {
    plain(Event::Done { id })
}

fn refused(id: u64, problem: Problem) -> Output {
    plain(Event::Refused { id, problem })
}

fn ended(id: u64, reply: Handled) -> Vec<Output> {
    match reply {
        Ok(Reply::Done(mut outputs)) => {
            outputs.push(done(id));
            outputs
        }
        Ok(Reply::UnderWay(outputs)) => outputs,
        Err(problem) => vec![refused(id, problem)],
    }
}
