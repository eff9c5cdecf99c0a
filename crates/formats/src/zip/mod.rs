//! Samples out of a zip, as people make them: which class each belongs to, and its bytes one by one.
//!
//! ```
//! use data::problem::ZipProblem;
//! use formats::{bundle, zip::Zip};
//! use std::io::Cursor;
//!
//! // Folders name the classes; what is inside is unpacked when it is its turn.
//! let files = ["pets/cat/1.jpg", "pets/dog/a/2.jpg", "pets/dog/3.jpg", "pets/readme.txt"];
//! let files = files.map(|name| (name.to_owned(), name.as_bytes().to_vec()));
//! let mut zip = Zip::open(Cursor::new(bundle::zip(&files))).expect("it is a zip");
//! let sorted = zip.sort("pets.zip").expect("there are samples in it");
//! let classes = sorted.classes.iter().map(|c| (c.name.as_str(), c.samples.len()));
//! assert_eq!(classes.collect::<Vec<_>>(), [("cat", 1), ("dog", 2)]);
//! assert_eq!(zip.read(sorted.classes[0].samples[0]).as_deref(), Ok(&b"pets/cat/1.jpg"[..]));
//!
//! let mut empty = Zip::open(Cursor::new(bundle::zip(&[]))).expect("it is a zip");
//! assert_eq!(empty.sort("empty.zip"), Err(ZipProblem::NoSamples));
//! ```

mod directory;
mod names;
#[cfg(test)]
mod tests;
mod write;

pub use write::Writer;

use std::io::{Read, Seek, SeekFrom};

use flate2::Crc;
use flate2::read::DeflateDecoder;

use data::folders::{Sorted, labels, sort, title};
use data::problem::{SampleProblem, ZipProblem};
use data::sample::MAX_BYTES;
use directory::{Listing, read_at};

/// More are not a project of samples: 10,000 is what one project is made for.
pub const MOST_SAMPLES: usize = 20_000;
/// Photos are packed already. Drawings of one colour shrink to a hundredth as BMP; what grows by more, and beyond a
/// gigabyte, is made to.
const MOST_GROWTH: u64 = 100;
const FREE_GROWTH: u64 = 1 << 30;
/// Bytes of a file with the names of classes.
const MOST_LABELS: u64 = 1 << 20;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const AES: u16 = 99;
/// Bits of the flags: the data need a password; the name is UTF-8.
const ENCRYPTED: u16 = 1;
const UTF8: u16 = 1 << 11;

/// An open zip; its samples are unpacked one by one.
pub struct Zip<R> {
    reader: R,
    /// Bytes of the file.
    length: u64,
    listings: Vec<Listing>,
    /// With folders, `/` between them.
    paths: Vec<String>,
    /// The names are in a code page, and nobody could tell in which.
    pub names_unknown: bool,
    /// The files whose names are in a code page.
    foreign: Vec<usize>,
}

impl<R: Read + Seek> Zip<R> {
    /// Where names do not say in which code page they are, [`Self::foreign_names`] is next.
    pub fn open(mut reader: R) -> Result<Self, ZipProblem> {
        let mut listings = directory::read(&mut reader)?;
        listings.retain(|listing| !listing.name.ends_with(b"/"));
        let length = reader.seek(SeekFrom::End(0)).map_err(directory::fault)?;
        let foreign = names::foreign(&listings);
        Ok(Self {
            reader,
            length,
            paths: listings.iter().map(names::plain).collect(),
            names_unknown: !foreign.is_empty(),
            listings,
            foreign,
        })
    }

    /// The names in an unknown code page, all in the same one: to be read by the crate `code_page`, and handed back.
    pub fn foreign_names(&self) -> Vec<&[u8]> {
        let names = self.foreign.iter().map(|i| &self.listings[*i].name[..]);
        names.collect()
    }

    /// Takes [`Self::foreign_names`] back as texts; `sure` where the code page could be told.
    pub fn read_names(&mut self, texts: Vec<String>, sure: bool) {
        for (i, text) in self.foreign.iter().zip(texts) {
            self.paths[*i] = names::path(text);
        }
        self.names_unknown = !sure;
    }

    /// The files in it, with their folders.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// Its samples, sorted into classes. `file` is the zip's own name: samples without a folder are a class of that
    /// name. What cannot be unpacked as a whole is refused as a whole.
    pub fn sort(&mut self, file: &str) -> Result<Sorted, ZipProblem> {
        let mut sorted = sort(&self.paths, title(file));
        let of_all = [&sorted.apart.samples, &sorted.loose];
        let in_classes = sorted.classes.iter().map(|group| &group.samples);
        let samples: Vec<usize> = in_classes.chain(of_all).flatten().copied().collect();
        if samples.is_empty() {
            let nested = !sorted.archives.is_empty();
            return Err(if nested {
                ZipProblem::Nested
            } else {
                ZipProblem::NoSamples
            });
        }
        if samples.len() > MOST_SAMPLES {
            let files = samples.len();
            return Err(ZipProblem::TooMany { files });
        }
        self.judge(&samples)?;
        self.sort_by_labels(&mut sorted);
        if let Some(labels) = sorted.labels {
            self.name_classes(labels, &mut sorted);
        }
        Ok(sorted)
    }

