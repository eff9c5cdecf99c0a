//! Which kernels run one after the other, and over how much.

use burn::cubecl::server::Handle;

use super::kernel::{Kernel, Launch};
use super::pointwise::{self, Epilogue};
use super::{Buffer, Buffers, Gpu, depthwise, stem_and_pool};
use crate::weights::{Conv, Layers};
use data::network::{Activation, Kind, Op, Plane};

/// Values of four channels: what every kernel reads and writes.
const VECTOR: usize = 4;
/// Values that are pooled lie in one buffer, each where a kernel's view of it may begin: at a multiple of 256 bytes. No
/// kernel reads one and writes another of them, which WebGPU forbids: a matrix reads each, and none is what a matrix gives.
const ALIGNMENT: usize = 256 / size_of::<f32>();

/// One layer, ready to run.
pub struct Step {
    kernel: Kernel,
    from: Buffer,
    weights: Option<Handle>,
    /// What is added to the result, if anything; a kernel that can add is given some buffer anyway.
    also: Option<Buffer>,
    to: Buffer,
    /// What one photo adds to the first of the kernel's `dims`, and the others.
    rows: u32,
    dims: Vec<u32>,
    /// A thread computes `tile` of the rows, and `lanes` threads lie side by side.
    tile: usize,
    lanes: usize,
    /// Bytes that it moves: once, and for each photo.
    moves: (usize, usize),
}

impl Step {
    pub fn launch(&self, gpu: &Gpu, n: usize, buffers: &Buffers) {
        let rows = self.rows as usize * n;
        let mut reads = vec![buffers.at(self.from)];
        reads.extend(&self.weights);
        reads.extend(self.also.map(|buffer| buffers.at(buffer)));
        let mut dims = vec![rows as u32];
        dims.extend(&self.dims);
        let launch = Launch {
            reads: &reads,
            writes: buffers.at(self.to),
            dims: &dims,
            threads: rows.div_ceil(self.tile) * self.lanes,
        };
        self.kernel.launch(&gpu.client, &launch);
    }

    /// Bytes that it reads and writes for `n` photos, if each value moves once.
    pub fn traffic(&self, n: usize) -> usize {
        let (weights, photo) = self.moves;
        weights + n * photo
    }
}

/// A layer's weights on the GPU.
struct Weights {
    handle: Handle,
    half: bool,
    bytes: usize,
}

impl Weights {
    fn of(gpu: &Gpu, weights: &[f32]) -> Self {
        let (handle, half) = gpu.weights(weights);
        let bytes = weights.len() * if half { 2 } else { 4 };
        Self {
            handle,
            half,
            bytes,
        }
    }
}

/// The steps so far, and the picture after them.
pub struct Plan<'a> {
    gpu: &'a Gpu,
    pub steps: Vec<Step>,
    side: usize,
    /// Most values of one photo in each buffer.
    pub buffers: Vec<usize>,
    /// Room for each value that is pooled, of one photo.
    pub taps: Vec<usize>,
}

impl<'a> Plan<'a> {
    /// For pictures of `side` × `side`.
    pub fn new(gpu: &'a Gpu, side: usize) -> Self {
        Self {
            gpu,
            steps: Vec::new(),
            side,
            buffers: Vec::new(),
            taps: Vec::new(),
        }
    }

    /// The whole network, for pictures of `size` × `size`.
    pub fn of(layers: &Layers, size: usize, gpu: &'a Gpu) -> Self {
        let network = layers.network();
        let planes = network.planes(size);
        let ops: Vec<Op<&Conv>> = layers.ops().collect();
        let taps = network.taps();
        let tapped: Vec<Plane> = taps.iter().map(|tap| planes[tap.op + 1]).collect();
        let mut plan = Self::new(gpu, size);
        // Where each value lies.
        let mut at = vec![Buffer::Photos];
        for (i, op) in ops.iter().enumerate() {
            let from = at[i];
            let residual = match ops.get(i + 1) {
                Some(Op::Add { from }) => Some(at[*from]),
                _ => None,
            };
            at.push(match op {
                Op::Conv(conv) => {
                    let added_later = |v: &usize| network.added_by(*v).is_some_and(|add| add > i);
                    let busy = (0..=i).filter(|v| *v == i || added_later(v));
                    let busy: Vec<Buffer> = busy.map(|value| at[value]).collect();
                    let to = match taps.iter().position(|tap| tap.op == i) {
                        Some(tap) => Buffer::Tap(tap),
                        None => plan.claim(planes[i + 1].values(), &busy),
                    };
                    match conv.op.kind() {
                        _ if i == 0 => plan.stem(conv, to),
                        Kind::Depthwise => plan.depthwise(conv, from, to),
                        Kind::Dense => plan.pointwise(conv, from, to, residual),
                    }
                    to
                }
                // The kernel before has added it.
                Op::Add { .. } => from,
                Op::MeanPool => {
                    let layers = tapped.iter().map(|plane| plane.channels).sum();
                    plan.mean(planes[i].channels, layers, from);
                    plan.pool(&tapped, planes[i].channels);
                    Buffer::Features
                }
            });
        }
        plan
    }

    /// A buffer for so many values of a photo, of those that are not busy: the smallest that holds them, or the largest,
    /// which grows.
    fn claim(&mut self, values: usize, busy: &[Buffer]) -> Buffer {
        let free = (0..self.buffers.len()).filter(|i| !busy.contains(&Buffer::Values(*i)));
        let cost = |i: &usize| match self.buffers[*i] {
            size if size >= values => (false, size),
            size => (true, usize::MAX - size),
        };
        let i = free.min_by_key(cost).unwrap_or_else(|| {
            self.buffers.push(0);
            self.buffers.len() - 1
        });
        self.buffers[i] = self.buffers[i].max(values);
        Buffer::Values(i)
    }

