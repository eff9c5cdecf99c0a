//! Heads that a project keeps beside the one in use, each under a name.

use std::collections::BTreeMap;

use super::opening::judged;
use super::{Before, InUse, Last, StoredHead, file_name};
use crate::project::Sample;
use crate::store::{HeadRow, Journal, KEPT, KEPT_DELETED, KeptRow, Table, before_keys, kept_keys};
use crate::{Engine, Handled, Output, Reply, plain};
use data::limits::LARGEST_HEAD;
use data::names;
use data::problem::{KeptProblem, Problem};
use data::protocol::{Event, HeadRequest, KeptHeadView, KeptId, Undoable};
use network::random::SplitMix64;

/// Of a project, at most: a head of five classes has a third of a megabyte.
const MOST: usize = 20;
/// Bytes of all of them, at most: they are in memory while the project is open.
const LARGEST: usize = 2 * LARGEST_HEAD;
/// Later moments are none that a clock tells: the year 33658.
const LAST: u64 = 999_999_999_999_999;

/// One that is kept.
pub(super) struct Kept {
    view: KeptHeadView,
    pub row: KeptRow,
    pub file: Vec<u8>,
}

impl Kept {
    /// None where the file is none that could be used.
    fn of(id: KeptId, row: KeptRow, file: Vec<u8>) -> Option<Self> {
        let (_, whole) = judged(&file).ok()?;
        let info = whole.info;
        let view = KeptHeadView {
            id,
            name: row.name.clone(),
            classes: info.classes.into_iter().map(|class| class.name).collect(),
            backbone: info.backbone,
            accuracy: info.validation.map(|v| (v.how, v.accuracy)),
        };
        Some(Self { view, row, file })
    }

    fn write(&self, of: [&str; 2], journal: &mut Journal) {
        let (row, file) = kept_keys(of, self.view.id);
        journal.put(Table::Project, file, self.file.clone());
        journal.put_json(Table::Project, row, &self.row);
    }
}

fn erase(of: [&str; 2], id: KeptId, journal: &mut Journal) {
    let (row, file) = kept_keys(of, id);
    journal.delete(Table::Project, row);
    journal.delete(Table::Project, file);
}

#[derive(Default)]
pub(crate) struct KeptHeads {
    /// The oldest first.
    all: Vec<Kept>,
    /// What an undo brings back.
    deleted: Option<Kept>,
    /// The last id that is stored.
    last: KeptId,
}

impl KeptHeads {
    pub fn undoable(&self) -> Option<Undoable> {
        let name = |kept: &Kept| kept.row.name.clone();
        let name = self.deleted.as_ref().map(name)?;
        Some(Undoable::KeptHead { name })
    }

    pub(super) fn of(&self, id: KeptId) -> Result<&Kept, Problem> {
        let found = self.all.iter().find(|kept| kept.view.id == id);
        found.ok_or(Problem::Kept(KeptProblem::Gone))
    }

    fn told(&self) -> Output {
        let views = self.all.iter().rev().map(|kept| kept.view.clone());
        plain(Event::KeptHeads(views.collect()))
    }

    /// Later than all before.
    fn new_id(&mut self, now: f64) -> KeptId {
        self.last = KeptId((now as u64).clamp(self.last.0 + 1, LAST));
        self.last
    }

    fn is_full(&self) -> bool {
        let bytes: usize = self.all.iter().map(|kept| kept.file.len()).sum();
        self.all.len() >= MOST || bytes > LARGEST
    }
}

impl Engine {
    /// What is stored, or in safe mode the ids alone, so that none is used twice. Told where there is something.
    pub(crate) fn restore_kept(
        &mut self,
        stored: &BTreeMap<String, Vec<u8>>,
        all: bool,
    ) -> Option<Output> {
        self.kept_heads = KeptHeads::default();
        for of in [KEPT, KEPT_DELETED] {
            for (key, bytes) in stored.iter().filter(|(key, _)| key.starts_with(of[0])) {
                let id = key[of[0].len()..].parse().ok();
                let id = id.map(KeptId).filter(|id| id.0 < LAST);
                let last = &mut self.kept_heads.last;
                *last = id.map_or(*last, |id| id.max(*last));
                let id = id.filter(|id| *key == kept_keys(of, *id).0);
                let few = self.kept_heads.all.len() < MOST;
                if !all {
                    continue;
                }
                let row = serde_json::from_slice(bytes).ok();
                let file = id.and_then(|id| stored.get(&kept_keys(of, id).1));
                let kept = id.zip(row).zip(file).filter(|_| few || of != KEPT);
                let kept = kept.and_then(|((id, row), file)| Kept::of(id, row, file.clone()));
                match kept {
                    Some(kept) if of == KEPT => self.kept_heads.all.push(kept),
                    Some(kept) => self.kept_heads.deleted = Some(kept),
                    // What an undo would have brought back is no loss to be told of.
                    None if of != KEPT => {}
                    None => {
                        let unread = &mut self.project.unread;
                        unread.add(Table::Project, key.clone(), bytes);
                    }
                }
            }
        }
        let any = !self.kept_heads.all.is_empty();
        any.then(|| self.kept_heads.told())
    }