    /// Whether these files can all be unpacked, before any of them is.
    pub fn judge(&self, files: &[usize]) -> Result<(), ZipProblem> {
        let listings = || files.iter().filter_map(|i| self.listings.get(*i));
        if listings().any(|one| one.flags & ENCRYPTED != 0 || one.method == AES) {
            return Err(ZipProblem::Password);
        }
        let readable = |one: &&Listing| ![STORED, DEFLATED].contains(&one.method);
        if let Some(one) = listings().find(readable) {
            return Err(ZipProblem::Method(method(one.method)));
        }
        let unpacked = listings().map(|one| one.unpacked);
        let unpacked = unpacked.fold(0_u64, u64::saturating_add);
        let most = FREE_GROWTH.saturating_add(self.length.saturating_mul(MOST_GROWTH));
        if self.overlaps() {
            return Err(ZipProblem::Overlapping);
        }
        if unpacked > most {
            let megabytes = unpacked >> 20;
            return Err(ZipProblem::Bomb { megabytes });
        }
        Ok(())
    }

    /// Whether two files share bytes. A file's own header has 30 bytes at least.
    fn overlaps(&self) -> bool {
        let mut ranges: Vec<(u64, u64)> = self
            .listings
            .iter()
            .map(|one| (one.at, one.at.saturating_add(30 + one.packed)))
            .collect();
        ranges.sort_unstable();
        ranges.windows(2).any(|two| two[0].1 > two[1].0)
    }

    /// A table among the files may say the class of each.
    fn sort_by_labels(&mut self, sorted: &mut Sorted) {
        // Folders that name several classes say it already.
        if sorted.classes.len() > 1 {
            return;
        }
        let is_table = |i: &usize| {
            labels::is_table(&self.paths[*i]) && self.listings[*i].unpacked <= labels::LARGEST
        };
        let tables: Vec<usize> = sorted.others.iter().copied().filter(is_table).collect();
        for table in tables {
            let judged = self
                .judge(&[table])
                .ok()
                .and_then(|()| self.read(table).ok());
            let text = judged.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            if text.is_some_and(|text| sorted.sort_by_labels(table, &text, &self.paths)) {
                return;
            }
        }
    }

    /// Classes have numbers so far; a file in the zip has a list `labels` of their names.
    fn name_classes(&mut self, file: usize, sorted: &mut Sorted) {
        #[derive(serde::Deserialize)]
        struct Names {
            labels: Vec<String>,
        }
        if self.listings[file].unpacked > MOST_LABELS {
            return;
        }
        let Ok(bytes) = self.read(file) else {
            return;
        };
        let names: Option<Names> = serde_json::from_slice(&bytes).ok();
        for group in &mut sorted.classes {
            let number: Option<usize> = group.name.parse().ok();
            let name = number
                .zip(names.as_ref())
                .and_then(|(n, all)| all.labels.get(n));
            if let Some(name) = name {
                group.name.clone_from(name);
            }
        }
    }

    /// Unpacks one, and no more of it than a sample may have: what a zip says of sizes may lie.
    pub fn read(&mut self, index: usize) -> Result<Vec<u8>, SampleProblem> {
        let damaged = || SampleProblem::Damaged;
        let fault = |problem: ZipProblem| match problem {
            ZipProblem::Unreadable(words) => SampleProblem::Unreadable(words),
            _ => damaged(),
        };
        let one = self.listings.get(index).ok_or_else(damaged)?.clone();
        if one.unpacked > MAX_BYTES as u64 {
            let megabytes = one.unpacked >> 20;
            return Err(SampleProblem::TooManyBytes { megabytes });
        }
        let head = read_at(&mut self.reader, one.at, 30).map_err(fault)?;
        if !head.starts_with(b"PK\x03\x04") {
            return Err(damaged());
        }
        let [name, extra] = [26, 28].map(|i| u64::from(u16::from_le_bytes([head[i], head[i + 1]])));
        let start = one.at + 30 + name + extra;
        let bytes = match one.method {
            STORED => read_at(&mut self.reader, start, one.packed).map_err(fault)?,
            _ => {
                read_at(&mut self.reader, start, 0).map_err(fault)?;
                let packed = self.reader.by_ref().take(one.packed);
                let mut bytes = Vec::new();
                // One more than there should be shows that there are more.
                let unpacked = DeflateDecoder::new(packed).take(one.unpacked + 1);
                let read = { unpacked }.read_to_end(&mut bytes);
                read.map_err(|e| fault(directory::fault(e)))?;
                bytes
            }
        };
        let mut crc = Crc::new();
        crc.update(&bytes);
        match bytes.len() as u64 == one.unpacked && crc.sum() == one.crc {
            true => Ok(bytes),
            false => Err(damaged()),
        }
    }
}

/// What people call a method of packing (APPNOTE 4.4.5), its number where they call it nothing.
fn method(number: u16) -> String {
    let name = match number {
        1 => "Shrink",
        6 => "Implode",
        9 => "Deflate64",
        12 => "bzip2",
        14 => "LZMA",
        20 | 93 => "Zstandard",
        95 => "XZ",
        96 => "JPEG",
        98 => "PPMd",
        other => return other.to_string(),
    };
    name.to_owned()
}
