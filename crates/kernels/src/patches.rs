//! What a small convolution on few channels looks at: the stem runs as a matrix product on these.

use crate::depthwise::Padded;

/// From `[channels, size, size]` to `[outputs, kernel * kernel * channels]`: for each output
/// pixel its patch of the input, pixel after pixel, zeros outside.
pub fn patches(
    input: &[f32],
    channels: usize,
    padded: Padded,
    kernel: usize,
    stride: usize,
) -> Vec<f32> {
    let size = padded.size;
    let row = padded.row() * channels;
    let mut plane = vec![0.0; padded.row() * row];
    for (i, line) in input.chunks_exact(size).enumerate() {
        let (channel, y) = (i / size, i % size);
        let from = (y + padded.before) * row + padded.before * channels + channel;
        for (to, v) in plane[from..].iter_mut().step_by(channels).zip(line) {
            *to = *v;
        }
    }
    let side = size.div_ceil(stride);
    let mut patches = Vec::with_capacity(side * side * kernel * kernel * channels);
    for y in 0..side {
        for x in 0..side {
            for k in 0..kernel {
                let from = (y * stride + k) * row + x * stride * channels;
                patches.extend_from_slice(&plane[from..from + kernel * channels]);
            }
        }
    }
    patches
}

/// A weight `[out, channels, kernel, kernel]` in the order of a patch, `[out, kernel * kernel, channels]`.
pub fn patch_order(weight: &[f32], channels: usize, kernel: usize) -> Vec<f32> {
    reordered(weight, kernel * kernel, channels)
}

/// And back.
pub fn weight_order(patch: &[f32], channels: usize, kernel: usize) -> Vec<f32> {
    reordered(patch, channels, kernel * kernel)
}

/// Each `[columns, rows]` of `weight` becomes `[rows, columns]`.
fn reordered(weight: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let each = weight.chunks_exact(rows * columns);
    each.flat_map(|w| (0..w.len()).map(|i| w[i % columns * rows + i / columns]))
        .collect()
}

/// The mean of `[pixels, channels]` over the pixels.
pub fn mean(pixels: &[f32], channels: usize) -> Vec<f32> {
    let mut mean = vec![0.0; channels];
    for pixel in pixels.chunks_exact(channels) {
        mean.iter_mut().zip(pixel).for_each(|(m, v)| *m += v);
    }
    let n = (pixels.len() / channels) as f32;
    mean.iter_mut().for_each(|m| *m /= n);
    mean
}
