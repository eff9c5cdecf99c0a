//! The CPU kernels against burn's own operations, over random shapes, and the whole network.

use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};
use data::backbone::BACKBONES;
use kernels::Lanes;
use kernels::depthwise::{Depthwise, Padded};
use kernels::planes::Filter;
use kernels::pointwise::Pointwise;
use kernels::tiles::{Matrix, Tile, pack, rows, tiles};
use network::backbone::Backbone;
use network::device::{cosine, cpu};

/// Numbers in -1..1 from a SplitMix64 stream.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z ^ (z >> 27)
    }

    fn values(&mut self, n: usize) -> Vec<f32> {
        let value = |v: u64| (v >> 40) as f32 / (1u64 << 23) as f32 - 1.0;
        (0..n).map(|_| value(self.next())).collect()
    }

    fn from(&mut self, choices: &[usize]) -> usize {
        choices[self.next() as usize % choices.len()]
    }
}

struct Shape {
    kernel: usize,
    stride: usize,
    groups: usize,
    /// Before and after.
    padding: (usize, usize),
}

/// burn's convolution on `[side * side, channels]`.
fn by_burn(input: &[f32], side: usize, weight: &[f32], bias: &[f32], shape: &Shape) -> Vec<f32> {
    let &Shape {
        kernel,
        stride,
        groups,
        padding,
    } = shape;
    let device = Device::flex();
    let (inputs, outputs) = (input.len() / (side * side), bias.len());
    let tensor = |values: &[f32], shape| {
        Tensor::<4>::from_data(TensorData::new(values.to_vec(), shape), &device)
    };
    let x = tensor(input, [1, side, side, inputs]).permute([0, 3, 1, 2]);
    let w = tensor(weight, [outputs, inputs / groups, kernel, kernel]);
    let b = Tensor::<1>::from_data(TensorData::new(bias.to_vec(), [outputs]), &device);
    let mut options = ConvOptions::new([stride; 2], [0; 2], [1; 2], groups);
    options.padding = [padding; 2];
    let out = conv2d(x, w, Some(b), options).permute([0, 2, 3, 1]);
    let data = pollster::block_on(out.into_data_async()).expect("it computes");
    data.try_into_vec().expect("f32")
}

fn same(ours: &[f32], theirs: &[f32], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let most = |v: &[f32]| v.iter().fold(0f32, |m, x| m.max(x.abs()));
    let off: Vec<f32> = ours.iter().zip(theirs).map(|(a, b)| a - b).collect();
    let bound = 1e-5 * most(theirs).max(1.0);
    assert!(most(&off) <= bound, "{what}: off by {}", most(&off));
}

#[test]
fn pointwise_is_burns_convolution() {
    let mut random = Random(1);
    for case in 0..20 {
        let side = random.from(&[1, 3, 5, 7, 9, 14]);
        let inputs = random.from(&[1, 3, 16, 27, 40, 129]);
        let outputs = random.from(&[8, 16, 40, 72]);
        let (input, weight) = (
            random.values(side * side * inputs),
            random.values(inputs * outputs),
        );
        let (bias, residual) = (random.values(outputs), random.values(side * side * outputs));
        let places: Vec<u32> = (0..(side * side) as u32).collect();
        let shape = Shape {
            kernel: 1,
            stride: 1,
            groups: 1,
            padding: (0, 0),
        };
        let mut plain = by_burn(&input, side, &weight, &bias, &shape);
        let mut ours = vec![0.0; plain.len()];
        Pointwise::new(&weight, &bias, true).run(&input, None, &mut ours, &places);
        let clamped: Vec<f32> = plain.iter().map(|v| v.clamp(0.0, 6.0)).collect();
        same(&ours, &clamped, &format!("case {case}, relu6"));
        let layer = Pointwise::new(&weight, &bias, false);
        layer.run(&input, Some(&residual), &mut ours, &places);
        plain.iter_mut().zip(&residual).for_each(|(p, r)| *p += r);
        same(&ours, &plain, &format!("case {case}, residual"));
    }
}

/// `[pixels, channels]` as planes of eight channels.
fn planes(rows: &[f32], channels: usize) -> Vec<Vec<Lanes>> {
    let block = |b: usize| {
        let pixels = rows.chunks(channels);
        pixels.map(move |p| *p[b * 8..].first_chunk().expect("channels come in eights"))
    };
    (0..channels / 8).map(|b| block(b).collect()).collect()
}

fn tiled(rows: &[f32], channels: usize) -> Vec<Tile> {
    let mut tiled = vec![Tile::default(); tiles(rows.len() / channels) * channels];
    for (block, plane) in planes(rows, channels).iter().enumerate() {
        pack(plane, block, channels, &mut tiled);
    }
    tiled
}

#[test]
fn tiles_hold_every_pixel() {
    let mut random = Random(3);
    for pixels in [1, 3, 4, 49, 64] {
        let input = random.values(pixels * 24);
        assert_eq!(rows(&tiled(&input, 24), 24, pixels), input, "{pixels}");
    }
}

