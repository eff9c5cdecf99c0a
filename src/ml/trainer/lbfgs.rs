//! L-BFGS for the linear head (Liu and Nocedal 1989): its objective has one minimum, and this
//! walks there in tens of passes where Adam takes hundreds. The two loops and the conditions on a
//! step are those of Nocedal and Wright, "Numerical Optimization" (2006), algorithm 7.4 and
//! chapter 3.1. On the CPU alone, in plain slices.

use std::collections::VecDeque;

use kernels::linear::add;
use kernels::logistic::{Judged, Linear, judge, learn};

use super::{Measured, Reached, Samples};
use crate::data::classifier::Dense;

/// Pairs of steps and gradient changes that stand for the curvature; 3 to 20 are usual.
const MEMORY: usize = 10;
/// The part of the promised decrease that a step must bring (Nocedal and Wright's c1).
const DECREASE: f64 = 1e-4;
/// Halvings of a step after which there is no better point that f32 can tell apart.
const HALVINGS: usize = 20;
/// The largest entry of the gradient where the minimum counts as reached: scikit-learn's
/// LogisticRegression has 1e-4, but at that some probabilities are still 7e-5 off (`tests/parity.rs`).
const FLAT: f32 = 2e-5;
/// The same where another head takes this one's place at once.
const FLAT_ENOUGH: f32 = 1e-4;
/// A bias is a weight on a feature that is always this. The loss curves by the square of a feature:
/// photos' main directions have 20 to 190, and with 1 for the biases these are found last, after
/// most of the passes. Of 2, 4, 6, 8 and 16 this took the fewest or nearly so.
const CONSTANT: f32 = 6.0;

/// What the head's numbers come to on the training photos.
#[derive(Clone)]
struct Point {
    /// `[classes, width]`, then `[classes]` biases, by [`CONSTANT`].
    numbers: Vec<f32>,
    gradient: Vec<f32>,
    /// Mean cross-entropy and its penalty.
    objective: f64,
    judged: Judged,
}

pub struct Lbfgs {
    width: usize,
    classes: usize,
    l2: f64,
    /// The largest entry of the gradient at the end.
    flat: f32,
    point: Point,
    /// Steps and changes of the gradient, the newest last.
    pairs: VecDeque<(Vec<f32>, Vec<f32>)>,
    settled: bool,
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    // In pieces, so that the sum of many keeps its digits.
    let pieces = a.chunks(1024).zip(b.chunks(1024));
    pieces
        .map(|(a, b)| f64::from(kernels::linear::dot(a, b)))
        .sum()
}

impl Lbfgs {
    /// From zero: every class equally likely.
    pub fn new(samples: &Samples, classes: usize, l2: f64) -> Self {
        let width = samples.width;
        let zero = vec![0.0; classes * (width + 1)];
        Self {
            point: evaluate(samples, zero, classes, l2),
            width,
            classes,
            l2,
            flat: FLAT,
            pairs: VecDeque::new(),
            settled: false,
        }
    }

    /// The same training, begun at these weights `[classes, width]` and biases, and not taken as far.
    pub fn draft(&self, samples: &Samples, weight: &[f32], bias: &[f32]) -> Self {
        let bias = bias.iter().map(|b| b / CONSTANT);
        let numbers = weight.iter().copied().chain(bias).collect();
        Self {
            point: evaluate(samples, numbers, self.classes, self.l2),
            flat: FLAT_ENOUGH,
            pairs: VecDeque::new(),
            settled: false,
            ..*self
        }
    }

    /// No step leads lower any more.
    pub fn settled(&self) -> bool {
        self.settled
    }

    /// False where photos or weights hold what is not a number.
    pub fn is_finite(&self) -> bool {
        self.point.objective.is_finite()
    }

    /// How good the head is as it is now.
    pub fn reached(&self, train: &Samples, validation: Option<&Samples>) -> Reached {
        let measured = |judged: Judged, samples: &Samples| {
            let n = samples.labels.len().max(1);
            Measured {
                loss: (judged.loss / n as f64) as f32,
                accuracy: judged.hits as f32 / n as f32,
            }
        };
        let point = &self.point;
        let (weight, bias) = point.numbers.split_at(self.classes * self.width);
        let bias = &biases(bias);
        Reached {
            objective: point.objective as f32,
            train: measured(point.judged, train),
            validation: validation.map(|samples| {
                let judged = judge(Linear { weight, bias }, &samples.values, &samples.labels);
                measured(judged, samples)
            }),
        }
    }

