//! The backbones Graft knows: data, not constants. Another one is a file and a row.

use super::problem::Detail;
use serde::{Deserialize, Serialize};

/// One way to turn a sample into an embedding: weights and the input size they run at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackboneSpec {
    /// Stored with every embedding and head; never reused for something else.
    pub id: &'static str,
    /// Weights, relative to the page.
    pub file: &'static str,
    /// SHA-256 of that file, hex. A head names the weights it belongs to by it.
    pub hash: &'static str,
    /// Side of the square input, pixels.
    pub input_size: usize,
    /// Length of one embedding.
    pub width: usize,
    /// Numbers of all layers that are pooled on the way to it, together; 0 where none are.
    pub layers: usize,
    /// Multiply-adds for one sample, millions, counted layer by layer (checked in `network::weights`).
    pub mega_macs: u32,
    /// A head file relative to the page: the classifier that these weights were trained with.
    pub old_head: Option<&'static str>,
}

/// The largest entry of an embedding; the smallest is 0. Every backbone ends with a ReLU6 and the mean over all places.
pub const LARGEST_ENTRY: f32 = 6.0;

/// Both sizes of input use these weights.
const LITE0_HASH: &str = "a7822955a4d56f3b29800ce66f7de958394e04e22056ead720f299d5e942cd27";

/// ImageNet's 1000 classes; fits embeddings of Lite0's weights at any input size.
const LITE0_HEAD: &str = "model/imagenet-efficientnet-lite0.graft.safetensors";

pub const BACKBONES: &[BackboneSpec] = &[
    BackboneSpec {
        id: "efficientnet-lite0-224",
        file: "model/efficientnet-lite0-224.safetensors",
        hash: LITE0_HASH,
        input_size: 224,
        width: 1280,
        layers: 2784,
        mega_macs: 384,
        old_head: Some(LITE0_HEAD),
    },
    // The same weights on a smaller picture: half the work.
    BackboneSpec {
        id: "efficientnet-lite0-160",
        file: "model/efficientnet-lite0-224.safetensors",
        hash: LITE0_HASH,
        input_size: 160,
        width: 1280,
        layers: 2784,
        mega_macs: 196,
        old_head: Some(LITE0_HEAD),
    },
    // Deeper, on a larger picture. Its own old classifier would be 2.6 MB more for little.
    BackboneSpec {
        id: "efficientnet-lite1-240",
        file: "model/efficientnet-lite1-240.safetensors",
        hash: "fbaf00d30696396eb5f70f074db12d412370e728d6f9868ff293ff78a70fb6bf",
        input_size: 240,
        width: 1280,
        layers: 2784,
        mega_macs: 599,
        old_head: None,
    },
];

pub fn default_backbone() -> &'static BackboneSpec {
    &BACKBONES[0]
}

pub fn find_backbone(id: &str) -> Option<&'static BackboneSpec> {
    BACKBONES.iter().find(|b| b.id == id)
}

/// Where the backbone runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    Webgpu,
    Cpu,
}

impl DeviceKind {
    /// The name the page's `?device=` uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Webgpu => "webgpu",
            Self::Cpu => "cpu",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Webgpu, Self::Cpu]
            .into_iter()
            .find(|k| k.name() == name)
    }
}

/// Why the device that runs was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum DeviceReason {
    /// The page's address asked for it.
    Asked,
    /// It passed the self-test and was measured faster: milliseconds a sample, GPU and CPU.
    Faster {
        gpu_ms: f64,
        cpu_ms: f64,
    },
    /// The CPU was measured faster than the GPU.
    GpuSlower {
        gpu_ms: f64,
        cpu_ms: f64,
    },
    NoWebGpu,
    NoAdapter,
    /// There is a GPU, but the site has no engine for it: a development server may still be building that one.
    NotBuilt,
    /// The browser was asked for a GPU and did not say.
    NoAnswer,
    /// A software emulation of a GPU: slower than the CPU path.
    FallbackAdapter,
    /// The GPU computed an embedding too far from the CPU's (cosine similarity).
    WrongResult {
        cosine: f64,
    },
    /// The GPU could not be started.
    StartFailed(Detail),
    /// The GPU went away while it was in use.
    Lost,
    /// The GPU lacks what our kernels need, by its name in WebGPU.
    Lacks {
        feature: String,
    },
}

/// What runs, and why: the page always shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceReport {
    pub kind: DeviceKind,
    /// The adapter's own name, empty on the CPU.
    pub adapter: String,
    pub reason: DeviceReason,
}
