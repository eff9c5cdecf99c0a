//! Results as tables for spreadsheets.

use super::rows::{Row, table};
use crate::text;
use data::csv::{self, Cell};
use data::lab::{ArmReport, Budget, LabReport};
use data::metrics::Interval;
use data::probes::{LayerProbe, LayerProbes};

const HEADER: [&str; 16] = [
    "method",
    "state",
    "accuracy",
    "low",
    "high",
    "held_out_photos",
    "seconds",
    "trained_parameters",
    "multiply_adds",
    "classes",
    "photos_a_class",
    "resolution",
    "budget",
    "budget_unit",
    "unfrozen",
    "seed",
];

/// One line a method, with everything needed to run it again.
pub fn as_csv(report: &LabReport) -> String {
    let s = &report.settings;
    let (budget, unit) = match s.budget {
        Budget::Epochs(n) => (n as f64, "epochs"),
        Budget::Seconds(n) => (n, "seconds"),
    };
    let line = |arm: &ArmReport| {
        let of = |read: fn(&Interval) -> f64| {
            let accuracy = arm.accuracy.as_ref();
            accuracy.map_or(Cell::Empty, |a| Cell::Number(read(a)))
        };
        vec![
            Cell::text(arm.method.name()),
            Cell::text(arm.state.name()),
            of(|a| a.value),
            of(|a| a.low),
            of(|a| a.high),
            Cell::Number(report.held_out as f64),
            Cell::Number(arm.seconds),
            Cell::Number(arm.trained_parameters as f64),
            Cell::Number(arm.multiply_adds),
            Cell::text(report.class_names.join(", ")),
            Cell::Number(s.samples as f64),
            Cell::Number(s.resolution as f64),
            Cell::Number(budget),
            Cell::text(unit),
            Cell::text(s.depth.name()),
            Cell::text(s.seed.to_string()), // has more digits than f64
        ]
    };
    csv::table(&HEADER, report.arms.iter().map(line))
}

const DEPTH_HEADER: [&str; 9] = [
    "layer", "block", "blocks", "numbers", "accuracy", "low", "high", "photos", "classes",
];

/// One line a layer, from the photo to the embedding.
pub fn depth_as_csv(probes: &LayerProbes) -> String {
    let line = |probe: &LayerProbe| {
        let accuracy = probe.accuracy;
        vec![
            Cell::text(probe.layer.clone()),
            Cell::Number(probe.block as f64),
            Cell::Number(probes.blocks as f64),
            Cell::Number(probe.width as f64),
            Cell::Number(accuracy.value),
            Cell::Number(accuracy.low),
            Cell::Number(accuracy.high),
            Cell::Number(accuracy.n as f64),
            Cell::text(probes.class_names.join(", ")),
        ]
    };
    csv::table(&DEPTH_HEADER, probes.layers.iter().map(line))
}

/// The same for the page, as text of HTML.
pub fn depth_as_html(probes: &LayerProbes) -> String {
    let last = probes.layers.len().saturating_sub(1);
    let row = |(i, probe): (usize, &LayerProbe)| {
        let accuracy = probe.accuracy;
        let (value, range) = (text::percent(accuracy.value), text::range(&accuracy));
        Row {
            test_id: "lab-depth-point",
            data: vec![
                ("layer", probe.layer.clone()),
                ("accuracy", decimal::shortest(accuracy.value)),
            ],
            head: text::depth_layer(probe, i == last),
            cells: vec![probe.width.to_string(), format!("{value} {range}")],
        }
    };
    let heads = [
        text::lab_depth_layer(),
        text::lab_depth_numbers(),
        text::lab_depth_right(),
    ];
    let rows: Vec<Row> = probes.layers.iter().enumerate().map(row).collect();
    table(&heads, &rows)
}
