//! The network in burn's own operations: for WebGPU, and the reference for [`super::cpu_net`].

use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};

use super::ComputeError;
use super::read;
use super::weights::{self, Layers};

pub struct Conv {
    weight: Tensor<4>,
    bias: Tensor<1>,
    kernel: usize,
    stride: usize,
    groups: usize,
}

impl Conv {
    pub fn new(conv: &weights::Conv, device: &Device) -> Self {
        let out = conv.bias.len();
        let shape = [out, conv.group, conv.kernel, conv.kernel];
        Self {
            weight: Tensor::from_data(TensorData::new(conv.weight.clone(), shape), device),
            bias: Tensor::from_data(TensorData::new(conv.bias.clone(), [out]), device),
            kernel: conv.kernel,
            stride: conv.stride,
            groups: conv.groups,
        }
    }

    /// TensorFlow's SAME: the output has `ceil(n / stride)` rows, and an odd padding has its
    /// larger half at the end. Symmetric padding would move every embedding (cosine 0.90).
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [_, _, height, width] = x.dims();
        let pad = |n: usize| {
            let total =
                ((n.div_ceil(self.stride) - 1) * self.stride + self.kernel).saturating_sub(n);
            (total / 2, total - total / 2)
        };
        let mut options = ConvOptions::new([self.stride; 2], [0; 2], [1; 2], self.groups);
        options.padding = [pad(height), pad(width)];
        conv2d(x, self.weight.clone(), Some(self.bias.clone()), options)
    }
}

pub fn relu6(x: Tensor<4>) -> Tensor<4> {
    relu(x).clamp_max(6.0)
}

struct Block {
    expand: Option<Conv>,
    depthwise: Conv,
    project: Conv,
    residual: bool,
}

impl Block {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let input = self.residual.then(|| x.clone());
        let x = match &self.expand {
            Some(expand) => relu6(expand.forward(x)), // [n, in, h, w] -> [n, 6 in, h, w]
            None => x,
        };
        let x = relu6(self.depthwise.forward(x)); // -> [n, 6 in, h / stride, w / stride]
        let x = self.project.forward(x); // -> [n, out, h / stride, w / stride]
        match input {
            Some(input) => x + input,
            None => x,
        }
    }
}

pub struct BurnNet {
    device: Device,
    stem: Conv,
    blocks: Vec<Block>,
    head: Conv,
}

impl BurnNet {
    pub fn new(layers: &Layers, device: &Device) -> Self {
        let block = |block: &weights::Block| Block {
            expand: block.expand.as_ref().map(|c| Conv::new(c, device)),
            depthwise: Conv::new(&block.depthwise, device),
            project: Conv::new(&block.project, device),
            residual: block.residual,
        };
        Self {
            device: device.clone(),
            stem: Conv::new(&layers.stem, device),
            blocks: layers.blocks.iter().map(block).collect(),
            head: Conv::new(&layers.head, device),
        }
    }

    pub fn device(&self) -> &Device {
        &self.device
    }

    /// From `[n, 3, size, size]` normalised values to `n` embeddings, one after the other.
    pub async fn embed(
        &self,
        input: Vec<f32>,
        n: usize,
        size: usize,
    ) -> Result<Vec<f32>, ComputeError> {
        let x = Tensor::<4>::from_data(TensorData::new(input, [n, 3, size, size]), &self.device);
        let x = self.forward(x, self.blocks.len());
        let x = relu6(self.head.forward(x)); // -> [n, 1280, 7, 7]
        let [n, channels, height, width] = x.dims();
        let x = x.reshape([n, channels, height * width]);
        let embeddings = x.mean_dim(2).reshape([n, channels]); // -> [n, 1280]
        // The one place where the CPU waits for the device.
        read(embeddings).await
    }

    /// What leaves the first `count` blocks: `[n, channels, side, side]`.
    pub async fn blocks(
        &self,
        input: Vec<f32>,
        n: usize,
        size: usize,
        count: usize,
    ) -> Result<Vec<f32>, ComputeError> {
        let x = Tensor::<4>::from_data(TensorData::new(input, [n, 3, size, size]), &self.device);
        read(self.forward(x, count)).await
    }

    fn forward(&self, x: Tensor<4>, count: usize) -> Tensor<4> {
        let mut x = relu6(self.stem.forward(x)); // [n, 3, 224, 224] -> [n, 32, 112, 112]
        for block in &self.blocks[..count] {
            x = block.forward(x); // ... -> [n, 320, 7, 7]
        }
        x
    }
}
