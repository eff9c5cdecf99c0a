//! Products of many long rows with each other, summed so that many small terms lose no digits.

use crate::lanes::F32x4;

/// Rows of one tile: each loaded value of one side is used for all of the other.
pub const TILE: usize = 4;

/// Numbers of a row whose products are summed in f32, in four lanes, before the sum goes on in f64. Rows that are nowhere
/// negative lose about 3e-8 of their product that way; a sum in f32 alone would lose a hundred times as much.
const CHUNK: usize = 128;

/// Products of each of `a` with each of `b`: `[b][a]`. All have one length. What is not given twice in another order or beside
/// other rows is the same bit for bit: `x · y` is `y · x`, whatever else is in the tile.
pub fn products(a: [&[f32]; TILE], b: [&[f32]; 2]) -> [[f64; TILE]; 2] {
    let mut sums = [[0.0; TILE]; 2];
    let width = b[0].len();
    let mut from = 0;
    while from < width {
        let until = (from + CHUNK).min(width);
        let rows = a.map(|row| row[from..until].as_chunks::<4>());
        let columns = b.map(|row| row[from..until].as_chunks::<4>());
        let mut lanes = [[F32x4::of(0.0); TILE]; 2];
        for i in 0..columns[0].0.len() {
            let rows = rows.map(|(row, _)| F32x4::load(&row[i]));
            for (lanes, (column, _)) in lanes.iter_mut().zip(&columns) {
                let column = F32x4::load(&column[i]);
                for (lane, row) in lanes.iter_mut().zip(rows) {
                    *lane = lane.plus(row, column);
                }
            }
        }
        for (b, (lanes, (_, column_rest))) in lanes.iter().zip(&columns).enumerate() {
            for (a, (lane, (_, row_rest))) in lanes.iter().zip(&rows).enumerate() {
                let mut four = [0.0; 4];
                lane.store(&mut four);
                let four: f64 = four.iter().map(|v| f64::from(*v)).sum();
                let rest = row_rest.iter().zip(*column_rest);
                let rest: f64 = rest.map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
                sums[b][a] += four + rest;
            }
        }
        from = until;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_f64() {
        for width in [1, 3, 8, 127, 128, 131, 1280, 4064] {
            let row = |k: usize| -> Vec<f32> {
                let value = |i: usize| ((i * (2 * k + 3)) as f32 * 0.618_034).fract();
                (0..width).map(value).collect()
            };
            let rows: Vec<Vec<f32>> = (0..6).map(row).collect();
            let a: [&[f32]; TILE] = std::array::from_fn(|i| &*rows[i]);
            let found = products(a, [&rows[4], &rows[5]]);
            let turned = products(
                [&rows[5], &rows[4], &rows[5], &rows[4]],
                [&rows[2], &rows[0]],
            );
            assert_eq!(turned[0][1].to_bits(), found[0][2].to_bits());
            assert_eq!(turned[1][0].to_bits(), found[1][0].to_bits());
            for (j, found) in found.iter().enumerate() {
                for (i, found) in found.iter().enumerate() {
                    let pairs = rows[i].iter().zip(&rows[4 + j]);
                    let truth: f64 = pairs.map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
                    assert!(
                        (found - truth).abs() <= 2e-7 * truth,
                        "{width}: {found}, {truth}"
                    );
                }
            }
        }
    }
}
