//! The site as one zip: unpacked anywhere below a web server's root, it works.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use xtask::{Result, addresses};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Packed already: packing them once more makes them no smaller.
const PACKED: &[&str] = &["br", "jpg", "png"];

/// Writes every file of `dist`, in the order of the alphabet and without times, so that the same site is the same archive. How many
/// files there are.
pub fn write(dist: &Path, archive: &Path) -> Result<usize> {
    let failed = |e: &dyn std::fmt::Display| format!("could not write {}: {e}", archive.display());
    let mut zip = ZipWriter::new(File::create(archive).map_err(|e| failed(&e))?);
    let files = addresses::files(dist)?;
    for file in &files {
        let ending = file.rsplit('.').next().unwrap_or_default();
        let method = match PACKED.contains(&ending) {
            true => CompressionMethod::Stored,
            false => CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(DateTime::default());
        zip.start_file(file.as_str(), options)
            .map_err(|e| failed(&e))?;
        let bytes = addresses::read(&dist.join(file))?;
        zip.write_all(&bytes).map_err(|e| failed(&e))?;
    }
    zip.finish().map_err(|e| failed(&e))?;
    Ok(files.len())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;

    use super::*;

    #[test]
    fn the_archive_holds_each_file_under_its_address_and_is_the_same_twice() {
        let folder = tempfile::tempdir().expect("there is room");
        let dist = folder.path().join("dist");
        fs::create_dir_all(dist.join("model")).expect("there is room");
        fs::write(dist.join("index.html"), "a page ".repeat(100)).expect("there is room");
        fs::write(dist.join("model/weights.br"), "packed").expect("there is room");
        let archives = ["1.zip", "2.zip"].map(|name| {
            let archive = folder.path().join(name);
            assert_eq!(write(&dist, &archive), Ok(2));
            archive
        });
        let [first, second] = archives
            .each_ref()
            .map(|a| fs::read(a).expect("it is there"));
        assert_eq!(first, second);
        let mut zip =
            zip::ZipArchive::new(File::open(&archives[0]).expect("it is there")).expect("a zip");
        let mut text = String::new();
        let mut page = zip.by_name("index.html").expect("it is in there");
        assert!(page.compressed_size() < page.size());
        page.read_to_string(&mut text).expect("it is text");
        assert!(text.starts_with("a page a page"));
        drop(page);
        zip.by_name("model/weights.br").expect("it is in there");
    }
}
