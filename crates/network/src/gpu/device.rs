//! A GPU: what it can do, and how values come to it and back.

use burn::cubecl;
use burn::cubecl::client::Client;
use burn::cubecl::ir::{ElemType, FloatKind};
use burn::cubecl::server::Handle;
use burn::tensor::Bytes;
use burn_wgpu::graphics::AutoGraphicsApi;
use burn_wgpu::{RuntimeOptions, WgpuDevice, try_init_setup_async};
use half::f16;

use super::super::ComputeError;
use super::tiles::{self, Tiles};

/// A GPU whose runtime was started: CubeCL, which burn computes with too.
#[derive(Clone)]
pub struct Gpu {
    pub(super) client: Client,
    pub(super) tiles: Tiles,
    half: bool,
}

impl Gpu {
    /// Call at most once in a process: a runtime cannot be started again, not even after its device
    /// was lost.
    pub async fn start() -> Result<Self, ComputeError> {
        let failed = |e: burn_wgpu::WgpuInitError| ComputeError(e.to_string());
        let options = RuntimeOptions::try_default().map_err(failed)?;
        let device = WgpuDevice::default();
        try_init_setup_async::<AutoGraphicsApi>(&device, options)
            .await
            .map_err(failed)?;
        let client = cubecl::Device::Wgpu(device).client();
        // There is no card behind it, and f16 is no faster on a CPU.
        let emulated = client.properties().identity.physical.is_none();
        let tiles = match emulated {
            true => tiles::EMULATED,
            false => tiles::GPU,
        };
        let gpu = Self {
            client,
            tiles,
            half: false,
        };
        Ok(gpu.with(tiles.batch, !emulated))
    }

    /// WebGPU's `shader-f16`.
    pub fn has_f16(&self) -> bool {
        let f16 = ElemType::Float(FloatKind::F16);
        self.client.properties().supports_type(f16)
    }

    /// As burn names it, for its own operations.
    #[cfg(feature = "gpu-tuning")]
    pub fn device(&self) -> burn::tensor::Device {
        burn::tensor::Device::new(cubecl::Device::Wgpu(WgpuDevice::default()))
    }

    /// What its driver calls it.
    pub fn name(&self) -> &str {
        &self.client.properties().identity.name
    }

    /// Most photos that go through the network together.
    pub fn batch(&self) -> usize {
        self.tiles.batch
    }

    /// Weights are stored as f16 where that loses nothing: those of a weights file are of f16, those
    /// that were tuned are not. Values between layers are f32 everywhere: as f16 they would move an
    /// embedding by a thousandth.
    pub fn is_half(&self) -> bool {
        self.half
    }

    /// With other numbers of photos together, and weights stored as f16 where it has them, or not.
    pub fn with(&self, batch: usize, half: bool) -> Self {
        Self {
            client: self.client.clone(),
            tiles: Tiles {
                batch,
                ..self.tiles
            },
            half: half && self.has_f16(),
        }
    }

    /// Room for `n` values.
    pub(super) fn values(&self, n: usize) -> Handle {
        self.client.empty(n * size_of::<f32>())
    }

    /// One buffer with several parts of so many values, and a view of each part. WebGPU asks that a view begins at a multiple
    /// of 256 bytes.
    pub(super) fn parted(&self, parts: impl Iterator<Item = usize>) -> (Handle, Vec<Handle>) {
        let ends = parts.scan(0, |end, values| {
            *end += values * size_of::<f32>();
            Some(*end as u64)
        });
        let ends: Vec<u64> = ends.collect();
        let all = ends.last().copied().unwrap_or(4);
        let whole = self.client.empty(all as usize);
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let views = starts.zip(&ends).map(|(start, end)| {
            let from = whole.clone().offset_start(start);
            from.offset_end(all - end)
        });
        (whole.clone(), views.collect())
    }

    /// Whole words, as a GPU reads. They are handed over, not copied.
    pub(super) fn bytes(&self, mut bytes: Vec<u8>) -> Handle {
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        self.client.create(Bytes::from_bytes_vec(bytes))
    }

    /// The weights of a layer, and whether they lie there as f16.
    pub(super) fn weights(&self, weights: &[f32]) -> (Handle, bool) {
        let kept = |w: &f32| f16::from_f32(*w).to_f32() == *w;
        let half = self.half && weights.iter().all(kept);
        let bytes: Vec<u8> = match half {
            true => (weights.iter())
                .flat_map(|w| f16::from_f32(*w).to_le_bytes())
                .collect(),
            false => weights.iter().flat_map(|w| w.to_le_bytes()).collect(),
        };
        (self.bytes(bytes), half)
    }

    /// Waits for all that was launched until now.
    pub(super) fn read(
        &self,
        floats: Handle,
    ) -> impl Future<Output = Result<Vec<f32>, ComputeError>> {
        let read = self.client.read_async(vec![floats]);
        async {
            let bytes = read.await.map_err(|e| ComputeError(e.to_string()))?;
            let values = bytes.iter().flat_map(|b| b.as_chunks().0);
            Ok(values.map(|b| f32::from_le_bytes(*b)).collect())
        }
    }
}
