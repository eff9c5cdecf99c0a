//! What the worker tells the page.

use serde::{Deserialize, Serialize};

use super::{BatchView, KeptEntry, KeptHeadView, KeptId, ProjectEvent, ShareEvent};
use crate::backbone::{DeviceKind, DeviceReport};
use crate::class::{ClassCount, ClassId, ClassView};
use crate::groups::ClassGroups;
use crate::head::{HeadInfo, TestResult};
use crate::lab::{FeatureMaps, LabReport, LearningCurve};
use crate::prediction::Prediction;
use crate::probes::LayerProbes;
use crate::problem::Problem;
use crate::sample::{SampleId, SampleView};
use crate::settings::EpochReport;
use crate::test_set::{HeadsCompared, TestReport};
use crate::transfer::{Chosen, TuneSettings};

/// From the worker to the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The worker's code is loaded and listens.
    Started,
    /// What this tab may do with the project, at the start and when it changes.
    Access(Access),
    /// Whether all that the page was told of is stored. True until told otherwise.
    Stored(bool),
    /// Changes that could not be stored: the page holds them for the next worker ([`Request::Keep`]), until they are
    /// [`Event::Written`]. Payloads: a blob for each entry that is there.
    Keep {
        number: u64,
        entries: Vec<KeptEntry>,
    },
    /// The changes of the [`Event::Keep`] with this number are stored now.
    Written {
        number: u64,
    },
    /// The request or file with this id is over, and what it changed is stored; long work when it ended or was stopped.
    Done {
        id: u64,
    },
    /// The request or file with this id is over, and nothing came of it.
    Refused {
        id: u64,
        problem: Problem,
    },
    /// All is stored and nothing under way, and this worker's memory has grown: another one should go on. The page sends
    /// [`Request::Retire`] when nothing else is on its way.
    Grown,
    /// `true`: this worker does nothing more. `false`: there was work on the way after all, and it goes on.
    Retired(bool),
    /// Long work, in steps; `done == total` ends it.
    Progress {
        job: Job,
        done: usize,
        total: usize,
    },
    /// Samples can be embedded.
    Ready {
        device: DeviceReport,
        backbone: String,
    },
    /// Nothing works without this: the page shows `failed`.
    Failed(Problem),
    /// All classes, in order, after a change of them.
    Classes(Vec<ClassView>),
    /// Of the classes that the page was told of last, those whose counts changed since.
    Counts(Vec<ClassCount>),
    /// Payloads: a JPEG thumbnail each, or none for samples from storage: the page asks with [`Request::Thumbnails`].
    SamplesAdded(Vec<SampleView>),
    /// Payloads: a JPEG each.
    Thumbnails(Vec<SampleId>),
    SamplesRemoved(Vec<SampleId>),
    /// An undo brought these back; the page still has their thumbnails.
    SamplesRestored(Vec<SampleId>),
    SamplesMoved {
        ids: Vec<SampleId>,
        to: ClassId,
    },
    /// Samples of the test set that came, came back or are there at the start. Payloads as with [`Event::SamplesAdded`].
    TestSamplesAdded(Vec<SampleView>),
    TestSamplesRemoved(Vec<SampleId>),
    /// How the head in use does on the test set; none until that is known, and where there is no head or no test set.
    TestReport(Option<Box<TestReport>>),
    HeadsCompared(HeadsCompared),
    /// What an undo would bring back.
    Undoable(Option<Undoable>),
    /// What the project keeps of [`Request::KeepSettings`], when it is opened; nothing where nobody chose anything.
    Settings(Box<Chosen>),
    Epoch(EpochReport),
    TrainingStarted,
    /// Training waits for [`Request::PauseTraining`] to let it go on, or goes on.
    TrainingPaused(bool),
    /// Seconds that tuning with these settings would take on the device it would run on.
    TuneEstimate {
        tune: TuneSettings,
        seconds: f64,
        device: DeviceKind,
    },
    /// Training ended, by itself or stopped. [`Event::Head`] came before.
    TrainingEnded {
        stopped: bool,
    },
    /// The head in use, or none.
    Head(Option<HeadView>),
    /// All heads that the project keeps, the newest first.
    KeptHeads(Vec<KeptHeadView>),
    /// Payload: a JPEG thumbnail. The score is by the head's [`Unknown`](crate::unknown::Unknown), where it has one.
    Tried {
        name: String,
        predictions: Vec<Prediction>,
        strangeness: Option<f32>,
    },
    /// How far a batch is; none where there is none.
    Batch(Option<BatchView>),
    /// The answer to [`Request::TryFrame`]; no prediction where there is no head.
    Frame {
        predictions: Vec<Prediction>,
        strangeness: Option<f32>,
    },
    /// A comparison as it is now.
    Lab(LabReport),
    /// All comparisons that the project keeps, when it is opened or one was forgotten.
    LabReports(Vec<LabReport>),
    LearningCurve(LearningCurve),
    LayerProbes(LayerProbes),
    /// The groups of each class that has samples, in the classes' order.
    Groups(Vec<ClassGroups>),
    /// The five likeliest of the old head's classes.
    OldHead {
        sample: SampleId,
        predictions: Vec<Prediction>,
    },
    /// Payloads: a PNG a layer, its maps side by side in one row.
    FeatureMaps {
        sample: SampleId,
        layers: Vec<FeatureMaps>,
    },
    /// Payload: a file to download.
    File {
        name: String,
        mime: String,
    },
    /// Of the projects in this browser, and of project files.
    Projects(ProjectEvent),
    /// Of heads that are handed on as links or lie beside the site.
    Share(ShareEvent),
    /// Payloads: an embedding each, little-endian f32.
    Embedding,
    /// From a worker after one that broke: it takes up a sample of a zip or a set, its place in there and its name. Should this
    /// worker break as well, it may have been that one.
    Begun {
        file: u64,
        part: usize,
        name: String,
    },
    /// What a person should hear of and no request ended with.
    Problem(Problem),
}

