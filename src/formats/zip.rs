//! Photos out of a zip: a folder a class.

use std::io::{Read, Seek};

use crate::data::photo::{MAX_BYTES, folder_of, is_junk};
use crate::data::problem::{PhotoProblem, ZipProblem};

/// More are not a project of photos: 10,000 is what one project is made for.
const MOST_FILES: usize = 20_000;

/// An open zip; its photos are unpacked one by one.
pub struct Zip<R>(zip::ZipArchive<R>);

/// A file in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub index: usize,
    /// With its folders, `/` between them.
    pub path: String,
}

impl<R: Read + Seek> Zip<R> {
    pub fn open(reader: R) -> Result<Self, ZipProblem> {
        let zip = zip::ZipArchive::new(reader).map_err(|e| ZipProblem::Damaged(e.to_string()))?;
        Ok(Self(zip))
    }

    /// The files that lie in a folder and that a person put there.
    pub fn photos(&self) -> Result<Vec<Entry>, ZipProblem> {
        let files = self.0.len();
        if files > MOST_FILES {
            return Err(ZipProblem::TooMany { files });
        }
        let mut entries = Vec::new();
        for (index, path) in self.0.file_names().enumerate() {
            let path = path.map_err(|e| ZipProblem::Damaged(e.to_string()))?;
            let path = path.replace('\\', "/");
            if !path.ends_with('/') && folder_of(&path).is_some() && !is_junk(&path) {
                entries.push(Entry { index, path });
            }
        }
        if entries.is_empty() {
            return Err(ZipProblem::NoPhotos);
        }
        Ok(entries)
    }

    /// Unpacks one, and no more of it than a photo may have: what a zip says of sizes may lie.
    pub fn read(&mut self, index: usize) -> Result<Vec<u8>, PhotoProblem> {
        let damaged = |e: String| PhotoProblem::Unreadable(e);
        let file = self.0.by_index(index).map_err(|e| damaged(e.to_string()))?;
        let mut bytes = Vec::new();
        file.take(MAX_BYTES as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| damaged(e.to_string()))?;
        if bytes.len() > MAX_BYTES {
            let megabytes = (MAX_BYTES >> 20) as u64;
            return Err(PhotoProblem::TooManyBytes { megabytes });
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, bytes) in files {
            writer
                .start_file(*path, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn folders_with_photos_are_found_and_junk_is_not() {
        let bytes = zip_of(&[
            ("pets/cats/1.jpg", b"one"),
            ("pets/cats/.DS_Store", b"x"),
            ("__MACOSX/cats/._1.jpg", b"x"),
            ("readme.txt", b"x"),
            ("dogs\\2.jpg", b"two"),
        ]);
        let mut zip = Zip::open(Cursor::new(bytes)).unwrap();
        let found = zip.photos().unwrap();
        let paths: Vec<_> = found.iter().map(|e| e.path.as_str()).collect();
        assert_eq!(paths, ["pets/cats/1.jpg", "dogs/2.jpg"]);
        assert_eq!(zip.read(found[1].index).unwrap(), b"two");
    }

    #[test]
    fn what_is_no_zip_of_photos_is_refused() {
        let open = |bytes: &[u8]| Zip::open(Cursor::new(bytes.to_vec())).and_then(|z| z.photos());
        assert!(matches!(
            open(b"PK\x03\x04 and no more"),
            Err(ZipProblem::Damaged(_))
        ));
        assert!(matches!(open(b""), Err(ZipProblem::Damaged(_))));
        assert_eq!(
            open(&zip_of(&[("lost.jpg", b"x")])),
            Err(ZipProblem::NoPhotos)
        );
    }

    #[test]
    fn an_entry_that_unpacks_to_too_much_is_refused() {
        let zeros = vec![0; MAX_BYTES + 10];
        let bytes = zip_of(&[("bombs/1.jpg", &zeros)]);
        assert!(bytes.len() < 1 << 20);
        let mut zip = Zip::open(Cursor::new(bytes)).unwrap();
        assert!(matches!(
            zip.read(0),
            Err(PhotoProblem::TooManyBytes { .. })
        ));
    }
}
