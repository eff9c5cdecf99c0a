//! The Lab's results as drawings and as a table: without a browser, so that they are tested natively.

pub mod plot;
pub mod reliability;
pub mod rows;
mod table;
#[cfg(test)]
mod tests;

use crate::text;
use data::lab::{ArmReport, Features, LabReport, LearningCurve};
use data::order::sort_by_key;
use data::probes::{LayerProbe, LayerProbes};
use data::transfer::Method;
use plot::{Line, Look, Mark, Plot, Point};
pub use table::{as_csv, depth_as_csv, depth_as_html};

const fn look_of(
    class: &'static str,
    colour: &'static str,
    dashes: &'static str,
    mark: Mark,
) -> Look {
    Look {
        class,
        colour,
        dashes,
        mark,
    }
}

pub const fn look(method: Method) -> Look {
    match method {
        Method::FeatureExtraction => look_of("m-feature-extraction", "#0072b2", "", Mark::Circle),
        Method::FineTuning => look_of("m-fine-tuning", "#d55e00", "9 4", Mark::Square),
        Method::WeightInitialisation => {
            look_of("m-weight-initialisation", "#009e73", "2 3", Mark::Triangle)
        }
        Method::FromScratch => look_of("m-from-scratch", "#cc79a7", "11 4 2 4", Mark::Diamond),
        Method::RandomFeatures => look_of("m-random-features", "#000000", "5 5", Mark::Cross),
    }
}

/// Accuracy on the held-out photos after so many seconds of computing.
pub fn over_time(report: &LabReport) -> Plot {
    let lines: Vec<Line> = report
        .arms
        .iter()
        .map(|arm| Line {
            look: look(arm.method),
            words: text::legend(arm),
            points: points(arm),
        })
        .collect();
    let times = || lines.iter().flat_map(|l| &l.points).map(|p| p.x);
    let positive = times().filter(|t| *t > 0.0);
    let (low, high) = positive.fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), t| {
        (low.min(t), high.max(t))
    });
    // A head is trained before a network has seen its first photo: both fit only so.
    let logarithmic = high > 15.0 * low;
    let guess = 1.0 / report.class_names.len().max(1) as f64;
    Plot {
        title: text::chart_title(report),
        x: text::seconds_axis(logarithmic).into(),
        y: text::lab_chart_accuracy().into(),
        ticks: match logarithmic {
            true => decades(low, high),
            false => steps(high),
        },
        lines,
        logarithmic,
        level: Some((guess, text::lab_chart_guessing().into())),
    }
}

fn points(arm: &ArmReport) -> Vec<Point> {
    let last = arm.curve.len().saturating_sub(1);
    let range = arm.accuracy.map(|a| (a.low, a.high));
    let point = |(i, p): (usize, &data::lab::CurvePoint)| Point {
        x: p.seconds,
        y: p.accuracy,
        range: range.filter(|_| i == last),
    };
    arm.curve.iter().enumerate().map(point).collect()
}

/// Mean accuracy, and the lowest and highest of the draws.
pub fn against_photos(curve: &LearningCurve) -> Plot {
    let kind = |features: Features| match features {
        Features::Pretrained => Method::FeatureExtraction,
        Features::Random => Method::RandomFeatures,
        Features::Pixels => Method::FromScratch,
    };
    let lines: Vec<Line> = curve
        .curves
        .iter()
        .map(|c| Line {
            look: look(kind(c.features)),
            words: text::features(c.features).into(),
            points: c
                .sizes
                .iter()
                .map(|s| Point {
                    x: s.samples as f64,
                    y: s.mean,
                    range: Some((s.low, s.high)),
                })
                .collect(),
        })
        .collect();
    let mut sizes: Vec<usize> = curve
        .curves
        .iter()
        .flat_map(|c| c.sizes.iter().map(|s| s.samples))
        .collect();
    sort_by_key(&mut sizes, |size| *size);
    sizes.dedup();
    let guess = 1.0 / curve.class_names.len().max(1) as f64;
    Plot {
        title: text::lab_enough_chart().into(),
        x: text::lab_photos().into(),
        y: text::lab_chart_accuracy().into(),
        ticks: sizes
            .into_iter()
            .map(|n| (n as f64, n.to_string()))
            .collect(),
        lines,
        logarithmic: true,
        level: Some((guess, text::lab_chart_guessing().into())),
    }
}

/// Accuracy with one layer alone, from the photo to the embedding; layers stand at equal distances.
pub fn against_depth(probes: &LayerProbes) -> Plot {
    let last = probes.layers.len().saturating_sub(1);
    let point = |(i, probe): (usize, &LayerProbe)| Point {
        x: i as f64,
        y: probe.accuracy.value,
        range: Some((probe.accuracy.low, probe.accuracy.high)),
    };
    let tick = |(i, probe): (usize, &LayerProbe)| (i as f64, text::depth_layer(probe, i == last));
    let guess = 1.0 / probes.class_names.len().max(1) as f64;
    Plot {
        title: text::lab_depth_chart().into(),
        x: text::lab_depth_axis().into(),
        y: text::lab_depth_accuracy().into(),
        ticks: probes.layers.iter().enumerate().map(tick).collect(),
        lines: vec![Line {
            look: look(Method::FeatureExtraction),
            words: text::depth_about(probes),
            points: probes.layers.iter().enumerate().map(point).collect(),
        }],
        logarithmic: false,
        level: Some((guess, text::lab_chart_guessing().into())),
    }
}

/// 0.1, 0.3, 1, 3, 10 …, within what is shown.
fn decades(low: f64, high: f64) -> Vec<(f64, String)> {
    let first = low.log10().floor() as i32;
    let last = high.log10().ceil() as i32;
    // Divided, as a tenth has no number of its own.
    let power = |m: f64, e: i32| match e < 0 {
        true => m / 10f64.powi(-e),
        false => m * 10f64.powi(e),
    };
    let marks = (first..=last).flat_map(|e| [1.0, 3.0].map(|m| power(m, e)));
    marks
        .filter(|t| (low..=high).contains(t))
        .map(|t| (t, text::axis_number(t)))
        .collect()
}

/// From 0 in four to eight round steps.
fn steps(high: f64) -> Vec<(f64, String)> {
    if high <= 0.0 {
        return vec![(0.0, "0".into())];
    }
    let rough = high / 5.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|s| *s >= rough)
        .unwrap_or(rough);
    // 0.3 has three steps of 0.1, although their quotient is a little less.
    let count = (high / step + 1e-9).floor() as usize;
    (0..=count)
        .map(|i| (i as f64 * step, text::axis_number(i as f64 * step)))
        .collect()
}
