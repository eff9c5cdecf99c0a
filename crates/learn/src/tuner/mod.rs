//! Tuning a pre-trained network: layers near the output go on learning, with a head.
//!
//! What lies before the cut never changes, so each picture goes through it once (or once for each way
//! to show it, see [`augment`]), and training works on what came out. Pictures may come one by one, and
//! what came out is all that is kept of them. Batch norm stays folded.

#[cfg(all(target_arch = "wasm32", not(feature = "gpu-tuning")))]
mod absent;
pub mod augment;
#[cfg(any(not(target_arch = "wasm32"), feature = "gpu-tuning"))]
mod autodiff;
mod cpu;
mod entered;
mod epoch;
mod frozen;
mod keeping;
mod learner;
mod loss;
mod prepare;
mod rates;
mod schedule;
pub mod service;

use std::collections::VecDeque;
use std::sync::Arc;

use burn::tensor::Device;

#[cfg(all(target_arch = "wasm32", not(feature = "gpu-tuning")))]
use absent as autodiff;
use network::ComputeError;
use network::cut::{self, Cut};
use network::random::SplitMix64;
use network::weights::Layers;

use crate::memory::Tuning;
use data::classifier::{Dense, Head};
use data::settings::EpochReport;
use data::transfer::TuneSettings;
use data::tuned_layers::TunedLayers;
pub use entered::{Entered, Shown};
use frozen::Frozen;
pub use keeping::Keeping;
use keeping::Plane;
use learner::Learner;
pub(crate) use loss::{Loss, softmax_loss};
pub use rates::Rates;
use serde::{Deserialize, Serialize};

/// An upright picture's centre square with its class.
#[derive(Debug, Clone)]
pub struct Picture {
    /// `[side, side, 3]`; at best the side is at least the network's input.
    pub rgb: Arc<[u8]>,
    pub class: usize,
}

impl AsRef<[u8]> for Picture {
    fn as_ref(&self) -> &[u8] {
        &self.rgb
    }
}

impl Picture {
    pub fn side(&self) -> usize {
        (self.rgb.len() / 3).isqrt()
    }
}

/// What one call of [`Tuner::step`] did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum TuneStep {
    /// Pictures sent through the frozen part, of all that came so far.
    Prepared {
        done: usize,
        total: usize,
    },
    /// Batches learnt from, of all epochs'.
    Batch {
        done: usize,
        total: usize,
    },
    /// Validation pictures measured after an epoch, of all.
    Measured {
        done: usize,
        total: usize,
    },
    Epoch(EpochReport),
}

/// A head with the layers that it needs below it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    pub head: Head,
    pub tuned_layers: TunedLayers,
}

/// By name: as in the weights file, and `out.weight`, `out.bias` for the classifier.
pub type Gradients = Vec<(String, Vec<f32>)>;

/// The least embedding at which a square root has its own slope; below it, down to 0 where it has none, the slope stays as it is
/// here.
const FLATTEST: f32 = 1e-4;

/// Pictures that go through the network together where nothing else decides it.
const TOGETHER: usize = 4;

enum Phase {
    Prepare,
    Train,
    Measure,
    Done,
}

/// A picture that is to be sent through the frozen part, and how to show it.
struct Job {
    validates: bool,
    /// Among those of its kind.
    picture: usize,
    way: usize,
}

/// A tuning run. Call [`Tuner::step`] until it is [`Tuner::done`] or enough is enough.
pub struct Tuner {
    settings: TuneSettings,
    keeping: Keeping,
    size: usize,
    /// Length of an embedding.
    width: usize,
    classes: usize,
    /// Their pixels are dropped when they went through the frozen part.
    train: Vec<Picture>,
    validation: Vec<Picture>,
    cut: Cut,
    frozen: Frozen,
    learner: Learner,
    phase: Phase,
    jobs: VecDeque<Job>,
    /// Jobs done, and all so far.
    prepared: (usize, usize),
    /// No picture comes any more.
    complete: bool,
    /// What entered at the cut, by picture and way to show it. Empty where every layer learns.
    shown: Vec<Vec<Plane>>,
    /// What validation pictures were at the cut; these are shown as they are.
    held: Vec<Plane>,
    /// The embeddings of the plain pictures, to centre the head on; empty where it came with its own centre.
    embeddings: Vec<Vec<f32>>,
    needs_centre: bool,
    random: SplitMix64,
    order: Vec<usize>,
    epoch: usize,
    batch: usize,
    trained: Loss,
    measured: Loss,
    /// The lowest validation loss, and epochs since; without validation the last epoch is best.
    best: Option<(f32, Tuned)>,
    stale: usize,
    /// Multiply-adds of one picture before and behind the cut, and spent so far.
    work: (f64, f64),
    spent: f64,
}

/// What a run begins with.
pub struct Start<'a> {
    /// The weights to begin from.
    pub layers: &'a Layers,
    /// Side of the input, pixels.
    pub size: usize,
    pub classes: usize,
    /// A trained linear head to begin from, so that features and head are both good when the features begin to move (Kumar et
    /// al. 2022); without one, or with one that does not fit, it begins at zero, centred on the first embeddings.
    pub head: Option<Head>,
}

/// A head that knows nothing yet.
fn zero_head(mean: Vec<f32>, scale: f32, classes: usize) -> Head {
    let weight = vec![0.0; mean.len() * classes];
    Head {
        input: Default::default(),
        mean,
        scale,
        hidden: None,
        out: Dense {
            weight,
            bias: vec![0.0; classes],
        },
    }
}

