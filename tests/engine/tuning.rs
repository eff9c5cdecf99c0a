//! A backbone tuned with its head: trained, paused, stopped, saved, opened elsewhere.

use data::backbone::DeviceKind;
use data::head::HeadInfo;
use data::prediction::Prediction;
use data::problem::{HeadProblem, LabProblem, Problem};
use data::protocol::{Event, HeadView, Job, Request};
use data::settings::TrainSettings;
use data::transfer::{Depth, TuneSettings};
use engine::Engine;
use formats::head_file;

use super::host::{Tables, ask};
use super::{add, opened, picture, saved, try_photo};

fn settings() -> TrainSettings {
    TrainSettings {
        epochs: 40,
        ..Default::default()
    }
}

fn tune(depth: Depth, epochs: usize) -> Request {
    Request::Tune {
        settings: settings(),
        tune: TuneSettings {
            depth,
            epochs,
            augment: false,
            ..Default::default()
        },
    }
}

/// Two classes of five photos, nothing trained.
fn project() -> (Engine, Tables) {
    let (mut engine, mut tables) = (super::engine(), Tables::default());
    for (class, disc) in [("Disc", true), ("Stripes", false)] {
        let photos: Vec<_> = (0..5).map(|i| picture(disc, i)).collect();
        add(&mut engine, class, &photos);
    }
    tables.keep(&mut engine);
    (engine, tables)
}

fn head(events: &[Event]) -> Option<HeadView> {
    events.iter().rev().find_map(|event| match event {
        Event::Head(head) => head.clone(),
        _ => None,
    })
}

fn near(a: &[Prediction], b: &[Prediction]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert_eq!(a.class, b.class);
        assert!((a.confidence - b.confidence).abs() < 1e-3, "{a:?}, {b:?}");
    }
}

#[test]
fn a_tuned_backbone_is_saved_with_its_head_and_works_elsewhere() {
    let (mut engine, mut tables) = project();
    let events = tables.answer(&mut engine, tune(Depth::LastStage, 3));
    assert_eq!(events[0], Event::TrainingStarted);
    let reports = events.iter().filter(|e| matches!(e, Event::Epoch(_)));
    assert_eq!(reports.count(), 3);
    let is_ready = |e: &Event| matches!(e, Event::Progress { job: Job::Prepare, done, total } if done == total);
    assert!(events.iter().any(is_ready), "{events:?}");
    // The bar moves with every batch, not only when a slow epoch is over.
    let steps = events.iter().filter_map(|e| match e {
        Event::Progress {
            job: Job::Tune,
            done,
            total,
        } => Some((*done, *total)),
        _ => None,
    });
    let steps: Vec<_> = steps.collect();
    let total = steps.last().map_or(0, |(_, total)| *total);
    assert_eq!(
        steps,
        (1..=total).map(|done| (done, total)).collect::<Vec<_>>()
    );
    assert!(total >= 3, "{total}");
    assert_eq!(
        events.last(),
        Some(&Event::TrainingEnded { stopped: false })
    );
    let view = head(&events).expect("training ends with a head");
    let HeadInfo {
        tuned, validation, ..
    } = &view.info;
    assert_eq!(tuned.as_ref().map(|t| t.depth), Some(Depth::LastStage));
    assert_eq!(validation.as_ref().map(|v| v.accuracy.n), Some(2));
    assert_eq!(view.tested.len(), 2);

    // It is not the backbone as it was that predicts.
    let here = try_photo(&mut engine, picture(true, 9));
    let file = saved(&mut engine);
    let mut plain = head_file::read(&file).expect("it is whole");
    assert!(plain.changed.parameters() > 100_000);
    plain.changed = Default::default();
    let mut frozen = super::engine();
    assert!(matches!(
        opened(&mut frozen, head_file::write(&plain)),
        Event::Head(Some(_))
    ));
    assert_ne!(try_photo(&mut frozen, picture(true, 9)), here);

    let mut elsewhere = super::engine();
    let event = opened(&mut elsewhere, file.clone());
    assert!(
        matches!(event, Event::Head(Some(HeadView { opened: true, .. }))),
        "{event:?}"
    );
    near(&try_photo(&mut elsewhere, picture(true, 9)), &here);
    near(
        &try_photo(&mut elsewhere, picture(false, 9)),
        &try_photo(&mut engine, picture(false, 9)),
    );

    // And after a reload.
    let mut again = super::engine();
    let events = tables.open(&mut again);
    assert_eq!(head(&events), Some(view));
    near(&try_photo(&mut again, picture(true, 9)), &here);
    assert_eq!(saved(&mut again), file);
}

#[test]
fn photos_kept_apart_judge_the_tuned_network() {
    let (mut engine, mut tables) = project();
    let events = tables.answer(&mut engine, tune(Depth::LastBlock, 2));
    let view = head(&events).expect("training ends with a head");
    for tested in &view.tested {
        let i = tested.photo.0;
        let disc = i < 5;
        let said = try_photo(&mut engine, picture(disc, i % 5));
        let share = said[tested.predicted].confidence;
        assert!(
            (share - tested.confidence).abs() < 1e-3,
            "{share}, {tested:?}"
        );
        assert_eq!(tested.actual, usize::from(!disc));
    }
}

