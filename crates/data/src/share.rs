//! How heads are handed on without a file of one's own: in a link, and in a list beside the site.

use serde::{Deserialize, Serialize};

/// Before a head in the part of an address that stands behind its `#`.
pub const KEY: &str = "head=";

/// Letters of a link's text that are read. Browsers take two million and more; what is longer than this no program hands on.
pub const LONGEST_LINK: usize = 400_000;

/// Numbers that a head in a link may have.
pub const MOST_NUMBERS: usize = 1 << 18;

/// The list, relative to the page, and where the files lie that it names.
pub const LIST: &str = "heads/index.json";
pub const FOLDER: &str = "heads/";

/// Entries of such a list that are shown.
pub const MOST_LISTED: usize = 200;

/// How exactly a link holds a head's numbers. Weights are whole numbers of steps, from -127 to 127.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Precision {
    /// 8 steps make the root mean square of an output's weights.
    Coarse,
    /// 16 steps.
    Middle,
    /// 32 steps, or as many as fit a byte.
    Fine,
    /// 16-bit floats.
    Half,
    /// Bit for bit.
    Exact,
}

impl Precision {
    /// The shortest link first.
    pub const ALL: [Self; 5] = [
        Self::Coarse,
        Self::Middle,
        Self::Fine,
        Self::Half,
        Self::Exact,
    ];
}

/// A QR code as a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qr {
    /// Modules on a side, without the quiet zone.
    pub side: usize,
    /// The dark ones as an SVG path, one unit a module.
    pub path: String,
}

/// Why a head is in no link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum LinkProblem {
    /// A part is missing or was changed on the way.
    #[error("cut or changed")]
    Cut,
    /// It is whole, and holds no head that makes sense.
    #[error("no head in it")]
    NoHead,
    #[error("version {0} is newer")]
    Newer(u8),
    /// More letters than any link of ours.
    #[error("{letters} letters are too long")]
    TooLong { letters: usize },
    /// The head has more numbers than a link should hold.
    #[error("the head is too large")]
    TooLarge,
    /// Layers of the network were tuned with it, far more numbers than a link can hold.
    #[error("tuned layers")]
    Tuned,
    /// What reads and writes links could not be had, in the browser's words.
    #[error("{0}")]
    Missing(String),
}

/// What lies beside the site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    pub entries: Vec<Listed>,
    /// What was left out of the list, and why; the first few.
    pub faults: Vec<Fault>,
    /// How many were left out.
    pub left_out: usize,
}

/// One of them, judged: its file lies in [`FOLDER`] and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub kind: ListedKind,
    /// In [`FOLDER`].
    pub file: String,
    pub name: String,
    /// What somebody says of it; often nothing.
    pub about: String,
    /// As large as the list says it is.
    pub bytes: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListedKind {
    Head,
    Project,
}

/// Something of a list that is not shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// Not JSON, or not as a list is written.
    NotAList,
    /// The entry with this number, from 1, is none.
    NotAnEntry { number: usize },
    /// Its file lies elsewhere: in another folder or on another site.
    Elsewhere { file: String },
    /// Neither a head nor a project, by its name's ending.
    OtherKind { file: String },
    /// It calls itself something else than its name's ending says.
    WrongKind { file: String },
    /// Named before.
    Twice { file: String },
    /// A size that no such file has.
    Size { file: String },
    /// More entries than are shown.
    TooMany { entries: usize },
}
