//! The inverse of a symmetric positive definite matrix by its Cholesky factor, in f64, in portions.
//!
//! `A = L Lᵀ`, `U = L⁻ᵀ`, `A⁻¹ = U Uᵀ` (Golub and Van Loan, Matrix Computations, 4.2), each by rows whose
//! products are contiguous, in tiles of 4 × 4, in the place of the matrix itself: `L` lies below the diagonal and `U` above it.

use std::ops::Range;

use crate::lanes::{F32x4, F64x2};

/// Rows of one tile; sides are multiples of it.
pub const TILE: usize = 4;

/// Rows that are computed side by side, so that the others are read from memory once for all of them.
const BAND: usize = 32;
/// Multiply-adds after which an [`Inversion`] may be left: a millisecond.
const PORTION: usize = 3_000_000;

type Tile = [[f64; TILE]; TILE];

/// A matrix on the way to its inverse.
pub struct Inversion {
    /// `[side, side]`
    cells: Vec<f64>,
    side: usize,
    /// `1 / L[i][i]`, `[side]`
    diagonal: Vec<f64>,
    /// The band of rows that comes next, and its column.
    at: usize,
    across: usize,
    stage: Stage,
}

#[derive(Clone, Copy)]
enum Stage {
    Factor,
    Invert,
    Multiply,
    Mirror,
}

/// How far an inversion has come.
#[derive(Debug, PartialEq)]
pub enum Inverted {
    /// There is more to do; so many multiply-adds were made.
    Partly(usize),
    /// `[side, side]`, symmetric bit for bit.
    Wholly(Vec<f64>),
    /// The matrix is not positive definite, or holds what is not a number.
    Impossible,
}

/// The side of the matrix that stands for one of `n` rows: the next multiple of the tiles.
pub fn padded(n: usize) -> usize {
    n.next_multiple_of(TILE)
}

/// Products of the rows of two tiles from column `from` to `until`, both multiples of the tile: `[a][b]`.
#[inline(always)]
fn products(cells: &[f64], side: usize, a: usize, b: usize, from: usize, until: usize) -> Tile {
    let pairs = (until - from) / 2;
    // One length that the compiler knows, so that the loop checks none.
    let row = |i: usize| &cells[i * side + from..i * side + until].as_chunks::<2>().0[..pairs];
    let mut out = [[0.0; TILE]; TILE];
    let rows = [row(a), row(a + 1), row(a + 2), row(a + 3)];
    // Two rows of the other side at a time, so that all sums stay in registers.
    for half in [0, 2] {
        let columns = [row(b + half), row(b + half + 1)];
        let mut sums = [[F64x2::zero(); TILE]; 2];
        for i in 0..pairs {
            let [x, y] = [F64x2::load(&columns[0][i]), F64x2::load(&columns[1][i])];
            // By number: what an iterator holds would not stay in registers.
            for k in 0..TILE {
                let row = F64x2::load(&rows[k][i]);
                sums[0][k] = sums[0][k].plus(row, x);
                sums[1][k] = sums[1][k].plus(row, y);
            }
        }
        for k in 0..TILE {
            out[k][half] = sums[0][k].sum();
            out[k][half + 1] = sums[1][k].sum();
        }
    }
    out
}

impl Inversion {
    /// `cells`: `[side, side]`, a multiple of [`TILE`], of which what lies above the diagonal is not read. Rows that pad
    /// the matrix are those of the identity.
    pub fn new(cells: Vec<f64>, side: usize) -> Self {
        assert!(
            side.is_multiple_of(TILE) && cells.len() == side * side,
            "{} cells are no matrix of {side} rows in tiles",
            cells.len()
        );
        Self {
            cells,
            side,
            diagonal: vec![0.0; side],
            at: 0,
            across: 0,
            stage: Stage::Factor,
        }
    }

