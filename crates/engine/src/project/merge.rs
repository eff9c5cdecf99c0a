//! Samples of another project, added to this one.

use std::collections::HashMap;

use super::{Class, ClassId, Project, Sample, Samples, Trash, view};
use crate::store::SampleRow;
use data::sample::{SampleHash, SampleId, SampleView};

impl Project {
    /// Takes the samples that are not here yet, each into the class of the name that it has there; or how many classes there would be,
    /// where they are too many. What backbones say of them is stored already, or has to be found out. `true` with those of a test set,
    /// which are the second ones that come back. Groups that a person made there are none of the groups here.
    pub fn merge(
        &mut self,
        classes: &[Class],
        rows: Vec<(SampleRow, bool)>,
    ) -> Result<(Vec<SampleView>, Vec<SampleView>), usize> {
        let names = classes.iter().map(|class| class.name.as_str());
        let here = self.classes_named(names)?;
        let place: HashMap<ClassId, ClassId> =
            classes.iter().map(|class| class.id).zip(here).collect();
        let (mut views, mut tests) = (Vec::new(), Vec::new());
        let next_group = self.next_group();
        for (mut row, test) in rows {
            let Some(class) = place.get(&row.class).copied() else {
                continue;
            };
            self.unproven.remove(&class);
            if self.knows(&row.hash) {
                continue;
            }
            let id = SampleId(self.next_sample);
            self.next_sample += 1;
            (row.id, row.class) = (id, class);
            let group = &mut row.provenance.group;
            *group = group.map(|number| number.saturating_add(next_group));
            match test {
                true => {
                    self.write_test_row(&row);
                    tests.push(view(&row));
                    self.test.push(Sample::from(row));
                }
                false => {
                    self.write_row(&row);
                    views.push(view(&row));
                    self.samples.push(Sample::from(row));
                }
            }
        }
        // An empty class is a class as well.
        for id in place.values() {
            self.unproven.remove(id);
        }
        Ok((views, tests))
    }

    /// It has this sample, or an undo would bring it back.
    pub fn knows(&self, hash: &SampleHash) -> bool {
        let there = |samples: &Samples| samples.of_hash(hash).is_some();
        let in_trash = |trash: &Trash| there(&trash.samples) || there(&trash.test);
        there(&self.samples) || there(&self.test) || self.trash.as_ref().is_some_and(in_trash)
    }

    /// Nothing was ever put into it, or all is gone for good.
    pub fn is_empty(&self) -> bool {
        let nothing = self.classes.is_empty() && self.samples.is_empty() && self.test.is_empty();
        nothing && self.trash.is_none() && self.unread.keys.is_empty()
    }
}
