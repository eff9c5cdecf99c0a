//! From samples to all that logits are made of.

use data::classifier::{Head, Part};
use kernels::gram::{TILE, add_roots, products};
use kernels::linear::accumulate;
use kernels::symmetric::{Inversion, add, dot};

use super::Observation;
use super::inputs::Inputs;
use super::scatter::Scatter;
use crate::lda::fit::invert;
use crate::lda::head::bounded;
use crate::lda::scales::{Spread, scaled};
use crate::lda::{Budget, DOUBLE, Refused};
use crate::trainer::NUMBER;

/// What logits of samples are made of; the names are those of the [module](super). It follows samples that come and go.
#[derive(Clone, Default)]
pub struct Fit {
    pub(super) samples: Vec<Observation>,
    /// Of each class, above 0.
    pub(super) counts: Vec<usize>,
    pub(super) inputs: Inputs,
    /// The mean of all samples' rows, from which rows are counted, `[width]`
    pub(super) shift: Vec<f32>,
    /// `M⁻¹`, `[width, width]`
    pub(super) inverse: Vec<f32>,
    /// `U`, `[classes, width]`
    pub(super) means: Vec<f64>,
    /// `W`, `[classes, width]`
    pub(super) weights: Vec<f64>,
    /// `R`, `[classes, classes]`
    pub(super) squares: Vec<f64>,
    /// `T`, `[n, classes]`, and the diagonal of `Q`, `[n]`; not numbers where nobody asked for them.
    pub(super) turned: Vec<f64>,
    pub(super) lengths: Vec<f64>,
    /// By these a head centres and scales square roots.
    mean: Vec<f32>,
    scale: f32,
}

/// A fit on its way.
pub struct Fitting {
    fit: Fit,
    shrinkage: f64,
    gamma: f64,
    stage: Stage,
}

enum Stage {
    Means(Means),
    Scatter(Scatter),
    Inverse(Inversion),
    /// `M⁻¹` in f64, and how many of its rows have become weights.
    Weights(Vec<f64>, usize),
    /// Rows of `R` that are there.
    Squares(usize),
}

/// Sums of square roots as they are, on the way.
struct Means {
    parts: Vec<(Part, usize)>,
    at: usize,
    /// `[classes, width]`
    sums: Vec<f64>,
    /// Of each part, of squares.
    plain: Vec<f64>,
}

impl Fitting {
    /// Each of the classes must have a sample. `shrinkage`: of the covariance, the share that becomes a multiple of the identity,
    /// above 0 and below 1.
    pub fn new(
        samples: Vec<Observation>,
        classes: usize,
        parts: &[Part],
        shrinkage: f64,
    ) -> Result<Self, Refused> {
        let mut counts = vec![0; classes];
        for sample in &samples {
            *counts.get_mut(sample.class).ok_or(Refused::EmptyClass)? += 1;
        }
        if counts.contains(&0) {
            return Err(Refused::EmptyClass);
        }
        let first = samples.first().ok_or(Refused::EmptyClass)?;
        let widths = |part: &Part| Some((*part, first.part(*part)?.len()));
        let parts: Option<Vec<_>> = parts.iter().map(widths).collect();
        let parts = parts.ok_or(Refused::Features)?;
        let width: usize = parts.iter().map(|(_, width)| width).sum();
        let means = Means {
            at: 0,
            sums: vec![0.0; classes * width],
            plain: vec![0.0; parts.len()],
            parts,
        };
        let fit = Fit {
            samples,
            counts,
            ..Fit::default()
        };
        Ok(Self {
            fit,
            shrinkage,
            gamma: 1.0,
            stage: Stage::Means(means),
        })
    }

    /// How much of the work is done, 0 to 1, as far as it is known.
    pub fn done(&self) -> f64 {
        match &self.stage {
            Stage::Means(_) => 0.0,
            Stage::Scatter(scatter) => scatter.done(self.fit.samples.len()),
            Stage::Inverse(_) | Stage::Weights(..) | Stage::Squares(_) => 1.0,
        }
    }

