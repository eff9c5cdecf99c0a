//! The Lab: methods compared, stopped, kept; and how many photos are enough.

use std::fs;

use data::class::ClassId;
use data::lab::{ArmReport, ArmState, Budget, Features, LabReport, LabSettings};
use data::problem::{LabProblem, Problem};
use data::protocol::{Event, Request};
use data::transfer::{Depth, Method};
use engine::Engine;

use super::host::{Tables, ask};
use super::{add, picture};

/// Sample photos of two classes.
fn project(photos: usize) -> (Engine, Tables) {
    let (mut engine, mut tables) = (super::engine(), Tables::default());
    for class in ["fruit", "birds"] {
        let folder = format!(
            "{}/public/samples/photos/{class}",
            env!("CARGO_MANIFEST_DIR")
        );
        let mut paths: Vec<_> = fs::read_dir(folder)
            .expect("the samples are there")
            .map(|entry| entry.expect("it can be read").path())
            .collect();
        paths.sort();
        let files: Vec<_> = paths[..photos]
            .iter()
            .map(|p| fs::read(p).expect("a file"))
            .collect();
        add(&mut engine, class, &files);
    }
    tables.keep(&mut engine);
    (engine, tables)
}

fn settings(methods: &[Method]) -> LabSettings {
    LabSettings {
        classes: vec![ClassId(0), ClassId(1)],
        photos: 6,
        resolution: 64,
        budget: Budget::Epochs(3),
        methods: methods.to_vec(),
        depth: Depth::LastBlock,
        seed: 1,
    }
}

fn reports(events: &[Event]) -> impl Iterator<Item = &LabReport> {
    events.iter().filter_map(|event| match event {
        Event::Lab(report) => Some(report),
        _ => None,
    })
}

fn lab(engine: &mut Engine, tables: &mut Tables, settings: LabSettings) -> LabReport {
    let events = tables.answer(engine, Request::RunLab { settings });
    reports(&events)
        .last()
        .cloned()
        .unwrap_or_else(|| panic!("{events:?}"))
}

fn value(report: &LabReport, method: Method) -> f64 {
    let mut arms = report.arms.iter();
    let arm = arms
        .find(|arm| arm.method == method)
        .expect("it was asked for");
    arm.accuracy.expect("it was measured").value
}

#[test]
fn all_methods_run_and_transfer_wins() {
    let (mut engine, mut tables) = project(14);
    let report = lab(&mut engine, &mut tables, settings(&Method::ALL));
    assert_eq!((report.train, report.held_out), (12, 16));
    assert_eq!(report.class_names, ["fruit", "birds"]);
    for arm in &report.arms {
        assert_eq!(arm.state, ArmState::Done, "{arm:?}");
        assert!(arm.seconds > 0.0 && arm.multiply_adds > 1e6, "{arm:?}");
        assert!((1..=16).contains(&arm.curve.len()), "{arm:?}");
        let last = arm.curve.last().expect("there is a point");
        let accuracy = arm.accuracy.expect("it was measured");
        assert_eq!((accuracy.n, accuracy.value), (16, last.accuracy), "{arm:?}");
        assert!(arm.curve.is_sorted_by_key(|point| point.seconds), "{arm:?}");
    }
    let parameters: Vec<usize> = report.arms.iter().map(|a| a.trained_parameters).collect();
    let [head, tuned, all, scratch, random] = parameters[..] else {
        panic!("{parameters:?}");
    };
    assert_eq!((head, random), (2 * 1281, 2 * 1281));
    assert!(
        head < tuned && tuned < all && all == scratch,
        "{parameters:?}"
    );
    let extraction = value(&report, Method::FeatureExtraction);
    assert!(
        extraction > value(&report, Method::FromScratch),
        "{report:#?}"
    );
    assert!(
        extraction > value(&report, Method::RandomFeatures),
        "{report:#?}"
    );

    // The same photos, the same seed: the same report, but for the time it took.
    let timeless = |mut report: LabReport| {
        report.id = 0;
        for arm in &mut report.arms {
            arm.seconds = 0.0;
            arm.curve.iter_mut().for_each(|point| point.seconds = 0.0);
        }
        report
    };
    let again = lab(&mut engine, &mut tables, settings(&Method::ALL));
    assert_eq!(again.id, report.id + 1);
    assert_eq!(timeless(again), timeless(report));
}

