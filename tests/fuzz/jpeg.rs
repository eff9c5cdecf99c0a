//! Our JPEG decoder, at every size that it gives, and against the `image` crate's.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::{ExtendedColorType, ImageDecoder, RgbImage};
use jpeg::Jpeg;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::corpus;
use super::harness::Target;
use super::meter::peak_of;

/// Larger ones are passed over: they would take seconds.
const MOST_PIXELS: usize = 1 << 20;
/// Bytes of tables and the like beside what the decoder says that it takes.
const BESIDE: usize = 256 << 10;
/// The marker of a scan (ITU-T T.81, table B.1).
const SCAN: u8 = 0xda;
/// Mean difference to the other decoder's picture, in levels of 256, that smoothing of colour accounts for.
const MOST_OFF: f64 = 12.0;

#[test]
fn jpeg() {
    let mut corpus = corpus::files(
        &["tests/cases/photos", "tests/bad", "tests/photos"],
        &["jpg"],
    );
    corpus.extend(coded());
    Target {
        name: "jpeg",
        corpus,
        marks,
        words: &[
            b"\xff\xd8",
            b"\xff\xd9",
            b"\xff\xc0",
            b"\xff\xc2",
            b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00",
            b"\xff\xdd\x00\x04\x00\x01",
            b"\xff\xd0",
            b"\xff\xff",
            b"\xff\x00",
        ],
        mend: |_| (),
        most_bytes: 64 << 20,
        most_seconds: 10.0,
        read: Box::new(read),
    }
    .run();
}

/// Small pictures in all samplings, with restarts and without.
pub fn coded() -> Vec<Vec<u8>> {
    let picture: Vec<u8> = (0..72 * 56)
        .flat_map(|i| [i % 72 * 3, i / 72 * 4, i % 72 + i / 72].map(|v| v as u8))
        .collect();
    let mut files = Vec::new();
    for sampling in [
        SamplingFactor::F_1_1,
        SamplingFactor::F_2_1,
        SamplingFactor::F_1_2,
        SamplingFactor::F_2_2,
        SamplingFactor::F_4_1,
    ] {
        for (restarts, progressive) in [(0, false), (4, false), (0, true)] {
            let mut bytes = Vec::new();
            let mut encoder = Encoder::new(&mut bytes, 80);
            encoder.set_sampling_factor(sampling);
            encoder.set_progressive(progressive);
            if restarts > 0 {
                encoder.set_restart_interval(restarts);
            }
            encoder
                .encode(&picture, 72, 56, ColorType::Rgb)
                .expect("a small picture");
            files.push(bytes);
        }
    }
    files
}

/// Markers.
pub fn marks(file: &[u8]) -> Vec<usize> {
    let pairs = file.windows(2).enumerate();
    let markers = pairs.filter(|(_, pair)| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7));
    markers.map(|(at, _)| at).collect()
}

fn read(file: &[u8]) -> String {
    let open = |side: usize| Jpeg::open(file).map(|jpeg| (jpeg.size(), jpeg.memory(side)));
    let (width, height) = match open(1) {
        Ok((size, _)) => size,
        Err(why) => return format!("{why:?}"),
    };
    if width * height > MOST_PIXELS {
        return "large".into();
    }
    let truth = truth(file);
    let mut outcome = format!("truth {}", truth.is_some());
    for halvings in 0..=3 {
        let side = width.min(height) >> halvings;
        let decode = || Jpeg::open(file).and_then(|jpeg| jpeg.decode(side));
        let (picture, bytes) = peak_of(decode);
        let picture = match picture {
            Ok(picture) => picture,
            Err(why) => {
                outcome += &format!(", {why:?}");
                continue;
            }
        };
        let told = open(side).ok().and_then(|(_, memory)| memory);
        assert!(
            told.is_some_and(|told| bytes <= told + BESIDE),
            "{bytes} bytes, where {told:?} were told"
        );
        assert_eq!(picture.whole, (width, height));
        let (across, down) = picture.pixels;
        assert_eq!(picture.rgb.len(), 3 * across * down);
        outcome += &format!(", 1/{}", ["1", "2", "4", "8"][picture.by.ilog2() as usize]);
        if let Some(truth) = &truth {
            assert_eq!(truth.dimensions(), (width as u32, height as u32));
            let off = difference(&picture.rgb, truth, across, picture.by).unwrap_or(0.0);
            assert!(
                off < MOST_OFF,
                "1/{}: {off:.1} levels from the other decoder's picture",
                picture.by
            );
        }
    }
    outcome
}

/// What the `image` crate makes of it, where that is right: not of inks, nor of several scans, of which it misses some where the
/// file is damaged (libjpeg is nearer to ours then).
fn truth(file: &[u8]) -> Option<RgbImage> {
    let scans = marks(file)
        .iter()
        .filter(|at| file[**at + 1] == SCAN)
        .count();
    let decoder = JpegDecoder::new(Cursor::new(file)).ok()?;
    let inks = decoder.original_color_type() == ExtendedColorType::Cmyk8;
    if inks || scans > 1 {
        return None;
    }
    let picture = image::DynamicImage::from_decoder(decoder).ok()?;
    Some(picture.into_rgb8())
}

/// Mean distance of a reduced picture from the means of the whole one's pixels, where none of those was cut off at black or
/// at full light: noise, which most damage becomes, has another mean then. None where hardly any is left.
fn difference(rgb: &[u8], whole: &RgbImage, width: usize, by: usize) -> Option<f64> {
    let (mut off, mut seen) = (0.0, 0_usize);
    for (i, pixel) in rgb.as_chunks::<3>().0.iter().enumerate() {
        let (x, y) = (i % width * by, i / width * by);
        let parts = (0..by * by).map(|k| (x + k % by, y + k / by));
        let mut parts = parts.map(|(x, y)| whole.get_pixel(x as u32, y as u32).0);
        let mut sums = [0; 3];
        let inside = parts.all(|from| {
            let sum = |(sum, v): (&mut u32, u8)| *sum += u32::from(v);
            sums.iter_mut().zip(from).for_each(sum);
            from.iter().all(|v| (1..255).contains(v))
        });
        if inside {
            let means = sums.map(|sum| f64::from(sum) / (by * by) as f64);
            let distances = means
                .iter()
                .zip(pixel)
                .map(|(m, v)| (m - f64::from(*v)).abs());
            off += distances.sum::<f64>() / 3.0;
            seen += 1;
        }
    }
    (12 * seen > rgb.len()).then(|| off / seen as f64)
}
