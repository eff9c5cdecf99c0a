//! The objective and its gradient at one set of numbers, summed over the samples in portions.

use kernels::linear::add;
use kernels::logistic::{Judged, Linear, learn};

use super::super::Samples;
use super::CONSTANT;
use crate::curvature::dot;

/// The shape of a head, and how much its weights cost.
#[derive(Clone, Copy)]
pub struct Shape {
    pub width: usize,
    pub classes: usize,
    pub l2: f64,
}

impl Shape {
    /// How many weights there are, without biases.
    pub fn weights(self) -> usize {
        self.classes * self.width
    }
}

/// What the head's numbers come to on the training samples.
pub struct Point {
    /// `[classes, width]`, then `[classes]` biases, by [`CONSTANT`].
    pub numbers: Vec<f32>,
    pub gradient: Vec<f32>,
    /// Mean cross-entropy and its penalty.
    pub objective: f64,
    pub judged: Judged,
}

impl Point {
    pub fn unknown(numbers: Vec<f32>) -> Self {
        Self {
            gradient: vec![0f32; numbers.len()],
            numbers,
            objective: f64::NAN,
            judged: Judged::default(),
        }
    }
}

/// A point while it is evaluated: its gradient is of the first `at` samples.
pub struct Sums {
    pub point: Point,
    at: usize,
}

impl Sums {
    pub fn new(numbers: Vec<f32>) -> Self {
        let point = Point::unknown(numbers);
        Self { point, at: 0 }
    }

    /// How many samples are in.
    #[cfg(test)]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Some more samples; true where all were in and the point is known.
    pub fn advance(&mut self, samples: &Samples, shape: Shape) -> bool {
        if self.at == samples.labels.len() {
            self.conclude(shape);
            return true;
        }
        // Forward and back.
        let (values, labels, until) = samples.portion(self.at, 2 * shape.weights());
        let Point {
            numbers,
            gradient,
            judged,
            ..
        } = &mut self.point;
        let (weight, bias) = numbers.split_at(shape.weights());
        let bias = &biases(bias);
        let (slopes, bias_slopes) = gradient.split_at_mut(weight.len());
        let model = Linear { weight, bias };
        learn(model, values, labels, slopes, bias_slopes, judged);
        self.at = until;
        false
    }

    /// Objective `mean cross-entropy + l2/(2n) |W|²` and its gradient, from the sums.
    fn conclude(&mut self, shape: Shape) {
        let Point {
            numbers,
            gradient,
            objective,
            judged,
        } = &mut self.point;
        let n = self.at.max(1) as f64;
        let (weight, _) = numbers.split_at(shape.weights());
        let (slopes, bias_slopes) = gradient.split_at_mut(weight.len());
        bias_slopes.iter_mut().for_each(|slope| *slope *= CONSTANT);
        bias_slopes.iter_mut().for_each(|g| *g /= n as f32);
        slopes.iter_mut().for_each(|g| *g /= n as f32);
        add(slopes, (shape.l2 / n) as f32, weight);
        *objective = judged.loss / n + shape.l2 / (2.0 * n) * dot(weight, weight);
    }
}

pub fn biases(weights: &[f32]) -> Vec<f32> {
    weights.iter().map(|w| CONSTANT * w).collect()
}
