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
        let gpu = Self { client, tiles };
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

    /// Values between layers, and weights, are stored as f16. Sums are f32 everywhere.
    pub fn is_half(&self) -> bool {
        self.tiles.half
    }

    /// With other numbers of photos together, and values stored as f16 where it has them, or f32.
    pub fn with(&self, batch: usize, half: bool) -> Self {
        Self {
            client: self.client.clone(),
            tiles: Tiles {
                batch,
                half: half && self.has_f16(),
                ..self.tiles
            },
        }
    }

    /// Bytes of one value between layers.
    pub(super) fn value(&self) -> usize {
        match self.is_half() {
            true => size_of::<f16>(),
            false => size_of::<f32>(),
        }
    }

    /// Room for `n` values between layers.
    pub(super) fn values(&self, n: usize) -> Handle {
        self.client.empty(n * self.value())
    }

    /// Room for `n` results.
    pub(super) fn floats(&self, n: usize) -> Handle {
        self.client.empty(n * size_of::<f32>())
    }

    /// Whole words, as a GPU reads. They are handed over, not copied.
    pub(super) fn bytes(&self, mut bytes: Vec<u8>) -> Handle {
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        self.client.create(Bytes::from_bytes_vec(bytes))
    }

    /// As they are stored between layers.
    pub(super) fn upload(&self, values: &[f32]) -> Handle {
        let bytes: Vec<u8> = match self.is_half() {
            true => (values.iter())
                .flat_map(|v| f16::from_f32(*v).to_le_bytes())
                .collect(),
            false => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        };
        self.bytes(bytes)
    }

    /// Waits for all that was launched.
    pub(super) async fn read(&self, floats: Handle) -> Result<Vec<f32>, ComputeError> {
        let read = self.client.read_async(vec![floats]).await;
        let bytes = read.map_err(|e| ComputeError(e.to_string()))?;
        let values = bytes.iter().flat_map(|b| b.as_chunks().0);
        Ok(values.map(|b| f32::from_le_bytes(*b)).collect())
    }
}
