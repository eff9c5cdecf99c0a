use data::lab::{ArmState, Budget, CurvePoint, CurveSize, FeatureCurve, LabSettings};
use data::metrics::Interval;
use data::probes::Finding;

use super::plot::Paper;
use super::*;

fn arm(method: Method, seconds: &[f64]) -> ArmReport {
    let points = seconds.iter().enumerate();
    let points = points.map(|(epoch, seconds)| CurvePoint {
        seconds: *seconds,
        epoch,
        accuracy: 0.5 + 0.1 * epoch as f64,
    });
    ArmReport {
        state: ArmState::Done,
        accuracy: Some(Interval::wilson(6, 8)),
        curve: points.collect(),
        seconds: seconds.last().copied().unwrap_or_default(),
        ..ArmReport::waiting(method)
    }
}

fn report(arms: Vec<ArmReport>) -> LabReport {
    LabReport {
        id: 0,
        class_names: vec!["=cat".into(), "dog & <bone>".into()],
        train: 10,
        held_out: 8,
        arms,
        settings: LabSettings {
            budget: Budget::Epochs(3),
            seed: u64::MAX,
            ..LabSettings::default()
        },
    }
}

/// Numbers in the attributes `name` of elements.
fn numbers(svg: &str, name: &str) -> Vec<f64> {
    let begins = format!(" {name}=\"");
    let parts = svg.split(&begins).skip(1);
    let values = parts.filter_map(|rest| rest.split('"').next()?.parse().ok());
    values.collect()
}

#[test]
fn times_far_apart_are_drawn_on_a_logarithmic_axis() {
    let near = over_time(&report(vec![arm(Method::FineTuning, &[1.0, 2.0, 10.0])]));
    assert!(!near.logarithmic);
    let far = over_time(&report(vec![
        arm(Method::FeatureExtraction, &[0.05]),
        arm(Method::FineTuning, &[1.0, 60.0]),
    ]));
    assert!(far.logarithmic);
    let ticks: Vec<f64> = far.ticks.iter().map(|(at, _)| *at).collect();
    assert_eq!(ticks, [0.1, 0.3, 1.0, 3.0, 10.0, 30.0]);
    assert_eq!(far.level.map(|(level, _)| level), Some(0.5));
}

#[test]
fn an_axis_from_zero_has_four_to_eight_round_steps() {
    for high in [0.3, 1.0, 7.0, 9.9, 42.0, 999.0] {
        let ticks: Vec<f64> = steps(high).into_iter().map(|(at, _)| at).collect();
        assert!((4..=11).contains(&ticks.len()), "{high}: {ticks:?}");
        assert_eq!(ticks[0], 0.0);
        assert!(ticks.iter().all(|tick| *tick <= high * (1.0 + 1e-9)));
    }
    assert_eq!(steps(0.0).len(), 1);
}

/// All that is drawn lies on the paper, also where nothing was measured, at once, or for ever.
#[test]
fn every_drawing_stays_on_its_paper_and_is_well_formed() {
    let cases = [
        vec![],
        vec![arm(Method::FromScratch, &[])],
        vec![arm(Method::FromScratch, &[0.0])],
        vec![arm(Method::FineTuning, &[3.0, 3.0])],
        vec![arm(Method::FineTuning, &[1e-6, 1e6])],
        Method::ALL.iter().map(|m| arm(*m, &[0.5, 2.0])).collect(),
    ];
    for arms in cases {
        let plot = over_time(&report(arms));
        for paper in [Paper::Phone, Paper::Screen, Paper::File] {
            let svg = plot.svg(paper);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            let box_of = svg.split("viewBox=\"").nth(1).expect("it has a size");
            let size: Vec<f64> = box_of
                .split('"')
                .next()
                .unwrap_or_default()
                .split(' ')
                .filter_map(|number| number.parse().ok())
                .collect();
            let (width, height) = (size[2], size[3]);
            for (name, most) in [("x", width), ("cx", width), ("y", height), ("cy", height)] {
                for at in numbers(&svg, name) {
                    assert!((0.0..=most).contains(&at), "{name}={at} of {most}: {svg}");
                }
            }
            assert_eq!(svg.matches("<svg").count(), svg.matches("</svg>").count());
            assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
        }
    }
}

#[test]
fn names_of_classes_are_text_in_a_drawing_and_no_formula_in_a_table() {
    let report = report(vec![arm(Method::FineTuning, &[1.0, 2.0])]);
    let svg = over_time(&report).svg(Paper::File);
    assert!(!svg.contains("<bone>"), "{svg}");
    let table = as_csv(&report);
    let lines: Vec<&str> = table.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 2, "{table}");
    assert!(lines[0].starts_with("method,state,accuracy"), "{table}");
    assert!(lines[1].starts_with("fine-tuning,done,0.75,"), "{table}");
    // A seed has more digits than a number of a spreadsheet.
    assert!(lines[1].ends_with(&u64::MAX.to_string()), "{table}");
    assert!(
        !lines[1].contains(",=cat") && !lines[1].contains("\"=cat"),
        "{table}"
    );
}

