//! The network on a GPU, in our own kernels: photos go up as bytes, features come back, and all
//! between stays there. Channels lie next to each other, four to a vector.

mod depthwise;
mod device;
mod kernel;
mod plan;
mod pointwise;
mod stem_and_pool;
#[cfg(test)]
mod tests;
mod tiles;

use burn::cubecl::server::Handle;

pub use self::device::Gpu;
use self::plan::{Plan, Step};
use super::ComputeError;
use super::backbone::Features;
use super::weights::Layers;

/// Where the values between two kernels lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Buffer {
    Photos,
    /// One of those that the plan shares out.
    Values(usize),
    /// A value that is pooled, which stays until the end.
    Tap(usize),
    /// All of those, in one buffer.
    Taps,
    /// `[photos, width and layers]`
    Features,
}

/// The buffers themselves, for some photos.
struct Buffers {
    photos: Handle,
    values: Vec<Handle>,
    taps: Handle,
    /// Views of `taps`.
    each_tap: Vec<Handle>,
    features: Handle,
}

impl Buffers {
    fn at(&self, buffer: Buffer) -> &Handle {
        match buffer {
            Buffer::Photos => &self.photos,
            Buffer::Values(i) => &self.values[i],
            Buffer::Tap(i) => &self.each_tap[i],
            Buffer::Taps => &self.taps,
            Buffer::Features => &self.features,
        }
    }
}

/// A network, ready to run on a GPU.
pub struct GpuNet {
    gpu: Gpu,
    steps: Vec<Step>,
    /// Bytes of one photo.
    photo: usize,
    /// Values of one photo in each buffer between.
    values: Vec<usize>,
    /// Of each value that is pooled.
    taps: Vec<usize>,
    /// Length of an embedding, and of the pooled layers.
    width: usize,
    layers: usize,
}

impl GpuNet {
    /// For photos of `size` × `size` pixels.
    pub fn new(layers: &Layers, size: usize, gpu: &Gpu) -> Self {
        let (plan, taps) = (Plan::of(layers, size, gpu), layers.network().taps());
        Self {
            gpu: gpu.clone(),
            steps: plan.steps,
            photo: size * size * 3,
            values: plan.buffers,
            taps: plan.taps,
            width: layers.width(),
            layers: taps.iter().map(|tap| tap.channels).sum(),
        }
    }

    /// Where it runs.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// From `[n, size, size, 3]` bytes to the features of `n` photos. Most: [`Gpu::batch`].
    /// The GPU begins at once; what is returned waits, and must be waited for: what was to be read
    /// stays mapped otherwise, and the next launch fails.
    pub fn embed(
        &self,
        photos: Vec<u8>,
    ) -> impl Future<Output = Result<Vec<Features>, ComputeError>> {
        let n = photos.len() / self.photo;
        let gpu = &self.gpu;
        let values = self.values.iter().map(|values| gpu.values(n * values));
        let (taps, each_tap) = gpu.parted(self.taps.iter().map(|values| n * values));
        let row = self.width + self.layers;
        let buffers = Buffers {
            photos: gpu.bytes(photos),
            values: values.collect(),
            taps,
            each_tap,
            features: gpu.values(n * row),
        };
        for step in &self.steps {
            step.launch(gpu, n, &buffers);
        }
        // The one place where the CPU waits for the GPU.
        let (read, width) = (gpu.read(buffers.features), self.width);
        async move {
            let values = read.await?;
            let photos = values.chunks_exact(row);
            Ok(photos.map(|photo| Features::of(photo, width)).collect())
        }
    }

    /// Bytes that the kernels read and write for `n` photos, if each value and each weight moved
    /// once a layer: what no launch of these layers can go below, caches aside.
    pub fn traffic(&self, n: usize) -> usize {
        self.steps.iter().map(|step| step.traffic(n)).sum()
    }
}
