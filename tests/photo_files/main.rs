//! Photo files as people have them: whole, cut off, rare, and no photos at all.

mod large;
mod memory;
mod mutated;
mod odd;
mod reduced;
mod seen;
mod times;

use std::fs;
use std::io::Cursor;

use data::photo::PhotoProblem;
use data::problem::SampleProblem;
use formats::photo;
use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageFormat, RgbImage};

fn file(path: &str) -> Vec<u8> {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read(&path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn decoded(path: &str) -> RgbImage {
    photo::decode(&file(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// A sample photo in another format.
fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    decoded("public/samples/photos/birds/duck.jpg")
        .write_to(&mut bytes, format)
        .expect("RGB8 can be written in every format that is read");
    bytes.into_inner()
}

/// Nothing of a photo may be made up, whatever the format: decoders give grey for what is missing.
#[test]
fn a_photo_cut_off_is_damaged() {
    let files = [
        (
            "baseline JPEG",
            file("public/samples/photos/birds/duck.jpg"),
        ),
        ("CMYK JPEG", file("tests/bad/cmyk.jpg")),
        ("rotated JPEG", file("tests/bad/exif-rotated.jpg")),
        ("palette PNG", file("tests/bad/palette.png")),
        ("16-bit PNG", file("tests/bad/sixteen-bit.png")),
        ("lossy WebP", file("tests/bad/photo.webp")),
        ("lossless WebP", encoded(ImageFormat::WebP)),
        ("GIF", encoded(ImageFormat::Gif)),
        ("BMP", file("tests/bad/photo.bmp")),
    ];
    for (what, bytes) in files {
        assert!(photo::decode(&bytes).is_ok(), "{what} when whole");
        for percent in [10, 50, 90, 99] {
            let cut = &bytes[..bytes.len() * percent / 100];
            let result = photo::decode(cut);
            assert!(
                matches!(result, Err(SampleProblem::Damaged)),
                "{percent} % of a {what}: {:?}",
                result.map(|picture| picture.dimensions())
            );
        }
    }
    assert_eq!(
        photo::decode(&file("tests/bad/truncated.jpg")),
        Err(SampleProblem::Damaged)
    );
}

/// Phones put a depth map or a short film behind the picture.
#[test]
fn what_follows_a_jpeg_does_not_matter() {
    let bytes = file("public/samples/photos/birds/duck.jpg");
    let alone = photo::decode(&bytes);
    for tail in [&b"\0\0\0\x18ftypmp42"[..], &[0; 4096], &bytes] {
        assert!(alone.is_ok() && photo::decode(&[&bytes, tail].concat()) == alone);
    }
}

/// What is no photo, or none that is read here, says so.
#[test]
fn what_cannot_be_read_says_why() {
    let check = |what: &str, bytes: &[u8], why: SampleProblem| {
        assert_eq!(photo::decode(bytes), Err(why), "{what}");
    };
    let unsupported = |name: &str| SampleProblem::Unsupported(name.into());
    let jpeg = file("tests/photos/fruit_1.jpg");
    check(
        "an empty file",
        &file("tests/bad/empty.jpg"),
        SampleProblem::Empty,
    );
    for (what, bytes) in [
        ("a text", file("tests/bad/not-an-image.jpg")),
        ("one byte", vec![0xff]),
        ("zeros", vec![0; 1000]),
        (
            "a film of a phone",
            b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec(),
        ),
        (
            "a QuickTime film",
            b"\0\0\0\x14ftypqt  \0\0\0\0qt  ".to_vec(),
        ),
        ("a PDF", b"%PDF-1.7\n".to_vec()),
        (
            "a text on cars",
            b"BMW is a maker of cars from Bavaria.".to_vec(),
        ),
        (
            "a web page",
            b"<!DOCTYPE html><title>glass</title>".to_vec(),
        ),
        (
            "a song with a picture",
            [b"ID3\x03", &jpeg[..], b"and a song"].concat(),
        ),
    ] {
        check(what, &bytes, SampleProblem::Photo(PhotoProblem::NotAnImage));
    }
    for (bytes, name) in [
        (
            &b"\0\0\0\x24ftypheic\0\0\0\0mif1MiHEmiafMiHBheic"[..],
            "HEIC",
        ),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miafMA1B", "AVIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "AVIF"),
        (b"\0\0\0\x14ftypmif1\0\0\0\0mif1", "HEIF"),
        // A length that lies past the end, or into the box's own head.
        (b"\xff\xff\xff\xffftypheic", "HEIC"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"II*\0\x08\0\0\0\0\0\0\0", "TIFF"),
    ] {
        check(name, bytes, unsupported(name));
    }
    for raw in [
        &b"FUJIFILMCCD-RAW 0201"[..],
        b"IIRO\x08\0\0\0",
        b"IIU\0\x08\0\0\0",
        b"II*\0\x10\0\0\0CR\x02\0\0\0\0\0\0\0",
        b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom",
        // A maker, and further directories.
        b"MM\0*\0\0\0\x08\0\x02\x01\x0f\0\x02\0\0\0\x04NIK\0\x01\x4a\0\x04\0\0\0\x01\0\0\0\x40",
    ] {
        check("RAW", raw, SampleProblem::Photo(PhotoProblem::Raw));
    }
    for drawing in [
        &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..],
        b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a jar -->\n<svg/>",
    ] {
        check("SVG", drawing, SampleProblem::Photo(PhotoProblem::Drawing));
    }
    check(
        "an empty box",
        b"\0\0\0\0ftypheic",
        SampleProblem::Photo(PhotoProblem::NotAnImage),
    );
    check(
        "more bytes than a photo has",
        &vec![0; (64 << 20) + 1],
        SampleProblem::TooManyBytes { megabytes: 64 },
    );
}

/// A header may ask for any number of pixels: it is believed only below the limit, and memory comes after.
/// A larger claim that got as far as decoding would be `Damaged`, for want of bytes.
#[test]
fn too_many_pixels_are_refused_by_the_header() {
    let jpeg = file("public/samples/photos/birds/duck.jpg");
    let frame = jpeg
        .windows(2)
        .position(|marker| marker == [0xff, 0xc0])
        .expect("a baseline JPEG has a SOF0 segment");
    // Where each format keeps width and height, and a large one of each.
    let patched = |mut bytes: Vec<u8>, at: usize, size: &[u8]| {
        bytes[at..at + size.len()].copy_from_slice(size);
        bytes
    };
    for (bytes, width, height) in [
        (file("tests/bad/bomb.png"), 50_000, 50_000),
        (
            patched(jpeg, frame + 5, &[0xff, 0xff, 0xff, 0xfe]),
            65_534,
            65_535,
        ),
        (
            patched(encoded(ImageFormat::Gif), 6, &[0xff, 0xff, 0xfe, 0xff]),
            65_535,
            65_534,
        ),
        (
            patched(
                file("tests/bad/photo.bmp"),
                18,
                &[0x40, 0x9c, 0, 0, 0x30, 0x75, 0, 0],
            ),
            40_000,
            30_000,
        ),
        (
            patched(file("tests/bad/photo.webp"), 26, &[0xff, 0x3f, 0xfe, 0x3f]),
            16_383,
            16_382,
        ),
    ] {
        let result = photo::decode(&bytes).map(|picture| picture.dimensions());
        assert_eq!(
            result,
            Err(SampleProblem::Photo(PhotoProblem::TooLarge {
                width,
                height
            }))
        );
    }
}

/// Mean absolute difference, levels of 0..=255.
fn difference(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a
        .iter()
        .zip(b.iter())
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / a.len() as f64
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

/// The rare files, against the sample photos that `scripts/make_bad_files.py` made them from.
#[test]
fn rare_files_show_the_photo_they_were_made_from() {
    for (name, sample, side, most) in [
        ("cmyk.jpg", "fruit/pomegranate", 128, 3.0),
        ("grey.png", "birds/pigeon", 128, 1.0),
        ("palette.png", "fruit/lemon", 128, 6.0),
        ("sixteen-bit.png", "flowers/rose", 96, 1.0),
        ("photo.webp", "flowers/iris", 128, 3.0),
        ("photo.bmp", "vegetables/carrot", 96, 1.0),
    ] {
        let truth = decoded(&format!("public/samples/photos/{sample}.jpg"));
        let mut truth = imageops::resize(&truth, side, side, FilterType::Lanczos3);
        if name == "grey.png" {
            truth = DynamicImage::from(DynamicImage::from(truth).into_luma8()).into_rgb8();
        }
        let ours = decoded(&format!("tests/bad/{name}"));
        let off = difference(&ours, &truth);
        assert!(off < most, "{name} is {off} levels off");
        // A wrong order of channels must not pass for a small difference.
        let mut turned = truth.clone();
        turned.pixels_mut().for_each(|pixel| pixel.0.rotate_left(1));
        let swapped = difference(&ours, &turned);
        assert!(
            name == "grey.png" || swapped > 3.0 * most,
            "{name}: {swapped}"
        );
    }
}

#[test]
fn a_photo_is_turned_upright() {
    // Stored on its side; upright it is 64 wide, 96 high, red above blue.
    let upright = RgbImage::from_fn(64, 96, |_, y| {
        image::Rgb(if y < 48 { [220, 40, 40] } else { [40, 60, 200] })
    });
    let off = difference(&decoded("tests/bad/exif-rotated.jpg"), &upright);
    assert!(off < 3.0, "{off} levels off");
}

/// The eight orientations of EXIF 2.32, table 6, on a picture of four quarters.
#[test]
fn every_orientation_is_undone() {
    let named = [
        ('R', [255, 0, 0]),
        ('G', [0, 255, 0]),
        ('B', [0, 0, 255]),
        ('W', [255; 3]),
    ];
    let stored = RgbImage::from_fn(64, 32, |x, y| {
        image::Rgb(named[(x / 32 + 2 * (y / 16)) as usize].1)
    });
    let jpeg = photo::jpeg(&stored, 95);
    // Seen: left and right above, left and right below.
    for (orientation, seen) in (1..).zip([
        "RGBW", "GRWB", "WBGR", "BWRG", "RBGW", "BRWG", "WGBR", "GWRB",
    ]) {
        let exif = [
            &b"\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..],
            &[orientation],
            b"\0\0\0\0\0\0",
        ]
        .concat();
        let picture = photo::decode(&[&jpeg[..2], &exif, &jpeg[2..]].concat())
            .expect("a whole JPEG with an EXIF segment");
        let (width, height) = picture.dimensions();
        let expected = if orientation < 5 { (64, 32) } else { (32, 64) };
        assert_eq!((width, height), expected, "orientation {orientation}");
        let quarters: String = [(1, 1), (3, 1), (1, 3), (3, 3)]
            .map(|(x, y)| {
                let pixel = picture.get_pixel(x * width / 4, y * height / 4).0;
                let near =
                    |colour: &[u8; 3]| pixel.iter().zip(colour).all(|(a, b)| a.abs_diff(*b) < 40);
                named
                    .iter()
                    .find(|(_, colour)| near(colour))
                    .map_or('?', |(name, _)| *name)
            })
            .iter()
            .collect();
        assert_eq!(quarters, seen, "orientation {orientation}");
    }
}

#[test]
fn an_animation_gives_its_first_frame() {
    let red = RgbImage::from_pixel(64, 64, image::Rgb([220, 40, 40]));
    assert!(difference(&decoded("tests/bad/animated.gif"), &red) < 1.0);
}

#[test]
fn what_is_transparent_becomes_white() {
    let picture =
        image::RgbaImage::from_fn(2, 1, |x, _| image::Rgba([255, 0, 0, [0, 128][x as usize]]));
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, ImageFormat::Png)
        .expect("PNG takes RGBA8");
    let flat = photo::decode(&bytes.into_inner()).expect("a whole PNG");
    // Half of red over white: 255·128/255 + 255·127/255 = 255, and 127 of white alone.
    assert_eq!(flat.as_raw(), &[255, 255, 255, 255, 127, 127]);
}
