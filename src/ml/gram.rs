//! Many small linear heads on the same photos, each at its optimum.
//!
//! The best weights of a linear head are sums of the photos it learns from (the representer
//! theorem, Kimeldorf and Wahba 1971), so all that is needed of `n` photos is their `n × n`
//! products. With tens of photos and 1280 features that is a fraction of the work of
//! [`super::trainer`], for the same objective: `mean cross-entropy + λ/(2n) |W|²`.

mod solve;

use kernels::LANES;
use kernels::pointwise::Pointwise;

use super::centring::centring;
use super::trainer::{NUMBER, PORTION, largest};
pub use solve::MEMORY;
use solve::{Point, Problem, Solving};

/// Rows of products computed at a time, at most.
const BLOCK: usize = 64;
/// A product of matrices computes so many at once.
const ROWS: usize = 4;

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

/// Rows of one portion of work, of which each is so many multiply-adds.
fn rows(work: usize) -> usize {
    let rows = PORTION / work.max(1) / ROWS * ROWS;
    rows.clamp(ROWS, BLOCK)
}

impl Gram {
    pub fn new(features: &[Vec<f32>]) -> Self {
        let all: Vec<&[f32]> = features.iter().map(Vec::as_slice).collect();
        let (mean, _) = centring(&all);
        let centred = |f: &Vec<f32>| f.iter().zip(&mean).map(|(v, m)| v - m).collect();
        let features: Vec<Vec<f32>> = features.iter().map(centred).collect();
        let padded = features.len().next_multiple_of(LANES);
        let mut weight = Vec::with_capacity(padded * mean.len());
        features.iter().for_each(|f| weight.extend_from_slice(f));
        weight.resize(padded * mean.len(), 0.0);
        Self {
            width: mean.len(),
            packed: packed(&weight, padded),
            products: Vec::with_capacity(features.len() * padded),
            features,
            padded,
        }
    }

    /// Computes some more of the products; false where all are there.
    pub fn step(&mut self) -> bool {
        let from = self.products.len() / self.padded;
        let rows: Vec<f32> = self.features[from..]
            .iter()
            .take(rows(self.padded * self.width))
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
}

/// A head that learns from some of the photos, and how many of others it gets right.
pub struct Draw {
    /// Indices of photos with their class.
    learned: Vec<(usize, usize)>,
    classes: usize,
    l2: f64,
    /// Of each photo's products with those learned from, and of all of these.
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

    /// A portion of the work; the hits among `tests`, indices of photos with their class, when all is done.
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

    /// Centred on the photos learned from and scaled by their deviation, as heads are.
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

    /// The product of photo `i`, whose mean is `own`, with the `j`th of those learned from.
    fn centred(&self, gram: &Gram, i: usize, own: f64, j: usize) -> f64 {
        gram.at(i, self.learned[j].0) - own - self.means[j] + self.mean
    }

    /// The class that the head gives a photo.
    fn says(&self, gram: &Gram, found: &Point, i: usize) -> usize {
        let n = self.learned.len();
        let row = self.learned.iter().map(|(j, _)| gram.at(i, *j));
        let own = row.sum::<f64>() / n as f64;
        let mut logits = found.bias.clone();
        for (j, share) in found.share.chunks_exact(found.bias.len()).enumerate() {
            let product = (self.centred(gram, i, own, j) / self.variance) as f32;
            kernels::linear::add(&mut logits, product, share);
        }
        largest(&logits[..self.classes])
    }
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
            let ours = hits(&gram, &marked(0..learned), &tests, 3, l2);
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
        assert_eq!(
            hits(&gram, &[(0, 0), (1, 1)], &[(2, 0), (3, 1)], 2, 10.0),
            1
        );
    }
}
