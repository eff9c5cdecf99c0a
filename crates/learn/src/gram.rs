//! Many small linear heads on the same samples, each at its optimum.
//!
//! The best weights of a linear head are sums of the samples it learns from (the representer
//! theorem, Kimeldorf and Wahba 1971), so all that is needed of `n` samples is their `n × n`
//! products. With tens of samples and a thousand features that is a fraction of the work of
//! [`super::trainer`], for the same objective: `mean cross-entropy + λ/(2n) |W|²`.

mod solve;

use std::rc::Rc;

use kernels::pointwise::Pointwise;
use kernels::{LANES, linear};

use super::standardise::Sums;
use super::trainer::{NUMBER, PORTION, largest};
pub use solve::MEMORY;
use solve::{Point, Problem, Solving};

/// Rows of products computed at a time, at most.
const BLOCK: usize = 64;

/// Products of each sample with each, of features centred on the mean of all.
pub struct Gram {
    width: usize,
    /// As they came; those that are centred are gone.
    found: Vec<Rc<[f32]>>,
    sums: Sums,
    mean: Vec<f32>,
    /// Centred, `[n, width]` as far as they are.
    features: Vec<f32>,
    /// `[n, n]`, as far as computed.
    products: Vec<f32>,
}

/// A product of matrices: `weight` is `[out, in]`.
fn packed(weight: &[f32], outputs: usize) -> Pointwise {
    Pointwise::new(weight, &vec![0.0; outputs], false)
}

/// Rows of one portion of work, of which each is so many multiply-adds.
fn rows(work: usize) -> usize {
    let rows = PORTION / work.max(1) / LANES * LANES;
    rows.clamp(LANES, BLOCK)
}

impl Gram {
    pub fn new(found: Vec<Rc<[f32]>>) -> Self {
        let width = found.first().map_or(0, |features| features.len());
        Self {
            width,
            sums: Sums::new(width),
            mean: Vec::new(),
            features: Vec::with_capacity(found.len() * width),
            products: Vec::with_capacity(found.len() * found.len()),
            found,
        }
    }

    /// A portion of the work; false where all products are there.
    pub fn step(&mut self) -> bool {
        let n = self.found.len();
        let portion = (PORTION / (NUMBER * self.width.max(1))).max(1);
        let centred = self.features.len() / self.width.max(1);
        if self.mean.is_empty() {
            let next = self.found.iter().skip(self.sums.count()).take(portion);
            let next: Vec<Rc<[f32]>> = next.cloned().collect();
            next.iter().for_each(|features| self.sums.add(features));
            if self.sums.count() == n {
                (self.mean, _) = std::mem::take(&mut self.sums).mean().mean_and_scale();
            }
            n > 0
        } else if centred < n {
            for features in self.found.iter_mut().skip(centred).take(portion) {
                linear::standardised(features, &self.mean, 1.0, &mut self.features);
                *features = Rc::default();
            }
            true
        } else {
            self.multiply(n)
        }
    }

    /// Products of some more samples with all: of all with these, which are the same.
    fn multiply(&mut self, n: usize) -> bool {
        let from = self.products.len() / n;
        let count = rows(n * self.width).min(n - from);
        let outputs = count.next_multiple_of(LANES);
        let mut some = self.features[from * self.width..][..count * self.width].to_vec();
        some.resize(outputs * self.width, 0.0);
        let mut columns = vec![0.0; n * outputs];
        let places: Vec<u32> = (0..n as u32).collect();
        // [n, width] -> [n, some]
        packed(&some, outputs).run(&self.features, None, &mut columns, &places);
        for row in 0..count {
            let column = columns.iter().skip(row).step_by(outputs);
            self.products.extend(column);
        }
        from + count < n
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        f64::from(self.products[i * self.found.len() + j])
    }
}

/// A head that learns from some of the samples, and how many of others it gets right.
pub struct Draw {
    /// Indices of samples with their class.
    learned: Vec<(usize, usize)>,
    classes: usize,
    l2: f64,
    /// The mean of each sample's products with those learned from; below, the mean of all of these.
    means: Vec<f64>,
    mean: f64,
    variance: f64,
    stage: Stage,
}

enum Stage {
    Means,
    /// `[n, n]`, as far as computed.
    Kernel(Vec<f32>),
    Solve(Box<Solving>),
    Test {
        found: Point,
        at: usize,
        hits: usize,
    },
}

impl Draw {
    pub fn new(learned: &[(usize, usize)], classes: usize, l2: f64) -> Self {
        Self {
            learned: learned.to_vec(),
            classes,
            l2,
            means: Vec::new(),
            mean: 0.0,
            variance: 1.0,
            stage: Stage::Means,
        }
    }

