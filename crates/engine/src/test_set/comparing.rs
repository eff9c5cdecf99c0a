//! Two heads on the same samples: those of the test set or, where there is none, those that neither had learned from.

use std::collections::HashMap;

use super::Judging;
use crate::heads::{Before, InUse};
use crate::{Engine, Handled, Output, Reply, done, plain, refused};
use data::class::ClassId;
use data::head::{How, TestResult};
use data::problem::{CompareProblem, Problem};
use data::protocol::Event;
use data::sample::SampleId;
use data::test_set::{HeadsCompared, Other};
use learn::evaluation::paired;

/// The other head is asked about the test set.
pub(super) struct Comparing {
    /// The request.
    id: u64,
    which: Other,
    other: InUse,
    judging: Option<Judging>,
}

impl Comparing {
    pub fn judging(&self) -> Option<&Judging> {
        self.judging.as_ref()
    }

    pub fn judging_mut(&mut self) -> Option<&mut Judging> {
        self.judging.as_mut()
    }
}

/// Whether samples were recognised: each with its true class in the project.
type Answers = HashMap<SampleId, (ClassId, bool)>;

/// What a head that was trained here said of samples that it had not learned from.
fn left_out(head: &InUse) -> Answers {
    let answer = |t: &TestResult| {
        let class = head.ids.get(t.actual)?;
        Some((t.sample, (*class, t.actual == t.predicted)))
    };
    head.tested.iter().filter_map(answer).collect()
}

fn refusal(why: CompareProblem) -> Problem {
    Problem::Compare(why)
}

impl Engine {
    pub(crate) fn compare_heads(&mut self, id: u64) -> Handled {
        let in_use = self.head.as_ref().ok_or(refusal(CompareProblem::OneHead))?;
        let (stored, which) = match (&self.before, &self.earlier.stored) {
            (Some(Before::Backbone(_)), _) => return Err(refusal(CompareProblem::OtherBackbone)),
            (Some(Before::Head(stored)), _) if stored.is_opened() => (stored, Other::Opened),
            (Some(Before::Head(stored)), _) => (stored, Other::Trained),
            (None, Some(stored)) => (stored, Other::Earlier),
            (None, None) => return Err(refusal(CompareProblem::OneHead)),
        };
        let other = self.restored(stored);
        let other = other.map_err(|_| refusal(CompareProblem::Unreadable))?;
        if !self.project.test_samples().is_empty() {
            let before = self.exam.comparing.replace(Comparing {
                id,
                which,
                other,
                judging: None,
            });
            let outputs = before.map(|before| done(before.id));
            return Ok(Reply::UnderWay(outputs.into_iter().collect()));
        }
        let how = |head: &InUse| head.info.validation.as_ref().map(|v| v.how);
        let on = match (how(in_use), how(&other)) {
            (Some(How::CrossValidated), Some(How::CrossValidated)) => How::CrossValidated,
            _ => How::HeldOut,
        };
        let told = self.compared(which, on, &left_out(in_use), &left_out(&other))?;
        Ok(Reply::Done(vec![told]))
    }

    /// Of the samples that both judged as of one class.
    fn compared(
        &self,
        other: Other,
        on: How,
        first: &Answers,
        second: &Answers,
    ) -> Result<Output, Problem> {
        let pair = |(sample, (class, right)): (&SampleId, &(ClassId, bool))| {
            let (_, other) = second.get(sample).filter(|(of, _)| of == class)?;
            Some((*right, *other))
        };
        let paired = paired(first.iter().filter_map(pair));
        if paired.n == 0 {
            return Err(refusal(CompareProblem::NothingShared));
        }
        let compared = HeadsCompared { other, on, paired };
        Ok(plain(Event::HeadsCompared(compared)))
    }

    /// Asks the other head about some samples; the comparison when it was asked about all.
    pub(super) async fn compare_portion(&mut self) -> Vec<Output> {
        let Some(mut comparing) = self.exam.comparing.take() else {
            return Vec::new();
        };
        let other = &comparing.other;
        let judging = comparing.judging.take();
        let mut judging =
            judging.unwrap_or_else(|| Judging::of(self.examined(other), other.backbone.is_some()));
        match judging.advance(&other.head, other.backbone.as_ref()).await {
            Err(e) if self.runs_on_gpu() => return self.device_lost(&e),
            Err(_) => judging.give_up(),
            Ok(()) => {}
        }
        if !judging.over() {
            comparing.judging = Some(judging);
            self.exam.comparing = Some(comparing);
            return Vec::new();
        }
        let theirs = judging.found();
        let theirs: Vec<TestResult> = theirs
            .into_iter()
            .filter_map(|(_, found)| Some(found?.result))
            .collect();
        let ours = self.exam.known.values().flatten();
        let ours = ours.map(|answer| &answer.result);
        let first = self.tests_answered(ours);
        let second = self.tests_answered(theirs.iter());
        match self.compared(comparing.which, How::TestSet, &first, &second) {
            Ok(told) => vec![told, done(comparing.id)],
            Err(why) => vec![refused(comparing.id, why)],
        }
    }

    /// Of the test set's samples that are there.
    fn tests_answered<'a>(&self, all: impl Iterator<Item = &'a TestResult>) -> Answers {
        let tests = self.project.test_samples().iter();
        let classes: HashMap<SampleId, ClassId> = tests.map(|s| (s.row.id, s.row.class)).collect();
        let answer = |t: &TestResult| {
            let class = classes.get(&t.sample)?;
            Some((t.sample, (*class, t.actual == t.predicted)))
        };
        all.filter_map(answer).collect()
    }

    /// What was to be compared is over.
    pub(crate) fn drop_comparison(&mut self) -> Option<Output> {
        let comparing = self.exam.comparing.take();
        comparing.map(|comparing| done(comparing.id))
    }
}
