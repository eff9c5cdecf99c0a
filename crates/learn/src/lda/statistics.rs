//! What a fit says of its samples ([`data::statistics`]), in portions.
//!
//! The rows of the factor are the samples' deviations from their classes' means, along the directions in which there is most of them:
//! with `C` what takes the means of classes out and `K` the samples' products, the first eigenvectors of `C K C`, which a few products of a
//! block of vectors with it lead to (subspace iteration; Halko, Martinsson and Tropp 2011, algorithm 4.4).

use data::statistics::{RANK, Statistics};
use half::f16;
use kernels::symmetric::{add, add_f32, dot};
use network::random::SplitMix64;

use super::{Budget, DOUBLE, Fit, Products, Scales};
use crate::trainer::NUMBER;

/// Products of the block with the matrix.
const PASSES: usize = 4;

/// Statistics on their way.
pub struct Summing {
    /// `[classes, width]`: sums, then means.
    means: Vec<f64>,
    subspace: Subspace,
    /// `[rows, width]`
    factor: Vec<f64>,
    within: Vec<f64>,
    scales: Scales,
    stage: Stage,
    /// Sample that comes next.
    at: usize,
}

enum Stage {
    Means,
    Pass(usize),
    Factor,
}

impl Summing {
    /// `scales`: of all parts that the products have.
    pub fn new(fit: &Fit, scales: Scales) -> Self {
        let free = fit.samples.len().saturating_sub(fit.classes());
        Self {
            means: Vec::new(),
            subspace: Subspace::new(fit.samples.len(), free.min(RANK)),
            factor: Vec::new(),
            within: vec![0.0; scales.squares.len()],
            scales,
            stage: Stage::Means,
            at: 0,
        }
    }

    /// A portion of the work; the statistics when they are there, and then no more. The fit's samples must still have their places.
    pub fn advance(
        &mut self,
        fit: &Fit,
        products: &Products,
        (shrinkage, sharpness): (f64, f64),
    ) -> Option<Statistics> {
        let mut budget = Budget::portion();
        let (n, classes) = (fit.samples.len(), fit.classes());
        let widths = products.widths();
        let width: usize = widths.iter().sum();
        match self.stage {
            Stage::Means => {
                self.means.resize(classes * width, 0.0);
                while self.at < n && budget.take(NUMBER * width) {
                    let class = fit.samples[self.at].1;
                    let sum = &mut self.means[class * width..][..width];
                    add_f32(sum, 1.0, products.roots(fit.samples[self.at].0));
                    self.at += 1;
                }
                if self.at == n {
                    let rows = self.means.chunks_exact_mut(width).zip(&fit.counts);
                    for (row, count) in rows {
                        row.iter_mut().for_each(|v| *v /= *count as f64);
                    }
                    self.subspace.turn(|column| centre(column, fit));
                    (self.stage, self.at) = (Stage::Pass(0), 0);
                }
            }
            Stage::Pass(pass) => {
                let (rank, places) = (self.subspace.rank(), fit.places());
                let work = n * (products.gathering() + DOUBLE * rank);
                while self.at < n && budget.take(work) {
                    let row = self.scales.products(products, places[self.at], &places);
                    self.subspace.multiply(self.at, &row);
                    self.at += 1;
                }
                if self.at == n {
                    self.subspace.turn(|column| centre(column, fit));
                    self.stage = match pass + 1 < PASSES {
                        true => Stage::Pass(pass + 1),
                        false => Stage::Factor,
                    };
                    self.at = 0;
                }
            }
            Stage::Factor => {
                self.factor.resize(self.subspace.rank() * width, 0.0);
                while self.at < n && budget.take(DOUBLE * width * (self.subspace.rank() + 2)) {
                    self.deviation(fit, products);
                    self.at += 1;
                }
                if self.at == n {
                    let rounded = |v: &f64| f16::from_f64(*v).to_f32();
                    return Some(Statistics {
                        parts: products.parts().to_vec(),
                        means: self.means.iter().map(rounded).collect(),
                        factor: self.factor.iter().map(rounded).collect(),
                        within: std::mem::take(&mut self.within),
                        shrinkage,
                        sharpness,
                        heads: 1,
                    });
                }
            }
        }
        None
    }

