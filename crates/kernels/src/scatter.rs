//! Rows of square roots, scaled and shifted, and products of their columns with each other.

use std::ops::Range;

use crate::gram::{TILE, products};

/// `factor √of - shift`. All have one length.
pub fn shifted_roots(of: &[f32], factor: f32, shift: &[f32], to: &mut [f32]) {
    for ((to, v), shift) in to.iter_mut().zip(of).zip(shift) {
        *to = factor * v.sqrt() - shift;
    }
}

/// Writes a row into columns of `length` numbers each, as their `at`th.
pub fn into_columns(row: &[f32], at: usize, length: usize, columns: &mut [f32]) {
    for (column, v) in columns.chunks_exact_mut(length).zip(row) {
        column[at] = *v;
    }
}

/// Adds the products of [`TILE`] columns from the `first`th on with those of a block: to row `first + k`, column `j` of a matrix
/// of so many columns and rows as there are. Of what lies above the diagonal some is added, some is not.
pub fn add_products(
    columns: &[f32],
    length: usize,
    first: usize,
    block: Range<usize>,
    cells: &mut [f64],
) {
    let side = columns.len() / length;
    let column = |i: usize| &columns[i * length..][..length];
    let own = std::array::from_fn(|k| column(first + k));
    for j in block.step_by(2).take_while(|j| *j < first + TILE) {
        let found = products(own, [column(j), column(j + 1)]);
        for k in 0..TILE {
            let cells = &mut cells[(first + k) * side + j..][..2];
            cells[0] += found[0][k];
            cells[1] += found[1][k];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_products_of_their_rows() {
        const SIDE: usize = 12;
        const LENGTH: usize = 9;
        let value = |i: usize, j: usize| ((i * 7 + j * 13 + i * j) as f32 * 0.618_034).fract();
        let mut columns = vec![0.0; SIDE * LENGTH];
        let shift = [0.25; SIDE];
        let mut rows = Vec::new();
        for i in 0..LENGTH {
            let squares: Vec<f32> = (0..SIDE).map(|j| value(i, j).powi(2)).collect();
            let mut row = vec![0.0; SIDE];
            shifted_roots(&squares, 2.0, &shift, &mut row);
            for (j, v) in row.iter().enumerate() {
                assert!((v - (2.0 * value(i, j) - 0.25)).abs() < 1e-6);
            }
            into_columns(&row, i, LENGTH, &mut columns);
            rows.push(row);
        }
        let mut cells = vec![0.0; SIDE * SIDE];
        for block in [0..4, 4..SIDE] {
            for first in (block.start..SIDE).step_by(TILE) {
                add_products(&columns, LENGTH, first, block.clone(), &mut cells);
            }
        }
        for i in 0..SIDE {
            for j in 0..=i {
                let pairs = rows.iter().map(|row| f64::from(row[i]) * f64::from(row[j]));
                assert!((cells[i * SIDE + j] - pairs.sum::<f64>()).abs() < 1e-6);
            }
        }
    }
}
