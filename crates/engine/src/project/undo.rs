//! Deleting, and bringing back what was deleted. What an undo would bring back is stored too: a tab that ends, or a worker that
//! breaks, does not take it along.

use std::collections::HashSet;

use super::{Project, Sample, Samples, Trash};
use crate::store::{
    SampleRow, Snapshot, Table, UNDO, UndoRow, embedding_key, sample_key, test_key,
};
use data::class::{Class, ClassId};
use data::protocol::Undoable;
use data::sample::{SampleHash, SampleId};

impl Project {
    pub fn delete_class(&mut self, id: ClassId) -> Vec<SampleId> {
        let Some(place) = self.classes.iter().position(|c| c.id == id) else {
            return Vec::new();
        };
        let class = self.classes.remove(place);
        self.write_classes();
        self.delete(Some((place, class)), |row| row.class == id)
    }

    pub fn delete_samples(&mut self, ids: &[SampleId]) -> Vec<SampleId> {
        let ids: HashSet<SampleId> = ids.iter().copied().collect();
        self.delete(None, |row| ids.contains(&row.id))
    }

    /// Their rows go at once; the rest stays until an undo cannot want it any more. Also of the test set.
    fn delete(
        &mut self,
        class: Option<(usize, Class)>,
        gone: impl Fn(&SampleRow) -> bool,
    ) -> Vec<SampleId> {
        self.moved.clear();
        self.regrouped.clear();
        let samples = self.samples.take(|s| gone(&s.row));
        let test = self.test.take(|s| gone(&s.row));
        let id = |s: &Sample| s.row.id;
        let mut ids: Vec<SampleId> = samples.iter().map(id).collect();
        for id in &ids {
            self.journal.delete(Table::Samples, sample_key(*id));
        }
        self.similar.forget(&ids);
        ids.extend(test.iter().map(id));
        for sample in &test {
            self.journal.delete(Table::Samples, test_key(sample.row.id));
        }
        let trash = Trash {
            class,
            samples,
            test,
        };
        if let Some(old) = self.trash.replace(trash) {
            old.all().for_each(|s| self.forget_files(&s.row.hash));
        }
        self.write_undo();
        ids
    }

    fn forget_files(&mut self, hash: &SampleHash) {
        // They may be those of a sample whose row cannot be read.
        if !self.unread.keys.is_empty() {
            return;
        }
        if !self.knows(hash) {
            self.journal.delete(Table::Files, hash.0.clone());
            self.journal.delete(Table::Thumbnails, hash.0.clone());
            let key = embedding_key(&self.backbone, hash);
            self.journal.delete(Table::Embeddings, key);
        }
    }

    pub fn undoable(&self) -> Option<Undoable> {
        if !self.regrouped.is_empty() {
            let count = self.regrouped.len();
            return Some(Undoable::Groups { count });
        }
        if !self.moved.is_empty() {
            let count = self.moved.len();
            return Some(Undoable::Move { count });
        }
        let trash = self.trash.as_ref()?;
        let name = trash.class.as_ref().map(|(_, class)| class.name.clone());
        let (count, test) = (trash.samples.len(), trash.test.len());
        let samples = match count {
            0 if test > 0 => Undoable::TestSamples { count: test },
            _ => Undoable::Samples { count },
        };
        Some(name.map_or(samples, |name| Undoable::Class { name }))
    }

    /// Brings the last deletion back; the samples it brought, those of the test set too.
    pub fn undo(&mut self) -> Vec<SampleId> {
        let Some(trash) = self.trash.take() else {
            return Vec::new();
        };
        if let Some((place, mut class)) = trash.class {
            // Another class may have taken the name meanwhile.
            class.name = self.free_name(&class.name, None);
            self.classes.insert(place.min(self.classes.len()), class);
            self.write_classes();
        }
        let mut ids = Vec::new();
        for sample in trash.samples {
            // A sample whose class is gone by now, or that was added anew, has no place to return to.
            if self.has_place_for(&sample.row) {
                self.write_row(&sample.row);
                ids.push(sample.row.id);
                self.samples.push(sample);
            }
        }
        for sample in trash.test {
            if self.has_place_for(&sample.row) {
                self.write_test_row(&sample.row);
                ids.push(sample.row.id);
                self.test.push(sample);
            }
        }
        self.write_undo();
        ids
    }

    /// Its class is there, and its file is no other sample.
    fn has_place_for(&self, row: &SampleRow) -> bool {
        let twin = self.class_of(&row.hash).or(self.test_class_of(&row.hash));
        self.class(row.class).is_some() && twin.is_none()
    }

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
            row.test = trash.test.iter().map(|s| s.row.clone()).collect();
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
        let mut samples = |rows: Vec<SampleRow>| {
            let samples: Vec<Sample> = rows.into_iter().map(Sample::from).collect();
            self.keep_numbers(&samples);
            Samples::from(samples)
        };
        let (samples, test) = (samples(row.samples), samples(row.test));
        if row.class.is_some() || !samples.is_empty() || !test.is_empty() {
            self.trash = Some(Trash {
                class: row.class,
                samples,
                test,
            });
        }
    }
}
