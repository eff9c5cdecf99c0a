//! The open project as a file, written piece by piece: of its photos a few are in memory at a time.

use std::collections::{BTreeMap, HashSet, VecDeque};

use super::super::Session;
use super::super::platform::{Platform, Storage};
use super::{Shelf, Step, problem, told};
use crate::prepared::{SampleFile, without_metadata};
use crate::store::{self, ClassList, SampleRow, Snapshot, Table};
use crate::{Engine, plain};
use data::problem::{Problem, ProjectProblem};
use data::protocol::{Event, Job, ProjectEvent};
use formats::project_file::{FOLDER, MANIFEST, Manifest, PACK, Paths, PhotoEntry, Record};
use formats::zip::Writer;

/// Photos that are in memory at once.
const PHOTOS: usize = 8;
/// Entries of other tables.
const ENTRIES: usize = 100;
/// Where the files of samples go that are in no class.
const OTHERS: &str = "graft/files";

pub struct Saving<P: Platform> {
    pub request: u64,
    name: String,
    /// Photos keep theirs.
    metadata: bool,
    file: <P::Shelf as Shelf>::NewFile,
    zip: Writer,
    manifest: Manifest,
    paths: Paths,
    /// Their keys, and the folder and the name of each.
    photos: VecDeque<(String, String, String)>,
    /// What else is written, table by table.
    records: VecDeque<(Table, Vec<String>)>,
    /// The small tables as they were when it began.
    snapshot: Snapshot,
    pack: Vec<u8>,
    /// When the first of all photos was taken, as in `Provenance::taken`.
    first: i64,
    /// Photos that could not be had.
    lost: usize,
    total: usize,
}

impl<P: Platform> Saving<P> {
    pub async fn begin(
        session: &mut Session<P>,
        request: u64,
        name: String,
        metadata: bool,
    ) -> Result<Self, Problem> {
        let storage = session.platform.storage();
        let snapshot = storage.snapshot().await.map_err(Problem::Storage)?;
        let snapshot = Snapshot {
            project: snapshot
                .project
                .into_iter()
                .filter(|(key, _)| store::travels(key))
                .collect(),
            samples: snapshot.samples,
        };
        let classes = snapshot.json::<ClassList>(store::CLASSES).value;
        let classes = classes.map(|list| list.classes).unwrap_or_default();
        let mut paths = Paths::default();
        let folders: BTreeMap<_, _> = classes
            .iter()
            .map(|class| (class.id, paths.folder(&class.name)))
            .collect();
        let rows = snapshot.samples.iter();
        let rows = rows
            .filter_map(|(key, json)| Some((key, serde_json::from_slice::<SampleRow>(json).ok()?)));
        let mut seen = HashSet::new();
        let mut photos = VecDeque::new();
        let mut first = i64::MAX;
        for (key, row) in rows {
            first = first.min(row.provenance.taken.unwrap_or(i64::MAX));
            if seen.insert(row.hash.clone()) {
                let folder = folders.get(&row.class).cloned();
                let mut folder = folder.unwrap_or_else(|| OTHERS.into());
                if key.starts_with(store::TEST) {
                    folder = format!("{}{folder}", store::TEST);
                }
                photos.push_back((row.hash.0, folder, row.name));
            }
        }
        // Others that a project needs are in no class: nobody should learn from them as a data set.
        let others = snapshot
            .needed()
            .into_iter()
            .filter(|hash| !seen.contains(hash));
        let mut others: Vec<_> = others.map(|hash| hash.0).collect();
        others.sort_unstable();
        photos.extend(
            others
                .into_iter()
                .map(|hash| (hash.clone(), OTHERS.into(), hash)),
        );
        let needed: HashSet<String> = photos.iter().map(|(hash, ..)| hash.clone()).collect();
        let mut records = VecDeque::new();
        for table in Table::ALL
            .into_iter()
            .filter(|table| *table != Table::Files)
        {
            let keys: Vec<String> = match table {
                Table::Project => snapshot.project.keys().cloned().collect(),
                Table::Samples => snapshot.samples.keys().cloned().collect(),
                Table::Thumbnails | Table::Embeddings => {
                    let keys = storage.keys(table).await.into_iter();
                    let of = |key: &String| key.rsplit('/').next().map(str::to_owned);
                    keys.filter(|key| of(key).is_some_and(|hash| needed.contains(&hash)))
                        .collect()
                }
                Table::Files => Vec::new(),
            };
            let chunks = keys.chunks(ENTRIES).map(|keys| (table, keys.to_vec()));
            records.extend(chunks);
        }
        let mut manifest = Manifest::new(&name);
        manifest.classes = classes.len();
        let heads = snapshot.project.keys();
        manifest.heads = heads.filter(|key| key.starts_with("head-file/")).count();
        Ok(Self {
            request,
            name,
            metadata,
            file: Default::default(),
            zip: Writer::default(),
            manifest,
            paths,
            total: photos.len() + records.len() + 1,
            photos,
            records,
            snapshot,
            pack: Vec::new(),
            first,
            lost: 0,
        })
    }

