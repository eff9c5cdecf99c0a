//! PNG, row by row: whatever its pixels are made of, only the picture wanted is kept.

use std::io::Cursor;

use png::{Decoder, DecodingError, Limits, Reader, Transformations};

use super::Failure::{self, Damaged, TooMuch, Unusual};
use super::{Picture, Smaller};

/// Bytes for rows while they are unpacked. Two of a row with the most pixels that a photo may have fit in.
const ROWS: usize = 64 << 20;

/// A file, its header read.
pub struct Png<'a> {
    decoder: Decoder<Cursor<&'a [u8]>>,
    size: (usize, usize),
}

impl<'a> Png<'a> {
    pub fn open(file: &'a [u8]) -> Result<Self, Failure> {
        let mut decoder = Decoder::new_with_limits(Cursor::new(file), Limits { bytes: ROWS });
        // Profiles and texts may unpack to much more than the picture.
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        decoder.set_transformations(Transformations::normalize_to_color8());
        let info = decoder.read_header_info().map_err(failure)?;
        let size = (info.width as usize, info.height as usize);
        Ok(Self { decoder, size })
    }

    /// Width and height.
    pub fn size(&self) -> (usize, usize) {
        self.size
    }

    /// Bytes that decoding takes, the file itself not among them; None where no memory holds them.
    pub fn memory(&self, side: usize) -> Option<usize> {
        // Up to 16 bits of four channels a pixel; one before unpacking, two while filters are undone, two as they come out.
        let rows = self.size.0.checked_mul(5 * 8)?;
        Smaller::memory(self.size, side)?.checked_add(rows)
    }

    /// The smallest picture whose shorter side has at least `side` pixels (a half, a quarter, an eighth, or all), of an
    /// animation the first one; and what EXIF says, a TIFF.
    pub fn decode(self, side: usize) -> Result<(Picture, Option<Vec<u8>>), Failure> {
        let (width, height) = self.size;
        let mut smaller = Smaller::new(self.size, side).ok_or(TooMuch)?;
        let mut reader = self.decoder.read_info().map_err(failure)?;
        let channels = reader.output_color_type().0.samples();
        let frame = reader.info().frame_control();
        if frame.is_some_and(|f| (f.width as usize, f.height as usize) != self.size) {
            return Err(Damaged);
        }
        let passes = match reader.info().interlaced {
            true => &ADAM7[..],
            false => &[((0, 0), (1, 1))],
        };
        let mut row = vec![0; width.checked_mul(channels).ok_or(TooMuch)?];
        for &((left, top), (across, down)) in passes {
            let columns = width.saturating_sub(left).div_ceil(across);
            if columns == 0 {
                continue;
            }
            for y in (top..height).step_by(down) {
                read_row(&mut reader, &mut row)?;
                smaller.put((left, y), across, &row[..columns * channels], channels);
            }
        }
        let exif = reader.info().exif_metadata.as_ref();
        Ok((smaller.picture(), exif.map(|exif| exif.to_vec())))
    }
}

/// The seven passes of an interlaced file (PNG, 8.2): the first column and row of each, and the steps to the next ones.
const ADAM7: [((usize, usize), (usize, usize)); 7] = [
    ((0, 0), (8, 8)),
    ((4, 0), (8, 8)),
    ((0, 4), (4, 8)),
    ((2, 0), (4, 4)),
    ((0, 2), (2, 4)),
    ((1, 0), (2, 2)),
    ((0, 1), (1, 2)),
];

fn read_row(reader: &mut Reader<Cursor<&[u8]>>, row: &mut [u8]) -> Result<(), Failure> {
    match reader.read_row(row) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(Damaged),
        Err(error) => Err(failure(error)),
    }
}

fn failure(error: DecodingError) -> Failure {
    match error {
        DecodingError::LimitsExceeded => TooMuch,
        DecodingError::Parameter(_) => Unusual,
        DecodingError::IoError(_) | DecodingError::Format(_) => Damaged,
    }
}
