//! Large JPEGs are decoded at reduced size: is what the network sees still the same photo?

use data::backbone::default_backbone;
use data::problem::SampleProblem;
use formats::photo::{Photo, decode, decode_at_least, jpeg};
use image::RgbImage;
use image::imageops::{self, FilterType};
use network::backbone::Backbone;
use network::device::cosine;
use network::preprocess::{resized, to_square};
use pollster::block_on;

use super::{difference, file};

/// The shorter side that the app asks for, pixels.
const SIDE: u32 = 672;

/// A sample photo, enlarged, with the grain of a sensor.
fn large(path: &str, width: u32, height: u32) -> RgbImage {
    let photo = decode(&file(path)).expect("a whole photo");
    let mut large = resized(&photo, &Photo::from(photo.clone()).all(), width, height);
    for (x, y, pixel) in large.enumerate_pixels_mut() {
        let grain = x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519);
        let by = (grain >> 13) as u8 % 13;
        pixel.0 = pixel.0.map(|v| v.saturating_add(by).saturating_sub(6));
    }
    large
}

fn reduced(bytes: &[u8]) -> Photo {
    decode_at_least(bytes, SIDE).expect("a whole photo")
}

#[test]
fn the_network_sees_the_same_in_it() {
    let spec = default_backbone();
    let weights = file(&format!("public/{}", spec.file));
    let backbone = Backbone::on_cpu(spec, &weights).expect("the committed weights are whole");
    for (name, width, height, by) in [
        ("flowers/rose", 4000, 2100, 2),
        ("birds/duck", 4000, 3000, 4),
        ("fruit/banana", 2701, 3603, 4),
    ] {
        let photo = large(&format!("public/samples/photos/{name}.jpg"), width, height);
        let bytes = jpeg(&photo, 85);
        let (whole, reduced) = (decode(&bytes).expect("a whole photo"), reduced(&bytes));
        assert_eq!(reduced.pixels.dimensions(), (width / by, height / by));
        let size = spec.input_size as u32;
        let squares = [
            to_square(&whole, size),
            resized(&reduced.pixels, &reduced.middle(), size, size),
        ];
        let off = difference(&squares[0], &squares[1]);
        let squares: Vec<&[u8]> = squares.iter().map(|s| s.as_raw().as_slice()).collect();
        let features = block_on(backbone.embed(&squares)).expect("the CPU computes");
        let cosine = cosine(&features[0].embedding, &features[1].embedding);
        assert!(cosine > 0.9995, "{name}: {cosine}, {off} levels off");
    }
}

#[test]
fn photos_below_twice_the_side_are_decoded_as_ever() {
    let photo = large("public/samples/photos/birds/duck.jpg", 1500, 1343);
    let bytes = jpeg(&photo, 90);
    let whole = |bytes: &[u8]| decode(bytes).map(Photo::from);
    assert_eq!(decode_at_least(&bytes, SIDE), whole(&bytes));
}

/// The EXIF segment of an orientation (EXIF 2.32, table 6).
fn exif(orientation: u8) -> Vec<u8> {
    let mut segment =
        b"\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0"
            .to_vec();
    segment[29] = orientation;
    segment
}

/// Upright, and the same part of the whole is in the middle, whichever sides lost their left-over pixels.
#[test]
fn a_reduced_photo_is_upright() {
    let stored = jpeg(
        &large("public/samples/photos/birds/duck.jpg", 1003, 557),
        90,
    );
    for orientation in 1..=8 {
        let bytes = [&stored[..2], &exif(orientation), &stored[2..]].concat();
        let whole = decode(&bytes).expect("a whole photo");
        let reduced = decode_at_least(&bytes, 100).expect("a whole photo");
        assert_eq!(reduced.whole, whole.dimensions());
        let sides = [reduced.pixels.width(), reduced.pixels.height()];
        assert_eq!(sides, [whole.width() / 4, whole.height() / 4]);
        for (window, all) in [(reduced.middle(), false), (reduced.all(), true)] {
            let truth = match all {
                true => imageops::resize(&whole, 64, 64, FilterType::Triangle),
                false => to_square(&whole, 64),
            };
            let off = difference(&resized(&reduced.pixels, &window, 64, 64), &truth);
            assert!(off < 0.5, "orientation {orientation}: {off} levels off");
        }
    }
}

#[test]
fn damage_is_told_as_ever() {
    let bytes = jpeg(
        &large("public/samples/photos/birds/duck.jpg", 1500, 1200),
        80,
    );
    for percent in [10, 50, 90, 99] {
        let cut = &bytes[..bytes.len() * percent / 100];
        let result = decode_at_least(cut, 300);
        assert!(matches!(result, Err(SampleProblem::Damaged)), "{percent} %");
    }
}
