//! What crosses the worker boundary: two closed enums.
//!
//! A message is one header (these enums, as bytes) and a list of payloads (files on the way
//! in, byte buffers both ways) whose order the header explains. The worker sends
//! [`Event::Started`] first, and is sent nothing before.
//!
//! Every request has an id, and ends once: with [`Event::Done`] or, where nothing came of it, with [`Event::Refused`]. One that
//! hands over files ends file by file: the n-th of them has the id `first + n`.

pub mod door;
mod start;
pub mod under_way;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::backbone::{DeviceKind, DeviceReport};
use crate::class::{ClassId, ClassView, Colour};
use crate::head::{HeadInfo, TestResult};
use crate::lab::{FeatureMaps, LabReport, LabSettings, LearningCurve};
use crate::prediction::Prediction;
use crate::problem::Problem;
use crate::sample::{SampleId, SampleView};
use crate::settings::{EpochReport, TrainSettings};
use crate::transfer::{Method, TuneSettings};

pub use start::{KeptEntry, StartOptions};

/// A header as bytes (postcard): as JSON, what reads headers would be an eighth of the page's program. Every number arrives
/// as it is, also one that is not finite.
pub fn encode(header: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(header).expect("plain data becomes bytes")
}

/// The header that bytes stand for, or what cannot be understood of them.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let (header, rest) = postcard::take_from_bytes(bytes)
        .map_err(|e| format!("a message was not understood: {e}"))?;
    match rest {
        [] => Ok(header),
        _ => Err("a message was not understood: it goes on behind its end".into()),
    }
}

/// From the page to the worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// First of all: what the page's address asked for.
    Start(StartOptions),
    /// Right after it, the oldest first: changes that a worker before this one could not store, from [`Event::Keep`]. Payloads:
    /// a blob for each entry that is there.
    Keep {
        number: u64,
        entries: Vec<KeptEntry>,
    },
    /// What is stored and cannot be read, as a zip: answers with [`Event::File`].
    SaveUnread,
    AddClass {
        name: String,
    },
    RenameClass {
        id: ClassId,
        name: String,
    },
    RecolourClass {
        id: ClassId,
        colour: Colour,
    },
    DeleteClass {
        id: ClassId,
    },
    /// Payloads: one file each name. A file may be a zip: its samples count as one file. The n-th file has the id `first + n`.
    AddSamples {
        to: Target,
        names: Vec<String>,
        first: u64,
    },
    /// A ready-made set, by its id in `samples/index.json`; it counts as one file, with the id `first`.
    AddSampleSet {
        id: String,
        first: u64,
    },
    DeleteSamples {
        ids: Vec<SampleId>,
    },
    MoveSamples {
        ids: Vec<SampleId>,
        to: ClassId,
    },
    /// Takes the last move back, or brings the last deletion back.
    Undo,
    Train {
        settings: TrainSettings,
    },
    /// Trains a head, then goes on with it and the backbone's last layers. Answers like
    /// [`Request::Train`].
    Tune {
        settings: TrainSettings,
        tune: TuneSettings,
    },
    /// How long [`Request::Tune`] would take: answers with [`Event::TuneEstimate`].
    EstimateTuning {
        settings: TrainSettings,
        tune: TuneSettings,
    },
    /// Training waits, or goes on.
    PauseTraining {
        paused: bool,
    },
    /// Ends training now and keeps the best head so far.
    StopTraining,
    /// Compares methods: answers with [`Event::Lab`], again and again until all are done.
    RunLab {
        settings: LabSettings,
    },
    /// Ends one method's run of the comparison under way, or all of them.
    StopLab {
        method: Option<Method>,
    },
    /// Forgets a comparison.
    DeleteLab {
        id: u32,
    },
    /// Accuracy against samples a class, from cached embeddings: answers with
    /// [`Event::LearningCurve`].
    MeasureCurve {
        classes: Vec<ClassId>,
        seed: u64,
    },
    /// What the head that the network was trained with says of a sample: answers with
    /// [`Event::OldHead`].
    AskOldHead {
        sample: SampleId,
    },
    /// What layers of the network answer with to a sample: answers with [`Event::FeatureMaps`].
    ShowMaps {
        sample: SampleId,
    },
    /// Payloads: one file each name, with ids as in [`Request::AddSamples`]; each sample, also of a zip, answers with
    /// [`Event::Tried`] or a problem.
    TrySamples {
        names: Vec<String>,
        first: u64,
    },
    /// The answer to [`Event::Grown`], after all that was sent before; answers with [`Event::Retired`].
    Retire,
    /// Samples that wait to be read are not read any more: those to try, or those to add.
    StopReading {
        tried: bool,
    },
    /// One frame of the camera. Payload: `width * height * 4` bytes RGBA, row by row. Answers
    /// with [`Event::Frame`].
    TryFrame {
        width: u32,
        height: u32,
    },
    /// Answers with [`Event::Thumbnails`] for those that are there.
    Thumbnails {
        ids: Vec<SampleId>,
    },
    /// Goes over to another row of the registry. Samples are embedded anew where that was never
    /// done; a head of the backbone from before is put down.
    UseBackbone {
        id: String,
    },
    /// So many of what the head knows should get an answer, 0..=1.
    KeepKnown {
        kept: f32,
    },
    /// Answers with [`Event::File`].
    SaveHead {
        name: String,
    },
    /// Payload: the file.
    OpenHead {
        name: String,
    },
    /// Payloads: `input_size * input_size * 3` bytes RGB each, row by row; one batch. Answers with
    /// [`Event::Embedding`]; this is how tests compare a browser with the reference, and how the
    /// bench compares it with other programs.
    Embed,
}

