//! Products of long rows, for a linear classifier and its gradient: four samples share every
//! weight that is loaded.

use crate::LANES;
use crate::lanes::{F32x4, load, store};

/// Samples of one tile.
pub const SAMPLES: usize = 4;

/// `w · x`. Both have one length.
pub fn dot(w: &[f32], x: &[f32]) -> f32 {
    dots_of(w, [x])[0]
}

/// `w · x` of each of the samples. All have one length.
pub(crate) fn dots(w: &[f32], x: [&[f32]; SAMPLES]) -> [f32; SAMPLES] {
    dots_of(w, x)
}

/// `y += a x`. Both have one length.
pub fn add(y: &mut [f32], a: f32, x: &[f32]) {
    add_of(y, [a], [x]);
}

/// `y += a[0] x[0] + a[1] x[1] + …`. All rows have one length.
pub(crate) fn adds(y: &mut [f32], a: [f32; SAMPLES], x: [&[f32]; SAMPLES]) {
    add_of(y, a, x);
}

/// `total += row`. Both have one length.
pub fn accumulate(total: &mut [f64], row: &[f32]) {
    total
        .iter_mut()
        .zip(row)
        .for_each(|(t, v)| *t += f64::from(*v));
}

/// `|row - mean|²`. Both have one length.
pub fn square_distance(row: &[f32], mean: &[f64]) -> f64 {
    let (row, row_rest) = row.as_chunks::<LANES>();
    let (mean, mean_rest) = mean.as_chunks::<LANES>();
    // A sum for each lane: one alone would wait for every addition.
    let mut sums = [0f64; LANES];
    for (row, mean) in row.iter().zip(mean) {
        for ((sum, v), m) in sums.iter_mut().zip(row).zip(mean) {
            let difference = f64::from(*v) - m;
            *sum += difference * difference;
        }
    }
    let rest = row_rest.iter().zip(mean_rest);
    let rest = rest.map(|(v, m)| (f64::from(*v) - m).powi(2));
    sums.iter().sum::<f64>() + rest.sum::<f64>()
}

/// Appends `(row - mean) / scale`. Both have one length.
pub fn standardised(row: &[f32], mean: &[f32], scale: f32, to: &mut Vec<f32>) {
    to.extend(row.iter().zip(mean).map(|(v, m)| (v - m) / scale));
}

// What is generic is compiled where it is used, there for size: hence the functions above.
#[inline(always)]
fn dots_of<const N: usize>(w: &[f32], x: [&[f32]; N]) -> [f32; N] {
    let (w_lanes, w_rest) = w.as_chunks::<LANES>();
    let rows = x.map(|row| row.as_chunks::<LANES>());
    let mut sums = [[F32x4::splat(&0.0); 2]; N];
    for (i, w) in w_lanes.iter().enumerate() {
        let w = load(w);
        for (sum, (row, _)) in sums.iter_mut().zip(&rows) {
            let v = load(&row[i]);
            *sum = [sum[0].plus(w[0], v[0]), sum[1].plus(w[1], v[1])];
        }
    }
    std::array::from_fn(|n| {
        let mut lanes = [0.0; LANES];
        store(sums[n], &mut lanes);
        let rest: f32 = w_rest.iter().zip(rows[n].1).map(|(w, v)| w * v).sum();
        lanes.iter().sum::<f32>() + rest
    })
}

#[inline(always)]
fn add_of<const N: usize>(y: &mut [f32], a: [f32; N], x: [&[f32]; N]) {
    let (y_lanes, y_rest) = y.as_chunks_mut::<LANES>();
    let rows = x.map(|row| row.as_chunks::<LANES>());
    let factors = a.map(|a| F32x4::splat(&a));
    for (i, y) in y_lanes.iter_mut().enumerate() {
        let mut sum = load(y);
        for (a, (row, _)) in factors.iter().zip(&rows) {
            let v = load(&row[i]);
            sum = [sum[0].plus(*a, v[0]), sum[1].plus(*a, v[1])];
        }
        store(sum, y);
    }
    for (a, (_, rest)) in a.iter().zip(&rows) {
        for (y, v) in y_rest.iter_mut().zip(*rest) {
            *y += a * v;
        }
    }
}