#[test]
fn the_same_seed_gives_the_same_tuned_head() {
    let file = || {
        let (mut engine, mut tables) = project();
        tables.answer(&mut engine, tune(Depth::LastBlock, 2));
        saved(&mut engine)
    };
    assert_eq!(file(), file());
}

#[test]
fn training_waits_and_goes_on_and_stops_with_the_best() {
    let (mut engine, mut tables) = project();
    ask(&mut engine, tune(Depth::LastBlock, 200));
    let pause = |engine: &mut Engine, paused| ask(engine, Request::PauseTraining { paused });
    assert_eq!(pause(&mut engine, true), [Event::TrainingPaused(true)]);
    assert!(
        tables.turn(&mut engine).is_none(),
        "it goes on without being told"
    );
    assert_eq!(pause(&mut engine, false), [Event::TrainingPaused(false)]);
    let mut epochs = 0;
    while epochs < 2 {
        let events = tables.turn(&mut engine).expect("it goes on");
        epochs += events
            .iter()
            .filter(|e| matches!(e, Event::Epoch(_)))
            .count();
    }
    pause(&mut engine, true);
    assert!(!engine.busy());
    // Other work is refused meanwhile, with a sentence.
    let refused = ask(&mut engine, tune(Depth::Head, 1));
    assert_eq!(
        refused,
        [Event::Problem(Problem::Lab(LabProblem::Training))]
    );
    let events = tables.answer(&mut engine, Request::StopTraining);
    let view = head(&events).expect("the best so far is kept");
    assert!(view.info.tuned.is_some());
    assert_eq!(view.tested.len(), 2);
    assert_eq!(events.last(), Some(&Event::TrainingEnded { stopped: true }));
    assert!(!engine.busy());

    // Before there is anything to keep.
    ask(&mut engine, tune(Depth::LastBlock, 5));
    let events = tables.answer(&mut engine, Request::StopTraining);
    assert_eq!(events, [Event::TrainingEnded { stopped: true }]);
}

#[test]
fn a_photo_whose_file_is_gone_is_left_out() {
    let (mut engine, mut tables) = project();
    let lost = tables
        .0
        .keys()
        .find(|(table, _)| *table == engine::store::Table::Files);
    let lost = lost.cloned().expect("files are stored");
    tables.0.remove(&lost);
    let events = tables.answer(&mut engine, tune(Depth::Head, 1));
    let problems = events
        .iter()
        .filter(|e| matches!(e, Event::Problem(Problem::Storage(_))));
    assert_eq!(problems.count(), 1, "{events:?}");
    assert!(head(&events).is_some());
}

#[test]
fn another_backbone_waits_until_the_tuned_head_is_judged() {
    let (mut engine, mut tables) = project();
    ask(&mut engine, tune(Depth::LastBlock, 100));
    while !tables
        .turn(&mut engine)
        .expect("it goes on")
        .iter()
        .any(|e| matches!(e, Event::Epoch(_)))
    {}
    let id = "efficientnet-lite0-224".to_owned();
    ask(&mut engine, Request::UseBackbone { id });
    assert_eq!(engine.wanted(), None);
    let events = tables.work(&mut engine);
    assert!(head(&events).is_some_and(|view| view.info.tuned.is_some()));
    assert_eq!(
        engine.wanted().map(|spec| spec.id),
        Some("efficientnet-lite0-224")
    );
}

#[test]
fn layers_that_are_not_the_backbones_are_refused() {
    let (mut engine, mut tables) = project();
    tables.answer(&mut engine, tune(Depth::LastBlock, 1));
    let good = head_file::read(&saved(&mut engine)).expect("it is whole");
    type Change = fn(&mut head_file::HeadFile);
    let cases: [(&str, Change); 4] = [
        ("a strange name", |f| {
            f.changed.layers[0].name = "blocks.99.expand.weight".into()
        }),
        ("no part of a layer", |f| {
            f.changed.layers[0].name = "blocks.15.expand".into()
        }),
        ("another shape", |f| {
            let layer = &mut f.changed.layers[0];
            layer.shape = vec![layer.values.len()];
            if layer.name.ends_with("bias") {
                layer.shape = vec![1, layer.values.len()];
            }
        }),
        ("no word of tuning", |f| f.info.tuned = None),
    ];
    for (what, change) in cases {
        let mut file = good.clone();
        change(&mut file);
        match opened(&mut engine, head_file::write(&file)) {
            Event::Problem(Problem::Head {
                why: HeadProblem::Shape(_),
                ..
            }) => {}
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[test]
fn an_estimate_says_about_how_long_it_takes() {
    let (mut engine, mut tables) = project();
    let request = tune(Depth::LastStage, 10);
    let Request::Tune {
        settings,
        tune: asked,
    } = request.clone()
    else {
        panic!("it is a request to tune");
    };
    let events = ask(
        &mut engine,
        Request::EstimateTuning {
            settings,
            tune: asked.clone(),
        },
    );
    let [
        Event::TuneEstimate {
            tune,
            seconds,
            device,
        },
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!((tune, *device), (&asked, DeviceKind::Cpu));
    let start = super::clock();
    tables.answer(&mut engine, request);
    let took = (super::clock() - start) / 1000.0;
    // Machines that do other work are no clocks.
    assert!(
        *seconds > took / 8.0 && *seconds < took * 8.0,
        "{seconds} s, and it took {took} s"
    );
}
