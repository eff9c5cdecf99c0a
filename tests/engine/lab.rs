//! The Lab: methods compared, stopped, kept; and how many photos are enough.

use std::fs;

use data::class::ClassId;
use data::lab::{ArmReport, ArmState, Budget, Features, LabReport, LabSettings};
use data::problem::{LabProblem, Problem};
use data::protocol::{Event, Request};
use data::transfer::{Depth, Method};
use engine::store::Table;

use super::host::App;
use super::picture;

/// Sample photos of two classes.
pub fn project(photos: usize) -> App {
    let mut app = App::new();
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
        app.add(class, &files);
    }
    app
}

pub fn settings(methods: &[Method]) -> LabSettings {
    LabSettings {
        classes: vec![ClassId(0), ClassId(1)],
        samples: 6,
        resolution: 64,
        budget: Budget::Epochs(3),
        methods: methods.to_vec(),
        depth: Depth::LastBlock,
        seed: 1,
    }
}

pub fn reports(events: &[Event]) -> impl Iterator<Item = &LabReport> {
    events.iter().filter_map(|event| match event {
        Event::Lab(report) => Some(report),
        _ => None,
    })
}

fn lab(app: &mut App, settings: LabSettings) -> LabReport {
    let events = app.answer(Request::RunLab { settings });
    assert_eq!(events.last(), Some(&app.done()));
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
    let mut app = project(14);
    let report = lab(&mut app, settings(&Method::ALL));
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
    let again = lab(&mut app, settings(&Method::ALL));
    assert_eq!(again.id, report.id + 1);
    assert_eq!(timeless(again), timeless(report));
}

#[test]
fn one_method_is_stopped_and_the_others_go_on() {
    let mut app = project(9);
    let methods = [
        Method::RandomFeatures,
        Method::FromScratch,
        Method::FeatureExtraction,
    ];
    let settings = LabSettings {
        budget: Budget::Epochs(200),
        ..settings(&methods)
    };
    app.ask(Request::RunLab { settings });
    let comparison = app.done();
    // Nothing else begins meanwhile, but photos may come.
    let train = Request::Train {
        settings: Default::default(),
    };
    let running = Problem::Lab(LabProblem::Running);
    assert_eq!(app.ask(train), [app.refused(running)]);
    let scratch = |report: &LabReport| report.arms[1].clone();
    app.work_until(|event| matches!(event, Event::Lab(report) if scratch(report).curve.len() == 1));
    let method = Some(Method::FromScratch);
    let events = app.ask(Request::StopLab { method });
    assert_eq!(events.last(), Some(&app.done()));
    assert!(!events.contains(&comparison), "the others go on");
    let report = reports(&events).next().expect("the page sees it").clone();
    let stopped = scratch(&report);
    assert_eq!((stopped.state, stopped.curve.len()), (ArmState::Stopped, 1));
    let events = app.add("fruit", &[picture(true, 1)]);
    assert_eq!(events.last(), Some(&comparison));
    let report = reports(&events).last().expect("it goes on");
    let states: Vec<ArmState> = report.arms.iter().map(|arm| arm.state).collect();
    assert_eq!(states, [ArmState::Done, ArmState::Stopped, ArmState::Done]);
    assert_eq!(scratch(report), stopped, "it keeps its result");
    assert_eq!(report.train + report.held_out, 18);
}

#[test]
fn all_is_stopped_and_what_was_measured_stays() {
    let mut app = project(9);
    let methods = [Method::FeatureExtraction, Method::FromScratch];
    let chosen = settings(&methods);
    app.ask(Request::RunLab { settings: chosen });
    let comparison = app.done();
    app.work_until(
        |event| matches!(event, Event::Lab(report) if report.arms[0].state == ArmState::Done),
    );
    let events = app.answer(Request::StopLab { method: None });
    let report = reports(&events).last().expect("the page sees it").clone();
    assert_eq!(report.arms[0].state, ArmState::Done);
    assert_eq!(report.arms[1].state, ArmState::Stopped);
    let [.., end, stop] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((end, stop), (&comparison, &app.done()));
    let kept = |events: &[Event]| {
        events.iter().find_map(|event| match event {
            Event::LabReports(reports) => Some(reports.clone()),
            _ => None,
        })
    };
    let mut again = App::open(&app.tables);
    assert_eq!(kept(&again.begun), Some(vec![report.clone()]));
    let events = again.ask(Request::DeleteLab { id: report.id });
    assert_eq!(kept(&events), Some(Vec::new()));
    let mut third = App::open(&app.tables);
    assert_eq!(kept(&third.begun), Some(Vec::new()));
    // No number is used twice.
    let next = lab(&mut third, settings(&[Method::FeatureExtraction]));
    assert_eq!(next.id, report.id + 1);
}

