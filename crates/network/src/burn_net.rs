//! The network in burn's own operations: for WebGPU, and the reference for [`super::cpu_net`].

use std::collections::BTreeMap;

use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};

use super::ComputeError;
use super::backbone::Features;
use super::read;
use super::weights::{self, Layers};
use data::network::{ConvOp, Network, Op};

/// A convolution's numbers on a device of burn.
pub struct Conv {
    op: ConvOp,
    weight: Tensor<4>,
    bias: Tensor<1>,
}

impl Conv {
    pub fn new(conv: &weights::Conv, device: &Device) -> Self {
        let weight = TensorData::new(conv.weight.clone(), conv.op.shape());
        let bias = TensorData::new(conv.bias.clone(), [conv.op.outputs]);
        Self {
            op: conv.op.clone(),
            weight: Tensor::from_data(weight, device),
            bias: Tensor::from_data(bias, device),
        }
    }

    /// `[n, in, h, w]` -> `[n, out, h / stride, w / stride]`, with its activation.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        convolve(&self.op, x, self.weight.clone(), self.bias.clone())
    }
}

/// A convolution with its activation. TensorFlow's SAME: the output has `ceil(n / stride)` rows, and an odd padding has its
/// larger half at the end. Symmetric padding would move every embedding (cosine 0.90).
pub fn convolve(op: &ConvOp, x: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let pad = |n: usize| {
        let total = ((n.div_ceil(op.stride) - 1) * op.stride + op.kernel).saturating_sub(n);
        (total / 2, total - total / 2)
    };
    let mut options = ConvOptions::new([op.stride; 2], [0; 2], [1; 2], op.groups);
    options.padding = [pad(height), pad(width)];
    let x = conv2d(x, weight, Some(bias), options);
    match op.is_relu6() {
        true => relu(x).clamp_max(6.0),
        false => x,
    }
}

/// `[n, channels, h, w]` -> `[n, channels, 1, 1]`
pub fn mean_pool(x: Tensor<4>) -> Tensor<4> {
    let [n, channels, height, width] = x.dims();
    let x = x.reshape([n, channels, height * width]);
    x.mean_dim(2).reshape([n, channels, 1, 1])
}

/// Values that an addition will read, by their numbers.
#[derive(Default)]
pub struct Kept(BTreeMap<usize, Tensor<4>>);

impl Kept {
    /// Keeps a value if one of the network's additions reads it.
    pub fn keep(&mut self, network: &Network, value: usize, x: &Tensor<4>) {
        if network.added_by(value).is_some() {
            self.0.insert(value, x.clone());
        }
    }

    /// What op `add` adds; it is let go where no later one does.
    pub fn take(&mut self, network: &Network, value: usize, add: usize) -> Tensor<4> {
        let kept = match network.added_by(value) == Some(add) {
            true => self.0.remove(&value),
            false => self.0.get(&value).cloned(),
        };
        kept.expect("an addition reads an earlier value")
    }
}

/// The whole network on a device of burn.
pub struct BurnNet {
    device: Device,
    network: Network,
    ops: Vec<Op<Conv>>,
}

impl BurnNet {
    pub fn new(layers: &Layers, device: &Device) -> Self {
        let ops = layers.ops().map(|op| match op {
            Op::Conv(conv) => Op::Conv(Conv::new(conv, device)),
            Op::Add { from } => Op::Add { from },
            Op::MeanPool => Op::MeanPool,
        });
        Self {
            device: device.clone(),
            network: layers.network().clone(),
            ops: ops.collect(),
        }
    }

    pub fn device(&self) -> &Device {
        &self.device
    }

    /// From `[n, 3, size, size]` normalised values to the features of `n` photos.
    pub async fn embed(
        &self,
        input: Vec<f32>,
        n: usize,
        size: usize,
    ) -> Result<Vec<Features>, ComputeError> {
        let taps = self.network.taps();
        let mut pooled = Vec::new();
        let embeddings = self.forward(self.input(input, n, size), self.ops.len(), |op, x| {
            if taps.iter().any(|tap| tap.op == op) {
                pooled.push(mean_pool(x.clone()));
            }
        });
        // `[n, width and layers, 1, 1]`, for one read-back.
        let all = Tensor::cat([vec![embeddings], pooled].concat(), 1);
        let width = self.network.width();
        let layers: usize = taps.iter().map(|tap| tap.channels).sum();
        let values = read(all).await?;
        let photos = values.chunks_exact(width + layers);
        Ok(photos.map(|photo| Features::of(photo, width)).collect())
    }

    /// What leaves the first `end` ops: `[n, channels, side, side]`.
    pub async fn until(
        &self,
        input: Vec<f32>,
        n: usize,
        size: usize,
        end: usize,
    ) -> Result<Vec<f32>, ComputeError> {
        // The one place where the CPU waits for the device.
        read(self.forward(self.input(input, n, size), end, |_, _| {})).await
    }

    fn input(&self, values: Vec<f32>, n: usize, size: usize) -> Tensor<4> {
        Tensor::from_data(TensorData::new(values, [n, 3, size, size]), &self.device)
    }

    /// What leaves the first `end` ops. `look` sees what each of them gives.
    fn forward(
        &self,
        mut x: Tensor<4>,
        end: usize,
        mut look: impl FnMut(usize, &Tensor<4>),
    ) -> Tensor<4> {
        let mut kept = Kept::default();
        for (i, op) in self.ops[..end].iter().enumerate() {
            x = match op {
                Op::Conv(conv) => conv.forward(x),
                Op::Add { from } => x + kept.take(&self.network, *from, i),
                Op::MeanPool => mean_pool(x),
            };
            look(i, &x);
            kept.keep(&self.network, i + 1, &x);
        }
        x
    }
}
