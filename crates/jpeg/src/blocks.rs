//! From coefficients to means of pixels.

use std::f32::consts::{FRAC_1_SQRT_2, PI};

use super::bits::Bits;
use super::huffman::Coefficients;
use super::planes::Plane;
use kernels::F32x4;

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
    /// Of each coefficient, in the file's order, `down` rows of `across` values, filled up to whole vectors; and as many
    /// zeros, for what leads out of the block. For whole blocks there is the wave across alone: one row.
    values: Vec<[f32; 4]>,
    /// Which of eight waves goes down with it.
    rows: [u8; 2 * 64],
    /// Those: the upper four values of each.
    waves: [[f32; 4]; 8],
}

/// The last coefficient's place.
const LAST: usize = 63;

/// The mean of unsigned 8-bit values, which are coded as if they were signed; and a half, to round to the nearest.
const MIDDLE: f32 = 128.5;

impl Patterns {
    /// For `across` × `down` values a block: 1, 2, 4 or 8 each. `quantisation` is in the file's order of coefficients.
    pub fn new(across: usize, down: usize, quantisation: &[u16; 64]) -> Self {
        let mut values = Vec::new();
        let mut rows = [0; 2 * 64];
        let is_whole = (across, down) == (8, 8);
        let height = if is_whole { 1 } else { down };
        for (at, ((u, v), step)) in zigzag().into_iter().zip(quantisation).enumerate() {
            rows[at] = v as u8;
            let value = |i: usize| match i / across {
                _ if is_whole => wave(u, i, across) * f32::from(*step),
                y if y < height => {
                    wave(v, y, down) * wave(u, i % across, across) * f32::from(*step)
                }
                _ => 0.0,
            };
            let vectors = (across * height).div_ceil(4);
            values.extend((0..vectors).map(|n| std::array::from_fn(|i| value(4 * n + i))));
        }
        values.resize(2 * values.len(), [0.0; 4]);
        Self {
            across,
            down,
            values,
            rows,
            waves: std::array::from_fn(|v| std::array::from_fn(|y| wave(v, y, 8))),
        }
    }

    /// Writes the values of the block at `x`, `y` (counted in blocks). None where its coefficients make no sense.
    pub fn block(
        &self,
        from: impl Source,
        plane: &mut Plane,
        (x, y): (usize, usize),
    ) -> Option<()> {
        let at = y * self.down * plane.stride + x * self.across;
        let to = Rows {
            rows: self.down,
            stride: plane.stride,
            to: plane.values.get_mut(at..)?,
        };
        match (self.across, self.down) {
            (1, 1 | 2 | 4) => self.reduced::<1, 1>(from, to),
            (1, 8) => self.reduced::<2, 1>(from, to),
            (2, 1 | 2) => self.reduced::<1, 2>(from, to),
            (2, 4) => self.reduced::<2, 2>(from, to),
            (2, 8) => self.reduced::<4, 2>(from, to),
            (4, 1) => self.reduced::<1, 4>(from, to),
            (4, 2) => self.reduced::<2, 4>(from, to),
            (4, 4) => self.reduced::<4, 4>(from, to),
            (4, 8) => self.reduced::<8, 4>(from, to),
            (8, 1) => self.reduced::<2, 8>(from, to),
            (8, 2) => self.reduced::<4, 8>(from, to),
            (8, 4) => self.reduced::<8, 8>(from, to),
            (8, 8) => self.whole(from, to),
            _ => None,
        }
    }

    /// `V` vectors, in rows of `A` values: every coefficient adds to all of them.
    #[inline(always)]
    fn reduced<const V: usize, const A: usize>(&self, from: impl Source, to: Rows) -> Option<()> {
        let (patterns, _) = self.values.as_chunks::<V>();
        let patterns = patterns.first_chunk::<{ 2 * 64 }>()?;
        let mean = MIDDLE + from.first() * patterns[0][0][0];
        let mut sums = [F32x4::of(mean); V];
        let others = from.others(|at, value| {
            let by = F32x4::of(value.into());
            for (sum, pattern) in sums.iter_mut().zip(&patterns[at]) {
                *sum = sum.plus(by, F32x4::load(pattern));
            }
        })?;
        match others {
            // Most blocks of colour are of one colour.
            Others::None => to.fill::<A>(mean),
            Others::Some => to.write::<V, A>(sums),
        }
        Some(())
    }

