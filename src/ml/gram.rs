//! Many small linear heads on the same photos, each at its optimum.
//!
//! The best weights of a linear head are sums of the photos it learns from (the representer
//! theorem, Kimeldorf and Wahba 1971), so all that is needed of `n` photos is their `n × n`
//! products. With tens of photos and 1280 features that is a fraction of the work of
//! [`super::trainer`], for the same objective: `mean cross-entropy + λ/(2n) |W|²`.

use kernels::LANES;
use kernels::pointwise::Pointwise;

use super::centring::centring;
use super::trainer::largest;

/// Rows of products computed at a time.
const BLOCK: usize = 64;

/// Products of each photo with each, of features centred on the mean of all.
pub struct Gram {
    width: usize,
    features: Vec<Vec<f32>>,
    packed: Pointwise,
    /// `[n, padded]`, as far as computed.
    products: Vec<f32>,
    padded: usize,
}

/// A product of matrices: `weight` is `[out, in]`.
fn packed(weight: &[f32], outputs: usize) -> Pointwise {
    Pointwise::new(weight, &vec![0.0; outputs], false)
}

impl Gram {
    pub fn new(features: &[Vec<f32>]) -> Self {
        let all: Vec<&[f32]> = features.iter().map(Vec::as_slice).collect();
        let (mean, _) = centring(&all);
        let centred = |f: &Vec<f32>| f.iter().zip(&mean).map(|(v, m)| v - m).collect();
        let features: Vec<Vec<f32>> = features.iter().map(centred).collect();
        let padded = features.len().next_multiple_of(LANES);
        let mut weight = features.concat();
        weight.resize(padded * mean.len(), 0.0);
        Self {
            width: mean.len(),
            packed: packed(&weight, padded),
            products: Vec::new(),
            features,
            padded,
        }
    }

    /// Computes some more of the products; false where all are there.
    pub fn step(&mut self) -> bool {
        let from = self.products.len() / self.padded;
        let rows: Vec<f32> = self.features[from..]
            .iter()
            .take(BLOCK)
            .flatten()
            .copied()
            .collect();
        let n = rows.len() / self.width;
        let mut block = vec![0.0; n * self.padded];
        let places: Vec<u32> = (0..n as u32).collect();
        self.packed.run(&rows, None, &mut block, &places); // [n, width] -> [n, photos]
        self.products.append(&mut block);
        from + n < self.features.len()
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        f64::from(self.products[i * self.padded + j])
    }

    /// How many of `tests` a head gets right that learned from `learned`; both are indices of
    /// photos with their class.
    pub fn hits(
        &self,
        learned: &[(usize, usize)],
        tests: &[(usize, usize)],
        classes: usize,
        l2: f64,
    ) -> usize {
        let n = learned.len();
        // Centred on the photos learned from and scaled by their deviation, as heads are.
        let means: Vec<f64> = learned
            .iter()
            .map(|(i, _)| learned.iter().map(|(j, _)| self.at(*i, *j)).sum::<f64>() / n as f64)
            .collect();
        let mean = means.iter().sum::<f64>() / n as f64;
        let centred =
            |i: usize, own: f64, j: usize| self.at(i, learned[j].0) - own - means[j] + mean;
        let square: f64 = (0..n).map(|j| centred(learned[j].0, means[j], j)).sum();
        let variance = square / (n * self.width) as f64;
        let variance = if variance > 1e-12 { variance } else { 1.0 };
        let mut kernel = Vec::with_capacity(n * n);
        for (i, own) in learned.iter().zip(&means) {
            kernel.extend((0..n).map(|j| (centred(i.0, *own, j) / variance) as f32));
        }
        let labels: Vec<usize> = learned.iter().map(|(_, class)| *class).collect();
        let found = Problem::new(kernel, labels, classes, l2).solve();
        let hit = |(test, class): &&(usize, usize)| {
            let row = learned.iter().map(|(j, _)| self.at(*test, *j));
            let own = row.sum::<f64>() / n as f64;
            let mut logits = found.bias[..classes].to_vec();
            for (j, share) in found.share.chunks_exact(found.bias.len()).enumerate() {
                let product = (centred(*test, own, j) / variance) as f32;
                for (logit, share) in logits.iter_mut().zip(share) {
                    *logit += product * share;
                }
            }
            largest(&logits) == *class
        };
        tests.iter().filter(hit).count()
    }
}

/// What is minimised, over the photos' shares in the weights.
struct Problem {
    n: usize,
    classes: usize,
    /// Classes rounded up: what a kernel computes at once.
    lanes: usize,
    /// `[n, n]`
    kernel: Vec<f32>,
    labels: Vec<usize>,
    places: Vec<u32>,
    l2: f64,
}