#[test]
fn one_method_is_stopped_and_the_others_go_on() {
    let (mut engine, mut tables) = project(9);
    let methods = [
        Method::RandomFeatures,
        Method::FromScratch,
        Method::FeatureExtraction,
    ];
    let settings = LabSettings {
        budget: Budget::Epochs(200),
        ..settings(&methods)
    };
    ask(&mut engine, Request::RunLab { settings });
    // Nothing else begins meanwhile, but photos may come.
    let train = Request::Train {
        settings: Default::default(),
    };
    let running = Event::Problem(Problem::Lab(LabProblem::Running));
    assert_eq!(ask(&mut engine, train), [running]);
    let scratch = |report: &LabReport| report.arms[1].clone();
    loop {
        let events = tables.turn(&mut engine).expect("it goes on");
        if reports(&events).any(|report| scratch(report).curve.len() == 1) {
            break;
        }
    }
    let method = Some(Method::FromScratch);
    let events = ask(&mut engine, Request::StopLab { method });
    let report = reports(&events).next().expect("the page sees it").clone();
    let stopped = scratch(&report);
    assert_eq!((stopped.state, stopped.curve.len()), (ArmState::Stopped, 1));
    let outputs = add(&mut engine, "fruit", &[picture(true, 1)]);
    let mut events: Vec<Event> = outputs.into_iter().map(|(event, _)| event).collect();
    events.extend(tables.work(&mut engine));
    let report = reports(&events).last().expect("it goes on");
    let states: Vec<ArmState> = report.arms.iter().map(|arm| arm.state).collect();
    assert_eq!(states, [ArmState::Done, ArmState::Stopped, ArmState::Done]);
    assert_eq!(scratch(report), stopped, "it keeps its result");
    assert_eq!(report.train + report.held_out, 18);
}

#[test]
fn all_is_stopped_and_what_was_measured_stays() {
    let (mut engine, mut tables) = project(9);
    let methods = [Method::FeatureExtraction, Method::FromScratch];
    let chosen = settings(&methods);
    ask(&mut engine, Request::RunLab { settings: chosen });
    let done =
        |events: &[Event]| reports(events).any(|report| report.arms[0].state == ArmState::Done);
    while !done(&tables.turn(&mut engine).expect("it goes on")) {}
    let events = tables.answer(&mut engine, Request::StopLab { method: None });
    let report = reports(&events).last().expect("the page sees it").clone();
    assert_eq!(report.arms[0].state, ArmState::Done);
    assert_eq!(report.arms[1].state, ArmState::Stopped);
    assert!(!engine.busy());
    let kept = |events: Vec<Event>| {
        events.into_iter().find_map(|event| match event {
            Event::LabReports(reports) => Some(reports),
            _ => None,
        })
    };
    tables.keep(&mut engine);
    let mut again = super::engine();
    assert_eq!(kept(tables.open(&mut again)), Some(vec![report.clone()]));
    let events = ask(&mut again, Request::DeleteLab { id: report.id });
    assert_eq!(kept(events), Some(Vec::new()));
    tables.keep(&mut again);
    let mut third = super::engine();
    assert_eq!(kept(tables.open(&mut third)), Some(Vec::new()));
    // No number is used twice.
    let next = lab(
        &mut third,
        &mut tables,
        settings(&[Method::FeatureExtraction]),
    );
    assert_eq!(next.id, report.id + 1);
}

#[test]
fn the_oldest_of_many_comparisons_goes() {
    let (mut engine, mut tables) = project(3);
    let mut events = Vec::new();
    for seed in 0..21 {
        let settings = LabSettings {
            photos: 2,
            seed,
            ..settings(&[Method::FeatureExtraction])
        };
        events = tables.answer(&mut engine, Request::RunLab { settings });
    }
    let told = events.iter().find_map(|event| match event {
        Event::LabReports(reports) => Some(reports),
        _ => None,
    });
    let told = told.expect("the page is told which are left");
    assert_eq!((told.len(), told[0].id), (20, 1));
    let keys = tables.of(engine::store::Table::Project);
    assert_eq!(
        keys.keys().filter(|key| key.starts_with("lab/")).count(),
        20
    );
}

