//! One layer and one block, forward and back.

use kernels::backward::{
    Adam, Depthwise as DepthwiseBack, add, bias, column_sums, pad, through_relu6, unpad,
};
use kernels::depthwise::{Depthwise, Padded};
use kernels::matmul::{Matrix, product};

use crate::tuner::cut;
use network::weights::{self, Conv, Layers};

/// Numbers that learn.
pub struct Learnt {
    pub values: Vec<f32>,
    pub gradient: Vec<f32>,
    adam: Adam,
}

impl Learnt {
    pub fn new(values: Vec<f32>) -> Self {
        Self {
            values,
            gradient: Vec::new(),
            adam: Adam::default(),
        }
    }

    pub fn step(&mut self, rate: f32) {
        self.adam.step(&mut self.values, &self.gradient, rate);
    }
}

/// A convolution that learns. The weight is shaped as in the weights file.
pub struct Layer {
    pub name: String,
    pub shape: [usize; 4],
    pub weight: Learnt,
    pub bias: Learnt,
    pub kernel: usize,
    pub stride: usize,
    /// Blocks between it and the output.
    pub distance: usize,
}

impl Layer {
    pub fn new(name: String, conv: &Conv, distance: usize) -> Self {
        Self {
            name,
            shape: conv.shape(),
            weight: Learnt::new(conv.weight.clone()),
            bias: Learnt::new(conv.bias.clone()),
            kernel: conv.kernel,
            stride: conv.stride,
            distance,
        }
    }

    fn channels(&self) -> usize {
        self.bias.values.len()
    }

    /// A 1×1 convolution: `[pixels, in]` -> `[pixels, out]`, with ReLU6 where `activated`.
    pub fn pointwise(&self, x: &[f32], activated: bool) -> Vec<f32> {
        self.pointwise_with(x, &self.weight.values, activated)
    }

    /// The same with the weight in another order.
    pub fn pointwise_with(&self, x: &[f32], weight: &[f32], activated: bool) -> Vec<f32> {
        let inputs = weight.len() / self.channels();
        let weight = Matrix::new(weight, inputs);
        let mut y = product(Matrix::new(x, inputs), weight.transposed());
        bias(&mut y, &self.bias.values, activated);
        y
    }

    /// From the gradient of the output to that of the input, if it is `needed`; keeps those of
    /// weight and bias.
    pub fn pointwise_back(&mut self, x: &[f32], gradient: &[f32], needed: bool) -> Vec<f32> {
        let outputs = self.channels();
        let inputs = self.weight.values.len() / outputs;
        self.bias.gradient = column_sums(gradient, outputs);
        let gradient = Matrix::new(gradient, outputs);
        self.weight.gradient = product(gradient.transposed(), Matrix::new(x, inputs));
        match needed {
            true => product(gradient, Matrix::new(&self.weight.values, inputs)),
            false => Vec::new(),
        }
    }
}

fn transposed(values: &[f32], columns: usize) -> Vec<f32> {
    let rows = values.len() / columns;
    (0..values.len())
        .map(|i| values[i % rows * columns + i / rows])
        .collect()
}

/// Expand, filter each channel, project.
pub struct Block {
    expand: Option<Layer>,
    depthwise: Layer,
    project: Layer,
    residual: bool,
    padded: Padded,
}

/// What a block was given and what it computed on the way: `[n * side * side, channels]` each.
pub struct BlockTrace {
    x: Vec<f32>,
    /// What the depthwise filter reads, if it is not `x`.
    wide: Option<Vec<f32>>,
    filtered: Vec<f32>,
}

impl Block {
    /// The `i`th block, on planes of `side` × `side`.
    pub fn new(i: usize, block: &weights::Block, side: usize, layers: &Layers) -> Self {
        let distance = cut::distance(i + 1, layers);
        let layer =
            |part: &str, conv: &Conv| Layer::new(format!("blocks.{i}.{part}"), conv, distance);
        let filter = &block.depthwise;
        Self {
            expand: block.expand.as_ref().map(|conv| layer("expand", conv)),
            depthwise: layer("depthwise", filter),
            project: layer("project", &block.project),
            residual: block.residual,
            padded: Padded::same(side, filter.kernel, filter.stride),
        }
    }

