//! What training adds to the convolutions: gradients, and the step they lead to.

use crate::depthwise::Padded;
use crate::{LANES, relu6};

/// Adds a bias to every row, and clamps where `activated`.
pub fn bias(rows: &mut [f32], bias: &[f32], activated: bool) {
    for row in rows.chunks_exact_mut(bias.len()) {
        for (v, b) in row.iter_mut().zip(bias) {
            *v += b;
        }
        if activated {
            row.iter_mut().for_each(|v| *v = relu6(*v));
        }
    }
}

/// `max(x, 0)`; what is not a number stays none.
pub fn relu(values: &mut [f32]) {
    let below = values.iter_mut().filter(|v| **v < 0.0);
    below.for_each(|v| *v = 0.0);
}

/// ReLU lets a gradient through where it did not clamp; its outputs tell.
pub fn through_relu(gradient: &mut [f32], outputs: &[f32]) {
    for (g, v) in gradient.iter_mut().zip(outputs) {
        *g = if *v > 0.0 { *g } else { 0.0 };
    }
}

/// ReLU6 lets a gradient through where it did not clamp; its outputs tell.
pub fn through_relu6(gradient: &mut [f32], outputs: &[f32]) {
    for (g, v) in gradient.iter_mut().zip(outputs) {
        *g = if *v > 0.0 && *v < 6.0 { *g } else { 0.0 };
    }
}

/// The sum of each column: a bias's gradient.
pub fn column_sums(rows: &[f32], columns: usize) -> Vec<f32> {
    let mut sums = vec![0.0; columns];
    for row in rows.chunks_exact(columns) {
        sums.iter_mut().zip(row).for_each(|(s, v)| *s += v);
    }
    sums
}

pub fn add(to: &mut [f32], values: &[f32]) {
    to.iter_mut().zip(values).for_each(|(t, v)| *t += v);
}

/// Puts `[size * size, channels]` into its padded plane, whose border is zero already.
pub fn pad(pixels: &[f32], channels: usize, padded: Padded, plane: &mut [f32]) {
    let line = padded.size * channels;
    for (y, pixels) in pixels.chunks_exact(line).enumerate() {
        let from = ((y + padded.before) * padded.row() + padded.before) * channels;
        plane[from..from + line].copy_from_slice(pixels);
    }
}

/// The inside of a padded plane.
pub fn unpad(plane: &[f32], channels: usize, padded: Padded, pixels: &mut [f32]) {
    let line = padded.size * channels;
    for (y, pixels) in pixels.chunks_exact_mut(line).enumerate() {
        let from = ((y + padded.before) * padded.row() + padded.before) * channels;
        pixels.copy_from_slice(&plane[from..from + line]);
    }
}

/// Channels that are worked on together: two cache lines of them (measured: 1.6 times as fast as half of one).
const WIDE: usize = 32;

/// The gradients of a depthwise convolution, of one photo.
pub struct Depthwise<'a> {
    pub channels: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padded: Padded,
    /// `[kernel * kernel, channels]`: tap by tap, unlike in the weights file.
    pub weight: &'a [f32],
}

impl Depthwise<'_> {
    /// `plane` is the input, `[padded.pixels(), channels]`, and `gradient` the one of the output,
    /// `[ceil(size / stride)^2, channels]`. Adds to `of_plane` and `of_weight`, shaped as what
    /// they are the gradients of.
    pub fn run(
        &self,
        plane: &[f32],
        gradient: &[f32],
        of_plane: &mut [f32],
        of_weight: &mut [f32],
    ) {
        let mut at = 0;
        while at + WIDE <= self.channels {
            self.some::<WIDE>(at, plane, gradient, of_plane, of_weight);
            at += WIDE;
        }
        while at < self.channels {
            self.some::<LANES>(at, plane, gradient, of_plane, of_weight);
            at += LANES;
        }
    }

    /// The channels from `first` on.
    #[inline(always)]
    fn some<const N: usize>(
        &self,
        first: usize,
        plane: &[f32],
        gradient: &[f32],
        of_plane: &mut [f32],
        of_weight: &mut [f32],
    ) {
        let side = self.padded.size.div_ceil(self.stride);
        let step = self.stride * self.channels;
        for tap in 0..self.kernel * self.kernel {
            let (ky, kx) = (tap / self.kernel, tap % self.kernel);
            let w: &[f32; N] = lanes(self.weight, tap * self.channels + first);
            let mut sum = [0.0; N];
            for y in 0..side {
                let row = (y * self.stride + ky) * self.padded.row() + kx;
                let mut at = row * self.channels + first;
                let mut from = y * side * self.channels + first;
                for _ in 0..side {
                    let g: &[f32; N] = lanes(gradient, from);
                    let v: &[f32; N] = lanes(plane, at);
                    let to: &mut [f32; N] = of_plane[at..]
                        .first_chunk_mut()
                        .expect("the padding holds every tap");
                    for lane in 0..N {
                        sum[lane] += g[lane] * v[lane];
                        to[lane] += g[lane] * w[lane];
                    }
                    at += step;
                    from += self.channels;
                }
            }
            add(&mut of_weight[tap * self.channels + first..][..N], &sum);
        }
    }
}

#[inline(always)]
fn lanes<const N: usize>(values: &[f32], at: usize) -> &[f32; N] {
    values[at..].first_chunk().expect("channels fill the lanes")
}

/// Adam (Kingma and Ba 2015) with its published constants.
#[derive(Debug, Clone, Default)]
pub struct Adam {
    first: Vec<f32>,
    second: Vec<f32>,
    steps: i32,
}

impl Adam {
    pub const BETA: [f32; 2] = [0.9, 0.999];
    pub const EPSILON: f32 = 1e-8;

    pub fn step(&mut self, values: &mut [f32], gradient: &[f32], rate: f32) {
        self.first.resize(values.len(), 0.0);
        self.second.resize(values.len(), 0.0);
        self.steps += 1;
        let [b1, b2] = Self::BETA;
        // Both means began at zero: what that takes away is given back.
        let (fix1, fix2) = (
            1.0 / (1.0 - b1.powi(self.steps)),
            1.0 / (1.0 - b2.powi(self.steps)),
        );
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((v, g), (m1, m2)) in values.iter_mut().zip(gradient).zip(moments) {
            *m1 = b1 * *m1 + (1.0 - b1) * g;
            *m2 = b2 * *m2 + (1.0 - b2) * g * g;
            *v -= rate * (*m1 * fix1) / ((*m2 * fix2).sqrt() + Self::EPSILON);
        }
    }
}
