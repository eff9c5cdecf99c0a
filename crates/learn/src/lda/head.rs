//! From a fit to a head: weights for features, where a fit has shares of samples.

use data::classifier::{Dense, Head, Input, Part};
use kernels::symmetric::{TILE, add, add_f32, add_tile};

use super::{Budget, DOUBLE, Fit, Products, Refused};
use crate::standardise::{Deviations, Sums};
use crate::trainer::NUMBER;

/// What the weights of a head are made of: `Xᵀ F` of the samples' features, which are not scaled part by part here.
#[derive(Debug, Clone, Default)]
pub struct Weights {
    /// `Xᵀ F`, `[classes, width]`
    pub(super) sums: Vec<f64>,
    /// By these a head centres and scales what it sees, so that its weights are of the order of one: any would do.
    mean: Vec<f32>,
    scale: f32,
}

/// Weights on their way.
#[derive(Default)]
pub struct Heading {
    /// Sample that comes next.
    at: usize,
    stage: Stage,
}

enum Stage {
    Mean(Sums),
    Deviation(Deviations),
    Weights(Weights),
}

impl Default for Stage {
    fn default() -> Self {
        Self::Mean(Sums::default())
    }
}

impl Heading {
    pub fn new() -> Self {
        Self::default()
    }

    /// A portion of the work; the weights when they are there, and then no more. The fit's samples must still have their places.
    pub fn advance(&mut self, fit: &Fit, products: &Products) -> Option<Weights> {
        let mut budget = Budget::portion();
        let (n, classes) = (fit.samples.len(), fit.classes());
        let width: usize = fit.widths(products).sum();
        match &mut self.stage {
            Stage::Mean(sums) => {
                if self.at == 0 {
                    *sums = Sums::new(width);
                }
                while self.at < n && budget.take(NUMBER * width) {
                    sums.add(&fit.input(products, self.at));
                    self.at += 1;
                }
                if self.at == n {
                    self.stage = Stage::Deviation(std::mem::take(sums).mean());
                    self.at = 0;
                }
            }
            Stage::Deviation(deviations) => {
                while self.at < n && budget.take(NUMBER * width) {
                    deviations.add(&fit.input(products, self.at));
                    self.at += 1;
                }
                if self.at == n {
                    let (mean, scale) = std::mem::take(deviations).mean_and_scale();
                    let sums = vec![0.0; classes * width];
                    self.stage = Stage::Weights(Weights { sums, mean, scale });
                    self.at = 0;
                }
            }
            Stage::Weights(weights) => {
                while self.at < n && budget.take(DOUBLE * TILE * classes * width) {
                    fit.add_four(products, self.at, width, &mut weights.sums);
                    self.at = (self.at + TILE).min(n);
                }
                if self.at == n {
                    return Some(std::mem::take(weights));
                }
            }
        }
        None
    }
}

impl Weights {
    /// The head of a fit. `sharpness`: by what its logits are multiplied, above 0: one by the temperature.
    pub fn head(&self, fit: &Fit, products: &Products, sharpness: f64) -> Result<Head, Refused> {
        let width = self.mean.len();
        let (n, classes) = (fit.samples.len() as f64, fit.classes());
        let factor = sharpness * n / fit.scales.gamma;
        // What all classes share says nothing, and is left out.
        let mut common = vec![0.0; width];
        for sums in self.sums.chunks_exact(width) {
            add(&mut common, 1.0 / classes as f64, sums);
        }
        let mut weight = self.sums.clone();
        for row in weight.chunks_exact_mut(width) {
            add(row, -1.0, &common);
            let mut from = 0;
            for (part, square) in &fit.scales.squares {
                let until = from + products.widths()[*part];
                row[from..until]
                    .iter_mut()
                    .for_each(|w| *w *= factor * square);
                from = until;
            }
        }
        let head = fit.head(products, self, &weight, sharpness);
        head.ok_or(Refused::Singular)
    }
}

