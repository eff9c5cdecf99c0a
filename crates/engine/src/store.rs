//! What is kept of a project, as keys and bytes. The engine writes down every change here and
//! the host stores it before it tells the page; the host only needs a table of bytes.
//!
//! | table | key | value |
//! |---|---|---|
//! | `project` | `classes` | JSON of [`ClassList`] |
//! | `project` | `head/BACKBONE` | JSON of [`HeadRow`] |
//! | `project` | `head-file/BACKBONE` | the head file |
//! | `project` | `head-before/BACKBONE`, `head-before-file/BACKBONE` | the same of the head before, which an undo brings back |
//! | `project` | `head-earlier/BACKBONE`, `head-earlier-file/BACKBONE` | the same of the head whose place a training took, to compare the new one with |
//! | `project` | `kept/MOMENT`, `kept-file/MOMENT` | JSON of [`KeptRow`] and the head file of a head that is kept, by [`KeptId`] |
//! | `project` | `kept-deleted/MOMENT`, `kept-deleted-file/MOMENT` | the same of the one that was deleted last, which an undo brings back |
//! | `project` | `lab/NUMBER` | JSON of a [`LabReport`](data::lab::LabReport) |
//! | `project` | `lab-next` | the number of the next report |
//! | `project` | `undo` | JSON of [`UndoRow`] |
//! | `project` | `done` | JSON of [`DoneRow`] |
//! | `project` | `batch/run`, `batch/NUMBER` | answers for photos that are not part of the project ([`session`](crate::session)) |
//! | `project` | `settings` | JSON of [`Chosen`](data::transfer::Chosen): what the next training should be like, where somebody chose it |
//! | `project` | `name` | JSON: what the project is called, where somebody named it |
//! | `project` | `hidden`, `size` | JSON: why it is not in the list of projects, and how large it is ([`session`](crate::session)) |
//! | `photos` | sample id, ten digits | JSON of [`SampleRow`] |
//! | `photos` | `test/` and the sample id, ten digits | the same of a sample of the test set. A Graft from before it cannot read such a key, so it leaves the row alone and does not learn from the sample |
//! | `files` | sample hash | the sample, or a smaller JPEG of it |
//! | `thumbnails` | sample hash | a JPEG |
//! | `embeddings` | `BACKBONE/sample hash` | the embedding, little-endian f32, and behind it the pooled layers, f16, which an earlier Graft did not store |
//!
//! What cannot be read (damaged, or of a newer version) stays as it is: nothing is written over it, swept because of it, or
//! given its key or number. A record of `project` goes on under `KEY~1` then ([`record`]).

use std::collections::{BTreeMap, HashMap, HashSet};

use half::f16;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use data::class::{Class, ClassId};
use data::features::Features;
use data::head::TestResult;
use data::protocol::KeptId;
use data::sample::{Provenance, SampleHash, SampleId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    Project,
    Samples,
    Files,
    Thumbnails,
    Embeddings,
}

impl Table {
    pub const ALL: [Self; 5] = [
        Self::Project,
        Self::Samples,
        Self::Files,
        Self::Thumbnails,
        Self::Embeddings,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Samples => "photos",
            Self::Files => "files",
            Self::Thumbnails => "thumbnails",
            Self::Embeddings => "embeddings",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
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
    pub samples: BTreeMap<String, Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassList {
    pub classes: Vec<Class>,
    /// The id of the next class: none is used twice.
    pub next: ClassId,
    /// The backbone in use.
    pub backbone: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SampleRow {
    pub id: SampleId,
    pub class: ClassId,
    pub name: String,
    pub hash: SampleHash,
    #[serde(default, skip_serializing_if = "Provenance::is_unknown")]
    pub provenance: Provenance,
}

/// What the head file does not say of the project's head.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HeadRow {
    pub ids: Vec<ClassId>,
    pub stale: bool,
    pub tested: Vec<TestResult>,
    /// The kept head that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptId>,
}

/// What the head file does not say of a kept head.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct KeptRow {
    pub name: String,
    #[serde(flatten)]
    pub head: HeadRow,
    /// Of the samples of that moment: others mean that the head is not of these.
    pub samples: u64,
}

/// What an undo brings back: a class and its place, samples, and where moved ones were.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UndoRow {
    pub class: Option<(usize, Class)>,
    #[serde(rename = "photos")]
    pub samples: Vec<SampleRow>,
    /// Of the test set.
    #[serde(default)]
    pub test: Vec<SampleRow>,
    pub moved: Vec<(SampleId, ClassId)>,
    /// Samples of changed groups, and the groups of before, as [`Provenance::group`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regrouped: Vec<(SampleId, Option<u32>)>,
    /// The one whose head was in use before a file for another one was opened.
    #[serde(default)]
    pub backbone: Option<String>,
}

