//! From a photo's file to the backbone's input.

use divan::{Bencher, black_box};
use formats::hash;
use formats::photo::{decode, decode_at_least, jpeg};
use image::RgbImage;
use network::preprocess::{normalise, to_square};

fn main() {
    divan::main();
}

/// Wide and high, as cameras have 1, 3 and 12 megapixels.
const SIZES: [(u32, u32); 3] = [(1152, 864), (2048, 1536), (4000, 3000)];

/// Waves with a grain: neither flat nor noise.
fn picture((width, height): (u32, u32)) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let wave = |a: u32, b: u32| 128.0 + 90.0 * ((x * a + y * b) as f32 / 400.0).sin();
        let grain = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519)) % 13;
        image::Rgb([wave(3, 1), wave(1, 2), wave(2, 5)].map(|v| (v + grain as f32) as u8))
    })
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn decode_jpeg(bencher: Bencher, size: (u32, u32)) {
    let file = jpeg(&picture(size), 90);
    bencher.bench_local(|| decode(black_box(&file)));
}

/// As the app does it: large ones at reduced size.
#[divan::bench(args = SIZES, sample_count = 20)]
fn decode_jpeg_reduced(bencher: Bencher, size: (u32, u32)) {
    let file = jpeg(&picture(size), 90);
    bencher.bench_local(|| decode_at_least(black_box(&file), 672));
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn resize(bencher: Bencher, size: (u32, u32)) {
    let photo = picture(size);
    bencher.bench_local(|| to_square(black_box(&photo), 224));
}

#[divan::bench]
fn to_input(bencher: Bencher) {
    let square = picture((224, 224)).into_raw();
    bencher.bench_local(|| {
        let mut input = Vec::with_capacity(square.len());
        normalise(black_box(&square), &mut input);
        input
    });
}

/// A file of 4 MB.
#[divan::bench(sample_count = 20)]
fn sha256(bencher: Bencher) {
    let file: Vec<u8> = (0..4_000_000u32).map(|i| (i * 31 % 251) as u8).collect();
    bencher.bench_local(|| hash(black_box(&file)));
}
