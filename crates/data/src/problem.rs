//! Everything that can go wrong and that a person should hear of, as what it is and with its numbers and names. The page turns each
//! into a sentence of its language (`src/text`), nowhere else.

mod kept;
mod project;

use std::fmt::{Display, Formatter, Result as Written};

use serde::{Deserialize, Serialize};

use crate::photo::PhotoProblem;
use crate::share::LinkProblem;
pub use kept::KeptProblem;
pub use project::ProjectProblem;

/// What a browser or a library says of a failure in its own words, or what a developer would want to know: mostly English, whatever
/// the page speaks. So no sentence holds it, unless one that asks to report it; the page tells it to the browser's console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Detail(String);

impl Detail {
    /// For the few places that show it to a person.
    pub fn shown(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for Detail {
    fn from(words: T) -> Self {
        Self(words.into())
    }
}

impl Display for Detail {
    fn fmt(&self, out: &mut Formatter<'_>) -> Written {
        out.write_str(&self.0)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Problem {
    /// A sample that was not added (or not tried).
    Sample {
        file: String,
        why: SampleProblem,
    },
    /// A head file that was not opened. Without a name it is the head that an undo would bring back.
    Head {
        file: String,
        why: HeadProblem,
    },
    Backbone(BackboneProblem),
    /// The network could not be run on a sample.
    Computation(Detail),
    /// `?device=` asked for something this browser cannot do; the CPU runs instead.
    DeviceUnavailable {
        why: super::backbone::DeviceReason,
    },
    /// The GPU went away in the middle; the CPU goes on.
    DeviceLost,
    /// Training reached a state that cannot go on (loss not finite).
    TrainingDiverged,
    /// A sample set or one of its samples could not be fetched.
    SampleSet {
        set: String,
        detail: Detail,
    },
    /// A zip that was not (wholly) read.
    Zip {
        file: String,
        why: ZipProblem,
    },
    /// Files of a folder or a zip that made no class, or not one of their own, though the rest did.
    LeftOut {
        from: String,
        what: LeftOut,
    },
    /// More classes than a project takes; none of them was made.
    TooManyClasses {
        classes: usize,
    },
    Storage(StorageProblem),
    /// A project, by its name or its file's, with which something was not done.
    Project {
        name: String,
        why: ProjectProblem,
    },
    /// Tuning or the Lab cannot begin, or cannot answer.
    Lab(LabProblem),
    /// Training or tuning cannot begin.
    Training(TrainingProblem),
    /// A head should be saved, and none is in use.
    NoHead,
    /// Two heads cannot be compared.
    Compare(CompareProblem),
    /// A head was not kept, used or put together with another one.
    Kept(KeptProblem),
    /// A head was not written for another program: what writes it could not be had, or did not.
    Export(Detail),
    /// A link was not made, or holds no head.
    Link(LinkProblem),
    /// A defect in Graft itself.
    Internal(Detail),
    /// A defect ended the worker, and another one goes on. `training`: what was learning has to be started again.
    Restarted {
        training: bool,
    },
    /// The worker ended each time it came to this file.
    Breaks {
        file: String,
    },
    /// The site has become another build, and the files of this one are gone.
    Outdated,
}

impl Problem {
    /// The network could not be run on a sample, and this is why.
    pub fn computation(why: &impl Display) -> Self {
        Self::Computation(why.to_string().into())
    }

    /// What is not shown of it.
    pub fn detail(&self) -> Option<&Detail> {
        match self {
            Self::Computation(detail)
            | Self::SampleSet { detail, .. }
            | Self::Backbone(BackboneProblem::Missing(detail) | BackboneProblem::Damaged(detail))
            | Self::Lab(LabProblem::OldHead(detail))
            | Self::Storage(StorageProblem::Blocked(detail))
            | Self::Sample {
                why: SampleProblem::Unreadable(detail),
                ..
            }
            | Self::Zip {
                why: ZipProblem::Unreadable(detail),
                ..
            }
            | Self::Head {
                why:
                    HeadProblem::Damaged(detail)
                    | HeadProblem::Shape(detail)
                    | HeadProblem::TooLarge(detail),
                ..
            } => Some(detail),
            _ => None,
        }
    }
}

/// Why a file is no sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum SampleProblem {
    #[error("the file is empty")]
    Empty,
    /// A format, by its name, that this browser cannot read either (HEIC in Chrome, say).
    #[error("unsupported format {0}")]
    Unsupported(String),
    /// A part is missing, or makes no sense.
    #[error("damaged")]
    Damaged,
    /// More bytes than a sample should have.
    #[error("{megabytes} MB is too large")]
    TooManyBytes { megabytes: u64 },
    /// Already in the project; kept once.
    #[error("already in class {class}")]
    Duplicate { class: String },
    /// Already in the test set, of this class: what is tested with is not learned from.
    #[error("in the test set, as {class}")]
    InTestSet { class: String },
    /// Already in a class, so that it is learned from: it tests nothing.
    #[error("learned from, as {class}")]
    LearnedFrom { class: String },
    /// The file could not be read from disk.
    #[error("unreadable: {0}")]
    Unreadable(Detail),
    #[error(transparent)]
    Photo(#[from] PhotoProblem),
    /// A video, a text file and so on among the files of a folder: passed over.
    #[error("no class named")]
    NoClass,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum HeadProblem {
    #[error("not a Graft head file")]
    NotAHead,
    #[error("truncated or damaged: {0}")]
    Damaged(Detail),
    #[error("format version {found}, newer than {known}")]
    Newer { found: u32, known: u32 },
    #[error("weights that are not numbers")]
    NotFinite,
    #[error("wrong shape: {0}")]
    Shape(Detail),
    #[error("unknown backbone {0}")]
    UnknownBackbone(String),
    /// The backbone of that name here has other weights.
    #[error("other weights for backbone {0}")]
    OtherWeights(String),
    /// More bytes, units or text than a head has ([`super::limits`]).
    #[error("larger than any head: {0}")]
    TooLarge(Detail),
    #[error("{classes} classes are too many")]
    TooManyClasses { classes: usize },
    /// Finite weights whose products are not.
    #[error("answers that are not numbers")]
    Unbounded,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum BackboneProblem {
    #[error("could not be fetched: {0}")]
    Missing(Detail),
    #[error("damaged: {0}")]
    Damaged(Detail),
    #[error("self-test failed")]
    SelfTest,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum ZipProblem {
    #[error("not a zip, or damaged")]
    Damaged,
    /// The file could not be read from disk, the browser's words.
    #[error("unreadable: {0}")]
    Unreadable(Detail),
    #[error("no sample")]
    NoSamples,
    /// Unpacked it would be larger than what one project takes.
    #[error("{files} files are too many")]
    TooMany { files: usize },
    #[error("{classes} classes are too many")]
    TooManyClasses { classes: usize },
    /// Another kind of archive, by its usual name: RAR, say.
    #[error("{0}, not a zip")]
    OtherKind(String),
    #[error("needs a password")]
    Password,
    /// A method that is seldom used, by its usual name; by its number where it has none.
    #[error("packed with {0}")]
    Method(String),
    /// Samples lie in zips inside this one.
    #[error("holds other zips")]
    Nested,
    /// One piece of several.
    #[error("a part of a zip")]
    Part,
    /// Files in it share bytes.
    #[error("overlapping files")]
    Overlapping,
    /// It grows beyond all samples.
    #[error("unpacks to {megabytes} MB")]
    Bomb { megabytes: u64 },
}

/// What was left out of the classes, or needs a word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum LeftOut {
    /// Texts, films and so on.
    NotSamples(Listed),
    /// Zips and the like among samples.
    Archives(Listed),
    /// Samples beside the folders that name classes.
    Loose(Listed),
    /// Samples that a split keeps to test with, in these folders: for trying.
    ToTest {
        folders: Vec<String>,
        samples: usize,
    },
    /// Samples that a split keeps to test with, in these folders: they are in the test set.
    IntoTestSet {
        folders: Vec<String>,
        samples: usize,
    },
    /// Samples to test with of classes that nobody knows.
    NoSuchClass {
        classes: Vec<String>,
        samples: usize,
    },
    /// Samples that are not tried, because a split has others to test with, in these folders.
    ToLearn {
        folders: Vec<String>,
        samples: usize,
    },
    /// Folders inside of these classes' folders were taken together.
    Merged(Vec<String>),
    /// Names in a code page that nobody could tell.
    Names,
}

/// The first names of a list, and how long it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    pub first: Vec<String>,
    pub count: usize,
}

impl Listed {
    /// More are not read by anyone.
    pub const MOST: usize = 200;

    pub fn of<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Self {
        let first = names.clone().take(Self::MOST).map(str::to_owned);
        Self {
            first: first.collect(),
            count: names.count(),
        }
    }
}

/// The browser's storage; the project goes on in memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum StorageProblem {
    #[error("full")]
    Full,
    /// Not allowed here (private windows, settings), the browser's words.
    #[error("blocked: {0}")]
    Blocked(Detail),
    /// Less is left than the next samples may need, in bytes.
    #[error("{free} bytes left")]
    NearlyFull { free: u64 },
    /// Parts of the project cannot be read, or are of a newer version. They stay stored as they are.
    #[error(
        "{samples} samples and {others} other records cannot be read; the classifier among them: {classifier}"
    )]
    Unreadable {
        samples: usize,
        /// The head in use is among them.
        classifier: bool,
        others: usize,
        newer: bool,
    },
    /// Files of samples cannot be had. The samples stay, and nothing learns from them.
    #[error("{samples} samples have lost their file")]
    FilesGone { samples: usize },
    /// The project is there, and reading it failed each time. Nothing is changed.
    #[error("the project could not be read")]
    Unread,
    /// All of the project is of a newer version. Nothing is changed.
    #[error("the project is of a newer version")]
    Newer,
    /// What was stored is gone while the page showed it.
    #[error("the storage was cleared")]
    Cleared,
    /// The other tab holds what it could not store, so it keeps the project.
    #[error("the other tab cannot hand the project over")]
    NotHandedOver,
    /// Another tab has the project now; so many samples had not been read.
    #[error("taken over, {waiting} samples not read")]
    TakenOver { waiting: usize },
    /// Only the tab that has the project may change it.
    #[error("read only")]
    ReadOnly,
    /// The page could not start twice, so the head and the comparisons were left out. They stay stored, where they are.
    #[error("opened without its classifier and comparisons")]
    Safe { stored: bool },
}

/// Why a comparison, a learning curve or a look into the network did not come about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum LabProblem {
    #[error("fewer than two classes")]
    TooFewClasses,
    #[error("no method")]
    NoMethod,
    /// After those to learn from, none would be left to measure on.
    #[error("class {class} has {samples} samples, needs {needed}")]
    TooFewSamples {
        class: String,
        samples: usize,
        needed: usize,
    },
    /// The samples left to measure on are of one moment with those to learn from.
    #[error("the samples of class {class} are too alike")]
    TooAlike { class: String },
    /// A head or a network is being trained.
    #[error("training is under way")]
    Training,
    /// A comparison is under way.
    #[error("the Lab is at work")]
    Running,
    /// The sample was deleted, or was not embedded yet.
    #[error("the sample is not there")]
    NoSample,
    /// The network in use comes without the head that it was trained with.
    #[error("no old head")]
    NoOldHead,
    #[error("the old head could not be used: {0}")]
    OldHead(Detail),
    /// It would take more memory than a page has.
    #[error("too much for the memory")]
    TooLarge,
    /// More than a head may have.
    #[error("{classes} classes are too many")]
    TooManyClasses { classes: usize },
}

/// Why training did not begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum TrainingProblem {
    /// Fewer than two classes have samples; `classes` is how many have.
    #[error("{classes} classes are too few")]
    TooFewClasses { classes: usize },
    #[error("a head too large for the memory")]
    HeadTooLarge,
    #[error("tuning on {samples} samples is too much for the memory")]
    TuningTooLarge { samples: usize },
}

/// Why two heads were not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum CompareProblem {
    #[error("there is one head at most")]
    OneHead,
    /// The other head is for another backbone.
    #[error("the heads are for different networks")]
    OtherBackbone,
    /// The other head is stored and cannot be used.
    #[error("the other head cannot be read")]
    Unreadable,
    /// No sample was judged by both.
    #[error("no sample was judged by both")]
    NothingShared,
}
