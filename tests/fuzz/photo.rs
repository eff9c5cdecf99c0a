//! The intake of photos: all that is made of a file before it has a place in a project.

use std::io::Cursor;

use engine::photo::plan;
use engine::{NetworkInput, PreparedSample, SampleFile};
use formats::photo::decode_at_least;
use image::{DynamicImage, ImageFormat, RgbaImage};

use super::change::crc32;
use super::harness::Target;
use super::meter::peak_of;
use super::{corpus, jpeg};

const SIDE: usize = 160;
/// Bytes of tables and the like beside what a plan says that it takes.
const BESIDE: usize = 1 << 20;

#[test]
fn photo() {
    let folders = ["tests/cases/photos", "tests/bad", "tests/photos"];
    let endings = [
        "jpg", "png", "gif", "bmp", "webp", "avif", "svg", "dng", "cr3",
    ];
    let mut corpus = corpus::files(&folders, &endings);
    corpus.extend(jpeg::coded());
    corpus.extend(drawn());
    Target {
        name: "photo",
        corpus,
        marks,
        words: &[
            b"\x89PNG\r\n\x1a\n",
            b"\0\0\0\0IEND\xae\x42\x60\x82",
            b"\0\0\0\x01tRNS\0\0\0\0\0",
            b"\0\0\0\x08acTL\0\0\0\x02\0\0\0\0\0\0\0\0",
            b"\xff\xe1\x00\x16Exif\0\0MM\0*\0\0\0\x08\0\0\0\0",
            b"\xff\xd9",
            b"VP8X\n\0\0\0",
            b"ALPH",
            b"ANMF",
            b"GIF89a",
            b"\x21\xf9\x04\x01\0\0\0\0",
        ],
        mend,
        // What a photo may take while it is decoded, and what is made of it.
        most_bytes: 512 << 20,
        most_seconds: 30.0,
        read: Box::new(read),
    }
    .run();
}

/// One small picture in each format and depth.
fn drawn() -> Vec<Vec<u8>> {
    let picture = RgbaImage::from_fn(40, 30, |x, y| {
        image::Rgba([x as u8 * 6, y as u8 * 8, (x * y) as u8, 255 - x as u8])
    });
    let picture = DynamicImage::from(picture);
    let kinds = [
        (ImageFormat::Png, picture.clone()),
        (ImageFormat::Png, picture.to_luma8().into()),
        (ImageFormat::Png, picture.to_luma_alpha8().into()),
        (ImageFormat::Png, picture.to_rgb16().into()),
        (ImageFormat::Png, picture.to_rgba16().into()),
        (ImageFormat::Gif, picture.clone()),
        (ImageFormat::Bmp, picture.to_rgb8().into()),
        (ImageFormat::Bmp, picture.clone()),
        (ImageFormat::WebP, picture.to_rgb8().into()),
        (ImageFormat::WebP, picture),
    ];
    let write = |(format, picture): (ImageFormat, DynamicImage)| {
        let mut bytes = Cursor::new(Vec::new());
        let written = picture.write_to(&mut bytes, format);
        written.unwrap_or_else(|why| panic!("{format:?}: {why}"));
        bytes.into_inner()
    };
    kinds.into_iter().map(write).collect()
}

fn marks(file: &[u8]) -> Vec<usize> {
    if file.starts_with(b"\xff\xd8") {
        return jpeg::marks(file);
    }
    let mut marks: Vec<usize> = (0..file.len().min(96)).step_by(16).collect();
    marks.extend(chunks(file));
    marks
}

/// Where the chunks of a PNG begin.
fn chunks(file: &[u8]) -> Vec<usize> {
    let mut chunks = Vec::new();
    let mut at = 8;
    while file.starts_with(b"\x89PNG") && at + 12 <= file.len() {
        chunks.push(at);
        let length = u32::from_be_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]]);
        at = at.saturating_add(12).saturating_add(length as usize);
    }
    chunks
}

/// The checksums of a PNG's chunks.
fn mend(file: &mut [u8]) {
    let starts = chunks(file);
    for (i, start) in starts.iter().enumerate() {
        // The last one may be cut off.
        let end = starts.get(i + 1).copied().unwrap_or(file.len());
        if end >= start + 12 {
            let sum = crc32(&file[start + 4..end - 4]);
            file[end - 4..end].copy_from_slice(&sum.to_be_bytes());
        }
    }
}

fn read(file: &[u8]) -> String {
    let plan = match plan(file) {
        Ok(plan) => plan,
        Err(why) => return format!("refused: {why:?}"),
    };
    let (decoded, bytes) = peak_of(|| plan.decode(file));
    let told = plan.memory as usize + BESIDE + file.len();
    assert!(bytes <= told, "{bytes} bytes, where {told} were told");
    let photo = SampleFile {
        bytes: file.to_vec(),
        decoded: Some(decoded),
    };
    let prepared = match PreparedSample::of(&photo, SIDE) {
        Ok(prepared) => prepared,
        Err(why) => return format!("{:?}: {why:?}", image::guess_format(file)),
    };
    let NetworkInput::Bytes(square) = &prepared.input else {
        panic!("nobody has embedded it");
    };
    assert_eq!(square.len(), 3 * SIDE * SIDE);
    // What is stored must open again, for ever.
    for (what, stored) in [
        ("photo", &prepared.kept),
        ("thumbnail", &prepared.thumbnail),
    ] {
        if let Err(why) = decode_at_least(stored, SIDE as u32) {
            panic!("the {what} that is kept cannot be read: {why}");
        }
    }
    let as_is = prepared.kept == file;
    format!("{:?}, as it is: {as_is}", image::guess_format(file))
}
