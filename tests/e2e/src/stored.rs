//! What the browser's storage holds, and whose it is.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Page, Result};

/// What `cases.report()` of tests/cases/storage.js says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stored {
    pub class_list_reads: bool,
    pub photos: usize,
    pub classes: BTreeMap<String, usize>,
    pub in_no_class: usize,
    pub files: usize,
    pub thumbnails: usize,
    pub embeddings: usize,
    #[serde(rename = "photosWithout_files")]
    pub without_files: usize,
    #[serde(rename = "photosWithout_thumbnails")]
    pub without_thumbnails: usize,
    #[serde(rename = "photosWithout_embeddings")]
    pub without_embeddings: usize,
    #[serde(rename = "filesWithoutPhoto")]
    pub files_alone: usize,
}

impl Stored {
    /// Every photo has all that belongs to it.
    pub fn is_whole(&self) -> bool {
        let lacking = self.without_files + self.without_thumbnails + self.without_embeddings;
        self.class_list_reads && self.in_no_class == 0 && lacking == 0
    }
}

/// A script that has the faults of tests/cases/storage.js at hand.
pub fn case_script(script: &str) -> String {
    let cases = include_str!("../../cases/storage.js");
    format!("{cases}\n{script}")
}

/// What is stored of the project.
pub async fn report(page: &Page) -> Result<Stored> {
    page.ask(&case_script("return cases.report();"), &[]).await
}

/// What the page says of itself and the project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Access {
    pub writer: bool,
    pub stored: bool,
}

pub async fn access(page: &Page) -> Result<Access> {
    let script = "const { writer, stored } = one('app').dataset;
        return { writer: writer === 'true', stored: stored === 'true' };";
    page.ask(script, &[]).await
}
