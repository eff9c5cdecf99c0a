//! What a JPEG file says of itself (ITU-T T.81, annex B), as far as this decoder reads such files.

use std::rc::Rc;

use super::bits::Part;
use super::huffman::{Codes, Coefficients, Differences};

pub struct Frame {
    pub width: usize,
    pub height: usize,
    /// One, or Y, Cb and Cr.
    pub components: Vec<Component>,
}

pub struct Component {
    /// Blocks in a minimum coded unit, across and down.
    pub h: usize,
    pub v: usize,
    /// In the files' order of coefficients.
    pub quantisation: [u16; 64],
    pub dc: Rc<Differences>,
    pub ac: Rc<Coefficients>,
}

pub struct Scan {
    /// Minimum coded units from one restart to the next; 0 where there are none.
    pub interval: usize,
    pub parts: Vec<Part>,
}

/// As the frame's header describes a component: its name, the blocks, the number of its quantisation.
struct Described {
    id: u8,
    h: usize,
    v: usize,
    quantisation: usize,
}

/// What segments before the scan define.
#[derive(Default)]
struct Tables {
    quantisations: [Option<[u16; 64]>; 4],
    dc: [Option<Rc<Differences>>; 4],
    ac: [Option<Rc<Coefficients>>; 4],
    interval: usize,
}

/// None where this is not for us.
pub fn read(file: &[u8]) -> Option<(Frame, Scan)> {
    let mut tables = Tables::default();
    let mut described: Option<(usize, usize, Vec<Described>)> = None;
    let mut rest = file.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let marker;
        (marker, rest) = next_marker(rest)?;
        let length: usize = u16::from_be_bytes(*rest.first_chunk()?).into();
        let (segment, after) = rest.split_at_checked(length)?;
        let segment = segment.get(2..)?;
        rest = after;
        match marker {
            // Baseline, or extended sequential, which differs by what is refused below.
            0xc0 | 0xc1 => described = Some(frame(segment)?),
            0xc4 => tables.huffman(segment)?,
            0xdb => tables.quantisation(segment)?,
            0xdd => tables.interval = u16::from_be_bytes(segment.try_into().ok()?).into(),
            // Adobe's segment: a last byte of 1 means YCbCr, 0 RGB.
            0xee if segment.starts_with(b"Adobe") && segment.get(11) != Some(&1) => return None,
            0xda => {
                let (width, height, described) = described?;
                let components = tables.components(&described, segment)?;
                let frame = Frame {
                    width,
                    height,
                    components,
                };
                return Some((frame, scan(rest, tables.interval)?));
            }
            // Comments and what applications add.
            0xe0..=0xef | 0xfe => {}
            // Another way to code, or nothing that may stand here.
            _ => return None,
        }
    }
}

/// The marker that must come now, and what follows it.
fn next_marker(rest: &[u8]) -> Option<(u8, &[u8])> {
    let mut rest = rest.strip_prefix(&[0xff])?;
    // Any number of them may stand before a marker.
    while let Some(shorter) = rest.strip_prefix(&[0xff]) {
        rest = shorter;
    }
    rest.split_first().map(|(marker, rest)| (*marker, rest))
}

fn frame(segment: &[u8]) -> Option<(usize, usize, Vec<Described>)> {
    let (&[precision, y1, y0, x1, x0, n], components) = segment.split_first_chunk()?;
    let (height, width) = (u16::from_be_bytes([y1, y0]), u16::from_be_bytes([x1, x0]));
    let (components, rest) = components.as_chunks::<3>();
    let known = precision == 8 && width > 0 && height > 0 && matches!(n, 1 | 3);
    if !known || components.len() != n.into() || !rest.is_empty() {
        return None;
    }
    let described = components.iter().map(|&[id, sampling, quantisation]| {
        let (h, v) = match n {
            // A scan of one component has one block a unit (T.81, A.2.2).
            1 => (1, 1),
            _ => ((sampling >> 4).into(), (sampling & 15).into()),
        };
        let fits = (1..=2).contains(&h) && (1..=2).contains(&v);
        fits.then_some(Described {
            id,
            h,
            v,
            quantisation: quantisation.into(),
        })
    });
    let described = described.collect::<Option<Vec<_>>>()?;
    // Some programs say by these names that they did not change the colours.
    if described.iter().map(|d| d.id).eq(*b"RGB") {
        return None;
    }
    Some((width.into(), height.into(), described))
}