/// Shares and bias, or a direction or gradient of them. Its inner product is that of the weights.
#[derive(Clone)]
struct Point {
    /// `[n, lanes]`
    share: Vec<f32>,
    /// Kernel × share: of the head's own, the logits without the bias.
    image: Vec<f32>,
    /// `[lanes]`
    bias: Vec<f32>,
}

impl Point {
    fn dot(&self, other: &Self) -> f64 {
        let sum =
            |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum() };
        sum(&self.share, &other.image) + sum(&self.bias, &other.bias)
    }

    fn add(&mut self, other: &Self, factor: f64) {
        let factor = factor as f32;
        let add = |to: &mut [f32], from: &[f32]| {
            to.iter_mut().zip(from).for_each(|(t, f)| *t += factor * f);
        };
        add(&mut self.share, &other.share);
        add(&mut self.image, &other.image);
        add(&mut self.bias, &other.bias);
    }

    fn scale(&mut self, factor: f64) {
        let factor = factor as f32;
        for part in [&mut self.share, &mut self.image, &mut self.bias] {
            part.iter_mut().for_each(|v| *v *= factor);
        }
    }
}

/// Steps that L-BFGS remembers (Nocedal 1980).
const MEMORY: usize = 8;
const STEPS: usize = 100;
/// The gradient's length, of what it was at the start, at which the optimum is found.
const ENOUGH: f64 = 1e-3;

impl Problem {
    fn new(kernel: Vec<f32>, labels: Vec<usize>, classes: usize, l2: f64) -> Self {
        let n = labels.len();
        Self {
            n,
            classes,
            lanes: classes.next_multiple_of(LANES),
            kernel,
            places: (0..n as u32).collect(),
            labels,
            l2,
        }
    }

    fn zero(&self) -> Point {
        Point {
            share: vec![0.0; self.n * self.lanes],
            image: vec![0.0; self.n * self.lanes],
            bias: vec![0.0; self.lanes],
        }
    }

    fn image(&self, share: &[f32]) -> Vec<f32> {
        // [n, lanes] -> [lanes, n]
        let column = |lane: usize| share.iter().skip(lane).step_by(self.lanes).copied();
        let turned: Vec<f32> = (0..self.lanes).flat_map(column).collect();
        let mut image = vec![0.0; self.n * self.lanes];
        packed(&turned, self.lanes).run(&self.kernel, None, &mut image, &self.places);
        image
    }

    /// The objective, and softmax minus truth over `n`, `[n, lanes]`.
    fn loss(&self, at: &Point) -> (f64, Vec<f32>) {
        let mut loss = 0.0;
        let mut errors = vec![0.0; self.n * self.lanes];
        let rows = at.image.chunks_exact(self.lanes).zip(&self.labels);
        for ((row, label), errors) in rows.zip(errors.chunks_exact_mut(self.lanes)) {
            let logit = |c: usize| row[c] + at.bias[c];
            let max = (0..self.classes)
                .map(logit)
                .fold(f32::NEG_INFINITY, f32::max);
            let sum: f32 = (0..self.classes).map(|c| (logit(c) - max).exp()).sum();
            loss += f64::from(sum.ln() + max - logit(*label));
            for (c, error) in errors.iter_mut().take(self.classes).enumerate() {
                let truth = if c == *label { 1.0 } else { 0.0 };
                *error = ((logit(c) - max).exp() / sum - truth) / self.n as f32;
            }
        }
        let weights = at
            .share
            .iter()
            .zip(&at.image)
            .map(|(s, i)| f64::from(s * i));
        let penalty = self.l2 / (2.0 * self.n as f64) * weights.sum::<f64>();
        (loss / self.n as f64 + penalty, errors)
    }

    fn gradient(&self, at: &Point, errors: Vec<f32>) -> Point {
        let mut bias = vec![0.0; self.lanes];
        for row in errors.chunks_exact(self.lanes) {
            bias.iter_mut().zip(row).for_each(|(b, e)| *b += e);
        }
        let decay = (self.l2 / self.n as f64) as f32;
        let pairs = errors.iter().zip(&at.share);
        let share: Vec<f32> = pairs.map(|(e, s)| e + decay * s).collect();
        let image = self.image(&share);
        Point { share, image, bias }
    }

