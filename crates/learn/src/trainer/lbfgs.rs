//! L-BFGS for the linear head (Liu and Nocedal 1989): its objective has one minimum, and this
//! walks there in tens of passes where Adam takes hundreds. The two loops and the conditions on a
//! step are those of Nocedal and Wright, "Numerical Optimization" (2006), algorithm 7.4 and
//! chapter 3.1. On the CPU alone, in plain slices, and in portions: a pass over ten thousand samples
//! of a thousand classes takes seconds.

mod point;

use kernels::linear::add;
use kernels::logistic::{Judged, Linear, judge};

use super::{Measured, Reached, Samples};
use crate::curvature::{Memory, Turn, dot};
use data::classifier::Dense;
use point::{Point, Shape, Sums, biases};

/// Pairs of steps and gradient changes that stand for the curvature; 3 to 20 are usual.
pub const MEMORY: usize = 10;
/// The part of the promised decrease that a step must bring (Nocedal and Wright's c1).
const DECREASE: f64 = 1e-4;
/// Halvings of a step after which there is no better point that f32 can tell apart.
const HALVINGS: usize = 20;
/// The largest entry of the gradient where the minimum counts as reached: scikit-learn's
/// LogisticRegression has 1e-4, but at that some probabilities are still 7e-5 off (`tests/parity.rs`).
const FLAT: f32 = 2e-5;
/// The largest entry of the gradient where a draft counts as good: another head takes its place at once.
const FLAT_ENOUGH: f32 = 1e-4;
/// A bias is a weight on a feature that is always this. The loss curves by the square of a feature:
/// samples' main directions have 20 to 190, and with 1 for the biases these are found last, after
/// most of the passes. Of 2, 4, 6, 8 and 16 this took the fewest or nearly so.
const CONSTANT: f32 = 6.0;

pub struct Lbfgs {
    shape: Shape,
    /// The largest entry of the gradient at the end.
    flat: f32,
    point: Point,
    memory: Memory<Vec<f32>>,
    stage: Stage,
}

/// What a step is about to do.
enum Stage {
    /// Where to begin is evaluated first.
    Start(Sums),
    /// The point is known: is there a way down?
    Look,
    Turn(Turn<Vec<f32>>),
    /// How far in this direction?
    Aim(Vec<f32>),
    Try(Box<Try>),
    /// A lower point is found: how far from the one before,
    Keep(Point),
    /// and how did the gradient change over this step?
    Remember(Point, Vec<f32>),
    /// No step leads lower any more.
    Converged,
}

/// A point some way down, while it is evaluated.
struct Try {
    direction: Vec<f32>,
    /// The slope of the objective in this direction.
    slope: f64,
    length: f64,
    halvings: usize,
    sums: Sums,
}

impl Lbfgs {
    /// From zero: every class equally likely.
    pub fn new(width: usize, classes: usize, l2: f64) -> Self {
        let shape = Shape { width, classes, l2 };
        Self::from(shape, vec![0.0; classes * (width + 1)], FLAT)
    }

    /// This training begun at given weights `[classes, width]` and biases, and not taken as far.
    pub fn draft(&self, weight: &[f32], bias: &[f32]) -> Self {
        let bias = bias.iter().map(|b| b / CONSTANT);
        let numbers = weight.iter().copied().chain(bias).collect();
        Self::from(self.shape, numbers, FLAT_ENOUGH)
    }

    fn from(shape: Shape, numbers: Vec<f32>, flat: f32) -> Self {
        Self {
            shape,
            flat,
            point: Point::unknown(numbers.clone()),
            memory: Memory::new(MEMORY),
            stage: Stage::Start(Sums::new(numbers)),
        }
    }

    /// No step leads lower any more.
    pub fn converged(&self) -> bool {
        matches!(self.stage, Stage::Converged)
    }

    /// False where samples or weights hold what is not a number, and before the first step.
    pub fn is_finite(&self) -> bool {
        self.point.objective.is_finite()
    }

    /// Some of the validation samples, from the `at`th on, judged by the head as it is now; where to go on.
    pub fn judge(&self, validation: &Samples, at: usize, judged: &mut Judged) -> usize {
        let (weight, bias) = self.point.numbers.split_at(self.shape.weights());
        let bias = &biases(bias);
        let (values, labels, until) = validation.portion(at, self.shape.weights());
        judge(Linear { weight, bias }, values, labels, judged);
        until
    }

    /// How good the head is as it is now.
    pub fn reached(&self, train: &Samples, validation: Option<(&Samples, Judged)>) -> Reached {
        let measured = |samples: &Samples, judged: Judged| {
            let n = samples.labels.len().max(1);
            Measured {
                loss: (judged.loss / n as f64) as f32,
                accuracy: judged.hits as f32 / n as f32,
            }
        };
        Reached {
            objective: self.point.objective as f32,
            train: measured(train, self.point.judged),
            validation: validation.map(|(samples, judged)| measured(samples, judged)),
        }
    }

