//! Baseline and extended sequential files: each component is in one scan, whole, alone or with others.

use super::Jpeg;
use super::bits::Bits;
use super::blocks::{Coded, Patterns};
use super::huffman::{Coefficients, Differences};
use super::markers::Scan;
use super::planes::{Layout, Plane};
use super::scan::{self, Units};
use kernels::pictures::Failure::{self, Damaged, TooMuch, Unusual};

/// One component while it is read.
struct Reading {
    /// Its place in the frame.
    at: usize,
    /// Blocks in a unit.
    h: usize,
    v: usize,
    patterns: Patterns,
    dc: Differences,
    ac: Coefficients,
    /// The difference to it is what a block begins with.
    last: i32,
    plane: Plane,
}

pub fn read(jpeg: &mut Jpeg, layouts: &[Layout]) -> Result<Vec<Plane>, Failure> {
    let mut planes: Vec<Option<Plane>> = layouts.iter().map(|_| None).collect();
    let mut header = Some(jpeg.scan);
    while let Some(segment) = header {
        let scan = Scan::of(segment, &jpeg.frame)?;
        // All coefficients, at once.
        if scan.band != (0, 63) || scan.before != 0 || scan.below != 0 {
            return Err(Damaged);
        }
        let mut readings = Vec::new();
        for &(at, dc, ac) in &scan.parts {
            if planes[at].is_some() {
                return Err(Unusual);
            }
            let (component, layout) = (&jpeg.frame.components[at], &layouts[at]);
            let (across, down) = layout.values;
            let steps = jpeg.segments.steps_of(component)?;
            let alone = scan.parts.len() == 1;
            readings.push(Reading {
                at,
                h: if alone { 1 } else { component.h },
                v: if alone { 1 } else { component.v },
                patterns: Patterns::new(across, down, &steps),
                dc: Differences::new(jpeg.segments.dc(dc)?),
                ac: Coefficients::new(jpeg.segments.ac(ac)?),
                last: 0,
                plane: Plane::new(layout).ok_or(TooMuch)?,
            });
        }
        let units = jpeg.units(&scan, layouts);
        let interval = jpeg.segments.interval;
        jpeg.segments.rest = scan::read(jpeg.segments.rest, interval, units, &mut readings)?;
        for reading in readings {
            planes[reading.at] = Some(reading.plane);
        }
        header = jpeg.segments.next_scan()?;
    }
    planes
        .into_iter()
        .map(|plane| plane.ok_or(Damaged))
        .collect()
}

impl Units for Vec<Reading> {
    fn restart(&mut self) {
        self.iter_mut().for_each(|reading| reading.last = 0);
    }

    fn unit(&mut self, bits: &mut Bits, (x, y): (usize, usize)) -> Option<()> {
        for reading in self {
            let Reading { h, v, .. } = *reading;
            for block in 0..h * v {
                reading.last = reading.last.wrapping_add(reading.dc.next(bits)?);
                let coded = Coded {
                    bits,
                    first: reading.last as f32,
                    codes: &reading.ac,
                };
                let at = (x * h + block % h, y * v + block / h);
                reading.patterns.block(coded, &mut reading.plane, at)?;
            }
        }
        Some(())
    }
}