impl Tuner {
    /// With all pictures; see [`Start`]. `device`: burn's CPU device stands for our own kernels. `train` must not be empty.
    #[expect(clippy::too_many_arguments)]
    pub fn new(
        layers: &Layers,
        size: usize,
        train: Vec<Picture>,
        validation: Vec<Picture>,
        classes: usize,
        settings: &TuneSettings,
        head: Option<Head>,
        device: &Device,
    ) -> Self {
        let start = Start {
            layers,
            size,
            classes,
            head,
        };
        let device = Some(device).filter(|device| **device != Device::flex());
        Self::with_all(start, train, validation, settings, device)
    }

    /// As [`Self::new`], but in burn's operations on every device, its CPU device too.
    #[expect(clippy::too_many_arguments)]
    pub fn in_burn(
        layers: &Layers,
        size: usize,
        train: Vec<Picture>,
        validation: Vec<Picture>,
        classes: usize,
        settings: &TuneSettings,
        head: Option<Head>,
        device: &Device,
    ) -> Self {
        let start = Start {
            layers,
            size,
            classes,
            head,
        };
        Self::with_all(start, train, validation, settings, Some(device))
    }

    fn with_all(
        start: Start,
        train: Vec<Picture>,
        validation: Vec<Picture>,
        settings: &TuneSettings,
        device: Option<&Device>,
    ) -> Self {
        let settings = settings.clamped();
        let keeping = Tuning {
            layers: start.layers,
            size: start.size,
            train: train.len(),
            deciding: validation.len(),
            classes: start.classes,
            settings: &settings,
        }
        .keeping();
        let mut tuner = Self::with(start, &settings, keeping, device);
        let validation = validation.into_iter().map(|picture| (picture, true));
        for (picture, validates) in train.into_iter().map(|p| (p, false)).chain(validation) {
            tuner.add(picture, validates);
        }
        tuner.complete();
        tuner
    }

    /// Without pictures yet: they come by [`Self::add`], and [`Self::complete`] says when all are there.
    pub fn waiting(
        start: Start,
        settings: &TuneSettings,
        keeping: Keeping,
        device: &Device,
    ) -> Self {
        let device = Some(device).filter(|device| **device != Device::flex());
        Self::with(start, settings, keeping, device)
    }

    fn with(
        start: Start,
        settings: &TuneSettings,
        keeping: Keeping,
        device: Option<&Device>,
    ) -> Self {
        let Start {
            layers,
            size,
            classes,
            head,
        } = start;
        let settings = settings.clamped();
        let (network, width) = (layers.network(), layers.width());
        let cut = Cut::of(settings.depth, network);
        let head = head.filter(|head| {
            let input = head.hidden.is_none() && !head.input.has_layers();
            input && head.classes() == classes && head.mean.len() == width
        });
        let needs_centre = head.is_none();
        let head = head.unwrap_or_else(|| zero_head(vec![0.0; width], 1.0, classes));
        Self {
            frozen: Frozen::new(layers, size, cut, device),
            work: cut::multiply_adds_at(network, size, cut),
            learner: Learner::new(layers, size, cut, &head, device),
            phase: Phase::Prepare,
            random: SplitMix64(settings.seed),
            settings,
            keeping,
            size,
            width,
            classes,
            train: Vec::new(),
            validation: Vec::new(),
            cut,
            jobs: VecDeque::new(),
            prepared: (0, 0),
            complete: false,
            shown: Vec::new(),
            held: Vec::new(),
            embeddings: Vec::new(),
            needs_centre,
            order: Vec::new(),
            epoch: 0,
            batch: 0,
            trained: Loss::default(),
            measured: Loss::default(),
            best: None,
            stale: 0,
            spent: 0.0,
        }
    }

    /// All epochs are over, or patience is.
    pub fn done(&self) -> bool {
        matches!(self.phase, Phase::Done)
    }

    /// A bounded piece of work: some pictures through the frozen part, one batch, or some of the
    /// measuring that an epoch ends with. After an error there is nothing more to do.
    pub async fn step(&mut self) -> Result<TuneStep, ComputeError> {
        let step = match self.phase {
            Phase::Prepare => self.prepare().await,
            Phase::Train => self.learn().await,
            Phase::Measure => self.measure().await,
            Phase::Done => Err(ComputeError("tuning is over".into())),
        };
        if step.is_err() {
            self.phase = Phase::Done;
        }
        step
    }

    /// How many numbers learn.
    pub fn trained_parameters(&self) -> usize {
        self.learner.trained_parameters()
    }

    /// Spent on training so far, the frozen part included; a backward pass counts as two forward
    /// ones, measuring does not count.
    pub fn multiply_adds(&self) -> f64 {
        self.spent
    }

    /// Head and layers as they are now.
    pub async fn tuned(&self) -> Result<Tuned, ComputeError> {
        self.learner.tuned().await
    }

    /// The head and layers of the lowest validation loss; without validation those after the last whole epoch.
    pub fn into_best(self) -> Option<Tuned> {
        self.best.map(|(_, tuned)| tuned)
    }

    /// Mean cross-entropy of pictures as they are, and its gradients, without a step: for checks.
    pub async fn gradients(
        &mut self,
        pictures: &[Picture],
    ) -> Result<(f32, Gradients), ComputeError> {
        let entered = self.enter(pictures).await?;
        let planes: Vec<Arc<[f32]>> = entered.0.iter().map(Plane::values).collect();
        let planes: Vec<&[f32]> = planes.iter().map(|plane| &**plane).collect();
        let labels: Vec<usize> = pictures.iter().map(|picture| picture.class).collect();
        let loss = self.learner.descend(&planes, &labels).await?;
        Ok((loss.mean(), self.learner.gradients().await?))
    }
}