impl Request {
    /// A change of the project by hand, done in one step. Should the worker break before [`Event::Done`], the next one is asked.
    pub fn is_change(&self) -> bool {
        matches!(
            self,
            Self::AddClass { .. }
                | Self::RenameClass { .. }
                | Self::RecolourClass { .. }
                | Self::DeleteClass { .. }
                | Self::DeleteSamples { .. }
                | Self::MoveSamples { .. }
                | Self::Undo
                | Self::DeleteLab { .. }
                | Self::UseBackbone { .. }
                | Self::OpenHead { .. }
                | Self::KeepKnown { .. }
        )
    }

    /// It hands over what ends one by one.
    pub fn hands_files(&self) -> bool {
        matches!(
            self,
            Self::AddSamples { .. } | Self::TrySamples { .. } | Self::AddSampleSet { .. }
        )
    }

    /// Should the worker break before it is done with it, the next one is handed it again.
    pub fn is_remembered(&self) -> bool {
        self.is_change() || self.hands_files()
    }

    /// Only the tab that has the project may ask for it.
    pub fn needs_writer(&self) -> bool {
        self.is_change()
            || matches!(
                self,
                Self::AddSamples { .. }
                    | Self::AddSampleSet { .. }
                    | Self::Train { .. }
                    | Self::Tune { .. }
                    | Self::RunLab { .. }
            )
    }

    /// Networks learn by it, or their learning is timed: work for a GPU where there is one.
    pub fn tunes(&self) -> bool {
        matches!(
            self,
            Self::Tune { .. } | Self::EstimateTuning { .. } | Self::RunLab { .. }
        )
    }

    /// Samples are shared out by it: some to learn from, others to measure on.
    pub fn shares_out(&self) -> bool {
        self.tunes() || matches!(self, Self::Train { .. } | Self::MeasureCurve { .. })
    }
}

/// A request as it travels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Numbered {
    /// By which its end is told; that of its first file, where it hands over files.
    pub id: u64,
    /// It was handed over before, to a worker that broke or went. Parts of its file are left out, as in
    /// [`Event::Begun`]: workers broke at them.
    pub again: Option<Vec<usize>>,
    pub request: Request,
}

impl Numbered {
    /// For the first time.
    pub fn new(id: u64, request: Request) -> Self {
        let again = None;
        Self { id, again, request }
    }
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

/// Where samples go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    Class(ClassId),
    /// A sample's name is that of its class (made where missing), `/`, and the path it goes by. A zip's own folders
    /// name its classes.
    Folders,
}

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
    /// All classes, in order, after any change of them or their counts.
    Classes(Vec<ClassView>),
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
    /// What an undo would bring back.
    Undoable(Option<Undoable>),
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
    /// Payload: a JPEG thumbnail. The score is by the head's [`Unknown`](crate::unknown::Unknown), where it has one.
    Tried {
        name: String,
        predictions: Vec<Prediction>,
        strangeness: Option<f32>,
    },
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
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Undoable {
    Class {
        name: String,
    },
    Samples {
        count: usize,
    },
    /// Samples that were moved to another class.
    Move {
        count: usize,
    },
    /// The head that was in use before another one took its place.
    Head,
}

/// The head in use, and whether the project trained it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeadView {
    pub info: HeadInfo,
    /// It came from a file, not from this project's samples.
    pub opened: bool,
    /// Samples or classes changed since it was trained.
    pub stale: bool,
    /// What it said of each sample kept apart; none for an opened head.
    pub tested: Vec<TestResult>,
}
