//! The photos of tests/cases: its README says what is right for each.

use std::io::{Cursor, Read};

use data::photo::PhotoProblem;
use data::problem::SampleProblem;
use engine::{PreparedSample, SampleFile};
use formats::photo::{Photo, Plan, decode, decode_at_least};
use image::{GrayImage, RgbImage};

use super::memory::taken;
use super::seen::seen;
use super::{difference, file};

/// The shorter side that the app asks for, pixels.
const SIDE: u32 = 672;
const MB: usize = 1 << 20;

fn case(name: &str) -> Vec<u8> {
    file(&format!("tests/cases/photos/{name}"))
}

fn decoded(name: &str) -> RgbImage {
    decode(&case(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// Pixel for pixel: the coded numbers are the same.
#[test]
fn what_only_stands_otherwise_in_the_file_is_the_same_photo() {
    for (control, others) in [
        (
            "control-420.jpg",
            &[
                "scans-apart-420.jpg",
                "scans-luma-first-420.jpg",
                "no-end-marker.jpg",
                "adobe-too-short.jpg",
                "junk-between-segments.jpg",
                "junk-before-start.jpg",
            ][..],
        ),
        ("control-440.jpg", &["scans-apart-440.jpg"]),
        ("progressive.jpg", &["progressive-restarts.jpg"]),
    ] {
        let truth = decoded(control);
        let off = difference(&truth, &seen(control));
        assert!(off < 0.5, "{control} is {off} levels off what Pillow sees");
        for name in others {
            assert!(decoded(name) == truth, "{name} is another picture");
        }
    }
}

#[test]
fn four_inks_have_the_colours_of_the_control() {
    let mean = |picture: &RgbImage| {
        let sums = picture.pixels().fold([0.0; 3], |sums: [f64; 3], pixel| {
            std::array::from_fn(|i| sums[i] + f64::from(pixel.0[i]))
        });
        sums.map(|sum| sum / f64::from(picture.width() * picture.height()))
    };
    let control = mean(&decoded("control-420.jpg"));
    for name in ["cmyk-adobe.jpg", "ycck-adobe.jpg"] {
        let picture = decoded(name);
        let off = mean(&picture);
        let near = control.iter().zip(off).all(|(a, b)| (a - b).abs() < 3.0);
        assert!(near, "{name}: {off:?}, not {control:?}");
        let off = difference(&picture, &seen(name));
        assert!(off < 0.6, "{name} is {off} levels off what Pillow sees");
    }
}

#[test]
fn what_is_refused_is_refused_for_what_it_is() {
    let unsupported = |name: &str| SampleProblem::Unsupported(name.into());
    let too_large = |width, height| SampleProblem::Photo(PhotoProblem::TooLarge { width, height });
    for (name, why) in [
        ("cut-off.jpg", SampleProblem::Damaged),
        (
            "arithmetic.jpg",
            SampleProblem::Photo(PhotoProblem::UnusualJpeg),
        ),
        (
            "lossless.jpg",
            SampleProblem::Photo(PhotoProblem::UnusualJpeg),
        ),
        (
            "twelve-bit.jpg",
            SampleProblem::Photo(PhotoProblem::UnusualJpeg),
        ),
        ("header-65536x65536.png", too_large(65_536, 65_536)),
        ("one-colour-16384x16384.avif", too_large(16_384, 16_384)),
        ("drawing.svg", SampleProblem::Photo(PhotoProblem::Drawing)),
        ("raw.dng", SampleProblem::Photo(PhotoProblem::Raw)),
        ("raw.cr3", SampleProblem::Photo(PhotoProblem::Raw)),
        ("text.jpg", SampleProblem::Photo(PhotoProblem::NotAnImage)),
    ] {
        let bytes = case(name);
        let (result, taken) = taken(|| decode_at_least(&bytes, SIDE));
        assert_eq!(result.map(|photo| photo.whole), Err(why), "{name}");
        assert!(taken < MB, "{name} took {taken} bytes");
    }
    let small = b"\0\0\0\x14ftypavif\0\0\0\0mif1\0\0\0\x24meta\0\0\0\0\0\0\0\x14ispe\0\0\0\0\0\0\0\x40\0\0\0\x30";
    assert_eq!(decode(small), Err(unsupported("AVIF")));
}

/// A browser is asked only for what is whole, and small enough for it.
#[test]
fn browsers_get_what_they_may_read() {
    let asked = |bytes: &[u8]| {
        let plan = Plan::of(bytes, SIDE).ok()?;
        let why = plan.decode(bytes).err()?;
        let (file, size) = plan.for_browser(bytes, &why)?;
        Some((file.len(), size))
    };
    for name in ["arithmetic.jpg", "lossless.jpg", "twelve-bit.jpg"] {
        let bytes = case(name);
        assert_eq!(asked(&bytes), Some((bytes.len(), (203, 149))), "{name}");
        // They draw grey for what is missing.
        assert_eq!(asked(&bytes[..bytes.len() * 9 / 10]), None, "{name}");
    }
    for name in ["cut-off.jpg", "control-420.jpg", "text.jpg", "drawing.svg"] {
        assert_eq!(asked(&case(name)), None, "{name}");
    }
    let scene = file("tests/fixtures/photos/browser/scene.avif");
    assert_eq!(asked(&scene), Some((scene.len(), (203, 149))));
    // 64 × 48, as each format's header has it.
    for (what, bytes) in [
        (
            "AVIF",
            &b"\0\0\0\x14ftypavif\0\0\0\0mif1\0\0\0\x24meta\0\0\0\0\0\0\0\x14ispe\0\0\0\0\0\0\0\x40\0\0\0\x30"[..],
        ),
        // A small one: height 8 × 6, ratio 4 : 3.
        ("JPEG XL", &[0xff, 0x0a, 0b1100_1011, 0b0000_0000]),
        (
            "TIFF",
            b"II*\0\x08\0\0\0\x02\0\0\x01\x03\0\x01\0\0\0\x40\0\0\0\x01\x01\x04\0\x01\0\0\0\x30\0\0\0",
        ),
    ] {
        assert_eq!(asked(bytes), Some((bytes.len(), (64, 48))), "{what}");
    }
    let large = b"\0\0\0\x14ftypavif\0\0\0\0mif1\0\0\0\x24meta\0\0\0\0\0\0\0\x14ispe\0\0\0\0\0\0\x2b\x00\0\0\x2b\x00";
    assert_eq!(asked(large), None);
}

/// Packed extras, wide pixels, restarts: what a file costs follows from its pixels.
#[test]
fn memory_is_planned_and_kept_to() {
    let opened = |name: &str| {
        let bytes = case(name);
        let (photo, taken) = taken(|| decode_at_least(&bytes, SIDE));
        let photo = photo.unwrap_or_else(|why| panic!("{name}: {why}"));
        (photo, taken)
    };
    for name in ["profile-64mb.png", "texts-64mb.png"] {
        let (photo, taken) = opened(name);
        assert_eq!(photo.whole, (96, 96));
        assert!(taken < MB, "{name} took {taken} bytes");
    }
    let (photo, taken_of_24) = opened("rgba16-24mp.png");
    assert_eq!(photo.whole, (6000, 4000));
    // 0x9999, 0x5555, 0x1111 of 65,535.
    let colour = image::Rgb([0x99, 0x55, 0x11]);
    assert!(photo.pixels.pixels().all(|pixel| *pixel == colour));
    assert!(taken_of_24 < 30 * MB, "{taken_of_24} bytes");

    let zip = file("tests/cases/zips/restart-flood-24mb.zip");
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).expect("a sound zip");
    let mut flood = Vec::new();
    let mut entry = zip.by_index(0).expect("it has an entry");
    entry.read_to_end(&mut flood).expect("it can be unpacked");
    assert!(flood.len() > 20 * MB);
    for side in [SIDE, u32::MAX] {
        let (result, taken) = taken(|| decode_at_least(&flood, side));
        assert_eq!(result.map(|photo| photo.whole), Err(SampleProblem::Damaged));
        // Of 2400 × 1800 pixels.
        assert!(taken < 20 * MB, "{taken} bytes");
    }
}

/// No file that is written has sides that it cannot have.
#[test]
fn long_photos_are_kept_smaller() {
    for (name, kept) in [
        ("wide-66000x40.png", (65_535, 39)),
        ("tall-40x66000.png", (39, 65_535)),
    ] {
        let photo = SampleFile::from(case(name));
        let prepared =
            PreparedSample::of(&photo, 224).unwrap_or_else(|why| panic!("{name}: {why}"));
        let again = decode(&prepared.kept).expect("a JPEG of ours");
        assert_eq!(again.dimensions(), kept, "{name}");
        assert_eq!(decode(&prepared.thumbnail).map(|t| t.width()), Ok(160));
    }
    // With a shorter side that is made smaller, and then the longer one still is too long.
    let tall = GrayImage::from_fn(520, 70_000, |x, y| {
        let grain = x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519);
        image::Luma([if y < 1000 { (grain >> 24) as u8 } else { 90 }])
    });
    let mut file = Cursor::new(Vec::new());
    tall.write_to(&mut file, image::ImageFormat::Png)
        .expect("PNG takes grey");
    let prepared =
        PreparedSample::of(&SampleFile::from(file.into_inner()), 224).expect("a whole PNG");
    let again = decode(&prepared.kept).expect("a JPEG of ours");
    assert_eq!(again.dimensions(), (486, 65_535));
}

/// What the host decoded counts, whatever its file is.
#[test]
fn what_a_browser_decoded_is_used() {
    let pixels = RgbImage::from_pixel(300, 200, image::Rgb([200, 30, 60]));
    let decoded = Some(Ok(Photo::from(pixels)));
    let bytes = case("arithmetic.jpg");
    let photo = SampleFile { bytes, decoded };
    let prepared = PreparedSample::of(&photo, 224).expect("a photo");
    assert!(prepared.kept == photo.bytes);
    let thumbnail = decode(&prepared.thumbnail).expect("a JPEG of ours");
    let middle = thumbnail.get_pixel(80, 80).0;
    assert!(middle[0] > 190 && middle[1] < 40, "{middle:?}");
    let refused = SampleFile {
        bytes: photo.bytes,
        decoded: Some(Err(SampleProblem::Photo(PhotoProblem::UnusualJpeg))),
    };
    let again = PreparedSample::of(&refused, 224).map(|prepared| prepared.kept.len());
    assert_eq!(again, Err(SampleProblem::Photo(PhotoProblem::UnusualJpeg)));
}