    /// Bytes of the picture at this point, with so many channels.
    fn bytes(&self, channels: usize) -> usize {
        self.side * self.side * channels * size_of::<f32>()
    }

    /// TensorFlow's SAME: pixels before the first (`burn_net` says more).
    fn padding(&self, conv: &Conv) -> usize {
        let out = self.side.div_ceil(conv.op.stride);
        ((out - 1) * conv.op.stride + conv.op.kernel).saturating_sub(self.side) / 2
    }

    pub fn stem(&mut self, conv: &Conv, to: Buffer) {
        let (side, padding, op) = (self.side, self.padding(conv), &conv.op);
        self.side = side.div_ceil(op.stride);
        let (out, width) = (self.side, op.outputs / VECTOR);
        let (tile, vectors) = stem_and_pool::STEM_TILE;
        let numbers = stem_and_pool::stem_weights(&conv.weight, &conv.bias);
        let weights = Weights::of(self.gpu, &numbers);
        self.steps.push(Step {
            kernel: stem_and_pool::stem(op.kernel, op.stride, weights.half, &self.gpu.tiles),
            from: Buffer::Photos,
            weights: Some(weights.handle),
            also: None,
            to,
            rows: out as u32,
            dims: [side, out, width, padding].map(|v| v as u32).to_vec(),
            tile: 1,
            lanes: out.div_ceil(tile) * (width / vectors),
            moves: (weights.bytes, 3 * side * side + self.bytes(op.outputs)),
        });
    }

    pub fn depthwise(&mut self, conv: &Conv, from: Buffer, to: Buffer) {
        let (side, padding, op) = (self.side, self.padding(conv), &conv.op);
        let read = self.bytes(op.inputs);
        self.side = side.div_ceil(op.stride);
        let (out, width) = (self.side, op.outputs / VECTOR);
        let tiles = &self.gpu.tiles;
        let weights = Weights::of(self.gpu, &depthwise::weights(&conv.weight, &conv.bias));
        self.steps.push(Step {
            kernel: depthwise::depthwise(op.kernel, op.stride, weights.half, tiles),
            from,
            weights: Some(weights.handle),
            also: None,
            to,
            rows: out as u32,
            dims: [side, out, width, padding].map(|v| v as u32).to_vec(),
            tile: 1,
            lanes: out.div_ceil(tiles.row) * width,
            moves: (weights.bytes, read + self.bytes(op.outputs)),
        });
    }

    /// `residual` is added to what has no activation.
    pub fn pointwise(&mut self, conv: &Conv, from: Buffer, to: Buffer, residual: Option<Buffer>) {
        let (pixels, op) = (self.side * self.side, &conv.op);
        let width = op.outputs / VECTOR;
        let tiles = &self.gpu.tiles;
        let vectors = tiles.vectors(width);
        let weights = Weights::of(self.gpu, &pointwise::weights(&conv.weight, &conv.bias));
        let (epilogue, written) = match (residual, op.activation) {
            (Some(_), _) => (Epilogue::Residual, 2 * op.outputs),
            (None, Activation::Relu6) => (Epilogue::Relu6, op.outputs),
            (None, Activation::Linear) => (Epilogue::Nothing, op.outputs),
        };
        self.steps.push(Step {
            kernel: pointwise::pointwise(vectors, weights.half, tiles),
            from,
            weights: Some(weights.handle),
            also: Some(residual.unwrap_or(from)),
            to,
            rows: pixels as u32,
            dims: vec![(op.inputs / VECTOR) as u32, width as u32, epilogue as u32],
            tile: tiles.pixels,
            lanes: width / vectors,
            moves: (weights.bytes, self.bytes(op.inputs + written)),
        });
    }

    /// The embedding, with room for so many numbers of `layers` behind it.
    pub fn mean(&mut self, channels: usize, layers: usize, from: Buffer) {
        let width = channels / VECTOR;
        self.steps.push(Step {
            kernel: stem_and_pool::mean(&self.gpu.tiles),
            from,
            weights: None,
            also: None,
            to: Buffer::Features,
            rows: width as u32,
            dims: [self.side * self.side, width, (channels + layers) / VECTOR]
                .map(|v| v as u32)
                .to_vec(),
            tile: 1,
            lanes: 1,
            moves: (0, self.bytes(channels) + channels * size_of::<f32>()),
        });
    }

    /// The means of these values, to stand behind embeddings of `width` numbers.
    pub fn pool(&mut self, taps: &[Plane], width: usize) {
        let (mut pairs, mut at, mut table) = (0, 0, Vec::new());
        for tap in taps {
            pairs += tap.channels / VECTOR / 2;
            table.extend([pairs, at / VECTOR, tap.pixels(), tap.channels / VECTOR]);
            let room = tap.values().next_multiple_of(ALIGNMENT);
            self.taps.push(room);
            at += room;
        }
        if pairs == 0 {
            return;
        }
        let sizes = [pairs, width / VECTOR + 2 * pairs];
        self.steps.push(Step {
            kernel: stem_and_pool::pool(),
            from: Buffer::Taps,
            weights: None,
            also: None,
            to: Buffer::Features,
            rows: pairs as u32,
            dims: sizes.into_iter().chain(table).map(|v| v as u32).collect(),
            tile: 1,
            lanes: stem_and_pool::POOL_THREADS as usize,
            moves: (0, (at + 2 * pairs * VECTOR) * size_of::<f32>()),
        });
    }
}
