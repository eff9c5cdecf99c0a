//! A project out of a file: it becomes a project of its own, or is added to the one that is open. Nothing in the file is believed.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use super::super::Session;
use super::super::platform::{Platform, Storage};
use super::copying::{begun, finish};
use super::{Shelf, Step, problem, told};
use crate::store::{
    CLASSES, ClassList, SampleRow, Snapshot, TEST, Table, Write, sample_key, test_key,
};
use crate::{Output, Zip, plain};
use data::folders::title;
use data::limits::MOST_CLASSES;
use data::names::{kept, key};
use data::problem::{Problem, ProjectProblem, ZipProblem};
use data::protocol::{Event, Job, ProjectEvent, ProjectFileView};
use data::sample::SampleHash;
use formats::project_file::{MANIFEST, Manifest, PhotoEntry, Record, records};
use formats::zip::MOST_SAMPLES;

/// Photos that are in memory at once.
const PHOTOS: usize = 8;
/// Bytes that the small tables of a project have at most, together: 20,000 rows, heads and comparisons.
const MOST_SMALL: usize = 256 << 20;
/// Letters of a photo's name.
const LONGEST_NAME: usize = 300;

type Opened<R> = (Zip<R>, Option<Manifest>, HashMap<String, usize>);

pub struct Reading<P: Platform> {
    pub request: u64,
    /// The file's.
    file: String,
    name: String,
    zip: Zip<P::Reader>,
    /// Where in the zip each path is.
    places: HashMap<String, usize>,
    photos: VecDeque<PhotoEntry>,
    packs: VecDeque<String>,
    /// The project that it becomes; none where it is added to the one that is open.
    into: Option<(String, <P::Shelf as Shelf>::Storage)>,
    /// Photos that are there; those that the open project had before are not written again.
    whole: HashSet<String>,
    /// What was written beside another project's, to be taken back where nothing comes of it.
    written: Vec<(Table, String)>,
    project: BTreeMap<String, Vec<u8>>,
    samples: BTreeMap<String, Vec<u8>>,
    small: usize,
    lost: usize,
    total: usize,
}

/// What is in a file.
pub async fn look<P: Platform>(
    platform: &P,
    name: &str,
    file: Option<P::File>,
) -> Result<Output, Problem> {
    let (mut zip, manifest, _) = open(platform, name, file)?;
    let view = match manifest {
        Some(manifest) => ProjectFileView {
            name: kept(&manifest.name),
            classes: manifest.classes,
            samples: manifest.photos.len(),
            heads: manifest.heads,
            project: true,
        },
        None => {
            let file = name.to_owned();
            let sorted = zip.sort(name).map_err(|why| Problem::Zip { file, why })?;
            ProjectFileView {
                name: kept(title(name)),
                classes: sorted.classes.len(),
                samples: sorted.classes.iter().map(|class| class.samples.len()).sum(),
                heads: 0,
                project: false,
            }
        }
    };
    Ok(told(ProjectEvent::Found(view)))
}

fn open<P: Platform>(
    platform: &P,
    name: &str,
    file: Option<P::File>,
) -> Result<Opened<P::Reader>, Problem> {
    let zip_problem = |why| {
        let file = name.into();
        Problem::Zip { file, why }
    };
    let file = file.ok_or_else(|| zip_problem(ZipProblem::Damaged))?;
    let reader = platform.open(&file);
    let reader = reader.map_err(|words| zip_problem(ZipProblem::Unreadable(words.into())))?;
    let mut zip = Zip::open(reader).map_err(zip_problem)?;
    let paths = zip.paths().iter().enumerate().rev();
    let places: HashMap<String, usize> = paths.map(|(i, path)| (path.clone(), i)).collect();
    let Some(manifest) = places.get(MANIFEST) else {
        return Ok((zip, None, places));
    };
    let damaged = |_| problem(name, ProjectProblem::Damaged);
    zip.judge(&[*manifest]).map_err(zip_problem)?;
    let json = zip.read(*manifest).map_err(damaged)?;
    let manifest = Manifest::read(&json).map_err(|why| problem(name, why))?;
    Ok((zip, Some(manifest), places))
}

