//! The head in use is asked about the test set, and compared with the head before it: in portions, when nothing else is to be done.

mod comparing;
mod judging;

use std::collections::{BTreeMap, HashMap};

use super::heads::InUse;
use super::run::STEP;
use super::training::Item;
use super::{Engine, Output, SampleFile, plain};
use comparing::Comparing;
use data::class::ClassId;
use data::head::{Calibrated, How, TestResult, Validation};
use data::metrics::Confusion;
use data::names::key;
use data::protocol::Event;
use data::sample::SampleId;
use data::test_set::TestReport;
use judging::{Answer, Judging};
use learn::evaluation::{Predicted, reliability, top_two};

/// How the head in use does on the test set, as far as that is known.
#[derive(Default)]
pub(super) struct Exam {
    /// What it said of samples; none of those that it could not judge.
    known: HashMap<SampleId, Option<Answer>>,
    /// What it is asked about.
    judging: Option<Judging>,
    /// The page waits for a report.
    due: bool,
    /// The page has one.
    told: bool,
    comparing: Option<Comparing>,
}

impl Exam {
    /// The key of the file that has to come before the next portion.
    pub fn need(&self) -> Option<&str> {
        self.under_way()?.need()
    }

    fn under_way(&self) -> Option<&Judging> {
        match self.due {
            true => self.judging.as_ref(),
            false => self.comparing.as_ref()?.judging(),
        }
    }
}

/// The place of a class of the project among those of a head: by its number where the head was trained here, else by its name.
fn place(head: &InUse, class: ClassId, name: &str) -> Option<usize> {
    if !head.is_opened() {
        return head.ids.iter().position(|id| *id == class);
    }
    let mut classes = head.info.classes.iter();
    classes.position(|known| key(&known.name) == key(name))
}

impl Engine {
    /// Samples of this name have a class to be tested in: one of the project, or one that the head in use tells apart.
    pub(super) fn knows_class(&self, name: &str) -> bool {
        let head = self.head.iter().flat_map(|head| &head.info.classes);
        let mut of_head = head.map(|class| key(&class.name));
        self.project.class_called(name).is_some() || of_head.any(|known| known == key(name))
    }

    /// Samples came or went: what the head in use said of the others holds.
    pub(super) fn examine_again(&mut self) -> Option<Output> {
        self.exam.judging = None;
        self.exam.due = self.head.is_some() && !self.project.test_samples().is_empty();
        let outdated = std::mem::take(&mut self.exam.told);
        outdated.then(|| plain(Event::TestReport(None)))
    }

    /// Another head is in use, or its classes have other names.
    pub(super) fn examine_anew(&mut self) -> Option<Output> {
        self.exam.known.clear();
        self.examine_again()
    }

    /// A portion of it is what comes next.
    pub(super) fn examines(&self) -> bool {
        let asked = self.exam.due || self.exam.comparing.is_some();
        let free = self.running.is_none() && self.outstanding == 0 && self.wanted.is_none();
        asked && free && self.project.missing().next().is_none()
    }

    /// Samples of the test set that a head can judge, with its classes.
    fn examined(&self, head: &InUse) -> Vec<Item> {
        let samples = self.project.test_samples().iter();
        let item = |s: &crate::project::Sample| {
            let name = self.project.name(s.row.class)?;
            Some(Item {
                sample: s.row.id,
                group: s.row.id,
                hash: s.row.hash.clone(),
                // A tuned backbone will say another one.
                embedding: s.embedding.clone().unwrap_or_default(),
                layers: s.layers.clone(),
                class: place(head, s.row.class, name)?,
            })
        };
        samples.filter_map(item).collect()
    }

    pub(super) fn give_to_exam(&mut self, file: Option<SampleFile>) -> Vec<Output> {
        let size = self.backbone.spec().input_size;
        let judging = match self.exam.due {
            true => self.exam.judging.as_mut(),
            false => self
                .exam
                .comparing
                .as_mut()
                .and_then(Comparing::judging_mut),
        };
        if let Some(judging) = judging {
            judging.take(file, size);
        }
        Vec::new()
    }

    /// Portions until a step is long enough.
    pub(super) async fn examine(&mut self) -> Vec<Output> {
        let begun = (self.clock)();
        let mut outputs = Vec::new();
        while self.examines() && self.exam.need().is_none() {
            match self.exam.due {
                true => outputs.extend(self.examine_head().await),
                false => outputs.extend(self.compare_portion().await),
            }
            if (self.clock)() - begun >= STEP {
                break;
            }
        }
        outputs
    }

    async fn examine_head(&mut self) -> Vec<Output> {
        let Some(head) = &self.head else {
            self.exam.due = false;
            return Vec::new();
        };
        let judging = self.exam.judging.take();
        let mut judging = judging.unwrap_or_else(|| {
            let mut items = self.examined(head);
            items.retain(|item| !self.exam.known.contains_key(&item.sample));
            Judging::of(items, head.backbone.is_some())
        });
        match judging.advance(&head.head, head.backbone.as_ref()).await {
            Err(e) if self.runs_on_gpu() => return self.device_lost(&e),
            Err(_) => judging.give_up(),
            Ok(()) => {}
        }
        if !judging.over() {
            self.exam.judging = Some(judging);
            return Vec::new();
        }
        self.exam.known.extend(judging.found());
        self.exam.due = false;
        let report = self.test_report();
        self.exam.told = report.is_some();
        vec![plain(Event::TestReport(report.map(Box::new)))]
    }

    /// What the head in use said of the samples that are in the test set now.
    fn test_report(&self) -> Option<TestReport> {
        let head = self.head.as_ref()?;
        let mut foreign: BTreeMap<ClassId, (String, usize)> = BTreeMap::new();
        let (mut answers, mut lost, mut alike) = (Vec::new(), 0, 0);
        for sample in self.project.test_samples() {
            let class = sample.row.class;
            let name = self.project.name(class).unwrap_or_default();
            if place(head, class, name).is_none() {
                let entry = foreign.entry(class);
                entry.or_insert_with(|| (name.to_owned(), 0)).1 += 1;
                continue;
            }
            match self.exam.known.get(&sample.row.id) {
                Some(Some(answer)) => answers.push(answer),
                _ => lost += 1,
            }
            // A head from elsewhere learned from other samples.
            alike += usize::from(!head.is_opened() && self.project.resembles_learned(sample));
        }
        let tested: Vec<TestResult> = answers.iter().map(|answer| answer.result).collect();
        let pairs: Vec<_> = tested.iter().map(|t| (t.actual, t.predicted)).collect();
        let confusion = Confusion::of(head.info.classes.len(), &pairs);
        let validation = (!pairs.is_empty()).then(|| Validation {
            how: How::TestSet,
            accuracy: confusion.accuracy(),
            confusion,
            calibration: calibrated(&answers),
        });
        Some(TestReport {
            validation,
            tested,
            foreign: foreign.into_values().collect(),
            alike,
            lost,
        })
    }
}

/// Whether the head's probabilities mean what they say on these samples, as they are: what they were before the temperature was asked
/// of those that it was found on.
fn calibrated(answers: &[&Answer]) -> Option<Calibrated> {
    let predictions = answers.iter().map(|answer| Predicted {
        actual: answer.result.actual,
        logits: &answer.logits,
    });
    let predictions: Vec<Predicted> = predictions.collect();
    let found = reliability(&predictions, 1.0).ok()?;
    Some(Calibrated {
        top2: top_two(&predictions).ok()?.map(|top2| top2.value),
        ece_before: None,
        ece: found.ece,
        bins_before: Vec::new(),
        bins: found.bins,
    })
}
