//! Fits what says "I don't know" ([`data::unknown::Unknown`]) on the samples that a head learned from, in portions.
//!
//! All but the prototypes' own numbers follows from the cosines of each sample with each, `[n, n]`: clusters, their centres' lengths and
//! any sample's cosine with them are sums of these. So prototypes can be made anew for every fold, and a known sample's
//! score is by prototypes that saw none of its group, as its logits are.

mod clusters;

use data::unknown::{KEPT, Position, STEPS, Spread, Unknown, direction, doubt};
use half::f16;
use kernels::linear::dot;

use crate::evaluation::Unfit;
use crate::trainer::{NUMBER, PORTION, largest};
use clusters::{Cosines, clusters};

/// More samples would take more than a few MB for their cosines; then some of each class stand for all.
const MOST: usize = 1_500;

/// Prototypes of a class; fewer where there are very many classes, so that a file stays small.
const PROTOTYPES: usize = 8;
const PROTOTYPES_IN_ALL: usize = 1_024;

/// Of so many classes, at most; a multiple of their number.
pub(crate) fn prototypes(classes: usize) -> usize {
    classes * PROTOTYPES.min(PROTOTYPES_IN_ALL / classes).max(1)
}

/// Bytes that a rule takes as it is made, of as many samples as it is ever made of.
pub(crate) fn needed(classes: usize, width: usize) -> u64 {
    let (most, width) = (MOST.max(classes) as u64, width as u64);
    let samples = most * (4 * (2 * width + 2 * classes as u64) + 64);
    samples + 2 * most * most + 8 * prototypes(classes) as u64 * width
}

/// Smaller deviations are those of equal samples.
const LEAST_DEVIATION: f64 = 1e-4;

/// Larger numbers come from no network, and their spread might not be finite.
const LARGEST: f32 = 1e18;

/// A sample that a head learned from, or that judges it.
#[derive(Debug, Clone)]
pub struct Known {
    /// As the backbone gives them, of any sign.
    pub features: Vec<f32>,
    pub class: usize,
    /// In which it was left out ([`data::split::folds`]); samples of one group share it. `None`: never.
    pub fold: Option<usize>,
    /// By the head of its fold, one for each class. Empty where it was never left out.
    pub logits: Vec<f32>,
    /// False for one that was kept apart for good: it says how near known samples lie, and no prototype is made of it.
    pub learned: bool,
}

/// What a fold says of a sample of its own.
struct Seen {
    distance: f64,
    doubt: f64,
    right: bool,
}

enum Stage {
    Directions,
    Products,
    Folds,
    Prototypes,
}

/// A fit under way: call [`Self::advance`] until it is there.
pub struct Fitting {
    samples: Vec<Known>,
    classes: usize,
    folds: usize,
    /// Cosines of samples with each other as far as computed, row by row as far as the diagonal.
    products: Vec<f32>,
    stage: Stage,
    /// Samples, rows, folds or classes that the stage went through.
    at: usize,
    seen: Vec<Seen>,
    prototypes: Vec<f32>,
}

impl Fitting {
    /// `products`: of each sample's square roots with those of the samples before it and its own, row by row, where they are known
    /// already.
    /// Refused where no sample was left out of any fold: then nothing says how near a known sample is.
    pub fn new(
        samples: Vec<Known>,
        classes: usize,
        products: Option<Vec<f32>>,
    ) -> Result<Self, Unfit> {
        check(&samples, classes)?;
        let n = samples.len();
        let mut products = products.unwrap_or_default();
        if !products.is_empty() && products.len() != n * (n + 1) / 2 {
            return Err(Unfit::NotPaired { at: n });
        }
        become_cosines(&mut products, n);
        let samples = match products.is_empty() {
            true => some_of_each(samples, classes),
            false => samples,
        };
        let folds = samples
            .iter()
            .filter_map(|s| s.fold)
            .max()
            .map_or(0, |last| last + 1);
        Ok(Self {
            samples,
            classes,
            folds,
            products,
            stage: Stage::Directions,
            at: 0,
            seen: Vec::new(),
            prototypes: Vec::new(),
        })
    }