    pub(crate) fn of_heads(&mut self, id: u64, request: HeadRequest) -> Handled {
        let done = match request {
            HeadRequest::Keep { name, now } => self.keep_head(&name, now)?,
            HeadRequest::Use { id: kept } => return self.use_kept(id, kept),
            HeadRequest::Rename { id, name } => self.rename_kept(id, &name)?,
            HeadRequest::Delete { id } => self.delete_kept(id)?,
            HeadRequest::Merge { id } => self.merge_kept(id)?,
            HeadRequest::GoOn { settings } => return self.go_on(id, &settings),
            HeadRequest::Save { id, name } => {
                let file = self.kept_heads.of(id)?.file.clone();
                let event = Event::File {
                    name: format!("{}.graft.safetensors", file_name(&name)),
                    mime: "application/octet-stream".into(),
                };
                vec![(event, vec![file])]
            }
        };
        Ok(Reply::Done(done))
    }

    fn keep_head(&mut self, name: &str, now: f64) -> Result<Vec<Output>, Problem> {
        let head = self.head.as_mut().ok_or(Problem::NoHead)?;
        if head.kept.is_some() {
            return Ok(Vec::new());
        }
        if self.kept_heads.is_full() {
            return Err(Problem::Kept(KeptProblem::Full { most: MOST }));
        }
        let id = self.kept_heads.new_id(now);
        head.kept = Some(id);
        let StoredHead { row: head, file } = head.stored();
        let row = KeptRow {
            name: names::kept(name),
            head,
            samples: self.samples_now(),
        };
        // Its own file was judged when it was made or opened.
        let kept = Kept::of(id, row, file).ok_or(Problem::TrainingDiverged)?;
        kept.write(KEPT, &mut self.project.journal);
        self.kept_heads.all.push(kept);
        self.store_head_row();
        Ok(vec![self.kept_heads.told(), self.head_event()])
    }

    fn use_kept(&mut self, id: u64, kept: KeptId) -> Handled {
        let now = self.samples_now();
        let Kept { row, file, .. } = self.kept_heads.of(kept)?;
        let head = StoredHead {
            row: HeadRow {
                stale: row.head.stale || !row.head.ids.is_empty() && row.samples != now,
                kept: Some(kept),
                ..row.head.clone()
            },
            file: file.clone(),
        };
        let name = row.name.clone();
        self.put_into_use(id, &name, head)
    }

    /// An empty name keeps the old one.
    fn rename_kept(&mut self, id: KeptId, name: &str) -> Result<Vec<Output>, Problem> {
        self.kept_heads.of(id)?;
        let name = names::kept(name);
        let mut all = self.kept_heads.all.iter_mut();
        if let Some(kept) = all.find(|kept| kept.view.id == id && !name.is_empty()) {
            kept.view.name.clone_from(&name);
            kept.row.name = name;
            let (key, _) = kept_keys(KEPT, id);
            let journal = &mut self.project.journal;
            journal.put_json(Table::Project, key, &kept.row);
        }
        Ok(vec![self.kept_heads.told()])
    }

    fn delete_kept(&mut self, id: KeptId) -> Result<Vec<Output>, Problem> {
        self.kept_heads.of(id)?;
        let journal = &mut self.project.journal;
        if let Some(before) = self.kept_heads.deleted.take() {
            erase(KEPT_DELETED, before.view.id, journal);
        }
        let mut deleted = self.kept_heads.all.extract_if(.., |k| k.view.id == id);
        let kept = deleted.next();
        drop(deleted);
        if let Some(kept) = kept {
            erase(KEPT, id, journal);
            kept.write(KEPT_DELETED, journal);
            self.kept_heads.deleted = Some(kept);
        }
        // These are nowhere else from now on.
        if let Some(Before::Head(StoredHead { row, .. })) = &mut self.before
            && row.kept == Some(id)
        {
            row.kept = None;
            let (key, _) = before_keys(self.backbone.spec().id);
            self.project.journal.put_json(Table::Project, key, row);
        }
        let mut outputs = vec![self.kept_heads.told()];
        outputs.extend(self.link_head(Some(id), None));
        self.last = Last::Kept;
        outputs.push(self.undo_event());
        Ok(outputs)
    }

    /// The undo of a deletion.
    pub(crate) fn bring_back_kept(&mut self) -> Vec<Output> {
        self.last = Last::Project;
        let Some(kept) = self.kept_heads.deleted.take() else {
            return Vec::new();
        };
        let id = kept.view.id;
        erase(KEPT_DELETED, id, &mut self.project.journal);
        kept.write(KEPT, &mut self.project.journal);
        let in_use = self.head.as_ref().map(InUse::file);
        let is_it = in_use.is_some_and(|file| file == kept.file);
        let all = &mut self.kept_heads.all;
        let place = all.partition_point(|other| other.view.id < id);
        all.insert(place, kept);
        let mut outputs = vec![self.kept_heads.told()];
        if is_it {
            outputs.extend(self.link_head(None, Some(id)));
        }
        outputs.push(self.undo_event());
        outputs
    }

    /// The head in use is this kept one from now on, where it was that one.
    fn link_head(&mut self, from: Option<KeptId>, to: Option<KeptId>) -> Option<Output> {
        let head = self.head.as_mut().filter(|head| head.kept == from)?;
        head.kept = to;
        self.store_head_row();
        Some(self.head_event())
    }

    /// A number that other samples, classes and groups have not.
    fn samples_now(&self) -> u64 {
        let number = |sample: &Sample| {
            let row = &sample.row;
            let place = u64::from(row.id.0) << 32 | u64::from(row.class.0);
            let group = row.provenance.group.map_or(0, |group| u64::from(group) + 1);
            SplitMix64(place ^ SplitMix64(group).bits()).bits()
        };
        // Whatever their order is.
        let numbers = self.project.samples().iter().map(number);
        numbers.fold(0, u64::wrapping_add)
    }
}
