//! The same network with random weights: what transfer has to beat.

use kernels::backward::{add, bias, pad};
use kernels::depthwise::{Depthwise, Padded};
use kernels::matmul::{Matrix, product};
use kernels::patches::{patch_order, patches};

use super::preprocess::{self, square_of};
use super::random::SplitMix64;
use super::weights::{Block, Conv, Layers};

/// Pictures that the scale of the layers is measured on.
const MEASURED: usize = 16;

impl Layers {
    /// The architecture of `like` with normal random weights and no bias: variance `2 / inputs`
    /// before a ReLU6 (He et al. 2015), `1 / inputs` before none. There is no batch norm to mend
    /// the scale, so each layer in turn is then scaled to answer `pictures` with variance 1
    /// (layer-sequential unit variance, Mishkin and Matas 2016); without pictures it stays.
    pub fn random(like: &Self, seed: u64, pictures: &[impl AsRef<[u8]>], size: usize) -> Self {
        let mut layers = like.clone();
        let mut random = SplitMix64(seed);
        for (name, conv) in layers.convs_mut() {
            let inputs = (conv.group * conv.kernel * conv.kernel) as f32;
            let gain = if name.ends_with("project") { 1.0 } else { 2.0 };
            let deviation = f32::sqrt(gain / inputs);
            conv.weight
                .iter_mut()
                .for_each(|w| *w = random.normal() * deviation);
            conv.bias.fill(0.0);
        }
        // Evenly spread, as pictures of one class often stand together.
        let step = pictures.len().div_ceil(MEASURED).max(1);
        let squares = pictures.iter().step_by(step);
        let mut input = Vec::new();
        squares.for_each(|p| preprocess::normalise(&square_of(p.as_ref(), size), &mut input));
        if !input.is_empty() {
            settle(&mut layers, &input, size);
        }
        layers
    }
}

/// `input` is `[n, 3, size, size]`. All photos lie below each other from then on,
/// `[n * side * side, channels]`.
fn settle(layers: &mut Layers, input: &[f32], size: usize) {
    let n = input.len() / (3 * size * size);
    let stem = &mut layers.stem;
    let padded = Padded::same(size, stem.kernel, stem.stride);
    let of_photo = |photo| patches(photo, 3, padded, stem.kernel, stem.stride);
    let all: Vec<f32> = input
        .chunks_exact(3 * size * size)
        .flat_map(of_photo)
        .collect();
    let weight = patch_order(&stem.weight, 3);
    let width = weight.len() / stem.bias.len();
    let mut x = product(
        Matrix::new(&all, width),
        Matrix::new(&weight, width).transposed(),
    );
    to_unit_variance(stem, &mut x);
    relu6(&mut x, stem);
    let mut side = size.div_ceil(stem.stride);
    for block in &mut layers.blocks {
        x = settle_block(block, x, n, side);
        side = side.div_ceil(block.depthwise.stride);
    }
    pointwise(&mut layers.head, &x);
}

fn settle_block(block: &mut Block, x: Vec<f32>, n: usize, side: usize) -> Vec<f32> {
    let wide = block.expand.as_mut().map(|expand| {
        let mut wide = pointwise(expand, &x);
        relu6(&mut wide, expand);
        wide
    });
    let filter = &mut block.depthwise;
    let mut filtered = depthwise(filter, wide.as_ref().unwrap_or(&x), n, side);
    to_unit_variance(filter, &mut filtered);
    relu6(&mut filtered, filter);
    let mut out = pointwise(&mut block.project, &filtered);
    if block.residual {
        add(&mut out, &x);
    }
    out
}

/// What a 1×1 convolution answers after it was scaled.
fn pointwise(conv: &mut Conv, x: &[f32]) -> Vec<f32> {
    let weight = Matrix::new(&conv.weight, conv.group);
    let mut out = product(Matrix::new(x, conv.group), weight.transposed());
    to_unit_variance(conv, &mut out);
    out
}

fn depthwise(conv: &Conv, x: &[f32], n: usize, side: usize) -> Vec<f32> {
    let channels = conv.groups;
    let padded = Padded::same(side, conv.kernel, conv.stride);
    let filter = Depthwise::new(&conv.weight, &conv.bias, conv.kernel, conv.stride).linear();
    let pixels = side.div_ceil(conv.stride).pow(2);
    let mut plane = vec![0.0; padded.pixels() * channels];
    let mut out = vec![0.0; n * pixels * channels];
    let photos = x.chunks_exact(x.len() / n);
    for (photo, out) in photos.zip(out.chunks_exact_mut(pixels * channels)) {
        pad(photo, channels, padded, &mut plane);
        filter.run(&plane, padded, out);
    }
    out
}

/// The convolution is linear and has no bias: scaling its weight scales its answers.
fn to_unit_variance(conv: &mut Conv, out: &mut [f32]) {
    let n = out.len() as f64;
    let mean = out.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let squares = out.iter().map(|v| (f64::from(*v) - mean).powi(2));
    let variance = squares.sum::<f64>() / n;
    if variance > 1e-12 {
        let factor = variance.sqrt().recip() as f32;
        conv.weight.iter_mut().for_each(|w| *w *= factor);
        out.iter_mut().for_each(|v| *v *= factor);
    }
}

fn relu6(values: &mut [f32], conv: &Conv) {
    bias(values, &conv.bias, true);
}
