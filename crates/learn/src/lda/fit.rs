//! From products to all that logits are made of.

use kernels::symmetric::{Inversion, Inverted, add, padded};

use super::{Budget, DOUBLE, Products, Refused, Sample, Scales};

/// What logits of samples are made of; the names are those of the [module](super).
#[derive(Clone, Default)]
pub struct Fit {
    pub(super) samples: Vec<Sample>,
    /// Of each class, above 0.
    pub(super) counts: Vec<usize>,
    pub(super) scales: Scales,
    /// `A`, row by row, each of `stride` numbers.
    pub(super) inverse: Vec<f64>,
    pub(super) stride: usize,
    /// `B`, `[n, classes]`
    pub(super) sums: Vec<f64>,
    /// `P⁻¹`, `[classes, classes]`
    pub(super) means: Vec<f64>,
    /// `F`, `[n, classes]`
    pub(super) shares: Vec<f64>,
}

impl Fit {
    pub fn classes(&self) -> usize {
        self.counts.len()
    }

    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    pub fn scales(&self) -> &Scales {
        &self.scales
    }

    /// What it says of a sample that has a place among the products, seen or not, `[classes]`.
    pub fn logits(&self, products: &Products, place: usize) -> Vec<f64> {
        let (n, classes) = (self.samples.len() as f64, self.classes());
        let mut logits = vec![0.0; classes];
        let found = self.scales.products(products, place, &self.places());
        for (product, share) in found.iter().zip(self.shares.chunks_exact(classes)) {
            add(&mut logits, *product, share);
        }
        for (class, logit) in logits.iter_mut().enumerate() {
            let product = *logit - 0.5 * self.means[class * classes + class];
            *logit = n * (product / self.scales.gamma + 0.5 / self.counts[class] as f64);
        }
        logits
    }

    /// What it says of the `i`th of the samples it is made of, `[classes]`.
    pub fn seen(&self, i: usize) -> Vec<f64> {
        let (n, classes, gamma) = (self.samples.len() as f64, self.classes(), self.scales.gamma);
        let own = self.row(&self.means, self.samples[i].1);
        let shares = self.row(&self.shares, i);
        let logit = |class: usize| {
            let half = 0.5 * self.means[class * classes + class];
            let product = own[class] - gamma * shares[class] - half;
            n * (product / gamma + 0.5 / self.counts[class] as f64)
        };
        (0..classes).map(logit).collect()
    }

    pub(super) fn places(&self) -> Vec<usize> {
        self.samples.iter().map(|(place, _)| *place).collect()
    }

    pub(super) fn row<'a>(&self, of: &'a [f64], i: usize) -> &'a [f64] {
        &of[i * self.classes()..][..self.classes()]
    }
}

/// A fit on its way.
pub struct Fitting {
    fit: Fit,
    stage: Stage,
}

enum Stage {
    /// Rows of `K + γ I` that are there.
    Kernel(usize),
    Inverse(Inversion),
    /// Rows of `B` that are there.
    Sums(usize),
    Means(Inversion),
    /// Rows of `F` that are there.
    Shares(usize),
}

impl Fitting {
    /// Each of the classes must have a sample.
    pub fn new(samples: Vec<Sample>, classes: usize, scales: Scales) -> Result<Self, Refused> {
        let mut counts = vec![0; classes];
        for (_, class) in &samples {
            *counts.get_mut(*class).ok_or(Refused::EmptyClass)? += 1;
        }
        if samples.is_empty() || counts.contains(&0) {
            return Err(Refused::EmptyClass);
        }
        let stride = padded(samples.len());
        let fit = Fit {
            samples,
            counts,
            scales,
            inverse: vec![0.0; stride * stride],
            stride,
            sums: Vec::new(),
            means: Vec::new(),
            shares: Vec::new(),
        };
        let stage = Stage::Kernel(0);
        Ok(Self { fit, stage })
    }

