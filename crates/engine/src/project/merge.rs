//! Samples of another project, added to this one.

use std::collections::HashMap;

use super::{Class, ClassId, Project, Sample, view};
use crate::store::SampleRow;
use data::sample::{SampleHash, SampleId, SampleView};

impl Project {
    /// Takes the samples that are not here yet, each into the class of the name that it has there; or how many classes there would be,
    /// where they are too many. What backbones say of them is stored already, or has to be found out.
    pub fn merge(
        &mut self,
        classes: &[Class],
        rows: Vec<SampleRow>,
    ) -> Result<Vec<SampleView>, usize> {
        let names = classes.iter().map(|class| class.name.as_str());
        let here = self.classes_named(names)?;
        let place: HashMap<ClassId, ClassId> =
            classes.iter().map(|class| class.id).zip(here).collect();
        let mut views = Vec::new();
        for row in rows {
            let Some(class) = place.get(&row.class).copied() else {
                continue;
            };
            self.unproven.remove(&class);
            if self.knows(&row.hash) {
                continue;
            }
            let id = SampleId(self.next_sample);
            self.next_sample += 1;
            let row = SampleRow { id, class, ..row };
            self.write_row(&row);
            views.push(view(&row));
            self.samples.push(Sample::from(row));
        }
        // An empty class is a class as well.
        for id in place.values() {
            self.unproven.remove(id);
        }
        Ok(views)
    }

    /// It has this sample, or an undo would bring it back.
    pub fn knows(&self, hash: &SampleHash) -> bool {
        let trash = self.trash.as_ref();
        let there = self.samples.of_hash(hash);
        there.or_else(|| trash?.samples.of_hash(hash)).is_some()
    }

    /// Nothing was ever put into it, or all is gone for good.
    pub fn is_empty(&self) -> bool {
        let nothing = self.classes.is_empty() && self.samples.is_empty();
        nothing && self.trash.is_none() && self.unread.keys.is_empty()
    }
}
