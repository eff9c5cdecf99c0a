//! Pictures made smaller or larger: antialiased bilinear, as TensorFlow, Pillow and `image` have it. A pixel of the
//! result is a weighted mean of pixels; the weights are a triangle, as wide as two pixels of the larger kind.

use crate::lanes::F32x4;

/// A part of a picture, in its pixels. Edges may lie between pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

/// The part of a picture that `window` shows, as `to` = (width, height) pixels. Pictures are RGB8 row by row;
/// `width` is that of a row. At least one pixel of it must be in the window.
pub fn resize(rgb: &[u8], width: usize, window: &Window, to: (usize, usize)) -> Vec<u8> {
    let rows = Weights::along(window.top, window.height, rgb.len() / 3 / width, to.1);
    let columns = Weights::along(window.left, window.width, width, to.0);
    let mut result = vec![0; 3 * to.0 * to.1];
    // The columns that are looked at.
    let (first, end) = (columns.first(), columns.end());
    // And one value more, so that every pixel can be read as four.
    let mut sums = vec![0.0; 3 * (end - first) + 1];
    for (to, row) in result.chunks_exact_mut(3 * to.0).zip(&rows.0) {
        sums.fill(0.0);
        for (y, weight) in (row.from..).zip(&row.weights) {
            add(
                &mut sums,
                *weight,
                &rgb[3 * (y * width + first)..3 * (y * width + end)],
            );
        }
        let (pixels, _) = to.as_chunks_mut::<3>();
        for (pixel, column) in pixels.iter_mut().zip(&columns.0) {
            // To the nearest.
            let mut mean = F32x4::of(0.5);
            let values = &sums[3 * (column.from - first)..];
            for (i, weight) in column.weights.iter().enumerate() {
                let value = values[3 * i..]
                    .first_chunk()
                    .expect("a value more than pixels");
                mean = mean.plus(F32x4::of(*weight), F32x4::load(value));
            }
            let [r, g, b, _] = mean.to_bytes();
            *pixel = [r, g, b];
        }
    }
    result
}

/// `sums += weight * bytes`, as far as there are bytes.
#[inline(always)]
fn add(sums: &mut [f32], weight: f32, bytes: &[u8]) {
    let (sixteens, rest) = bytes.as_chunks::<16>();
    let (sums, sums_rest) = sums.split_at_mut(bytes.len() - rest.len());
    let by = F32x4::of(weight);
    for (sums, bytes) in sums.as_chunks_mut::<16>().0.iter_mut().zip(sixteens) {
        let (fours, _) = sums.as_chunks_mut::<4>();
        for (sum, values) in fours.iter_mut().zip(F32x4::from_bytes(bytes)) {
            F32x4::load(sum).plus(by, values).store(sum);
        }
    }
    for (sum, byte) in sums_rest.iter_mut().zip(rest) {
        *sum += weight * f32::from(*byte);
    }
}

/// Along one side of the result, for each of its pixels.
struct Weights(Vec<Mean>);

/// Pixels from `from` on, each with its weight; together 1.
struct Mean {
    from: usize,
    weights: Vec<f32>,
}

impl Weights {
    /// From `start` on `length` pixels of `whole` become `n`.
    fn along(start: f64, length: f64, whole: usize, n: usize) -> Self {
        let ratio = length / n as f64;
        let reach = ratio.max(1.0);
        // Pixels of which the window shows at least a part.
        let first = (start.max(0.0) as usize).min(whole - 1);
        let end = ((start + length).ceil() as usize).clamp(first + 1, whole);
        let mean = |i: usize| {
            let middle = start + (i as f64 + 0.5) * ratio;
            let from = ((middle - reach).max(0.0) as usize).clamp(first, end - 1);
            let to = ((middle + reach).ceil() as usize).clamp(from + 1, end);
            let weights = (from..to).map(|p| 1.0 - (p as f64 + 0.5 - middle).abs() / reach);
            let weights: Vec<f64> = weights.map(|w| w.max(0.0)).collect();
            let sum: f64 = weights.iter().sum();
            // Far from the window's pixels there is only the nearest one.
            let normalised = |w: &f64| if sum > 0.0 { (w / sum) as f32 } else { 1.0 };
            Mean {
                from,
                weights: weights.iter().map(normalised).collect(),
            }
        };
        Self((0..n).map(mean).collect())
    }

    fn first(&self) -> usize {
        self.0.iter().map(|mean| mean.from).min().unwrap_or(0)
    }

    fn end(&self) -> usize {
        let ends = self.0.iter().map(|mean| mean.from + mean.weights.len());
        ends.max().unwrap_or(0)
    }
}
