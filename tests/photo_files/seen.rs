//! Photos of every kind as Pillow sees them: `scripts/make_photos.py` made both.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use formats::photo::{decode, decode_at_least};
use image::RgbImage;

use super::{difference, file, means};

const FOLDER: &str = "tests/fixtures/photos";

/// What Pillow sees in a file.
pub fn seen(name: &str) -> RgbImage {
    image::load_from_memory(&file(&format!("{FOLDER}/seen/{name}.png")))
        .expect("a PNG that Pillow wrote")
        .into_rgb8()
}

/// How far a file's pixels may be from Pillow's: in the mean, and each.
fn tolerance(name: &str) -> (f64, u8) {
    // Where libjpeg repeats samples, ours are weighted means of two.
    let repeated = ["410", "411", "441", "uneven", "chroma-422"];
    match name.rsplit_once('.') {
        Some((stem, "jpg")) if repeated.iter().any(|kind| stem.contains(kind)) => (6.0, 255),
        // Cosines are rounded, and colours.
        Some((_, "jpg")) => (0.6, 6),
        // The same, and chroma is enlarged in another way.
        Some(("lossy" | "lossy-clear", "webp")) => (2.0, 60),
        // Mixing with white is rounded.
        _ => (0.5, 1),
    }
}

/// Colour that is stored at half the size is not enlarged and then averaged, but taken as it is: at the edges of stripes that
/// tells.
fn tolerance_of_smaller(name: &str) -> f64 {
    let is = |kinds: &[&str]| kinds.iter().any(|kind| name.contains(kind));
    match name.ends_with("jpg") {
        true if is(&["444", "grey", "cmyk", "rgb"]) => 0.6,
        true if is(&["410", "411", "441"]) => 8.0,
        true => 4.0,
        false => 1.0,
    }
}

fn farthest(a: &RgbImage, b: &RgbImage) -> u8 {
    let pairs = a.iter().zip(b.iter());
    pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

fn names() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    let entries = fs::read_dir(folder).expect("the folder is in the repository");
    let files = entries.filter_map(|entry| {
        let entry = entry.expect("it can be listed");
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        is_file.then(|| entry.file_name().to_string_lossy().into_owned())
    });
    files.collect()
}

#[test]
fn every_kind_of_photo_is_what_pillow_sees() {
    let names = names();
    assert!(names.len() > 60, "only {} files were found", names.len());
    let mut faults = Vec::new();
    for name in names {
        let (mean, most) = tolerance(&name);
        let truth = seen(&name);
        match decode(&file(&format!("{FOLDER}/{name}"))) {
            Ok(ours) if ours.dimensions() != truth.dimensions() => {
                faults.push(format!("{name}: {:?}", ours.dimensions()));
            }
            Ok(ours) => {
                let (off, farthest) = (difference(&ours, &truth), farthest(&ours, &truth));
                println!("{name}: {off:.3} levels off, {farthest} at most");
                if off > mean || farthest > most {
                    faults.push(format!("{name}: {off:.2} levels off, {farthest} at most"));
                }
            }
            Err(why) => faults.push(format!("{name}: {why}")),
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// JPEG and PNG are made smaller while they are decoded, each in its own way.
#[test]
fn every_kind_of_photo_made_smaller_is_the_mean_of_its_pixels() {
    let mut faults = Vec::new();
    for name in names() {
        let mean = tolerance_of_smaller(&name);
        let truth = seen(&name);
        for by in [2, 4, 8] {
            let side = truth.width().min(truth.height()) / by;
            let photo = decode_at_least(&file(&format!("{FOLDER}/{name}")), side);
            let photo = photo.unwrap_or_else(|why| panic!("{name}: {why}"));
            if name.ends_with("webp") || name.ends_with("gif") || name.ends_with("bmp") {
                assert_eq!(photo.pixels.dimensions(), truth.dimensions(), "{name}");
                continue;
            }
            // Left-over pixels of a turned picture are at other sides.
            let turned = name.contains("exif") && !name.contains("exif-1");
            if turned {
                let size = (truth.width() / by, truth.height() / by);
                assert_eq!(photo.pixels.dimensions(), size, "{name}");
                continue;
            }
            let off = difference(&photo.pixels, &means(&truth, by));
            if off > mean {
                faults.push(format!("{name} at 1/{by}: {off:.2} levels off"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