    /// The next few tiles.
    pub fn advance(&mut self) -> Inverted {
        if self.at >= self.side {
            self.at = 0;
            self.stage = match self.stage {
                Stage::Factor => Stage::Invert,
                Stage::Invert => Stage::Multiply,
                Stage::Multiply => Stage::Mirror,
                Stage::Mirror => return Inverted::Wholly(std::mem::take(&mut self.cells)),
            };
            self.across = self.first();
            return Inverted::Partly(0);
        }
        let band = self.at..(self.at + BAND).min(self.side);
        let mut work = 0;
        while work < PORTION {
            let across = self.across;
            if across >= self.last(&band) {
                self.at = band.end;
                self.across = self.first();
                break;
            }
            match self.stage {
                Stage::Factor => {
                    for i in band.clone().step_by(TILE).filter(|i| *i >= across) {
                        if !self.factor(i, across) {
                            return Inverted::Impossible;
                        }
                    }
                    work += BAND * TILE * across + TILE;
                }
                Stage::Invert => {
                    for i in band.clone().step_by(TILE).filter(|i| *i <= across) {
                        self.invert(i, across);
                    }
                    work += BAND * TILE * (across - band.start) + TILE;
                }
                Stage::Multiply => {
                    for j in band.clone().step_by(TILE).filter(|j| *j >= across) {
                        self.multiply(j, across);
                    }
                    work += BAND * TILE * (self.side - band.start);
                }
                Stage::Mirror => {
                    self.mirror(across);
                    work += TILE * self.side;
                }
            }
            self.across += TILE;
        }
        Inverted::Partly(work)
    }

    /// Where a band's tiles begin across.
    fn first(&self) -> usize {
        match self.stage {
            Stage::Factor | Stage::Multiply => 0,
            Stage::Invert | Stage::Mirror => self.at,
        }
    }

    /// Where they end.
    fn last(&self, band: &Range<usize>) -> usize {
        match self.stage {
            Stage::Invert => self.side,
            Stage::Factor | Stage::Multiply | Stage::Mirror => band.end,
        }
    }

    fn tile(&self, i: usize, j: usize) -> Tile {
        let mut tile = [[0.0; TILE]; TILE];
        for (a, row) in tile.iter_mut().enumerate() {
            row.copy_from_slice(&self.cells[(i + a) * self.side + j..][..TILE]);
        }
        tile
    }

    fn store(&mut self, i: usize, j: usize, tile: Tile) {
        for (a, row) in tile.iter().enumerate() {
            self.cells[(i + a) * self.side + j..][..TILE].copy_from_slice(row);
        }
    }

    /// Of the rows `i` of `L` the columns `j`, up to the diagonal; false where the matrix is not positive definite.
    fn factor(&mut self, i: usize, j: usize) -> bool {
        let sums = products(&self.cells, self.side, i, j, 0, j);
        let mut tile = self.tile(i, j);
        if i > j {
            let factor = self.tile(j, j);
            for (row, sums) in tile.iter_mut().zip(sums) {
                for b in 0..TILE {
                    let before: f64 = (0..b).map(|c| row[c] * factor[b][c]).sum();
                    row[b] = (row[b] - sums[b] - before) * self.diagonal[j + b];
                }
            }
            self.store(i, j, tile);
            return true;
        }
        for a in 0..TILE {
            for b in 0..=a {
                let before: f64 = (0..b).map(|c| tile[a][c] * tile[b][c]).sum();
                let rest = tile[a][b] - sums[a][b] - before;
                if a > b {
                    tile[a][b] = rest * self.diagonal[i + b];
                } else {
                    // What is not a number is not greater either.
                    if !(rest > 0.0 && rest.is_finite()) {
                        return false;
                    }
                    tile[a][a] = rest.sqrt();
                    self.diagonal[i + a] = 1.0 / tile[a][a];
                }
            }
        }
        self.store(i, i, tile);
        true
    }

    /// Of the rows `i` of `U`, which are columns of `L⁻¹`, the columns `k` from the diagonal on.
    fn invert(&mut self, i: usize, k: usize) {
        if i == k {
            let factor = self.tile(i, i);
            let mut own = [[0.0; TILE]; TILE];
            for (a, own) in own.iter_mut().enumerate() {
                own[a] = self.diagonal[i + a];
                for k in a + 1..TILE {
                    let before: f64 = (a..k).map(|c| factor[k][c] * own[c]).sum();
                    own[k] = -before * self.diagonal[i + k];
                }
                let from = (i + a) * self.side + i;
                self.cells[from + a + 1..from + TILE].copy_from_slice(&own[a + 1..]);
            }
            return;
        }
        let sums = products(&self.cells, self.side, i, k, i + TILE, k);
        let (own, left, factor) = (self.own(i), self.tile(k, i), self.tile(k, k));
        let mut tile = [[0.0; TILE]; TILE];
        for (a, row) in tile.iter_mut().enumerate() {
            for b in 0..TILE {
                let first: f64 = (0..TILE).map(|c| left[b][c] * own[a][c]).sum();
                let before: f64 = (0..b).map(|c| factor[b][c] * row[c]).sum();
                row[b] = -(sums[a][b] + first + before) * self.diagonal[k + b];
            }
        }
        self.store(i, k, tile);
    }

