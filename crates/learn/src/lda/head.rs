//! From a fit to a head: weights for features, where a fit has shares of samples.

use data::classifier::{Dense, Head, Input};
use kernels::symmetric::add_f32;

use super::{Budget, DOUBLE, Fit, Products, Refused};
use crate::standardise::{Deviations, Sums};
use crate::trainer::NUMBER;

/// A head on its way.
pub struct Heading {
    /// By what logits are multiplied.
    sharpness: f64,
    /// Sample that comes next.
    at: usize,
    stage: Stage,
}

enum Stage {
    Mean(Sums),
    Deviation(Deviations),
    Weights {
        mean: Vec<f32>,
        scale: f32,
        /// `[classes, width]`
        weight: Vec<f64>,
    },
}

impl Heading {
    /// `sharpness`: by what the fit's logits are multiplied, above 0: one by the temperature.
    pub fn new(sharpness: f64) -> Self {
        let stage = Stage::Mean(Sums::default());
        Self {
            sharpness,
            at: 0,
            stage,
        }
    }

    /// A portion of the work; the head when it is there, and then no more. The fit's samples must still have their places.
    pub fn advance(&mut self, fit: &Fit, products: &Products) -> Result<Option<Head>, Refused> {
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
                    let weight = vec![0.0; classes * width];
                    self.stage = Stage::Weights {
                        mean,
                        scale,
                        weight,
                    };
                    self.at = 0;
                }
            }
            Stage::Weights {
                mean,
                scale,
                weight,
            } => {
                while self.at < n && budget.take(DOUBLE * classes * width) {
                    let input = fit.input(products, self.at);
                    let shares = fit.factors(self.at, self.sharpness);
                    for (weight, share) in weight.chunks_exact_mut(width).zip(shares) {
                        add_f32(weight, share, &input);
                    }
                    self.at += 1;
                }
                if self.at == n {
                    let weight = fit.scaled(products, std::mem::take(weight), width);
                    let (mean, scale) = (std::mem::take(mean), *scale);
                    let head = fit.head(products, mean, scale, &weight, self.sharpness);
                    return head.ok_or(Refused::Singular).map(Some);
                }
            }
        }
        Ok(None)
    }
}

impl Fit {
    fn widths<'a>(&'a self, products: &'a Products) -> impl Iterator<Item = usize> + 'a {
        let parts = self.scales.squares.iter();
        parts.map(|(part, _)| products.widths()[*part])
    }

    /// Square roots of the parts that count, one after the other.
    fn input(&self, products: &Products, i: usize) -> Vec<f32> {
        let roots = products.roots(self.samples[i].0);
        let mut input = Vec::new();
        for (part, _) in &self.scales.squares {
            input.extend_from_slice(&roots[products.range(*part)]);
        }
        input
    }

    /// How much a sample's features count in the weights of each class. What all classes share says nothing, and is left out.
    fn factors(&self, i: usize, sharpness: f64) -> Vec<f64> {
        let row = self.row(&self.shares, i);
        let common = row.iter().sum::<f64>() / row.len() as f64;
        let factor = sharpness * self.samples.len() as f64 / self.scales.gamma;
        row.iter().map(|share| factor * (share - common)).collect()
    }

    /// Weights for features that are not scaled part by part.
    fn scaled(&self, products: &Products, mut weight: Vec<f64>, width: usize) -> Vec<f64> {
        for row in weight.chunks_exact_mut(width) {
            let mut from = 0;
            for (part, square) in &self.scales.squares {
                let until = from + products.widths()[*part];
                row[from..until].iter_mut().for_each(|w| *w *= square);
                from = until;
            }
        }
        weight
    }

    /// None where numbers leave the range of f32. `weight` is `[classes, width]`.
    fn head(
        &self,
        products: &Products,
        mean: Vec<f32>,
        scale: f32,
        weight: &[f64],
        sharpness: f64,
    ) -> Option<Head> {
        let (classes, width) = (self.classes(), mean.len());
        let n = self.samples.len() as f64;
        let bias = |class: usize| {
            let square = self.means[class * classes + class] / self.scales.gamma;
            let own = sharpness * 0.5 * n * (1.0 / self.counts[class] as f64 - square);
            let row = &weight[class * width..][..width];
            let pairs = row.iter().zip(&mean).map(|(w, m)| w * f64::from(*m));
            own + pairs.sum::<f64>()
        };
        let bias: Vec<f64> = (0..classes).map(bias).collect();
        let common = bias.iter().sum::<f64>() / classes as f64;
        let turned = (0..width).flat_map(|i| weight[i..].iter().step_by(width));
        let parts = self.scales.squares.iter();
        let head = Head {
            input: Input {
                parts: parts.map(|(part, _)| products.parts()[*part]).collect(),
                root: true,
            },
            out: Dense {
                weight: turned.map(|w| (w * f64::from(scale)) as f32).collect(),
                bias: bias.iter().map(|b| (b - common) as f32).collect(),
            },
            mean,
            scale,
            hidden: None,
        };
        head.is_bounded().then_some(head)
    }
}
