//! Scores, calibration and paired comparisons of made-up predictions.

use data::evaluation::{Calibration, ClassScores, Reliability};
use learn::evaluation::{Predicted, compare, evaluate};
use serde::Deserialize;

use super::{near, truth};

#[derive(Deserialize)]
pub struct Case {
    actual: Vec<usize>,
    logits: Vec<Vec<f32>>,
    confusion: Vec<u32>,
    /// Wilson's interval.
    accuracy: (f64, f64),
    precision: Vec<Option<f64>>,
    recall: Vec<Option<f64>>,
    f1: Vec<Option<f64>>,
    support: Vec<usize>,
    macro_f1: f64,
    top2: Option<f64>,
    temperature: f64,
    before: Diagram,
    after: Diagram,
}

#[derive(Deserialize)]
struct Diagram {
    bins: Vec<Option<(usize, f64, f64)>>,
    ece: f64,
    loss: f64,
}

#[derive(Deserialize)]
pub struct Pair {
    actual: Vec<usize>,
    first: Vec<Vec<f32>>,
    second: Vec<Vec<f32>>,
    only_first: usize,
    only_second: usize,
    p: f64,
}

fn predicted<'a>(actual: &[usize], logits: &'a [Vec<f32>]) -> Vec<Predicted<'a>> {
    let pairs = actual.iter().zip(logits);
    pairs
        .map(|(actual, logits)| Predicted {
            actual: *actual,
            logits,
        })
        .collect()
}

#[track_caller]
fn same(ours: impl Iterator<Item = Option<f64>>, theirs: &[Option<f64>]) {
    let ours: Vec<Option<f64>> = ours.collect();
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert_eq!(ours.is_some(), theirs.is_some());
        near(ours.unwrap_or(0.0), theirs.unwrap_or(0.0), 1e-12);
    }
}

#[test]
fn scores_are_scikit_learns() {
    let truth = truth();
    assert_eq!(truth.evaluations.len(), 3);
    for case in &truth.evaluations {
        let found = evaluate(&predicted(&case.actual, &case.logits)).expect("it is whole");
        assert_eq!(found.confusion.counts, case.confusion);
        near(found.accuracy.low, case.accuracy.0, 1e-9);
        near(found.accuracy.high, case.accuracy.1, 1e-9);
        assert_eq!(found.accuracy.n, case.actual.len());
        let of = |score: fn(&ClassScores) -> Option<f64>| found.classes.iter().map(score);
        same(of(|class| class.precision), &case.precision);
        same(of(|class| class.recall), &case.recall);
        same(of(|class| class.f1), &case.f1);
        let support: Vec<usize> = found.classes.iter().map(|class| class.support).collect();
        assert_eq!(support, case.support);
        near(found.macro_f1, case.macro_f1, 1e-12);
        same([found.top2.map(|top| top.value)].into_iter(), &[case.top2]);
    }
    let undefined = |scores: &[Option<f64>]| scores.iter().any(Option::is_none);
    let hard = &truth.evaluations[1];
    assert!(
        [&hard.precision, &hard.recall, &hard.f1]
            .into_iter()
            .all(|s| undefined(s))
    );
}

#[test]
fn calibration_is_scipys_and_numpys() {
    for case in truth().evaluations {
        let predictions = predicted(&case.actual, &case.logits);
        let found = evaluate(&predictions).expect("it is whole");
        let Calibration {
            temperature,
            before,
            after,
        } = found.calibration;
        near(temperature / case.temperature, 1.0, 1e-5);
        same_diagram(&before, &case.before);
        same_diagram(&after, &case.after);
        assert!(after.loss <= before.loss);
    }
}

#[track_caller]
fn same_diagram(ours: &Reliability, theirs: &Diagram) {
    near(ours.ece, theirs.ece, 1e-5);
    near(ours.loss, theirs.loss, 1e-7);
    assert_eq!(ours.bins.len(), theirs.bins.len());
    for (ours, theirs) in ours.bins.iter().zip(&theirs.bins) {
        assert_eq!(ours.map(|bin| bin.count), theirs.map(|(count, ..)| count));
        if let (Some(ours), Some((_, confidence, accuracy))) = (ours, theirs) {
            near(ours.confidence, *confidence, 1e-5);
            near(ours.accuracy, *accuracy, 1e-12);
        }
    }
}

#[test]
fn heads_are_compared_as_scipy_does() {
    let truth = truth();
    for pair in &truth.paired {
        let of = |logits| predicted(&pair.actual, logits);
        let found = compare(&of(&pair.first), &of(&pair.second)).expect("they are paired");
        assert_eq!(found.n, pair.actual.len());
        assert_eq!(
            (found.only_first, found.only_second),
            (pair.only_first, pair.only_second)
        );
        near(found.p, pair.p, 1e-10);
        assert_eq!(found.may_be_chance(), pair.p >= 0.05);
    }
    for (a, b, p) in &truth.binomial {
        let right = [1.0, 0.0].as_slice();
        let wrong = [0.0, 1.0].as_slice();
        let of = |first: bool| -> Vec<Predicted> {
            let logits = |i| if (i < *a) == first { right } else { wrong };
            (0..a + b)
                .map(|i| Predicted {
                    actual: 0,
                    logits: logits(i),
                })
                .collect()
        };
        let found = compare(&of(true), &of(false)).expect("they are paired");
        assert_eq!((found.only_first, found.only_second), (*a, *b));
        near(found.p, *p, 1e-10);
    }
}
