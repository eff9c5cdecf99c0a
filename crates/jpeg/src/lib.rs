//! JPEGs as they are, and large ones at a half, a quarter or an eighth of their size.
//!
//! A block of 8 × 8 pixels is a sum of 64 patterns (ITU-T T.81, A.3.3), and so the means of its pixels, two by two, four
//! by four or all, are sums of the same patterns' means. Those are worked out once for each picture, with the
//! quantisation in them; what is left for each coefficient that is not zero is one multiply-add, and no pixel that
//! nobody will see is ever made. Where colour is stored at half the resolution, its blocks are averaged over half as
//! many pixels, so that little has to be enlarged again.
//!
//! Read are baseline, extended sequential and progressive files with Huffman's codes and 8 bits a sample, in any number
//! of scans: grey, YCbCr, RGB, and the inks of Adobe's programs. What is not surely one of them is
//! [`Failure::Unusual`]; where anything is missing or contradicts itself, the file is [`Failure::Damaged`]. Nothing is
//! made up.

mod bits;
mod blocks;
mod colour;
mod huffman;
mod markers;
mod planes;
mod progressive;
mod scan;
mod sequential;

use kernels::pictures::Failure::{self, Damaged, TooMuch, Unusual};
use kernels::pictures::Picture;
use markers::{Colours, Frame, Scan, Segments};
use planes::{Layout, Plane};

/// A file, read up to its first scan.
pub struct Jpeg<'a> {
    segments: Segments<'a>,
    frame: Frame,
    /// None where this decoder does not surely read the file.
    colours: Option<Colours>,
    /// The header of the first scan.
    scan: &'a [u8],
}

impl<'a> Jpeg<'a> {
    pub fn open(file: &'a [u8]) -> Result<Self, Failure> {
        let mut segments = Segments::of(file)?;
        let scan = segments.next_scan()?.ok_or(Damaged)?;
        let colours = segments.colours();
        let frame = segments.frame.take().ok_or(Damaged)?;
        Ok(Self {
            colours: colours.filter(|_| frame.ours),
            segments,
            frame,
            scan,
        })
    }

    /// Width and height; the height is 0 where the header does not tell it.
    pub fn size(&self) -> (usize, usize) {
        (self.frame.width, self.frame.height)
    }

    /// What EXIF has behind its name: a TIFF.
    pub fn exif(&self) -> Option<&'a [u8]> {
        self.segments.exif
    }

    /// False for an unusual kind of file, as far as its first headers tell.
    pub fn is_ours(&self) -> bool {
        self.colours.is_some()
    }

    /// Bytes that decoding takes, the file itself not among them; None where no memory holds them.
    pub fn memory(&self, side: usize) -> Option<usize> {
        let halvings = self.halvings(side);
        let (width, height) = self.pixels(halvings);
        let mut bytes = width.checked_mul(height)?.checked_mul(3)?;
        for layout in self.layouts(halvings) {
            bytes = bytes.checked_add(layout.bytes()?)?;
            if self.frame.progressive {
                bytes = bytes.checked_add(progressive::bytes(&layout)?)?;
            }
        }
        Some(bytes)
    }

    /// The smallest picture whose shorter side has at least `side` pixels: a half, a quarter, an eighth, or all.
    pub fn decode(mut self, side: usize) -> Result<Picture, Failure> {
        let colours = self.colours.ok_or(Unusual)?;
        self.memory(side).ok_or(TooMuch)?;
        let halvings = self.halvings(side);
        let (width, height) = self.pixels(halvings);
        let layouts = self.layouts(halvings);
        let planes: Vec<Plane> = match self.frame.progressive {
            true => progressive::read(&mut self, &layouts)?,
            false => sequential::read(&mut self, &layouts)?,
        };
        Ok(Picture {
            pixels: (width, height),
            rgb: colour::rgb(&planes, colours, width, height),
            whole: self.size(),
            by: 1 << halvings,
        })
    }

    fn halvings(&self, side: usize) -> u32 {
        let shorter = self.frame.width.min(self.frame.height);
        let halvings = (1..=3).rev().find(|n| shorter >> n >= side.max(1));
        halvings.unwrap_or(0)
    }

    fn pixels(&self, halvings: u32) -> (usize, usize) {
        (self.frame.width >> halvings, self.frame.height >> halvings)
    }

    fn layouts(&self, halvings: u32) -> Vec<Layout> {
        let components = self.frame.components.iter();
        components
            .map(|component| Layout::new(&self.frame, component, halvings))
            .collect()
    }

    /// How many units a scan has, across and down: whole ones of several components, or one's blocks.
    fn units(&self, scan: &Scan, layouts: &[Layout]) -> (usize, usize) {
        let at = scan.parts[0].0;
        match scan.parts.len() {
            1 => layouts[at].blocks,
            _ => {
                let component = &self.frame.components[at];
                let (across, down) = layouts[at].padded;
                (across / component.h, down / component.v)
            }
        }
    }
}
