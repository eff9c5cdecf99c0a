//! Progressive files (ITU-T T.81, annex G): scans bring a part of the coefficients, or of their bits, each.

use super::Jpeg;
use super::bits::{Bits, extend};
use super::blocks::{Gathered, Patterns};
use super::huffman::{Codes, Differences};
use super::markers::Scan;
use super::planes::{Layout, Plane};
use super::scan::{self, Units};
use kernels::pictures::Failure::{self, Damaged, TooMuch, Unusual};

/// Programs write about ten. Each costs a walk over the whole picture, however few bytes it has.
const MOST_SCANS: usize = 100;

/// What is known of one component.
struct Gathering {
    /// Blocks in a row.
    stride: usize,
    /// Each with its coefficients in the file's order, 64 of them.
    blocks: Vec<[i16; 64]>,
    /// How many bits of each coefficient are missing; none where all are.
    missing: [Option<u8>; 64],
    /// Those of the time of its first scan.
    steps: Option<[u16; 64]>,
}

/// Bytes that the coefficients of a component take; None where no memory holds them.
pub fn bytes(layout: &Layout) -> Option<usize> {
    let blocks = layout.padded.0.checked_mul(layout.padded.1)?;
    blocks.checked_mul(size_of::<[i16; 64]>())
}

pub fn read(jpeg: &mut Jpeg, layouts: &[Layout]) -> Result<Vec<Plane>, Failure> {
    let mut gathered = Vec::new();
    for layout in layouts {
        let blocks = bytes(layout).ok_or(TooMuch)? / size_of::<[i16; 64]>();
        gathered.push(Gathering {
            stride: layout.padded.0,
            blocks: vec![[0; 64]; blocks],
            missing: [None; 64],
            steps: None,
        });
    }
    let mut header = Some(jpeg.scan);
    let mut scans = 0;
    while let Some(segment) = header {
        scans += 1;
        if scans > MOST_SCANS {
            return Err(Unusual);
        }
        let scan = Scan::of(segment, &jpeg.frame)?;
        one_scan(jpeg, &scan, layouts, &mut gathered)?;
        header = jpeg.segments.next_scan()?;
    }
    // Without the mark of the end, only what is complete is known to be whole. The mark ends also a picture of which fine
    // parts were left out.
    let is_whole = |g: &Gathering| match jpeg.segments.ended {
        true => g.missing[0].is_some(),
        false => g.missing.iter().all(|missing| *missing == Some(0)),
    };
    if !gathered.iter().all(is_whole) {
        return Err(Damaged);
    }
    let planes = gathered
        .into_iter()
        .zip(layouts)
        .map(|(gathering, layout)| {
            let mut plane = Plane::new(layout).ok_or(TooMuch)?;
            let (across, down) = layout.values;
            let patterns = Patterns::new(across, down, &gathering.steps.ok_or(Damaged)?);
            for (i, block) in gathering.blocks.iter().enumerate() {
                let at = (i % gathering.stride, i / gathering.stride);
                patterns
                    .block(Gathered(block), &mut plane, at)
                    .ok_or(Damaged)?;
            }
            Ok(plane)
        });
    planes.collect()
}

fn one_scan(
    jpeg: &mut Jpeg,
    scan: &Scan,
    layouts: &[Layout],
    gathered: &mut [Gathering],
) -> Result<(), Failure> {
    let (first, last) = scan.band;
    // T.81, G.1.1.1: the first coefficient comes alone, the others of one component at a time, and bits one by one.
    let is_dc = first == 0;
    let is_right = match is_dc {
        true => last == 0,
        false => scan.parts.len() == 1,
    };
    if !is_right || scan.below > 13 || (scan.before != 0 && scan.before != scan.below + 1) {
        return Err(Damaged);
    }
    for (at, ..) in &scan.parts {
        let gathering = &mut gathered[*at];
        if gathering.steps.is_none() {
            gathering.steps = Some(jpeg.segments.steps_of(&jpeg.frame.components[*at])?);
        }
        let before = (scan.before != 0).then_some(scan.before);
        let known = &mut gathering.missing[first..=last];
        if known.iter().any(|missing| *missing != before)
            || (!is_dc && gathering.missing[0].is_none())
        {
            return Err(Unusual);
        }
        gathering.missing[first..=last].fill(Some(scan.below));
    }
    let units = jpeg.units(scan, layouts);
    let (coded, interval) = (jpeg.segments.rest, jpeg.segments.interval);
    let refines = scan.before != 0;
    jpeg.segments.rest = if is_dc {
        let alone = scan.parts.len() == 1;
        let mut parts = Vec::new();
        for &(at, dc, _) in &scan.parts {
            let component = &jpeg.frame.components[at];
            parts.push(FirstPart {
                at,
                h: if alone { 1 } else { component.h },
                v: if alone { 1 } else { component.v },
                codes: match refines {
                    true => None,
                    false => Some(Differences::new(jpeg.segments.dc(dc)?)),
                },
                last: 0,
            });
        }
        let below = scan.below;
        let mut scan = FirstCoefficients {
            parts,
            below,
            gathered,
        };
        scan::read(coded, interval, units, &mut scan)?
    } else {
        let (at, _, ac) = scan.parts[0];
        let mut scan = OtherCoefficients {
            band: scan.band,
            below: scan.below,
            refines,
            codes: jpeg.segments.ac(ac)?,
            ended: 0,
            gathering: &mut gathered[at],
        };
        scan::read(coded, interval, units, &mut scan)?
    };
    Ok(())
}

