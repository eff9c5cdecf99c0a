//! How well a head does on samples that it did not learn from. `learn::evaluation` measures; every number here is finite.

use serde::{Deserialize, Serialize};

use super::metrics::{Confusion, Interval};

/// Below this probability two heads' difference is no chance: the usual 5 %.
pub const SIGNIFICANCE: f64 = 0.05;

/// Equal-width bins of a [`Reliability`] diagram.
pub const BINS: usize = 10;

/// What out-of-fold predictions say: each sample's by a head that learned from none of its group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    pub accuracy: Interval,
    /// Samples whose class is among the two most probable ones; `None` with two classes, where all are.
    pub top2: Option<Interval>,
    /// Mean of the classes' F1, each class of the same weight; those without F1 are left out. 0..=1.
    pub macro_f1: f64,
    /// In the order of the head's outputs.
    pub classes: Vec<ClassScores>,
    /// Rows: the true class; columns: the predicted one.
    pub confusion: Confusion,
    pub calibration: Calibration,
}

/// How well one class is told from all others. All 0..=1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// Of the samples that were given this class, the fraction that are of it; `None` where it was never given.
    pub precision: Option<f64>,
    /// Of the samples of this class, the fraction that were given it; `None` where none was tested.
    pub recall: Option<f64>,
    /// Harmonic mean of both, `2 TP / (2 TP + FP + FN)`; `None` where the class was neither there nor given.
    pub f1: Option<f64>,
    /// Samples of this class that were tested.
    pub support: usize,
    /// Samples that were given this class.
    pub given: usize,
}

impl ClassScores {
    /// Of each class, in their order. Takes a pass over the table.
    pub fn all(confusion: &Confusion) -> Vec<Self> {
        let classes = confusion.classes;
        let (mut there, mut given) = (vec![0u64; classes], vec![0u64; classes]);
        for (at, count) in confusion.filled() {
            there[at / classes] += u64::from(count);
            given[at % classes] += u64::from(count);
        }
        let fraction = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let of_class = |class: usize| {
            let hits = u64::from(confusion.counts[class * (classes + 1)]);
            Self {
                precision: fraction(hits, given[class]),
                recall: fraction(hits, there[class]),
                f1: fraction(2 * hits, there[class] + given[class]),
                support: there[class] as usize,
                given: given[class] as usize,
            }
        };
        (0..classes).map(of_class).collect()
    }

    /// Mean F1 over the classes that have one, each of the same weight; 0 where none has.
    pub fn macro_f1(classes: &[Self]) -> f64 {
        let scores: Vec<f64> = classes.iter().filter_map(|class| class.f1).collect();
        scores.iter().sum::<f64>() / scores.len().max(1) as f64
    }
}

/// Two heads on the same samples: McNemar's test (1947), in its exact form.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// Samples that both judged.
    pub n: usize,
    /// Samples that the first head alone gets right.
    pub only_first: usize,
    /// Samples that the second head alone gets right.
    pub only_second: usize,
    /// Probability that heads of equal accuracy differ by at least as much: two-sided, binomial with one half. 0..=1.
    pub p: f64,
}

impl Paired {
    /// True where the difference may be chance at 5 %. It does not show that the heads are equally good.
    pub fn may_be_chance(&self) -> bool {
        self.p >= SIGNIFICANCE
    }
}

/// Whether probabilities mean what they say, and the one number that makes them do so: temperature scaling (Guo et al. 2017,
/// "On Calibration of Modern Neural Networks").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// What logits are divided by before the softmax; above 1 the head was too sure. No class changes by it.
    pub temperature: f64,
    pub before: Reliability,
    /// With the temperature, on the samples that it was fitted on.
    pub after: Reliability,
}

/// Confidence, the probability of the predicted class, against accuracy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// [`BINS`] of equal width over 0..=1, the lower end belongs to a bin; `None` where no sample fell.
    pub bins: Vec<Option<Bin>>,
    /// Expected calibration error: mean distance of confidence and accuracy over the bins, weighted by their counts
    /// (Naeini et al. 2015). 0..=1.
    pub ece: f64,
    /// Mean negative log-likelihood of the true class, nats.
    pub loss: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    pub count: usize,
    /// Mean probability of the predicted class, 0..=1.
    pub confidence: f64,
    /// Fraction whose predicted class is the true one, 0..=1.
    pub accuracy: f64,
}
