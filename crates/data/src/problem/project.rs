//! What can be wrong with a file of a project.

use serde::{Deserialize, Serialize};

/// Why something was not done with a project or a project file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum ProjectProblem {
    /// A part is missing, or makes no sense.
    #[error("damaged")]
    Damaged,
    #[error("of a newer version")]
    NewerFile,
    /// It is no project file, so nothing can be taken out of it as one.
    #[error("no project file")]
    NoProject,
    /// The file was opened without these samples.
    #[error("{samples} damaged samples left out")]
    LeftOut { samples: usize },
    /// The file was saved without these samples: theirs are gone, or their metadata cannot be taken out.
    #[error("{samples} samples not saved")]
    NotSaved { samples: usize },
    /// There is no room for it.
    #[error("no room")]
    NoRoom,
    /// Saving, opening or copying is under way.
    #[error("one thing at a time")]
    Busy,
    /// Another tab has it open.
    #[error("open in another tab")]
    OpenElsewhere,
    /// Not all of the open project is stored.
    #[error("not all is stored")]
    NotStored,
    /// It is not there any more, or cannot be read.
    #[error("gone")]
    Gone,
    /// The browser lets no site store anything.
    #[error("no storage")]
    NoStorage,
}