#[test]
fn accuracy_against_photos_shows_each_size_once_with_its_range() {
    let size = |photos| CurveSize {
        samples: photos,
        mean: 0.6,
        low: 0.5,
        high: 0.8,
        draws: 8,
    };
    let curve = |features| FeatureCurve {
        features,
        sizes: vec![size(1), size(5), size(20)],
    };
    let plot = against_photos(&LearningCurve {
        class_names: vec!["a".into(), "b".into(), "c".into(), "d".into()],
        held_out: 12,
        curves: vec![curve(Features::Pretrained), curve(Features::Pixels)],
        outlook: None,
    });
    let ticks: Vec<&str> = plot.ticks.iter().map(|(_, words)| words.as_str()).collect();
    assert_eq!(ticks, ["1", "5", "20"]);
    assert_eq!(plot.lines[0].points[0].range, Some((0.5, 0.8)));
    assert_ne!(plot.lines[0].look, plot.lines[1].look);
    assert_eq!(plot.level.map(|(level, _)| level), Some(0.25));
}

#[test]
fn a_reliability_diagram_has_a_point_for_each_bin_that_holds_photos() {
    let bin = |count, confidence, accuracy| {
        Some(data::evaluation::Bin {
            count,
            confidence,
            accuracy,
        })
    };
    let of = data::head::Calibrated {
        top2: None,
        ece_before: Some(0.2),
        ece: 0.1,
        bins_before: vec![None, bin(4, 0.15, 0.25)],
        bins: vec![bin(1, 0.05, 0.0), None, bin(3, 0.25, 2.0 / 3.0)],
    };
    let plot = reliability::reliability(&of);
    let points = |i: usize| plot.lines[i].points.len();
    // The line where what it says is true goes first, so that the others lie over it.
    assert_eq!([points(0), points(1), points(2)], [2, 1, 2]);
    assert_eq!(
        (plot.lines[2].points[1].x, plot.lines[2].points[1].y),
        (0.25, 2.0 / 3.0)
    );
    let (low, high) = plot.lines[2].points[1].range.expect("it has an interval");
    assert!(low < 2.0 / 3.0 && 2.0 / 3.0 < high && low > 0.0 && high < 1.0);
    let svg = plot.svg(Paper::Phone);
    assert!(!svg.contains("NaN") && svg.contains("m-feature-extraction"));
    assert!(!plot::swatch(&reliability::IDEAL).contains("NaN"));
    // As a file from before has it.
    let empty = data::head::Calibrated {
        bins_before: Vec::new(),
        bins: Vec::new(),
        ..of
    };
    assert_eq!(reliability::reliability(&empty).lines.len(), 2);
    assert!(
        reliability::reliability(&empty)
            .svg(Paper::File)
            .ends_with("</svg>")
    );
}

#[test]
fn accuracy_against_depth_has_a_point_for_each_layer_and_names_the_end() {
    let layer = |(block, hits): (usize, usize)| LayerProbe {
        layer: format!("blocks.{block}"),
        block,
        width: 96,
        accuracy: Interval::wilson(hits, 20),
    };
    let layers: Vec<LayerProbe> = [(3, 9), (7, 18), (18, 15)].map(layer).into();
    let probes = LayerProbes {
        class_names: vec!["=a".into(), "b".into()],
        blocks: 18,
        layers,
        best: 1,
        finding: Finding::Open,
    };
    let plot = against_depth(&probes);
    let ticks: Vec<&str> = plot.ticks.iter().map(|(_, words)| words.as_str()).collect();
    assert_eq!(ticks, ["3", "7", text::lab_depth_end()]);
    let heights: Vec<f64> = plot.lines[0].points.iter().map(|point| point.y).collect();
    assert_eq!(heights, [0.45, 0.9, 0.75]);
    let table = depth_as_csv(&probes);
    let lines: Vec<&str> = table.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 4, "{table}");
    assert!(lines[2].starts_with("blocks.7,7,18,96,0.9,"), "{table}");
    assert!(!table.contains(",=a"), "{table}");
    for (finding, said) in [
        (
            Finding::Middle,
            text::lab_depth_middle(7_usize, 18_usize, "90 %", "75 %"),
        ),
        (Finding::End, text::lab_depth_at_end("75 %", "45 %")),
        (
            Finding::Open,
            text::lab_depth_middle_open(7_usize, 18_usize, "90 %", "75 %"),
        ),
    ] {
        let probes = LayerProbes {
            finding,
            ..probes.clone()
        };
        assert_eq!(text::depth_finding(&probes), said);
    }
}