impl Fit {
    pub(super) fn widths<'a>(&'a self, products: &'a Products) -> impl Iterator<Item = usize> + 'a {
        let parts = self.scales.squares.iter();
        parts.map(|(part, _)| products.widths()[*part])
    }

    /// Square roots of the parts that count, one after the other.
    pub(super) fn input(&self, products: &Products, i: usize) -> Vec<f32> {
        let roots = products.roots(self.samples[i].0);
        let mut input = Vec::new();
        for (part, _) in &self.scales.squares {
            input.extend_from_slice(&roots[products.range(*part)]);
        }
        input
    }

    /// Adds to `Xᵀ F` what four samples from the `at`th on, or as many as there are, give to it.
    fn add_four(&self, products: &Products, at: usize, width: usize, sums: &mut [f64]) {
        let (classes, last) = (self.classes(), self.samples.len() - 1);
        let inputs: [Vec<f32>; TILE] =
            std::array::from_fn(|k| self.input(products, (at + k).min(last)));
        let share = |k: usize, class: usize| match at + k > last {
            true => 0.0,
            false => self.shares[(at + k) * classes + class],
        };
        for (some, sums) in sums.chunks_mut(TILE * width).enumerate() {
            let first = some * TILE;
            let factors = std::array::from_fn(|i| {
                std::array::from_fn(|k| share(k, (first + i).min(classes - 1)))
            });
            let mut rows = sums.chunks_exact_mut(width);
            match [rows.next(), rows.next(), rows.next(), rows.next()] {
                [Some(a), Some(b), Some(c), Some(d)] => {
                    add_tile([a, b, c, d], factors, inputs.each_ref().map(|row| &row[..]));
                }
                rest => {
                    for (row, factors) in rest.into_iter().flatten().zip(factors) {
                        let pairs = factors.iter().zip(&inputs);
                        pairs.for_each(|(factor, input)| add_f32(row, *factor, input));
                    }
                }
            }
        }
    }

    /// None where numbers leave the range of f32. `weight` is `[classes, width]`.
    fn head(
        &self,
        products: &Products,
        Weights { mean, scale, .. }: &Weights,
        weight: &[f64],
        sharpness: f64,
    ) -> Option<Head> {
        let (classes, n) = (self.classes(), self.samples.len() as f64);
        let own = |class: usize| {
            let square = self.means[class * classes + class] / self.scales.gamma;
            sharpness * 0.5 * n * (1.0 / self.counts[class] as f64 - square)
        };
        let parts = self.scales.squares.iter();
        let parts = parts.map(|(part, _)| products.parts()[*part]).collect();
        bounded(parts, (mean, *scale), weight, (0..classes).map(own))
    }
}

/// The head of weights for square roots as they are, `[classes, width]`, with what is added of each class; none where numbers leave
/// the range of f32.
pub(super) fn bounded(
    parts: Vec<Part>,
    (mean, scale): (&[f32], f32),
    weight: &[f64],
    own: impl Iterator<Item = f64>,
) -> Option<Head> {
    let width = mean.len();
    let bias = |(row, own): (&[f64], f64)| {
        let pairs = row.iter().zip(mean).map(|(w, m)| w * f64::from(*m));
        own + pairs.sum::<f64>()
    };
    let bias: Vec<f64> = weight.chunks_exact(width).zip(own).map(bias).collect();
    let common = bias.iter().sum::<f64>() / bias.len() as f64;
    let turned = (0..width).flat_map(|i| weight[i..].iter().step_by(width));
    let head = Head {
        input: Input { parts, root: true },
        out: Dense {
            weight: turned.map(|w| (w * f64::from(scale)) as f32).collect(),
            bias: bias.iter().map(|b| (b - common) as f32).collect(),
        },
        mean: mean.to_vec(),
        scale,
        hidden: None,
    };
    head.is_bounded().then_some(head)
}
