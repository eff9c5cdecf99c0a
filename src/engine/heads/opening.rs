//! Heads from files and from storage. Each is judged whole before anything changes: its format, its limits, the weights
//! it was made for, its layers, and that it gives numbers.

use std::collections::BTreeMap;

use super::{InUse, StoredHead};
use crate::data::backbone::{BackboneSpec, find_backbone};
use crate::data::problem::{HeadProblem, Problem, StorageProblem};
use crate::engine::store::{HeadRow, Table, aside_keys, head_keys};
use crate::engine::{Engine, Output, plain};
use crate::formats::head_file::{self, HeadFile};
use crate::formats::photo;
use crate::ml::merge;
use crate::protocol::Event;

/// Another backbone that should come, and what for.
pub(in crate::engine) enum Wanted {
    /// It was chosen.
    Itself,
    /// A good head file, which needs it.
    Head { name: String, file: Vec<u8> },
    /// An undo: the head from before needs it.
    Before,
}

/// What is stored as the head of the backbone in use and cannot be used: its row and its file.
pub(in crate::engine) struct Unread {
    row: Option<Vec<u8>>,
    file: Option<Vec<u8>>,
}

/// A file that may come from anyone: good for the backbone that it names, which need not be loaded.
fn judged(file: &[u8]) -> Result<(&'static BackboneSpec, HeadFile), HeadProblem> {
    let file = head_file::read(file)?;
    let info = &file.info;
    let spec = find_backbone(&info.backbone)
        .ok_or_else(|| HeadProblem::UnknownBackbone(info.backbone.clone()))?;
    if info.backbone_hash != spec.hash {
        return Err(HeadProblem::OtherWeights(spec.id.into()));
    }
    merge::check(spec, &file.changed)?;
    Ok((spec, file))
}

impl Engine {
    pub(in crate::engine) fn open_head(&mut self, name: &str, file: Vec<u8>) -> Vec<Output> {
        let opened = match judged(&file) {
            Ok((spec, _)) if spec != self.backbone.spec() => {
                let name = name.into();
                return self.want(spec, Wanted::Head { name, file });
            }
            Ok((_, whole)) => self.ready_for_use(whole),
            Err(why) => Err(why),
        };
        match opened {
            Ok(head) => {
                self.keep_before();
                self.head = Some(head);
                self.store_head();
                vec![self.head_event(), self.undo_event()]
            }
            // The head from before stays.
            Err(why) => vec![plain(Event::Problem(Problem::Head {
                file: name.into(),
                why,
            }))],
        }
    }

    /// A judged file of the backbone in use, as an opened head.
    fn ready_for_use(&self, file: HeadFile) -> Result<InUse, HeadProblem> {
        let HeadFile {
            head,
            info,
            changed,
        } = file;
        let backbone = match changed.is_empty() {
            true => None,
            false => Some(self.backbone.tuned(&changed)?),
        };
        Ok(InUse {
            head,
            info,
            changed,
            backbone,
            ids: Vec::new(),
            stale: false,
            tested: Vec::new(),
        })
    }

    /// A stored head of the backbone in use; an earlier Graft, which judged less, may have stored it.
    pub(super) fn restored(&self, stored: &StoredHead) -> Result<InUse, HeadProblem> {
        let (spec, whole) = judged(&stored.file)?;
        if spec != self.backbone.spec() {
            return Err(HeadProblem::UnknownBackbone(spec.id.into()));
        }
        let HeadRow { ids, stale, tested } = stored.row.clone();
        if ![0, whole.info.classes.len()].contains(&ids.len()) {
            return Err(HeadProblem::Shape("it has other classes".into()));
        }
        let mut head = InUse {
            ids,
            stale,
            tested,
            ..self.ready_for_use(whole)?
        };
        // As they are called now.
        for (id, known) in head.ids.iter().zip(&mut head.info.classes) {
            if let Some(class) = self.project.class(*id) {
                known.name.clone_from(&class.name);
                known.colour = class.colour;
            }
        }
        Ok(head)
    }

    /// The head that was stored for the backbone in use. One that cannot be used stays where it is.
    pub(in crate::engine) fn restore_head(
        &mut self,
        stored: &BTreeMap<String, Vec<u8>>,
    ) -> Vec<Output> {
        let (row_key, file_key) = head_keys(self.backbone.spec().id);
        let (row, file) = (stored.get(&row_key), stored.get(&file_key));
        let whole = row.and_then(|json| serde_json::from_slice(json).ok());
        let whole = whole.zip(file.cloned());
        let head = whole.and_then(|(row, file)| self.restored(&StoredHead { row, file }).ok());
        let mut outputs = Vec::new();
        self.unread = None;
        if head.is_none() && (row.is_some() || file.is_some()) {
            self.unread = Some(Unread {
                row: row.cloned(),
                file: file.cloned(),
            });
            let problem = StorageProblem::Damaged("the classifier".into());
            outputs.push(plain(Event::Problem(Problem::Storage(problem))));
        }
        self.head = head;
        self.restore_before(stored);
        outputs.push(self.head_event());
        outputs
    }

    /// Another head is about to be stored in the place of one that could not be read, which is kept as it is.
    pub(super) fn put_unread_aside(&mut self, backbone: &str) {
        let Some(Unread { row, file }) = self.unread.take() else {
            return;
        };
        let name = photo::hash(file.as_deref().or(row.as_deref()).unwrap_or_default());
        let (row_key, file_key) = aside_keys(backbone, &name.0);
        for (key, value) in [(row_key, row), (file_key, file)] {
            if let Some(value) = value {
                self.project.journal.put(Table::Project, key, value);
            }
        }
    }
}
