//! The reliability diagram: how sure a head says it is against how often it is right (DeGroot and Fienberg 1983).

use super::look;
use super::plot::{Line, Look, Mark, Plot, Point};
use crate::text;
use data::evaluation::Bin;
use data::head::Calibrated;
use data::metrics::Interval;
use data::transfer::Method;

/// With the temperature.
pub const AFTER: Look = look(Method::FeatureExtraction);
/// Without it.
pub const BEFORE: Look = look(Method::FineTuning);
/// Where every probability means what it says.
pub const IDEAL: Look = Look {
    mark: Mark::None,
    ..look(Method::RandomFeatures)
};

pub fn reliability(of: &Calibrated) -> Plot {
    let ideal = [0.0, 1.0].map(|end| Point {
        x: end,
        y: end,
        range: None,
    });
    let line = |look: Look, words: &str, points: Vec<Point>| Line {
        look,
        words: words.into(),
        points,
    };
    let before = points(&of.bins_before, false);
    let mut lines = vec![line(IDEAL, text::calibration_ideal(), ideal.into())];
    if !before.is_empty() {
        lines.push(line(BEFORE, text::calibration_before(), before));
    }
    lines.push(line(
        AFTER,
        text::calibration_after(),
        points(&of.bins, true),
    ));
    let ticks = [0.0, 0.25, 0.5, 0.75, 1.0];
    Plot {
        title: text::calibration().into(),
        x: text::calibration_said().into(),
        y: text::calibration_right().into(),
        ticks: ticks.map(|tick| (tick, text::percent(tick))).into(),
        lines,
        logarithmic: false,
        level: None,
    }
}

/// A point for each bin with samples, with its 95 % interval where asked for.
fn points(bins: &[Option<Bin>], with_range: bool) -> Vec<Point> {
    let point = |bin: &Bin| {
        let hits = (bin.accuracy * bin.count as f64).round() as usize;
        let interval = Interval::wilson(hits, bin.count);
        Point {
            x: bin.confidence,
            y: bin.accuracy,
            range: with_range.then_some((interval.low, interval.high)),
        }
    };
    bins.iter().flatten().map(point).collect()
}