    /// 8 × 8 values: a coefficient adds to the eight values of its wave across, and then these go down together with
    /// others of the same wave down.
    #[inline(always)]
    fn whole(&self, from: impl Source, to: Rows) -> Option<()> {
        let (patterns, _) = self.values.as_chunks::<2>();
        let patterns = patterns.first_chunk::<{ 2 * 64 }>()?;
        let mean = from.first() * patterns[0][0][0];
        let mut across = [[F32x4::of(0.0); 2]; 8];
        across[0] = [F32x4::of(mean); 2];
        let mut used = 1_u32;
        let others = from.others(|at, value| {
            let by = F32x4::of(value.into());
            let v = usize::from(self.rows[at]) % 8;
            used |= 1 << v;
            for (sum, pattern) in across[v].iter_mut().zip(&patterns[at]) {
                *sum = sum.plus(by, F32x4::load(pattern));
            }
        })?;
        if let Others::None = others {
            to.fill::<8>(MIDDLE + mean * self.waves[0][0]);
            return Some(());
        }
        let mut sums = [[F32x4::of(0.0); 2]; 8];
        for n in 0..2 {
            let mut even = [F32x4::of(MIDDLE); 4];
            let mut odd = [F32x4::of(0.0); 4];
            for (v, waves) in self.waves.iter().enumerate() {
                if used & 1 << v != 0 {
                    let half = if v % 2 == 0 { &mut even } else { &mut odd };
                    for (sum, wave) in half.iter_mut().zip(waves) {
                        *sum = sum.plus(across[v][n], F32x4::splat(wave));
                    }
                }
            }
            // Below the middle, even waves go on as they came, and odd ones are turned about.
            let back = F32x4::of(-1.0);
            for (y, (even, odd)) in even.into_iter().zip(odd).enumerate() {
                sums[y][n] = even + odd;
                sums[7 - y][n] = even.plus(odd, back);
            }
        }
        let (sums, _) = sums.as_flattened().as_chunks::<16>();
        to.write::<16, 8>(*sums.first()?);
        Some(())
    }
}

/// Where the coefficients of a block come from.
pub trait Source {
    /// The first one, which stands for the mean of all.
    fn first(&self) -> f32;

    /// The others that are not zero, each with its place in the file's order; among them zeros beyond the last place,
    /// below 128. None where that is no code.
    fn others(self, add: impl FnMut(usize, i16)) -> Option<Others>;
}

/// Are there any?
pub enum Others {
    None,
    Some,
}

/// A file, at the block's second coefficient.
pub struct Coded<'b, 'a> {
    pub bits: &'b mut Bits<'a>,
    pub first: f32,
    pub codes: &'b Coefficients,
}

impl Source for Coded<'_, '_> {
    #[inline(always)]
    fn first(&self) -> f32 {
        self.first
    }

    #[inline(always)]
    fn others(self, mut add: impl FnMut(usize, i16)) -> Option<Others> {
        // A copy stays in registers.
        let mut ahead = *self.bits;
        let mut pair = self.codes.peek(&mut ahead)?;
        if usize::from(pair.steps[0]) > LAST {
            ahead.skip(pair.bits_of_first.into());
            *self.bits = ahead;
            return Some(Others::None);
        }
        let (mut at, mut last) = (0, 0);
        loop {
            at += usize::from(pair.steps[0]);
            add(at, pair.values[0]);
            if at >= LAST {
                // What comes second, if anything, is the next block's.
                ahead.skip(pair.bits_of_first.into());
                last = last.max(pair.values[0].unsigned_abs());
                break;
            }
            at += usize::from(pair.steps[1]);
            add(at, pair.values[1]);
            ahead.skip(pair.bits.into());
            if at >= LAST {
                last = last.max(pair.values[1].unsigned_abs());
                break;
            }
            pair = self.codes.peek(&mut ahead)?;
        }
        *self.bits = ahead;
        // Only the end of a block leads out of it.
        (at == LAST || last == 0).then_some(Others::Some)
    }
}

/// All of them, in the file's order.
pub struct Gathered<'a>(pub &'a [i16; 64]);

impl Source for Gathered<'_> {
    #[inline(always)]
    fn first(&self) -> f32 {
        self.0[0].into()
    }

    #[inline(always)]
    fn others(self, mut add: impl FnMut(usize, i16)) -> Option<Others> {
        let mut others = Others::None;
        for (at, value) in self.0.iter().enumerate().skip(1) {
            if *value != 0 {
                others = Others::Some;
                add(at, *value);
            }
        }
        Some(others)
    }
}

/// Where the values of a block go.
struct Rows<'a> {
    rows: usize,
    stride: usize,
    to: &'a mut [u8],
}

impl Rows<'_> {
    #[inline(always)]
    fn fill<const A: usize>(self, value: f32) {
        let value = value as u8;
        let rows = self.to.chunks_mut(self.stride).take(self.rows);
        rows.for_each(|row| row[..A].fill(value));
    }

    #[inline(always)]
    fn write<const V: usize, const A: usize>(self, sums: [F32x4; V]) {
        let values = sums.map(F32x4::to_bytes);
        let (values, _) = values.as_flattened().as_chunks::<A>();
        let rows = self.to.chunks_mut(self.stride).take(self.rows);
        rows.zip(values)
            .for_each(|(row, values)| row[..A].copy_from_slice(values));
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