impl<P: Platform> Reading<P> {
    pub async fn begin(
        session: &mut Session<P>,
        request: u64,
        file: &str,
        payload: Option<P::File>,
        merge: bool,
    ) -> Result<Self, Problem> {
        let (zip, manifest, places) = open(&session.platform, file, payload)?;
        let manifest = manifest.ok_or_else(|| problem(file, ProjectProblem::NoProject))?;
        let zip_problem = |why| {
            let file = file.into();
            Problem::Zip { file, why }
        };
        let files = manifest.photos.len();
        if files > MOST_SAMPLES {
            return Err(zip_problem(ZipProblem::TooMany { files }));
        }
        let paths = manifest.photos.iter().map(|photo| &photo.path);
        let paths = paths.chain(&manifest.packs);
        let inside: HashSet<usize> = paths.filter_map(|path| places.get(path)).copied().collect();
        let inside: Vec<usize> = inside.into_iter().collect();
        zip.judge(&inside).map_err(zip_problem)?;
        let name = kept(&manifest.name);
        let into = match merge {
            true => None,
            false => Some(begun(session, &name).await?),
        };
        Ok(Self {
            request,
            file: file.into(),
            name,
            zip,
            places,
            total: manifest.photos.len() + manifest.packs.len() + 1,
            photos: manifest.photos.into(),
            packs: manifest.packs.into(),
            into,
            whole: HashSet::new(),
            written: Vec::new(),
            project: BTreeMap::new(),
            samples: BTreeMap::new(),
            small: 0,
            lost: 0,
        })
    }

    pub fn progress(&self) -> Event {
        let left = self.photos.len() + self.packs.len() + 1;
        Event::Progress {
            job: Job::OpenProject,
            done: self.total - left,
            total: self.total,
        }
    }

    pub(super) async fn step(&mut self, session: &mut Session<P>) -> Result<Step, Problem> {
        if !self.photos.is_empty() {
            let some = self.photos.len().min(PHOTOS);
            let some: Vec<PhotoEntry> = self.photos.drain(..some).collect();
            self.take_photos(session, some).await?;
            return Ok(Step::GoesOn(Vec::new()));
        }
        if let Some(path) = self.packs.pop_front() {
            let place = self.places.get(&path).copied();
            let pack = place.and_then(|place| self.zip.read(place).ok());
            let pack = pack.and_then(|pack| records(&pack));
            let pack = pack.ok_or_else(|| problem(&self.file, ProjectProblem::Damaged))?;
            self.take_records(session, pack).await?;
            return Ok(Step::GoesOn(Vec::new()));
        }
        let mut outputs = Vec::new();
        let list = self.classes()?;
        self.drop_rows();
        if self.lost > 0 {
            let samples = self.lost;
            let why = problem(&self.file, ProjectProblem::LeftOut { samples });
            outputs.push(plain(Event::Problem(why)));
        }
        let rows = std::mem::take(&mut self.samples);
        match &mut self.into {
            Some((id, storage)) => {
                let json = serde_json::to_vec(&list).expect("plain data becomes JSON");
                let known = self.project.get(CLASSES);
                // As it came, with what a later Graft may have put into it.
                let sound = known.is_some_and(|known| {
                    serde_json::from_slice::<ClassList>(known).is_ok_and(|known| known == list)
                });
                if !sound {
                    self.project.insert(CLASSES.into(), json);
                }
                let project = std::mem::take(&mut self.project);
                finish(storage, &self.name, project, rows).await?;
                storage.close();
                Ok(Step::GoTo(id.clone(), outputs))
            }
            None => {
                let row = |(key, row): (&String, &Vec<u8>)| {
                    let row: SampleRow = serde_json::from_slice(row).ok()?;
                    Some((row, key.starts_with(TEST)))
                };
                let rows = rows.iter().filter_map(row).collect();
                let merged = session.engine.merge(&list.classes, rows);
                let merged = merged.map_err(|classes| Problem::TooManyClasses { classes })?;
                outputs.extend(merged);
                session.load_embeddings().await;
                outputs.extend(session.engine.overview());
                Ok(Step::Over(outputs))
            }
        }
    }

    async fn take_photos(
        &mut self,
        session: &mut Session<P>,
        some: Vec<PhotoEntry>,
    ) -> Result<(), Problem> {
        let mut writes = Vec::new();
        for PhotoEntry { hash, path } in some {
            let sound = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
            if !sound || self.whole.contains(&hash) {
                continue;
            }
            let place = self.places.get(&path).copied();
            match place.and_then(|place| self.zip.read(place).ok()) {
                Some(bytes) => {
                    self.whole.insert(hash.clone());
                    writes.push((Table::Files, hash, bytes));
                }
                None => self.lost += 1,
            }
        }
        self.write(session, writes).await
    }

