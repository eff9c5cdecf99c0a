//! What an undo would bring back is stored too: a tab that ends, or a worker that breaks, does not take it along.

use super::{Project, Sample, Samples, Trash};
use crate::store::{Snapshot, Table, UNDO, UndoRow};

impl Project {
    /// After each change of what an undo would bring back.
    pub(super) fn write_undo(&mut self) {
        let mut row = UndoRow {
            moved: self.moved.clone(),
            regrouped: self.regrouped.clone(),
            backbone: self.back.clone(),
            ..UndoRow::default()
        };
        if let Some(trash) = &self.trash {
            row.class.clone_from(&trash.class);
            row.samples = trash.samples.iter().map(|s| s.row.clone()).collect();
        }
        match row == UndoRow::default() {
            true => self.journal.delete(Table::Project, UNDO.into()),
            false => self.journal.put_json(Table::Project, UNDO.into(), &row),
        }
    }

    /// An undo would go back to this backbone.
    pub fn go_back_to(&mut self, backbone: Option<&str>) {
        if self.back.as_deref() != backbone {
            self.back = backbone.map(str::to_owned);
            self.write_undo();
        }
    }

    pub(super) fn take_undo(&mut self, snapshot: &Snapshot) {
        let found = snapshot.json::<UndoRow>(UNDO);
        self.journal.follow(UNDO, &found);
        for key in found.unread {
            let bytes = &snapshot.project[&key];
            self.unread.add(Table::Project, key, bytes);
        }
        let Some(row) = found.value else { return };
        self.moved = row.moved;
        self.regrouped = row.regrouped;
        self.back = row.backbone;
        let samples: Vec<Sample> = row.samples.into_iter().map(Sample::from).collect();
        self.keep_numbers(&samples);
        let samples = Samples::from(samples);
        if row.class.is_some() || !samples.is_empty() {
            let class = row.class;
            self.trash = Some(Trash { class, samples });
        }
    }
}
