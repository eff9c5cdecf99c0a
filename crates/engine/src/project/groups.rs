//! Which samples of a class stay together when a head is tested: those of one moment ([`super::similar`]), those that were taken
//! together ([`Modality::together`]), and those that a person put together.
//!
//! What a person did is stored with the samples ([`data::sample::Provenance::group`]); the rest follows from what is stored of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::Project;
use super::similar::Member;
use crate::modality::{Data, Modality};
use data::class::ClassId;
use data::groups::{ClassGroups, Regroup, Together, refine};
use data::sample::SampleId;

/// Which samples of a class belong together.
#[derive(Default)]
pub struct Groups {
    /// Of each sample, a sample by which its group is named.
    of: HashMap<SampleId, SampleId>,
    undivided: HashMap<ClassId, Together>,
}

impl Groups {
    /// The same for all of a group; a sample that was not compared is alone.
    pub fn of(&self, id: SampleId) -> SampleId {
        self.of.get(&id).copied().unwrap_or(id)
    }

    /// The samples are one group, named by the first of them.
    fn put(&mut self, mut ids: Vec<SampleId>) {
        ids.sort_unstable();
        let named = ids.iter().map(|id| (*id, ids[0]));
        self.of.extend(named);
    }

    /// `by_hand`: the numbers of samples that a person put somewhere.
    fn add(&mut self, class: ClassId, members: &[Member], by_hand: &HashMap<SampleId, u32>) {
        let mut moments: BTreeMap<SampleId, Vec<usize>> = BTreeMap::new();
        let mut put: HashMap<u32, Vec<SampleId>> = HashMap::new();
        for (i, member) in members.iter().enumerate() {
            match by_hand.get(&member.id) {
                Some(number) => put.entry(*number).or_default().push(member.id),
                None => moments.entry(member.group).or_default().push(i),
            }
        }
        put.into_values().for_each(|ids| self.put(ids));
        let origins: Vec<_> = members.iter().map(|member| &member.origin).collect();
        let keys = Together::ALL.map(|way| {
            let of_samples = Data::together(&origins, way);
            let first = |moment: &Vec<usize>| moment.iter().filter_map(|i| of_samples[*i]).min();
            moments.values().map(first).collect::<Vec<_>>()
        });
        let sizes: Vec<usize> = moments.values().map(Vec::len).collect();
        let (groups, undivided) = refine(&sizes, &keys);
        let mut found: BTreeMap<usize, Vec<SampleId>> = BTreeMap::new();
        for (moment, group) in moments.values().zip(groups) {
            let ids = moment.iter().map(|i| members[*i].id);
            found.entry(group).or_default().extend(ids);
        }
        found.into_values().for_each(|ids| self.put(ids));
        if let Some(way) = undivided {
            self.undivided.insert(class, Together::ALL[way]);
        }
    }
}

impl Project {
    /// As far as samples are [`Self::compared`].
    pub fn groups(&self) -> Groups {
        let by_hand = self
            .samples
            .iter()
            .filter_map(|s| Some((s.row.id, s.row.provenance.group?)));
        let by_hand: HashMap<SampleId, u32> = by_hand.collect();
        let mut groups = Groups::default();
        for (class, members) in self.similar.classes() {
            groups.add(class, members, &by_hand);
        }
        groups
    }

    /// As the page shows them.
    pub fn listed_groups(&self) -> Vec<ClassGroups> {
        let groups = self.groups();
        let mut of_classes: HashMap<ClassId, (BTreeMap<SampleId, Vec<SampleId>>, bool)> =
            HashMap::new();
        for sample in self.samples.iter().filter(|s| s.embedding.is_some()) {
            let (found, by_hand) = of_classes.entry(sample.row.class).or_default();
            let group = groups.of(sample.row.id);
            found.entry(group).or_default().push(sample.row.id);
            *by_hand |= sample.row.provenance.group.is_some();
        }
        let listed = self.classes.iter().filter_map(|class| {
            let (found, by_hand) = of_classes.remove(&class.id)?;
            let mut found: Vec<Vec<SampleId>> = found.into_values().collect();
            found.iter_mut().for_each(|group| group.sort_unstable());
            found.sort_by_key(|group| (Reverse(group.len()), group[0]));
            Some(ClassGroups {
                class: class.id,
                groups: found,
                undivided: groups.undivided.get(&class.id).copied(),
                by_hand,
            })
        });
        listed.collect()
    }

    /// Changes groups by hand; false where that changes nothing. Samples of several classes are joined class by class.
    pub fn regroup(&mut self, ids: &[SampleId], how: Regroup) -> bool {
        let wanted: HashSet<SampleId> = ids.iter().copied().collect();
        let mut next = self.next_group();
        let mut of_classes: HashMap<ClassId, u32> = HashMap::new();
        let mut changes = Vec::new();
        for sample in self.samples.iter().filter(|s| wanted.contains(&s.row.id)) {
            let mut fresh = || {
                next += 1;
                next - 1
            };
            let number = match how {
                Regroup::Join => Some(*of_classes.entry(sample.row.class).or_insert_with(fresh)),
                Regroup::Split => Some(fresh()),
                Regroup::AsFound => None,
            };
            changes.push((sample.row.id, number));
        }
        let before = self.put_into_groups(&changes);
        let any = !before.is_empty();
        if any {
            self.moved.clear();
            self.regrouped = before;
            self.write_undo();
        }
        any
    }

    /// A number that no group has which a person made.
    pub(super) fn next_group(&self) -> u32 {
        // Those that an undo would bring back keep theirs.
        let trash = self.trash.iter().flat_map(|t| t.all());
        let there = self.samples.iter().chain(&self.test).chain(trash);
        let numbers = there.filter_map(|s| s.row.provenance.group);
        numbers.max().map_or(0, |last| last.saturating_add(1))
    }

    /// Takes the last change of groups back; false where there is none.
    pub fn regroup_back(&mut self) -> bool {
        let back = std::mem::take(&mut self.regrouped);
        if back.is_empty() {
            return false;
        }
        self.put_into_groups(&back);
        self.write_undo();
        true
    }

    /// Of each sample that was in another group, where it was.
    fn put_into_groups(
        &mut self,
        groups: &[(SampleId, Option<u32>)],
    ) -> Vec<(SampleId, Option<u32>)> {
        let mut before = Vec::new();
        for (id, group) in groups {
            let Some(sample) = self.samples.get_mut(*id) else {
                continue;
            };
            let old = std::mem::replace(&mut sample.row.provenance.group, *group);
            if old != *group {
                before.push((*id, old));
                let row = sample.row.clone();
                self.write_row(&row);
            }
        }
        before
    }
}
