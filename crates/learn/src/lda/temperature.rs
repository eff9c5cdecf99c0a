//! How sure a head may be: one factor for all logits, by which samples that were left out become as likely as they can (Guo et al.
//! 2017).
//!
//! Where the logits of few samples are all right, any surer head would be likelier. So labels are softened as Platt's (1999):
//! each sample gives `1 / (m + 2)` of itself to all classes alike, of `m` samples.

use super::left_out::LeftOut;
use super::{Budget, Fit};

/// What an exponential costs, in multiply-adds.
const POWER: usize = 20;
/// Newton's steps come to the optimum in five to ten.
const STEPS: usize = 60;
/// The share of a step at which it is found.
const ENOUGH: f64 = 1e-10;

/// A factor, found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sharpness {
    /// By what logits are multiplied: one by the temperature, above 0.
    pub factor: f64,
    /// Mean cross-entropy against softened labels, nats.
    pub loss: f64,
    /// Samples it was found on.
    pub samples: usize,
}

/// How far a sample's logit lies above the next one where nothing could be measured: odds of seven to one.
const UNMEASURED: f64 = 2.0;

/// A factor where no sample says anything, as with one group a class: by it the fit's own samples have their logits
/// [`UNMEASURED`] above the next ones in the mean. That is a guess, and should be said to be one.
pub fn unmeasured(fit: &Fit) -> f64 {
    let margin = |(i, (_, class)): (usize, &(usize, usize))| {
        let logits = fit.seen(i);
        let others = logits
            .iter()
            .enumerate()
            .filter(|(other, _)| other != class);
        let next = others
            .map(|(_, logit)| *logit)
            .fold(f64::NEG_INFINITY, f64::max);
        logits[*class] - next
    };
    let samples = fit.samples().iter().enumerate();
    let mean = samples.map(margin).sum::<f64>() / fit.samples().len() as f64;
    // One class alone, or classes on one point: any factor says the same.
    match mean.is_finite() && mean > 1e-9 {
        true => UNMEASURED / mean,
        false => 1.0,
    }
}

/// The loss at one factor, with its slope and curvature.
#[derive(Clone, Copy, Default)]
struct Sums {
    loss: f64,
    slope: f64,
    curvature: f64,
}

/// A factor on its way.
pub struct Sharpening {
    /// Samples whose class remained when they were left out, with it.
    used: Vec<(usize, usize)>,
    factor: f64,
    /// Between these it lies.
    low: f64,
    high: f64,
    steps: usize,
    /// What each label gives of itself to all classes alike.
    soft: f64,
    /// As far as samples went through.
    at: usize,
    sums: Sums,
}

impl Sharpening {
    /// `labels`: the class of each sample.
    pub fn new(left_out: &LeftOut, labels: impl Iterator<Item = usize>) -> Self {
        let rows = left_out.rows().zip(labels).enumerate();
        let used = rows.filter(|(_, (row, label))| row[*label].is_finite());
        let used: Vec<(usize, usize)> = used.map(|(i, (_, label))| (i, label)).collect();
        let soft = 1.0 / (used.len() + 2) as f64;
        Self::of(left_out, used, soft, (0.0, f64::INFINITY))
    }

    /// Of labels as they are, for the likeliest factor of a range.
    pub fn of_hard_labels(
        left_out: &LeftOut,
        labels: impl Iterator<Item = usize>,
        (low, high): (f64, f64),
    ) -> Self {
        let used = labels.enumerate().collect();
        Self::of(left_out, used, 0.0, (low, high))
    }

    fn of(
        left_out: &LeftOut,
        used: Vec<(usize, usize)>,
        soft: f64,
        (low, high): (f64, f64),
    ) -> Self {
        // The deviation of logits within rows is where factors are of the order of one.
        let (mut square, mut count) = (0.0, 0);
        for (i, _) in &used {
            let row = finite(left_out, *i);
            let mean = row.clone().sum::<f64>() / row.clone().count() as f64;
            square += row.clone().map(|v| (v - mean).powi(2)).sum::<f64>();
            count += row.count();
        }
        let deviation = (square / count.max(1) as f64).sqrt();
        Self {
            used,
            factor: match deviation > 0.0 {
                true => (1.0 / deviation).clamp(low, high),
                false => 1.0,
            },
            low,
            high,
            // Logits that are all alike are so at any factor.
            steps: if deviation > 0.0 { 0 } else { STEPS },
            soft,
            at: 0,
            sums: Sums::default(),
        }
    }

