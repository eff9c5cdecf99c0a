//! The scatter of samples within their classes, some samples at a time: as columns, whose products are contiguous.

use kernels::gram::TILE;
use kernels::scatter::{add_products, into_columns};
use kernels::symmetric::padded;

use super::Observation;
use super::inputs::Inputs;
use crate::lda::Budget;
use crate::trainer::NUMBER;

/// Samples whose products are summed before the sums are added to the matrix.
const CHUNK: usize = 512;
/// Columns that stay in the cache while all others pass.
const BLOCK: usize = 32;

/// A scatter on its way.
pub(super) struct Scatter {
    /// Below the diagonal, `[side, side]`.
    cells: Vec<f64>,
    side: usize,
    /// `[classes, width]`
    means: Vec<f32>,
    /// `[side, CHUNK]`
    columns: Vec<f32>,
    /// The sample that comes next.
    at: usize,
    /// Where the next products are.
    block: usize,
    tile: usize,
}

impl Scatter {
    /// `means`: those of the classes as rows have them, `[classes, width]`.
    pub fn new(means: Vec<f32>, width: usize) -> Self {
        let side = padded(width);
        Self {
            cells: vec![0.0; side * side],
            side,
            means,
            columns: vec![0.0; side * CHUNK],
            at: 0,
            block: side,
            tile: side,
        }
    }

    /// Of so many samples, the share that is in.
    pub fn done(&self, samples: usize) -> f64 {
        self.at.saturating_sub(CHUNK) as f64 / samples as f64
    }

    /// As much as the budget allows; true when all is there.
    pub fn step(&mut self, inputs: &Inputs, samples: &[Observation], budget: &mut Budget) -> bool {
        loop {
            while self.block < self.side {
                while self.tile < self.side {
                    if !budget.take(TILE * BLOCK * CHUNK) {
                        return false;
                    }
                    let block = self.block..(self.block + BLOCK).min(self.side);
                    add_products(&self.columns, CHUNK, self.tile, block, &mut self.cells);
                    self.tile += TILE;
                }
                self.block += BLOCK;
                self.tile = self.block;
            }
            if self.at >= samples.len() {
                return true;
            }
            let some = &samples[self.at..(self.at + CHUNK).min(samples.len())];
            budget.take(some.len() * NUMBER * inputs.width());
            self.load(inputs, some);
            self.at += CHUNK;
            (self.block, self.tile) = (0, 0);
        }
    }

    fn load(&mut self, inputs: &Inputs, some: &[Observation]) {
        let width = inputs.width();
        let mut row = vec![0.0; width];
        for (i, sample) in some.iter().enumerate() {
            let mean = &self.means[sample.class * width..][..width];
            inputs.row(sample, mean, &mut row);
            into_columns(&row, i, CHUNK, &mut self.columns);
        }
        row.fill(0.0);
        (some.len()..CHUNK).for_each(|i| into_columns(&row, i, CHUNK, &mut self.columns));
    }

    /// The matrix with `γ` on its diagonal, `[side, side]`, and its side; rows behind the last are those of the identity.
    pub fn whole(&mut self, width: usize, gamma: f64) -> (Vec<f64>, usize) {
        let (mut cells, side) = (std::mem::take(&mut self.cells), self.side);
        for i in 0..side {
            cells[i * side + i] += if i < width { gamma } else { 1.0 };
        }
        (cells, side)
    }
}