#[test]
fn a_matrix_on_tiles_is_burns_convolution() {
    let mut random = Random(4);
    for case in 0..20 {
        let side = random.from(&[1, 3, 5, 7, 9, 14]);
        let (pixels, inputs) = (side * side, random.from(&[8, 16, 40, 96]));
        let outputs = random.from(&[8, 16, 40, 72]);
        let (input, weight) = (
            random.values(pixels * inputs),
            random.values(inputs * outputs),
        );
        let (bias, residual) = (random.values(outputs), random.values(pixels * outputs));
        let shape = Shape {
            kernel: 1,
            stride: 1,
            groups: 1,
            padding: (0, 0),
        };
        let mut theirs = by_burn(&input, side, &weight, &bias, &shape);
        let input = tiled(&input, inputs);
        let mut ours = vec![Tile::default(); tiles(pixels) * outputs];
        let layer = Matrix::new(&weight, &bias, false);
        layer.to_tiles(&input, Some(&tiled(&residual, outputs)), &mut ours);
        theirs.iter_mut().zip(&residual).for_each(|(t, r)| *t += r);
        let what = format!("case {case}: {side} px, {inputs} to {outputs}");
        same(&rows(&ours, outputs, pixels), &theirs, &what);

        // To planes, each pixel somewhere else, and clamped.
        let theirs: Vec<f32> = theirs
            .iter()
            .zip(&residual)
            .map(|(t, r)| (t - r).clamp(0.0, 6.0))
            .collect();
        let places: Vec<u32> = (0..pixels as u32).rev().collect();
        let layer = Matrix::new(&weight, &bias, true);
        for (block, wanted) in planes(&theirs, outputs).iter().enumerate() {
            let mut plane = vec![Lanes::default(); pixels];
            layer.to_plane(block, &input, &mut plane, &places);
            plane.reverse();
            same(
                plane.as_flattened(),
                wanted.as_flattened(),
                &format!("{what}, block {block}"),
            );
        }
    }
}

#[test]
fn a_filter_on_planes_is_burns_convolution() {
    let mut random = Random(5);
    for case in 0..40 {
        let size = random.from(&[1, 2, 5, 7, 10, 15, 16, 24]);
        let channels = random.from(&[8, 24, 32]);
        let (kernel, stride) = (random.from(&[3, 5]), random.from(&[1, 2]));
        let input = random.values(size * size * channels);
        let weight = random.values(channels * kernel * kernel);
        let bias = random.values(channels);
        let padded = Padded::same(size, kernel, stride);
        let shape = Shape {
            kernel,
            stride,
            groups: channels,
            padding: (padded.before, padded.after),
        };
        let mut theirs = by_burn(&input, size, &weight, &bias, &shape);
        theirs.iter_mut().for_each(|v| *v = v.clamp(0.0, 6.0));
        let filter = Filter::new(&weight, &bias, kernel, stride);
        assert_eq!(filter.blocks(), channels / 8);
        let both = planes(&input, channels)
            .into_iter()
            .zip(planes(&theirs, channels));
        for (block, (input, wanted)) in both.enumerate() {
            let mut plane = vec![Lanes::default(); padded.pixels()];
            for (pixel, place) in input.iter().zip(padded.places()) {
                plane[place as usize] = *pixel;
            }
            let mut ours = vec![Lanes::default(); wanted.len()];
            filter.run(block, &plane, padded, &mut ours);
            let what = format!("case {case}: {size} px, k{kernel} s{stride}, block {block}");
            same(ours.as_flattened(), wanted.as_flattened(), &what);
        }
    }
}

#[test]
fn depthwise_is_burns_convolution() {
    let mut random = Random(2);
    for case in 0..30 {
        let size = random.from(&[1, 2, 5, 7, 10, 15, 16]);
        let channels = random.from(&[8, 24, 32]);
        let (kernel, stride) = (random.from(&[3, 5]), random.from(&[1, 2]));
        let what = format!("case {case}: {size} px, {channels} ch, k{kernel} s{stride}");
        let input = random.values(size * size * channels);
        let weight = random.values(channels * kernel * kernel);
        let bias = random.values(channels);
        let padded = Padded::same(size, kernel, stride);
        let mut plane = vec![0.0; padded.pixels() * channels];
        for (pixel, place) in input.chunks(channels).zip(padded.places()) {
            plane[place as usize * channels..][..channels].copy_from_slice(pixel);
        }
        let side = size.div_ceil(stride);
        let mut ours = vec![0.0; side * side * channels];
        Depthwise::new(&weight, &bias, kernel, stride).run(&plane, padded, &mut ours);
        let shape = Shape {
            kernel,
            stride,
            groups: channels,
            padding: (padded.before, padded.after),
        };
        let mut theirs = by_burn(&input, size, &weight, &bias, &shape);
        theirs.iter_mut().for_each(|v| *v = v.clamp(0.0, 6.0));
        same(&ours, &theirs, &what);
    }
}

#[test]
fn the_network_is_burns_network() {
    for spec in BACKBONES {
        let path = format!("{}/public/{}", env!("CARGO_MANIFEST_DIR"), spec.file);
        let file = std::fs::read(path).expect("the weights are committed");
        let ours = Backbone::on_cpu(spec, &file).expect("the committed weights are whole");
        let burns = Backbone::load(spec, &file, &cpu()).expect("the committed weights are whole");
        let pixels = spec.input_size * spec.input_size * 3;
        let photo: Vec<u8> = (0..pixels)
            .map(|i| (i * 31 % 251) as u8 ^ (i / 97) as u8)
            .collect();
        let embed = |b: &Backbone| pollster::block_on(b.embed(&[&photo])).expect("it computes");
        let (ours, theirs) = (embed(&ours).remove(0), embed(&burns).remove(0));
        for (ours, theirs) in [
            (&ours.embedding, &theirs.embedding),
            (&ours.layers, &theirs.layers),
        ] {
            assert!(cosine(ours, theirs) > 0.999_999, "{}", spec.id);
        }
        same(&ours.embedding, &theirs.embedding, spec.id);
    }
}
