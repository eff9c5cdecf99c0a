//! L-BFGS' memory (Nocedal 1980): the last steps and how the gradient changed over them, and the gradient turned by what
//! they tell of the curvature (Nocedal and Wright 2006, algorithm 7.4).

use std::collections::VecDeque;

use kernels::linear;

use super::trainer::{NUMBER, PORTION};

/// What is moved on the way to a minimum, or a direction or gradient of it, with its inner product.
pub trait Vector {
    fn dot(&self, other: &Self) -> f64;
    fn add(&mut self, factor: f64, other: &Self);
    fn scale(&mut self, factor: f64);
    /// How many numbers one of these goes through.
    fn len(&self) -> usize;
}

pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    // In pieces, so that the sum of many keeps its digits.
    let pieces = a.chunks(1024).zip(b.chunks(1024));
    pieces.map(|(a, b)| f64::from(linear::dot(a, b))).sum()
}

impl Vector for Vec<f32> {
    fn dot(&self, other: &Self) -> f64 {
        dot(self, other)
    }

    fn add(&mut self, factor: f64, other: &Self) {
        linear::add(self, factor as f32, other);
    }

    fn scale(&mut self, factor: f64) {
        self.iter_mut().for_each(|v| *v *= factor as f32);
    }

    fn len(&self) -> usize {
        Self::len(self)
    }
}

/// A step and how the gradient changed over it.
pub struct Pair<V> {
    step: V,
    change: V,
    /// `step · change`
    curvature: f64,
    /// `change · change`
    square: f64,
}

/// The newest last.
pub struct Memory<V> {
    pairs: VecDeque<Pair<V>>,
    most: usize,
}

impl<V: Vector> Memory<V> {
    /// A memory of `most` pairs at most.
    pub fn new(most: usize) -> Self {
        let pairs = VecDeque::new();
        Self { pairs, most }
    }

    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Without positive curvature a pair would lead uphill and is left out.
    pub fn remember(&mut self, step: V, change: V) {
        let (curvature, square) = (step.dot(&change), change.dot(&change));
        if curvature <= 1e-10 * square {
            return;
        }
        if self.pairs.len() == self.most {
            self.pairs.pop_front();
        }
        self.pairs.push_back(Pair {
            step,
            change,
            curvature,
            square,
        });
    }
}

/// The two loops over the pairs, under way: back from the newest, then forth.
pub struct Turn<V> {
    q: V,
    /// The coefficients of the pairs gone through on the way back, the newest first.
    coefficients: Vec<f64>,
    /// Pairs gone through on the way forth.
    forth: usize,
}

impl<V: Vector> Turn<V> {
    pub fn new(gradient: V) -> Self {
        Self {
            q: gradient,
            coefficients: Vec::new(),
            forth: 0,
        }
    }

    /// A portion of the pairs; true where both loops are through.
    pub fn advance(&mut self, memory: &Memory<V>) -> bool {
        let pairs = &memory.pairs;
        // A pair is two passes over the numbers.
        let portion = (PORTION / (2 * NUMBER * self.q.len().max(1))).max(1);
        for _ in 0..portion {
            let back = self.coefficients.len();
            if back < pairs.len() {
                let pair = &pairs[pairs.len() - 1 - back];
                let coefficient = pair.step.dot(&self.q) / pair.curvature;
                self.q.add(-coefficient, &pair.change);
                self.coefficients.push(coefficient);
                if let (Some(newest), true) = (pairs.back(), back + 1 == pairs.len()) {
                    self.q.scale(newest.curvature / newest.square);
                }
            } else if let Some(pair) = pairs.get(self.forth) {
                let coefficient = self.coefficients[pairs.len() - 1 - self.forth];
                let other = pair.change.dot(&self.q) / pair.curvature;
                self.q.add(coefficient - other, &pair.step);
                self.forth += 1;
            } else {
                return true;
            }
        }
        false
    }

    /// Downhill, when both loops are through.
    pub fn direction(mut self) -> V {
        self.q.scale(-1.0);
        self.q
    }
}
