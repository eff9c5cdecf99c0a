//! A network with random weights: what transfer has to beat.

use std::collections::BTreeMap;

use kernels::backward::{add, bias, pad};
use kernels::depthwise::{Depthwise, Padded};
use kernels::matmul::{Matrix, product};
use kernels::patches::{patch_order, patches};

use super::preprocess::{self, square_of};
use super::random::SplitMix64;
use super::weights::{Conv, Layers};
use data::network::{Kind, Network, Op, Plane};

/// Pictures that the scale of the layers is measured on.
const MEASURED: usize = 16;

impl Layers {
    /// The network of `like` with normal random weights and no bias: variance `2 / inputs`
    /// before a ReLU6 (He et al. 2015), `1 / inputs` before none. There is no batch norm to mend
    /// the scale, so each layer in turn is then scaled to answer `pictures` with variance 1
    /// (layer-sequential unit variance, Mishkin and Matas 2016); without pictures it stays.
    pub fn random(like: &Self, seed: u64, pictures: &[impl AsRef<[u8]>], size: usize) -> Self {
        let mut layers = like.clone();
        let mut random = SplitMix64(seed);
        for conv in layers.convs_mut() {
            let inputs = (conv.op.weights() / conv.op.outputs) as f32;
            let gain = if conv.op.is_relu6() { 2.0 } else { 1.0 };
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
            let network = layers.network().clone();
            scale(&network, layers.convs_mut(), &input, size);
        }
        layers
    }
}

/// Scales each convolution in turn. `input` is `[n, 3, size, size]`; from then on all photos lie below each other,
/// `[n * side * side, channels]`.
fn scale(network: &Network, convs: &mut [Conv], input: &[f32], size: usize) {
    let planes = network.planes(size);
    let n = input.len() / planes[0].values();
    let (mut convs, mut x) = (convs.iter_mut(), Vec::new());
    let mut kept: BTreeMap<usize, Vec<f32>> = BTreeMap::new();
    for (i, op) in network.ops().iter().enumerate() {
        match op {
            Op::Conv(_) => {
                let conv = convs.next().expect("each convolution has its numbers");
                let mut out = match (i, conv.op.kind()) {
                    (0, _) => first(conv, input, planes[0]),
                    (_, Kind::Dense) => pointwise(conv, &x),
                    (_, Kind::Depthwise) => depthwise(conv, &x, n, planes[i].side),
                };
                to_unit_variance(conv, &mut out);
                if conv.op.is_relu6() {
                    bias(&mut out, &conv.bias, true);
                }
                x = out;
            }
            Op::Add { from } => {
                add(&mut x, &kept[from]);
                if network.added_by(*from) == Some(i) {
                    kept.remove(from);
                }
            }
            Op::MeanPool => {}
        }
        if network.added_by(i + 1).is_some() {
            kept.insert(i + 1, x.clone());
        }
    }
}

/// The first convolution, as a matrix product on patches of the photos.
fn first(conv: &Conv, input: &[f32], plane: Plane) -> Vec<f32> {
    let op = &conv.op;
    let padded = Padded::same(plane.side, op.kernel, op.stride);
    let of_photo = |photo| patches(photo, op.inputs, padded, op.kernel, op.stride);
    let photos = input.chunks_exact(plane.values());
    let all: Vec<f32> = photos.flat_map(of_photo).collect();
    let weight = patch_order(&conv.weight, op.inputs, op.kernel);
    let width = weight.len() / op.outputs;
    product(
        Matrix::new(&all, width),
        Matrix::new(&weight, width).transposed(),
    )
}

fn pointwise(conv: &Conv, x: &[f32]) -> Vec<f32> {
    let weight = Matrix::new(&conv.weight, conv.op.inputs);
    product(Matrix::new(x, conv.op.inputs), weight.transposed())
}

fn depthwise(conv: &Conv, x: &[f32], n: usize, side: usize) -> Vec<f32> {
    let op = &conv.op;
    let padded = Padded::same(side, op.kernel, op.stride);
    let filter = Depthwise::new(&conv.weight, &conv.bias, op.kernel, op.stride).linear();
    let pixels = side.div_ceil(op.stride).pow(2);
    let mut plane = vec![0.0; padded.pixels() * op.outputs];
    let mut out = vec![0.0; n * pixels * op.outputs];
    let photos = x.chunks_exact(x.len() / n);
    for (photo, out) in photos.zip(out.chunks_exact_mut(pixels * op.outputs)) {
        pad(photo, op.outputs, padded, &mut plane);
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