/// A scan of what blocks begin with.
struct FirstCoefficients<'a> {
    parts: Vec<FirstPart>,
    below: u8,
    gathered: &'a mut [Gathering],
}

struct FirstPart {
    /// The component's place in the frame.
    at: usize,
    /// Blocks in a unit.
    h: usize,
    v: usize,
    /// None where one bit more is all that comes.
    codes: Option<Differences>,
    last: i32,
}

impl Units for FirstCoefficients<'_> {
    fn restart(&mut self) {
        self.parts.iter_mut().for_each(|part| part.last = 0);
    }

    fn unit(&mut self, bits: &mut Bits, (x, y): (usize, usize)) -> Option<()> {
        for part in &mut self.parts {
            let gathering = &mut self.gathered[part.at];
            for block in 0..part.h * part.v {
                let (x, y) = (x * part.h + block % part.h, y * part.v + block / part.h);
                let value = &mut gathering.blocks.get_mut(y * gathering.stride + x)?[0];
                match &part.codes {
                    Some(codes) => {
                        part.last = part.last.wrapping_add(codes.next(bits)?);
                        *value = (part.last << self.below) as i16;
                    }
                    None => *value |= (bits.take(1) << self.below) as i16,
                }
            }
        }
        Some(())
    }
}

/// A scan of other coefficients, of one component.
struct OtherCoefficients<'a> {
    band: (usize, usize),
    below: u8,
    /// One bit more of what is there, and what becomes other than zero.
    refines: bool,
    codes: Codes,
    /// Blocks from here on that have nothing new.
    ended: u32,
    gathering: &'a mut Gathering,
}

impl Units for OtherCoefficients<'_> {
    fn restart(&mut self) {
        self.ended = 0;
    }

    fn unit(&mut self, bits: &mut Bits, (x, y): (usize, usize)) -> Option<()> {
        let at = y * self.gathering.stride + x;
        let block = self.gathering.blocks.get_mut(at)?;
        let band = &mut block[self.band.0..=self.band.1];
        match self.refines {
            false => first_bits(bits, &self.codes, &mut self.ended, band, self.below),
            true => one_bit_more(bits, &self.codes, &mut self.ended, band, self.below),
        }
    }
}

/// T.81, G.1.2.2.
fn first_bits(
    bits: &mut Bits,
    codes: &Codes,
    ended: &mut u32,
    band: &mut [i16],
    below: u8,
) -> Option<()> {
    if *ended > 0 {
        *ended -= 1;
        return Some(());
    }
    let mut k = 0;
    while k < band.len() {
        let symbol = codes.read(bits)?;
        let (zeros, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        match (zeros, size) {
            (15, 0) => k += 16,
            (_, 0) => {
                *ended = (1 << zeros) - 1 + bits.take(zeros as u32);
                break;
            }
            _ => {
                k += zeros;
                *band.get_mut(k)? = (extend(bits.take(size), size) << below) as i16;
                k += 1;
            }
        }
    }
    Some(())
}

/// T.81, G.1.2.3.
fn one_bit_more(
    bits: &mut Bits,
    codes: &Codes,
    ended: &mut u32,
    band: &mut [i16],
    below: u8,
) -> Option<()> {
    let one = 1_i16 << below;
    let mut values = band.iter_mut();
    let refine = |value: &mut i16, bits: &mut Bits| {
        if bits.take(1) == 1 && *value & one == 0 {
            *value = value.wrapping_add(if *value < 0 { -one } else { one });
        }
    };
    while *ended == 0 && values.len() > 0 {
        let symbol = codes.read(bits)?;
        let (mut zeros, size) = (symbol >> 4, symbol & 15);
        let new = match size {
            0 if zeros < 15 => {
                *ended = (1 << zeros) + bits.take(zeros.into());
                break;
            }
            0 => 0,
            1 => match bits.take(1) {
                1 => one,
                _ => -one,
            },
            _ => return None,
        };
        // Past as many zeros as the symbol says, and what is there between them; then comes the new one.
        loop {
            let Some(value) = values.next() else {
                // Only zeros lead out of the band.
                return (new == 0).then_some(());
            };
            if *value != 0 {
                refine(value, bits);
            } else if zeros == 0 {
                *value = new;
                break;
            } else {
                zeros -= 1;
            }
        }
    }
    if *ended > 0 {
        *ended -= 1;
        values.for_each(|value| {
            if *value != 0 {
                refine(value, bits);
            }
        });
    }
    Some(())
}
