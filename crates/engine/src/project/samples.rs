//! The project's samples in their order, found by number and by hash at once: a project of ten thousand samples looks for one of
//! them all the time.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};

use super::Sample;
use data::sample::{SampleHash, SampleId};

/// Numbers and hashes of samples that are in here never change.
#[derive(Default)]
pub struct Samples {
    all: Vec<Sample>,
    by_id: HashMap<SampleId, usize>,
    /// The first, where a project from before has a sample twice.
    by_hash: HashMap<SampleHash, usize>,
}

impl Samples {
    pub fn push(&mut self, sample: Sample) {
        let place = self.all.len();
        self.by_id.insert(sample.row.id, place);
        self.by_hash.entry(sample.row.hash.clone()).or_insert(place);
        self.all.push(sample);
    }

    pub fn get(&self, id: SampleId) -> Option<&Sample> {
        self.all.get(*self.by_id.get(&id)?)
    }

    pub fn get_mut(&mut self, id: SampleId) -> Option<&mut Sample> {
        self.all.get_mut(*self.by_id.get(&id)?)
    }

    pub fn of_hash(&self, hash: &SampleHash) -> Option<&Sample> {
        self.all.get(*self.by_hash.get(hash)?)
    }

    /// Takes those out that are gone, in their order.
    pub fn take(&mut self, gone: impl Fn(&Sample) -> bool) -> Self {
        let all = std::mem::take(self).all;
        let (taken, kept): (Vec<_>, Vec<_>) = all.into_iter().partition(gone);
        *self = kept.into();
        taken.into()
    }
}

impl From<Vec<Sample>> for Samples {
    fn from(all: Vec<Sample>) -> Self {
        let mut samples = Self::default();
        all.into_iter().for_each(|sample| samples.push(sample));
        samples
    }
}

impl IntoIterator for Samples {
    type Item = Sample;
    type IntoIter = std::vec::IntoIter<Sample>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}

impl<'a> IntoIterator for &'a Samples {
    type Item = &'a Sample;
    type IntoIter = std::slice::Iter<'a, Sample>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.iter()
    }
}

impl<'a> IntoIterator for &'a mut Samples {
    type Item = &'a mut Sample;
    type IntoIter = std::slice::IterMut<'a, Sample>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.iter_mut()
    }
}

impl Deref for Samples {
    type Target = [Sample];

    fn deref(&self) -> &[Sample] {
        &self.all
    }
}

impl DerefMut for Samples {
    fn deref_mut(&mut self) -> &mut [Sample] {
        &mut self.all
    }
}
