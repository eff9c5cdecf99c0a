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
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spread {
    /// As they are.
    pub plain: f64,
    /// About the mean of all.
    pub total: f64,
    /// About the mean of each class.
    pub within: f64,
}

/// Of parts with their numbers, of so many samples: by what the products of each are multiplied, and `γ`. Parts have the same spread
/// over all samples, the embedding [`EMBEDDING`]² of it; with the mean variance `t` of a feature within classes, `γ = λ n t / (1 -
/// λ)`, so that `S + γ I` is `n / (1 - λ)` times the covariance shrunk by `λ`.
pub(super) fn scaled(
    parts: &[(Part, usize, Spread)],
    samples: usize,
    shrinkage: f64,
) -> (Vec<f64>, f64) {
    let n = samples as f64;
    let square = |(part, _, spread): &(Part, usize, Spread)| {
        let Spread { plain, total, .. } = *spread;
        // What does not differ, or only by rounding, has no spread to be scaled by.
        let spread = if total > LEAST * plain { total } else { plain };
        let weight = match part {
            Part::Embedding => EMBEDDING * EMBEDDING,
            Part::Layers { .. } => 1.0,
        };
        let whole = if spread > 0.0 { n / spread } else { 1.0 };
        weight * whole
    };
    let squares: Vec<f64> = parts.iter().map(square).collect();
    let sum = |of: fn(&Spread) -> f64| -> f64 {
        let pairs = parts.iter().zip(&squares);
        pairs
            .map(|((_, _, spread), square)| square * of(spread))
            .sum()
    };
    let width: usize = parts.iter().map(|(_, width, _)| width).sum();
    let ratio = shrinkage / (1.0 - shrinkage);
    let within = sum(|s| s.within).max(LEAST_WITHIN * sum(|s| s.total));
    let gamma = ratio * within / width.max(1) as f64;
    let least = LEAST * sum(|s| s.plain) / n;
    let gamma = if least > 0.0 { gamma.max(least) } else { 1.0 };
    (squares, gamma)
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

    /// A setting in numbers, as [`scaled`] says. To be called when all is known.
    pub fn scales(&self, products: &Products, setting: &Setting) -> Scales {
        let known = |part: &usize| {
            let (part, width) = (*part, products.widths()[*part]);
            (products.parts()[part], width, self.of_parts[part])
        };
        let parts: Vec<_> = setting.parts.iter().map(known).collect();
        let (squares, gamma) = scaled(&parts, self.samples.len(), setting.shrinkage);
        let squares = setting.parts.iter().copied().zip(squares).collect();
        Scales { squares, gamma }
    }
}
