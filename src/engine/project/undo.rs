//! What an undo would bring back is in memory alone, and a tab that ends takes it along. A worker
//! that makes way for another hands it over through storage.

use super::{Project, Sample, Trash};
use crate::engine::store::{Snapshot, Table, UNDO, UndoRow};

impl Project {
    /// For the next worker. `backbone` is the one that an undo would go back to.
    pub fn store_undo(&mut self, backbone: Option<String>) {
        let mut row = UndoRow {
            moved: self.moved.clone(),
            backbone,
            ..UndoRow::default()
        };
        if let Some(trash) = &self.trash {
            row.class.clone_from(&trash.class);
            row.photos = trash.samples.iter().map(|s| s.row.clone()).collect();
        }
        if row != UndoRow::default() {
            self.journal.put_json(Table::Project, UNDO.into(), &row);
        }
    }

    /// From the worker before. It is handed over once: the one after the next would undo too much.
    pub(super) fn take_undo(&mut self, snapshot: &Snapshot) {
        if !snapshot.project.contains_key(UNDO) {
            return;
        }
        self.journal.delete(Table::Project, UNDO.into());
        let row = snapshot.undo().unwrap_or_default();
        self.moved = row.moved;
        for photo in &row.photos {
            // Its number stays its own.
            self.next_photo = self.next_photo.max(photo.id.0 + 1);
        }
        let samples = row.photos.into_iter().map(|row| Sample {
            row,
            embedding: None,
        });
        let samples: Vec<Sample> = samples.collect();
        if row.class.is_some() || !samples.is_empty() {
            let class = row.class;
            self.trash = Some(Trash { class, samples });
        }
    }
}
