//! Several files as one, in memory: a zip whose entries are stored unpacked, for photos are packed already.

use super::zip::Writer;

/// Names with `/` between folders, and what is in each file.
pub fn zip(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    zip_behind(Vec::new(), files)
}

/// A zip behind what another format reads from its beginning.
pub fn zip_behind(before: Vec<u8>, files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = Writer::behind(before.len() as u64);
    let mut zip = before;
    for (name, bytes) in files {
        zip.extend(writer.entry(name, bytes));
        zip.extend(bytes);
    }
    zip.extend(writer.end());
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