    /// `[width, classes]`, as heads keep it.
    pub fn dense(&self) -> Dense {
        let Shape { width, classes, .. } = self.shape;
        let (weight, bias) = self.point.numbers.split_at(self.shape.weights());
        let mut turned = vec![0.0; weight.len()];
        for (class, row) in weight.chunks(width).enumerate() {
            let column = turned[class..].iter_mut().step_by(classes);
            column.zip(row).for_each(|(to, w)| *to = *w);
        }
        Dense {
            weight: turned,
            bias: biases(bias),
        }
    }

    /// A portion of work on the way to a lower objective; true where it is reached or there is none.
    pub fn advance(&mut self, samples: &Samples) -> bool {
        match std::mem::replace(&mut self.stage, Stage::Converged) {
            Stage::Start(mut sums) => match sums.advance(samples, self.shape) {
                false => self.stage = Stage::Start(sums),
                true => {
                    self.point = sums.point;
                    self.stage = Stage::Look;
                }
            },
            Stage::Look => {
                let steepest = self.point.gradient.iter().fold(0f32, |m, g| m.max(g.abs()));
                if steepest <= self.flat {
                    return true;
                }
                self.stage = Stage::Turn(Turn::new(self.point.gradient.clone()));
            }
            Stage::Turn(mut turn) => {
                self.stage = match turn.advance(&self.memory) {
                    false => Stage::Turn(turn),
                    true => Stage::Aim(turn.direction()),
                };
            }
            Stage::Aim(direction) => return self.set_out(direction),
            Stage::Try(mut attempt) => {
                if attempt.sums.advance(samples, self.shape) {
                    return self.arrived(*attempt);
                }
                self.stage = Stage::Try(attempt);
            }
            Stage::Keep(next) => {
                let step = minus(&next.numbers, &self.point.numbers);
                self.stage = Stage::Remember(next, step);
            }
            Stage::Remember(next, step) => {
                let change = minus(&next.gradient, &self.point.gradient);
                self.memory.remember(step, change);
                self.point = next;
                self.stage = Stage::Look;
                return true;
            }
            Stage::Converged => return true,
        }
        false
    }

    /// True where this is not downhill.
    fn set_out(&mut self, direction: Vec<f32>) -> bool {
        let slope = dot(&direction, &self.point.gradient);
        if slope >= 0.0 {
            return true;
        }
        // Before anything is known of the curvature, a step of length 1 at most.
        let length = match self.memory.is_empty() {
            true => (1.0 / dot(&direction, &direction).sqrt()).min(1.0),
            false => 1.0,
        };
        let sums = self.some_way(&direction, length);
        self.stage = Stage::Try(Box::new(Try {
            direction,
            slope,
            length,
            halvings: 0,
            sums,
        }));
        false
    }

    fn some_way(&self, direction: &[f32], length: f64) -> Sums {
        let mut numbers = self.point.numbers.clone();
        add(&mut numbers, length as f32, direction);
        Sums::new(numbers)
    }

    /// Keeps the point, or tries one half as far; true where that makes no sense any more.
    fn arrived(&mut self, mut attempt: Try) -> bool {
        let Try { length, slope, .. } = attempt;
        let next = attempt.sums.point;
        if next.objective <= self.point.objective + DECREASE * length * slope {
            self.stage = Stage::Keep(next);
            return false;
        }
        attempt.halvings += 1;
        if attempt.halvings == HALVINGS {
            return true;
        }
        attempt.length /= 2.0;
        attempt.sums = self.some_way(&attempt.direction, attempt.length);
        self.stage = Stage::Try(Box::new(attempt));
        false
    }
}

fn minus(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{NUMBER, PORTION};
    use super::*;

    /// Each portion of a pass is about as much work as a portion should be, also where a single sample is a tenth of it.
    #[test]
    fn a_portion_is_bounded_whatever_the_head() {
        for (classes, width, n) in [
            (2, 1280, 5000),
            (1000, 1280, 41),
            (1500, 1280, 9),
            (3, 7, 10),
        ] {
            let samples = Samples {
                values: (0..n * width).map(|i| (i % 13) as f32 / 13.0).collect(),
                width,
                labels: (0..n).map(|i| i % classes).collect(),
            };
            let mut lbfgs = Lbfgs::new(width, classes, 10.0);
            let (mut work, mut steps) = (0, 0);
            while steps < 2 {
                let at = |lbfgs: &Lbfgs| match &lbfgs.stage {
                    Stage::Start(sums) => sums.at(),
                    Stage::Try(attempt) => attempt.sums.at(),
                    _ => 0,
                };
                let before = at(&lbfgs);
                steps += usize::from(lbfgs.advance(&samples));
                let samples = at(&lbfgs).saturating_sub(before);
                let a_sample = 2 * classes * width;
                // Tiles of four samples are not divided.
                let most = PORTION.max(3 * a_sample) + 3 * a_sample;
                assert!(
                    samples * a_sample <= most,
                    "{samples} samples, {classes} classes"
                );
                work += samples * a_sample;
            }
            assert!(work >= 2 * n * 2 * classes * width, "both were evaluated");
        }
        // What goes through the numbers of a thousand classes is not more.
        const { assert!(2 * NUMBER * 1000 * 1281 < PORTION + PORTION / 20) };
    }
}
