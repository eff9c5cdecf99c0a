//! One convolution that learns, forward and back.

use kernels::backward::{
    Adam, Depthwise as DepthwiseBack, bias, column_sums, pad, through_relu6, unpad,
};
use kernels::depthwise::{Depthwise, Padded};
use kernels::matmul::{Matrix, product};
use kernels::patches::{patch_order, patches, weight_order};

use data::network::{ConvOp, Kind};
use network::weights::Conv;

/// Numbers that learn.
pub struct Parameter {
    pub values: Vec<f32>,
    pub gradient: Vec<f32>,
    adam: Adam,
}

impl Parameter {
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
    pub op: ConvOp,
    pub weight: Parameter,
    pub bias: Parameter,
    /// Blocks between it and the output.
    pub distance: usize,
    /// The network's first one learns as a matrix product on patches, as [`network::cpu_net`] runs it.
    first: bool,
    padded: Padded,
}

impl Layer {
    /// On planes of `side` × `side`.
    pub fn new(conv: &Conv, side: usize, first: bool, distance: usize) -> Self {
        let op = conv.op.clone();
        Self {
            weight: Parameter::new(conv.weight.clone()),
            bias: Parameter::new(conv.bias.clone()),
            padded: Padded::same(side, op.kernel, op.stride),
            op,
            distance,
            first,
        }
    }

    /// What a batch becomes before it reads it, where it is the first that learns: of pictures, `[channels, side, side]` each,
    /// their patches.
    pub fn enter(&self, inputs: &[&[f32]]) -> Vec<f32> {
        let ConvOp { kernel, stride, .. } = self.op;
        match self.first {
            // [3, size, size] -> [side * side, kernel * kernel * 3]
            true => (inputs.iter())
                .flat_map(|input| patches(input, self.op.inputs, self.padded, kernel, stride))
                .collect(),
            false => inputs.concat(),
        }
    }

    /// `[n * h * w, in]` -> `[n * h * w / stride², out]`, with its activation.
    pub fn forward(&self, x: &[f32], n: usize) -> Vec<f32> {
        match self.op.kind() {
            Kind::Dense if self.first => {
                let ConvOp { inputs, kernel, .. } = self.op;
                self.product(x, &patch_order(&self.weight.values, inputs, kernel))
            }
            Kind::Dense => self.product(x, &self.weight.values),
            Kind::Depthwise => self.filter(x, n),
        }
    }

    /// A matrix at each pixel: `[pixels, in]` -> `[pixels, out]`.
    fn product(&self, x: &[f32], weight: &[f32]) -> Vec<f32> {
        let inputs = weight.len() / self.op.outputs;
        let weight = Matrix::new(weight, inputs);
        let mut y = product(Matrix::new(x, inputs), weight.transposed());
        bias(&mut y, &self.bias.values, self.op.is_relu6());
        y
    }

    fn filter(&self, x: &[f32], n: usize) -> Vec<f32> {
        let channels = self.op.outputs;
        let filter = Depthwise::new(
            &self.weight.values,
            &self.bias.values,
            self.op.kernel,
            self.op.stride,
        );
        let pixels = self.padded.size.div_ceil(self.op.stride).pow(2);
        let mut plane = vec![0.0; self.padded.pixels() * channels];
        let mut output = vec![0.0; n * pixels * channels];
        let pictures = x.chunks_exact(x.len() / n);
        for (picture, output) in pictures.zip(output.chunks_exact_mut(pixels * channels)) {
            pad(picture, channels, self.padded, &mut plane);
            filter.run(&plane, self.padded, output);
        }
        output
    }

    /// From the gradient of the output `y` to that of the input `x`, if it is `needed`; keeps those of weight and bias.
    pub fn back(
        &mut self,
        x: &[f32],
        y: &[f32],
        mut gradient: Vec<f32>,
        n: usize,
        needed: bool,
    ) -> Vec<f32> {
        if self.op.is_relu6() {
            through_relu6(&mut gradient, y);
        }
        self.bias.gradient = column_sums(&gradient, self.op.outputs);
        match self.op.kind() {
            Kind::Dense => self.product_back(x, &gradient, needed),
            Kind::Depthwise => self.filter_back(x, &gradient, n),
        }
    }

    fn product_back(&mut self, x: &[f32], gradient: &[f32], needed: bool) -> Vec<f32> {
        let outputs = self.op.outputs;
        let inputs = self.weight.values.len() / outputs;
        let gradient = Matrix::new(gradient, outputs);
        let of_weight = product(gradient.transposed(), Matrix::new(x, inputs));
        self.weight.gradient = match self.first {
            true => weight_order(&of_weight, self.op.inputs, self.op.kernel),
            false => of_weight,
        };
        match needed {
            true => product(gradient, Matrix::new(&self.weight.values, inputs)),
            false => Vec::new(),
        }
    }

    fn filter_back(&mut self, x: &[f32], gradient: &[f32], n: usize) -> Vec<f32> {
        let channels = self.op.outputs;
        let taps = self.op.kernel * self.op.kernel;
        let weight = transposed(&self.weight.values, taps); // [taps, channels]
        let filter = DepthwiseBack {
            channels,
            kernel: self.op.kernel,
            stride: self.op.stride,
            padded: self.padded,
            weight: &weight,
        };
        let mut plane = vec![0.0; self.padded.pixels() * channels];
        let mut of_plane = plane.clone();
        let mut of_weight = vec![0.0; weight.len()];
        let mut of_input = vec![0.0; x.len()];
        let pictures = x
            .chunks_exact(x.len() / n)
            .zip(gradient.chunks_exact(gradient.len() / n))
            .zip(of_input.chunks_exact_mut(x.len() / n));
        for ((picture, gradient), of_picture) in pictures {
            pad(picture, channels, self.padded, &mut plane);
            of_plane.fill(0.0);
            filter.run(&plane, gradient, &mut of_plane, &mut of_weight);
            unpad(&of_plane, channels, self.padded, of_picture);
        }
        self.weight.gradient = transposed(&of_weight, channels); // -> [channels, taps]
        of_input
    }
}

fn transposed(values: &[f32], columns: usize) -> Vec<f32> {
    let rows = values.len() / columns;
    (0..values.len())
        .map(|i| values[i % rows * columns + i / rows])
        .collect()
}
