//! Which kernels run one after the other, and over how much.

use burn::cubecl::server::Handle;

use super::kernel::{Kernel, Launch};
use super::pointwise::{self, Then};
use super::{Gpu, Place, Places, depthwise, ends};
use crate::weights::{Block, Conv};

/// Values of four channels: what every kernel reads and writes.
const VECTOR: usize = 4;

/// One layer, ready to run.
pub struct Step {
    kernel: Kernel,
    from: Place,
    weights: Option<Handle>,
    /// What is added to the result, if anything; a kernel that can add is given some place anyway.
    also: Option<Place>,
    to: Place,
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
    pub fn launch(&self, gpu: &Gpu, n: usize, places: &Places) {
        let rows = self.rows as usize * n;
        let mut reads = vec![places.at(self.from)];
        reads.extend(&self.weights);
        reads.extend(self.also.map(|place| places.at(place)));
        let mut dims = vec![rows as u32];
        dims.extend(&self.dims);
        let launch = Launch {
            reads: &reads,
            writes: places.at(self.to),
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
    /// Most values of one photo at each place.
    pub narrow: usize,
    pub wide: usize,
    pub filtered: usize,
}

impl<'a> Plan<'a> {
    /// For pictures of `side` × `side`.
    pub fn new(gpu: &'a Gpu, side: usize) -> Self {
        Self {
            gpu,
            steps: Vec::new(),
            side,
            narrow: 0,
            wide: 0,
            filtered: 0,
        }
    }

    /// Bytes of the picture at this point, with so many channels.
    fn bytes(&self, channels: usize) -> usize {
        self.side * self.side * channels * size_of::<f32>()
    }

    /// There will be `channels` at each pixel of the picture at `place`.
    fn reserve(&mut self, place: Place, channels: usize) {
        let values = self.side * self.side * channels;
        let most = match place {
            Place::Narrow(_) => &mut self.narrow,
            Place::Wide => &mut self.wide,
            Place::Filtered => &mut self.filtered,
            Place::Photos | Place::Embeddings => return,
        };
        *most = values.max(*most);
    }

    /// TensorFlow's SAME: pixels before the first (`burn_net` says more).
    fn padding(&self, conv: &Conv) -> usize {
        let out = self.side.div_ceil(conv.stride);
        ((out - 1) * conv.stride + conv.kernel).saturating_sub(self.side) / 2
    }

    pub fn stem(&mut self, conv: &Conv) {
        let (side, padding) = (self.side, self.padding(conv));
        self.side = side.div_ceil(conv.stride);
        let (out, width) = (self.side, conv.bias.len() / VECTOR);
        let (tile, vectors) = ends::STEM_TILE;
        let weights = Weights::of(self.gpu, &ends::stem_weights(&conv.weight, &conv.bias));
        self.steps.push(Step {
            kernel: ends::stem(weights.half, &self.gpu.tiles),
            from: Place::Photos,
            weights: Some(weights.handle),
            also: None,
            to: Place::Wide,
            rows: out as u32,
            dims: [side, out, width, padding].map(|v| v as u32).to_vec(),
            tile: 1,
            lanes: out.div_ceil(tile) * (width / vectors),
            moves: (weights.bytes, 3 * side * side + self.bytes(conv.bias.len())),
        });
        self.reserve(Place::Wide, conv.bias.len());
    }

    pub fn block(&mut self, block: &Block, from: Place, to: Place) {
        let wide = match &block.expand {
            Some(expand) => {
                self.pointwise(expand, from, Place::Wide, Then::Relu6, None);
                Place::Wide
            }
            None => from,
        };
        self.depthwise(&block.depthwise, wide);
        let (then, residual) = match block.residual {
            true => (Then::Residual, Some(from)),
            false => (Then::Nothing, None),
        };
        self.pointwise(&block.project, Place::Filtered, to, then, residual);
    }

    pub fn depthwise(&mut self, conv: &Conv, from: Place) {
        let (side, padding) = (self.side, self.padding(conv));
        let channels = conv.bias.len();
        let read = self.bytes(channels);
        self.side = side.div_ceil(conv.stride);
        let (out, width) = (self.side, channels / VECTOR);
        let tiles = &self.gpu.tiles;
        let weights = Weights::of(self.gpu, &depthwise::weights(&conv.weight, &conv.bias));
        self.steps.push(Step {
            kernel: depthwise::depthwise(conv.kernel, conv.stride, weights.half, tiles),
            from,
            weights: Some(weights.handle),
            also: None,
            to: Place::Filtered,
            rows: out as u32,
            dims: [side, out, width, padding].map(|v| v as u32).to_vec(),
            tile: 1,
            lanes: out.div_ceil(tiles.row) * width,
            moves: (weights.bytes, read + self.bytes(channels)),
        });
        self.reserve(Place::Filtered, channels);
    }

    pub fn pointwise(
        &mut self,
        conv: &Conv,
        from: Place,
        to: Place,
        then: Then,
        residual: Option<Place>,
    ) {
        let (pixels, channels) = (self.side * self.side, conv.bias.len());
        let width = channels / VECTOR;
        let tiles = &self.gpu.tiles;
        let vectors = tiles.vectors(width);
        let weights = Weights::of(self.gpu, &pointwise::weights(&conv.weight, &conv.bias));
        let written = channels * if residual.is_some() { 2 } else { 1 };
        self.steps.push(Step {
            kernel: pointwise::pointwise(vectors, weights.half, tiles),
            from,
            weights: Some(weights.handle),
            also: Some(residual.unwrap_or(from)),
            to,
            rows: pixels as u32,
            dims: vec![(conv.group / VECTOR) as u32, width as u32, then as u32],
            tile: tiles.pixels,
            lanes: width / vectors,
            moves: (weights.bytes, self.bytes(conv.group + written)),
        });
        self.reserve(to, channels);
    }

    pub fn mean(&mut self, channels: usize) {
        let width = channels / VECTOR;
        self.steps.push(Step {
            kernel: ends::mean(&self.gpu.tiles),
            from: Place::Wide,
            weights: None,
            also: None,
            to: Place::Embeddings,
            rows: width as u32,
            dims: vec![(self.side * self.side) as u32, width as u32],
            tile: 1,
            lanes: 1,
            moves: (0, self.bytes(channels) + channels * size_of::<f32>()),
        });
    }
}