    /// A portion of the work; the fit when it is done, and then no more.
    pub fn advance(&mut self) -> Result<Option<Fit>, Refused> {
        let mut budget = Budget::portion();
        let fit = &mut self.fit;
        let (classes, width) = (fit.counts.len(), fit.inputs.width());
        match &mut self.stage {
            Stage::Means(means) => {
                if means.step(&fit.samples, &mut budget)? {
                    let (within, gamma) = means.scale(fit, self.shrinkage);
                    self.gamma = gamma;
                    self.stage = Stage::Scatter(Scatter::new(within, fit.inputs.width()));
                }
            }
            Stage::Scatter(scatter) => {
                if scatter.step(&fit.inputs, &fit.samples, &mut budget) {
                    let (cells, side) = scatter.whole(width, self.gamma);
                    self.stage = Stage::Inverse(Inversion::new(cells, side));
                }
            }
            Stage::Inverse(inversion) => {
                if let Some(inverse) = invert(inversion, &mut budget)? {
                    fit.inverse = vec![0.0; width * width];
                    fit.weights = vec![0.0; classes * width];
                    self.stage = Stage::Weights(inverse, 0);
                }
            }
            Stage::Weights(inverse, at) => {
                let side = kernels::symmetric::padded(width);
                while *at < width && budget.take(DOUBLE * (classes + 1) * width) {
                    let row = &inverse[*at * side..][..width];
                    for (small, v) in fit.inverse[*at * width..].iter_mut().zip(row) {
                        *small = *v as f32;
                    }
                    let means = fit.means.chunks_exact(width);
                    for (class, mean) in means.enumerate() {
                        fit.weights[class * width + *at] = dot(row, mean);
                    }
                    *at += 1;
                }
                if *at == width {
                    fit.squares = vec![0.0; classes * classes];
                    self.stage = Stage::Squares(0);
                }
            }
            Stage::Squares(at) => {
                while *at < classes && budget.take(DOUBLE * classes * width) {
                    let weights = &fit.weights[*at * width..][..width];
                    let means = fit.means.chunks_exact(width);
                    for (square, mean) in fit.squares[*at * classes..].iter_mut().zip(means) {
                        *square = dot(weights, mean);
                    }
                    *at += 1;
                }
                if *at == classes {
                    fit.turned = vec![f64::NAN; fit.samples.len() * classes];
                    fit.lengths = vec![f64::NAN; fit.samples.len()];
                    return Ok(Some(std::mem::take(fit)));
                }
            }
        }
        Ok(None)
    }
}

impl Means {
    /// As much as the budget allows; true when all samples are in.
    fn step(&mut self, samples: &[Observation], budget: &mut Budget) -> Result<bool, Refused> {
        let width: usize = self.parts.iter().map(|(_, width)| width).sum();
        let mut roots = Vec::with_capacity(width);
        while let Some(sample) = samples.get(self.at)
            && budget.take(NUMBER * width)
        {
            roots.clear();
            for ((part, width), plain) in self.parts.iter().zip(&mut self.plain) {
                let values = sample.part(*part).filter(|values| values.len() == *width);
                let values = values.ok_or(Refused::Features)?;
                if !add_roots(values, &mut roots) {
                    return Err(Refused::Features);
                }
                *plain += values.iter().map(|v| f64::from(*v)).sum::<f64>();
            }
            accumulate(&mut self.sums[sample.class * width..][..width], &roots);
            self.at += 1;
        }
        Ok(self.at == samples.len())
    }

