//! EfficientNet-Lite0 (Google, 2020), frozen, batch norm folded: photos in, embeddings out.

use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};
use half::f16;
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};

use super::{ComputeError, preprocess};
use crate::data::backbone::BackboneSpec;
use crate::data::problem::BackboneProblem;

/// (expand ratio, kernel, stride of the first, in, out, repeats): the table of EfficientNet-B0
/// (Tan and Le 2019), which Lite0 keeps without squeeze-and-excite.
const STAGES: [(usize, usize, usize, usize, usize, usize); 7] = [
    (1, 3, 1, 32, 16, 1),
    (6, 3, 2, 16, 24, 2),
    (6, 5, 2, 24, 40, 2),
    (6, 3, 2, 40, 80, 3),
    (6, 5, 1, 80, 112, 3),
    (6, 5, 2, 112, 192, 4),
    (6, 3, 1, 192, 320, 1),
];
const STEM: usize = 32;
const WIDTH: usize = 1280;

/// A convolution with folded batch norm.
struct Conv {
    weight: Tensor<4>,
    bias: Tensor<1>,
    kernel: usize,
    stride: usize,
    groups: usize,
}

impl Conv {
    /// TensorFlow's SAME: the output has `ceil(n / stride)` rows, and an odd padding has its
    /// larger half at the end. Symmetric padding would move every embedding (cosine 0.90).
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
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

fn relu6(x: Tensor<4>) -> Tensor<4> {
    relu(x).clamp_max(6.0)
}

/// Inverted residual: expand, filter each channel, project.
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

pub struct Backbone {
    spec: &'static BackboneSpec,
    hash: String,
    device: Device,
    stem: Conv,
    blocks: Vec<Block>,
    head: Conv,
}

impl Backbone {
    /// Reads a weights file (`cargo xtask pack` writes it) onto a device.
    pub fn load(
        spec: &'static BackboneSpec,
        file: &[u8],
        device: &Device,
    ) -> Result<Self, BackboneProblem> {
        let weights = Weights {
            tensors: SafeTensors::deserialize(file)
                .map_err(|e| BackboneProblem::Damaged(e.to_string()))?,
            device,
        };
        let stem = weights.conv("stem", [STEM, 3, 3], 2, 1)?;
        let mut blocks = Vec::new();
        for (ratio, kernel, stride, stage_in, out, repeats) in STAGES {
            for repeat in 0..repeats {
                let (input, stride) = if repeat == 0 {
                    (stage_in, stride)
                } else {
                    (out, 1)
                };
                let (wide, name) = (input * ratio, format!("blocks.{}", blocks.len()));
                blocks.push(Block {
                    expand: match ratio {
                        1 => None,
                        _ => {
                            Some(weights.conv(&format!("{name}.expand"), [wide, input, 1], 1, 1)?)
                        }
                    },
                    depthwise: weights.conv(
                        &format!("{name}.depthwise"),
                        [wide, 1, kernel],
                        stride,
                        wide,
                    )?,
                    project: weights.conv(&format!("{name}.project"), [out, wide, 1], 1, 1)?,
                    residual: stride == 1 && input == out,
                });
            }
        }
        let head = weights.conv("head", [WIDTH, 320, 1], 1, 1)?;
        let hash = Sha256::digest(file)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        Ok(Self {
            spec,
            hash,
            device: device.clone(),
            stem,
            blocks,
            head,
        })
    }

    pub fn spec(&self) -> &'static BackboneSpec {
        self.spec
    }

    /// SHA-256 of the weights file, hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Embeds squares of `input_size` × `input_size` RGB8. One upload, one read-back.
    pub async fn embed(&self, squares: &[&[u8]]) -> Result<Vec<Vec<f32>>, ComputeError> {
        let size = self.spec.input_size;
        let mut input = Vec::with_capacity(squares.len() * 3 * size * size);
        for square in squares {
            if square.len() != 3 * size * size {
                return Err(ComputeError(format!(
                    "the input is not {size} × {size} RGB"
                )));
            }
            preprocess::normalise(square, &mut input);
        }
        self.embed_normalised(input, squares.len()).await
    }

    /// As [`Self::embed`], from `n * 3 * size * size` normalised values.
    pub async fn embed_normalised(
        &self,
        input: Vec<f32>,
        n: usize,
    ) -> Result<Vec<Vec<f32>>, ComputeError> {
        let size = self.spec.input_size;
        let x = Tensor::<4>::from_data(TensorData::new(input, [n, 3, size, size]), &self.device);
        let embeddings = self.forward(x); // [n, 1280]
        // The one place where the CPU waits for the device.
        let data = embeddings
            .into_data_async()
            .await
            .map_err(|e| ComputeError(format!("{e:?}")))?;
        let values = data
            .try_into_vec::<f32>()
            .map_err(|e| ComputeError(format!("{e:?}")))?;
        if values.iter().any(|v| !v.is_finite()) {
            return Err(ComputeError("an embedding is not a number".into()));
        }
        Ok(values.chunks(WIDTH).map(<[f32]>::to_vec).collect())
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let mut x = relu6(self.stem.forward(x)); // [n, 3, 224, 224] -> [n, 32, 112, 112]
        for block in &self.blocks {
            x = block.forward(x); // ... -> [n, 320, 7, 7]
        }
        let x = relu6(self.head.forward(x)); // -> [n, 1280, 7, 7]
        let [n, channels, height, width] = x.dims();
        let x = x.reshape([n, channels, height * width]);
        x.mean_dim(2).reshape([n, channels]) // -> [n, 1280]
    }
}

struct Weights<'a> {
    tensors: SafeTensors<'a>,
    device: &'a Device,
}

impl Weights<'_> {
    /// `shape` is (out, in a group, kernel).
    fn conv(
        &self,
        name: &str,
        [out, group, kernel]: [usize; 3],
        stride: usize,
        groups: usize,
    ) -> Result<Conv, BackboneProblem> {
        Ok(Conv {
            weight: Tensor::from_data(
                self.read(&format!("{name}.weight"), [out, group, kernel, kernel])?,
                self.device,
            ),
            bias: Tensor::from_data(self.read(&format!("{name}.bias"), [out])?, self.device),
            kernel,
            stride,
            groups,
        })
    }

    fn read<const D: usize>(
        &self,
        name: &str,
        shape: [usize; D],
    ) -> Result<TensorData, BackboneProblem> {
        let damaged = |what: &str| BackboneProblem::Damaged(format!("{name}: {what}"));
        let view = self.tensors.tensor(name).map_err(|_| damaged("missing"))?;
        if view.shape() != shape.as_slice() {
            return Err(damaged("wrong shape"));
        }
        let bytes = view.data();
        let values: Vec<f32> = match view.dtype() {
            Dtype::F16 => bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| f16::from_le_bytes(*b).to_f32())
                .collect(),
            Dtype::F32 => bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| f32::from_le_bytes(*b))
                .collect(),
            _ => return Err(damaged("not f16 or f32")),
        };
        if values.iter().any(|v| !v.is_finite()) {
            return Err(damaged("not a number"));
        }
        Ok(TensorData::new(values, shape))
    }
}
