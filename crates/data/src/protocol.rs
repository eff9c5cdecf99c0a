//! What crosses the worker boundary: two closed enums.
//!
//! A message is one header (these enums, as bytes) and a list of payloads (files on the way
//! in, byte buffers both ways) whose order the header explains. The worker sends
//! [`Event::Started`] first, and is sent nothing before.
//!
//! Every request has an id, and ends once: with [`Event::Done`] or, where nothing came of it, with [`Event::Refused`]. One that
//! hands over files ends file by file: the n-th of them has the id `first + n`.

mod batch;
pub mod door;
mod event;
mod heads;
mod projects;
mod share;
mod start;
pub mod under_way;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::class::{ClassId, Colour};
use crate::export::Format;
use crate::groups::Regroup;
use crate::lab::LabSettings;
use crate::sample::SampleId;
use crate::settings::TrainSettings;
use crate::transfer::{Chosen, Method, TuneSettings};

pub use batch::{BatchRequest, BatchState, BatchView, TableWords};
pub use event::{Access, Event, HeadView, Job, Undoable};
pub use heads::{HeadRequest, KeptHeadView, KeptId};
pub use projects::{ProjectEvent, ProjectFileView, ProjectRequest, ProjectView};
pub use share::{HeadLink, ShareEvent, ShareRequest};
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
    /// Also of the test set.
    DeleteSamples {
        ids: Vec<SampleId>,
    },
    MoveSamples {
        ids: Vec<SampleId>,
        to: ClassId,
    },
    /// Which samples stay together when a head is tested: answers with [`Event::Groups`].
    ListGroups,
    /// Changes that by hand; answers in the same way.
    Regroup {
        ids: Vec<SampleId>,
        how: Regroup,
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
    /// What the next training should be like, to be kept with the project.
    KeepSettings(Box<Chosen>),
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
    /// Accuracy on each depth of the network, from cached features: answers with
    /// [`Event::LayerProbes`].
    ProbeLayers {
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
    /// Payloads: one file each name, with ids as in [`Request::AddSamples`]. The head in use answers for each sample, also of a zip; the
    /// answers are stored, and [`Event::Batch`] says how many there are. One that cannot be read is among them, with why.
    Classify {
        names: Vec<String>,
        first: u64,
    },
    /// Of the samples of [`Request::Classify`].
    Batch(BatchRequest),
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
    /// Compares the head in use with the one before it, on the same samples: answers with [`Event::HeadsCompared`].
    CompareHeads,
    /// Answers with [`Event::File`].
    SaveHead {
        name: String,
    },
    /// The head in use with its network, for other programs: answers with [`Event::File`].
    Export {
        name: String,
        format: Format,
        /// Weights in fewer bits.
        small: bool,
        /// Samples of the project go with it, to check it by; else drawings do.
        samples: bool,
        /// Today, `2026-11-28`.
        date: String,
    },
    /// Payload: the file.
    OpenHead {
        name: String,
    },
    /// Of the heads that the project keeps.
    Heads(HeadRequest),
    /// Of the projects in this browser, and of project files.
    Projects(ProjectRequest),
    /// Of heads that are handed on as links or lie beside the site.
    Share(ShareRequest),
    /// Payloads: `input_size * input_size * 3` bytes RGB each, row by row; one batch. Answers with
    /// [`Event::Embedding`]; this is how tests compare a browser with the reference, and how the
    /// bench compares it with other programs.
    Embed,
}

impl Request {
    /// A change of the project by hand, done in one step. Should the worker break before [`Event::Done`], the next one is asked.
    pub fn is_change(&self) -> bool {
        let of_heads = matches!(self, Self::Heads(request) if request.is_change());
        of_heads
            || matches!(
                self,
                Self::AddClass { .. }
                    | Self::RenameClass { .. }
                    | Self::RecolourClass { .. }
                    | Self::DeleteClass { .. }
                    | Self::DeleteSamples { .. }
                    | Self::MoveSamples { .. }
                    | Self::Regroup { .. }
                    | Self::Undo
                    | Self::DeleteLab { .. }
                    | Self::UseBackbone { .. }
                    | Self::OpenHead { .. }
                    | Self::KeepKnown { .. }
                    | Self::KeepSettings(_)
            )
    }

    /// It hands over what ends one by one.
    pub fn hands_files(&self) -> bool {
        matches!(
            self,
            Self::AddSamples { .. }
                | Self::TrySamples { .. }
                | Self::Classify { .. }
                | Self::AddSampleSet { .. }
        )
    }

    /// Should the worker break before it is done with it, the next one is handed it again.
    pub fn is_remembered(&self) -> bool {
        self.is_change() || self.hands_files()
    }

    /// Only the tab that has the project may ask for it.
    pub fn needs_writer(&self) -> bool {
        let of_projects = matches!(self, Self::Projects(request) if request.needs_writer());
        self.is_change()
            || of_projects
            || matches!(
                self,
                Self::AddSamples { .. }
                    | Self::AddSampleSet { .. }
                    | Self::Classify { .. }
                    | Self::Batch(_)
                    | Self::Train { .. }
                    | Self::Heads(HeadRequest::GoOn { .. })
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

    /// It asks how samples are shared out: some to learn from, others to measure on.
    pub fn shares_out(&self) -> bool {
        let shares = matches!(
            self,
            Self::Train { .. }
                | Self::Heads(HeadRequest::GoOn { .. })
                | Self::MeasureCurve { .. }
                | Self::ProbeLayers { .. }
                | Self::ListGroups
        );
        shares || self.tunes()
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

/// Where samples go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    Class(ClassId),
    /// A sample's name is that of its class (made where missing), `/`, and the path it goes by. A zip's own folders
    /// name its classes.
    Folders,
    /// The same to the test set, where no head learns from them. Of a zip, those whose class is there.
    Test,
    /// The test set, as this class.
    TestOf(ClassId),
}
