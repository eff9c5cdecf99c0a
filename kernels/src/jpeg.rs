//! Large JPEGs at a half, a quarter or an eighth of their size.
//!
//! A block of 8 × 8 pixels is a sum of 64 patterns (ITU-T T.81, A.3.3), and so the means of its pixels, two by two, four
//! by four or all, are sums of the same patterns' means. Those are worked out once for each picture, with the
//! quantisation in them; what is left for each coefficient that is not zero is one multiply-add, and no pixel that
//! nobody will see is ever made. Where colour is stored at half the resolution, its blocks are averaged over half as
//! many pixels, so that nothing has to be enlarged again.
//!
//! Read are baseline files of one scan, grey or YCbCr (JFIF), as cameras and phones write them. All others, and
//! damaged ones, are left to a whole decoder.

mod bits;
mod blocks;
mod colour;
mod huffman;
mod markers;

use bits::Bits;
use blocks::Patterns;
use markers::{Component, Frame, Scan};

pub struct Picture {
    /// Width and height. What does not fill a pixel at the right and below is left out.
    pub pixels: (usize, usize),
    /// Row by row.
    pub rgb: Vec<u8>,
    /// Width and height in the file.
    pub whole: (usize, usize),
    /// How many of the file's pixels, across and down, became one.
    pub by: usize,
}

/// The smallest of these pictures whose shorter side has at least `side` pixels. None where that is the picture itself,
/// or where this decoder cannot read the file.
pub fn decode(file: &[u8], side: usize) -> Option<Picture> {
    let (frame, scan) = markers::read(file)?;
    let shorter = frame.width.min(frame.height);
    let halvings = (1..=3).rev().find(|n| shorter >> n >= side.max(1))?;
    let planes = read(&frame, &scan, halvings)?;
    let pixels = (frame.width >> halvings, frame.height >> halvings);
    Some(Picture {
        pixels,
        rgb: colour::rgb(&planes, pixels.0, pixels.1),
        whole: (frame.width, frame.height),
        by: 1 << halvings,
    })
}

/// The means of one component, row by row: whole blocks, so more than the picture needs.
struct Plane {
    stride: usize,
    values: Vec<u8>,
}

/// One component while it is read.
struct Reading<'a> {
    component: &'a Component,
    patterns: Patterns,
    /// The difference to it is what a block begins with.
    last: i32,
    plane: Plane,
}

fn read(frame: &Frame, scan: &Scan, halvings: u32) -> Option<Vec<Plane>> {
    let most = |of: fn(&Component) -> usize| frame.components.iter().map(of).max();
    let (most_h, most_v) = (most(|c| c.h)?, most(|c| c.v)?);
    let columns = frame.width.div_ceil(8 * most_h);
    let rows = frame.height.div_ceil(8 * most_v);
    let mut readings = Vec::new();
    for component in &frame.components {
        // Values a block across and down.
        let size = |share: usize, most: usize| {
            let values = (8 >> halvings) * most / share;
            (most.is_multiple_of(share) && values <= 8).then_some(values)
        };
        let across = size(component.h, most_h)?;
        let down = size(component.v, most_v)?;
        let stride = columns * component.h * across;
        readings.push(Reading {
            component,
            patterns: Patterns::new(across, down, &component.quantisation),
            last: 0,
            plane: Plane {
                stride,
                values: vec![0; stride * rows * component.v * down],
            },
        });
    }
    let units = columns * rows;
    let interval = if scan.interval == 0 {
        units
    } else {
        scan.interval
    };
    let mut parts = scan.parts.iter();
    let mut unit = 0;
    while unit < units {
        let mut bits = Bits::new(parts.next()?);
        readings.iter_mut().for_each(|r| r.last = 0);
        for at in unit..units.min(unit + interval) {
            for reading in &mut readings {
                reading.unit(&mut bits, at % columns, at / columns)?;
            }
            if bits.overrun() {
                return None;
            }
        }
        unit += interval;
    }
    Some(readings.into_iter().map(|r| r.plane).collect())
}

impl Reading<'_> {
    /// The blocks of one component in one minimum coded unit.
    fn unit(&mut self, bits: &mut Bits, column: usize, row: usize) -> Option<()> {
        let Component { h, v, .. } = *self.component;
        for block in 0..h * v {
            let (x, y) = (column * h + block % h, row * v + block / h);
            self.last = self.last.wrapping_add(self.component.dc.next(bits)?);
            let (first, codes) = (self.last as f32, &self.component.ac);
            self.patterns
                .block(bits, first, codes, &mut self.plane, (x, y))?;
        }
        Some(())
    }
}
