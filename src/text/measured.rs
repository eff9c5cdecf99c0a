//! What was measured of a head, beyond its accuracy.

use data::evaluation::{Bin, ClassScores};
use data::head::How;
use data::metrics::Interval;
use data::test_set::{HeadsCompared, Other, TestReport};

use super::lists::quoted;
use super::percent;

/// A number of photos.
pub fn whole(count: impl words::Number) -> String {
    words::count_whole(count)
}

/// How many of `whole` a fraction of it is.
fn part(fraction: Option<f64>, whole: usize) -> usize {
    (fraction.unwrap_or(0.0) * whole as f64).round() as usize
}

/// Of the photos that were given a class, how many are of it.
pub fn precision(name: &str, scores: &ClassScores) -> String {
    match scores.precision {
        None => words::score_precision_none(name),
        of => words::score_precision(scores.given, name, part(of, scores.given)),
    }
}

/// Of the photos of a class, how many were found.
pub fn recall(name: &str, scores: &ClassScores) -> String {
    match scores.recall {
        None => words::score_recall_none(name),
        of => words::score_recall(scores.support, name, part(of, scores.support)),
    }
}

pub fn top_two(of: &Interval) -> String {
    words::score_top_two(&percent(of.value), of.low * 100.0, of.high * 100.0)
}

/// An entry of the list of mistakes, as a fraction of a class's photos.
pub fn confused_fraction(actual: &str, predicted: &str, fraction: f64) -> String {
    words::confusion_fraction(&percent(fraction), actual, predicted)
}

/// What a diagram comes to, by the bin that holds the most photos.
pub fn fullest_bin(bins: &[Bin]) -> String {
    let fullest = bins.iter().max_by_key(|bin| bin.count);
    fullest.map_or_else(String::new, |bin| {
        let right = part(Some(bin.accuracy), bin.count);
        words::calibration_example(&percent(bin.confidence), bin.count, right)
    })
}

/// What is to be known beside the accuracy on the test set.
pub fn test_set_notes(report: &TestReport) -> Vec<String> {
    let mut notes = Vec::new();
    let foreign: usize = report.foreign.iter().map(|(_, count)| count).sum();
    if foreign > 0 {
        let names: Vec<String> = report
            .foreign
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        notes.push(words::test_set_foreign(foreign, &quoted(&names)));
    }
    if report.alike > 0 {
        notes.push(words::test_set_alike(report.alike));
    }
    if report.lost > 0 {
        notes.push(words::test_set_lost(report.lost));
    }
    notes
}

/// Two heads on the same photos, and whether their difference means anything.
pub fn heads_compared(of: &HeadsCompared) -> String {
    let pair = &of.paired;
    let on = match of.on {
        How::TestSet => words::compared_on_test_set(pair.n),
        How::CrossValidated => words::compared_on_test_set_left_out(pair.n),
        How::HeldOut => words::compared_on_test_set_held_out(pair.n),
    };
    if pair.only_first + pair.only_second == 0 {
        return words::compared_same(&on);
    }
    let say = match of.other {
        Other::Earlier => words::compared_earlier,
        Other::Trained => words::compared_earlier_trained,
        Other::Opened => words::compared_earlier_opened,
    };
    let found = say(pair.only_first, pair.only_second);
    let meaning = match pair.only_first > pair.only_second {
        _ if pair.may_be_chance() => words::compared_chance(),
        true => words::compared_better(),
        false => words::compared_worse(),
    };
    words::compared(&on, &found, meaning, pair.p)
}

/// How far percentages are off, 0..=1, and how far they were before they were corrected, where that is known.
pub fn calibration_off(after: f64, before: Option<f64>) -> String {
    match before {
        Some(before) => words::calibration_error(after * 100.0, before * 100.0),
        None => words::calibration_error_alone(after * 100.0),
    }
}

/// What numbers were measured on.
pub fn measured_on(how: How, photos: usize) -> String {
    match how {
        How::TestSet => words::measured_on_test_set(photos),
        How::CrossValidated => words::measured_cross_validated(photos),
        How::HeldOut => words::measured_held_out(photos),
    }
}
