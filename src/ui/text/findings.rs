//! What the Lab found out, in words that claim no more than was measured.

use data::lab::{ArmReport, ArmState, Budget, FeatureMaps, LabReport, LearningCurve};
use data::metrics::Interval;
use data::transfer::Method;
use data::verdict::{Pair, Standing};

use super::{method as name_of, percent};

pub const ACCURACY_AXIS: &str = "Right on held-out photos";
pub const GUESSING: &str = "guessing";

pub fn seconds_axis(logarithmic: bool) -> String {
    match logarithmic {
        true => "Seconds of computing (logarithmic)".into(),
        false => "Seconds of computing".into(),
    }
}

/// A round number on an axis.
pub fn tick(value: f64) -> String {
    match value {
        v if v >= 1.0 || v == 0.0 => format!("{v:.0}"),
        // 0.30000000000000004 is 0.3.
        v => format!("{v:.4}").trim_end_matches('0').to_owned(),
    }
}

pub fn state(state: ArmState) -> &'static str {
    match state {
        ArmState::Waiting => "waits",
        ArmState::Running => "runs",
        ArmState::Done => "done",
        ArmState::Stopped => "stopped early",
    }
}

/// `(85-96 %)`
pub fn range(a: &Interval) -> String {
    format!("({:.0}-{:.0} %)", a.low * 100.0, a.high * 100.0)
}

fn accuracy(a: &Interval) -> String {
    format!("{} {}", percent(a.value), range(a))
}

pub fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 0.095 => format!("{s:.2} s"),
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 119.5 => format!("{s:.0} s"),
        s => format!("{:.0} min {:02.0} s", (s / 60.0).floor(), s % 60.0),
    }
}

/// `3.4 million`; small numbers whole, with commas.
pub fn large(n: f64) -> String {
    const UNITS: [(f64, &str); 4] = [
        (1e15, "quadrillion"),
        (1e12, "trillion"),
        (1e9, "billion"),
        (1e6, "million"),
    ];
    if let Some((size, unit)) = UNITS.iter().find(|(size, _)| n >= *size) {
        return format!("{:.1} {unit}", n / size);
    }
    let whole = n.max(0.0).round() as u64;
    match whole / 1000 {
        0 => whole.to_string(),
        thousands => format!("{thousands},{:03}", whole % 1000),
    }
}

/// What a method cost so far.
pub fn cost(arm: &ArmReport) -> String {
    if arm.state == ArmState::Waiting {
        return "Its turn comes.".into();
    }
    format!(
        "{} · {} numbers learn · {} multiplications",
        seconds(arm.seconds),
        large(arm.trained_parameters as f64),
        large(arm.multiply_adds)
    )
}

/// In the legend of a saved chart.
pub fn legend(arm: &ArmReport) -> String {
    let name = name_of(arm.method);
    match &arm.accuracy {
        Some(a) => format!("{name}: {}, {}", accuracy(a), seconds(arm.seconds)),
        None => format!("{name}: not measured"),
    }
}

fn budget(budget: Budget) -> String {
    match budget {
        Budget::Epochs(1) => "1 pass".into(),
        Budget::Epochs(n) => format!("{n} passes"),
        Budget::Seconds(s) => format!("{} each", seconds(s)),
    }
}

fn photos(n: usize) -> String {
    match n {
        1 => "1 photo".into(),
        n => format!("{n} photos"),
    }
}

/// Under which circumstances.
pub fn about(report: &LabReport) -> String {
    format!(
        "{}: learned from {} a class, measured on {} that no method learned from, at {} px, {}, seed {}.",
        report.class_names.join(", "),
        photos(report.settings.photos),
        report.held_out,
        report.settings.resolution,
        budget(report.settings.budget),
        report.settings.seed
    )
}

pub fn chart_title(report: &LabReport) -> String {
    format!(
        "{}: {} a class, {} px, measured on {}",
        report.class_names.join(", "),
        photos(report.settings.photos),
        report.settings.resolution,
        photos(report.held_out)
    )
}

/// In the list of results.
pub fn report_name(report: &LabReport) -> String {
    report.class_names.join(", ")
}

