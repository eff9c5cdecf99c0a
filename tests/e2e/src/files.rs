//! The files that tests hand to the page.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use image::imageops::FilterType;
use serde::Deserialize;

use crate::Result;

/// A photo kept apart from the sample sets.
pub fn photo(name: &str) -> Result<PathBuf> {
    existing(xtask::paths::root().join("tests/photos").join(name))
}

/// A file that is wrong, or rare, in one way.
pub fn bad_file(name: &str) -> Result<PathBuf> {
    existing(xtask::paths::root().join("tests/bad").join(name))
}

/// One of the hard cases, `zips/flat.zip` say.
pub fn case_file(name: &str) -> Result<PathBuf> {
    existing(xtask::paths::root().join("tests/cases").join(name))
}

fn existing(path: PathBuf) -> Result<PathBuf> {
    ensure!(
        path.is_file(),
        "the test file {} is missing",
        path.display()
    );
    Ok(path)
}

#[derive(Deserialize)]
struct SampleIndex {
    sets: Vec<SampleSet>,
}

#[derive(Deserialize)]
struct SampleSet {
    id: String,
    classes: Vec<SampleClass>,
}

#[derive(Deserialize)]
struct SampleClass {
    name: String,
    files: Vec<String>,
}

/// The classes of a sample set with their photos, as the page's own list of samples gives them.
pub fn sample_classes(set: &str) -> Result<Vec<(String, Vec<PathBuf>)>> {
    let public = xtask::paths::root().join("public");
    let list = existing(public.join("samples/index.json"))?;
    let index: SampleIndex = serde_json::from_slice(&fs::read(list)?)?;
    let found = index.sets.into_iter().find(|one| one.id == set);
    let found = found.with_context(|| format!("there is no sample set {set}"))?;
    let with_paths = |class: SampleClass| -> Result<(String, Vec<PathBuf>)> {
        let files = class
            .files
            .into_iter()
            .map(|file| existing(public.join(file)));
        Ok((class.name, files.collect::<Result<_>>()?))
    };
    found.classes.into_iter().map(with_paths).collect()
}

/// `count` JPEG files of 800×600, no two alike: coloured stripes.
pub fn made_photos(folder: &Path, count: u32) -> Result<Vec<PathBuf>> {
    (0..count)
        .map(|number| {
            let pixels = image::RgbImage::from_fn(800, 600, |x, y| {
                let wave = |speed: u32| ((x * speed + y * (number + 1)) / 3 % 256) as u8;
                image::Rgb([
                    wave(1 + number % 7),
                    wave(2 + number % 5),
                    (number % 256) as u8,
                ])
            });
            let file = folder.join(format!("made-{number:03}.jpg"));
            pixels.save(&file)?;
            Ok(file)
        })
        .collect()
}

/// A JPEG file of 160×120, another one for each number: a few blurred blots of colour.
pub fn small_photo(folder: &Path, number: u32) -> Result<PathBuf> {
    let mut state = u64::from(number).wrapping_mul(0x2545_f491_4f6c_dd1d);
    let mut next = || {
        // SplitMix64 (Steele, Lea, Flood 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z >> 56) as u8
    };
    let (across, down) = (2 + u32::from(next() % 9), 2 + u32::from(next() % 7));
    let blots = image::RgbImage::from_fn(across, down, |_, _| image::Rgb([next(), next(), next()]));
    let filter = match next() % 2 {
        0 => FilterType::Nearest,
        _ => FilterType::Triangle,
    };
    let file = folder.join(format!("photo-{number:05}.jpg"));
    image::imageops::resize(&blots, 160, 120, filter).save(&file)?;
    Ok(file)
}

/// A zip with a folder a class.
pub fn zip_of(file: &Path, classes: &[(String, Vec<PathBuf>)]) -> Result {
    let mut archive = zip::ZipWriter::new(fs::File::create(file)?);
    for (class, photos) in classes {
        for photo in photos {
            let name = photo.file_name().unwrap_or_default().to_string_lossy();
            archive.start_file(
                format!("{class}/{name}"),
                zip::write::SimpleFileOptions::default(),
            )?;
            archive.write_all(&fs::read(photo)?)?;
        }
    }
    archive.finish()?;
    Ok(())
}
