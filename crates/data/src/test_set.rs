//! Samples that somebody collected to test with: what heads come to on them. No head learns from them, and nothing is decided by
//! them.

use serde::{Deserialize, Serialize};

use super::evaluation::Paired;
use super::head::{How, TestResult, Validation};

/// How a head does on the test set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestReport {
    /// None where the head could judge no sample.
    pub validation: Option<Validation>,
    /// What it said of each; classes by their place among the head's.
    pub tested: Vec<TestResult>,
    /// Classes of the test set that the head does not know, and how many samples each has.
    pub foreign: Vec<(String, usize)>,
    /// Samples that look like one of the same class that is learned from: they say little of others.
    pub alike: usize,
    /// Samples of known classes that could not be judged, as their files are gone.
    pub lost: usize,
}

/// With which head the one in use was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Other {
    /// It was trained here, and another training took its place.
    Earlier,
    /// It was trained here; the one in use came from a file.
    Trained,
    /// It came from a file; the one in use was trained here, or came from another file.
    Opened,
}

/// Two heads on the same samples; the first is the one in use.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeadsCompared {
    pub other: Other,
    /// Which samples: the test set, or those that both had not learned from.
    pub on: How,
    pub paired: Paired,
}
