//! The network on a GPU, in our own kernels: photos go up as bytes, embeddings come back, and all
//! between stays there. Channels lie next to each other, four to a vector.

mod depthwise;
mod ends;
mod kernel;
mod pointwise;
mod tiles;

use burn::cubecl;
use burn::cubecl::client::Client;
use burn::cubecl::server::Handle;
use burn_wgpu::graphics::AutoGraphicsApi;
use burn_wgpu::{RuntimeOptions, WgpuDevice, try_init_setup_async};

use self::kernel::{Kernel, Launch};
use self::pointwise::Then;
use self::tiles::Tiles;
use super::ComputeError;
use super::weights::{Block, Conv, Layers, WIDTH};

/// Values of four channels: what every kernel reads and writes.
const VECTOR: usize = 4;

/// Where the values between two kernels lie. `Narrow` is twice there: a block reads one and writes
/// the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Photos,
    Narrow(usize),
    /// After expand, and after the first and the last convolution.
    Wide,
    /// After depthwise.
    Filtered,
    Embeddings,
}

/// One layer, ready to run.
struct Step {
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
}

/// A GPU whose runtime was started: CubeCL, which burn computes with too.
#[derive(Clone)]
pub struct Gpu(Client);

impl Gpu {
    /// Call at most once in a wasm instance: a runtime cannot be started again, not even after its
    /// device was lost.
    pub async fn start() -> Result<Self, ComputeError> {
        let failed = |e: burn_wgpu::WgpuInitError| ComputeError(e.to_string());
        let options = RuntimeOptions::try_default().map_err(failed)?;
        let device = WgpuDevice::default();
        try_init_setup_async::<AutoGraphicsApi>(&device, options)
            .await
            .map_err(failed)?;
        Ok(Self(cubecl::Device::Wgpu(device).client()))
    }

    /// As burn names it, for its own operations.
    #[cfg(feature = "gpu-tuning")]
    pub fn device(&self) -> burn::tensor::Device {
        burn::tensor::Device::new(cubecl::Device::Wgpu(WgpuDevice::default()))
    }

    /// There is no card behind it.
    fn is_emulated(&self) -> bool {
        self.0.properties().identity.physical.is_none()
    }
}

pub struct GpuNet {
    gpu: Gpu,
    steps: Vec<Step>,
    batch: usize,
    /// Bytes of one photo, and values of one photo at each place between.
    photo: usize,
    narrow: usize,
    wide: usize,
    filtered: usize,
}

impl GpuNet {
    /// For photos of `size` × `size` pixels.
    pub fn new(layers: &Layers, size: usize, gpu: &Gpu) -> Self {
        let tiles = match gpu.is_emulated() {
            true => tiles::EMULATED,
            false => tiles::GPU,
        };
        let mut plan = Plan {
            client: &gpu.0,
            tiles,
            steps: Vec::new(),
            side: size,
            narrow: 0,
            wide: 0,
            filtered: 0,
        };
        plan.stem(&layers.stem);
        let mut from = Place::Wide;
        for (i, block) in layers.blocks.iter().enumerate() {
            let to = Place::Narrow(i % 2);
            plan.block(block, from, to);
            from = to;
        }
        plan.pointwise(&layers.head, from, Place::Wide, Then::Relu6, None);
        plan.mean();
        let Plan {
            steps,
            narrow,
            wide,
            filtered,
            ..
        } = plan;
        Self {
            gpu: gpu.clone(),
            steps,
            batch: tiles.batch,
            photo: size * size * 3,
            narrow,
            wide,
            filtered,
        }
    }

    /// Where it runs.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Most photos for one [`Self::embed`].
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// From `[n, size, size, 3]` bytes to `n` embeddings, one after the other.
    pub async fn embed(&self, photos: &[u8]) -> Result<Vec<f32>, ComputeError> {
        let n = photos.len() / self.photo;
        let client = &self.gpu.0;
        let values = |count: usize| client.empty(n * count * size_of::<f32>());
        let photos = client.create_from_slice(&words(photos));
        let (wide, filtered, embeddings) =
            (values(self.wide), values(self.filtered), values(WIDTH));
        let narrow = [values(self.narrow), values(self.narrow)];
        let at = |place: Place| match place {
            Place::Photos => &photos,
            Place::Narrow(i) => &narrow[i],
            Place::Wide => &wide,
            Place::Filtered => &filtered,
            Place::Embeddings => &embeddings,
        };
        for step in &self.steps {
            let rows = step.rows as usize * n;
            let mut reads = vec![at(step.from)];
            reads.extend(&step.weights);
            reads.extend(step.also.map(at));
            let mut dims = vec![rows as u32];
            dims.extend(&step.dims);
            let launch = Launch {
                reads: &reads,
                writes: at(step.to),
                dims: &dims,
                threads: rows.div_ceil(step.tile) * step.lanes,
            };
            step.kernel.launch(client, &launch);
        }
        // The one place where the CPU waits for the GPU.
        let read = client.read_async(vec![embeddings]).await;
        let bytes = read.map_err(|e| ComputeError(e.to_string()))?;
        let values = bytes.iter().flat_map(|b| b.as_chunks().0);
        Ok(values.map(|b| f32::from_le_bytes(*b)).collect())
    }
}

