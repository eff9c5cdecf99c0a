//! Samples to test with. They are kept apart from those of the classes, in memory and in storage, so that nothing that learns,
//! decides or measures in the course of training can come upon one.

use super::{Project, Sample, view};
use crate::store::{SampleRow, Table, test_key};
use data::class::ClassId;
use data::features::Features;
use data::sample::{Provenance, SampleHash, SampleId, SampleView};

impl Project {
    pub fn test_samples(&self) -> &[Sample] {
        &self.test
    }

    /// As the page lists them.
    pub fn listed_tests(&self) -> Vec<SampleView> {
        self.test.iter().map(|s| view(&s.row)).collect()
    }

    /// Of these, in their order, those that are in the test set.
    pub fn tests_of(&self, ids: &[SampleId]) -> Vec<SampleView> {
        let samples = ids.iter().filter_map(|id| self.test.get(*id));
        samples.map(|sample| view(&sample.row)).collect()
    }

    /// None where the class is gone.
    pub fn add_test(
        &mut self,
        class: ClassId,
        name: &str,
        provenance: Provenance,
        hash: SampleHash,
        features: Features,
    ) -> Option<SampleView> {
        let sample = self.new_sample(class, name, provenance, hash, features)?;
        self.write_test_row(&sample.row);
        let view = view(&sample.row);
        self.test.push(sample);
        Some(view)
    }

    /// Of the last deletion.
    pub fn trashed_tests(&self) -> impl Iterator<Item = SampleId> {
        let trash = self.trash.iter().flat_map(|trash| &trash.test);
        trash.map(|sample| sample.row.id)
    }

    /// The last deletion was that of a class.
    pub fn trashed_class(&self) -> bool {
        self.trash.as_ref().is_some_and(|t| t.class.is_some())
    }

    /// The class that this sample tests.
    pub fn test_class_of(&self, hash: &SampleHash) -> Option<ClassId> {
        Some(self.test.of_hash(hash)?.row.class)
    }

    /// Whether a sample of the class that is learned from looks like this one.
    pub fn resembles_learned(&self, test: &Sample) -> bool {
        let embedding = test.embedding.as_ref();
        embedding.is_some_and(|e| self.similar.has_like(test.row.class, &test.row, e))
    }

    pub(super) fn write_test_row(&mut self, row: &SampleRow) {
        self.journal.put_json(Table::Samples, test_key(row.id), row);
    }
}