    fn solve(&self) -> Point {
        let mut at = self.zero();
        let (mut loss, errors) = self.loss(&at);
        let mut gradient = self.gradient(&at, errors);
        let start = gradient.dot(&gradient);
        let mut past: Vec<(Point, Point, f64)> = Vec::new();
        for _ in 0..STEPS {
            if gradient.dot(&gradient) <= ENOUGH * ENOUGH * start {
                break;
            }
            let direction = downhill(&gradient, &past);
            let slope = gradient.dot(&direction);
            // Halved until it is worth it (Armijo 1966). Without images to compute, a try is cheap.
            let mut step = if past.is_empty() {
                1.0 / start.sqrt().max(1.0)
            } else {
                1.0
            };
            let found = loop {
                let mut to = at.clone();
                to.add(&direction, step);
                let (lower, errors) = self.loss(&to);
                if lower <= loss + 1e-4 * step * slope {
                    break Some((to, lower, errors));
                }
                step *= 0.5;
                if step < 1e-10 {
                    break None;
                }
            };
            // As low as f32 goes.
            let Some((to, lower, errors)) = found else {
                break;
            };
            let next = self.gradient(&to, errors);
            let mut moved = to.clone();
            moved.add(&at, -1.0);
            let mut turned = next.clone();
            turned.add(&gradient, -1.0);
            let curvature = moved.dot(&turned);
            if curvature > 0.0 {
                past.push((moved, turned, 1.0 / curvature));
                if past.len() > MEMORY {
                    past.remove(0);
                }
            }
            (at, loss, gradient) = (to, lower, next);
        }
        at
    }
}

/// The direction of L-BFGS: its two loops over what it remembers.
fn downhill(gradient: &Point, past: &[(Point, Point, f64)]) -> Point {
    let mut direction = gradient.clone();
    let mut factors = Vec::new();
    for (moved, turned, inverse) in past.iter().rev() {
        let factor = inverse * moved.dot(&direction);
        direction.add(turned, -factor);
        factors.push(factor);
    }
    if let Some((_, turned, inverse)) = past.last() {
        direction.scale(1.0 / (inverse * turned.dot(turned)));
    }
    for ((moved, turned, inverse), factor) in past.iter().zip(factors.iter().rev()) {
        let back = inverse * turned.dot(&direction);
        direction.add(moved, factor - back);
    }
    direction.scale(-1.0);
    direction
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::data::settings::TrainSettings;
    use crate::ml::random::SplitMix64;
    use crate::ml::trainer::{Labelled, Trainer};

    /// Overlapping clouds, so that the heads make mistakes.
    fn clouds(n: usize, classes: usize) -> (Vec<Vec<f32>>, Vec<usize>) {
        let mut random = SplitMix64(7);
        let width = 40;
        let label = |i: usize| i % classes;
        let features = (0..n).map(|i| {
            let shift = |d: usize| if d % classes == label(i) { 0.4 } else { 0.0 };
            (0..width)
                .map(|d| random.normal() + shift(d) + 3.0)
                .collect()
        });
        (features.collect(), (0..n).map(label).collect())
    }

    #[test]
    fn it_finds_the_head_that_training_finds() {
        let (features, labels) = clouds(150, 3);
        let mut gram = Gram::new(&features);
        while gram.step() {}
        let marked = |range: std::ops::Range<usize>| -> Vec<(usize, usize)> {
            range.map(|i| (i, labels[i])).collect()
        };
        for (learned, l2) in [(6, 10.0), (30, 1.0), (90, 10.0), (90, 0.1)] {
            let settings = TrainSettings {
                epochs: 2000,
                l2,
                ..Default::default()
            };
            let train: Vec<Labelled> = marked(0..learned)
                .iter()
                .map(|(i, class)| (features[*i].as_slice(), *class))
                .collect();
            let mut trainer = Trainer::new(&train, &[], 3, &settings);
            while !trainer.done() {
                block_on(trainer.step()).expect("it stays finite");
            }
            let head = trainer.into_best().expect("it made steps");
            let tests = marked(90..150);
            let hit =
                |(i, class): &&(usize, usize)| largest(&head.predict(&features[*i])) == *class;
            let theirs = tests.iter().filter(hit).count();
            let ours = gram.hits(&marked(0..learned), &tests, 3, l2);
            // One photo on the border may fall to either side.
            assert!(
                ours.abs_diff(theirs) <= 1,
                "{learned}, {l2}: {ours}, not {theirs}"
            );
            assert!((20..60).contains(&ours), "{ours}: this tells nothing");
        }
    }

    #[test]
    fn equal_photos_are_no_trouble() {
        let features = vec![vec![1.0; 8]; 4];
        let mut gram = Gram::new(&features);
        while gram.step() {}
        assert_eq!(gram.hits(&[(0, 0), (1, 1)], &[(2, 0), (3, 1)], 2, 10.0), 1);
    }
}
