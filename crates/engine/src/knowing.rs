//! What is to be known of a head that gradients found, beside how often it is right: how sure it may be, and what it does not know.
//! Both follow from what it, or its like, said of samples that they had not learned from.

use super::discriminants::findings::{calibrated, judged};
use super::training::{Findings, Item, Measured};
use data::classifier::Head;
use data::head::{How, TestResult};
use data::unknown::Unknown;
use learn::lda::LeftOut;
use learn::lda::temperature::Sharpening;
use learn::unknown::{Fitting, Known};

/// Samples that a rule for what is unknown is made of, at most: it compares each with each.
const MOST: usize = 1_500;

/// On its way.
pub(super) struct Knowing {
    head: Head,
    how: How,
    /// What was said of samples that were not learned from.
    said: Vec<(Item, Vec<f32>)>,
    known: Vec<Known>,
    stage: Stage,
}

enum Stage {
    Sharpen(LeftOut, Box<Sharpening>),
    /// What is unknown, with the factor of the logits.
    Unknown(Box<Fitting>, f64),
    Over(Option<Unknown>, f64),
}

impl Knowing {
    /// `said`: logits of samples that the head or its like had not learned from, which measure it. `known`: those, with what else it
    /// learned from; logits as they are.
    pub fn of(head: Head, how: How, said: Vec<(Item, Vec<f32>)>, known: Vec<Known>) -> Self {
        let classes = head.classes();
        let judges = || known.iter().filter(|known| known.fold.is_some());
        let logits = judges().flat_map(|known| known.logits.iter().map(|v| f64::from(*v)));
        let left_out = LeftOut {
            classes,
            logits: logits.collect(),
        };
        let sharpening = Sharpening::new(&left_out, judges().map(|known| known.class));
        Self {
            head,
            how,
            said,
            known,
            stage: Stage::Sharpen(left_out, Box::new(sharpening)),
        }
    }

    /// A portion of the work; true when all is known, and then no more.
    pub fn advance(&mut self) -> bool {
        match &mut self.stage {
            Stage::Sharpen(left_out, sharpening) => {
                let Some(found) = sharpening.advance(left_out) else {
                    return false;
                };
                // Where nothing could be measured, the head is as sure as training made it.
                let factor = found.map_or(1.0, |found| found.factor);
                let factor = Some(factor).filter(|factor| factor.is_finite() && *factor > 0.0);
                self.sharpen(factor.unwrap_or(1.0))
            }
            Stage::Unknown(fitting, factor) => {
                if let Some(unknown) = fitting.advance() {
                    self.stage = Stage::Over(Some(unknown), *factor);
                }
            }
            Stage::Over(..) => return true,
        }
        matches!(self.stage, Stage::Over(..))
    }

    /// From here on logits are as sure as they may be.
    fn sharpen(&mut self, factor: f64) {
        let scaled = |v: &mut f32| *v = (f64::from(*v) * factor) as f32;
        self.head.out.multiply(factor);
        let said = self.said.iter_mut().flat_map(|(_, logits)| logits);
        said.for_each(scaled);
        let mut known = std::mem::take(&mut self.known);
        let logits = known.iter_mut().flat_map(|known| &mut known.logits);
        logits.for_each(scaled);
        self.stage = match Fitting::new(known, self.head.classes(), None) {
            Ok(fitting) => Stage::Unknown(Box::new(fitting), factor),
            Err(_) => Stage::Over(None, factor),
        };
    }

    /// The head as sure as it may be, and what was found of it.
    pub fn ended(self) -> (Head, Findings) {
        let (unknown, factor) = match self.stage {
            Stage::Over(unknown, factor) => (unknown, factor),
            Stage::Sharpen(..) | Stage::Unknown(..) => (None, 1.0),
        };
        let shown: Vec<(&Item, Vec<f32>)> = self
            .said
            .iter()
            .map(|(item, logits)| (item, relative(logits)))
            .collect();
        let tested = shown.iter().map(|(item, logits)| judged(item, logits));
        let measured = Measured {
            how: self.how,
            tested: tested.collect(),
            calibration: calibrated(&shown, factor),
        };
        let findings = Findings {
            unknown,
            sharpened: factor,
            ..measured.into()
        };
        (self.head, findings)
    }
}

/// What a head says of a sample; none where it sees what is not known of that, or says no numbers.
pub(super) fn logits(head: &Head, item: &Item) -> Option<Vec<f32>> {
    let logits = head.logits(&item.features());
    logits.filter(|logits| logits.iter().all(|v| v.is_finite()))
}

/// Samples with what was said of them, as results.
pub(super) fn results(said: &[(Item, Vec<f32>)]) -> Vec<TestResult> {
    let said = said.iter();
    said.map(|(item, logits)| judged(item, &relative(logits)))
        .collect()
}

/// Logits to the largest one, which the exponential of a large one needs.
pub(super) fn relative(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    logits.iter().map(|logit| logit - largest).collect()
}

/// Indices of every so manyth sample of each class, so that there are not many more than `most`.
pub(super) fn some_of_each(
    classes: impl Iterator<Item = usize>,
    n: usize,
    most: usize,
) -> Vec<usize> {
    let every = n.div_ceil(most).max(1);
    let mut before: Vec<usize> = Vec::new();
    let taken = classes.enumerate().filter(|(_, class)| {
        if before.len() <= *class {
            before.resize(class + 1, 0);
        }
        before[*class] += 1;
        (before[*class] - 1).is_multiple_of(every)
    });
    taken.map(|(i, _)| i).collect()
}

/// What a rule is made of: samples, with the fold and the logits of those that were left out. `learned`: whether the head learned
/// from those, too.
pub(super) fn known(
    items: &[Item],
    said: &[Option<(usize, Vec<f32>)>],
    learned: impl Fn(usize) -> bool,
) -> Vec<Known> {
    let classes = items.iter().map(|item| item.class);
    let some = some_of_each(classes, items.len(), MOST);
    let known = some.into_iter().map(|i| {
        let said = said[i].as_ref();
        Known {
            features: items[i].embedding.to_vec(),
            class: items[i].class,
            fold: said.map(|(fold, _)| *fold),
            logits: said.map(|(_, logits)| logits.clone()).unwrap_or_default(),
            learned: learned(i),
        }
    });
    known.collect()
}
