//! Several files as one: a zip, unpacked.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Names with `/` between folders, and what is in each file. A name that was there before is left out.
pub fn zip(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    // Photos are packed already.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in files {
        if writer.start_file(name.as_str(), options).is_ok() {
            writer
                .write_all(bytes)
                .expect("memory takes what is written");
        }
    }
    let whole = writer.finish().expect("memory takes what is written");
    whole.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::zip::Zip;

    #[test]
    fn what_was_put_in_comes_out() {
        let files = [
            ("photos/0000000001".to_owned(), b"{".to_vec()),
            ("project/classes".to_owned(), Vec::new()),
            ("photos/0000000001".to_owned(), b"twice".to_vec()),
        ];
        let bytes = zip(&files);
        let mut read = Zip::open(Cursor::new(bytes)).unwrap();
        assert_eq!(read.read(0).unwrap(), b"{");
        assert_eq!(read.read(1).unwrap(), b"");
        assert!(read.read(2).is_err());
    }
}
