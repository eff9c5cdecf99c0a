//! The list of files at the end of a zip (APPNOTE.TXT 6.3.10, PKWARE), read by ourselves: names as bytes, methods and
//! flags are needed before anything is unpacked, and nothing in it is believed.

use std::io::{Error, ErrorKind, Read, Seek, SeekFrom};

use memchr::memmem;

use data::problem::ZipProblem;

/// Entries of one zip: twice the photos that are taken, because macOS lists a second file for each, and folders.
pub const MOST_ENTRIES: usize = 100_000;
/// Bytes of the list: as many entries with names of 300 bytes.
const LONGEST: u64 = 32 << 20;

/// An end record is 22 bytes, a comment of up to 65,535 follows.
const END: usize = 22;
const LONGEST_COMMENT: u64 = 0xffff;

/// A file in a zip, as the list has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// With its folders; in an unknown code page where no flag says UTF-8.
    pub name: Vec<u8>,
    /// The name in UTF-8, from an extra field that fits the name (Info-ZIP's 0x7075).
    pub unicode: Option<String>,
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    /// Bytes in the zip, and unpacked.
    pub packed: u64,
    pub unpacked: u64,
    /// Where the file's own header begins.
    pub at: u64,
}

/// All files of a zip, in the order of its list.
pub fn read<R: Read + Seek>(reader: &mut R) -> Result<Vec<Listing>, ZipProblem> {
    let length = reader.seek(SeekFrom::End(0)).map_err(fault)?;
    let head = read_at(reader, 0, length.min(HEAD))?;
    if let Some(name) = other_kind(&head) {
        return Err(ZipProblem::OtherKind(name.into()));
    }
    // A zip in several pieces begins with this mark.
    if head.starts_with(b"PK\x07\x08") {
        return Err(ZipProblem::Part);
    }
    let end = find_end(reader, length)?;
    if end.size > LONGEST || end.count > MOST_ENTRIES as u64 {
        let files = usize::try_from(end.count).unwrap_or(usize::MAX);
        return Err(ZipProblem::TooMany { files });
    }
    // What stands before the zip (a program that unpacks it, say) moves everything by as much.
    let start = end.at.checked_sub(end.size).ok_or(ZipProblem::Damaged)?;
    let before = start.checked_sub(end.start).ok_or(ZipProblem::Damaged)?;
    let bytes = read_at(reader, start, end.size)?;
    let mut rest = bytes.as_slice();
    let mut all = Vec::new();
    while rest.starts_with(b"PK\x01\x02") {
        let mut listing = take(&mut rest).ok_or(ZipProblem::Damaged)?;
        listing.at = listing.at.checked_add(before).ok_or(ZipProblem::Damaged)?;
        let data_end = listing.at.checked_add(listing.packed);
        if data_end.is_none_or(|end| end > start) {
            return Err(ZipProblem::Damaged);
        }
        all.push(listing);
        if all.len() > MOST_ENTRIES {
            return Err(ZipProblem::TooMany { files: all.len() });
        }
    }
    Ok(all)
}

/// The end record: where the list is.
struct End {
    /// Where the record itself begins.
    at: u64,
    count: u64,
    size: u64,
    /// Where the list begins, counted from where the zip does.
    start: u64,
}

fn find_end<R: Read + Seek>(reader: &mut R, length: u64) -> Result<End, ZipProblem> {
    let from = length.saturating_sub(END as u64 + LONGEST_COMMENT);
    let tail = read_at(reader, from, length - from)?;
    let record = |at: usize| {
        let record = tail.get(at..at + END)?;
        let comment = number(record, 20, 2) as usize;
        (at + END + comment <= tail.len()).then_some((at, record))
    };
    // The last one that is whole: a comment may hold the mark as well.
    let mut places = memmem::rfind_iter(&tail, b"PK\x05\x06").filter_map(record);
    let (place, record) = places.next().ok_or(ZipProblem::Damaged)?;
    let at = from + place as u64;
    let [disk, list_disk] = [4, 6].map(|i| number(record, i, 2));
    let end = End {
        at,
        count: number(record, 10, 2),
        size: number(record, 12, 4),
        start: number(record, 16, 4),
    };
    let large = end.count == 0xffff || end.size == 0xffff_ffff || end.start == 0xffff_ffff;
    match at.checked_sub(20).filter(|_| large) {
        Some(before) => Ok(find_large_end(reader, before)?.unwrap_or(end)),
        None if disk != list_disk || disk > 0 && disk < 0xffff => Err(ZipProblem::Part),
        None => Ok(end),
    }
}

