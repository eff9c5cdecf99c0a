//! The head in use: predicting with it, saving and opening it.

use std::collections::BTreeMap;

use super::store::{HeadRow, Table, head_keys, record};
use super::{Engine, Output, Task, plain};
use crate::data::backbone::{BackboneSpec, find_backbone};
use crate::data::changed::Changed;
use crate::data::class::ClassId;
use crate::data::classifier::Head;
use crate::data::head::{HeadInfo, Tested};
use crate::data::prediction::Prediction;
use crate::data::problem::{HeadProblem, Problem};
use crate::formats::head_file::{self, HeadFile};
use crate::ml::backbone::Backbone;
use crate::protocol::{Event, HeadView};

/// The head in use.
pub(super) struct InUse {
    pub head: Head,
    pub info: HeadInfo,
    /// Of the backbone, where it was tuned with this head.
    pub changed: Changed,
    /// The backbone with these; none where the project's own is the head's.
    pub backbone: Option<Backbone>,
    /// The project's class behind each output; none for an opened head.
    pub ids: Vec<ClassId>,
    pub stale: bool,
    pub tested: Vec<Tested>,
}

impl InUse {
    pub(super) fn predict(&self, embedding: &[f32]) -> Vec<Prediction> {
        let shares = self.head.predict(embedding);
        let classes = self.info.classes.iter().zip(shares);
        classes
            .map(|(c, confidence)| Prediction {
                class: c.name.clone(),
                colour: c.colour,
                confidence,
            })
            .collect()
    }

    fn file(&self) -> Vec<u8> {
        head_file::write(&HeadFile {
            head: self.head.clone(),
            info: self.info.clone(),
            changed: self.changed.clone(),
        })
    }
}

impl Engine {
    pub(super) fn head_event(&self) -> Output {
        plain(Event::Head(self.head.as_ref().map(|h| HeadView {
            info: h.info.clone(),
            opened: h.ids.is_empty(),
            stale: h.stale,
            tested: h.tested.clone(),
        })))
    }

    /// The photos changed: the head still works, and the page says that it is of before.
    pub(super) fn outdate_head(&mut self) -> Option<Output> {
        match &mut self.task {
            Some(Task::Train(run)) => run.lesson.stale = true,
            Some(Task::Tune(tuning)) => tuning.plan.lesson.stale = true,
            _ => {}
        }
        let head = self
            .head
            .as_mut()
            .filter(|h| !h.ids.is_empty() && !h.stale)?;
        head.stale = true;
        self.store_head_row();
        Some(self.head_event())
    }

    /// Carries a class's new name or colour over to the head, without training.
    pub(super) fn relabel_head(&mut self, id: ClassId) {
        if self.rename_in_head(id) {
            self.store_head();
        }
    }

    /// The same, not stored yet; true where there is something to store.
    pub(super) fn rename_in_head(&mut self, id: ClassId) -> bool {
        let Some(class) = self.project.class(id) else {
            return false;
        };
        if let Some(head) = &mut self.head
            && let Some(i) = head.ids.iter().position(|other| *other == id)
        {
            head.info.classes[i].name = class.name.clone();
            head.info.classes[i].colour = class.colour;
            return true;
        }
        false
    }

    /// Every class has the name and colour that it has by now; not stored yet.
    pub(super) fn rename_all_in_head(&mut self) {
        let Some(head) = &mut self.head else { return };
        for (id, named) in head.ids.iter().zip(&mut head.info.classes) {
            if let Some(class) = self.project.class(*id) {
                named.name.clone_from(&class.name);
                named.colour = class.colour;
            }
        }
    }

    pub(super) fn save_head(&self, name: &str) -> Vec<Output> {
        let Some(head) = &self.head else {
            return Vec::new();
        };
        let name: String = name
            .chars()
            .map(|c| {
                if c.is_alphanumeric() || "-_ ".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        let name = if name.trim().is_empty() {
            "head"
        } else {
            name.trim()
        };
        let event = Event::File {
            name: format!("{name}.graft.safetensors"),
            mime: "application/octet-stream".into(),
        };
        vec![(event, vec![head.file()])]
    }

    pub(super) fn open_head(&mut self, name: &str, file: Vec<u8>) -> Vec<Output> {
        let read = head_file::read(&file).map_err(Unfit::from);
        match read.and_then(|file| self.fits(file)) {
            Ok(head) => {
                self.head = Some(head);
                self.store_head();
                vec![self.head_event()]
            }
            Err(Unfit::OtherBackbone(spec)) => {
                self.parked = Some((name.into(), file));
                self.want(spec)
            }
            // The head from before stays.
            Err(Unfit::Bad(why)) => vec![plain(Event::Problem(Problem::Head {
                file: name.into(),
                why,
            }))],
        }
    }

    /// A whole head file, ready for use as an opened head.
    fn fits(&self, file: HeadFile) -> Result<InUse, Unfit> {
        let HeadFile {
            head,
            info,
            changed,
        } = file;
        let spec = find_backbone(&info.backbone)
            .ok_or_else(|| HeadProblem::UnknownBackbone(info.backbone.clone()))?;
        if spec != self.backbone.spec() {
            return Err(Unfit::OtherBackbone(spec));
        }
        if info.backbone_hash != self.backbone.hash() {
            return Err(HeadProblem::OtherWeights(info.backbone).into());
        }
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

    pub(super) fn store_head(&mut self) {
        let Some(head) = &self.head else { return };
        let (_, file_key) = head_keys(&head.info.backbone);
        let file = head.file();
        self.project.journal.put(Table::Project, file_key, file);
        self.store_head_row();
    }

    fn store_head_row(&mut self) {
        let Some(head) = &self.head else { return };
        let (row_key, _) = head_keys(&head.info.backbone);
        let row = HeadRow {
            ids: head.ids.clone(),
            stale: head.stale,
            tested: head.tested.clone(),
        };
        self.project.journal.put_json(Table::Project, row_key, &row);
    }

    /// The head that was stored for the backbone in use.
    pub(super) fn restore_head(&mut self, stored: &BTreeMap<String, Vec<u8>>) -> Vec<Output> {
        let (row_key, file_key) = head_keys(self.backbone.spec().id);
        let row = record(stored, &row_key, |json| {
            serde_json::from_slice::<HeadRow>(json).ok()
        });
        let file = record(stored, &file_key, |bytes| {
            let file = head_file::read(bytes).map_err(Unfit::from);
            file.and_then(|file| self.fits(file)).ok()
        });
        self.project.journal.follow(&row_key, &row);
        self.project.journal.follow(&file_key, &file);
        for key in row.unread.into_iter().chain(file.unread) {
            let bytes = &stored[&key];
            self.project.unread.add(Table::Project, key, bytes);
        }
        self.head = match (row.value, file.value) {
            (Some(row), Some(head)) if [0, head.info.classes.len()].contains(&row.ids.len()) => {
                Some(InUse {
                    ids: row.ids,
                    stale: row.stale,
                    tested: row.tested,
                    ..head
                })
            }
            // Without what the project knows of it, it is as good as an opened one.
            (_, head) => head,
        };
        vec![self.head_event()]
    }
}

/// Why a whole head file cannot be used now.
enum Unfit {
    Bad(HeadProblem),
    /// The host can fetch it.
    OtherBackbone(&'static BackboneSpec),
}

impl From<HeadProblem> for Unfit {
    fn from(why: HeadProblem) -> Self {
        Self::Bad(why)
    }
}
