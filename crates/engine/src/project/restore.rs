//! A project out of what was stored. What cannot be read stays stored as it is, and nothing takes its place.

use super::{Class, Colour, Project, Sample};
use crate::store::{
    CLASSES, ClassList, SampleRow, Snapshot, TEST, Table, is_of_head, sample_key, test_key,
};
use data::class::{ClassId, END_OF_NUMBERS, PALETTE};
use data::problem::StorageProblem;

/// Where the list of classes cannot be read, nobody knows which numbers empty classes had: new ones stay this far away.
const UNKNOWN_CLASSES: u32 = 1000;

impl Project {
    pub fn restore(&mut self, snapshot: &Snapshot) {
        let known = self.take_classes(snapshot);
        for (key, json) in &snapshot.samples {
            match serde_json::from_slice::<SampleRow>(json) {
                // Two of one number would be taken for one sample, and one of them waited for for ever.
                Ok(row) if *key == sample_key(row.id) => {
                    self.next_sample = self.next_sample.max(row.id.0 + 1);
                    self.samples.push(row.into());
                }
                Ok(row) if *key == test_key(row.id) => {
                    self.next_sample = self.next_sample.max(row.id.0 + 1);
                    self.test.push(row.into());
                }
                _ => self.unread.add(Table::Samples, key.clone(), json),
            }
            // Also of a row that cannot be read: its key stays its own.
            let number = key.strip_prefix(TEST).unwrap_or(key).parse::<u32>();
            if let Ok(number @ ..END_OF_NUMBERS) = number {
                self.next_sample = self.next_sample.max(number + 1);
            }
        }
        self.make_stand_ins();
        if !known {
            self.next_class += UNKNOWN_CLASSES;
        }
        self.take_undo(snapshot);
    }

    /// False where there is a list and it cannot be read.
    fn take_classes(&mut self, snapshot: &Snapshot) -> bool {
        let found = snapshot.json::<ClassList>(CLASSES);
        self.journal.follow(CLASSES, &found);
        let known = found.value.is_some() || found.unread.is_empty();
        for key in found.unread {
            let bytes = &snapshot.project[&key];
            self.unread.add(Table::Project, key, bytes);
        }
        if let Some(list) = found.value {
            self.next_class = list.next.0;
            self.classes = list.classes;
        }
        known
    }

    /// Samples of a class that nobody knows any more get one under another name.
    fn make_stand_ins(&mut self) {
        let all = self.samples.iter().chain(&self.test);
        let mut ids: Vec<ClassId> = all.map(|s| s.row.class).collect();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            self.next_class = self.next_class.max(id.0 + 1);
            if self.class(id).is_some() {
                continue;
            }
            let name = self.free_name(&format!("Class {}", self.classes.len() + 1), None);
            let colour: Colour = PALETTE[self.classes.len() % PALETTE.len()];
            self.classes.push(Class { id, name, colour });
        }
    }

    /// What cannot be read, where there is such a thing.
    pub fn unread_said(&self) -> Option<StorageProblem> {
        let keys = &self.unread.keys;
        let count = |is: fn(&(Table, String)) -> bool| keys.iter().filter(|key| is(key)).count();
        let samples = count(|(table, _)| *table == Table::Samples);
        let heads = count(|(table, key)| *table == Table::Project && is_of_head(key));
        let problem = StorageProblem::Unreadable {
            samples,
            classifier: heads > 0,
            others: keys.len() - samples - heads,
            newer: self.unread.newer,
        };
        (!keys.is_empty()).then_some(problem)
    }

    /// Samples that an undo would bring back keep their numbers.
    pub(super) fn keep_numbers(&mut self, samples: &[Sample]) {
        for sample in samples {
            self.next_sample = self.next_sample.max(sample.row.id.0 + 1);
        }
    }
}
