//! Several files as one: a zip whose entries are stored unpacked (PKWARE's APPNOTE 6.3, 4.3), for photos are packed already.

use flate2::Crc;

/// 4.4.3: folders and nothing more; 4.4.4, bit 11: names are UTF-8.
const VERSION: u16 = 20;
const UTF8: u16 = 1 << 11;
/// 1 January 1980, midnight, as MS-DOS counts (4.4.6): the zip is the same whenever it is made.
const DATE: [u8; 4] = [0, 0, 0x21, 0];

/// Names with `/` between folders, and what is in each file. What a zip without its 64-bit fields cannot hold is left out.
pub fn zip(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    zip_behind(Vec::new(), files)
}

/// A zip behind what another format reads from its beginning.
pub fn zip_behind(before: Vec<u8>, files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut zip, mut directory, mut count) = (before, Vec::new(), 0_u16);
    for (name, bytes) in files {
        let at = u32::try_from(zip.len());
        let (Ok(at), Ok(size), Ok(length)) =
            (at, u32::try_from(bytes.len()), u16::try_from(name.len()))
        else {
            continue;
        };
        if count == u16::MAX {
            break;
        }
        let mut crc = Crc::new();
        crc.update(bytes);
        let mut fields = Vec::new();
        for field in [VERSION, UTF8, 0] {
            fields.extend(field.to_le_bytes());
        }
        fields.extend(DATE);
        for field in [crc.sum(), size, size] {
            fields.extend(field.to_le_bytes());
        }
        fields.extend(length.to_le_bytes());
        fields.extend([0; 2]); // no extra field
        zip.extend(b"PK\x03\x04");
        zip.extend(&fields);
        zip.extend(name.as_bytes());
        zip.extend(bytes);
        directory.extend(b"PK\x01\x02");
        directory.extend(VERSION.to_le_bytes());
        directory.extend(&fields);
        directory.extend([0; 10]); // no comment, the first disk, no attributes
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
        count += 1;
    }
    let (start, size) = (zip.len() as u32, directory.len() as u32);
    zip.extend(directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    zip.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
    zip.extend([0; 2]); // no comment
    zip
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    #[test]
    fn another_program_finds_what_was_put_in() {
        let files = [
            ("photos/0000000001".to_owned(), b"{".to_vec()),
            ("project/Töpfe".to_owned(), vec![7; 70_000]),
            ("empty".to_owned(), Vec::new()),
        ];
        let mut read = zip::ZipArchive::new(Cursor::new(zip(&files))).expect("it is a zip");
        assert_eq!(read.len(), files.len());
        for (name, bytes) in &files {
            let mut found = Vec::new();
            let mut file = read.by_name(name).expect("it is there");
            // It checks the sum as well.
            file.read_to_end(&mut found).expect("it is whole");
            assert_eq!(found, *bytes);
        }
    }
}