    /// The tile of `U` on the diagonal at `i`.
    fn own(&self, i: usize) -> Tile {
        let mut own = self.tile(i, i);
        for (a, own) in own.iter_mut().enumerate() {
            own[..a].fill(0.0);
            own[a] = self.diagonal[i + a];
        }
        own
    }

    /// Of the rows `j` of the inverse the columns `i`, up to the diagonal, in the place of `L`.
    fn multiply(&mut self, j: usize, i: usize) {
        let own = self.own(j);
        // [j][i]
        let mut tile = products(&self.cells, self.side, j, i, j + TILE, self.side);
        let above = if i == j { own } else { self.tile(i, j) };
        for (row, own) in tile.iter_mut().zip(&own) {
            for (sum, above) in row.iter_mut().zip(&above) {
                *sum += own.iter().zip(above).map(|(x, y)| x * y).sum::<f64>();
            }
        }
        self.store(j, i, tile);
    }

    /// What lies above the diagonal becomes what lies below it.
    fn mirror(&mut self, i: usize) {
        for row in i..i + TILE {
            for column in row + 1..self.side {
                self.cells[row * self.side + column] = self.cells[column * self.side + row];
            }
        }
    }
}

/// `y += a x`. Both have one length.
pub fn add(y: &mut [f64], a: f64, x: &[f64]) {
    let (y, y_rest) = y.as_chunks_mut::<2>();
    let (x, x_rest) = x.as_chunks::<2>();
    let factor = F64x2::of(a);
    for (y, x) in y.iter_mut().zip(x) {
        F64x2::load(y).plus(factor, F64x2::load(x)).store(y);
    }
    y_rest.iter_mut().zip(x_rest).for_each(|(y, x)| *y += a * x);
}

/// `x · y`. Both have one length.
pub fn dot(x: &[f64], y: &[f64]) -> f64 {
    let (x, x_rest) = x.as_chunks::<8>();
    let (y, y_rest) = y.as_chunks::<8>();
    // A sum for each lane: one alone would wait for every addition.
    let mut sums = [F64x2::zero(); 4];
    for (x, y) in x.iter().zip(y) {
        let (x, y) = (x.as_chunks::<2>().0, y.as_chunks::<2>().0);
        for k in 0..4 {
            sums[k] = sums[k].plus(F64x2::load(&x[k]), F64x2::load(&y[k]));
        }
    }
    let rest = x_rest.iter().zip(y_rest).map(|(x, y)| x * y);
    sums.iter().map(|sum| sum.sum()).sum::<f64>() + rest.sum::<f64>()
}

/// Adds to each number of a row, converted, `a` times itself: `y += a x` of two precisions. Both have one length.
pub fn add_f32(y: &mut [f64], a: f64, x: &[f32]) {
    y.iter_mut()
        .zip(x)
        .for_each(|(y, x)| *y += a * f64::from(*x));
}