/// Changes by hand that were made, stored with them: one that the page hands over again, because it never heard of that, is
/// not made twice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DoneRow {
    /// Of the page that asked for them: when it was opened.
    pub page: f64,
    /// Their numbers, the last ones.
    pub numbers: Vec<u64>,
}

impl DoneRow {
    /// More are never under way at once.
    const KEPT: usize = 100;

    /// What is stored of this page.
    pub fn of_page(page: f64, snapshot: &Snapshot) -> Self {
        let found = snapshot.json::<Self>(DONE).value;
        found.filter(|row| row.page == page).unwrap_or(Self {
            page,
            numbers: Vec::new(),
        })
    }

    pub fn add(&mut self, number: u64) {
        self.numbers.push(number);
        let surplus = self.numbers.len().saturating_sub(Self::KEPT);
        self.numbers.drain(..surplus);
    }
}

pub const SETTINGS: &str = "settings";
pub const CLASSES: &str = "classes";
pub const DONE: &str = "done";
pub const UNDO: &str = "undo";
pub const NAME: &str = "name";
pub const HIDDEN: &str = "hidden";
pub const SIZE: &str = "size";
/// What the keys of a batch begin with.
pub const BATCH: &str = "batch/";

/// Whether a record of the table `project` goes with a copy or a file of it. What an undo would bring back does not, nor what is of one
/// browser. All else does, also what a later Graft adds.
pub fn travels(key: &str) -> bool {
    let name = key.split(['/', '~']).next().unwrap_or_default();
    let stays = [
        DONE,
        UNDO,
        NAME,
        HIDDEN,
        SIZE,
        "head-before",
        "head-before-file",
        "kept-deleted",
        "kept-deleted-file",
        "batch",
    ];
    !stays.contains(&name)
}

/// The number of the next report of the Lab: none is used twice.
pub const NEXT_LAB: &str = "lab-next";
/// What the keys of reports begin with.
pub const LAB: &str = "lab/";

pub fn lab_key(id: u32) -> String {
    format!("{LAB}{id:06}")
}

pub fn sample_key(id: SampleId) -> String {
    format!("{:010}", id.0)
}

/// What the keys of samples of the test set begin with.
pub const TEST: &str = "test/";

pub fn test_key(id: SampleId) -> String {
    format!("{TEST}{}", sample_key(id))
}

pub fn head_keys(backbone: &str) -> (String, String) {
    (format!("head/{backbone}"), format!("head-file/{backbone}"))
}

/// As [`head_keys`], of the head before.
pub fn before_keys(backbone: &str) -> (String, String) {
    let (row, file) = ("head-before", "head-before-file");
    (format!("{row}/{backbone}"), format!("{file}/{backbone}"))
}

/// As [`head_keys`], of the head whose place a training took.
pub fn earlier_keys(backbone: &str) -> (String, String) {
    let (row, file) = ("head-earlier", "head-earlier-file");
    (format!("{row}/{backbone}"), format!("{file}/{backbone}"))
}

/// What the keys of kept heads begin with, and of their files.
pub const KEPT: [&str; 2] = ["kept/", "kept-file/"];
/// The same of the one that was deleted.
pub const KEPT_DELETED: [&str; 2] = ["kept-deleted/", "kept-deleted-file/"];

/// Row and file, with what their keys begin with.
pub fn kept_keys(of: [&str; 2], id: KeptId) -> (String, String) {
    let key = |kind: &str| format!("{kind}{:015}", id.0);
    (key(of[0]), key(of[1]))
}

/// Whether a record of the table `project` is of the head in use, or of one that is kept.
pub fn is_of_head(key: &str) -> bool {
    let kinds = ["head/", "head-file/", KEPT[0], KEPT[1]];
    kinds.iter().any(|kind| key.starts_with(kind))
}

pub fn embedding_key(backbone: &str, hash: &SampleHash) -> String {
    format!("{backbone}/{}", hash.0)
}

/// The changes since the host last asked.
#[derive(Default)]
pub struct Journal {
    writes: Vec<Write>,
    /// Records of the table `project` that go on under another key, because what is stored under theirs cannot be read.
    moved: HashMap<String, String>,
}

impl Journal {
    pub fn put(&mut self, table: Table, key: String, value: Vec<u8>) {
        self.write(table, key, Some(value));
    }

    pub fn put_json(&mut self, table: Table, key: String, value: &impl Serialize) {
        let json = serde_json::to_vec(value).expect("plain data becomes JSON");
        self.put(table, key, json);
    }

    pub fn delete(&mut self, table: Table, key: String) {
        self.write(table, key, None);
    }

    fn write(&mut self, table: Table, key: String, value: Option<Vec<u8>>) {
        let moved = self.moved.get(&key).filter(|_| table == Table::Project);
        let key = moved.cloned().unwrap_or(key);
        self.writes.push(Write { table, key, value });
    }