    /// Says how samples are scaled; the means of classes as rows have them, and `γ`.
    fn scale(&mut self, fit: &mut Fit, shrinkage: f64) -> (Vec<f32>, f64) {
        let n = fit.samples.len() as f64;
        let width: usize = self.parts.iter().map(|(_, width)| width).sum();
        let mut mean = vec![0.0; width];
        let rows = self.sums.chunks_exact_mut(width).zip(&fit.counts);
        for (row, count) in rows {
            add(&mut mean, 1.0 / n, row);
            row.iter_mut().for_each(|v| *v /= *count as f64);
        }
        let mut from = 0;
        let mut spreads = Vec::new();
        for ((part, width_of), plain) in self.parts.iter().zip(&self.plain) {
            let range = from..from + width_of;
            from += width_of;
            let square = |row: &[f64]| dot(&row[range.clone()], &row[range.clone()]);
            let rows = self.sums.chunks_exact(width).zip(&fit.counts);
            let of_classes: f64 = rows.map(|(row, count)| *count as f64 * square(row)).sum();
            let spread = Spread {
                plain: *plain,
                total: (plain - n * square(&mean)).max(0.0),
                within: (plain - of_classes).max(0.0),
            };
            spreads.push((*part, *width_of, spread));
        }
        let (squares, gamma) = scaled(&spreads, fit.samples.len(), shrinkage);
        let factors = squares.iter().map(|square| square.sqrt() as f32);
        let parts = self.parts.iter().zip(factors);
        fit.inputs = Inputs::new(parts.map(|((p, w), factor)| (*p, *w, factor)).collect());
        let total: f64 = spreads.iter().map(|(.., spread)| spread.total).sum();
        let scale = (total / (n * width as f64)).sqrt();
        // All samples equal: any scale will do, but not zero.
        fit.scale = if scale > 1e-6 { scale as f32 } else { 1.0 };
        fit.mean = mean.iter().map(|v| *v as f32).collect();
        let factors: Vec<f64> = fit.inputs.factors().collect();
        let shift = mean.iter().zip(&factors);
        fit.shift = shift.map(|(mean, factor)| (mean * factor) as f32).collect();
        let mut within = Vec::with_capacity(self.sums.len());
        fit.means = std::mem::take(&mut self.sums);
        for row in fit.means.chunks_exact_mut(width) {
            for ((v, factor), shift) in row.iter_mut().zip(&factors).zip(&fit.shift) {
                *v *= factor;
                within.push(*v as f32);
                *v -= f64::from(*shift);
            }
        }
        (within, gamma)
    }
}

impl Fit {
    pub fn classes(&self) -> usize {
        self.counts.len()
    }

    pub fn samples(&self) -> &[Observation] {
        &self.samples
    }

    pub(super) fn width(&self) -> usize {
        self.shift.len()
    }

    /// Rows of samples, one after the other.
    pub(super) fn rows(&self, of: impl Iterator<Item = usize>) -> Vec<f32> {
        let width = self.width();
        let mut rows = Vec::new();
        for i in of {
            let from = rows.len();
            rows.resize(from + width, 0.0);
            let row = &mut rows[from..];
            self.inputs.row(&self.samples[i], &self.shift, row);
        }
        rows
    }

    /// Of any sample, `[classes]`.
    pub fn logits(&self, of: &Observation) -> Vec<f64> {
        let (n, classes, width) = (self.samples.len() as f64, self.classes(), self.width());
        let mut row = vec![0.0; width];
        self.inputs.row(of, &self.shift, &mut row);
        let row: Vec<f64> = row.iter().map(|v| f64::from(*v)).collect();
        let weights = self.weights.chunks_exact(width).enumerate();
        let logit = |(c, weight)| n * (dot(weight, &row) - 0.5 * self.squares[c * classes + c]);
        weights.map(logit).collect()
    }

    /// The head of the fit. `sharpness`: by what its logits are multiplied, above 0: one by the temperature.
    pub fn head(&self, sharpness: f64) -> Result<Head, Refused> {
        let (n, classes, width) = (self.samples.len() as f64, self.classes(), self.width());
        let factor = sharpness * n;
        // What all classes share says nothing, and is left out.
        let mut common = vec![0.0; width];
        for weights in self.weights.chunks_exact(width) {
            add(&mut common, 1.0 / classes as f64, weights);
        }
        let shift: Vec<f64> = self.shift.iter().map(|v| f64::from(*v)).collect();
        let factors: Vec<f64> = self.inputs.factors().map(|v| v * factor).collect();
        let mut weight = self.weights.clone();
        let mut own = Vec::with_capacity(classes);
        for (class, row) in weight.chunks_exact_mut(width).enumerate() {
            add(row, -1.0, &common);
            let square = 0.5 * self.squares[class * classes + class];
            own.push(-factor * (square + dot(row, &shift)));
            row.iter_mut().zip(&factors).for_each(|(w, f)| *w *= f);
        }
        let parts = self.inputs.parts().collect();
        let head = bounded(parts, (&self.mean, self.scale), &weight, own.into_iter());
        head.ok_or(Refused::Singular)
    }
}

/// Products of four rows with another, and what those of a tile that is not full are.
pub(super) fn four(
    rows: &[f32],
    width: usize,
    first: usize,
    with: [&[f32]; 2],
) -> [[f64; TILE]; 2] {
    let last = rows.len() / width - 1;
    let row = |k: usize| &rows[(first + k).min(last) * width..][..width];
    products(std::array::from_fn(row), with)
}
