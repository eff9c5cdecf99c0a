//! Writes a zip piece by piece (PKWARE's APPNOTE 6.3.10, 4.3): entries are stored unpacked, for photos are packed already. What
//! is written goes on at once; only the list of files stays in memory, until the end.
//!
//! ```
//! use formats::zip::{Writer, Zip};
//! use std::io::Cursor;
//!
//! let mut writer = Writer::default();
//! let mut file = writer.entry("cat/1.jpg", b"one");
//! file.extend(b"one");
//! file.extend(writer.end());
//! let mut zip = Zip::open(Cursor::new(file)).expect("it is a zip");
//! assert_eq!(zip.paths(), ["cat/1.jpg"]);
//! assert_eq!(zip.read(0).as_deref(), Ok(&b"one"[..]));
//! ```

use flate2::Crc;

/// 4.4.3: folders and nothing more; 4.4.4, bit 11: names are UTF-8.
const VERSION: u16 = 20;
/// 4.4.3: numbers of 64 bits.
const VERSION_LARGE: u16 = 45;
const UTF8: u16 = 1 << 11;
/// 1 January 1980, midnight, as MS-DOS counts (4.4.6): the zip is the same whenever it is made.
const DATE: [u8; 4] = [0, 0, 0x21, 0];
/// In place of a number that does not fit; the true one stands elsewhere (4.4.1.4).
const ELSEWHERE: u32 = u32::MAX;

/// The list of what was written so far.
#[derive(Default)]
pub struct Writer {
    /// Bytes written.
    at: u64,
    list: Vec<u8>,
    count: u64,
}

