//! Changes of the project by hand, and their undo.

use std::collections::HashSet;

use super::heads::Last;
use super::{Engine, Handled, Output, Reply, plain};
use data::class::ClassId;
use data::groups::Regroup;
use data::protocol::{Event, Undoable};
use data::sample::SampleId;

impl Engine {
    /// A class has another name or colour.
    pub(super) fn relabelled(&mut self, id: ClassId) -> Vec<Output> {
        self.relabel_head(id);
        let classes = self.classes();
        let mut outputs: Vec<Output> = classes.into_iter().chain([self.head_event()]).collect();
        // An opened head knows classes by their names, and others are told by theirs.
        outputs.extend(match self.head.as_ref().is_some_and(|h| h.is_opened()) {
            true => self.examine_anew(),
            false => self.examine_again(),
        });
        outputs
    }

    pub(super) fn removed(&mut self, ids: Vec<SampleId>) -> Vec<Output> {
        self.last = Last::Project;
        let there: HashSet<SampleId> = self.project.trashed_tests().collect();
        let (tests, learned): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| there.contains(id));
        let mut outputs = Vec::new();
        // A class without samples is none to learn, but it is a class less.
        let changed = tests.is_empty() || !learned.is_empty() || self.project.trashed_class();
        if changed {
            outputs.push(plain(Event::SamplesRemoved(learned)));
        }
        if !tests.is_empty() {
            outputs.push(plain(Event::TestSamplesRemoved(tests)));
        }
        outputs.push(self.undo_event());
        match changed {
            true => outputs.extend(self.changed()),
            false => outputs.extend(self.classes()),
        }
        outputs.extend(self.examine_again());
        outputs
    }

    pub(super) fn move_samples(&mut self, ids: &[SampleId], to: ClassId) -> Vec<Output> {
        let ids = self.project.move_samples(ids, to);
        self.last = Last::Project;
        let mut outputs = vec![plain(Event::SamplesMoved { ids, to }), self.undo_event()];
        outputs.extend(self.changed());
        outputs.extend(self.examine_again());
        outputs
    }

    pub(super) fn groups(&self) -> Output {
        plain(Event::Groups(self.project.listed_groups()))
    }

    /// The head in use was judged with other groups.
    pub(super) fn regroup(&mut self, ids: &[SampleId], how: Regroup) -> Vec<Output> {
        if !self.project.regroup(ids, how) {
            return Vec::new();
        }
        self.last = Last::Project;
        let mut outputs = vec![self.undo_event()];
        outputs.extend(self.regrouped());
        outputs
    }

    /// Where not all samples are compared, the page asks when they are.
    fn regrouped(&mut self) -> Vec<Output> {
        let mut outputs: Vec<Output> = self.outdate_head().into_iter().collect();
        outputs.extend(self.project.compared().then(|| self.groups()));
        outputs
    }

    /// Takes the last change back.
    pub(super) fn undo(&mut self, id: u64) -> Handled {
        match self.undoable() {
            Some(Undoable::Head) => return self.bring_back_head(id),
            Some(Undoable::KeptHead { .. }) => return Ok(Reply::Done(self.bring_back_kept())),
            _ => {}
        }
        if self.project.regroup_back() {
            let mut outputs = vec![self.undo_event()];
            outputs.extend(self.regrouped());
            return Ok(Reply::Done(outputs));
        }
        // The class first: samples belong to one.
        let mut outputs = Vec::new();
        let moved = self.project.move_back();
        for (id, to) in &moved {
            let (ids, to) = (vec![*id], *to);
            outputs.push(plain(Event::SamplesMoved { ids, to }));
        }
        let of_class = self.project.trashed_class();
        let back = match moved.is_empty() {
            true => self.project.undo(),
            false => Vec::new(),
        };
        outputs.push(self.undo_event());
        // A page that came after the deletion does not know them.
        let (views, tests) = (self.project.samples_of(&back), self.project.tests_of(&back));
        match tests.is_empty() || !views.is_empty() || of_class {
            true => outputs.extend(self.changed()),
            false => outputs.extend(self.classes()),
        }
        outputs.push(plain(Event::SamplesRestored(back)));
        outputs.push(plain(Event::SamplesAdded(views)));
        if !tests.is_empty() {
            outputs.push(plain(Event::TestSamplesAdded(tests)));
        }
        outputs.extend(self.examine_again());
        Ok(Reply::Done(outputs))
    }
}