    /// `[width, classes]`, as heads keep it.
    pub fn dense(&self) -> Dense {
        let (weight, bias) = self.point.numbers.split_at(self.classes * self.width);
        let at = |i: usize| weight[i % self.classes * self.width + i / self.classes];
        Dense {
            weight: (0..weight.len()).map(at).collect(),
            bias: biases(bias),
        }
    }

    /// One step to a lower objective.
    pub fn step(&mut self, samples: &Samples) {
        let direction = self.direction();
        let slope = dot(&direction, &self.point.gradient);
        let steepest = self.point.gradient.iter().fold(0f32, |m, g| m.max(g.abs()));
        if steepest <= self.flat || slope >= 0.0 {
            self.settled = true;
            return;
        }
        // Before anything is known of the curvature, a step of length 1 at most.
        let mut length = match self.pairs.is_empty() {
            true => (1.0 / dot(&direction, &direction).sqrt()).min(1.0),
            false => 1.0,
        };
        for _ in 0..HALVINGS {
            let mut numbers = self.point.numbers.clone();
            add(&mut numbers, length as f32, &direction);
            let next = evaluate(samples, numbers, self.classes, self.l2);
            if next.objective <= self.point.objective + DECREASE * length * slope {
                self.remember(&next);
                self.point = next;
                return;
            }
            length /= 2.0;
        }
        self.settled = true;
    }

    fn remember(&mut self, next: &Point) {
        let minus = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a - b).collect();
        let step: Vec<f32> = minus(&next.numbers, &self.point.numbers);
        let change: Vec<f32> = minus(&next.gradient, &self.point.gradient);
        // Without positive curvature the pair would lead uphill.
        if dot(&step, &change) > 1e-10 * dot(&change, &change) {
            if self.pairs.len() == MEMORY {
                self.pairs.pop_front();
            }
            self.pairs.push_back((step, change));
        }
    }

    /// Downhill, by the inverse of the curvature that the pairs show.
    fn direction(&self) -> Vec<f32> {
        let mut q = self.point.gradient.clone();
        let mut shares = Vec::with_capacity(self.pairs.len());
        for (step, change) in self.pairs.iter().rev() {
            let share = dot(step, &q) / dot(step, change);
            add(&mut q, -share as f32, change);
            shares.push(share);
        }
        if let Some((step, change)) = self.pairs.back() {
            let scale = (dot(step, change) / dot(change, change)) as f32;
            q.iter_mut().for_each(|v| *v *= scale);
        }
        for ((step, change), share) in self.pairs.iter().zip(shares.iter().rev()) {
            let other = dot(change, &q) / dot(step, change);
            add(&mut q, (share - other) as f32, step);
        }
        q.iter_mut().for_each(|v| *v = -*v);
        q
    }
}

/// Objective `mean cross-entropy + l2/(2n) |W|²` and its gradient.
fn evaluate(samples: &Samples, numbers: Vec<f32>, classes: usize, l2: f64) -> Point {
    let n = samples.labels.len().max(1) as f64;
    let (weight, bias) = numbers.split_at(classes * samples.width);
    let bias = &biases(bias);
    let mut gradient = vec![0f32; numbers.len()];
    let (slopes, bias_slopes) = gradient.split_at_mut(weight.len());
    let model = Linear { weight, bias };
    let judged = learn(model, &samples.values, &samples.labels, slopes, bias_slopes);
    bias_slopes.iter_mut().for_each(|slope| *slope *= CONSTANT);
    gradient.iter_mut().for_each(|g| *g /= n as f32);
    add(&mut gradient[..weight.len()], (l2 / n) as f32, weight);
    Point {
        objective: judged.loss / n + l2 / (2.0 * n) * dot(weight, weight),
        judged,
        gradient,
        numbers,
    }
}

fn biases(weights: &[f32]) -> Vec<f32> {
    weights.iter().map(|w| CONSTANT * w).collect()
}
