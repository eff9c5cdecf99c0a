//! What page and worker say to each other of the projects in this browser, and of project files.

use serde::{Deserialize, Serialize};

/// What the page asks. A project's id is the name of its database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ProjectRequest {
    /// Answers with [`ProjectEvent::List`]. `sizes`: also of projects whose size is not known yet, which takes a while.
    List {
        sizes: bool,
    },
    /// Makes one and goes over to it.
    New {
        name: String,
    },
    Rename {
        id: String,
        name: String,
    },
    /// Copies all of one but what an undo would bring back.
    Duplicate {
        id: String,
        name: String,
    },
    /// It is not in the list any more, and can be brought back for a day. Where it is the one that is open, another one takes
    /// its place.
    Delete {
        id: String,
    },
    Restore {
        id: String,
    },
    /// One that was deleted goes at once.
    DeleteForGood {
        id: String,
    },
    /// Leaves this one for another, once all is stored: answers with [`ProjectEvent::GoTo`].
    GoTo {
        id: String,
    },
    /// The one that is open, as a file: answers with [`ProjectEvent::Saved`]. `metadata`: photos keep what their files say of place, time
    /// and device.
    Save {
        name: String,
        metadata: bool,
    },
    /// What is in a file? Payload: the file. Answers with [`ProjectEvent::Found`].
    Look {
        name: String,
    },
    /// Makes a project of a file and goes over to it. Payload: the file.
    Open {
        name: String,
    },
    /// Adds the classes and photos of a project file to the one that is open. Payload: the file.
    Merge {
        name: String,
    },
    /// Ends saving, opening or copying; nothing came of it.
    Stop,
}

impl ProjectRequest {
    /// Only the tab that has the project may ask for it.
    pub fn needs_writer(&self) -> bool {
        matches!(self, Self::Merge { .. })
    }
}

/// What the worker tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ProjectEvent {
    /// All projects, in the order in which they were made.
    List(Vec<ProjectView>),
    Found(ProjectFileView),
    /// This worker is done: another one opens the project of this id.
    GoTo {
        id: String,
    },
    /// A file to download, under an address within this browser.
    Saved {
        name: String,
        url: String,
    },
}

/// A project in the page's list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProjectView {
    pub id: String,
    /// None where nobody gave it one.
    pub name: Option<String>,
    pub samples: usize,
    /// None where it is not known.
    pub bytes: Option<u64>,
    /// It is the one that is open here.
    pub current: bool,
    pub deleted: bool,
}

/// What is in a file that somebody wants to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectFileView {
    /// The project's name, or the file's.
    pub name: String,
    pub classes: usize,
    pub samples: usize,
    pub heads: usize,
    /// Else there are but samples in it, in folders.
    pub project: bool,
}