impl Tables {
    fn quantisation(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((&kind, rest)) = segment.split_first() {
            let table = self.quantisations.get_mut(usize::from(kind & 15))?;
            let mut steps = [0; 64];
            match kind >> 4 {
                0 => {
                    let (values, rest) = rest.split_first_chunk::<64>()?;
                    steps = values.map(u16::from);
                    segment = rest;
                }
                1 => {
                    let (values, rest) = rest.split_at_checked(128)?;
                    let (values, _) = values.as_chunks();
                    let values = values.iter().map(|v| u16::from_be_bytes(*v));
                    steps.iter_mut().zip(values).for_each(|(s, v)| *s = v);
                    segment = rest;
                }
                _ => return None,
            }
            *table = Some(steps);
        }
        Some(())
    }

    fn huffman(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((&kind, rest)) = segment.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let n = counts.iter().map(|c| usize::from(*c)).sum();
            let (symbols, rest) = rest.split_at_checked(n)?;
            let codes = Codes::new(counts, symbols)?;
            let number = usize::from(kind & 15);
            match kind >> 4 {
                0 => *self.dc.get_mut(number)? = Some(Rc::new(Differences::new(codes))),
                1 => *self.ac.get_mut(number)? = Some(Rc::new(Coefficients::new(codes))),
                _ => return None,
            }
            segment = rest;
        }
        Some(())
    }

    /// Those of a scan that holds all of them, in their order, whole.
    fn components(&self, described: &[Described], segment: &[u8]) -> Option<Vec<Component>> {
        let (&n, rest) = segment.split_first()?;
        let (chosen, rest) = rest.split_at_checked(2 * usize::from(n))?;
        let (chosen, _) = chosen.as_chunks::<2>();
        // All coefficients, at once.
        if chosen.len() != described.len() || rest != [0, 63, 0] {
            return None;
        }
        let pairs = described.iter().zip(chosen);
        let components = pairs.map(|(described, &[id, tables])| {
            if id != described.id {
                return None;
            }
            Some(Component {
                h: described.h,
                v: described.v,
                quantisation: (*self.quantisations.get(described.quantisation)?)?,
                dc: self.dc.get(usize::from(tables >> 4))?.clone()?,
                ac: self.ac.get(usize::from(tables & 15))?.clone()?,
            })
        });
        components.collect()
    }
}

/// Coded data up to the end of the image, parted at the restarts. None where another scan follows.
fn scan(mut rest: &[u8], interval: usize) -> Option<Scan> {
    let mut parts = Vec::new();
    let mut bytes = Vec::with_capacity(rest.len());
    loop {
        // Where there is nothing special, sixteen at a time.
        while let Some((chunk, after)) = rest.split_first_chunk::<16>() {
            if chunk.iter().fold(false, |any, byte| any | (*byte == 0xff)) {
                break;
            }
            bytes.extend_from_slice(chunk);
            rest = after;
        }
        let special = rest.iter().position(|byte| *byte == 0xff)?;
        bytes.extend_from_slice(&rest[..special]);
        let next = *rest.get(special + 1)?;
        rest = &rest[special + 2..];
        match next {
            // A byte of data, marked as no marker.
            0x00 => bytes.push(0xff),
            0xd0..=0xd7 => {
                parts.push(Part::new(&bytes));
                bytes.clear();
            }
            0xd9 => {
                parts.push(Part::new(&bytes));
                return Some(Scan { interval, parts });
            }
            _ => return None,
        }
    }
}
