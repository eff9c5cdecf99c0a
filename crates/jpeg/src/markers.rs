//! What a JPEG file says of itself (ITU-T T.81, annex B).

use super::huffman::Codes;
use kernels::pictures::Failure::{self, Damaged, Unusual};

pub struct Frame {
    pub width: usize,
    pub height: usize,
    pub progressive: bool,
    pub components: Vec<Component>,
    /// False for other ways to code than Huffman's, and for other samples than 8 bits: then there are no components.
    pub ours: bool,
}

#[derive(Clone, Copy)]
pub struct Component {
    id: u8,
    /// Blocks in a minimum coded unit of all components, across and down.
    pub h: usize,
    pub v: usize,
    /// The number of its quantisation.
    quantisation: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    Grey,
    YCbCr,
    Rgb,
    /// Of inks, 255 is none: so Adobe's programs store them.
    Cmyk,
    /// The same, but three inks as YCbCr.
    Ycck,
}

/// A code book as it stands in the file: how many codes of each length, and their symbols.
type Book<'a> = (&'a [u8; 16], &'a [u8]);

/// Reads a file from one scan to the next.
#[derive(Default)]
pub struct Segments<'a> {
    pub rest: &'a [u8],
    pub frame: Option<Frame>,
    has_frame: bool,
    /// What EXIF has behind its name: a TIFF.
    pub exif: Option<&'a [u8]>,
    /// The end of the image was marked. What follows is not looked at: phones put depth maps, a second picture (MPF) or
    /// a short film there.
    pub ended: bool,
    /// Minimum coded units from one restart to the next; 0 where there are none.
    pub interval: usize,
    is_jfif: bool,
    /// What Adobe's segment says of the colours.
    transform: Option<u8>,
    quantisations: [Option<[u16; 64]>; 4],
    dc: [Option<Book<'a>>; 4],
    ac: [Option<Book<'a>>; 4],
}

impl<'a> Segments<'a> {
    pub fn of(file: &'a [u8]) -> Result<Self, Failure> {
        Ok(Self {
            rest: file.strip_prefix(&[0xff, 0xd8]).ok_or(Damaged)?,
            ..Self::default()
        })
    }

    /// The header of the next scan, whose coded data come then; none at the end.
    pub fn next_scan(&mut self) -> Result<Option<&'a [u8]>, Failure> {
        loop {
            let Some((marker, rest)) = next_marker(self.rest) else {
                return Ok(None);
            };
            self.rest = rest;
            match marker {
                0xd9 => {
                    self.ended = true;
                    return Ok(None);
                }
                // Restarts, and TEM: nothing belongs to them.
                0x01 | 0xd0..=0xd7 => continue,
                0xd8 => return Err(Damaged),
                _ => {}
            }
            // A segment begins with its own length, two bytes of which are the length itself.
            let length = usize::from(u16::from_be_bytes(*rest.first_chunk().ok_or(Damaged)?));
            let (segment, rest) = rest.split_at_checked(length.max(2)).ok_or(Damaged)?;
            let segment = &segment[2..];
            self.rest = rest;
            match marker {
                0xc4 => self.huffman(segment).ok_or(Damaged)?,
                // Conditions of arithmetic coding, which is not for us.
                0xcc => {}
                0xc0..=0xcf => {
                    if std::mem::replace(&mut self.has_frame, true) {
                        return Err(Damaged);
                    }
                    self.frame = Some(frame(marker, segment).ok_or(Damaged)?);
                }
                0xda => return Ok(Some(segment)),
                0xdb => self.quantisation(segment).ok_or(Damaged)?,
                0xdd => {
                    let [high, low] = *segment.first_chunk().ok_or(Damaged)?;
                    self.interval = u16::from_be_bytes([high, low]).into();
                }
                // What applications add may be shorter than it should be: then it counts as missing.
                0xe0 if segment.len() >= 14 && segment.starts_with(b"JFIF\0") => {
                    self.is_jfif = true
                }
                0xe1 if self.exif.is_none() => self.exif = segment.strip_prefix(b"Exif\0\0"),
                0xee if segment.starts_with(b"Adobe") => {
                    self.transform = segment.get(11).copied().or(self.transform)
                }
                _ => {}
            }
        }
    }

    /// As libjpeg and so most programs tell them; none where that is a guess.
    pub fn colours(&self) -> Option<Colours> {
        let ids = self.frame.iter().flat_map(|f| &f.components).map(|c| c.id);
        let ids: Vec<u8> = ids.collect();
        match (ids.as_slice(), self.transform) {
            ([_], _) => Some(Colours::Grey),
            // JFIF knows no other colours.
            ([_, _, _], None | Some(1)) if self.is_jfif => Some(Colours::YCbCr),
            ([_, _, _], _) if self.is_jfif => None,
            ([_, _, _], Some(0)) => Some(Colours::Rgb),
            ([_, _, _], Some(1)) => Some(Colours::YCbCr),
            ([_, _, _], Some(_)) => None,
            // Some programs say by these names that they did not change the colours.
            ([b'R', b'G', b'B'], None) => Some(Colours::Rgb),
            ([_, _, _], None) => Some(Colours::YCbCr),
            ([_, _, _, _], Some(0)) => Some(Colours::Cmyk),
            ([_, _, _, _], Some(2)) => Some(Colours::Ycck),
            _ => None,
        }
    }

    /// In the file's order of coefficients.
    pub fn steps_of(&self, component: &Component) -> Result<[u16; 64], Failure> {
        let steps = self.quantisations.get(component.quantisation);
        steps.copied().flatten().ok_or(Unusual)
    }

    pub fn dc(&self, number: u8) -> Result<Codes, Failure> {
        codes(&self.dc, number)
    }

    pub fn ac(&self, number: u8) -> Result<Codes, Failure> {
        codes(&self.ac, number)
    }

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

    fn huffman(&mut self, mut segment: &'a [u8]) -> Option<()> {
        while let Some((&kind, rest)) = segment.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let n = counts.iter().map(|c| usize::from(*c)).sum();
            let (symbols, rest) = rest.split_at_checked(n)?;
            let books = match kind >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return None,
            };
            *books.get_mut(usize::from(kind & 15))? = Some((counts, symbols));
            segment = rest;
        }
        Some(())
    }
}

