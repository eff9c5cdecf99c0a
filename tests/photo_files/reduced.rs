//! The decoder for reduced JPEGs against the `image` crate's, which decodes them whole.

use graft::formats::photo::decode;
use graft::ml::preprocess::resized;
use image::RgbImage;
use image::imageops::{self, FilterType};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use kernels::resize::Window;

use super::{difference, file};

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

/// Each of `by` × `by` pixels as their mean.
fn means(whole: &RgbImage, by: u32) -> RgbImage {
    RgbImage::from_fn(whole.width() / by, whole.height() / by, |x, y| {
        let mut sums = [0; 3];
        for (i, j) in (0..by * by).map(|k| (k % by, k / by)) {
            let pixel = whole.get_pixel(x * by + i, y * by + j).0;
            sums.iter_mut()
                .zip(pixel)
                .for_each(|(s, v)| *s += u32::from(v));
        }
        image::Rgb(sums.map(|s| ((s + by * by / 2) / (by * by)) as u8))
    })
}

/// How far the reduced picture of a file is from the means of the whole one's pixels.
fn check(what: &str, bytes: &[u8], most: f64) {
    let whole = decode(bytes).expect("a whole photo");
    for by in [2, 4, 8] {
        let side = whole.width().min(whole.height()) / by;
        let reduced = kernels::jpeg::decode(bytes, side as usize);
        let reduced = reduced.unwrap_or_else(|| panic!("{what}: not decoded"));
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

/// Other kinds of JPEG are for the whole decoder.
#[test]
fn what_it_cannot_read_it_leaves() {
    let progressive = coded(160, 96, |e| e.set_progressive(true));
    // This encoder then writes one component after the other.
    let scans = coded(160, 96, |e| e.set_optimized_huffman_tables(true));
    for (what, bytes) in [
        ("progressive", progressive),
        ("several scans", scans),
        ("CMYK", file("tests/bad/cmyk.jpg")),
        ("cut off", file("tests/bad/truncated.jpg")),
        ("a PNG", file("tests/bad/palette.png")),
        ("nothing", Vec::new()),
    ] {
        assert!(kernels::jpeg::decode(&bytes, 8).is_none(), "{what}");
    }
}

/// Whatever a file holds, the decoder comes back, and with no more pixels than the header says.
#[test]
fn damaged_files_do_no_harm() {
    let whole = coded(160, 96, |e| e.set_restart_interval(3));
    let mut random = graft::ml::random::SplitMix64(7);
    for _ in 0..3000 {
        let mut bytes = whole.clone();
        for _ in 0..1 + random.below(4) {
            let at = random.below(bytes.len());
            bytes[at] = random.below(256) as u8;
        }
        bytes.truncate(bytes.len() - random.below(3) * random.below(bytes.len()) / 3);
        if let Some(picture) = kernels::jpeg::decode(&bytes, 20) {
            assert_eq!(picture.rgb.len(), 3 * picture.pixels.0 * picture.pixels.1);
        }
    }
}
