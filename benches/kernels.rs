//! The CPU kernels at the shapes of EfficientNet-Lite0 at 224 px, and the network that they make.

use divan::Bencher;
use divan::counter::ItemsCount;
use graft::data::backbone::default_backbone;
use graft::ml::backbone::Backbone;
use kernels::depthwise::{Depthwise, Padded};
use kernels::pointwise::Pointwise;

fn main() {
    divan::main();
}

fn values(n: usize) -> Vec<f32> {
    (0..n)
        .map(|i| (i * 31 % 257) as f32 / 128.0 - 1.0)
        .collect()
}

/// Side, channels in, channels out. Counted in multiply-adds.
#[divan::bench(args = [(112, 16, 96), (56, 144, 24), (28, 40, 240), (14, 480, 80), (14, 112, 672), (7, 1152, 192), (7, 320, 1280)])]
fn pointwise(bencher: Bencher, (side, inputs, outputs): (usize, usize, usize)) {
    let pixels = side * side;
    let layer = Pointwise::new(&values(inputs * outputs), &values(outputs), true);
    let (input, places) = (
        values(pixels * inputs),
        (0..pixels as u32).collect::<Vec<_>>(),
    );
    let mut output = vec![0.0; pixels * outputs];
    bencher
        .counter(ItemsCount::new(pixels * inputs * outputs))
        .bench_local(|| layer.run(&input, None, &mut output, &places));
}

/// Side, channels, kernel, stride. Counted in multiply-adds.
#[divan::bench(args = [(112, 32, 3, 1), (112, 96, 3, 2), (56, 144, 5, 2), (28, 240, 3, 2), (14, 672, 5, 1), (7, 1152, 5, 1)])]
fn depthwise(bencher: Bencher, (size, channels, kernel, stride): (usize, usize, usize, usize)) {
    let taps = kernel * kernel;
    let layer = Depthwise::new(&values(channels * taps), &values(channels), kernel, stride);
    let padded = Padded::same(size, kernel, stride);
    let input = values(padded.pixels() * channels);
    let pixels = size.div_ceil(stride).pow(2);
    let mut output = vec![0.0; pixels * channels];
    bencher
        .counter(ItemsCount::new(pixels * channels * taps))
        .bench_local(|| layer.run(&input, padded, &mut output));
}

/// One photo, from bytes to embedding.
#[divan::bench]
fn network(bencher: Bencher) {
    let spec = default_backbone();
    let file = include_bytes!("../public/model/efficientnet-lite0-224.safetensors");
    let backbone = Backbone::on_cpu(spec, file).expect("the committed weights are whole");
    let photo: Vec<u8> = (0..spec.input_size * spec.input_size * 3)
        .map(|i| (i * 31 % 251) as u8)
        .collect();
    bencher.bench_local(|| pollster::block_on(backbone.embed(&[&photo])));
}
