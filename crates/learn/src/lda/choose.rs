//! Which features a head sees and how far its covariance is shrunk, chosen for each project on its own training samples.
//!
//! Near what the network was trained on and with few samples, the embedding alone is best; far from it, layers on the way bring ten
//! points. Each candidate is judged by what it says of training samples that were left out with their groups, after its temperature
//! was fitted to that. Among those that are not clearly worse than the best, the simplest is taken, as by the rule of one standard
//! error (Breiman et al. 1984), here half of one, of the differences sample by sample: a whole one gave away a point at 20 photos
//! a class, none at all lost half a point at 3 (docs/experiments.md).

use data::classifier::Part;
pub use data::head::Reach;

use super::temperature::{Sharpening, Sharpness};
use super::{
    Fit, Fitting, LeavingOut, LeftOut, Products, Refused, Sample, Scales, Setting, Spreads,
};

/// Samples that a choice is made on, at most: it takes time with their number cubed, and more would hardly choose better.
pub const MOST: usize = 300;
/// Layers before the embedding that count as late.
const LATE: usize = 3;
/// Shrinkages, the one that is taken without a reason first.
const SHRINKAGES: [f64; 3] = [0.6, 0.4, 0.8];
/// How many standard errors a simpler candidate may lie behind the best.
const ERRORS: f64 = 0.5;

/// A way to make a head: what it sees, and how far the covariance is shrunk.
///
/// Softmax regression on the embedding is none: judging it takes ten trainings, and where it was likelier by samples left out, near
/// ImageNet with ten photos a class or fewer, it was right on no more test photos (docs/experiments.md).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    pub reach: Reach,
    pub shrinkage: f64,
}

/// How good a candidate is on samples that it did not see.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    pub candidate: Candidate,
    /// By what its logits are multiplied.
    pub sharpness: Sharpness,
    /// Mean log-likelihood of the true class over the samples whose class remained, nats.
    pub log_likelihood: f64,
    /// Of these samples, how many were recognised.
    pub hits: usize,
    /// The log-likelihood of each sample, in their order; none where its class was left out whole.
    pub of_samples: Vec<Option<f64>>,
}

/// What was chosen, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// All candidates, the simplest first.
    pub judged: Vec<Judged>,
    /// Index of the one that is taken.
    pub chosen: usize,
    /// Samples that it was judged on.
    pub samples: usize,
}

impl Choice {
    pub fn best(&self) -> &Judged {
        &self.judged[self.chosen]
    }
}

/// The candidates, the simplest first.
pub fn candidates(products: &Products) -> Vec<Candidate> {
    let layers = products.parts().len().saturating_sub(1);
    let reaches = match layers {
        0 => &[Reach::Embedding][..],
        1..=LATE => &[Reach::Embedding, Reach::All],
        _ => &[Reach::Embedding, Reach::Late, Reach::All],
    };
    let of_reach = |reach: &Reach| {
        let reach = *reach;
        SHRINKAGES.map(|shrinkage| Candidate { reach, shrinkage })
    };
    reaches.iter().flat_map(of_reach).collect()
}

impl Candidate {
    /// By the parts of these products.
    pub fn setting(self, products: &Products) -> Setting {
        let Self { reach, shrinkage } = self;
        let is_layer = |part: &usize| products.parts()[*part] != Part::Embedding;
        let (layers, embedding): (Vec<usize>, Vec<usize>) =
            (0..products.parts().len()).partition(is_layer);
        let from = match reach {
            Reach::Embedding => layers.len(),
            Reach::Late => layers.len().saturating_sub(LATE),
            Reach::All => 0,
        };
        let parts = layers[from..].iter().chain(&embedding).copied().collect();
        Setting { parts, shrinkage }
    }
}

/// Indices of the samples that a choice is made on: all of few, else groups from each class in its share, evenly over their
/// order. `groups` as in [`LeavingOut::new`].
pub fn subset(samples: &[Sample], groups: &[usize], classes: usize) -> Vec<usize> {
    at_most(MOST, samples, groups, classes)
}

/// As [`subset`], of another number: a few more where classes and groups ask for them.
pub fn at_most(most: usize, samples: &[Sample], groups: &[usize], classes: usize) -> Vec<usize> {
    if samples.len() <= most {
        return (0..samples.len()).collect();
    }
    let mut of_classes: Vec<Vec<(usize, usize)>> = vec![Vec::new(); classes];
    for (i, (_, class)) in samples.iter().enumerate() {
        of_classes[*class].push((groups[i], i));
    }
    let mut chosen = Vec::new();
    for mut members in of_classes {
        let share = (members.len() * most / samples.len()).max(2);
        members.sort_unstable();
        let all: Vec<&[(usize, usize)]> = members.chunk_by(|a, b| a.0 == b.0).collect();
        let take = (all.len() * share).div_ceil(members.len().max(1));
        let some = (0..take).map(|k| all[k * all.len() / take]);
        let mut left = share;
        for group in some {
            // Of a group larger than the share a part is enough: it is left out whole in any case.
            let part = &group[..group.len().min(left)];
            chosen.extend(part.iter().map(|(_, i)| *i));
            left -= part.len();
        }
    }
    chosen.sort_unstable();
    chosen
}

/// A choice on its way.
pub struct Choosing {
    samples: Vec<Sample>,
    groups: Vec<usize>,
    classes: usize,
    waiting: Vec<Candidate>,
    judged: Vec<Judged>,
    spreads: Spreads,
    stage: Stage,
}

enum Stage {
    Spread,
    Next,
    Fit(Candidate, Box<Fitting>),
    LeaveOut(Candidate, Box<Fit>, Box<LeavingOut>),
    Sharpen(Candidate, LeftOut, Box<Sharpening>),
}

