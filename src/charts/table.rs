//! A comparison as a table for spreadsheets.

use data::csv::{self, Cell};
use data::lab::{ArmReport, Budget, LabReport};
use data::metrics::Interval;

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