    pub fn progress(&self) -> Event {
        let left = self.photos.len() + self.records.len() + 1;
        Event::Progress {
            job: Job::SaveProject,
            done: self.total - left,
            total: self.total,
        }
    }

    pub(super) async fn step(&mut self, session: &mut Session<P>) -> Result<Step, Problem> {
        let platform = &session.platform;
        if !self.photos.is_empty() {
            let some = self.photos.len().min(PHOTOS);
            for (hash, folder, name) in self.photos.drain(..some).collect::<Vec<_>>() {
                self.photo(platform, hash, &folder, &name).await;
            }
        } else if let Some((table, keys)) = self.records.pop_front() {
            self.entries(platform, table, keys).await;
        } else {
            return Ok(Step::Over(self.finish(platform)));
        }
        Ok(Step::GoesOn(Vec::new()))
    }

    async fn photo(&mut self, platform: &P, hash: String, folder: &str, name: &str) {
        let found = platform
            .storage()
            .get(Table::Files, std::slice::from_ref(&hash));
        let bytes = found.await.into_iter().flatten().next();
        let bytes = match bytes {
            Some(bytes) if !self.metadata => clean(platform, bytes).await,
            bytes => bytes,
        };
        let Some(bytes) = bytes else {
            self.lost += 1;
            return;
        };
        let path = self.paths.file(folder, name, &Engine::ending(&bytes));
        self.put(platform, &path, bytes);
        self.manifest.photos.push(PhotoEntry { hash, path });
    }

    async fn entries(&mut self, platform: &P, table: Table, keys: Vec<String>) {
        let rows = match table {
            Table::Project => Some(&self.snapshot.project),
            Table::Samples => Some(&self.snapshot.samples),
            _ => None,
        };
        let values = match rows {
            Some(rows) => {
                let values = keys.iter().map(|key| rows.get(key).cloned());
                match table == Table::Samples && !self.metadata {
                    true => values.map(|json| Some(self.without_date(json?))).collect(),
                    false => values.collect(),
                }
            }
            None => platform.storage().get(table, &keys).await,
        };
        for (key, value) in keys.into_iter().zip(values) {
            let Some(value) = value else { continue };
            let table = table.name().into();
            self.pack.extend(Record { table, key, value }.write());
            if self.pack.len() >= PACK {
                self.flush(platform);
            }
        }
    }

    /// A row that says when its photo was taken only beside the others: what was taken together still belongs together.
    fn without_date(&self, json: Vec<u8>) -> Vec<u8> {
        let Ok(mut row) = serde_json::from_slice::<SampleRow>(&json) else {
            return json;
        };
        let Some(taken) = &mut row.provenance.taken else {
            return json;
        };
        *taken = taken.saturating_sub(self.first);
        serde_json::to_vec(&row).unwrap_or(json)
    }

    fn flush(&mut self, platform: &P) {
        let pack = std::mem::take(&mut self.pack);
        let path = format!("{FOLDER}records-{:04}.bin", self.manifest.packs.len() + 1);
        self.put(platform, &path, pack);
        self.manifest.packs.push(path);
    }

    fn put(&mut self, platform: &P, path: &str, bytes: Vec<u8>) {
        let head = self.zip.entry(path, &bytes);
        platform.shelf().append(&mut self.file, head);
        platform.shelf().append(&mut self.file, bytes);
    }

    fn finish(&mut self, platform: &P) -> Vec<crate::Output> {
        if !self.pack.is_empty() {
            self.flush(platform);
        }
        let manifest = self.manifest.write();
        self.put(platform, MANIFEST, manifest);
        let end = std::mem::take(&mut self.zip).end();
        platform.shelf().append(&mut self.file, end);
        let url = platform.shelf().address(std::mem::take(&mut self.file));
        let name = format!("{}.graft.zip", Paths::default().folder(&self.name));
        let mut outputs = vec![told(ProjectEvent::Saved { name, url })];
        if self.lost > 0 {
            let samples = self.lost;
            let why = problem(&self.name, ProjectProblem::NotSaved { samples });
            outputs.push(plain(Event::Problem(why)));
        }
        outputs
    }
}

/// The photo without metadata: taken out of its file, or encoded anew where its format is one that nobody here takes apart.
pub(in crate::session) async fn clean<P: Platform>(
    platform: &P,
    bytes: Vec<u8>,
) -> Option<Vec<u8>> {
    match without_metadata(&bytes) {
        Some(bytes) => Some(bytes),
        None => {
            let file: SampleFile = platform.decode(bytes).await;
            file.encoded()
        }
    }
}