impl Choosing {
    /// Among `candidates`, the simplest first. `groups`: of each sample a number that is the same for those that are left
    /// out together. Not more than [`MOST`] samples should come; see [`subset`].
    pub fn new(
        samples: Vec<Sample>,
        groups: Vec<usize>,
        classes: usize,
        candidates: Vec<Candidate>,
    ) -> Result<Self, Refused> {
        Ok(Self {
            spreads: Spreads::new(samples.clone(), classes)?,
            samples,
            groups,
            classes,
            waiting: candidates,
            judged: Vec::new(),
            stage: Stage::Spread,
        })
    }

    /// A portion of the work. The choice when it is made, and then no more; none where no sample has another of its class in
    /// another group, so that nothing can be judged.
    pub fn advance(&mut self, products: &Products) -> Result<Option<Option<Choice>>, Refused> {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Next) {
            Stage::Spread => match self.spreads.step(products) {
                true => Stage::Spread,
                false => Stage::Next,
            },
            Stage::Next => {
                if self.waiting.is_empty() {
                    return Ok(Some(self.choice()));
                }
                let candidate = self.waiting.remove(0);
                let setting = candidate.setting(products);
                let scales = self.spreads.scales(products, &setting);
                Stage::Fit(candidate, Box::new(self.fitting(scales)?))
            }
            Stage::Fit(candidate, mut fitting) => match fitting.advance(products)? {
                None => Stage::Fit(candidate, fitting),
                Some(fit) => {
                    let leaving = LeavingOut::new(&fit, &self.groups);
                    Stage::LeaveOut(candidate, Box::new(fit), Box::new(leaving))
                }
            },
            Stage::LeaveOut(candidate, fit, mut leaving) => match leaving.advance(&fit)? {
                None => Stage::LeaveOut(candidate, fit, leaving),
                Some(left_out) => {
                    let labels = self.samples.iter().map(|(_, class)| *class);
                    let sharpening = Sharpening::new(&left_out, labels);
                    Stage::Sharpen(candidate, left_out, Box::new(sharpening))
                }
            },
            Stage::Sharpen(candidate, left_out, mut sharpening) => {
                match sharpening.advance(&left_out) {
                    None => Stage::Sharpen(candidate, left_out, sharpening),
                    Some(sharpness) => {
                        let labels: Vec<usize> = self.samples.iter().map(|(_, c)| *c).collect();
                        let judged = sharpness.map(|s| judge(candidate, &left_out, &labels, s));
                        self.judged.extend(judged);
                        Stage::Next
                    }
                }
            }
        };
        Ok(None)
    }

    fn fitting(&self, scales: Scales) -> Result<Fitting, Refused> {
        Fitting::new(self.samples.clone(), self.classes, scales)
    }

    fn choice(&mut self) -> Option<Choice> {
        let judged = std::mem::take(&mut self.judged);
        let chosen = simplest(&judged, &self.groups)?;
        Some(Choice {
            judged,
            chosen,
            samples: self.samples.len(),
        })
    }
}

/// How good logits of samples left out are.
pub fn judge(
    candidate: Candidate,
    left_out: &LeftOut,
    labels: &[usize],
    sharpness: Sharpness,
) -> Judged {
    let likelihood = |(row, label): (&[f64], &usize)| {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let power = |logit: &f64| (sharpness.factor * (logit - largest)).exp();
        let all: f64 = row.iter().map(power).sum();
        let own = sharpness.factor * (row[*label] - largest) - all.ln();
        row[*label].is_finite().then_some(own)
    };
    let of_samples: Vec<Option<f64>> = left_out.rows().zip(labels).map(likelihood).collect();
    let hit = |(row, label): &(&[f64], &usize)| {
        row[**label].is_finite() && row.iter().all(|logit| *logit <= row[**label])
    };
    let known = of_samples.iter().flatten();
    Judged {
        candidate,
        sharpness,
        log_likelihood: known.clone().sum::<f64>() / known.count().max(1) as f64,
        hits: left_out.rows().zip(labels).filter(hit).count(),
        of_samples,
    }
}

/// The first that is not clearly behind the likeliest; none of none. `groups` as in [`Choosing::new`]: samples of a group
/// are one observation.
pub fn simplest(judged: &[Judged], groups: &[usize]) -> Option<usize> {
    let order = |a: &&Judged, b: &&Judged| a.log_likelihood.total_cmp(&b.log_likelihood);
    let best = judged.iter().max_by(order)?;
    judged.iter().position(|one| {
        let (behind, error) = behind(one, best, groups);
        behind <= ERRORS * error
    })
}

/// By how much the sum of one's log-likelihoods lies behind another's, and the standard error of that.
fn behind(one: &Judged, best: &Judged, groups: &[usize]) -> (f64, f64) {
    let pairs = one.of_samples.iter().zip(&best.of_samples).zip(groups);
    let differences = pairs.filter_map(|((one, best), group)| {
        let (one, best) = (*one.as_ref()?, *best.as_ref()?);
        Some((*group, best - one))
    });
    let mut differences: Vec<(usize, f64)> = differences.collect();
    differences.sort_by_key(|(group, _)| *group);
    let of_groups = differences.chunk_by(|a, b| a.0 == b.0);
    let sums: Vec<f64> = of_groups
        .map(|group| group.iter().map(|(_, difference)| difference).sum())
        .collect();
    let (n, sum) = (sums.len() as f64, sums.iter().sum::<f64>());
    let squares: f64 = sums.iter().map(|s| (s - sum / n).powi(2)).sum();
    (sum, (squares * n / (n - 1.0).max(1.0)).sqrt())
}

#[cfg(test)]
mod tests;