impl Writer {
    /// A zip that begins behind so many bytes of something else; its places count from there, too.
    pub fn behind(at: u64) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }

    /// What stands before the bytes of a file; the bytes themselves are next. `name` has `/` between folders. An entry
    /// has less than 4 GB, and a name less than 64 kB: what is longer is cut.
    pub fn entry(&mut self, name: &str, bytes: &[u8]) -> Vec<u8> {
        let mut end = name.len().min(usize::from(u16::MAX));
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        let name = &name[..end];
        let mut crc = Crc::new();
        crc.update(bytes);
        let size = u32::try_from(bytes.len()).expect("an entry has less than 4 GB");
        // 4.5.3: where the entry begins, if 32 bits do not say it.
        let large = self.at >= u64::from(ELSEWHERE);
        let version = if large { VERSION_LARGE } else { VERSION };
        let fields = |extra: u16| {
            let mut fields = Vec::new();
            for field in [version, UTF8, 0] {
                fields.extend(field.to_le_bytes());
            }
            fields.extend(DATE);
            for field in [crc.sum(), size, size] {
                fields.extend(field.to_le_bytes());
            }
            fields.extend((name.len() as u16).to_le_bytes());
            fields.extend(extra.to_le_bytes());
            fields
        };
        let mut head = b"PK\x03\x04".to_vec();
        head.extend(fields(0));
        head.extend(name.as_bytes());
        let extra = match large {
            true => [
                &1_u16.to_le_bytes()[..],
                &8_u16.to_le_bytes(),
                &self.at.to_le_bytes(),
            ]
            .concat(),
            false => Vec::new(),
        };
        self.list.extend(b"PK\x01\x02");
        self.list.extend(version.to_le_bytes());
        self.list.extend(fields(extra.len() as u16));
        self.list.extend([0; 10]); // no comment, the first disk, no attributes
        let at = u32::try_from(self.at).unwrap_or(ELSEWHERE);
        self.list.extend(at.to_le_bytes());
        self.list.extend(name.as_bytes());
        self.list.extend(extra);
        self.count += 1;
        self.at += (head.len() + bytes.len()) as u64;
        head
    }

    /// Bytes written so far.
    pub fn written(&self) -> u64 {
        self.at
    }

    /// What stands behind the last file.
    pub fn end(self) -> Vec<u8> {
        let (start, size, count) = (self.at, self.list.len() as u64, self.count);
        let mut end = self.list;
        let short = |n: u64| u32::try_from(n).unwrap_or(ELSEWHERE);
        let large = count >= u64::from(u16::MAX) || short(start) == ELSEWHERE;
        if large {
            // 4.3.14 and 4.3.15: the record with 64 bits, and where it is.
            let at = start + size;
            end.extend(b"PK\x06\x06");
            end.extend(44_u64.to_le_bytes());
            end.extend(
                [VERSION_LARGE, VERSION_LARGE]
                    .map(u16::to_le_bytes)
                    .concat(),
            );
            end.extend([0; 8]); // this disk and the list's
            end.extend([count, count, size, start].map(u64::to_le_bytes).concat());
            end.extend(b"PK\x06\x07\0\0\0\0");
            end.extend(at.to_le_bytes());
            end.extend(1_u32.to_le_bytes());
        }
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        end.extend(b"PK\x05\x06\0\0\0\0");
        end.extend([count, count].map(u16::to_le_bytes).concat());
        end.extend([short(size), short(start)].map(u32::to_le_bytes).concat());
        end.extend([0; 2]); // no comment
        end
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read, Result, Seek, SeekFrom};

    use super::*;
    use crate::zip::Zip;

    /// A file of more than 4 GB of which only both ends are there.
    struct Sparse {
        gap: u64,
        end: Vec<u8>,
        at: u64,
    }

    impl Read for Sparse {
        fn read(&mut self, out: &mut [u8]) -> Result<usize> {
            let Some(from) = self.at.checked_sub(self.gap) else {
                let n = out.len().min((self.gap - self.at) as usize);
                out[..n].fill(0);
                self.at += n as u64;
                return Ok(n);
            };
            let rest = self.end.get(from as usize..).unwrap_or_default();
            let n = rest.len().min(out.len());
            out[..n].copy_from_slice(&rest[..n]);
            self.at += n as u64;
            Ok(n)
        }
    }

    impl Seek for Sparse {
        fn seek(&mut self, to: SeekFrom) -> Result<u64> {
            self.at = match to {
                SeekFrom::Start(at) => at,
                SeekFrom::End(by) => (self.gap + self.end.len() as u64)
                    .checked_add_signed(by)
                    .expect("inside"),
                SeekFrom::Current(by) => self.at.checked_add_signed(by).expect("inside"),
            };
            Ok(self.at)
        }
    }

    #[test]
    fn what_lies_behind_four_gigabytes_is_found() {
        let gap = 5 << 30;
        let mut writer = Writer {
            at: gap,
            ..Writer::default()
        };
        let mut end = writer.entry("far/1.jpg", b"far away");
        end.extend(b"far away");
        end.extend(writer.end());
        let sparse = || Sparse {
            gap,
            end: end.clone(),
            at: 0,
        };
        let mut ours = Zip::open(sparse()).expect("it is a zip");
        assert_eq!(ours.paths(), ["far/1.jpg"]);
        assert_eq!(ours.read(0).as_deref(), Ok(&b"far away"[..]));
        let mut theirs = zip::ZipArchive::new(sparse()).expect("it is a zip");
        let mut found = Vec::new();
        let mut file = theirs.by_name("far/1.jpg").expect("it is there");
        file.read_to_end(&mut found).expect("it is whole");
        assert_eq!(found, b"far away");
    }

    #[test]
    fn more_files_than_16_bits_count_are_all_there() {
        let mut writer = Writer::default();
        let mut file = Vec::new();
        for i in 0..70_000 {
            file.extend(writer.entry(&i.to_string(), b""));
        }
        assert_eq!(writer.written(), file.len() as u64);
        file.extend(writer.end());
        let read = zip::ZipArchive::new(Cursor::new(&file)).expect("it is a zip");
        assert_eq!(read.len(), 70_000);
        let ours = Zip::open(Cursor::new(&file)).expect("it is a zip");
        assert_eq!(ours.paths().len(), 70_000);
    }
}
