//! The frozen network: photos in, features out.

use std::sync::Arc;

use burn::tensor::Device;
use half::f16;
use sha2::{Digest, Sha256};

use super::burn_net::BurnNet;
use super::cpu_net::CpuNet;
#[cfg(feature = "gpu")]
use super::gpu::{Gpu, GpuNet};
use super::weights::Layers;
use super::{ComputeError, preprocess};
use data::backbone::BackboneSpec;
use data::problem::{BackboneProblem, HeadProblem};
use data::tuned_layers::TunedLayers;

pub use data::features::Features;

/// A row of the registry with its weights, on the device that computes them.
pub struct Backbone {
    spec: &'static BackboneSpec,
    hash: String,
    layers: Arc<Layers>,
    net: Net,
}

enum Net {
    Cpu(Box<CpuNet>),
    Burn(Box<BurnNet>),
    #[cfg(feature = "gpu")]
    Gpu(Box<GpuNet>),
}

/// Photos a step on the CPU, which has nothing to gain from more: it takes one after the other.
const CPU_BATCH: usize = 4;

impl Backbone {
    /// Reads a weights file for the CPU, with our own kernels.
    pub fn on_cpu(spec: &'static BackboneSpec, file: &[u8]) -> Result<Self, BackboneProblem> {
        let on_cpu = |layers: &_| Net::Cpu(Box::new(CpuNet::new(layers, spec.input_size)));
        Self::read(spec, file, on_cpu)
    }

    /// Reads a weights file for a GPU, with our own kernels.
    #[cfg(feature = "gpu")]
    pub fn on_gpu(
        spec: &'static BackboneSpec,
        file: &[u8],
        gpu: &Gpu,
    ) -> Result<Self, BackboneProblem> {
        let on_gpu = |layers: &_| Net::Gpu(Box::new(GpuNet::new(layers, spec.input_size, gpu)));
        Self::read(spec, file, on_gpu)
    }

    /// Reads a weights file for any device of burn, with burn's operations.
    pub fn load(
        spec: &'static BackboneSpec,
        file: &[u8],
        device: &Device,
    ) -> Result<Self, BackboneProblem> {
        let in_burn = |layers: &_| Net::Burn(Box::new(BurnNet::new(layers, device)));
        Self::read(spec, file, in_burn)
    }

    fn read(
        spec: &'static BackboneSpec,
        file: &[u8],
        net: impl Fn(&Layers) -> Net,
    ) -> Result<Self, BackboneProblem> {
        let layers = Arc::new(Layers::read(file)?);
        let hash = Sha256::digest(file);
        let hash: String = hash.iter().map(|b| format!("{b:02x}")).collect();
        // Heads are opened by the hash and the width of the registry, before the file is there.
        if hash != spec.hash || layers.width() != spec.width {
            let what = "its weights are not those of this Graft";
            return Err(BackboneProblem::Damaged(what.into()));
        }
        Ok(Self {
            spec,
            hash,
            net: net(&layers),
            layers,
        })
    }

    /// A backbone of this architecture on this device with other weights. It keeps the name and hash of
    /// the file it began with, so its embeddings must never be stored under them.
    pub fn with_layers(&self, layers: Layers) -> Self {
        let size = self.spec.input_size;
        let net = match &self.net {
            Net::Cpu(_) => Net::Cpu(Box::new(CpuNet::new(&layers, size))),
            Net::Burn(net) => Net::Burn(Box::new(BurnNet::new(&layers, net.device()))),
            #[cfg(feature = "gpu")]
            Net::Gpu(net) => Net::Gpu(Box::new(GpuNet::new(&layers, size, net.gpu()))),
        };
        Self {
            spec: self.spec,
            hash: self.hash.clone(),
            net,
            layers: Arc::new(layers),
        }
    }

    /// With the layers that tuning changed in place of its own.
    pub fn tuned(&self, tuned_layers: &TunedLayers) -> Result<Self, HeadProblem> {
        Ok(self.with_layers(self.layers.with(tuned_layers)?))
    }

    /// The weights, for tuning to begin from.
    pub fn layers(&self) -> &Arc<Layers> {
        &self.layers
    }

    pub fn spec(&self) -> &'static BackboneSpec {
        self.spec
    }

    /// SHA-256 of the weights file, hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// How many photos to hand over at once: what keeps the device busy.
    pub fn batch(&self) -> usize {
        match &self.net {
            Net::Cpu(_) | Net::Burn(_) => CPU_BATCH,
            #[cfg(feature = "gpu")]
            Net::Gpu(net) => net.gpu().batch(),
        }
    }

    /// How many numbers each tap adds to [`Features::layers`].
    pub fn layer_widths(&self) -> Vec<usize> {
        let taps = self.layers.network().taps().into_iter();
        taps.map(|tap| tap.channels).collect()
    }

    /// Features of squares of `input_size` × `input_size` RGB8. One upload, one read-back. The layers are numbers that f16
    /// holds: they are stored as such, and a fresh one is to equal a stored one.
    pub async fn embed(&self, squares: &[&[u8]]) -> Result<Vec<Features>, ComputeError> {
        let size = self.spec.input_size;
        if squares.iter().any(|square| square.len() != 3 * size * size) {
            let what = format!("the input is not {size} × {size} RGB");
            return Err(ComputeError(what));
        }
        #[cfg(feature = "gpu")]
        if let Net::Gpu(net) = &self.net {
            let (mut features, mut ahead) = (Vec::with_capacity(squares.len()), None);
            // The next batch is launched before the last one is read: the GPU need not wait for us.
            for batch in squares.chunks(net.gpu().batch()) {
                let next = net.embed(batch.concat());
                let Some(before) = ahead.take() else {
                    ahead = Some(next);
                    continue;
                };
                match before.await {
                    Ok(of_the_batch) => features.extend(of_the_batch),
                    Err(e) => {
                        let _ = next.await; // see `GpuNet::embed`
                        return Err(e);
                    }
                }
                ahead = Some(next);
            }
            if let Some(last) = ahead {
                features.extend(last.await?);
            }
            return told(features);
        }
        let mut input = Vec::with_capacity(squares.len() * 3 * size * size);
        for square in squares {
            preprocess::normalise(square, &mut input);
        }
        self.embed_normalised(input, squares.len()).await
    }

    /// As [`Self::embed`], from `[n, 3, size, size]` normalised values. Not on WebGPU, where the
    /// network begins with bytes.
    pub async fn embed_normalised(
        &self,
        input: Vec<f32>,
        n: usize,
    ) -> Result<Vec<Features>, ComputeError> {
        let size = self.spec.input_size;
        told(match &self.net {
            Net::Cpu(net) => {
                let photos = input.chunks_exact(3 * size * size);
                photos.map(|photo| net.features(photo)).collect()
            }
            Net::Burn(net) => net.embed(input, n, size).await?,
            #[cfg(feature = "gpu")]
            Net::Gpu(_) => return Err(ComputeError("a GPU is handed bytes".into())),
        })
    }
}

/// What goes out of here is finite, and its layers are numbers that f16 holds.
fn told(mut features: Vec<Features>) -> Result<Vec<Features>, ComputeError> {
    for photo in &mut features {
        for value in &mut photo.layers {
            *value = f16::from_f32(*value).to_f32();
        }
        if !photo
            .embedding
            .iter()
            .chain(&photo.layers)
            .all(|v| v.is_finite())
        {
            return Err(ComputeError("an embedding is not a number".into()));
        }
    }
    Ok(features)
}
