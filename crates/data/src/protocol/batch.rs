//! What page and worker say to each other of a batch: many photos that the head in use answers for, and that do not become part of the
//! project.

use serde::{Deserialize, Serialize};

use crate::problem::SampleProblem;

/// What the page asks, beside [`Request::Classify`](super::Request::Classify).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum BatchRequest {
    Pause {
        paused: bool,
    },
    /// All samples are asked about anew, by the head in use now.
    Restart,
    /// The answers go, and the files are let go of.
    Forget,
    /// The answers as a table: answers with [`Event::File`](super::Event::File).
    Table {
        /// Of the file.
        name: String,
        words: TableWords,
    },
    /// The samples in a zip, in a folder for each answer: answers with [`ProjectEvent::Saved`](super::ProjectEvent::Saved).
    Sort {
        /// Of the file.
        name: String,
        /// The folder of those that get no answer.
        unknown: String,
        /// Photos keep what their files say of place, time and device.
        metadata: bool,
    },
}

/// What the table calls things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableWords {
    /// The columns: path, likeliest class, whether it is unknown, seconds, why there is no answer.
    pub columns: [String; 5],
    /// In place of the likeliest class of a sample that gets no answer.
    pub unknown: String,
    /// One for each of [`BatchView::reasons`], in their order.
    pub reasons: Vec<String>,
}

/// How far a batch is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchView {
    pub state: BatchState,
    /// Samples that have an answer or a reason why there is none.
    pub done: usize,
    /// All that were handed over, also before a reload.
    pub of: usize,
    /// Of those done, the ones without an answer.
    pub unread: usize,
    /// Why there is none, each once.
    pub reasons: Vec<SampleProblem>,
    /// Answered samples whose files are here, so that they can be sorted.
    pub here: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BatchState {
    Running,
    Paused,
    /// Files of before a reload are to be handed over again.
    Missing,
    /// Another head is in use than the one that answered: [`BatchRequest::Restart`] or [`BatchRequest::Forget`] is next.
    OtherHead,
    Done,
}

impl BatchState {
    /// As in `data-state`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Missing => "missing",
            Self::OtherHead => "other-head",
            Self::Done => "done",
        }
    }
}