#[test]
fn the_oldest_of_many_comparisons_goes() {
    let mut app = project(3);
    let mut events = Vec::new();
    for seed in 0..21 {
        let settings = LabSettings {
            samples: 2,
            seed,
            ..settings(&[Method::FeatureExtraction])
        };
        events = app.answer(Request::RunLab { settings });
    }
    let told = events.iter().find_map(|event| match event {
        Event::LabReports(reports) => Some(reports),
        _ => None,
    });
    let told = told.expect("the page is told which are left");
    assert_eq!((told.len(), told[0].id), (20, 1));
    let keys = app.tables.of(Table::Project);
    assert_eq!(
        keys.keys().filter(|key| key.starts_with("lab/")).count(),
        20
    );
}

#[test]
fn a_budget_of_seconds_ends_each_method() {
    let mut app = project(9);
    let methods = [Method::FineTuning, Method::WeightInitialisation];
    let settings = LabSettings {
        budget: Budget::Seconds(1.0),
        ..settings(&methods)
    };
    let report = lab(&mut app, settings);
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
    let mut app = project(4);
    let good = LabSettings {
        samples: 3,
        ..settings(&[Method::FeatureExtraction])
    };
    let one_class = vec![ClassId(0), ClassId(0), ClassId(77)];
    let too_few = LabProblem::TooFewSamples {
        class: "fruit".into(),
        samples: 4,
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
                samples: 4,
                ..good.clone()
            },
            too_few,
        ),
    ] {
        let events = app.answer(Request::RunLab { settings });
        assert_eq!(events, [app.refused(Problem::Lab(why))]);
    }
    let odd = LabSettings {
        resolution: 100,
        budget: Budget::Seconds(f64::NAN),
        methods: vec![Method::RandomFeatures; 3],
        ..good
    };
    let report = lab(&mut app, odd);
    assert_eq!((report.settings.resolution, report.arms.len()), (96, 1));
    assert_eq!(report.settings.budget, LabSettings::default().budget);
}

#[test]
fn a_learning_curve_rises_and_says_what_more_would_bring() {
    let mut app = project(15);
    let classes = vec![ClassId(0), ClassId(1)];
    let request = Request::MeasureCurve { classes, seed: 1 };
    let measure = |app: &mut App| {
        let events = app.answer(request.clone());
        let [.., Event::LearningCurve(curve), Event::Progress { .. }, end] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(*end, app.done());
        curve.clone()
    };
    let curve = measure(&mut app);
    assert_eq!((curve.held_out, curve.class_names.len()), (10, 2));
    let features: Vec<Features> = curve.curves.iter().map(|c| c.features).collect();
    assert_eq!(
        features,
        [Features::Pretrained, Features::Random, Features::Pixels]
    );
    for of in &curve.curves {
        let photos: Vec<usize> = of.sizes.iter().map(|s| s.samples).collect();
        assert_eq!(photos, [1, 2, 3, 5, 8, 10]);
        for size in &of.sizes {
            // Of the ten that are there, ten can be drawn in one way.
            assert_eq!(size.draws, if size.samples == 10 { 1 } else { 8 });
            assert!(size.low <= size.mean && size.mean <= size.high, "{size:?}");
        }
    }
    let last = |i: usize| curve.curves[i].sizes[5].mean;
    let first = curve.curves[0].sizes[0].mean;
    assert!(last(0) >= first && last(0) > 0.85, "{curve:#?}");
    assert!(last(0) > last(1) && last(0) > last(2), "{curve:#?}");
    let Some(outlook) = curve.outlook else {
        panic!("it is seldom right with few photos: {curve:#?}")
    };
    assert_eq!((outlook.samples_now, outlook.samples_then), (15, 30));
    assert!(outlook.accuracy_then >= outlook.accuracy_now);
    assert!(outlook.accuracy_now > first, "{curve:#?}");
    assert_eq!(measure(&mut app), curve);
}
