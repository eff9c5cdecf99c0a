//! Products of many long rows with each other, summed so that many small terms lose no digits.

use crate::lanes::{F32x4, F64x2};

/// Rows of one tile: each loaded value of one side is used for all of the other.
pub const TILE: usize = 4;

/// Numbers of a row whose products are summed in f32, in four lanes, before the sum goes on in f64. Rows that are nowhere
/// negative lose about 3e-8 of their product that way; a sum in f32 alone would lose a hundred times as much.
const CHUNK: usize = 128;

/// Products of each of `a` with each of `b`: `[b][a]`. All have one length. What is not given twice in another order or beside
/// other rows is the same bit for bit: `x · y` is `y · x`, whatever else is in the tile.
pub fn products(a: [&[f32]; TILE], b: [&[f32]; 2]) -> [[f64; TILE]; 2] {
    let width = b[0].len();
    let fours = width / 4;
    // One length that the compiler knows, so that the loop checks none.
    let row = |row: usize| &a[row].as_chunks::<4>().0[..fours];
    let rows = [row(0), row(1), row(2), row(3)];
    let column = |column: usize| &b[column].as_chunks::<4>().0[..fours];
    let columns = [column(0), column(1)];
    let mut wide = [[F64x2::zero(); TILE]; 2];
    let mut from = 0;
    while from < fours {
        let until = (from + CHUNK / 4).min(fours);
        let mut lanes = [[F32x4::of(0.0); TILE]; 2];
        for i in from..until {
            let [x, y] = [F32x4::load(&columns[0][i]), F32x4::load(&columns[1][i])];
            // By number: what an iterator holds would not stay in registers.
            for k in 0..TILE {
                let row = F32x4::load(&rows[k][i]);
                lanes[0][k] = lanes[0][k].plus(row, x);
                lanes[1][k] = lanes[1][k].plus(row, y);
            }
        }
        for k in 0..TILE {
            wide[0][k] = wide[0][k].plus_four(lanes[0][k]);
            wide[1][k] = wide[1][k].plus_four(lanes[1][k]);
        }
        from = until;
    }
    let mut sums = [[0.0; TILE]; 2];
    for (i, b) in b.iter().enumerate() {
        for (k, a) in a.iter().enumerate() {
            let rest = a[4 * fours..].iter().zip(&b[4 * fours..]);
            let rest = rest.map(|(x, y)| f64::from(*x) * f64::from(*y));
            sums[i][k] = wide[i][k].sum() + rest.sum::<f64>();
        }
    }
    sums
}

/// Appends the square roots of numbers; false where one is negative, infinite or no number.
pub fn add_roots(of: &[f32], to: &mut Vec<f32>) -> bool {
    to.extend(of.iter().map(|v| v.sqrt()));
    // What is not a number is in no range.
    of.iter().all(|v| (0.0..f32::INFINITY).contains(v))
}

/// Products of samples with each other, of some parts each: of the `i`th with the `j`th, `j ≤ i`, they lie at `rows[i][j parts..]`.
#[derive(Clone, Copy)]
pub struct Triangle<'a> {
    pub rows: &'a [Vec<f32>],
    pub parts: usize,
}

impl Triangle<'_> {
    /// Of each part, of two samples.
    #[inline(always)]
    fn of(&self, i: usize, j: usize) -> &[f32] {
        &self.rows[i.max(j)][i.min(j) * self.parts..][..self.parts]
    }

    /// One sample's products with others, summed over the parts by their weights. All are as many as there are others, or parts.
    pub fn gather(&self, weights: &[f64], i: usize, others: &[usize], to: &mut [f64]) {
        for (to, j) in to.iter_mut().zip(others) {
            let pairs = weights.iter().zip(self.of(i, *j));
            *to = pairs.map(|(w, v)| w * f64::from(*v)).sum();
        }
    }

    /// One sample's products of one part with others.
    pub fn gather_part(&self, part: usize, i: usize, others: &[usize], to: &mut [f32]) {
        for (to, j) in to.iter_mut().zip(others) {
            *to = self.of(i, *j)[part];
        }
    }

    /// Adds one sample's products with others to `all`, part by part, and with those of its own class to `own`.
    /// `others`: places and classes.
    pub fn sums(
        &self,
        (i, class): (usize, usize),
        others: &[(usize, usize)],
        all: &mut [f64],
        own: &mut [f64],
    ) {
        for (j, of) in others {
            let same = f64::from(u8::from(*of == class));
            let sums = all.iter_mut().zip(own.iter_mut());
            for ((all, own), value) in sums.zip(self.of(i, *j)) {
                *all += f64::from(*value);
                *own += same * f64::from(*value);
            }
        }
    }
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
