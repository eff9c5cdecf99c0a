//! The CPU kernels at the shapes of EfficientNet-Lite0 at 224 px, and the network that they make.

use data::backbone::default_backbone;
use divan::Bencher;
use divan::counter::ItemsCount;
use kernels::Lanes;
use kernels::depthwise::Padded;
use kernels::planes::Filter;
use kernels::tiles::{Matrix, Tile, tiles};
use network::backbone::Backbone;

fn main() {
    divan::main();
}

fn values(n: usize) -> Vec<f32> {
    (0..n)
        .map(|i| (i * 31 % 257) as f32 / 128.0 - 1.0)
        .collect()
}

fn tiled(n: usize) -> Vec<Tile> {
    values(n * 4).as_chunks().0.to_vec()
}

/// Side, channels in, channels out. Counted in multiply-adds.
#[divan::bench(args = [(112, 16, 96), (56, 24, 144), (28, 40, 240), (14, 112, 672), (7, 192, 1152), (7, 320, 1280)])]
fn expand(bencher: Bencher, (side, inputs, outputs): (usize, usize, usize)) {
    let pixels = side * side;
    let layer = Matrix::new(&values(inputs * outputs), &values(outputs), true);
    let (input, places) = (
        tiled(tiles(pixels) * inputs),
        (0..pixels as u32).collect::<Vec<_>>(),
    );
    let mut plane = vec![Lanes::default(); pixels];
    bencher
        .counter(ItemsCount::new(pixels * inputs * outputs))
        .bench_local(|| {
            for block in 0..outputs / 8 {
                layer.to_plane(block, &input, &mut plane, &places);
            }
        });
}

/// The same.
#[divan::bench(args = [(112, 32, 16), (56, 144, 24), (28, 240, 40), (14, 672, 112), (7, 1152, 192)])]
fn project(bencher: Bencher, (side, inputs, outputs): (usize, usize, usize)) {
    let pixels = side * side;
    let layer = Matrix::new(&values(inputs * outputs), &values(outputs), false);
    let input = tiled(tiles(pixels) * inputs);
    let mut output = vec![Tile::default(); tiles(pixels) * outputs];
    bencher
        .counter(ItemsCount::new(pixels * inputs * outputs))
        .bench_local(|| layer.to_tiles(&input, None, &mut output));
}

/// Side, channels, kernel, stride. Counted in multiply-adds.
#[divan::bench(args = [(112, 32, 3, 1), (112, 96, 3, 2), (56, 144, 5, 2), (28, 240, 3, 2), (14, 672, 5, 1), (7, 1152, 5, 1)])]
fn filter(bencher: Bencher, (size, channels, kernel, stride): (usize, usize, usize, usize)) {
    let taps = kernel * kernel;
    let layer = Filter::new(&values(channels * taps), &values(channels), kernel, stride);
    let padded = Padded::same(size, kernel, stride);
    let plane = vec![[0.5; 8]; padded.pixels()];
    let pixels = size.div_ceil(stride).pow(2);
    let mut output = vec![Lanes::default(); pixels];
    bencher
        .counter(ItemsCount::new(pixels * channels * taps))
        .bench_local(|| {
            for block in 0..layer.blocks() {
                layer.run(block, &plane, padded, &mut output);
            }
        });
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
