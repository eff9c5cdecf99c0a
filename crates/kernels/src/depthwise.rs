//! Depthwise convolution: each channel filtered alone, with bias and ReLU6.

use crate::LANES;

/// Output pixels of one tile: they share every weight that is loaded.
const PIXELS: usize = 4;

/// A filter a channel, `[channels / 8][kernel * kernel][8]`.
pub struct Depthwise {
    channels: usize,
    kernel: usize,
    stride: usize,
    weight: Vec<[f32; LANES]>,
    bias: Vec<[f32; LANES]>,
    /// What the outputs are clamped to.
    range: (f32, f32),
}

/// A plane with zeros around it, so that no tap falls outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Padded {
    /// Side of what is inside.
    pub size: usize,
    /// Zeros before and after, in both directions.
    pub before: usize,
    pub after: usize,
}

impl Padded {
    /// TensorFlow's SAME: the output has `ceil(size / stride)` rows, and the larger half of an
    /// odd padding comes after.
    pub fn same(size: usize, kernel: usize, stride: usize) -> Self {
        let total = ((size.div_ceil(stride) - 1) * stride + kernel).saturating_sub(size);
        Self {
            size,
            before: total / 2,
            after: total - total / 2,
        }
    }

    pub fn row(&self) -> usize {
        self.before + self.size + self.after
    }

    pub fn pixels(&self) -> usize {
        self.row() * self.row()
    }

    /// Where each pixel of the inside lies.
    pub fn places(&self) -> Vec<u32> {
        let at = |p: usize| {
            let (y, x) = (p / self.size + self.before, p % self.size + self.before);
            (y * self.row() + x) as u32
        };
        (0..self.size * self.size).map(at).collect()
    }
}

impl Depthwise {
    /// `weight` is `[channels, kernel, kernel]`. `channels` must be a multiple of 8.
    pub fn new(weight: &[f32], bias: &[f32], kernel: usize, stride: usize) -> Self {
        let (channels, taps) = (bias.len(), kernel * kernel);
        assert!(
            channels.is_multiple_of(LANES) && weight.len() == channels * taps,
            "{channels} channels do not fill tiles of {LANES}"
        );
        let pack = |block: usize, tap: usize| -> [f32; LANES] {
            std::array::from_fn(|lane| weight[(block * LANES + lane) * taps + tap])
        };
        Self {
            channels,
            kernel,
            stride,
            weight: (0..channels / LANES)
                .flat_map(|block| (0..taps).map(move |tap| pack(block, tap)))
                .collect(),
            bias: bias.as_chunks().0.to_vec(),
            range: (0.0, 6.0),
        }
    }

    /// Without the activation.
    pub fn linear(mut self) -> Self {
        self.range = (f32::NEG_INFINITY, f32::INFINITY);
        self
    }

    /// `input` is `[padded.pixels(), channels]`, `output` `[ceil(size / stride)^2, channels]`.
    pub fn run(&self, input: &[f32], padded: Padded, output: &mut [f32]) {
        let side = padded.size.div_ceil(self.stride);
        let row = padded.row() * self.channels;
        for (y, line) in output.chunks_exact_mut(side * self.channels).enumerate() {
            let rows = &input[y * self.stride * row..][..self.kernel * row];
            let filters = self.weight.chunks_exact(self.kernel * self.kernel);
            for (block, (filter, bias)) in filters.zip(&self.bias).enumerate() {
                let at = block * LANES;
                let mut x = 0;
                while x + PIXELS <= side {
                    let sums = self.tile::<PIXELS>(rows, row, x, at, filter, bias);
                    self.store(&sums, line, x, at);
                    x += PIXELS;
                }
                while x < side {
                    let sums = self.tile::<1>(rows, row, x, at, filter, bias);
                    self.store(&sums, line, x, at);
                    x += 1;
                }
            }
        }
    }

    #[inline(always)]
    fn tile<const N: usize>(
        &self,
        rows: &[f32],
        row: usize,
        x: usize,
        at: usize,
        filter: &[[f32; LANES]],
        bias: &[f32; LANES],
    ) -> [[f32; LANES]; N] {
        let (channels, step) = (self.channels, self.stride * self.channels);
        let mut sums = [*bias; N];
        for (line, filter) in rows.chunks_exact(row).zip(filter.chunks_exact(self.kernel)) {
            for (tap, w) in filter.iter().enumerate() {
                let from = (x * self.stride + tap) * channels + at;
                for (n, sum) in sums.iter_mut().enumerate() {
                    let value: &[f32; LANES] = line[from + n * step..]
                        .first_chunk()
                        .expect("the padding holds every tap");
                    for ((s, v), w) in sum.iter_mut().zip(value).zip(w) {
                        *s += v * w;
                    }
                }
            }
        }
        sums
    }

    #[inline(always)]
    fn store(&self, sums: &[[f32; LANES]], line: &mut [f32], x: usize, at: usize) {
        for (n, sum) in sums.iter().enumerate() {
            *line[(x + n) * self.channels + at..]
                .first_chunk_mut()
                .expect("a line holds all its pixels") =
                sum.map(|v| v.clamp(self.range.0, self.range.1));
        }
    }
}