    /// From now on the record of this name is written where it was found.
    pub fn follow<T>(&mut self, name: &str, found: &Record<T>) {
        if found.key != name {
            self.moved.insert(name.to_owned(), found.key.clone());
        }
    }

    pub fn take(&mut self) -> Vec<Write> {
        std::mem::take(&mut self.writes)
    }
}

/// A record of the table `project`.
pub struct Record<T> {
    /// None where there is none.
    pub value: Option<T>,
    /// Where it is kept, and written from now on.
    pub key: String,
    /// Keys before that one, under which lies what cannot be read.
    pub unread: Vec<String>,
}

/// The record of this name. `read` gives none for what it cannot read; then the record is looked for under `NAME~1`, `NAME~2`
/// and so on, up to the first that is free.
pub fn record<T>(
    project: &BTreeMap<String, Vec<u8>>,
    name: &str,
    read: impl Fn(&[u8]) -> Option<T>,
) -> Record<T> {
    let mut unread = Vec::new();
    loop {
        let key = match unread.len() {
            0 => name.to_owned(),
            n => format!("{name}~{n}"),
        };
        let value = project.get(&key).map(|bytes| read(bytes));
        if let Some(None) = value {
            unread.push(key);
            continue;
        }
        let value = value.flatten();
        return Record { value, key, unread };
    }
}

/// Records that cannot be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unread {
    pub keys: Vec<(Table, String)>,
    /// Some are whole and of a newer version, as it seems: JSON, but not as we know it.
    pub newer: bool,
}

impl Unread {
    pub fn add(&mut self, table: Table, key: String, bytes: &[u8]) {
        self.newer |= serde_json::from_slice::<serde_json::Value>(bytes).is_ok();
        self.keys.push((table, key));
    }
}

impl Snapshot {
    /// The backbone that was in use.
    pub fn backbone(&self) -> Option<String> {
        self.json::<ClassList>(CLASSES)
            .value
            .map(|list| list.backbone)
    }

    /// A record of the table `project` that is JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, name: &str) -> Record<T> {
        record(&self.project, name, |bytes| {
            serde_json::from_slice(bytes).ok()
        })
    }

    /// The samples whose files are needed, those that an undo would bring back too.
    pub fn needed(&self) -> HashSet<SampleHash> {
        let rows = self.samples.values();
        let rows = rows.filter_map(|json| serde_json::from_slice::<SampleRow>(json).ok());
        let undone = self.json::<UndoRow>(UNDO).value.unwrap_or_default();
        let undone = undone.samples.into_iter().chain(undone.test);
        rows.chain(undone).map(|row| row.hash).collect()
    }
}

pub fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// The embedding as f32, and layers as f16, which holds them exactly.
pub fn features(features: &Features) -> Vec<u8> {
    let mut bytes = floats(&features.embedding);
    let halves = features.layers.iter().map(|v| f16::from_f32(*v));
    bytes.extend(halves.flat_map(f16::to_le_bytes));
    bytes
}

/// What [`features`] made bytes of: another worker's, which are whole.
pub fn features_of(bytes: &[u8], width: usize) -> Features {
    let (embedding, layers) = bytes.split_at(bytes.len().min(4 * width));
    let floats = embedding.as_chunks().0.iter();
    let halves = layers.as_chunks().0.iter();
    Features {
        embedding: floats.map(|b| f32::from_le_bytes(*b)).collect(),
        layers: halves.map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
    }
}

/// An embedding of `width` numbers, with `layers` of them or, as an earlier Graft stored it, alone. None where it is neither, or not
/// all of it is finite.
pub fn read_features(bytes: &[u8], width: usize, layers: usize) -> Option<Features> {
    let known = [4 * width, 4 * width + 2 * layers].contains(&bytes.len());
    let found = known.then(|| features_of(bytes, width))?;
    let mut numbers = found.embedding.iter().chain(&found.layers);
    numbers.all(|v| v.is_finite()).then_some(found)
}

/// None where these are not `width` finite numbers.
pub fn read_floats(bytes: &[u8], width: usize) -> Option<Vec<f32>> {
    let (chunks, rest) = bytes.as_chunks();
    let values: Vec<f32> = chunks.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let whole = rest.is_empty() && values.len() == width && values.iter().all(|v| v.is_finite());
    whole.then_some(values)
}

#[cfg(test)]
mod tests {
    use super::travels;

    #[test]
    fn what_is_of_one_browser_stays_there() {
        for key in [
            "undo",
            "undo~1",
            "done",
            "hidden",
            "size",
            "name",
            "head-before/x",
            "kept-deleted/1",
            "kept-deleted-file/1",
        ] {
            assert!(!travels(key), "{key}");
        }
        for key in [
            "classes",
            "head/x",
            "head-file/x",
            "kept/1",
            "kept-file/1",
            "lab/000001",
            "lab-next",
            "groups",
        ] {
            assert!(travels(key), "{key}");
        }
    }
}
