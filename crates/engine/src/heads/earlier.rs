//! The head whose place a training took: the new one can be compared with it, now and after a reload.

use std::collections::BTreeMap;

use super::{InUse, StoredHead};
use crate::Engine;
use crate::store::{HeadRow, Table, earlier_keys};

#[derive(Default)]
pub(crate) struct Earlier {
    pub stored: Option<StoredHead>,
    /// The one in use when the training under way began.
    next: Option<StoredHead>,
}

impl Engine {
    /// Training begins.
    pub(crate) fn note_earlier(&mut self) {
        let trained = self.head.as_ref().filter(|head| !head.is_opened());
        self.earlier.next = trained.map(InUse::stored);
    }

    /// Its head is there. It may come in several steps, as a draft first.
    pub(crate) fn keep_earlier(&mut self) {
        let Some(stored) = self.earlier.next.take() else {
            return;
        };
        let (row_key, file_key) = earlier_keys(self.backbone.spec().id);
        let journal = &mut self.project.journal;
        journal.put(Table::Project, file_key, stored.file.clone());
        journal.put_json(Table::Project, row_key, &stored.row);
        self.earlier.stored = Some(stored);
    }

    /// What was stored for the backbone in use.
    pub(super) fn restore_earlier(&mut self, stored: &BTreeMap<String, Vec<u8>>) {
        let (row_key, file_key) = earlier_keys(self.backbone.spec().id);
        let file = stored.get(&file_key).cloned();
        let row = stored.get(&row_key).and_then(|row| {
            let row: Option<HeadRow> = serde_json::from_slice(row).ok();
            row
        });
        // Without its row nobody knows which classes it has.
        self.earlier = Earlier {
            stored: file.zip(row).map(|(file, row)| StoredHead { row, file }),
            next: None,
        };
    }
}
