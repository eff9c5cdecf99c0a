//! Our JPEG decoder, at every size that it gives, against the `image` crate's.

use std::path::{Path, PathBuf};

use formats::photo::decode;
use image::RgbImage;
use image::imageops::{self, FilterType};
use jpeg::Jpeg;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use kernels::pictures::Failure;
use kernels::resize::Window;
use network::preprocess::resized;

use super::{difference, file, means};

/// A sample photo of a width and height, coded in some way.
fn coded(width: u32, height: u32, how: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let photo = decode(&file("public/samples/photos/birds/duck.jpg")).expect("a whole photo");
    let photo = imageops::thumbnail(&photo, width, height);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 90);
    how(&mut encoder);
    encoder
        .encode(photo.as_raw(), width as u16, height as u16, ColorType::Rgb)
        .expect("a small picture");
    bytes
}

/// How far the pictures of a file are from what the other decoder makes of it: the whole one, and the means of its pixels.
fn check(what: &str, bytes: &[u8], most: f64) {
    let whole = image::load_from_memory(bytes)
        .expect("a whole photo")
        .into_rgb8();
    let off = difference(&decode(bytes).expect("a whole photo"), &whole);
    assert!(off < 0.6, "{what}: {off} levels off");
    for by in [2, 4, 8] {
        let side = whole.width().min(whole.height()) / by;
        let reduced = Jpeg::open(bytes).and_then(|jpeg| jpeg.decode(side as usize));
        let reduced = reduced.unwrap_or_else(|why| panic!("{what}: {why:?}"));
        assert_eq!(reduced.by, by as usize, "{what}");
        let (width, height) = reduced.pixels;
        let reduced = RgbImage::from_raw(width as u32, height as u32, reduced.rgb);
        let reduced = reduced.expect("as many pixels as it says");
        let off = difference(&reduced, &means(&whole, by));
        assert!(off < most, "{what}, 1/{by}: {off} levels off");
    }
}

#[test]
fn a_reduced_photo_is_the_mean_of_its_pixels() {
    let samplings = [
        ("4:4:4", SamplingFactor::F_1_1),
        ("4:2:2", SamplingFactor::F_2_1),
        ("4:4:0", SamplingFactor::F_1_2),
        ("4:2:0", SamplingFactor::F_2_2),
    ];
    // Sizes that blocks divide and such that they do not.
    for (width, height) in [(160, 96), (203, 149), (97, 185)] {
        for (name, sampling) in samplings {
            // The whole decoder smooths colour that is stored at half the size; the mean of what it makes is near.
            let most = if name == "4:4:4" { 0.3 } else { 0.6 };
            let what = |how: &str| format!("{width} × {height}, {name}{how}");
            let plain = coded(width, height, |e| e.set_sampling_factor(sampling));
            check(&what(""), &plain, most);
            let restarts = coded(width, height, |e| {
                e.set_sampling_factor(sampling);
                e.set_restart_interval(5);
            });
            check(&what(", restarts"), &restarts, most);
            let progressive = coded(width, height, |e| {
                e.set_sampling_factor(sampling);
                e.set_progressive(true);
            });
            check(&what(", progressive"), &progressive, most);
        }
    }
    // As libjpeg and phones write it.
    check(
        "a sample",
        &file("public/samples/photos/flowers/rose.jpg"),
        1.0,
    );
}

#[test]
fn grey_files_stay_grey() {
    let grey: Vec<u8> = (0..120 * 90).map(|i| (i % 120 + i / 120) as u8).collect();
    let mut bytes = Vec::new();
    let encoder = Encoder::new(&mut bytes, 95);
    encoder
        .encode(&grey, 120, 90, ColorType::Luma)
        .expect("a small picture");
    check("grey", &bytes, 0.3);
}

/// Our resizing is the one that `image` calls Triangle.
#[test]
fn resizing_is_antialiased_bilinear() {
    let photo = decode(&file("public/samples/photos/birds/duck.jpg")).expect("a whole photo");
    let (width, height) = photo.dimensions();
    for (left, top, side, to) in [
        (0, 0, height, 224),
        (17, 5, 101, 224),
        (3, 9, 200, 31),
        (width - 40, height - 40, 40, 40),
        (7, 7, 1, 5),
    ] {
        let part = imageops::crop_imm(&photo, left, top, side, side);
        let truth = imageops::resize(&*part, to, to, FilterType::Triangle);
        let [left, top, side] = [left, top, side].map(f64::from);
        let window = Window {
            left,
            top,
            width: side,
            height: side,
        };
        let ours = resized(&photo, &window, to, to);
        let farthest = ours
            .iter()
            .zip(truth.iter())
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        // Sums in another order, rounded.
        assert!(farthest <= Some(1), "{window:?}: {farthest:?}");
        assert!(difference(&ours, &truth) < 0.01, "{window:?}");
    }
}

/// Every photo of this repository.
#[test]
fn two_decoders_see_the_same_in_our_photos() {
    let mut count = 0;
    for folder in ["tests/photos", "public/samples/photos"] {
        for path in files_below(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)) {
            let bytes = std::fs::read(&path).expect("a file that was listed");
            let theirs = image::load_from_memory(&bytes).expect("a whole photo");
            let ours = decode(&bytes).expect("a whole photo");
            let off = difference(&ours, &theirs.into_rgb8());
            assert!(off < 0.5, "{}: {off} levels off", path.display());
            count += 1;
        }
    }
    assert!(count > 200, "only {count} photos were found");
}

fn files_below(folder: PathBuf) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder of this repository");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files_below(path),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|e| e == "jpg"))
        .collect()
}

/// What it does not surely read it leaves, and nothing is made up for what is missing.
#[test]
fn what_it_cannot_read_it_leaves() {
    let whole = coded(160, 96, |_| {});
    let scan = whole
        .windows(2)
        .position(|marker| marker == [0xff, 0xda])
        .expect("a JPEG has a scan");
    let frame = whole
        .windows(2)
        .position(|marker| marker == [0xff, 0xc0])
        .expect("a baseline JPEG has a SOF0 segment");
    let changed = |at: usize, to: u8| {
        let mut bytes = whole.clone();
        bytes[at] = to;
        bytes
    };
    let mut uneven = changed(frame + 11, 0x31);
    uneven[frame + 14] = 0x21;
    for (what, bytes, why) in [
        ("arithmetic", changed(frame + 1, 0xc9), Failure::Unusual),
        ("lossless", changed(frame + 1, 0xc3), Failure::Unusual),
        ("12 bits", changed(frame + 4, 12), Failure::Unusual),
        ("three to two", uneven, Failure::Unusual),
        ("no such step", changed(frame + 12, 3), Failure::Unusual),
        ("no such code", changed(scan + 6, 0x33), Failure::Unusual),
        ("cut off", file("tests/bad/truncated.jpg"), Failure::Damaged),
        ("a PNG", file("tests/bad/palette.png"), Failure::Damaged),
        ("nothing", Vec::new(), Failure::Damaged),
    ] {
        for side in [8, usize::MAX] {
            let result = Jpeg::open(&bytes).and_then(|jpeg| jpeg.decode(side));
            assert_eq!(result.map(|picture| picture.pixels), Err(why), "{what}");
        }
    }
}
