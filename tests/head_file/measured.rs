//! What was measured of a head, and what is unknown to it, as its file holds them.

use data::evaluation::{BINS, Bin};
use data::problem::HeadProblem;
use data::unknown::{Position, STEPS, Spread, Unknown};
use formats::head_file::{read, write};
use serde_json::json;

use super::{Parts, WIDTH, closed_example, example};

/// A reader of before would always answer; one of today refuses what the head refused where it was made.
#[test]
fn what_is_unknown_to_a_plain_head_travels_with_it() {
    let mut file = example(0);
    let spread = Spread {
        mean: 0.5,
        deviation: 0.25,
    };
    let position = |i| Position {
        limit: i as f32,
        kept: i as f32 / STEPS as f32,
        accuracy: None,
    };
    file.info.unknown = Some(Box::new(Unknown {
        width: WIDTH,
        prototypes: vec![0.5; 2 * WIDTH],
        distance: spread,
        doubt: spread,
        kept: 0.9,
        curve: (0..=STEPS).map(position).collect(),
    }));
    let bytes = write(&file);
    assert!(read(&bytes).expect("it is whole") == file);
    assert_eq!(Parts::of(&bytes).graft()["version"], 3);
}

/// Whether percentages mean what they say travels with a head; what is no such thing is refused.
#[test]
fn a_reliability_diagram_comes_back_as_it_was() {
    let bin = |count, confidence, accuracy| Bin {
        count,
        confidence,
        accuracy,
    };
    let with = |bins: Vec<Option<Bin>>| {
        let mut file = closed_example();
        let validation = file.info.validation.as_mut().expect("it was measured");
        let calibration = validation.calibration.as_mut().expect("so was this");
        calibration.bins = bins;
        calibration.bins_before = vec![None; BINS];
        file
    };
    let all = |one: Bin| {
        (0..BINS)
            .map(|i| (i == 7).then_some(one))
            .collect::<Vec<_>>()
    };
    let file = with(all(bin(8, 0.75, 0.875)));
    let bytes = write(&file);
    assert!(read(&bytes).expect("it is whole") == file);
    let calibration = &Parts::of(&bytes).graft()["validation"]["calibration"];
    let written = json!({"count": 8, "confidence": 0.75, "accuracy": 0.875});
    assert_eq!(calibration["bins"][7], written);
    let wrong = [
        all(bin(8, 1.5, 0.5)),
        all(bin(8, 0.5, -0.5)),
        all(bin(0, 0.5, 0.5)),
        all(bin(usize::MAX, 0.5, 0.5)),
        vec![None; BINS + 1],
    ];
    for bins in wrong {
        let refused = read(&write(&with(bins.clone())));
        assert!(matches!(refused, Err(HeadProblem::Shape(_))), "{bins:?}");
    }
}
