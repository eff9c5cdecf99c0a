//! From coefficients to means of pixels.

use std::f32::consts::{FRAC_1_SQRT_2, PI};

use super::Plane;
use super::bits::Bits;
use super::huffman::Coefficients;
use crate::lanes::F32x4;

/// Column and row of each coefficient, in the order in which files hold them (ITU-T T.81, figure A.6): along the
/// diagonals, to and fro.
fn zigzag() -> [(usize, usize); 64] {
    let mut order = [(0, 0); 64];
    let diagonals = (0..15).flat_map(|sum: usize| {
        let along = sum.saturating_sub(7)..=sum.min(7);
        let even = sum.is_multiple_of(2);
        along.map(move |i| if even { (i, sum - i) } else { (sum - i, i) })
    });
    order
        .iter_mut()
        .zip(diagonals)
        .for_each(|(to, from)| *to = from);
    order
}

/// What each coefficient adds to the values of its block.
pub struct Patterns {
    across: usize,
    down: usize,
    /// Of each coefficient, `down` rows of `across` values, filled up to whole vectors; and as many zeros, for what leads
    /// out of the block.
    values: Vec<[f32; 4]>,
}

/// The last coefficient's place.
const LAST: usize = 63;

/// The mean of unsigned 8-bit values, which are coded as if they were signed; and a half, to round to the nearest.
const MIDDLE: f32 = 128.5;

impl Patterns {
    /// For `across` × `down` values a block: 1, 2, 4 or 8 each, and no more than twice as many one way as the other.
    pub fn new(across: usize, down: usize, quantisation: &[u16; 64]) -> Self {
        let mut values = Vec::new();
        for ((u, v), step) in zigzag().into_iter().zip(quantisation) {
            let value = |i: usize| match i / across {
                y if y < down => wave(v, y, down) * wave(u, i % across, across) * f32::from(*step),
                _ => 0.0,
            };
            let vectors = (across * down).div_ceil(4);
            values.extend((0..vectors).map(|n| std::array::from_fn(|i| value(4 * n + i))));
        }
        values.resize(2 * values.len(), [0.0; 4]);
        Self {
            across,
            down,
            values,
        }
    }

    /// Reads the coefficients of the block at `x`, `y` (counted in blocks) and writes its values.
    pub fn block(
        &self,
        bits: &mut Bits,
        first: f32,
        codes: &Coefficients,
        plane: &mut Plane,
        (x, y): (usize, usize),
    ) -> Option<()> {
        let at = y * self.down * plane.stride + x * self.across;
        let to = plane.values.get_mut(at..)?;
        let read = Reading {
            patterns: &self.values,
            first,
            codes,
        };
        let to = Rows {
            rows: self.down,
            stride: plane.stride,
            to,
        };
        match (self.across, self.down) {
            (1, 1 | 2) => read.write::<1, 1>(bits, to),
            (2, 1 | 2) => read.write::<1, 2>(bits, to),
            (2, 4) => read.write::<2, 2>(bits, to),
            (4, 2) => read.write::<2, 4>(bits, to),
            (4, 4) => read.write::<4, 4>(bits, to),
            (4, 8) => read.write::<8, 4>(bits, to),
            (8, 4) => read.write::<8, 8>(bits, to),
            (8, 8) => read.write::<16, 8>(bits, to),
            _ => None,
        }
    }
}

struct Reading<'a> {
    patterns: &'a [[f32; 4]],
    /// The first coefficient, which stands for the mean of all.
    first: f32,
    codes: &'a Coefficients,
}

/// Where the values of a block go.
struct Rows<'a> {
    rows: usize,
    stride: usize,
    to: &'a mut [u8],
}

impl Reading<'_> {
    /// `V` vectors, in rows of `A` values.
    #[inline(always)]
    fn write<const V: usize, const A: usize>(self, bits: &mut Bits, to: Rows) -> Option<()> {
        // A copy stays in registers.
        let mut ahead = *bits;
        let (patterns, _) = self.patterns.as_chunks::<V>();
        let patterns = patterns.first_chunk::<{ 2 * 64 }>()?;
        let mean = MIDDLE + self.first * patterns[0][0][0];
        let rows = to.to.chunks_mut(to.stride).take(to.rows);
        let mut pair = self.codes.peek(&mut ahead)?;
        if usize::from(pair.steps[0]) > LAST {
            ahead.skip(pair.bits_of_first.into());
            *bits = ahead;
            // Most blocks of colour are of one colour.
            let mean = mean as u8;
            rows.for_each(|row| row[..A].fill(mean));
            return Some(());
        }
        let mut sums = [F32x4::of(mean); V];
        let mut add = |at: usize, value: i16| {
            let by = F32x4::of(value.into());
            for (sum, pattern) in sums.iter_mut().zip(&patterns[at]) {
                *sum = sum.plus(by, F32x4::load(pattern));
            }
        };
        let mut at = 0;
        loop {
            at += usize::from(pair.steps[0]);
            add(at, pair.values[0]);
            if at >= LAST {
                // What comes second, if anything, is the next block's.
                ahead.skip(pair.bits_of_first.into());
                break;
            }
            at += usize::from(pair.steps[1]);
            add(at, pair.values[1]);
            ahead.skip(pair.bits.into());
            if at >= LAST {
                break;
            }
            pair = self.codes.peek(&mut ahead)?;
        }
        *bits = ahead;
        let values = sums.map(F32x4::to_bytes);
        let (values, _) = values.as_flattened().as_chunks::<A>();
        rows.zip(values)
            .for_each(|(row, values)| row[..A].copy_from_slice(values));
        Some(())
    }
}

/// The mean of the `which`-th of `n` equal parts of a block's `frequency`-th cosine (T.81, A.3.3).
fn wave(frequency: usize, which: usize, n: usize) -> f32 {
    let pixels = 8 / n;
    let sum: f32 = (which * pixels..(which + 1) * pixels)
        .map(|x| ((2 * x + 1) as f32 * frequency as f32 * PI / 16.0).cos())
        .sum();
    let weight = if frequency == 0 { FRAC_1_SQRT_2 } else { 1.0 };
    weight / 2.0 * sum / pixels as f32
}
