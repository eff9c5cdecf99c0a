//! Heads from files and from storage. Each is judged whole before anything changes: its format, its limits, the weights
//! it was made for, its layers, and that it gives numbers.

use std::collections::BTreeMap;

use super::{InUse, StoredHead};
use crate::store::{HeadRow, Table, head_keys, record};
use crate::{Engine, Handled, Output, Reply};
use data::backbone::{BackboneSpec, find_backbone};
use data::problem::{HeadProblem, Problem};
use formats::head_file::{self, HeadFile};
use network::merge;

/// Another backbone that should come, and what for.
pub(crate) enum Wanted {
    /// It was chosen.
    Itself,
    /// A good head file, which needs it.
    Head { name: String, head: StoredHead },
    /// An undo: the head from before needs it.
    Before,
}

/// A file that may come from anyone: good for the backbone that it names, which need not be loaded.
pub(crate) fn judged(file: &[u8]) -> Result<(&'static BackboneSpec, HeadFile), HeadProblem> {
    let file = head_file::read(file)?;
    let info = &file.info;
    let spec = find_backbone(&info.backbone)
        .ok_or_else(|| HeadProblem::UnknownBackbone(info.backbone.clone()))?;
    if info.backbone_hash != spec.hash {
        return Err(HeadProblem::OtherWeights(spec.id.into()));
    }
    merge::check(spec, &file.tuned_layers)?;
    Ok((spec, file))
}

impl Engine {
    pub(crate) fn open_head(&mut self, id: u64, name: &str, file: Vec<u8>) -> Handled {
        self.put_into_use(id, name, StoredHead::alone(file))
    }

    /// A head takes the place of the one in use, which an undo brings back. Another backbone comes first, where it needs one.
    pub(crate) fn put_into_use(&mut self, id: u64, name: &str, head: StoredHead) -> Handled {
        let ready = match judged(&head.file) {
            Ok((spec, _)) if spec != self.backbone.spec() => {
                let name = name.into();
                let outputs = self.want(id, spec, Wanted::Head { name, head });
                return Ok(Reply::UnderWay(outputs));
            }
            // Where what the project knew of it does not fit, it is as good as an opened one.
            Ok(_) => self
                .restored(&head)
                .or_else(|_| self.restored(&StoredHead::alone(head.file))),
            Err(why) => Err(why),
        };
        // Refused, the head from before stays.
        let head = ready.map_err(|why| Problem::Head {
            file: name.into(),
            why,
        })?;
        Ok(Reply::Done(self.replace_head(head)))
    }

    /// Another head, of the backbone in use.
    pub(super) fn replace_head(&mut self, head: InUse) -> Vec<Output> {
        self.keep_before();
        self.head = Some(head);
        self.store_head();
        let mut outputs = vec![self.head_event(), self.undo_event()];
        outputs.extend(self.examine_anew());
        outputs
    }

    /// A judged file of the backbone in use, as an opened head.
    fn ready_for_use(&self, file: HeadFile) -> Result<InUse, HeadProblem> {
        let HeadFile {
            head,
            info,
            tuned_layers,
            statistics,
        } = file;
        let backbone = match tuned_layers.is_empty() {
            true => None,
            false => Some(self.backbone.tuned(&tuned_layers)?),
        };
        Ok(InUse {
            head,
            info,
            tuned_layers,
            backbone,
            ids: Vec::new(),
            stale: false,
            tested: Vec::new(),
            sharpened: 1.0,
            statistics,
            kept: None,
        })
    }

    /// A stored head of the backbone in use; an earlier Graft, which judged less, may have stored it.
    pub(crate) fn restored(&self, stored: &StoredHead) -> Result<InUse, HeadProblem> {
        let (spec, whole) = judged(&stored.file)?;
        if spec != self.backbone.spec() {
            return Err(HeadProblem::UnknownBackbone(spec.id.into()));
        }
        let HeadRow {
            ids,
            stale,
            tested,
            kept,
        } = stored.row.clone();
        if ![0, whole.info.classes.len()].contains(&ids.len()) {
            return Err(HeadProblem::Shape("it has other classes".into()));
        }
        let mut head = InUse {
            ids,
            stale,
            tested,
            kept,
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
    pub(crate) fn restore_head(&mut self, stored: &BTreeMap<String, Vec<u8>>) -> Vec<Output> {
        let (row_key, file_key) = head_keys(self.backbone.spec().id);
        let row = record(stored, &row_key, |json| {
            serde_json::from_slice::<HeadRow>(json).ok()
        });
        // Without what the project knows of it, it is as good as an opened one.
        let alone = StoredHead::alone;
        let file = record(stored, &file_key, |file| {
            let file = alone(file.to_vec());
            self.restored(&file).is_ok().then_some(file)
        });
        self.project.journal.follow(&row_key, &row);
        self.project.journal.follow(&file_key, &file);
        for key in row.unread.into_iter().chain(file.unread) {
            let bytes = &stored[&key];
            self.project.unread.add(Table::Project, key, bytes);
        }
        self.head = file.value.and_then(|StoredHead { file, .. }| {
            let row = row.value.unwrap_or_default();
            let known = self.restored(&StoredHead {
                row,
                file: file.clone(),
            });
            known.or_else(|_| self.restored(&alone(file))).ok()
        });
        self.restore_before(stored);
        self.restore_earlier(stored);
        let mut outputs = vec![self.head_event()];
        outputs.extend(self.examine_anew());
        outputs
    }
}