#[test]
fn a_budget_of_seconds_ends_each_method() {
    let (mut engine, mut tables) = project(9);
    let methods = [Method::FineTuning, Method::WeightInitialisation];
    let settings = LabSettings {
        budget: Budget::Seconds(1.0),
        ..settings(&methods)
    };
    let report = lab(&mut engine, &mut tables, settings);
    for ArmReport {
        state,
        seconds,
        accuracy,
        ..
    } in &report.arms
    {
        assert_eq!(*state, ArmState::Done);
        assert!(accuracy.is_some() && *seconds < 4.0, "{report:#?}");
    }
    // Fine-tuning begins with what a head alone reaches.
    assert_eq!(report.arms[0].curve[0].epoch, 0);
}

#[test]
fn what_cannot_be_compared_is_refused_with_a_reason() {
    let (mut engine, mut tables) = project(4);
    let good = LabSettings {
        photos: 3,
        ..settings(&[Method::FeatureExtraction])
    };
    let one_class = vec![ClassId(0), ClassId(0), ClassId(77)];
    let too_few = LabProblem::TooFewPhotos {
        class: "fruit".into(),
        photos: 4,
        needed: 5,
    };
    for (settings, why) in [
        (
            LabSettings {
                classes: one_class,
                ..good.clone()
            },
            LabProblem::TooFewClasses,
        ),
        (
            LabSettings {
                methods: Vec::new(),
                ..good.clone()
            },
            LabProblem::NoMethod,
        ),
        (
            LabSettings {
                photos: 4,
                ..good.clone()
            },
            too_few,
        ),
    ] {
        let events = tables.answer(&mut engine, Request::RunLab { settings });
        assert_eq!(events, [Event::Problem(Problem::Lab(why))]);
    }
    let odd = LabSettings {
        resolution: 100,
        budget: Budget::Seconds(f64::NAN),
        methods: vec![Method::RandomFeatures; 3],
        ..good
    };
    let report = lab(&mut engine, &mut tables, odd);
    assert_eq!((report.settings.resolution, report.arms.len()), (96, 1));
    assert_eq!(report.settings.budget, LabSettings::default().budget);
}

#[test]
fn a_learning_curve_rises_and_says_what_more_would_bring() {
    let (mut engine, mut tables) = project(15);
    let classes = vec![ClassId(0), ClassId(1)];
    let request = Request::MeasureCurve { classes, seed: 1 };
    let measure = |engine: &mut Engine, tables: &mut Tables| {
        let events = tables.answer(engine, request.clone());
        let mut curves = events.into_iter().filter_map(|event| match event {
            Event::LearningCurve(curve) => Some(curve),
            Event::Problem(problem) => panic!("{problem:?}"),
            _ => None,
        });
        curves.next_back().expect("it ends with a curve")
    };
    let curve = measure(&mut engine, &mut tables);
    assert_eq!((curve.held_out, curve.class_names.len()), (10, 2));
    let features: Vec<Features> = curve.curves.iter().map(|c| c.features).collect();
    assert_eq!(
        features,
        [Features::Pretrained, Features::Random, Features::Pixels]
    );
    for of in &curve.curves {
        let photos: Vec<usize> = of.sizes.iter().map(|s| s.photos).collect();
        assert_eq!(photos, [1, 2, 3, 5, 8, 10]);
        for size in &of.sizes {
            // Of the ten that are there, ten can be drawn in one way.
            assert_eq!(size.draws, if size.photos == 10 { 1 } else { 8 });
            assert!(size.low <= size.mean && size.mean <= size.high, "{size:?}");
        }
    }
    let last = |i: usize| curve.curves[i].sizes[5].mean;
    let first = curve.curves[0].sizes[0].mean;
    assert!(last(0) >= first && last(0) > 0.85, "{curve:#?}");
    assert!(last(0) > last(1) && last(0) > last(2), "{curve:#?}");
    if let Some(outlook) = curve.outlook {
        assert_eq!((outlook.photos_now, outlook.photos_then), (15, 30));
        assert!(outlook.accuracy_then >= outlook.accuracy_now);
    }
    assert_eq!(measure(&mut engine, &mut tables), curve);
}