    fn width(&self) -> usize {
        self.samples[0].features.len()
    }

    /// Goes to the next stage after the last of this one.
    fn passed(&mut self, count: usize, all: usize, next: Stage) {
        self.at += count;
        if self.at >= all {
            (self.stage, self.at) = (next, 0);
        }
    }

    /// A portion of the work; the rule, once, when it is there.
    pub fn advance(&mut self) -> Option<Unknown> {
        let (n, width) = (self.samples.len(), self.width());
        match self.stage {
            Stage::Directions => {
                let count = (PORTION / (NUMBER * width)).max(1);
                for sample in self.samples.iter_mut().skip(self.at).take(count) {
                    sample.features = direction(&sample.features);
                }
                let next = match self.products.is_empty() {
                    true => Stage::Products,
                    false => Stage::Folds,
                };
                self.passed(count, n, next);
            }
            Stage::Products => {
                let count = (PORTION / (n * width)).max(1);
                for i in self.at..(self.at + count).min(n) {
                    let (before, own) = self.samples[..=i].split_at(i);
                    let all = before.iter().chain(own);
                    let row = all.map(|other| dot(&own[0].features, &other.features));
                    self.products.extend(row);
                }
                self.passed(count, n, Stage::Folds);
            }
            Stage::Folds => {
                self.fold(self.at);
                self.passed(1, self.folds, Stage::Prototypes);
            }
            Stage::Prototypes => {
                self.centres(self.at);
                self.at += 1;
                if self.at == self.classes {
                    return Some(self.unknown());
                }
            }
        }
        None
    }

    fn cosines(&self) -> Cosines<'_> {
        let products = &self.products;
        Cosines { products }
    }

    /// Clusters of the samples of a class that are not of this fold.
    fn clusters(&self, class: usize, without: Option<usize>) -> Vec<Vec<usize>> {
        let left = |i: &usize| {
            let sample = &self.samples[*i];
            let left = without.is_none() || sample.fold != without;
            sample.class == class && sample.learned && left
        };
        let members: Vec<usize> = (0..self.samples.len()).filter(left).collect();
        let most = prototypes(self.classes) / self.classes;
        clusters(&self.cosines(), &members, most)
    }

    fn fold(&mut self, fold: usize) {
        let clusters = (0..self.classes).flat_map(|class| self.clusters(class, Some(fold)));
        let clusters: Vec<Vec<usize>> = clusters.collect();
        let cosines = self.cosines();
        let lengths: Vec<f64> = clusters.iter().map(|c| cosines.length(c)).collect();
        let seen = (0..self.samples.len()).filter(|i| self.samples[*i].fold == Some(fold));
        let seen = seen.map(|i| {
            let pairs = clusters.iter().zip(&lengths);
            let nearest = pairs.map(|(cluster, length)| cosines.mean(i, cluster) / length);
            let logits = &self.samples[i].logits;
            Seen {
                distance: 1.0 - nearest.fold(-1.0, f64::max),
                doubt: doubt(logits),
                right: largest(logits) == self.samples[i].class,
            }
        });
        let seen: Vec<Seen> = seen.collect();
        self.seen.extend(seen);
    }

    /// The prototypes of a class, of unit length but for the rounding to f16.
    fn centres(&mut self, class: usize) {
        for cluster in self.clusters(class, None) {
            let mut sum = vec![0f64; self.width()];
            for i in &cluster {
                kernels::linear::accumulate(&mut sum, &self.samples[*i].features);
            }
            let length = sum.iter().map(|v| v * v).sum::<f64>().sqrt();
            let length = length.max(f64::MIN_POSITIVE);
            let rounded = sum.iter().map(|v| f16::from_f64(v / length).to_f32());
            self.prototypes.extend(rounded);
        }
    }

    fn unknown(&mut self) -> Unknown {
        let mut unknown = Unknown {
            width: self.width(),
            prototypes: std::mem::take(&mut self.prototypes),
            distance: spread(self.seen.iter().map(|seen| seen.distance)),
            doubt: spread(self.seen.iter().map(|seen| seen.doubt)),
            kept: KEPT,
            curve: Vec::new(),
        };
        let scored = self.seen.iter().filter_map(|seen| {
            let score = unknown.of(seen.distance, seen.doubt)?;
            Some((score, seen.right))
        });
        let mut scored: Vec<(f32, bool)> = scored.collect();
        scored.sort_by(|a, b| a.0.total_cmp(&b.0));
        unknown.curve = (0..=STEPS).map(|step| position(&scored, step)).collect();
        unknown
    }
}

