//! How much memory long work takes, reckoned before it begins. wasm traps where there is no more, and gives none back.

use super::gram;
use super::lda::ROOM;
use super::trainer::{MEMORY, PORTION};
use super::tuner::Keeping;
use super::unknown;
use data::lab::LabSettings;
use data::statistics::RANK;
use data::transfer::{Depth, Method, TuneSettings};
use network::cut::{Cut, Size};
use network::weights::Layers;

/// Bytes that a task may hold on top of the project. A page on an iPad ends at 1 to 1.5 GB (WebKit bug 268816), of which
/// network, project and page need a few hundred MB; wasm32 could address 4 GB.
pub const MOST: u64 = 768 << 20;

/// Long work by what decides its memory.
pub enum Task<'a> {
    Heads(Heads),
    ClosedForm(ClosedForm),
    Tuning(Tuning<'a>),
    Comparison(Comparison<'a>),
    Curve(Curve),
}

/// A head on embeddings.
#[derive(Clone, Copy)]
pub struct Heads {
    pub train: usize,
    /// Samples kept apart that the trainer measures itself.
    pub apart: usize,
    pub width: usize,
    pub classes: usize,
    /// 0 for a linear head.
    pub hidden: usize,
}

/// A head in closed form ([`crate::lda`]), made while the one before is still there.
#[derive(Clone, Copy)]
pub struct ClosedForm {
    pub samples: usize,
    /// Of the embedding.
    pub width: usize,
    /// Numbers and count of the layers on the way, which are judged beside it.
    pub layers: usize,
    pub parts: usize,
    pub classes: usize,
    pub form: Form,
}

/// What a head in closed form is computed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Samples.
    Dual,
    /// Features: those of [`ClosedForm::width`] and of the layers that the head sees. So many samples are left out together, at most.
    Primal { together: usize },
}

/// A network with its head.
#[derive(Clone, Copy)]
pub struct Tuning<'a> {
    pub layers: &'a Layers,
    /// Side of the input, pixels.
    pub size: usize,
    pub train: usize,
    /// Samples that decide when it ends.
    pub deciding: usize,
    pub classes: usize,
    pub settings: &'a TuneSettings,
}

/// All methods of a comparison, one after the other.
#[derive(Clone, Copy)]
pub struct Comparison<'a> {
    pub layers: &'a Layers,
    pub train: usize,
    pub held_out: usize,
    pub settings: &'a LabSettings,
}

/// A learning curve.
#[derive(Clone, Copy)]
pub struct Curve {
    pub samples: usize,
    pub width: usize,
    /// Samples that the largest draw learns from.
    pub learned: usize,
    pub classes: usize,
    /// Side of the samples, pixels.
    pub side: usize,
}

/// Bytes at the worst moment, where samples are kept as well as they can be within [`MOST`]. `tests/memory.rs` holds it against
/// what is really allocated.
pub fn needed(task: &Task) -> u64 {
    match task {
        Task::Heads(heads) => heads.bytes(),
        Task::ClosedForm(closed) => closed.bytes(),
        Task::Tuning(tuning) => tuning.bytes(tuning.keeping()),
        Task::Comparison(comparison) => comparison.bytes(comparison.keeping()),
        Task::Curve(curve) => curve.bytes(),
    }
}

const FLOAT: u64 = 4;
const DOUBLE: u64 = 8;
/// The smallest that is tried at all.
const SMALLEST: Keeping = Keeping {
    ways: 1,
    half: true,
};

fn floats(n: usize) -> u64 {
    n as u64 * FLOAT
}

/// The bytes that `n` squares of RGB8 take.
fn squares(n: usize, side: usize) -> u64 {
    (n * 3) as u64 * (side * side) as u64
}

