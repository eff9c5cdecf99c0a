//! How well a head does, from out-of-fold predictions: logits for samples with the head of a fold that learned from none of their
//! group ([`data::split::folds`]).
//!
//! ```
//! use learn::evaluation::{Predicted, evaluate};
//!
//! let logits = [[2.0, 0.0, 0.0], [0.0, 1.0, 0.5], [0.0, 1.0, 0.5]];
//! let actual = [0, 1, 2];
//! let predictions: Vec<Predicted> = actual.into_iter().zip(&logits)
//!     .map(|(actual, logits)| Predicted { actual, logits })
//!     .collect();
//! let evaluation = evaluate(&predictions)?;
//! assert_eq!(evaluation.confusion.counts, [1, 0, 0, 0, 1, 0, 0, 1, 0]);
//! assert_eq!(evaluation.classes[1].precision, Some(0.5));
//! # Ok::<(), learn::evaluation::Unfit>(())
//! ```

mod auroc;
mod calibration;
mod paired;

pub use auroc::auroc;
pub use calibration::{calibrate, reliability};
pub use paired::{compare, paired, two_sided};

use data::evaluation::{ClassScores, Evaluation};
use data::metrics::{Confusion, Interval};
use kernels::logistic::largest;

/// What a head said of a sample that it did not learn from.
#[derive(Debug, Clone, Copy)]
pub struct Predicted<'a> {
    /// Index of the true class.
    pub actual: usize,
    /// One for each class, of any common offset: logarithms of probabilities are logits, too.
    pub logits: &'a [f32],
}

impl Predicted<'_> {
    /// The first of the largest logits.
    pub fn class(&self) -> usize {
        largest(self.logits)
    }

    pub fn is_right(&self) -> bool {
        self.class() == self.actual
    }

    /// True where fewer than two classes come before the true one; among equal logits the first class does.
    fn is_in_two(&self) -> bool {
        let own = self.logits[self.actual];
        let before = |(class, logit): &(usize, &f32)| {
            **logit > own || (**logit == own && *class < self.actual)
        };
        self.logits.iter().enumerate().filter(before).count() < 2
    }
}

/// Why predictions cannot be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// There are no predictions, or no classes.
    Empty,
    /// A logit of the sample at this place is not finite.
    NotFinite { at: usize },
    /// The sample at this place has another number of classes than the first one, or its own class is none of them.
    Classes { at: usize },
    /// Two heads did not judge the same samples: they part at this place.
    NotPaired { at: usize },
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Empty => write!(f, "there are no predictions"),
            Self::NotFinite { at } => write!(f, "a logit of prediction {at} is not finite"),
            Self::Classes { at } => write!(f, "prediction {at} is of other classes"),
            Self::NotPaired { at } => write!(f, "the heads judged different samples from {at} on"),
        }
    }
}

impl std::error::Error for Unfit {}

/// Everything that predictions with their true classes say of a head. Takes a few passes over them.
pub fn evaluate(predictions: &[Predicted]) -> Result<Evaluation, Unfit> {
    let classes = checked(predictions)?;
    let pairs: Vec<(usize, usize)> = predictions.iter().map(|p| (p.actual, p.class())).collect();
    let confusion = Confusion::of(classes, &pairs);
    let scores = ClassScores::all(&confusion);
    Ok(Evaluation {
        accuracy: confusion.accuracy(),
        top2: top_two(predictions)?,
        macro_f1: ClassScores::macro_f1(&scores),
        classes: scores,
        confusion,
        calibration: calibrate(predictions)?,
    })
}

/// Samples whose class is among the two most probable ones; `None` with two classes.
pub fn top_two(predictions: &[Predicted]) -> Result<Option<Interval>, Unfit> {
    let classes = checked(predictions)?;
    let in_two = predictions.iter().filter(|p| p.is_in_two()).count();
    Ok((classes > 2).then(|| Interval::wilson(in_two, predictions.len())))
}

/// The number of classes, where all predictions are of them and every logit is a number.
fn checked(predictions: &[Predicted]) -> Result<usize, Unfit> {
    let classes = predictions.first().map_or(0, |first| first.logits.len());
    if classes == 0 {
        return Err(Unfit::Empty);
    }
    for (at, prediction) in predictions.iter().enumerate() {
        if prediction.logits.len() != classes || prediction.actual >= classes {
            return Err(Unfit::Classes { at });
        }
        if prediction.logits.iter().any(|logit| !logit.is_finite()) {
            return Err(Unfit::NotFinite { at });
        }
    }
    Ok(classes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predicted<const N: usize>(all: &[(usize, [f32; N])]) -> Vec<Predicted<'_>> {
        let all = all.iter();
        all.map(|(actual, logits)| Predicted {
            actual: *actual,
            logits,
        })
        .collect()
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let of = |all: &[(usize, [f32; 2])]| evaluate(&predicted(all)).map(|_| ());
        assert_eq!(of(&[]), Err(Unfit::Empty));
        assert_eq!(
            of(&[(0, [0.0, 1.0]), (2, [0.0, 1.0])]),
            Err(Unfit::Classes { at: 1 })
        );
        for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let all = [(0, [0.0, 1.0]), (1, [wrong, 1.0])];
            assert_eq!(of(&all), Err(Unfit::NotFinite { at: 1 }));
        }
        let uneven = [
            Predicted {
                actual: 0,
                logits: &[0.0, 1.0],
            },
            Predicted {
                actual: 0,
                logits: &[0.0],
            },
        ];
        assert_eq!(evaluate(&uneven), Err(Unfit::Classes { at: 1 }));
        assert_eq!(
            evaluate(&[Predicted {
                actual: 0,
                logits: &[]
            }]),
            Err(Unfit::Empty)
        );
    }

    /// The largest logits there are, all samples right or wrong, one class, a class that nobody has seen.
    #[test]
    fn every_number_is_finite_at_the_ends() {
        let extreme = f32::MAX;
        let cases = [
            vec![(0, [extreme, -extreme, 0.0]); 3],
            vec![(1, [extreme, -extreme, 0.0]); 3],
            vec![(0, [0.0; 3]), (1, [0.0; 3])],
            vec![(2, [1e-40, 0.0, -1e-40])],
        ];
        for case in cases {
            let evaluation = evaluate(&predicted(&case)).expect("all are finite");
            let calibration = &evaluation.calibration;
            let mut numbers = vec![evaluation.macro_f1, calibration.temperature];
            for side in [&calibration.before, &calibration.after] {
                numbers.extend([side.ece, side.loss]);
                numbers.extend(side.bins.iter().flatten().map(|bin| bin.confidence));
            }
            for class in &evaluation.classes {
                numbers.extend(
                    [class.precision, class.recall, class.f1]
                        .into_iter()
                        .flatten(),
                );
            }
            assert!(numbers.iter().all(|n| n.is_finite()), "{evaluation:?}");
        }
    }

    #[test]
    fn among_equal_logits_the_first_classes_are_the_two() {
        let rights = [0, 1, 2].map(|actual| Predicted {
            actual,
            logits: &[0.0; 3],
        });
        assert_eq!(rights.map(|p| p.is_in_two()), [true, true, false]);
        assert_eq!(rights.map(|p| p.is_right()), [true, false, false]);
        let two = evaluate(&predicted(&[(0, [0.0, 1.0])])).expect("it is whole");
        assert_eq!(two.top2, None);
    }
}
