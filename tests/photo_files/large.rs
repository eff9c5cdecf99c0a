//! Large JPEGs are decoded at reduced size: is what the network sees still the same photo?

use graft::data::backbone::default_backbone;
use graft::data::problem::PhotoProblem;
use graft::formats::photo::{decode, decode_at_least, jpeg};
use graft::ml::backbone::Backbone;
use graft::ml::device::cosine;
use graft::ml::preprocess::to_square;
use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageFormat, RgbImage};
use pollster::block_on;

use super::{difference, file};

/// The shorter side that the app asks for, pixels.
const SIDE: u32 = 1024;

/// A sample photo, enlarged, with the grain of a sensor.
fn large(path: &str, width: u32, height: u32) -> RgbImage {
    let photo = decode(&file(path)).expect("a whole photo");
    let mut large = imageops::resize(&photo, width, height, FilterType::CatmullRom);
    for (x, y, pixel) in large.enumerate_pixels_mut() {
        let grain = x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519);
        let by = (grain >> 13) as u8 % 13;
        pixel.0 = pixel.0.map(|v| v.saturating_add(by).saturating_sub(6));
    }
    large
}

fn reduced(bytes: &[u8]) -> RgbImage {
    decode_at_least(bytes, SIDE).expect("a whole photo")
}

#[test]
fn a_reduced_photo_is_close_to_the_mean_of_its_pixels() {
    // Widths and heights that no block of 8 divides; a half, a quarter, an eighth.
    for (width, height, by) in [(403, 301, 2), (557, 701, 4), (1101, 1043, 8)] {
        let colours = large("public/samples/photos/birds/duck.jpg", width, height);
        let grey = DynamicImage::from(colours.clone()).to_luma8();
        let mut of_grey = std::io::Cursor::new(Vec::new());
        grey.write_to(&mut of_grey, ImageFormat::Jpeg)
            .expect("a grey JPEG");
        for bytes in [jpeg(&colours, 90), of_grey.into_inner()] {
            let small = decode_at_least(&bytes, 128).expect("a whole photo");
            assert_eq!(
                small.dimensions(),
                (width.div_ceil(by), height.div_ceil(by))
            );
            let whole = decode(&bytes).expect("a whole photo");
            assert_eq!(whole.dimensions(), (width, height));
            // What the border's blocks lack at the right and below is made up: not compared.
            let (w, h) = (width / by, height / by);
            let whole = imageops::crop_imm(&whole, 0, 0, w * by, h * by).to_image();
            let mean = RgbImage::from_fn(w, h, |x, y| {
                let mut sums = [0; 3];
                for (i, j) in (0..by * by).map(|k| (k % by, k / by)) {
                    let pixel = whole.get_pixel(x * by + i, y * by + j).0;
                    sums.iter_mut()
                        .zip(pixel)
                        .for_each(|(s, v)| *s += u32::from(v));
                }
                image::Rgb(sums.map(|s| ((s + by * by / 2) / (by * by)) as u8))
            });
            let small = imageops::crop_imm(&small, 0, 0, w, h).to_image();
            let off = difference(&small, &mean);
            assert!(off < 1.0, "1/{by}: {off} levels off");
        }
    }
}

#[test]
fn the_network_sees_the_same_in_it() {
    let spec = default_backbone();
    let weights = file(&format!("public/{}", spec.file));
    let backbone = Backbone::on_cpu(spec, &weights).expect("the committed weights are whole");
    for (name, width, height) in [
        ("flowers/rose", 4000, 2100),
        ("birds/duck", 2800, 2100),
        ("fruit/banana", 2060, 2400),
    ] {
        let photo = large(&format!("public/samples/photos/{name}.jpg"), width, height);
        let bytes = jpeg(&photo, 85);
        let squares = [decode(&bytes).expect("a whole photo"), reduced(&bytes)]
            .map(|photo| to_square(&photo, spec.input_size as u32).into_raw());
        let squares: Vec<&[u8]> = squares.iter().map(Vec::as_slice).collect();
        let embeddings = block_on(backbone.embed(&squares)).expect("the CPU computes");
        let cosine = cosine(&embeddings[0], &embeddings[1]);
        assert!(cosine > 0.9995, "{name}: {cosine}");
    }
}

#[test]
fn photos_below_twice_the_side_are_decoded_as_ever() {
    let photo = large("public/samples/photos/birds/duck.jpg", 2300, 2047);
    let bytes = jpeg(&photo, 90);
    assert_eq!(decode_at_least(&bytes, SIDE), decode(&bytes));
    let cmyk = file("tests/bad/cmyk.jpg");
    assert_eq!(decode_at_least(&cmyk, 8), decode(&cmyk));
}

#[test]
fn a_reduced_photo_is_upright() {
    // The EXIF segment of an orientation of 6: turn it to the right (EXIF 2.32, table 6).
    let exif =
        b"\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let stored = RgbImage::from_fn(4200, 2100, |x, _| {
        image::Rgb(if x < 2100 {
            [250, 10, 10]
        } else {
            [10, 10, 250]
        })
    });
    let bytes = jpeg(&stored, 90);
    let photo = reduced(&[&bytes[..2], exif, &bytes[2..]].concat());
    assert_eq!(photo.dimensions(), (1050, 2100));
    let [above, below] = [500, 1600].map(|y| photo.get_pixel(500, y).0);
    assert!(above[0] > 200 && below[2] > 200, "{above:?}, {below:?}");
}

#[test]
fn damage_is_told_as_ever() {
    let bytes = jpeg(
        &large("public/samples/photos/birds/duck.jpg", 1500, 1200),
        80,
    );
    for percent in [10, 50, 90, 99] {
        let cut = &bytes[..bytes.len() * percent / 100];
        let result = decode_at_least(cut, SIDE);
        assert!(
            matches!(result, Err(PhotoProblem::Damaged(_))),
            "{percent} %"
        );
    }
    // Bytes changed in the middle of the picture: a photo or a problem, but an answer.
    for at in (1000..bytes.len()).step_by(bytes.len() / 12) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x5a;
        if let Ok(photo) = decode_at_least(&damaged, SIDE) {
            assert!(photo.width().min(photo.height()) >= SIDE);
        }
    }
}
