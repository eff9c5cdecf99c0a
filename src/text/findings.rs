//! What the Lab found out, in words that claim no more than was measured.

use data::lab::{ArmReport, ArmState, Budget, FeatureMaps, LabReport, LearningCurve};
use data::metrics::Interval;
use data::transfer::Method;
use data::verdict::{Pair, Standing};

use super::{list, method, method_inside, percent};

pub fn seconds_axis(logarithmic: bool) -> &'static str {
    match logarithmic {
        true => words::lab_chart_seconds_logarithmic(),
        false => words::lab_chart_seconds(),
    }
}

pub fn state(state: ArmState) -> &'static str {
    match state {
        ArmState::Waiting => words::lab_state_waiting(),
        ArmState::Running => words::lab_state_running(),
        ArmState::Done => words::lab_state_done(),
        ArmState::Stopped => words::lab_state_stopped(),
    }
}

/// `(85-96 %)`
pub fn range(a: &Interval) -> String {
    words::lab_range(a.low * 100.0, a.high * 100.0)
}

fn accuracy(a: &Interval) -> String {
    words::lab_accuracy(&percent(a.value), &range(a))
}

pub fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 0.095 => words::duration_hundredths(s),
        s if s < 9.95 => words::duration_tenths(s),
        s if s < 119.5 => words::duration_seconds(s),
        s => words::duration_minutes((s / 60.0).floor(), s % 60.0),
    }
}

/// `3.4 million`; small numbers whole, with commas.
pub fn large(n: f64) -> String {
    match n {
        n if n >= 1e15 => words::large_quadrillion(n / 1e15),
        n if n >= 1e12 => words::large_trillion(n / 1e12),
        n if n >= 1e9 => words::large_billion(n / 1e9),
        n if n >= 1e6 => words::large_million(n / 1e6),
        n => words::large_whole(n.max(0.0).round()),
    }
}

/// What a method cost so far.
pub fn cost(arm: &ArmReport) -> String {
    if arm.state == ArmState::Waiting {
        return words::lab_cost_waiting().into();
    }
    words::lab_cost(
        &seconds(arm.seconds),
        &large(arm.trained_parameters as f64),
        &large(arm.multiply_adds),
    )
}

/// In the legend of a saved chart.
pub fn legend(arm: &ArmReport) -> String {
    let name = method(arm.method);
    match &arm.accuracy {
        Some(a) => words::lab_legend(name, &accuracy(a), &seconds(arm.seconds)),
        None => words::lab_legend_none(name),
    }
}

fn budget(budget: Budget) -> String {
    match budget {
        Budget::Epochs(passes) => words::lab_budget_passes(passes),
        Budget::Seconds(s) => words::lab_budget_time(&seconds(s)),
    }
}

/// Under which circumstances.
pub fn about(report: &LabReport) -> String {
    let settings = &report.settings;
    words::lab_about(
        &list(&report.class_names),
        settings.samples,
        report.held_out,
        settings.resolution,
        &budget(settings.budget),
        &settings.seed.to_string(),
    )
}

pub fn chart_title(report: &LabReport) -> String {
    words::lab_chart_title(
        &list(&report.class_names),
        report.settings.samples,
        report.held_out,
        report.settings.resolution,
    )
}

/// In the list of results.
pub fn report_name(report: &LabReport) -> String {
    list(&report.class_names)
}

pub fn report_about(report: &LabReport) -> String {
    let best = report
        .arms
        .iter()
        .filter_map(|arm| Some((arm.accuracy?.value, arm.method)))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let number = report.id + 1; // ids count from 0
    let settings = &report.settings;
    let (photos, side, budget) = (
        settings.samples,
        settings.resolution,
        budget(settings.budget),
    );
    match best {
        Some((accuracy, method)) => words::lab_report_best(
            number,
            photos,
            side,
            &budget,
            method_inside(method),
            &percent(accuracy),
        ),
        None => words::lab_report(number, photos, side, &budget),
    }
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
        Standing::Above => words::lab_gain_above(),
        Standing::Open => words::lab_gain_open(),
        Standing::Below => words::lab_gain_below(),
    };
    words::lab_gain(
        method(pair.arm.method),
        &accuracy(&pair.accuracy),
        &seconds(pair.arm.seconds),
        method_inside(pair.against.method),
        &accuracy(&pair.against_accuracy),
        &seconds(pair.against.seconds),
        meaning,
    )
}

fn against_extraction(pair: &Pair) -> String {
    let say = match pair.standing {
        Standing::Above => words::lab_deeper_above,
        Standing::Open => words::lab_deeper,
        Standing::Below => words::lab_deeper_below,
    };
    say(
        method(pair.arm.method),
        &accuracy(&pair.accuracy),
        &seconds(pair.arm.seconds),
    )
}

/// What is learned from and what is left.
pub fn split(learned: usize, all: usize) -> String {
    match all > learned && learned > 0 {
        true => words::lab_split_known(learned, all),
        false => words::lab_split().into(),
    }
}

/// A choice of the network's input.
pub fn pixels(side: usize) -> String {
    match side {
        224 => words::lab_pixels_usual(side),
        side => words::lab_pixels(side),
    }
}

/// On what the learning curve was measured.
pub fn curve_about(curve: &LearningCurve) -> String {
    let sizes = curve.curves.iter().flat_map(|c| &c.sizes);
    let draws = sizes.map(|s| s.draws).max().unwrap_or(0);
    words::lab_enough_how(&list(&curve.class_names), draws, curve.held_out)
}

/// The answer to "do I have enough photos?".
pub fn outlook(curve: &LearningCurve) -> String {
    /// Less than this is not worth collecting for.
    const WORTH: f64 = 0.01;
    let Some(o) = curve.outlook else {
        return words::lab_outlook_unknown().into();
    };
    let (now, then) = (percent(o.accuracy_now), percent(o.accuracy_then));
    match o.accuracy_then - o.accuracy_now >= WORTH {
        true => words::lab_outlook(o.samples_now, &now, o.samples_then, &then),
        false => words::lab_outlook_enough(o.samples_now, &now, o.samples_then),
    }
}

/// Name and meaning of a layer's row of maps, the `i`-th of `count` from the photo on.
pub fn maps(layer: &FeatureMaps, i: usize, count: usize) -> (&'static str, String) {
    let (name, meaning) = match (i, i + 1 == count) {
        (0, _) => (words::lab_maps_edges(), words::lab_maps_edges_means()),
        (_, true) => (words::lab_maps_parts(), words::lab_maps_parts_means()),
        _ => (words::lab_maps_textures(), words::lab_maps_textures_means()),
    };
    let (shown, channels) = (layer.shown, layer.channels);
    let about = words::lab_maps_layer(meaning, &layer.layer, shown, channels, layer.side);
    (name, about)
}

pub fn maps_alt(layer: &FeatureMaps) -> String {
    words::lab_maps_alt(layer.shown, &layer.layer)
}
