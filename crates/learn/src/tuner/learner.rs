//! The learning part of the network, on whichever device.

use burn::tensor::Device;
use half::f16;

use super::autodiff::AutodiffLearner;
use super::cpu::CpuLearner;
use super::loss::Loss;
use super::{Gradients, Tuned};
use data::classifier::Head;
use data::tuned_layers::{TunedLayer, TunedLayers};
use network::ComputeError;
use network::cut::Cut;
use network::weights::Layers;

pub(super) enum Learner {
    Cpu(Box<CpuLearner>),
    Autodiff(Box<AutodiffLearner>),
}

impl Learner {
    /// Without a device: our own kernels.
    pub fn new(
        layers: &Layers,
        size: usize,
        cut: Cut,
        head: &Head,
        device: Option<&Device>,
    ) -> Self {
        match device {
            None => Self::Cpu(Box::new(CpuLearner::new(layers, size, cut, head))),
            Some(device) => {
                let learner = AutodiffLearner::new(layers, size, cut, head, device);
                Self::Autodiff(Box::new(learner))
            }
        }
    }

    pub fn set_head(&mut self, head: &Head) {
        match self {
            Self::Cpu(learner) => learner.set_head(head),
            Self::Autodiff(learner) => learner.set_head(head),
        }
    }

    /// From activations at the cut, a picture each, to embeddings, one after the other.
    pub async fn embed(&self, inputs: &[&[f32]]) -> Result<Vec<f32>, ComputeError> {
        match self {
            Self::Cpu(learner) => Ok(learner.embed(inputs)),
            Self::Autodiff(learner) => learner.embed(inputs).await,
        }
    }

    /// `[n, classes]`
    pub async fn logits(&self, inputs: &[&[f32]]) -> Result<Vec<f32>, ComputeError> {
        match self {
            Self::Cpu(learner) => Ok(learner.logits(&learner.embed(inputs))),
            Self::Autodiff(learner) => learner.logits(inputs).await,
        }
    }

    /// The loss of a batch; keeps its gradients.
    pub async fn descend(
        &mut self,
        inputs: &[&[f32]],
        labels: &[usize],
    ) -> Result<Loss, ComputeError> {
        match self {
            Self::Cpu(learner) => Ok(learner.descend(inputs, labels)),
            Self::Autodiff(learner) => learner.descend(inputs, labels).await,
        }
    }

    /// One Adam step on the gradients that [`Self::descend`] kept; `decay` is what the rate is
    /// multiplied with from one block to the one before it.
    pub fn step(&mut self, rate: f64, decay: f64) {
        match self {
            Self::Cpu(learner) => learner.step(rate, decay),
            Self::Autodiff(learner) => learner.step(rate, decay),
        }
    }

    pub async fn gradients(&self) -> Result<Gradients, ComputeError> {
        match self {
            Self::Cpu(learner) => Ok(learner.gradients()),
            Self::Autodiff(learner) => learner.gradients().await,
        }
    }

    pub fn trained_parameters(&self) -> usize {
        match self {
            Self::Cpu(learner) => learner.trained_parameters(),
            Self::Autodiff(learner) => learner.trained_parameters(),
        }
    }

    /// Head and layers as they are now; the layers rounded to what f16 holds.
    pub async fn tuned(&self) -> Result<Tuned, ComputeError> {
        let (head, values) = match self {
            Self::Cpu(learner) => (learner.head(), learner.values()),
            Self::Autodiff(learner) => (learner.head().await?, learner.values().await?),
        };
        let half = |v: f32| f16::from_f32(v).to_f32();
        let layers = values.into_iter().map(|(name, shape, values)| TunedLayer {
            name,
            shape,
            values: values.into_iter().map(half).collect(),
        });
        let tuned_layers = TunedLayers {
            layers: layers.collect(),
        };
        let layers = tuned_layers.layers.iter().map(|layer| &layer.values);
        let numbers = layers.chain([&head.out.weight, &head.out.bias]);
        let finite = numbers.flatten().all(|v| v.is_finite());
        match finite {
            true => Ok(Tuned { head, tuned_layers }),
            false => Err(ComputeError("a weight is not a number".into())),
        }
    }
}