    /// A portion of the work; the fit when it is done, and then no more.
    pub fn advance(&mut self, products: &Products) -> Result<Option<Fit>, Refused> {
        let mut budget = Budget::portion();
        let (n, classes) = (self.fit.samples.len(), self.fit.classes());
        match &mut self.stage {
            Stage::Kernel(at) => {
                let (weights, places) = (self.fit.scales.weights(products), self.fit.places());
                while *at < self.fit.stride && budget.take(*at * products.gathering()) {
                    self.fit.kernel(products, &weights, &places, *at);
                    *at += 1;
                }
                if *at == self.fit.stride {
                    let kernel = std::mem::take(&mut self.fit.inverse);
                    self.stage = Stage::Inverse(Inversion::new(kernel, self.fit.stride));
                }
            }
            Stage::Inverse(inversion) => {
                if let Some(inverse) = invert(inversion, &mut budget)? {
                    self.fit.inverse = inverse;
                    // Now, since a sample that comes later is waited for.
                    self.fit.make_room();
                    self.fit.sums = Vec::with_capacity(n * classes);
                    self.stage = Stage::Sums(0);
                }
            }
            Stage::Sums(at) => {
                while *at < n && budget.take(DOUBLE * n) {
                    let row = self.fit.sums_of(*at);
                    self.fit.sums.extend(row);
                    *at += 1;
                }
                if *at == n {
                    self.stage = Stage::Means(self.fit.products_of_means());
                }
            }
            Stage::Means(inversion) => {
                if let Some(means) = invert(inversion, &mut budget)? {
                    let side = padded(classes);
                    let rows = means.chunks_exact(side).take(classes);
                    self.fit.means = rows.flat_map(|row| &row[..classes]).copied().collect();
                    self.fit.shares = vec![0.0; n * classes];
                    self.stage = Stage::Shares(0);
                }
            }
            Stage::Shares(at) => {
                while *at < n && budget.take(DOUBLE * classes * classes) {
                    let sums = &self.fit.sums[*at * classes..][..classes];
                    let share = &mut self.fit.shares[*at * classes..][..classes];
                    for (sum, means) in sums.iter().zip(self.fit.means.chunks_exact(classes)) {
                        add(share, *sum, means);
                    }
                    *at += 1;
                }
                if *at == n {
                    return Ok(Some(std::mem::take(&mut self.fit)));
                }
            }
        }
        Ok(None)
    }
}

impl Fit {
    /// Row `at` of `K + γ I` as far as the diagonal; of the identity, where there is no sample.
    fn kernel(&mut self, products: &Products, weights: &[f64], places: &[usize], at: usize) {
        let cells = &mut self.inverse[at * self.stride..][..=at];
        let Some((place, _)) = self.samples.get(at) else {
            cells[at] = 1.0;
            return;
        };
        let triangle = products.triangle();
        triangle.gather(weights, *place, places, cells);
        cells[at] += self.scales.gamma;
    }

    fn sums_of(&self, i: usize) -> Vec<f64> {
        let mut sums = vec![0.0; self.classes()];
        let row = &self.inverse[i * self.stride..];
        for (value, (_, class)) in row.iter().zip(&self.samples) {
            sums[*class] += value;
        }
        sums
    }

    /// `P`, `[classes, classes]`
    pub(super) fn class_sums(&self) -> Vec<f64> {
        let classes = self.classes();
        let mut cells = vec![0.0; classes * classes];
        for ((_, class), sums) in self.samples.iter().zip(self.sums.chunks_exact(classes)) {
            add(&mut cells[class * classes..][..classes], 1.0, sums);
        }
        cells
    }

    /// `P`, on its way to its inverse.
    pub(super) fn products_of_means(&self) -> Inversion {
        let classes = self.classes();
        let side = padded(classes);
        let mut cells = vec![0.0; side * side];
        let rows = cells.chunks_exact_mut(side);
        for (row, sums) in rows.zip(self.class_sums().chunks_exact(classes)) {
            row[..classes].copy_from_slice(sums);
        }
        (classes..side).for_each(|i| cells[i * side + i] = 1.0);
        Inversion::new(cells, side)
    }
}

/// As much of an inverse as a budget allows; all of it, when it is there.
pub(super) fn invert(
    inversion: &mut Inversion,
    budget: &mut Budget,
) -> Result<Option<Vec<f64>>, Refused> {
    while budget.take(0) {
        match inversion.advance() {
            Inverted::Partly(work) => {
                budget.take(DOUBLE * work);
            }
            Inverted::Wholly(inverse) => return Ok(Some(inverse)),
            Inverted::Impossible => return Err(Refused::Singular),
        }
    }
    Ok(None)
}
