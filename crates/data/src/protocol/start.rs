//! What a worker is told at its start.

use serde::{Deserialize, Serialize};

use crate::backbone::DeviceKind;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StartOptions {
    pub device: Option<DeviceKind>,
    /// An id of the registry.
    pub backbone: Option<String>,
    /// The id of the stored project to open; none for the first one.
    pub project: Option<String>,
    /// A project beside the stored one, thrown away when the page is left.
    pub fresh: bool,
    /// When the page was opened, milliseconds since 1970: names the fresh project.
    pub opened: f64,
    /// There was a worker before this one: go on where it stood.
    pub resume: bool,
    /// The GPU was lost: stay away from it.
    pub lost: bool,
    /// The site has no engine for a GPU.
    pub cpu_site: bool,
    /// How many workers may embed beside the first; none: as the computer has cores for.
    pub workers: Option<usize>,
    /// How many [`super::Request::Keep`] follow.
    pub kept: usize,
    /// The page could not start twice: leave out the head and the comparisons.
    pub safe: bool,
    /// Another tab has the project: ask for it.
    pub take_over: bool,
}

/// An entry of a table that could not be stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptEntry {
    pub table: String,
    pub key: String,
    /// It has a value; else it goes.
    pub there: bool,
}