    pub fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.expand.iter().chain([&self.depthwise, &self.project])
    }

    pub fn layers_mut(&mut self) -> impl Iterator<Item = &mut Layer> {
        let expand = self.expand.iter_mut();
        expand.chain([&mut self.depthwise, &mut self.project])
    }

    pub fn forward(&self, x: Vec<f32>, n: usize) -> (Vec<f32>, BlockTrace) {
        let expand = self.expand.as_ref();
        let wide = expand.map(|expand| expand.pointwise(&x, true)); // -> [n * h * w, 6 in]
        let filtered = self.filter(wide.as_ref().unwrap_or(&x), n); // -> [.. / stride^2, 6 in]
        let mut out = self.project.pointwise(&filtered, false); // -> [.. / stride^2, out]
        if self.residual {
            add(&mut out, &x);
        }
        (out, BlockTrace { x, wide, filtered })
    }

    fn filter(&self, input: &[f32], n: usize) -> Vec<f32> {
        let layer = &self.depthwise;
        let channels = layer.channels();
        let filter = Depthwise::new(
            &layer.weight.values,
            &layer.bias.values,
            layer.kernel,
            layer.stride,
        );
        let mut plane = vec![0.0; self.padded.pixels() * channels];
        let mut output = vec![0.0; n * self.outputs() * channels];
        let photos = input.chunks_exact(input.len() / n);
        let outputs = output.chunks_exact_mut(self.outputs() * channels);
        for (photo, output) in photos.zip(outputs) {
            pad(photo, channels, self.padded, &mut plane);
            filter.run(&plane, self.padded, output);
        }
        output
    }

    /// Pixels of one photo that leave the block.
    fn outputs(&self) -> usize {
        let side = self.padded.size.div_ceil(self.depthwise.stride);
        side * side
    }

    /// From the gradient of what left the block to that of what entered it, if it is `needed`.
    pub fn back(
        &mut self,
        trace: &BlockTrace,
        gradient: Vec<f32>,
        n: usize,
        needed: bool,
    ) -> Vec<f32> {
        let mut inner = self
            .project
            .pointwise_back(&trace.filtered, &gradient, true);
        through_relu6(&mut inner, &trace.filtered);
        let wide = trace.wide.as_ref().unwrap_or(&trace.x);
        let mut inner = self.filter_back(wide, &inner, n);
        if let Some(expand) = &mut self.expand {
            through_relu6(&mut inner, wide);
            inner = expand.pointwise_back(&trace.x, &inner, needed);
        }
        if self.residual && needed {
            add(&mut inner, &gradient);
        }
        inner
    }

    fn filter_back(&mut self, input: &[f32], gradient: &[f32], n: usize) -> Vec<f32> {
        let layer = &mut self.depthwise;
        let channels = layer.channels();
        let taps = layer.kernel * layer.kernel;
        let weight = transposed(&layer.weight.values, taps); // [taps, channels]
        let filter = DepthwiseBack {
            channels,
            kernel: layer.kernel,
            stride: layer.stride,
            padded: self.padded,
            weight: &weight,
        };
        let mut plane = vec![0.0; self.padded.pixels() * channels];
        let mut of_plane = plane.clone();
        let mut of_weight = vec![0.0; weight.len()];
        let mut of_input = vec![0.0; input.len()];
        let photos = input
            .chunks_exact(input.len() / n)
            .zip(gradient.chunks_exact(gradient.len() / n))
            .zip(of_input.chunks_exact_mut(input.len() / n));
        for ((photo, gradient), of_photo) in photos {
            pad(photo, channels, self.padded, &mut plane);
            of_plane.fill(0.0);
            filter.run(&plane, gradient, &mut of_plane, &mut of_weight);
            unpad(&of_plane, channels, self.padded, of_photo);
        }
        layer.bias.gradient = column_sums(gradient, channels);
        layer.weight.gradient = transposed(&of_weight, channels); // -> [channels, taps]
        of_input
    }
}
