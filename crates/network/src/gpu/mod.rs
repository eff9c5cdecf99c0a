//! The network on a GPU, in our own kernels: photos go up as bytes, embeddings come back, and all
//! between stays there. Channels lie next to each other, four to a vector.

mod depthwise;
mod device;
mod ends;
mod kernel;
mod plan;
mod pointwise;
#[cfg(test)]
mod tests;
mod tiles;

use burn::cubecl::server::Handle;

pub use self::device::Gpu;
use self::plan::{Plan, Step};
use self::pointwise::Then;
use super::ComputeError;
use super::weights::{Layers, WIDTH};

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

/// What lies at each place.
struct Places {
    photos: Handle,
    narrow: [Handle; 2],
    wide: Handle,
    filtered: Handle,
    embeddings: Handle,
}

impl Places {
    fn at(&self, place: Place) -> &Handle {
        match place {
            Place::Photos => &self.photos,
            Place::Narrow(i) => &self.narrow[i],
            Place::Wide => &self.wide,
            Place::Filtered => &self.filtered,
            Place::Embeddings => &self.embeddings,
        }
    }
}

pub struct GpuNet {
    gpu: Gpu,
    steps: Vec<Step>,
    /// Bytes of one photo, and values of one photo at each place between.
    photo: usize,
    narrow: usize,
    wide: usize,
    filtered: usize,
}

impl GpuNet {
    /// For photos of `size` × `size` pixels.
    pub fn new(layers: &Layers, size: usize, gpu: &Gpu) -> Self {
        let mut plan = Plan::new(gpu, size);
        plan.stem(&layers.stem);
        let mut from = Place::Wide;
        for (i, block) in layers.blocks.iter().enumerate() {
            let to = Place::Narrow(i % 2);
            plan.block(block, from, to);
            from = to;
        }
        plan.pointwise(&layers.head, from, Place::Wide, Then::Relu6, None);
        plan.mean(WIDTH);
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

    /// From `[n, size, size, 3]` bytes to `n` embeddings, one after the other. Most: [`Gpu::batch`].
    /// The GPU begins at once; what is returned waits, and must be waited for: what was to be read
    /// stays mapped otherwise, and the next launch fails.
    pub fn embed(&self, photos: Vec<u8>) -> impl Future<Output = Result<Vec<f32>, ComputeError>> {
        let n = photos.len() / self.photo;
        let gpu = &self.gpu;
        let places = Places {
            photos: gpu.bytes(photos),
            narrow: [gpu.values(n * self.narrow), gpu.values(n * self.narrow)],
            wide: gpu.values(n * self.wide),
            filtered: gpu.values(n * self.filtered),
            embeddings: gpu.values(n * WIDTH),
        };
        for step in &self.steps {
            step.launch(gpu, n, &places);
        }
        // The one place where the CPU waits for the GPU.
        gpu.read(places.embeddings)
    }

    /// Bytes that the kernels read and write for `n` photos, if each value and each weight moved
    /// once a layer: what no launch of these layers can go below, caches aside.
    pub fn traffic(&self, n: usize) -> usize {
        self.steps.iter().map(|step| step.traffic(n)).sum()
    }
}
