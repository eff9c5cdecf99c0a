//! What the engine needs from its host in the middle of its work: files.

use std::sync::Arc;

use super::SampleFile;

/// A file that the host should hand over before the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostRequest {
    /// A sample, under this key of [`super::store::Table::Files`]: [`super::Engine::give_sample`].
    Sample { key: String },
    /// A file of this site, relative to the page: [`super::Engine::give_file`].
    File { path: &'static str },
}

/// A sample as a network takes it. Shared with what learns from it.
pub(super) type Input = Arc<[u8]>;

/// Samples that come one by one, each as a network's input.
pub(super) struct Gathering {
    keys: Vec<String>,
    /// Of the input.
    size: usize,
    /// None for a sample whose file is gone or cannot be read.
    inputs: Vec<Option<Input>>,
}

impl Gathering {
    pub fn new(keys: Vec<String>, size: usize) -> Self {
        Self {
            keys,
            size,
            inputs: Vec::new(),
        }
    }

    /// The key of the next one.
    pub fn next(&self) -> Option<&str> {
        self.keys.get(self.inputs.len()).map(String::as_str)
    }

    /// False for a lost one.
    pub fn take(&mut self, file: Option<SampleFile>) -> bool {
        self.inputs.push(input(file, self.size));
        self.inputs.last().is_some_and(Option::is_some)
    }

    /// How many of how many.
    pub fn progress(&self) -> (usize, usize) {
        (self.inputs.len(), self.keys.len())
    }

    /// In the order of the keys.
    pub fn inputs(self) -> Vec<Option<Input>> {
        self.inputs
    }
}

/// A network's input of this size; none where the sample's file is gone or cannot be read.
pub(super) fn input(file: Option<SampleFile>, size: usize) -> Option<Input> {
    file?.input(size).ok().map(Input::from)
}
