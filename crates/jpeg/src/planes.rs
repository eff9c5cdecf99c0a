//! One component of a picture, and how it is enlarged where it has fewer samples than there are pixels.

use std::borrow::Cow;

use super::markers::{Component, Frame};

/// How many of something there are, across and down.
type Size = (usize, usize);

/// How one component lies in the picture.
pub struct Layout {
    /// Blocks that have samples: those of a scan of this component alone (T.81, A.2.2).
    pub blocks: Size,
    /// The same, filled up to whole minimum coded units.
    pub padded: Size,
    /// Values that are made of a block: 1, 2, 4 or 8.
    pub values: Size,
    /// Values that stand for samples, not for what fills up blocks.
    size: Size,
    /// Pixels that one value stands for.
    enlarge: Size,
}

impl Layout {
    /// For a picture at a `2^halvings`-th of its size.
    pub fn new(frame: &Frame, component: &Component, halvings: u32) -> Self {
        let most = |of: fn(&Component) -> usize| frame.components.iter().map(of).max().unwrap_or(1);
        let along = |length: usize, factor: usize, most: usize| {
            let samples = (length * factor).div_ceil(most);
            let pixels = (8 >> halvings) * most / factor;
            (samples, length.div_ceil(8 * most) * factor, pixels)
        };
        let (samples_x, padded_x, pixels_x) = along(frame.width, component.h, most(|c| c.h));
        let (samples_y, padded_y, pixels_y) = along(frame.height, component.v, most(|c| c.v));
        let values = |pixels: usize| [8, 4, 2].into_iter().find(|n| pixels.is_multiple_of(*n));
        let (across, down) = (values(pixels_x).unwrap_or(1), values(pixels_y).unwrap_or(1));
        Self {
            blocks: (samples_x.div_ceil(8), samples_y.div_ceil(8)),
            padded: (padded_x, padded_y),
            values: (across, down),
            size: (
                (samples_x * across).div_ceil(8),
                (samples_y * down).div_ceil(8),
            ),
            enlarge: (pixels_x / across, pixels_y / down),
        }
    }

    /// Bytes that its plane takes; None where no memory holds them.
    pub fn bytes(&self) -> Option<usize> {
        let across = self.padded.0.checked_mul(self.values.0)?;
        across.checked_mul(self.padded.1.checked_mul(self.values.1)?)
    }
}

/// The values of one component, row by row: whole blocks, so more than the picture needs.
pub struct Plane {
    pub stride: usize,
    pub values: Vec<u8>,
    size: Size,
    enlarge: Size,
}

/// What enlarging needs again for each row.
#[derive(Default)]
pub struct Room {
    sums: Vec<u16>,
    row: Vec<u8>,
}

impl Plane {
    /// None where no memory holds it.
    pub fn new(layout: &Layout) -> Option<Self> {
        Some(Self {
            stride: layout.padded.0 * layout.values.0,
            values: vec![0; layout.bytes()?],
            size: layout.size,
            enlarge: layout.enlarge,
        })
    }

    /// The first `width` pixels of a row. Between values there are weighted means of the nearest two, each way, as
    /// libjpeg has them ("fancy upsampling").
    pub fn row<'a>(&'a self, y: usize, width: usize, room: &'a mut Room) -> Cow<'a, [u8]> {
        let row = |y: usize| &self.values[self.stride * y..][..self.stride];
        let (across, down) = self.enlarge;
        if self.enlarge == (1, 1) {
            return Cow::Borrowed(&row(y)[..width]);
        }
        // One value more at each end.
        let (above, below, weights) = between(y, down, self.size.1);
        let n = self.size.0;
        room.sums.clear();
        room.sums.push(0);
        let pairs = row(above)[..n].iter().zip(&row(below)[..n]);
        let sum = |(a, b): (&u8, &u8)| weights.0 * u16::from(*a) + weights.1 * u16::from(*b);
        room.sums.extend(pairs.map(sum));
        room.sums[0] = room.sums[1];
        room.sums.push(room.sums[n]);
        let sums = &room.sums;
        room.row.clear();
        match (across, down) {
            // The weights of both ways add up to 8 or 16.
            (2, 1 | 2) => {
                let (half, shift) = if down == 1 { (4, 3) } else { (8, 4) };
                room.row.resize(2 * n, 0);
                let (pairs, _) = room.row.as_chunks_mut::<2>();
                for (pair, near) in pairs.iter_mut().zip(sums.windows(3)) {
                    let middle = 3 * near[1] + half;
                    *pair = [near[0], near[2]].map(|other| ((middle + other) >> shift) as u8);
                }
            }
            _ => {
                let all = 4 * (across * down) as u32;
                room.row.extend((0..width).map(|x| {
                    let (left, right, weights) = between(x, across, n);
                    let sum = |at: usize, weight: u16| u32::from(weight) * u32::from(sums[at + 1]);
                    ((sum(left, weights.0) + sum(right, weights.1) + all / 2) / all) as u8
                }));
            }
        }
        Cow::Borrowed(&room.row[..width])
    }
}

/// The two of `n` values that pixel `at` lies between, where each stands for `by` pixels, and their weights, which add
/// up to `2 * by`.
fn between(at: usize, by: usize, n: usize) -> (usize, usize, (u16, u16)) {
    // From the middle of the first value on, in halves of pixels.
    let from = (2 * at + 1) as isize - by as isize;
    let (first, weight) = (
        from.div_euclid(2 * by as isize),
        from.rem_euclid(2 * by as isize),
    );
    let inside = |at: isize| at.clamp(0, n as isize - 1) as usize;
    let weights = ((2 * by) as u16 - weight as u16, weight as u16);
    (inside(first), inside(first + 1), weights)
}