/// The smallest score that keeps so many hundredths of new known samples, as many as there are one more of them (split conformal
/// prediction, Vovk et al. 2005): the largest score where these are too few to say.
fn position(scored: &[(f32, bool)], step: usize) -> Position {
    let n = scored.len();
    let rank = ((n + 1) * step).div_ceil(STEPS).clamp(1, n);
    // Nobody is kept below the lowest score.
    let lowest = step == 0;
    let limit = match lowest {
        true => scored[0].0.next_down(),
        false => scored[rank - 1].0,
    };
    let kept = scored.partition_point(|(score, _)| *score <= limit);
    let hits = scored[..kept].iter().filter(|(_, right)| *right).count();
    Position {
        limit,
        kept: kept as f32 / n as f32,
        accuracy: (kept > 0).then(|| hits as f32 / kept as f32),
    }
}

fn spread(values: impl Iterator<Item = f64> + Clone) -> Spread {
    let n = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / n;
    let square: f64 = values.map(|v| (v - mean).powi(2)).sum();
    Spread {
        mean: mean as f32,
        deviation: (square / n).sqrt().max(LEAST_DEVIATION) as f32,
    }
}

fn check(samples: &[Known], classes: usize) -> Result<(), Unfit> {
    let width = samples.first().map_or(0, |first| first.features.len());
    let none_left_out = samples.iter().all(|s| s.fold.is_none());
    let none_learned = samples.iter().all(|s| !s.learned);
    if width == 0 || classes == 0 || none_left_out || none_learned {
        return Err(Unfit::Empty);
    }
    for (at, sample) in samples.iter().enumerate() {
        let logits = sample.fold.map_or(sample.logits.len(), |_| classes);
        if sample.features.len() != width
            || sample.class >= classes
            || sample.logits.len() != logits
        {
            return Err(Unfit::Classes { at });
        }
        let mut numbers = sample.features.iter().chain(&sample.logits);
        // The square of a larger one is no f32.
        if numbers.any(|v| !v.is_finite() || v.abs() > LARGEST) {
            return Err(Unfit::NotFinite { at });
        }
    }
    Ok(())
}

/// Each product by the lengths of both, which are on the diagonal; 0 where one has none.
fn become_cosines(products: &mut [f32], n: usize) {
    let lengths = (0..n).map(|i| products.get(i * (i + 3) / 2).map_or(0.0, |v| v.sqrt()));
    let lengths: Vec<f32> = lengths.collect();
    let mut rows = products;
    for (i, own) in lengths.iter().enumerate() {
        let Some((row, later)) = rows.split_at_mut_checked(i + 1) else {
            return;
        };
        for (value, length) in row.iter_mut().zip(&lengths) {
            *value /= (own * length).max(f32::MIN_POSITIVE);
        }
        rows = later;
    }
}

/// All samples, or every so manyth of each class where there are too many.
fn some_of_each(samples: Vec<Known>, classes: usize) -> Vec<Known> {
    let every = samples.len().div_ceil(MOST);
    let mut before = vec![0_usize; classes];
    let mut samples = samples;
    samples.retain(|sample| {
        before[sample.class] += 1;
        (before[sample.class] - 1).is_multiple_of(every)
    });
    samples
}