    /// A portion of the work; the hits among `tests`, indices of samples with their class, when all is done.
    pub fn advance(&mut self, gram: &Gram, tests: &[(usize, usize)]) -> Option<usize> {
        let n = self.learned.len();
        let portion = (PORTION / (NUMBER * n)).max(1);
        match &mut self.stage {
            Stage::Means => {
                let row = |i: usize| self.learned.iter().map(move |(j, _)| gram.at(i, *j));
                let next = self.learned[self.means.len()..].iter().take(portion);
                let means = next.map(|(i, _)| row(*i).sum::<f64>() / n as f64);
                self.means.extend(means.collect::<Vec<_>>());
                if self.means.len() == n {
                    self.scale(gram);
                }
            }
            Stage::Kernel(kernel) => {
                let mut kernel = std::mem::take(kernel);
                let from = kernel.len() / n;
                let next = self
                    .learned
                    .iter()
                    .zip(&self.means)
                    .skip(from)
                    .take(portion);
                for ((i, _), own) in next {
                    let row =
                        (0..n).map(|j| (self.centred(gram, *i, *own, j) / self.variance) as f32);
                    kernel.extend(row);
                }
                self.stage = match kernel.len() < n * n {
                    true => Stage::Kernel(kernel),
                    false => {
                        let labels = self.learned.iter().map(|(_, class)| *class).collect();
                        let problem = Problem::new(kernel, labels, self.classes, self.l2);
                        Stage::Solve(Box::new(Solving::new(problem)))
                    }
                };
            }
            Stage::Solve(solving) => {
                if let Some(found) = solving.advance() {
                    let (at, hits) = (0, 0);
                    self.stage = Stage::Test { found, at, hits };
                }
            }
            Stage::Test { found, at, hits } => {
                let portion = (PORTION / (n * (NUMBER + found.bias.len()))).max(1);
                let some = &tests[*at..(*at + portion).min(tests.len())];
                let (found, at, before) = (std::mem::take(found), *at + some.len(), *hits);
                let hit = |(i, class): &&(usize, usize)| self.says(gram, &found, *i) == *class;
                let hits = before + some.iter().filter(hit).count();
                if at == tests.len() {
                    return Some(hits);
                }
                self.stage = Stage::Test { found, at, hits };
            }
        }
        None
    }

    /// Centred on the samples learned from and scaled by their deviation, as heads are.
    fn scale(&mut self, gram: &Gram) {
        let n = self.learned.len();
        self.mean = self.means.iter().sum::<f64>() / n as f64;
        let diagonal = self.learned.iter().zip(&self.means).enumerate();
        let square: f64 = diagonal
            .map(|(j, ((i, _), own))| self.centred(gram, *i, *own, j))
            .sum();
        let variance = square / (n * gram.width) as f64;
        self.variance = if variance > 1e-12 { variance } else { 1.0 };
        self.stage = Stage::Kernel(Vec::with_capacity(n * n));
    }

    /// The product of sample `i`, whose mean is `own`, with the `j`th of those learned from.
    fn centred(&self, gram: &Gram, i: usize, own: f64, j: usize) -> f64 {
        gram.at(i, self.learned[j].0) - own - self.means[j] + self.mean
    }

    /// The class that the head gives a sample.
    fn says(&self, gram: &Gram, found: &Point, i: usize) -> usize {
        let n = self.learned.len();
        let row = self.learned.iter().map(|(j, _)| gram.at(i, *j));
        let own = row.sum::<f64>() / n as f64;
        let mut logits = found.bias.clone();
        for (j, coefficients) in found
            .coefficients
            .chunks_exact(found.bias.len())
            .enumerate()
        {
            let product = (self.centred(gram, i, own, j) / self.variance) as f32;
            linear::add(&mut logits, product, coefficients);
        }
        largest(&logits[..self.classes])
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::trainer::{Labelled, Trainer};
    use data::settings::TrainSettings;
    use network::random::SplitMix64;

    /// Overlapping clouds, so that the heads make mistakes.
    fn clouds(n: usize, classes: usize) -> (Vec<Rc<[f32]>>, Vec<usize>) {
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

    fn hits(
        gram: &Gram,
        learned: &[(usize, usize)],
        tests: &[(usize, usize)],
        classes: usize,
        l2: f64,
    ) -> usize {
        let mut draw = Draw::new(learned, classes, l2);
        let mut steps = std::iter::repeat_with(|| draw.advance(gram, tests));
        steps.find_map(|hits| hits).expect("it ends")
    }

    #[test]
    fn it_finds_the_head_that_training_finds() {
        let (features, labels) = clouds(150, 3);
        let mut gram = Gram::new(features.clone());
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
                .map(|(i, class)| (&*features[*i], *class))
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
            let ours = hits(&gram, &marked(0..learned), &tests, 3, l2);
            // One sample on the border may fall to either side.
            assert!(
                ours.abs_diff(theirs) <= 1,
                "{learned}, {l2}: {ours}, not {theirs}"
            );
            assert!((20..60).contains(&ours), "{ours}: this tells nothing");
        }
    }

    #[test]
    fn equal_samples_are_no_trouble() {
        let features = vec![vec![1.0; 8].into(); 4];
        let mut gram = Gram::new(features);
        while gram.step() {}
        assert_eq!(
            hits(&gram, &[(0, 0), (1, 1)], &[(2, 0), (3, 1)], 2, 10.0),
            1
        );
    }
}