/// Those of a film's pictures are not in the file.
fn codes(books: &[Option<Book>; 4], number: u8) -> Result<Codes, Failure> {
    let book = books.get(usize::from(number)).copied().flatten();
    let (counts, symbols) = book.ok_or(Unusual)?;
    Codes::new(counts, symbols).ok_or(Damaged)
}

/// The next marker, and what follows it. What lies before it belongs to nothing, or is coded data.
pub fn next_marker(mut rest: &[u8]) -> Option<(u8, &[u8])> {
    loop {
        let at = rest.iter().position(|byte| *byte == 0xff)?;
        rest = &rest[at + 1..];
        match *rest.first()? {
            // A stuffed 0xff of coded data; any number of 0xff may stand before a marker.
            0x00 | 0xff => {}
            marker => return Some((marker, &rest[1..])),
        }
    }
}

fn frame(marker: u8, segment: &[u8]) -> Option<Frame> {
    let (&[precision, y1, y0, x1, x0, n], described) = segment.split_first_chunk()?;
    let (height, width) = (u16::from_be_bytes([y1, y0]), u16::from_be_bytes([x1, x0]));
    let (described, _) = described.as_chunks::<3>();
    let described = described.get(..n.into())?;
    let components: Vec<Component> = described
        .iter()
        .map(|&[id, sampling, quantisation]| match n {
            // A scan of one component has one block a unit (T.81, A.2.2).
            1 => (id, 1, 1, quantisation),
            _ => (id, sampling >> 4, sampling & 15, quantisation),
        })
        .map(|(id, h, v, quantisation)| Component {
            id,
            h: h.into(),
            v: v.into(),
            quantisation: quantisation.into(),
        })
        .collect();
    // Baseline, extended sequential and progressive. A height of 0 is one that a later segment tells.
    let ours = matches!(marker, 0xc0..=0xc2) && precision == 8 && height > 0;
    let ours = ours && (matches!(n, 1 | 3 | 4) && is_sampled_evenly(&components));
    (width > 0 && n > 0).then_some(Frame {
        width: width.into(),
        height: height.into(),
        progressive: marker == 0xc2,
        components: if ours { components } else { Vec::new() },
        ours,
    })
}

/// A sample of each component stands for a whole number of pixels, and no two have one name.
fn is_sampled_evenly(components: &[Component]) -> bool {
    let most = |of: fn(&Component) -> usize| components.iter().map(of).max().unwrap_or(0);
    let (h, v) = (most(|c| c.h), most(|c| c.v));
    let divides =
        |factor: usize, most: usize| factor > 0 && most <= 4 && most.is_multiple_of(factor);
    let mut ids: Vec<u8> = components.iter().map(|c| c.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.len() == components.len()
        && components
            .iter()
            .all(|c| divides(c.h, h) && divides(c.v, v))
}

/// What the header of a scan says.
pub struct Scan {
    /// Places of components in the frame, each with the numbers of its code books for DC and AC.
    pub parts: Vec<(usize, u8, u8)>,
    /// The first and the last coefficient.
    pub band: (usize, usize),
    /// Bits of each coefficient that are left to later scans: in the scan before, and in this one.
    pub before: u8,
    pub below: u8,
}

impl Scan {
    pub fn of(segment: &[u8], frame: &Frame) -> Result<Self, Failure> {
        Self::read(segment, frame).ok_or(Damaged)
    }

    fn read(segment: &[u8], frame: &Frame) -> Option<Self> {
        let (&n, rest) = segment.split_first()?;
        let (chosen, rest) = rest.split_at_checked(2 * usize::from(n))?;
        let &[first, last, bits] = rest.first_chunk()?;
        let (chosen, _) = chosen.as_chunks::<2>();
        let mut parts: Vec<(usize, u8, u8)> = Vec::new();
        for &[id, tables] in chosen {
            let at = frame.components.iter().position(|c| c.id == id)?;
            if parts.iter().any(|(other, ..)| *other == at) {
                return None;
            }
            parts.push((at, tables >> 4, tables & 15));
        }
        let blocks = |(at, ..): &(usize, u8, u8)| frame.components[*at].h * frame.components[*at].v;
        // T.81, B.2.3.
        let is_small = n == 1 || parts.iter().map(blocks).sum::<usize>() <= 10;
        (n > 0 && is_small && first <= last && last < 64).then_some(Self {
            parts,
            band: (first.into(), last.into()),
            before: bits >> 4,
            below: bits & 15,
        })
    }
}
