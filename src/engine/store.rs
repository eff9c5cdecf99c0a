//! What is kept of a project, as keys and bytes. The engine writes down every change here and
//! the host stores it before it tells the page; the host only needs a table of bytes.
//!
//! | table | key | value |
//! |---|---|---|
//! | `project` | `classes` | JSON of [`ClassList`] |
//! | `project` | `head/BACKBONE` | JSON of [`HeadRow`] |
//! | `project` | `head-file/BACKBONE` | the head file |
//! | `project` | `head-before/BACKBONE`, `head-before-file/BACKBONE` | the same of the head before, which an undo brings back |
//! | `project` | `head-aside/BACKBONE/HASH`, `head-aside-file/BACKBONE/HASH` | a head that could not be read, as it was when another took its place |
//! | `project` | `lab/NUMBER` | JSON of a [`LabReport`](crate::data::lab::LabReport) |
//! | `project` | `lab-next` | the number of the next report |
//! | `project` | `undo` | JSON of [`UndoRow`], from one worker to the next |
//! | `photos` | photo id, ten digits | JSON of [`PhotoRow`] |
//! | `files` | photo hash | the photo, or a smaller JPEG of it |
//! | `thumbnails` | photo hash | a JPEG |
//! | `embeddings` | `BACKBONE/photo hash` | little-endian f32 |

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::data::class::{Class, ClassId};
use crate::data::head::Tested;
use crate::data::photo::{PhotoHash, PhotoId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    Project,
    Photos,
    Files,
    Thumbnails,
    Embeddings,
}

impl Table {
    pub const ALL: [Self; 5] = [
        Self::Project,
        Self::Photos,
        Self::Files,
        Self::Thumbnails,
        Self::Embeddings,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Photos => "photos",
            Self::Files => "files",
            Self::Thumbnails => "thumbnails",
            Self::Embeddings => "embeddings",
        }
    }
}

/// One change for the host to store; no value means that the entry goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    pub table: Table,
    pub key: String,
    pub value: Option<Vec<u8>>,
}

/// The two small tables, whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    pub project: BTreeMap<String, Vec<u8>>,
    pub photos: BTreeMap<String, Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassList {
    pub classes: Vec<Class>,
    /// The id of the next class: none is used twice.
    pub next: u32,
    /// The backbone in use.
    pub backbone: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhotoRow {
    pub id: PhotoId,
    pub class: ClassId,
    pub name: String,
    pub hash: PhotoHash,
}

/// What the head file does not say of the project's head.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HeadRow {
    pub ids: Vec<ClassId>,
    pub stale: bool,
    pub tested: Vec<Tested>,
}

/// What an undo brings back: a class and its place, photos, and where moved ones were.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UndoRow {
    pub class: Option<(usize, Class)>,
    pub photos: Vec<PhotoRow>,
    pub moved: Vec<(PhotoId, ClassId)>,
    /// The one whose head was in use before a file for another one was opened.
    #[serde(default)]
    pub backbone: Option<String>,
}

pub const CLASSES: &str = "classes";
pub const UNDO: &str = "undo";

/// The number of the next report of the Lab: none is used twice.
pub const NEXT_LAB: &str = "lab-next";
/// What the keys of reports begin with.
pub const LAB: &str = "lab/";

pub fn lab_key(id: u32) -> String {
    format!("{LAB}{id:06}")
}

pub fn photo_key(id: PhotoId) -> String {
    format!("{:010}", id.0)
}

pub fn head_keys(backbone: &str) -> (String, String) {
    (format!("head/{backbone}"), format!("head-file/{backbone}"))
}

/// As [`head_keys`], of the head before.
pub fn before_keys(backbone: &str) -> (String, String) {
    let (row, file) = ("head-before", "head-before-file");
    (format!("{row}/{backbone}"), format!("{file}/{backbone}"))
}

/// As [`head_keys`], of a head put aside; `hash` tells several from each other.
pub fn aside_keys(backbone: &str, hash: &str) -> (String, String) {
    let (row, file) = ("head-aside", "head-aside-file");
    let below = format!("{backbone}/{hash}");
    (format!("{row}/{below}"), format!("{file}/{below}"))
}

pub fn embedding_key(backbone: &str, hash: &PhotoHash) -> String {
    format!("{backbone}/{}", hash.0)
}

/// The changes since the host last asked.
#[derive(Default)]
pub struct Journal(Vec<Write>);

impl Journal {
    pub fn put(&mut self, table: Table, key: String, value: Vec<u8>) {
        let value = Some(value);
        self.0.push(Write { table, key, value });
    }

    pub fn put_json(&mut self, table: Table, key: String, value: &impl Serialize) {
        let json = serde_json::to_vec(value).expect("plain data becomes JSON");
        self.put(table, key, json);
    }

    pub fn delete(&mut self, table: Table, key: String) {
        let value = None;
        self.0.push(Write { table, key, value });
    }

    pub fn take(&mut self) -> Vec<Write> {
        std::mem::take(&mut self.0)
    }
}

impl Snapshot {
    /// The backbone that was in use.
    pub fn backbone(&self) -> Option<String> {
        let list: ClassList = serde_json::from_slice(self.project.get(CLASSES)?).ok()?;
        Some(list.backbone)
    }

    pub(super) fn undo(&self) -> Option<UndoRow> {
        serde_json::from_slice(self.project.get(UNDO)?).ok()
    }

    /// The photos whose files are needed, those that an undo would bring back too.
    pub fn needed(&self) -> HashSet<PhotoHash> {
        let rows = self.photos.values();
        let rows = rows.filter_map(|json| serde_json::from_slice::<PhotoRow>(json).ok());
        let undone = self.undo().unwrap_or_default().photos;
        rows.chain(undone).map(|row| row.hash).collect()
    }
}

pub fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// None where these are not `width` finite numbers.
pub fn read_floats(bytes: &[u8], width: usize) -> Option<Vec<f32>> {
    let (chunks, rest) = bytes.as_chunks();
    let values: Vec<f32> = chunks.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let whole = rest.is_empty() && values.len() == width && values.iter().all(|v| v.is_finite());
    whole.then_some(values)
}