    async fn take_records(
        &mut self,
        session: &mut Session<P>,
        pack: Vec<Record>,
    ) -> Result<(), Problem> {
        let mut writes = Vec::new();
        for Record { table, key, value } in pack {
            let hash = key.rsplit('/').next().unwrap_or_default();
            match Table::parse(&table) {
                Some(table @ (Table::Project | Table::Samples)) => {
                    self.small += key.len() + value.len();
                    if self.small > MOST_SMALL {
                        return Err(problem(&self.file, ProjectProblem::Damaged));
                    }
                    let rows = match table {
                        Table::Project => &mut self.project,
                        _ => &mut self.samples,
                    };
                    rows.insert(key, value);
                }
                Some(table @ (Table::Thumbnails | Table::Embeddings)) => {
                    if self.whole.contains(hash) {
                        writes.push((table, key, value));
                    }
                }
                // Photos are files; what we do not know a project lacked nothing without.
                Some(Table::Files) | None => {}
            }
        }
        self.write(session, writes).await
    }

    /// Into the new project, or beside what the open one has.
    async fn write(
        &mut self,
        session: &mut Session<P>,
        entries: Vec<(Table, String, Vec<u8>)>,
    ) -> Result<(), Problem> {
        let write = |(table, key, value)| Write {
            table,
            key,
            value: Some(value),
        };
        let stored = match &mut self.into {
            Some((_, storage)) => {
                storage
                    .write(entries.into_iter().map(write).collect())
                    .await;
                storage.holds_all()
            }
            None => {
                let of = |key: &str| SampleHash(key.rsplit('/').next().unwrap_or_default().into());
                let new = |(_, key, _): &(Table, String, Vec<u8>)| !session.engine.knows(&of(key));
                let entries: Vec<_> = entries.into_iter().filter(new).collect();
                let keys = entries.iter().map(|(table, key, _)| (*table, key.clone()));
                self.written.extend(keys);
                let storage = session.platform.storage_mut();
                storage
                    .write(entries.into_iter().map(write).collect())
                    .await;
                storage.holds_all()
            }
        };
        match stored {
            true => Ok(()),
            false => Err(problem(&self.file, ProjectProblem::NoRoom)),
        }
    }

    /// The classes, with names that can be told apart and are no longer than names are.
    fn classes(&self) -> Result<ClassList, Problem> {
        let damaged = || problem(&self.file, ProjectProblem::Damaged);
        let snapshot = Snapshot {
            project: self.project.clone(),
            samples: BTreeMap::new(),
        };
        // A project that nobody put anything into has none.
        let none = ClassList {
            classes: Vec::new(),
            next: data::class::ClassId(0),
            backbone: String::new(),
        };
        let found = snapshot.json::<ClassList>(CLASSES);
        if found.value.is_none() && !found.unread.is_empty() {
            return Err(damaged());
        }
        let mut list = found.value.unwrap_or(none);
        let classes = list.classes.len();
        if classes > MOST_CLASSES {
            return Err(Problem::TooManyClasses { classes });
        }
        let (mut names, mut ids) = (HashSet::new(), HashSet::new());
        for class in &mut list.classes {
            class.name = kept(&class.name);
            let told_apart = names.insert(key(&class.name)) && ids.insert(class.id);
            if class.name.is_empty() || !told_apart {
                return Err(damaged());
            }
        }
        Ok(list)
    }

    /// Rows stay that can be read and whose photo is there.
    fn drop_rows(&mut self) {
        let whole = &self.whole;
        self.samples.retain(|key, json| {
            let row = serde_json::from_slice::<SampleRow>(json).ok();
            row.is_some_and(|row| {
                let named = row.name.chars().count() <= LONGEST_NAME;
                named
                    && (*key == sample_key(row.id) || *key == test_key(row.id))
                    && whole.contains(&row.hash.0)
            })
        });
    }

    /// What was written goes.
    pub async fn undo(self, session: &mut Session<P>) {
        match self.into {
            Some((id, mut storage)) => {
                storage.close();
                session.platform.shelf().delete(&id).await;
            }
            None => {
                let gone = self.written.into_iter();
                let gone = gone.filter(|(_, key)| {
                    let hash = key.rsplit('/').next().unwrap_or_default();
                    !session.engine.knows(&SampleHash(hash.into()))
                });
                let write = |(table, key)| Write {
                    table,
                    key,
                    value: None,
                };
                let writes = gone.map(write).collect();
                session.platform.storage_mut().write(writes).await;
            }
        }
    }
}
