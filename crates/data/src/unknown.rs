//! "I don't know": a number that says how strange a sample is to a head, and the limits beyond which it gives no answer.
//!
//! Two things are strange: to lie far from all samples of all classes, and to be of no class more than of another. The first is the
//! cosine to the nearest prototype, the second the largest logit over the mean of all. Either is measured in deviations
//! of known samples, by heads and prototypes that know none of their group, and [`NEAREST`] of the first is added to the rest of the second.
//! Far things are told by the first, a class that nobody taught by both together; the largest probability tells either far worse
//! (`docs/experiments.md`, "What is unknown"). `learn::unknown` fits it.

use serde::{Deserialize, Serialize};

use crate::limits::MOST_PROTOTYPES;

/// Weight of the distance to prototypes; that of the logits is the rest.
pub const NEAREST: f64 = 0.6;

/// Fraction of the known samples that get an answer where nobody chose another one.
pub const KEPT: f32 = 0.95;

/// Steps of a slider from 0 to 100 % kept.
pub const STEPS: usize = 100;

/// Fitted on the samples of a head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unknown {
    /// Numbers of a feature vector.
    pub width: usize,
    /// `[n, width]`, in a head's file as a tensor: centres of the classes' samples as directions, [`direction`]; each number is one of f16.
    #[serde(skip)]
    pub prototypes: Vec<f32>,
    /// Of `1 - cosine` to the nearest prototype.
    pub distance: Spread,
    /// Of the mean logit minus the largest one.
    pub doubt: Spread,
    /// Fraction of the known samples that get an answer, 0..=1: what somebody chose, or [`KEPT`].
    pub kept: f32,
    /// `STEPS + 1` positions in ascending order: the `i`th keeps `i` of a hundred known samples.
    pub curve: Vec<Position>,
}

/// Mean and standard deviation over known samples; the deviation is above 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    pub mean: f32,
    pub deviation: f32,
}

impl Spread {
    fn of(&self, value: f64) -> f64 {
        (value - f64::from(self.mean)) / f64::from(self.deviation)
    }
}

/// One position of a slider, by out-of-fold scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// A sample with a higher score is unknown.
    pub limit: f32,
    /// Fraction of the known samples that get an answer, 0..=1.
    pub kept: f32,
    /// Fraction of the answers that are right, 0..=1; `None` where there is no answer.
    pub accuracy: Option<f32>,
}

/// Square roots with their signs, at unit length: the cosine of two of them is Bhattacharyya's coefficient where no number is
/// negative. All zeros stay zeros.
pub fn direction(features: &[f32]) -> Vec<f32> {
    let roots: Vec<f32> = features
        .iter()
        .map(|v| v.abs().sqrt().copysign(*v))
        .collect();
    let square: f64 = features.iter().map(|v| f64::from(v.abs())).sum();
    let length = square.sqrt().max(f64::MIN_POSITIVE);
    roots
        .iter()
        .map(|v| (f64::from(*v) / length) as f32)
        .collect()
}

/// The mean logit minus the largest one: 0 where no class is likelier than another, else below.
pub fn doubt(logits: &[f32]) -> f64 {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|logit| f64::from(*logit)).sum();
    sum / logits.len().max(1) as f64 - f64::from(largest)
}

impl Unknown {
    /// How strange a sample is: about 0 for known ones, in their deviations. `None` where features or logits are not finite or
    /// of another width. Takes a multiply-add for each number of the prototypes.
    pub fn score(&self, features: &[f32], logits: &[f32]) -> Option<f32> {
        let finite = features.iter().chain(logits).all(|v| v.is_finite());
        if features.len() != self.width || logits.is_empty() || !finite {
            return None;
        }
        let towards = direction(features);
        let cosine = |prototype: &[f32]| -> f32 {
            let pairs = prototype.iter().zip(&towards);
            pairs.map(|(a, b)| a * b).sum()
        };
        let cosines = self.prototypes.chunks_exact(self.width.max(1)).map(cosine);
        let nearest = cosines.fold(-1.0, f32::max);
        self.of(1.0 - f64::from(nearest), doubt(logits))
    }

    /// The score of a sample whose distance and doubt are known.
    pub fn of(&self, distance: f64, doubt: f64) -> Option<f32> {
        let score = NEAREST * self.distance.of(distance) + (1.0 - NEAREST) * self.doubt.of(doubt);
        Some(score as f32).filter(|score| score.is_finite())
    }

