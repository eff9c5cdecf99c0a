//! The head before the one in use. Opening another one never destroys it: it is stored beside that one, and an undo
//! brings it back.

use std::collections::BTreeMap;

use super::{InUse, StoredHead, Wanted};
use crate::store::{HeadRow, Table, before_keys};
use crate::{Engine, Handled, Output, Reply, plain};
use data::backbone::BackboneSpec;
use data::problem::Problem;
use data::protocol::{Event, Undoable};

/// What an undo puts in the place of the head in use.
pub(crate) enum Before {
    /// A head of the same backbone.
    Head(StoredHead),
    /// Another backbone, with the head that is stored for it.
    Backbone(&'static BackboneSpec),
}

impl Before {
    /// No file may have it, and it is not among those that are kept.
    fn may_be_unsaved(&self) -> bool {
        match self {
            Self::Head(stored) => stored.row.kept.is_none() && !stored.row.ids.is_empty(),
            Self::Backbone(_) => true,
        }
    }
}

/// What was done last, of what can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Last {
    /// Of samples and classes.
    Project,
    /// Another head was put into use.
    Head,
    /// A kept head was deleted.
    Kept,
}

impl Engine {
    /// Another head is about to take the place of the one in use. One that came from a file, or is kept, does not push out one that
    /// was trained here and is nowhere else.
    pub(crate) fn keep_before(&mut self) {
        let unsaved = self.before.as_ref().is_some_and(Before::may_be_unsaved);
        let head = self
            .head
            .as_ref()
            .filter(|h| !(unsaved && h.is_elsewhere()));
        if let Some(stored) = head.map(InUse::stored) {
            self.set_before(stored);
        }
        self.last = Last::Head;
    }

    fn set_before(&mut self, stored: StoredHead) {
        let (row_key, file_key) = before_keys(self.backbone.spec().id);
        let journal = &mut self.project.journal;
        journal.put(Table::Project, file_key, stored.file.clone());
        journal.put_json(Table::Project, row_key, &stored.row);
        self.before = Some(Before::Head(stored));
    }

    /// Training begins, and its head will take the place of one that was trained here as well: the one before that is
    /// too long ago to go back to.
    pub(crate) fn forget_before(&mut self) -> Option<Output> {
        if self.head.as_ref().is_none_or(InUse::is_elsewhere) {
            return None;
        }
        if let Before::Head(_) = self.before.take()? {
            let (row_key, file_key) = before_keys(self.backbone.spec().id);
            self.project.journal.delete(Table::Project, row_key);
            self.project.journal.delete(Table::Project, file_key);
        }
        Some(self.undo_event())
    }

    /// Samples or classes changed.
    pub(super) fn outdate_before(&mut self) {
        if let Some(Before::Head(StoredHead { row, .. })) = &mut self.before
            && !row.ids.is_empty()
            && !row.stale
        {
            row.stale = true;
            let (row_key, _) = before_keys(self.backbone.spec().id);
            self.project.journal.put_json(Table::Project, row_key, row);
        }
    }

    /// Another backbone has come for a head's sake. Where there was a head with the one that was left, an undo goes back.
    pub(crate) fn go_back_to(&mut self, left: Option<&'static BackboneSpec>, last: bool) {
        if let Some(left) = left {
            self.before = Some(Before::Backbone(left));
        }
        self.last = match last {
            true => Last::Head,
            false => Last::Project,
        };
    }

    /// What was stored for the backbone in use.
    pub(super) fn restore_before(&mut self, stored: &BTreeMap<String, Vec<u8>>) {
        let (row_key, file_key) = before_keys(self.backbone.spec().id);
        let file = stored.get(&file_key).cloned();
        self.before = file.map(|file| {
            let row = stored.get(&row_key).map(Vec::as_slice).unwrap_or_default();
            // Without its row it is what it is in a file.
            let row: HeadRow = serde_json::from_slice(row).unwrap_or_default();
            Before::Head(StoredHead { row, file })
        });
        self.last = Last::Project;
    }

    /// What the next undo would bring back: the last change first.
    pub(crate) fn undoable(&self) -> Option<Undoable> {
        let head = self.before.as_ref().map(|_| Undoable::Head);
        let project = || self.project.undoable();
        let kept = || self.kept_heads.undoable();
        match self.last {
            Last::Head => head.or_else(project).or_else(kept),
            // A head that came back can be taken back again, for ever: what is deleted comes before it.
            Last::Project => project().or_else(kept).or(head),
            Last::Kept => kept().or_else(project).or(head),
        }
    }

    pub(crate) fn undo_event(&self) -> Output {
        plain(Event::Undoable(self.undoable()))
    }

    /// The undo of an opened head. The one it takes the place of is the one before from then on, so that this can be
    /// taken back as well.
    pub(crate) fn bring_back_head(&mut self, id: u64) -> Handled {
        let stored = match self.before.take() {
            Some(Before::Head(stored)) => stored,
            Some(Before::Backbone(spec)) => {
                // It stays until that backbone is there.
                self.before = Some(Before::Backbone(spec));
                let outputs = self.want(id, spec, Wanted::Before);
                return Ok(Reply::UnderWay(outputs));
            }
            None => return Ok(Reply::Done(Vec::new())),
        };
        let mut outputs = Vec::new();
        match self.restored(&stored) {
            Ok(back) => {
                if let Some(head) = self.head.replace(back) {
                    self.set_before(head.stored());
                }
                self.store_head();
                outputs.push(self.head_event());
                outputs.extend(self.examine_anew());
            }
            // It is stored still, and is not offered again.
            Err(why) => {
                let file = String::new();
                outputs.push(plain(Event::Problem(Problem::Head { file, why })));
            }
        }
        // What was done before can be undone next.
        self.last = Last::Project;
        outputs.push(self.undo_event());
        Ok(Reply::Done(outputs))
    }
}