/// Adds four rows to four sums, each as often as `a` says: `y[i] += Σ a[i][k] x[k]`. All have one length.
pub fn add_tile(y: [&mut [f64]; TILE], a: [[f64; TILE]; TILE], x: [&[f32]; TILE]) {
    let width = x[0].len();
    let fours = width / 4;
    let row = |k: usize| &x[k].as_chunks::<4>().0[..fours];
    let rows = [row(0), row(1), row(2), row(3)];
    let mut y = y;
    // Two sums at a time, so that they and the rows stay in registers.
    for half in [0, 2] {
        let (before, after) = y.split_at_mut(half + 1);
        let first = &mut before[half].as_chunks_mut::<2>().0[..2 * fours];
        let second = &mut after[0].as_chunks_mut::<2>().0[..2 * fours];
        // By number, as all here: what an iterator holds would not stay in registers.
        let mut factors = [[F64x2::zero(); TILE]; 2];
        for k in 0..TILE {
            factors[0][k] = F64x2::of(a[half][k]);
            factors[1][k] = F64x2::of(a[half + 1][k]);
        }
        for i in 0..fours {
            let mut sums = [
                F64x2::load(&first[2 * i]),
                F64x2::load(&first[2 * i + 1]),
                F64x2::load(&second[2 * i]),
                F64x2::load(&second[2 * i + 1]),
            ];
            for k in 0..TILE {
                let [low, high] = F32x4::load(&rows[k][i]).doubles();
                sums[0] = sums[0].plus(factors[0][k], low);
                sums[1] = sums[1].plus(factors[0][k], high);
                sums[2] = sums[2].plus(factors[1][k], low);
                sums[3] = sums[3].plus(factors[1][k], high);
            }
            sums[0].store(&mut first[2 * i]);
            sums[1].store(&mut first[2 * i + 1]);
            sums[2].store(&mut second[2 * i]);
            sums[3].store(&mut second[2 * i + 1]);
        }
    }
    for (y, a) in y.iter_mut().zip(a) {
        for d in 4 * fours..width {
            let terms = a.iter().zip(&x).map(|(a, x)| a * f64::from(x[d]));
            y[d] += terms.sum::<f64>();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `X Xᵀ + I/10` of made-up rows, padded.
    fn matrix(n: usize) -> (Vec<f64>, usize) {
        let side = padded(n);
        let value = |i: usize, k: usize| ((i * 7 + k * 13 + i * k) as f64 * 0.618_034).fract();
        let mut cells = vec![0.0; side * side];
        for i in 0..side {
            for j in 0..n {
                if i < n {
                    let sum = (0..n).map(|k| value(i, k) * value(j, k)).sum::<f64>();
                    cells[i * side + j] = sum;
                }
            }
            cells[i * side + i] += if i < n { 0.1 } else { 1.0 };
        }
        (cells, side)
    }

    fn inverse(cells: Vec<f64>, side: usize) -> Inverted {
        let mut inversion = Inversion::new(cells, side);
        loop {
            match inversion.advance() {
                Inverted::Partly(_) => {}
                end => return end,
            }
        }
    }

    #[test]
    fn a_matrix_by_its_inverse_is_the_identity() {
        for n in [1, 2, 4, 5, 8, 13, 40, 67] {
            let (cells, side) = matrix(n);
            let Inverted::Wholly(inverse) = inverse(cells.clone(), side) else {
                panic!("{n} rows have no inverse");
            };
            for i in 0..side {
                for j in 0..side {
                    let column = (0..side).map(|k| cells[i * side + k] * inverse[k * side + j]);
                    let truth = f64::from(u8::from(i == j));
                    let found: f64 = column.sum();
                    assert!((found - truth).abs() < 1e-9, "{n}: {i} {j} {found}");
                    let turned = inverse[j * side + i];
                    assert_eq!(inverse[i * side + j].to_bits(), turned.to_bits());
                }
            }
        }
    }

    #[test]
    fn four_rows_at_once_are_four_rows() {
        let value = |i: usize| (i as f32 * 0.618_034).fract() - 0.5;
        let rows: Vec<Vec<f32>> = (0..4)
            .map(|k| (0..11).map(|i| value(17 * k + i)).collect())
            .collect();
        let a: [[f64; TILE]; TILE] =
            std::array::from_fn(|i| std::array::from_fn(|k| f64::from(value(5 * i + k))));
        let mut found = [[1.0; 11]; TILE];
        let x: [&[f32]; TILE] = std::array::from_fn(|k| &*rows[k]);
        add_tile(found.each_mut().map(|row| &mut row[..]), a, x);
        for (found, a) in found.iter().zip(a) {
            let mut truth = [1.0; 11];
            for (a, row) in a.iter().zip(&rows) {
                add_f32(&mut truth, *a, row);
            }
            assert!(found.iter().zip(truth).all(|(f, t)| (f - t).abs() < 1e-14));
        }
    }

    #[test]
    fn what_has_no_inverse_is_said() {
        for spoiled in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
            let (mut cells, side) = matrix(9);
            cells[5 * side + 5] = spoiled;
            assert_eq!(inverse(cells, side), Inverted::Impossible);
        }
    }
}