    /// The limit that keeps this fraction of known samples, 0..=1, to a hundredth.
    pub fn limit_for(&self, kept: f32) -> f32 {
        self.position(kept)
            .map_or(f32::MAX, |position| position.limit)
    }

    /// Where a slider stands that keeps this fraction of known samples; none where nothing was measured.
    pub fn position(&self, kept: f32) -> Option<&Position> {
        let step = (kept.clamp(0.0, 1.0) * STEPS as f32).round() as usize;
        self.curve.get(step).or(self.curve.last())
    }

    /// Where the slider must stand at least for a sample of this score to get an answer, 0..=1; above 1 where it never does.
    pub fn needs(&self, score: f32) -> f32 {
        let below = self.curve.iter().filter(|p| p.limit < score).count();
        below as f32 / STEPS as f32
    }

    /// Of the answers that were wrong out of fold, the fraction that is refused where so many known samples are kept, 0..=1; `None`
    /// where none was wrong.
    pub fn caught(&self, kept: f32) -> Option<f32> {
        let wrong = |p: &Position| p.kept * (1.0 - p.accuracy.unwrap_or(1.0));
        let all = self.curve.last().map(wrong).filter(|all| *all > 0.0)?;
        Some((1.0 - wrong(self.position(kept)?) / all).clamp(0.0, 1.0))
    }

    /// Beyond this score there is no answer.
    pub fn limit(&self) -> f32 {
        self.limit_for(self.kept)
    }

    /// For a head of both heads' classes, of so many samples each: what either calls near is near, and scores are counted in the deviations of
    /// all. Nobody has seen how the head does on samples, so its limits are between those of both, and the accuracy of its answers is not
    /// known. None where they are of different widths.
    pub fn of_both(first: &Self, second: &Self, samples: [usize; 2]) -> Option<Self> {
        let all = samples.map(|n| n.max(1) as f32);
        let share = all[0] / (all[0] + all[1]);
        let mix = |a: f32, b: f32| share * a + (1.0 - share) * b;
        let pooled = |a: Spread, b: Spread| {
            let mean = mix(a.mean, b.mean);
            let square = |of: Spread| of.deviation.powi(2) + (of.mean - mean).powi(2);
            let deviation = mix(square(a), square(b)).sqrt();
            Spread { mean, deviation }
        };
        if first.width != second.width || first.width == 0 {
            return None;
        }
        let of_both = [first, second].into_iter();
        let rows = of_both.flat_map(|of| of.prototypes.chunks_exact(of.width));
        let rows: Vec<&[f32]> = rows.collect();
        // Of too many, some of each.
        let every = rows.len().div_ceil(MOST_PROTOTYPES).max(1);
        let positions = first.curve.iter().zip(&second.curve);
        Some(Self {
            width: first.width,
            prototypes: rows.into_iter().step_by(every).flatten().copied().collect(),
            distance: pooled(first.distance, second.distance),
            doubt: pooled(first.doubt, second.doubt),
            kept: first.kept.max(second.kept),
            curve: positions
                .map(|(a, b)| Position {
                    limit: mix(a.limit, b.limit),
                    kept: mix(a.kept, b.kept),
                    accuracy: None,
                })
                .collect(),
        })
    }

    /// True where it fits features of this width and gives numbers: what a stranger's file holds may do neither.
    pub fn is_whole(&self, width: usize) -> bool {
        let spread =
            |s: &Spread| s.mean.is_finite() && s.deviation.is_finite() && s.deviation > 0.0;
        let position = |p: &Position| {
            p.limit.is_finite() && p.kept.is_finite() && p.accuracy.is_none_or(f32::is_finite)
        };
        width > 0
            && self.width == width
            && !self.prototypes.is_empty()
            && self.prototypes.len().is_multiple_of(width)
            && (0.0..=1.0).contains(&self.kept)
            && self.prototypes.iter().all(|v| v.abs() <= 1.0)
            && spread(&self.distance)
            && spread(&self.doubt)
            && self.curve.len() == STEPS + 1
            && self.curve.iter().all(position)
            && self.curve.is_sorted_by(|a, b| a.limit <= b.limit)
    }
}