/// The end record of a zip of more than 65,535 files or 4 GB, where one is said to be; none where none is said to be.
fn find_large_end<R: Read + Seek>(reader: &mut R, locator: u64) -> Result<Option<End>, ZipProblem> {
    let found = read_at(reader, locator, 20)?;
    if !found.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    if number(&found, 16, 4) > 1 {
        return Err(ZipProblem::Part);
    }
    // What stands before the zip is not counted in its offset; then the record stands right before its locator.
    for at in [Some(number(&found, 8, 8)), locator.checked_sub(56)]
        .into_iter()
        .flatten()
    {
        let Ok(record) = read_at(reader, at, 56) else {
            continue;
        };
        if record.starts_with(b"PK\x06\x06") {
            return Ok(Some(End {
                at,
                count: number(&record, 32, 8),
                size: number(&record, 40, 8),
                start: number(&record, 48, 8),
            }));
        }
    }
    Err(ZipProblem::Damaged)
}

/// The entry at the beginning of `rest`, which goes on behind it.
fn take(rest: &mut &[u8]) -> Option<Listing> {
    let (fixed, behind) = rest.split_at_checked(46)?;
    let [name, extra, comment] = [28, 30, 32].map(|i| number(fixed, i, 2) as usize);
    let (name, behind) = behind.split_at_checked(name)?;
    let (extra, behind) = behind.split_at_checked(extra)?;
    *rest = behind.get(comment..)?;
    let mut listing = Listing {
        name: name.to_vec(),
        unicode: None,
        flags: number(fixed, 8, 2) as u16,
        method: number(fixed, 10, 2) as u16,
        crc: number(fixed, 16, 4) as u32,
        packed: number(fixed, 20, 4),
        unpacked: number(fixed, 24, 4),
        at: number(fixed, 42, 4),
    };
    listing.take_extra(extra)?;
    Some(listing)
}

impl Listing {
    /// Fields that say more: an identifier and a length of two bytes each, and so many bytes.
    fn take_extra(&mut self, mut extra: &[u8]) -> Option<()> {
        while let Some((head, behind)) = extra.split_at_checked(4) {
            let Some((field, behind)) = behind.split_at_checked(number(head, 2, 2) as usize) else {
                break; // some programs write half a field
            };
            match number(head, 0, 2) {
                0x0001 => self.take_large(field)?,
                0x7075 => self.take_unicode(field),
                _ => {}
            }
            extra = behind;
        }
        Some(())
    }

    /// Numbers that four bytes cannot hold, in this order, those that need it.
    fn take_large(&mut self, mut field: &[u8]) -> Option<()> {
        for value in [&mut self.unpacked, &mut self.packed, &mut self.at] {
            if *value == 0xffff_ffff {
                let (bytes, behind) = field.split_at_checked(8)?;
                *value = number(bytes, 0, 8);
                field = behind;
            }
        }
        Some(())
    }

    /// It counts only while it belongs to the name beside it: a program that renames may not know of it.
    fn take_unicode(&mut self, field: &[u8]) {
        let mut crc = flate2::Crc::new();
        crc.update(&self.name);
        if field.len() >= 5 && field[0] == 1 && number(field, 1, 4) == u64::from(crc.sum()) {
            self.unicode = std::str::from_utf8(&field[5..]).ok().map(str::to_owned);
        }
    }
}

/// `bytes` little-endian bytes; the caller has looked that they are there.
fn number(from: &[u8], at: usize, bytes: usize) -> u64 {
    let bytes = from[at..at + bytes].iter().rev();
    bytes.fold(0, |all, byte| all << 8 | u64::from(*byte))
}

/// Reads `count` bytes from `at` on; a file that ends before is damaged.
pub fn read_at<R: Read + Seek>(reader: &mut R, at: u64, count: u64) -> Result<Vec<u8>, ZipProblem> {
    reader.seek(SeekFrom::Start(at)).map_err(fault)?;
    let mut bytes = Vec::new();
    reader.take(count).read_to_end(&mut bytes).map_err(fault)?;
    match bytes.len() as u64 == count {
        true => Ok(bytes),
        false => Err(ZipProblem::Damaged),
    }
}

/// What a reader or the unpacking of what it read comes to: only the former says why in words for people.
pub fn fault(error: Error) -> ZipProblem {
    match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::InvalidInput | ErrorKind::InvalidData => {
            ZipProblem::Damaged
        }
        _ => ZipProblem::Unreadable(error.to_string().into()),
    }
}

/// As many bytes of a file's beginning as tell what it is.
const HEAD: u64 = 512;

/// What people take for a zip, by its first bytes.
fn other_kind(head: &[u8]) -> Option<&'static str> {
    const KINDS: &[(&[u8], &str)] = &[
        (b"Rar!\x1a\x07", "RAR"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"\x1f\x8b", "gzip"),
        (b"BZh", "bzip2"),
        (b"\xfd7zXZ\0", "xz"),
        (b"\x28\xb5\x2f\xfd", "Zstandard"),
        (b"\x04\x22\x4d\x18", "LZ4"),
        (b"MSCF", "CAB"),
        (b"ALZ\x01", "ALZ"),
        (b"EGGA", "EGG"),
    ];
    let tar = head.get(257..262) == Some(b"ustar");
    let kind = KINDS.iter().find(|(magic, _)| head.starts_with(magic));
    kind.map(|(_, name)| *name).or(tar.then_some("tar"))
}
