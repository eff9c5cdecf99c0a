//! How much each part weighs, and how far the covariance is shrunk: settings, found once from samples and then held, also where some
//! of them are left out.

use data::classifier::Part;

use super::{Budget, Products, Refused, Sample};

/// The embedding weighs so much more than a layer before it, as a factor of its features.
pub const EMBEDDING: f64 = 1.5;

/// A way to make a head.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Indices among the parts of the products, in the order in which the head has weights for them.
    pub parts: Vec<usize>,
    /// Of the covariance, the share that becomes a multiple of the identity, above 0 and below 1.
    pub shrinkage: f64,
}

/// A [`Setting`] in numbers, for certain samples.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scales {
    /// Indices of parts, and by what their products are multiplied: the square of their features' factor.
    pub squares: Vec<(usize, f64)>,
    /// What is added to the within-class scatter's diagonal.
    pub gamma: f64,
}

impl Scales {
    /// By what the products of each part are multiplied, 0 where it does not count.
    pub(super) fn weights(&self, products: &Products) -> Vec<f64> {
        let mut weights = vec![0.0; products.parts().len()];
        self.squares
            .iter()
            .for_each(|(part, square)| weights[*part] = *square);
        weights
    }

    /// Products of one sample with others.
    pub(super) fn products(&self, products: &Products, i: usize, others: &[usize]) -> Vec<f64> {
        let mut found = vec![0.0; others.len()];
        let triangle = products.triangle();
        triangle.gather(&self.weights(products), i, others, &mut found);
        found
    }
}

/// The least that is taken for the scatter within classes, of that of all samples: with one sample a class there is none.
pub(super) const LEAST_WITHIN: f64 = 1e-3;
/// The least `γ`, of a sample's mean square: products have no more digits.
const LEAST: f64 = 1e-6;

/// Sums of squares of each part, over samples.
#[derive(Clone, Copy, Default)]
struct Spread {
    /// As they are.
    plain: f64,
    /// About the mean of all.
    total: f64,
    /// About the mean of each class.
    within: f64,
}

/// How far samples lie apart in each part, as far as it is computed.
pub struct Spreads {
    samples: Vec<Sample>,
    counts: Vec<usize>,
    of_parts: Vec<Spread>,
    /// The sample whose products come next.
    at: usize,
}

impl Spreads {
    /// Of samples of so many classes, each of which must have one.
    pub fn new(samples: Vec<Sample>, classes: usize) -> Result<Self, Refused> {
        let mut counts = vec![0; classes];
        for (_, class) in &samples {
            *counts.get_mut(*class).ok_or(Refused::EmptyClass)? += 1;
        }
        if samples.is_empty() || counts.contains(&0) {
            return Err(Refused::EmptyClass);
        }
        Ok(Self {
            samples,
            counts,
            of_parts: Vec::new(),
            at: 0,
        })
    }

    /// A portion of the work; false where all is known. The products of the samples must be there.
    pub fn step(&mut self, products: &Products) -> bool {
        let (n, parts) = (self.samples.len(), products.parts().len());
        let mut budget = Budget::portion();
        self.of_parts.resize(parts, Spread::default());
        while self.at < n && budget.take(n * products.gathering()) {
            let (place, class) = self.samples[self.at];
            let (mut all, mut same) = (vec![0.0; parts], vec![0.0; parts]);
            let triangle = products.triangle();
            let before = &self.samples[..self.at];
            triangle.sums((place, class), before, &mut all, &mut same);
            let own = products.of(place, place).iter().zip(all.iter().zip(same));
            for (spread, (own, (all, same))) in self.of_parts.iter_mut().zip(own) {
                let own = f64::from(*own);
                spread.plain += own;
                // Each pair counts twice.
                spread.total += own - (2.0 * all + own) / n as f64;
                spread.within += own - (2.0 * same + own) / self.counts[class] as f64;
            }
            self.at += 1;
        }
        self.at < n
    }

    /// A setting in numbers: parts have the same spread over all samples, the embedding [`EMBEDDING`]² of it; with the mean
    /// variance `t` of a feature within classes, `γ = λ n t / (1 - λ)`, so that `S + γ I` is `n / (1 - λ)` times the covariance
    /// shrunk by `λ`. To be called when all is known.
    pub fn scales(&self, products: &Products, setting: &Setting) -> Scales {
        let n = self.samples.len() as f64;
        let square = |part: usize| {
            let Spread { plain, total, .. } = self.of_parts[part];
            // What does not differ, or only by rounding, has no spread to be scaled by.
            let spread = if total > LEAST * plain { total } else { plain };
            let weight = match products.parts()[part] {
                Part::Embedding => EMBEDDING * EMBEDDING,
                Part::Layers { .. } => 1.0,
            };
            let whole = if spread > 0.0 { n / spread } else { 1.0 };
            (part, weight * whole)
        };
        let squares: Vec<(usize, f64)> = setting.parts.iter().map(|part| square(*part)).collect();
        let sum = |of: fn(&Spread) -> f64| -> f64 {
            let parts = squares.iter();
            parts
                .map(|(part, square)| square * of(&self.of_parts[*part]))
                .sum()
        };
        let width: usize = setting.parts.iter().map(|p| products.widths()[*p]).sum();
        let ratio = setting.shrinkage / (1.0 - setting.shrinkage);
        let within = sum(|s| s.within).max(LEAST_WITHIN * sum(|s| s.total));
        let gamma = ratio * within / width.max(1) as f64;
        let least = LEAST * sum(|s| s.plain) / n;
        let gamma = if least > 0.0 { gamma.max(least) } else { 1.0 };
        Scales { squares, gamma }
    }
}