pub fn report_about(report: &LabReport) -> String {
    let best = report
        .arms
        .iter()
        .filter_map(|arm| Some((arm.accuracy?.value, arm.method)))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let best = best.map(|(share, method)| {
        format!(
            ", best {} with {}",
            name_of(method).to_lowercase(),
            percent(share)
        )
    });
    format!(
        "No. {}: {} a class, {} px, {}{}",
        report.id + 1, // ids count from 0
        photos(report.settings.photos),
        report.settings.resolution,
        budget(report.settings.budget),
        best.unwrap_or_default()
    )
}

/// What the comparison shows, sentence by sentence; nothing before it is over.
pub fn reading(report: &LabReport) -> Vec<String> {
    if !report.is_over() {
        return Vec::new();
    }
    let deeper = [Method::FineTuning, Method::WeightInitialisation];
    let deeper = deeper
        .into_iter()
        .filter_map(|m| report.pair(m, Method::FeatureExtraction));
    let gain = report.gain().map(|pair| gain(&pair));
    gain.into_iter()
        .chain(deeper.map(|pair| against_extraction(&pair)))
        .collect()
}

fn gain(pair: &Pair) -> String {
    let meaning = match pair.standing {
        Standing::Above => "That is what transfer bought.",
        Standing::Open => {
            "The ranges overlap, so the difference may be chance: measure with more photos, or another seed."
        }
        Standing::Below => "Here transfer did not help.",
    };
    format!(
        "{} was right on {} after {}; {} reached {} in {}. {meaning}",
        name_of(pair.arm.method),
        accuracy(&pair.accuracy),
        seconds(pair.arm.seconds),
        lower(pair.against.method),
        accuracy(&pair.against_accuracy),
        seconds(pair.against.seconds),
    )
}

fn against_extraction(pair: &Pair) -> String {
    let meaning = match pair.standing {
        Standing::Above => "clearly more than feature extraction.",
        Standing::Open => "not clearly different from feature extraction, as the ranges overlap.",
        Standing::Below => {
            "clearly less than feature extraction, with this budget and so many photos."
        }
    };
    format!(
        "{} reached {} in {}: {meaning}",
        name_of(pair.arm.method),
        accuracy(&pair.accuracy),
        seconds(pair.arm.seconds),
    )
}

fn lower(method: Method) -> String {
    name_of(method).to_lowercase()
}

/// On what the learning curve was measured.
pub fn curve_about(curve: &LearningCurve) -> String {
    let draws = curve
        .curves
        .iter()
        .flat_map(|c| &c.sizes)
        .map(|s| s.draws)
        .max()
        .unwrap_or(0);
    format!(
        "{}: means of up to {draws} draws, each measured on the same {}. Bars reach from the worst draw to the best.",
        curve.class_names.join(", "),
        photos(curve.held_out)
    )
}

/// The answer to "do I have enough photos?".
pub fn outlook(curve: &LearningCurve) -> String {
    /// Less than this is not worth collecting for.
    const WORTH: f64 = 0.01;
    let Some(o) = curve.outlook else {
        return "There are too few points to say what more photos would bring: collect some more, then measure again.".into();
    };
    let (now, then) = (percent(o.accuracy_now), percent(o.accuracy_then));
    let advice = if o.accuracy_then - o.accuracy_now >= WORTH {
        format!(
            "{} would likely bring it to about {then}: more photos help.",
            o.photos_then
        )
    } else {
        format!(
            "{} would likely bring hardly more: you have enough of this kind.",
            o.photos_then
        )
    };
    format!(
        "With {} a class, a head on the pre-trained network is right on about {now}; {advice} (A forecast from the shape of the line, not a promise.)",
        photos(o.photos_now)
    )
}

/// Name and meaning of a layer's row of maps, the `i`-th of `count` from the photo on.
pub fn maps(layer: &FeatureMaps, i: usize, count: usize) -> (&'static str, String) {
    let (name, meaning) = match (i, i + 1 == count) {
        (0, _) => ("Edges", "lines, corners and colours"),
        (_, true) => ("Parts", "beaks, leaves, wheels: few places, much meaning"),
        _ => (
            "Textures",
            "feathers, stripes, skin: patterns made of edges",
        ),
    };
    let side = layer.side;
    (
        name,
        format!(
            "{meaning}. Layer {}, {} of {} channels, {side} × {side}",
            layer.layer, layer.shown, layer.channels
        ),
    )
}

pub fn maps_alt(layer: &FeatureMaps) -> String {
    format!(
        "{} maps of layer {}, in grey: bright where the channel answers",
        layer.shown, layer.layer
    )
}
