//! What all methods of a comparison share: the same samples, network, clock and device.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use data::classifier::Head;
use data::lab::{ArmReport, Budget, CurvePoint, LabSettings};
use data::metrics::Interval;
use learn::trainer::largest;
use learn::tuner::service::Link;
use learn::tuner::{Keeping, Picture};
use network::weights::Layers;

/// Measurements of one method's run: enough for a curve.
const MEASUREMENTS: usize = 15;

pub struct Bench {
    pub settings: LabSettings,
    /// Pre-trained.
    pub layers: Arc<Layers>,
    /// Side as in the settings.
    pub train: Vec<Picture>,
    pub held_out: Vec<Picture>,
    /// How fine-tuning keeps them.
    pub keeping: Keeping,
    pub clock: fn() -> f64,
    /// Who tunes, if not this worker.
    pub link: Option<Rc<dyn Link>>,
}

impl Bench {
    pub fn classes(&self) -> usize {
        self.settings.classes.len()
    }

    /// True where the budget is a time and this much is all of it.
    pub fn spent(&self, seconds: f64) -> bool {
        matches!(self.settings.budget, Budget::Seconds(most) if seconds >= most)
    }

    /// Does something and adds its time to a method's.
    pub fn timed<T>(&self, row: &mut ArmReport, work: impl FnOnce() -> T) -> T {
        let start = (self.clock)();
        let result = work();
        self.add_time(row, start);
        result
    }

    pub fn add_time(&self, row: &mut ArmReport, start: f64) {
        let seconds = row.seconds + ((self.clock)() - start).max(0.0) / 1000.0;
        // To the microsecond: a number that JSON gives back as it was, digit for digit.
        row.seconds = (seconds * 1e6).round() / 1e6;
    }

    /// Hits of a head on embeddings of some of the held-out samples.
    pub fn hits(&self, head: &Head, embeddings: &[Rc<[f32]>], range: Range<usize>) -> usize {
        let pairs = self.held_out[range.clone()].iter().zip(&embeddings[range]);
        pairs
            .filter(|(p, e)| largest(&head.predict(e)) == p.class)
            .count()
    }

    /// Writes a measurement down.
    pub fn note(&self, row: &mut ArmReport, epoch: usize, hits: usize) {
        let accuracy = Interval::wilson(hits, self.held_out.len());
        row.accuracy = Some(accuracy);
        row.curve.push(CurvePoint {
            seconds: row.seconds,
            epoch,
            accuracy: accuracy.value,
        });
    }
}

/// True where a measurement is due between these two numbers of epochs.
pub fn due(before: usize, now: usize, epochs: usize) -> bool {
    let mark = |epoch: usize| epoch * MEASUREMENTS / epochs.max(1);
    mark(now) > mark(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_measured_a_bounded_number_of_times_and_at_its_end() {
        for epochs in [1, 3, 10, 15, 16, 40, 200] {
            let measured: Vec<_> = (1..=epochs).filter(|e| due(e - 1, *e, epochs)).collect();
            assert_eq!(measured.len(), epochs.min(MEASUREMENTS), "{epochs}");
            assert_eq!(measured.last(), Some(&epochs));
        }
    }
}