impl Heads {
    fn bytes(&self) -> u64 {
        let samples = (self.train + self.apart) as u64;
        let samples = samples * (floats(self.width) + 32);
        // What is told and stored of a head counts each class' samples taken for each other's.
        let told = 24 * (self.classes as u64).pow(2);
        let linear = self.classes as u64 * floats(self.width + 1);
        let solver = match self.hidden {
            // Steps and changes of the gradient; the point, the next one and the step between; a draft's beginning; the head.
            0 => linear * (2 * MEMORY as u64 + 12),
            hidden => {
                let hidden = hidden as u64;
                let layers =
                    hidden * floats(self.width + 1) + self.classes as u64 * (hidden + 1) * FLOAT;
                // Weights, gradients and two moments, each twice while a step is made, and the best head; the samples of a portion.
                let portion = (PORTION as u64 / layers).max(8).min(1 + self.train as u64);
                12 * layers + samples + portion * floats(self.width)
            }
        };
        samples + solver + told
    }
}

impl ClosedForm {
    fn bytes(&self) -> u64 {
        match self.form {
            Form::Dual => self.dual(),
            Form::Primal { together } => self.primal(together as u64),
        }
    }

    fn primal(&self, together: u64) -> u64 {
        let (n, classes) = (self.samples as u64, self.classes as u64);
        let width = (self.width + self.layers) as u64;
        // The inverse before and the one to come, as f32, and that as it is found.
        let inverses = (2 * FLOAT + DOUBLE) * (width + 4).pow(2);
        // Samples as columns; those that are left out, in two ways, with a matrix of theirs on its way to another.
        let samples = (512 + 2 * together.max(32)) * FLOAT * width;
        let left_out = 2 * DOUBLE * (together + 4).pow(2);
        // What is said of them before and after, and of each left out, twice.
        let of_samples = n * (DOUBLE * 5 * (classes + 1) + 128);
        // Means and weights before and after, and what a head is made of.
        let of_classes = classes * DOUBLE * (9 * width + 3 * classes);
        inverses
            + samples
            + left_out
            + of_samples
            + of_classes
            + unknown::needed(self.classes, self.width)
    }

    fn dual(&self) -> u64 {
        let (n, classes) = (self.samples as u64, self.classes as u64);
        let width = (self.width + self.layers) as u64;
        // Square roots, and each part's products of each pair.
        let products = n * (FLOAT * width + 64) + FLOAT * (self.parts as u64 + 1) * n * (n + 1) / 2;
        // The inverse before, the one to come, and the same with room for more samples; cosines of each pair.
        let inverses = 3 * DOUBLE * (n + ROOM as u64).pow(2) + FLOAT * n * n / 2;
        // What follows from an inverse, twice, what is said of samples left out, and features as what is unknown is told by.
        let of_samples = n * (6 * DOUBLE * classes + 2 * floats(self.width));
        // Weights with what they follow from, twice; one set more as a head is made of them, and the means of classes, twice.
        let of_classes = classes * DOUBLE * (8 * width + 3 * classes);
        let factors = 4 * RANK as u64 * floats(self.width + self.layers);
        let prototypes = 2 * unknown::prototypes(self.classes) as u64 * floats(self.width);
        products + inverses + of_samples + of_classes + factors + prototypes
    }
}

impl Tuning<'_> {
    fn cut(&self) -> Cut {
        Cut::of(self.settings.depth, self.layers.network())
    }

    /// How samples are kept, within [`MOST`] where that can be.
    pub fn keeping(&self) -> Keeping {
        self.fits().unwrap_or(SMALLEST)
    }

    /// How samples are kept; none where that is too much however it is done.
    pub fn fits(&self) -> Option<Keeping> {
        Keeping::fitting(self.settings, MOST, |keeping| self.bytes(keeping))
    }

    fn bytes(&self, keeping: Keeping) -> u64 {
        let head = Heads {
            train: self.train,
            apart: 0,
            width: self.layers.width(),
            classes: self.classes,
            hidden: 0,
        };
        // Squares stay only where they are what enters.
        let samples = match self.cut().is_start() {
            true => squares(self.train + self.deciding, self.size),
            false => self.planes(self.train, keeping) + self.planes(self.deciding, keeping.once()),
        };
        (samples + self.network()).max(head.bytes())
    }

    /// What enters at the cut.
    fn planes(&self, samples: usize, keeping: Keeping) -> u64 {
        let plane = self.cut().entering(self.layers.network(), self.size) as u64;
        (samples * keeping.ways) as u64 * (plane * keeping.bytes() + 48)
    }

    /// The network, what learns of it, and a batch on its way there and back.
    fn network(&self) -> u64 {
        let Size {
            all,
            learning,
            trace,
            widest,
        } = Size::of(self.layers.network(), self.size, self.cut());
        let classifier = (self.layers.width() + 1) * self.classes;
        // Weights, gradient, two moments, the best so far and the one that takes its place.
        let learnt = 6 * floats(learning + classifier);
        let batch = self.settings.batch_size.min(self.train.max(1));
        let entering = self.cut().entering(self.layers.network(), self.size);
        let sample = floats(3 * entering + trace + 3 * widest + 4 * self.classes);
        // Packed for the frozen part, and read to begin with.
        2 * floats(all) + learnt + batch as u64 * sample + squares(64, self.size)
    }
}