    /// Adds what the next sample gives to factor and sums.
    fn deviation(&mut self, fit: &Fit, products: &Products) {
        let width: usize = products.widths().iter().sum();
        let mean = &self.means[fit.samples[self.at].1 * width..][..width];
        let input = products.roots(fit.samples[self.at].0);
        let deviation = input.iter().zip(mean).map(|(v, m)| f64::from(*v) - m);
        let deviation: Vec<f64> = deviation.collect();
        let mut rest = &deviation[..];
        for (sum, width) in self.within.iter_mut().zip(products.widths()) {
            let (part, others) = rest.split_at(*width);
            *sum += dot(part, part);
            rest = others;
        }
        let columns = self.subspace.columns.iter();
        for (row, column) in self.factor.chunks_exact_mut(width).zip(columns) {
            add(row, column[self.at], &deviation);
        }
    }
}

/// Takes the mean of each class out.
fn centre(column: &mut [f64], fit: &Fit) {
    let mut sums = vec![0.0; fit.classes()];
    for ((_, class), value) in fit.samples.iter().zip(&*column) {
        sums[*class] += value;
    }
    for ((_, class), value) in fit.samples.iter().zip(column) {
        *value -= sums[*class] / fit.counts[*class] as f64;
    }
}

/// A block of orthonormal vectors that turns towards the first eigenvectors of a symmetric matrix.
pub(super) struct Subspace {
    /// Each as long as the matrix is wide.
    pub columns: Vec<Vec<f64>>,
    /// Their products with the matrix, as far as they are there.
    next: Vec<Vec<f64>>,
}

impl Subspace {
    /// Where it begins depends on the sizes alone.
    pub fn new(width: usize, rank: usize) -> Self {
        let mut random = SplitMix64(rank as u64);
        let column = |_| (0..width).map(|_| f64::from(random.normal())).collect();
        let next: Vec<Vec<f64>> = (0..rank).map(column).collect();
        let columns = vec![Vec::new(); rank];
        Self { columns, next }
    }

    pub fn rank(&self) -> usize {
        self.columns.len()
    }

    /// With the `i`th row of the matrix.
    pub fn multiply(&mut self, i: usize, row: &[f64]) {
        for (next, column) in self.next.iter_mut().zip(&self.columns) {
            next[i] = dot(row, column);
        }
    }

    /// The products are there and become the block, orthonormal again (Gram and Schmidt, twice: once leaves too much). What is nothing
    /// beside the others stays out.
    pub fn turn(&mut self, prepare: impl Fn(&mut [f64])) {
        let mut columns: Vec<Vec<f64>> = Vec::new();
        for mut column in std::mem::take(&mut self.next) {
            prepare(&mut column);
            let whole = dot(&column, &column).sqrt();
            for _ in 0..2 {
                for other in &columns {
                    let along = dot(other, &column);
                    add(&mut column, -along, other);
                }
            }
            let length = dot(&column, &column).sqrt();
            if length > 1e-9 * whole {
                column.iter_mut().for_each(|v| *v /= length);
                columns.push(column);
            }
        }
        self.next = columns
            .iter()
            .map(|column| vec![0.0; column.len()])
            .collect();
        self.columns = columns;
    }
}

/// The first directions of rows `[n, width]`: at most [`RANK`] rows whose products with themselves sum to nearly as much.
pub(super) fn condensed(rows: &[f64], scaled: &[f64], width: usize) -> Vec<f64> {
    let n = rows.len() / width;
    if n <= RANK {
        return rows.to_vec();
    }
    let row = |i: usize| &scaled[i * width..][..width];
    let products: Vec<Vec<f64>> = (0..n)
        .map(|i| (0..n).map(|j| dot(row(i), row(j))).collect())
        .collect();
    let mut subspace = Subspace::new(n, RANK);
    subspace.turn(|_| {});
    for _ in 0..PASSES {
        products
            .iter()
            .enumerate()
            .for_each(|(i, row)| subspace.multiply(i, row));
        subspace.turn(|_| {});
    }
    let mut condensed = vec![0.0; subspace.rank() * width];
    for (to, column) in condensed.chunks_exact_mut(width).zip(&subspace.columns) {
        for (factor, row) in column.iter().zip(rows.chunks_exact(width)) {
            add(to, *factor, row);
        }
    }
    condensed
}
