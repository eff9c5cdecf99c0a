//! A picture made smaller while its pixels come, so that all of it is never there.

use super::Picture;

/// Each of `by` × `by` pixels becomes their mean; what is transparent lies on white. Pixels may come in any order, each
/// once.
pub struct Smaller {
    whole: (usize, usize),
    pixels: (usize, usize),
    by: usize,
    /// Row by row. Where `by` is 1, only `rgb` is used.
    sums: Vec<u16>,
    rgb: Vec<u8>,
}

impl Smaller {
    /// For a picture of width and height `whole`, at an eighth, a quarter, a half or all of it: with no fewer than `side`
    /// pixels on its shorter side, where it has them. None where no memory holds it.
    pub fn new(whole: (usize, usize), side: usize) -> Option<Self> {
        Self::memory(whole, side)?;
        let by = step(whole, side);
        let pixels = (whole.0 / by, whole.1 / by);
        let values = 3 * pixels.0 * pixels.1;
        let (sums, rgb) = if by > 1 { (values, 0) } else { (0, values) };
        Some(Self {
            whole,
            pixels,
            by,
            sums: vec![0; sums],
            rgb: vec![0; rgb],
        })
    }

    /// Bytes that it takes; None where no memory holds them.
    pub fn memory(whole: (usize, usize), side: usize) -> Option<usize> {
        let by = step(whole, side);
        let pixels = (whole.0 / by).checked_mul(whole.1 / by)?;
        // Three bytes, and before them three sums.
        pixels.checked_mul(if by > 1 { 9 } else { 3 })
    }

    /// Pixels of row `y` from column `x` on, every `step`-th column: grey, grey and opacity, RGB or RGBA by the number of
    /// `channels`, 1 to 4. What lies outside is left out.
    pub fn put(&mut self, (x, y): (usize, usize), step: usize, row: &[u8], channels: usize) {
        match channels {
            1 => self.put_pixels((x, y), step, row.iter().map(|grey| [*grey; 3])),
            2 => {
                let pixels = row.as_chunks().0.iter();
                let on_white = |&[grey, opacity]: &[u8; 2]| on_white([grey; 3], opacity);
                self.put_pixels((x, y), step, pixels.map(on_white));
            }
            3 => self.put_pixels((x, y), step, row.as_chunks().0.iter().copied()),
            _ => {
                let pixels = row.as_chunks().0.iter();
                let on_white = |&[r, g, b, opacity]: &[u8; 4]| on_white([r, g, b], opacity);
                self.put_pixels((x, y), step, pixels.map(on_white));
            }
        }
    }

    #[inline(always)]
    fn put_pixels(
        &mut self,
        (x, y): (usize, usize),
        step: usize,
        pixels: impl Iterator<Item = [u8; 3]>,
    ) {
        let (width, by) = (self.pixels.0, self.by);
        if y / by >= self.pixels.1 {
            return;
        }
        let row = 3 * width * (y / by)..3 * width * (y / by + 1);
        if by == 1 {
            let (row, _) = self.rgb[row].as_chunks_mut::<3>();
            let to = row.iter_mut().skip(x).step_by(step);
            to.zip(pixels).for_each(|(to, pixel)| *to = pixel);
            return;
        }
        let (row, _) = self.sums[row].as_chunks_mut::<3>();
        for (x, pixel) in (x..width * by).step_by(step).zip(pixels) {
            let sums = &mut row[x / by];
            sums.iter_mut()
                .zip(pixel)
                .for_each(|(sum, value)| *sum += u16::from(value));
        }
    }

    pub fn picture(self) -> Picture {
        let count = (self.by * self.by) as u16;
        let mean = |sum: u16| ((sum + count / 2) / count) as u8;
        Picture {
            pixels: self.pixels,
            rgb: match self.by {
                1 => self.rgb,
                _ => self.sums.into_iter().map(mean).collect(),
            },
            whole: self.whole,
            by: self.by,
        }
    }
}

/// How many pixels become one, across and down.
fn step(whole: (usize, usize), side: usize) -> usize {
    let shorter = whole.0.min(whole.1);
    let smaller = [8, 4, 2].into_iter().find(|by| shorter / by >= side.max(1));
    smaller.unwrap_or(1)
}

/// A pixel of an opacity in 0..=255 before white.
#[inline(always)]
pub fn on_white(colour: [u8; 3], opacity: u8) -> [u8; 3] {
    let opacity = u32::from(opacity);
    colour.map(|v| ((u32::from(v) * opacity + 255 * (255 - opacity) + 127) / 255) as u8)
}