impl Comparison<'_> {
    fn tuning<'a>(&'a self, settings: &'a TuneSettings) -> Tuning<'a> {
        Tuning {
            layers: self.layers,
            size: self.settings.resolution,
            train: self.train,
            deciding: 0,
            classes: self.settings.classes.len(),
            settings,
        }
    }

    fn fine(&self) -> TuneSettings {
        TuneSettings {
            depth: self.settings.depth,
            ..TuneSettings::default()
        }
    }

    /// How fine-tuning keeps samples, within [`MOST`] where that can be.
    pub fn keeping(&self) -> Keeping {
        self.fits().unwrap_or(SMALLEST)
    }

    /// How fine-tuning keeps samples; none where a method is too much however it is done.
    pub fn fits(&self) -> Option<Keeping> {
        Keeping::fitting(&self.fine(), MOST, |keeping| self.bytes(keeping))
    }

    fn bytes(&self, keeping: Keeping) -> u64 {
        let samples = self.train + self.held_out;
        let methods = self.settings.methods.iter();
        let most = methods.map(|method| self.method(*method, keeping)).max();
        squares(samples, self.settings.resolution) + most.unwrap_or(0)
    }

    fn method(&self, method: Method, keeping: Keeping) -> u64 {
        let settings = match method {
            Method::FineTuning => self.fine(),
            Method::WeightInitialisation | Method::FromScratch => TuneSettings::whole(),
            Method::FeatureExtraction | Method::RandomFeatures => return self.frozen(),
        };
        let tuning = self.tuning(&settings);
        let planes = match settings.depth {
            Depth::All => 0,
            _ => {
                let held_out = tuning.planes(self.held_out, keeping.once());
                tuning.planes(self.train, keeping) + held_out
            }
        };
        let tuned = planes + tuning.network();
        match method {
            Method::FineTuning => tuned.max(self.frozen()),
            _ => tuned,
        }
    }

    fn frozen(&self) -> u64 {
        let heads = Heads {
            train: self.train,
            apart: 0,
            width: self.layers.width(),
            classes: self.settings.classes.len(),
            hidden: 0,
        };
        let embeddings = (self.train + self.held_out) as u64 * floats(self.layers.width());
        let all = Size::of(self.layers.network(), self.settings.resolution, Cut(0)).all;
        2 * floats(all) + embeddings + heads.bytes() + squares(64, self.settings.resolution)
    }
}

impl Curve {
    fn bytes(&self) -> u64 {
        let (samples, learned) = (self.samples as u64, self.learned as u64);
        // As found and centred, and a block of them.
        let features = 3 * samples * floats(self.width);
        let products = samples * floats(self.samples) + learned * floats(self.learned);
        let lanes = self.classes.next_multiple_of(kernels::LANES);
        // A point is two numbers a sample and class: steps and changes of the gradient, and those of the step under way.
        let points = (2 * gram::MEMORY as u64 + 8) * 2 * learned * floats(lanes);
        squares(self.samples, self.side) + features + products + points
    }
}

impl Keeping {
    /// Samples that measure are shown in one way.
    fn once(self) -> Self {
        Self { ways: 1, ..self }
    }
}