/// Whole words, as a GPU reads.
fn words(bytes: &[u8]) -> Vec<u8> {
    let mut words = bytes.to_vec();
    words.resize(bytes.len().next_multiple_of(4), 0);
    words
}

/// The steps so far, and the picture after them.
struct Plan<'a> {
    client: &'a Client,
    tiles: Tiles,
    steps: Vec<Step>,
    side: usize,
    narrow: usize,
    wide: usize,
    filtered: usize,
}

impl Plan<'_> {
    fn upload(&self, weights: &[f32]) -> Option<Handle> {
        let bytes: Vec<u8> = weights.iter().flat_map(|w| w.to_le_bytes()).collect();
        Some(self.client.create_from_slice(&bytes))
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

    fn stem(&mut self, conv: &Conv) {
        let (side, padding) = (self.side, self.padding(conv));
        self.side = side.div_ceil(conv.stride);
        let (out, width) = (self.side, conv.bias.len() / VECTOR);
        let (tile, vectors) = ends::STEM_TILE;
        self.steps.push(Step {
            kernel: ends::stem(&self.tiles),
            from: Place::Photos,
            weights: self.upload(&ends::stem_weights(&conv.weight, &conv.bias)),
            also: None,
            to: Place::Wide,
            rows: out as u32,
            dims: [side, out, width, padding].map(|v| v as u32).to_vec(),
            tile: 1,
            lanes: out.div_ceil(tile) * (width / vectors),
        });
        self.reserve(Place::Wide, conv.bias.len());
    }

    fn block(&mut self, block: &Block, from: Place, to: Place) {
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

    fn depthwise(&mut self, conv: &Conv, from: Place) {
        let (side, padding) = (self.side, self.padding(conv));
        self.side = side.div_ceil(conv.stride);
        let (out, width) = (self.side, conv.bias.len() / VECTOR);
        self.steps.push(Step {
            kernel: depthwise::depthwise(conv.kernel, conv.stride, &self.tiles),
            from,
            weights: self.upload(&depthwise::weights(&conv.weight, &conv.bias)),
            also: None,
            to: Place::Filtered,
            rows: out as u32,
            dims: [side, out, width, padding].map(|v| v as u32).to_vec(),
            tile: 1,
            lanes: out.div_ceil(self.tiles.row) * width,
        });
        self.reserve(Place::Filtered, conv.bias.len());
    }

    fn pointwise(
        &mut self,
        conv: &Conv,
        from: Place,
        to: Place,
        then: Then,
        residual: Option<Place>,
    ) {
        let (pixels, width) = (self.side * self.side, conv.bias.len() / VECTOR);
        let vectors = self.tiles.vectors(width);
        self.steps.push(Step {
            kernel: pointwise::pointwise(vectors, &self.tiles),
            from,
            weights: self.upload(&pointwise::weights(&conv.weight, &conv.bias)),
            also: Some(residual.unwrap_or(from)),
            to,
            rows: pixels as u32,
            dims: vec![(conv.group / VECTOR) as u32, width as u32, then as u32],
            tile: self.tiles.pixels,
            lanes: width / vectors,
        });
        self.reserve(to, conv.bias.len());
    }

    fn mean(&mut self) {
        let width = WIDTH / VECTOR;
        self.steps.push(Step {
            kernel: ends::mean(&self.tiles),
            from: Place::Wide,
            weights: None,
            also: None,
            to: Place::Embeddings,
            rows: width as u32,
            dims: vec![(self.side * self.side) as u32, width as u32],
            tile: 1,
            lanes: 1,
        });
    }
}
