//! Photo files as people have them: whole, cut off, rare, and no photos at all.

use std::fs;
use std::io::Cursor;

use graft::data::problem::PhotoProblem;
use graft::formats::photo;
use image::{ImageFormat, RgbImage};

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
                matches!(result, Err(PhotoProblem::Damaged(_))),
                "{percent} % of a {what}: {:?}",
                result.map(|picture| picture.dimensions())
            );
        }
    }
    assert_eq!(
        photo::decode(&file("tests/bad/truncated.jpg")),
        Err(PhotoProblem::Damaged(
            "the file ends in the middle of the picture".into()
        ))
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
