//! What a comparison of the Lab shows, and how sure that is.

use super::lab::{ArmReport, ArmState, LabReport};
use super::metrics::Interval;
use super::transfer::Method;

/// How one accuracy stands to another, by their 95 % intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Above,
    /// The intervals overlap: the difference may be chance.
    Open,
    Below,
}

/// Judged by overlap, which errs towards "not sure": two 95 % intervals may overlap a little and
/// still differ at the 5 % level (Schenker and Gentleman 2001, The American Statistician 55:3).
pub fn standing(a: &Interval, b: &Interval) -> Standing {
    match () {
        () if a.low > b.high => Standing::Above,
        () if a.high < b.low => Standing::Below,
        () => Standing::Open,
    }
}

/// One method beside another, both measured to the end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair<'a> {
    pub arm: &'a ArmReport,
    pub accuracy: Interval,
    pub against: &'a ArmReport,
    pub against_accuracy: Interval,
    pub standing: Standing,
}

impl LabReport {
    /// No method runs or waits.
    pub fn is_over(&self) -> bool {
        let going = |arm: &ArmReport| matches!(arm.state, ArmState::Waiting | ArmState::Running);
        !self.arms.iter().any(going)
    }

    pub fn arm(&self, method: Method) -> Option<&ArmReport> {
        self.arms.iter().find(|arm| arm.method == method)
    }

    /// What transfer bought: a method that transfers beside one that does not. The cheapest
    /// of each kind that was measured speaks for it, so the choice is not made by the result.
    pub fn gain(&self) -> Option<Pair<'_>> {
        const TRANSFER: [Method; 3] = [
            Method::FeatureExtraction,
            Method::FineTuning,
            Method::WeightInitialisation,
        ];
        const NONE: [Method; 2] = [Method::FromScratch, Method::RandomFeatures];
        let first = |methods: &[Method]| methods.iter().copied().find(|m| self.measured(*m));
        self.pair(first(&TRANSFER)?, first(&NONE)?)
    }

    /// A method beside another.
    pub fn pair(&self, method: Method, against: Method) -> Option<Pair<'_>> {
        let measured = |m| {
            let arm = self.arm(m).filter(|_| self.measured(m))?;
            Some((arm, arm.accuracy?))
        };
        let (arm, accuracy) = measured(method)?;
        let (against, against_accuracy) = measured(against)?;
        let standing = standing(&accuracy, &against_accuracy);
        Some(Pair {
            arm,
            accuracy,
            against,
            against_accuracy,
            standing,
        })
    }

    fn measured(&self, method: Method) -> bool {
        let ended = |arm: &ArmReport| matches!(arm.state, ArmState::Done | ArmState::Stopped);
        self.arm(method)
            .is_some_and(|arm| ended(arm) && arm.accuracy.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::LabSettings;

    fn report(arms: &[(Method, ArmState, usize)]) -> LabReport {
        let arm = |(method, state, hits): &(Method, ArmState, usize)| ArmReport {
            state: *state,
            accuracy: Some(Interval::wilson(*hits, 100)),
            ..ArmReport::waiting(*method)
        };
        LabReport {
            id: 1,
            settings: LabSettings::default(),
            class_names: Vec::new(),
            train: 20,
            held_out: 100,
            arms: arms.iter().map(arm).collect(),
        }
    }

    #[test]
    fn standing_follows_the_intervals() {
        for (a, b, expected) in [
            (92, 54, Standing::Above), // 0.85-0.96 and 0.44-0.63
            (54, 92, Standing::Below),
            (92, 90, Standing::Open),
            (50, 50, Standing::Open),
        ] {
            let found = standing(&Interval::wilson(a, 100), &Interval::wilson(b, 100));
            assert_eq!(found, expected, "{a} and {b} of 100");
        }
    }

    #[test]
    fn the_gain_compares_what_was_measured() {
        use ArmState::{Done, Running, Stopped};
        use Method::{FeatureExtraction, FineTuning, FromScratch, RandomFeatures};
        let check = |arms: &[(Method, ArmState, usize)], expected| {
            let report = report(arms);
            let found = report.gain();
            let found = found.map(|p| (p.arm.method, p.against.method, p.standing));
            assert_eq!(found, expected, "{arms:?}");
        };
        let above = Standing::Above;
        check(
            &[
                (FineTuning, Done, 99),
                (FeatureExtraction, Done, 92),
                (FromScratch, Stopped, 54),
            ],
            Some((FeatureExtraction, FromScratch, above)),
        );
        check(
            &[
                (FeatureExtraction, Done, 92),
                (FromScratch, Running, 54),
                (RandomFeatures, Done, 60),
            ],
            Some((FeatureExtraction, RandomFeatures, above)),
        );
        check(&[(FeatureExtraction, Done, 92)], None);
        check(&[(FromScratch, Done, 92)], None);
        check(&[], None);
    }

    #[test]
    fn a_comparison_is_over_when_no_method_runs_or_waits() {
        use ArmState::{Done, Running, Stopped, Waiting};
        for (state, over) in [
            (Done, true),
            (Stopped, true),
            (Running, false),
            (Waiting, false),
        ] {
            let arms = [
                (Method::FeatureExtraction, Done, 1),
                (Method::FromScratch, state, 1),
            ];
            assert_eq!(report(&arms).is_over(), over, "{state:?}");
        }
    }
}
