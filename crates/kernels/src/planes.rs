//! Depthwise convolution on planes of eight channels: small enough for the cache, read in one go.

use crate::LANES;
use crate::depthwise::Padded;
use crate::lanes::{F32x4, Lanes, half, half_mut};

/// Output pixels of one step: they share the inputs that are loaded.
const PIXELS: usize = 4;

/// A filter a channel, with bias and ReLU6: `[channels / 8][kernel * kernel][8]`.
pub struct Filter {
    kernel: usize,
    stride: usize,
    weight: Vec<Lanes>,
    bias: Vec<Lanes>,
}

impl Filter {
    /// `weight` is `[channels, kernel, kernel]`. `channels` must be a multiple of 8; `kernel` is 3 or 5, `stride` 1 or 2.
    pub fn new(weight: &[f32], bias: &[f32], kernel: usize, stride: usize) -> Self {
        let (channels, taps) = (bias.len(), kernel * kernel);
        assert!(
            channels.is_multiple_of(LANES) && weight.len() == channels * taps,
            "{channels} channels do not fill blocks of {LANES}"
        );
        assert!(
            matches!((kernel, stride), (3 | 5, 1 | 2)),
            "no filter of {kernel} with stride {stride}"
        );
        let pack = |block: usize, tap: usize| -> Lanes {
            std::array::from_fn(|lane| weight[(block * LANES + lane) * taps + tap])
        };
        Self {
            kernel,
            stride,
            weight: (0..channels / LANES)
                .flat_map(|block| (0..taps).map(move |tap| pack(block, tap)))
                .collect(),
            bias: bias.as_chunks().0.to_vec(),
        }
    }

    /// Blocks of eight channels.
    pub fn blocks(&self) -> usize {
        self.bias.len()
    }

    /// One block: `[padded.pixels()][8]` -> `[ceil(size / stride)^2][8]`.
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    pub fn run(&self, block: usize, input: &[Lanes], padded: Padded, output: &mut [Lanes]) {
        let bias = &self.bias[block];
        match (self.kernel, self.stride) {
            (3, 1) => filter::<3, 1, 6>(self.taps(block), bias, input, padded, output),
            (3, _) => filter::<3, 2, 9>(self.taps(block), bias, input, padded, output),
            (_, 1) => filter::<5, 1, 8>(self.taps(block), bias, input, padded, output),
            (_, _) => filter::<5, 2, 11>(self.taps(block), bias, input, padded, output),
        }
    }

    /// Row by row.
    fn taps<const KERNEL: usize>(&self, block: usize) -> &[[Lanes; KERNEL]] {
        let taps = KERNEL * KERNEL;
        self.weight[block * taps..][..taps].as_chunks().0
    }
}

/// `SPAN` inputs of a row are what four outputs see: `3 * STRIDE + KERNEL`.
#[inline(always)]
fn filter<const KERNEL: usize, const STRIDE: usize, const SPAN: usize>(
    weight: &[[Lanes; KERNEL]],
    bias: &Lanes,
    input: &[Lanes],
    padded: Padded,
    output: &mut [Lanes],
) {
    let (side, row) = (padded.size.div_ceil(STRIDE), padded.row());
    for (y, line) in output.chunks_exact_mut(side).enumerate() {
        let rows = input[y * STRIDE * row..][..KERNEL * row].chunks_exact(row);
        let (fours, rest) = line.as_chunks_mut::<PIXELS>();
        let mut x = 0;
        for out in fours {
            // Half of the channels at a time: sums, filter and inputs fit into the registers.
            for h in 0..2 {
                let mut sums = [F32x4::load(half(bias, h)); PIXELS];
                for (row, w) in rows.clone().zip(weight) {
                    let seen: &[Lanes; SPAN] = row[x * STRIDE..]
                        .first_chunk()
                        .expect("the padding holds every tap");
                    let w = w.each_ref().map(|w| F32x4::load(half(w, h)));
                    for (j, v) in seen.iter().enumerate() {
                        let v = F32x4::load(half(v, h));
                        // Input `j` is tap `j - n * STRIDE` of output `n`.
                        for (n, sum) in sums.iter_mut().enumerate() {
                            if let Some(w) = j.checked_sub(n * STRIDE).and_then(|tap| w.get(tap)) {
                                *sum = sum.fused(v, *w);
                            }
                        }
                    }
                }
                for (sum, out) in sums.into_iter().zip(&mut *out) {
                    sum.relu6().store(half_mut(out, h));
                }
            }
            x += PIXELS;
        }
        for out in rest {
            for h in 0..2 {
                let mut sum = F32x4::load(half(bias, h));
                for (row, w) in rows.clone().zip(weight) {
                    for (v, w) in row[x * STRIDE..].iter().zip(w) {
                        sum = sum.fused(F32x4::load(half(v, h)), F32x4::load(half(w, h)));
                    }
                }
                sum.relu6().store(half_mut(out, h));
            }
            x += 1;
        }
    }
}

/// The mean of each channel over the pixels: `[blocks][pixels][8]` -> `[8 * blocks]`.
pub fn mean(planes: &[Lanes], pixels: usize) -> Vec<f32> {
    let mean = |plane: &[Lanes]| -> Lanes {
        let mut sum = [0.0; LANES];
        for pixel in plane {
            sum.iter_mut().zip(pixel).for_each(|(s, v)| *s += v);
        }
        sum.map(|s| s / pixels as f32)
    };
    planes.chunks_exact(pixels).flat_map(mean).collect()
}