    /// A portion of the work. The factor when it is found, and then no more; none where no sample says anything.
    pub fn advance(&mut self, left_out: &LeftOut) -> Option<Option<Sharpness>> {
        if self.used.is_empty() {
            return Some(None);
        }
        let mut budget = Budget::portion();
        while self.at < self.used.len() && budget.take(POWER * left_out.classes) {
            let (i, label) = self.used[self.at];
            self.sums.add(left_out, i, label, self.soft, self.factor);
            self.at += 1;
        }
        if self.at < self.used.len() {
            return None;
        }
        self.at = 0;
        let sums = std::mem::take(&mut self.sums);
        let next = self.next(sums);
        self.steps += 1;
        if self.steps > STEPS || (next - self.factor).abs() <= ENOUGH * self.factor {
            return Some(Some(Sharpness {
                factor: self.factor,
                loss: sums.loss / self.used.len() as f64,
                samples: self.used.len(),
            }));
        }
        self.factor = next;
        None
    }

    /// Newton's step, where it stays between what is known: the loss is convex.
    fn next(&mut self, sums: Sums) -> f64 {
        match sums.slope > 0.0 {
            true => self.high = self.factor,
            false => self.low = self.factor,
        }
        let newton = self.factor - sums.slope / sums.curvature;
        // Of a step to or below nothing, where samples say the contrary of what they are, a hundredth is left.
        let (low, high) = (
            self.low.max(0.01 * self.factor),
            self.high.min(100.0 * self.factor),
        );
        match newton > low && newton < high {
            true => newton,
            false => (low * high).sqrt(),
        }
    }
}

impl Sums {
    fn add(&mut self, left_out: &LeftOut, i: usize, label: usize, soft: f64, factor: f64) {
        let row = finite(left_out, i);
        let own = left_out.logits[i * left_out.classes + label];
        let count = row.clone().count() as f64;
        let largest = row.clone().fold(f64::NEG_INFINITY, f64::max);
        let (mut all, mut first, mut second, mut plain) = (0.0, 0.0, 0.0, 0.0);
        for logit in row {
            let below = logit - largest;
            let power = (factor * below).exp();
            all += power;
            first += power * below;
            second += power * below * below;
            plain += below;
        }
        let (mean, square) = (first / all, second / all);
        let target = (1.0 - soft) * (own - largest) + soft * plain / count;
        self.loss += all.ln() - factor * target;
        self.slope += mean - target;
        self.curvature += square - mean * mean;
    }
}

fn finite(left_out: &LeftOut, i: usize) -> impl Iterator<Item = f64> + Clone {
    let row = &left_out.logits[i * left_out.classes..][..left_out.classes];
    row.iter().copied().filter(|v| v.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(logits: Vec<f64>, classes: usize, labels: &[usize]) -> Option<Sharpness> {
        let left_out = LeftOut { classes, logits };
        let mut sharpening = Sharpening::new(&left_out, labels.iter().copied());
        loop {
            if let Some(found) = sharpening.advance(&left_out) {
                return found;
            }
        }
    }

    #[test]
    fn it_does_not_depend_on_how_large_logits_are() {
        let logits: Vec<f64> = (0..60).map(|i| f64::from(i * i % 17)).collect();
        let labels: Vec<usize> = (0..20)
            .map(|i| (0..3).max_by(|a, b| logits[3 * i + a].total_cmp(&logits[3 * i + b])))
            .map(|best| best.unwrap_or(0))
            .enumerate()
            .map(|(i, best)| if i % 5 == 0 { i % 3 } else { best })
            .collect();
        let one = found(logits.clone(), 3, &labels).expect("there are samples");
        for size in [1e-12, 0.01, 1e3, 1e15] {
            let scaled = logits.iter().map(|v| v * size).collect();
            let other = found(scaled, 3, &labels).expect("there are samples");
            assert!((other.factor * size / one.factor - 1.0).abs() < 1e-6);
            assert!((other.loss - one.loss).abs() < 1e-9);
        }
    }

    #[test]
    fn samples_that_are_all_right_or_all_wrong_have_a_factor() {
        let right = vec![3.0, 0.0, 0.0, 2.0, 5.0, 1.0];
        let sure = found(right.clone(), 2, &[0, 1, 0]).expect("there are samples");
        assert!(sure.factor > 0.3 && sure.factor.is_finite(), "{sure:?}");
        let wrong = found(right, 2, &[1, 0, 1]).expect("there are samples");
        assert!(wrong.factor >= 0.0 && wrong.factor < 1e-6, "{wrong:?}");
        assert!((wrong.loss - f64::ln(2.0)).abs() < 1e-3);
        let alike = found(vec![1.0; 6], 2, &[0, 1, 0]).expect("there are samples");
        assert!((alike.loss - f64::ln(2.0)).abs() < 1e-12);
    }

    #[test]
    fn classes_that_are_gone_say_nothing() {
        let gone = f64::NEG_INFINITY;
        assert_eq!(found(vec![gone, 1.0, 2.0, gone], 2, &[0, 1]), None);
        let some = found(vec![gone, 1.0, 2.0, 1.0, 0.5, 0.7], 2, &[0, 0, 1]);
        assert_eq!(some.map(|some| some.samples), Some(2));
    }
}
