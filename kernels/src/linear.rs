//! Products of long rows, for a linear classifier and its gradient: four samples share every
//! weight that is loaded.

use crate::LANES;

/// Samples of one tile.
pub const SAMPLES: usize = 4;

/// `w · x`. Both have one length.
pub fn dot(w: &[f32], x: &[f32]) -> f32 {
    dots_of(w, [x])[0]
}

/// `w · x` of each of the samples. All have one length.
pub fn dots(w: &[f32], x: [&[f32]; SAMPLES]) -> [f32; SAMPLES] {
    dots_of(w, x)
}

/// `y += a x`. Both have one length.
pub fn add(y: &mut [f32], a: f32, x: &[f32]) {
    add_of(y, [a], [x]);
}

/// `y += a[0] x[0] + a[1] x[1] + …`. All rows have one length.
pub fn adds(y: &mut [f32], a: [f32; SAMPLES], x: [&[f32]; SAMPLES]) {
    add_of(y, a, x);
}

// What is generic is compiled where it is used, there for size: hence the functions above.
#[inline(always)]
fn dots_of<const N: usize>(w: &[f32], x: [&[f32]; N]) -> [f32; N] {
    let (w_lanes, w_rest) = w.as_chunks::<LANES>();
    let rows = x.map(|row| row.as_chunks::<LANES>());
    let mut sums = [[0f32; LANES]; N];
    for (i, w) in w_lanes.iter().enumerate() {
        for (sum, (row, _)) in sums.iter_mut().zip(&rows) {
            for ((s, w), v) in sum.iter_mut().zip(w).zip(&row[i]) {
                *s += w * v;
            }
        }
    }
    std::array::from_fn(|n| {
        let rest: f32 = w_rest.iter().zip(rows[n].1).map(|(w, v)| w * v).sum();
        sums[n].iter().sum::<f32>() + rest
    })
}

#[inline(always)]
fn add_of<const N: usize>(y: &mut [f32], a: [f32; N], x: [&[f32]; N]) {
    let (y_lanes, y_rest) = y.as_chunks_mut::<LANES>();
    let rows = x.map(|row| row.as_chunks::<LANES>());
    for (i, y) in y_lanes.iter_mut().enumerate() {
        for (a, (row, _)) in a.iter().zip(&rows) {
            for (y, v) in y.iter_mut().zip(&row[i]) {
                *y += a * v;
            }
        }
    }
    for (a, (_, rest)) in a.iter().zip(&rows) {
        for (y, v) in y_rest.iter_mut().zip(*rest) {
            *y += a * v;
        }
    }
}