/// Kinds of long work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Job {
    /// Fetching the weights: bytes.
    Fetch,
    /// Starting and testing the device.
    WarmUp,
    /// Samples.
    Restore,
    /// Samples.
    Embed,
    /// Epochs of a head.
    Train,
    /// Batches of tuning, of all epochs; early stopping may end it before.
    Tune,
    /// Samples made ready for tuning: activations at the cut.
    Prepare,
    /// Draws of the learning curve, or epochs of the Lab's methods.
    Lab,
    /// Parts of a project file that is written.
    SaveProject,
    /// Parts of a project file that is read.
    OpenProject,
    /// Parts of a project that is copied.
    CopyProject,
    /// Samples of a batch that the head answers for.
    Classify,
    /// Samples of a batch that go into a zip.
    Sort,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Undoable {
    Class {
        name: String,
    },
    Samples {
        count: usize,
    },
    /// Samples of the test set.
    TestSamples {
        count: usize,
    },
    /// Samples that were moved to another class.
    Move {
        count: usize,
    },
    /// Samples that were put into other groups.
    Groups {
        count: usize,
    },
    /// The head that was in use before another one took its place.
    Head,
    /// One that was kept.
    KeptHead {
        name: String,
    },
}

/// The head in use, and whether the project trained it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeadView {
    pub info: HeadInfo,
    /// It came from a file, not from this project's samples.
    pub opened: bool,
    /// Samples or classes changed since it was trained.
    pub stale: bool,
    /// It was put together from several.
    pub merged: bool,
    /// The kept head that it is, as it was when it was put into use or kept.
    pub kept: Option<KeptId>,
    /// What it said of each sample kept apart; none for an opened head.
    pub tested: Vec<TestResult>,
}

/// What a tab may do with the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// It has the project, alone.
    Writer,
    /// Another tab has it: this one shows it.
    Reader,
    /// It is stored and cannot be read: nothing is shown, and nothing changed.
    Closed,
}
