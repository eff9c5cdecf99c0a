//! A backbone tuned with its head: trained, paused, stopped, saved, opened elsewhere.

use std::cell::Cell;

use data::backbone::DeviceKind;
use data::head::HeadInfo;
use data::prediction::Prediction;
use data::problem::{HeadProblem, LabProblem, Problem, StorageProblem};
use data::protocol::{Event, HeadView, Job, Request};
use data::settings::TrainSettings;
use data::transfer::{Depth, TuneSettings};
use engine::store::Table;
use formats::head_file;

use super::host::{App, head, options, problems};
use super::machine::{Machine, computed};
use super::{picture, with_photos};

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

fn near(a: &[Prediction], b: &[Prediction]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert_eq!(a.class, b.class);
        assert!((a.confidence - b.confidence).abs() < 1e-3, "{a:?}, {b:?}");
    }
}

#[test]
fn a_tuned_backbone_is_saved_with_its_head_and_works_elsewhere() {
    let mut app = with_photos();
    let events = app.answer(tune(Depth::LastStage, 3));
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
    let ended = Event::TrainingEnded { stopped: false };
    assert!(events.ends_with(&[ended, app.done()]), "{events:?}");
    let view = head(&events).expect("training ends with a head");
    let HeadInfo {
        tuned, validation, ..
    } = &view.info;
    assert_eq!(tuned.as_ref().map(|t| t.depth), Some(Depth::LastStage));
    assert_eq!(validation.as_ref().map(|v| v.accuracy.n), Some(2));
    assert_eq!(view.tested.len(), 2);

    // It is not the backbone as it was that predicts.
    let here = app.try_photo(&picture(true, 9));
    let file = app.saved();
    let mut plain = head_file::read(&file).expect("it is whole");
    assert!(plain.tuned_layers.parameters() > 100_000);
    plain.tuned_layers = Default::default();
    let mut frozen = App::new();
    let events = frozen.open_head(&head_file::write(&plain));
    assert!(matches!(events[0], Event::Head(Some(_))), "{events:?}");
    assert_ne!(frozen.try_photo(&picture(true, 9)), here);

    let mut elsewhere = App::new();
    let events = elsewhere.open_head(&file);
    let opened = |e: &Event| matches!(e, Event::Head(Some(HeadView { opened: true, .. })));
    assert!(opened(&events[0]), "{events:?}");
    assert_eq!(events.last(), Some(&elsewhere.done()));
    near(&elsewhere.try_photo(&picture(true, 9)), &here);
    near(
        &elsewhere.try_photo(&picture(false, 9)),
        &app.try_photo(&picture(false, 9)),
    );

    // And after a reload.
    let mut again = App::open(&app.tables);
    assert_eq!(head(&again.begun), Some(view));
    near(&again.try_photo(&picture(true, 9)), &here);
    assert_eq!(again.saved(), file);
}

#[test]
fn photos_kept_apart_judge_the_tuned_network() {
    let mut app = with_photos();
    let events = app.answer(tune(Depth::LastBlock, 2));
    let view = head(&events).expect("training ends with a head");
    for tested in &view.tested {
        let i = tested.sample.0;
        let disc = i < 5;
        let said = app.try_photo(&picture(disc, i % 5));
        let probability = said[tested.predicted].confidence;
        assert!(
            (probability - tested.confidence).abs() < 1e-3,
            "{probability}, {tested:?}"
        );
        assert_eq!(tested.actual, usize::from(!disc));
    }
}

#[test]
fn the_same_seed_gives_the_same_tuned_head() {
    let file = || {
        let mut app = with_photos();
        app.answer(tune(Depth::LastBlock, 2));
        app.saved()
    };
    assert_eq!(file(), file());
}

#[test]
fn training_waits_and_goes_on_and_stops_with_the_best() {
    let mut app = with_photos();
    assert_eq!(
        app.ask(tune(Depth::LastBlock, 200)),
        [Event::TrainingStarted]
    );
    let tuning = app.done();
    let pause = |app: &mut App, paused| {
        let events = app.ask(Request::PauseTraining { paused });
        assert_eq!(events, [Event::TrainingPaused(paused), app.done()]);
    };
    pause(&mut app, true);
    assert_eq!(app.turn(), None, "it goes on without being told");
    pause(&mut app, false);
    let mut epochs = 0;
    while epochs < 2 {
        let events = app.turn().expect("it goes on");
        epochs += events
            .iter()
            .filter(|e| matches!(e, Event::Epoch(_)))
            .count();
    }
    pause(&mut app, true);
    assert_eq!(app.turn(), None);
    // Other work is refused meanwhile, with a sentence.
    let events = app.ask(tune(Depth::Head, 1));
    assert_eq!(events, [app.refused(Problem::Lab(LabProblem::Training))]);
    let events = app.answer(Request::StopTraining);
    assert_eq!(events[0], app.done(), "what is to be judged comes later");
    let view = head(&events).expect("the best so far is kept");
    assert!(view.info.tuned.is_some());
    assert_eq!(view.tested.len(), 2);
    let ended = Event::TrainingEnded { stopped: true };
    assert!(events.ends_with(&[ended.clone(), tuning]), "{events:?}");

    // Before there is anything to keep.
    app.ask(tune(Depth::LastBlock, 5));
    let tuning = app.done();
    let events = app.answer(Request::StopTraining);
    assert_eq!(events, [ended, tuning, app.done()]);
}

#[test]
fn a_photo_whose_file_is_gone_is_left_out() {
    let mut app = with_photos();
    let files = app.tables.of(Table::Files);
    let lost = files.keys().next().expect("files are stored");
    app.tables.remove(Table::Files, lost);
    let events = app.answer(tune(Depth::Head, 1));
    let gone = StorageProblem::FilesGone { samples: 1 };
    let gone = Event::Problem(Problem::Storage(gone));
    assert_eq!(
        events.iter().filter(|e| **e == gone).count(),
        1,
        "{events:?}"
    );
    assert_eq!(problems(&events).len(), 1, "{events:?}");
    assert_eq!(events.last(), Some(&app.done()), "it ends nothing");
    assert!(head(&events).is_some());
}

#[test]
fn another_backbone_waits_until_the_tuned_head_is_judged() {
    let mut app = with_photos();
    app.ask(tune(Depth::LastBlock, 100));
    let tuning = app.done();
    app.work_until(|e| matches!(e, Event::Epoch(_)));
    let id = "efficientnet-lite0-224".to_owned();
    let events = app.ask(Request::UseBackbone { id });
    assert_eq!(events, [], "neither is over");
    let change = app.done();
    let events = app.work();
    let place = |is_it: &dyn Fn(&Event) -> bool| {
        let found = events.iter().position(is_it);
        found.unwrap_or_else(|| panic!("{events:?}"))
    };
    let judged = place(&|e| matches!(e, Event::Head(Some(view)) if view.info.tuned.is_some()));
    let over = place(&|e| *e == tuning);
    let ready = place(
        &|e| matches!(e, Event::Ready { backbone, .. } if backbone == "efficientnet-lite0-224"),
    );
    let changed = place(&|e| *e == change);
    assert!(
        judged < over && over < ready && ready < changed,
        "{events:?}"
    );
    assert_eq!(app.save(), None, "that head is not for this network");
}

#[test]
fn layers_that_are_not_the_backbones_are_refused() {
    let mut app = with_photos();
    app.answer(tune(Depth::LastBlock, 1));
    let good = head_file::read(&app.saved()).expect("it is whole");
    type Change = fn(&mut head_file::HeadFile);
    let cases: [(&str, Change); 4] = [
        ("a strange name", |f| {
            f.tuned_layers.layers[0].name = "blocks.99.expand.weight".into()
        }),
        ("no part of a layer", |f| {
            f.tuned_layers.layers[0].name = "blocks.15.expand".into()
        }),
        ("another shape", |f| {
            let layer = &mut f.tuned_layers.layers[0];
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
        match &app.open_head(&head_file::write(&file))[..] {
            [
                Event::Refused {
                    problem:
                        Problem::Head {
                            why: HeadProblem::Shape(_),
                            ..
                        },
                    ..
                },
            ] => {}
            other => panic!("{what}: {other:?}"),
        }
    }
}

/// Two classes of five, and a clock.
fn with_clock(clock: fn() -> f64) -> App {
    let machine = Machine {
        clock,
        ..Machine::new(with_photos().tables)
    };
    App::try_open(machine, options()).expect("the committed weights are whole")
}

/// Seconds that tuning with these would take.
fn estimated(app: &mut App, request: &Request) -> f64 {
    let Request::Tune { settings, tune } = request.clone() else {
        panic!("it is a request to tune");
    };
    let asked = tune.clone();
    // Photos may have to be compared first.
    let events = app.answer(Request::EstimateTuning { settings, tune });
    let [
        ..,
        Event::TuneEstimate {
            tune,
            seconds,
            device,
        },
        end,
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!(*end, app.done());
    assert_eq!((tune, *device), (&asked, DeviceKind::Cpu));
    *seconds
}

#[test]
fn an_estimate_says_about_how_long_it_takes() {
    let mut app = with_clock(computed);
    let request = tune(Depth::LastStage, 10);
    let seconds = estimated(&mut app, &request);
    let start = computed();
    app.answer(request);
    let took = (computed() - start) / 1000.0;
    // Beside it, a head is trained first, photos are decoded, and the best is judged.
    assert!(
        seconds > took / 3.0 && seconds < took * 1.5,
        "{seconds} s, and it took {took} s"
    );
}

/// Where every step takes a millisecond, whatever the machine: what is told follows from the photos.
#[test]
fn an_estimate_counts_photos_and_epochs() {
    fn steady() -> f64 {
        thread_local!(static LOOKS: Cell<u32> = const { Cell::new(0) });
        f64::from(LOOKS.with(|looks| looks.replace(looks.get() + 1)))
    }
    let mut app = with_clock(steady);
    // Four photos of 96 pixels are timed: all of them are prepared in one step, then learned from in one batch.
    let a_photo = 0.001 / 4.0 * (160.0_f64 / 96.0).powi(2);
    // Of four photos each class has to learn from one decides, and is only looked at: a third of the work.
    let (learned, deciding) = (6.0, 2.0);
    let an_epoch = a_photo * (learned + deciding / 3.0);
    for (depth, prepared) in [(Depth::LastStage, learned * a_photo), (Depth::All, 0.0)] {
        for epochs in [10, 20, 50] {
            let expected = prepared + epochs as f64 * an_epoch;
            let found = estimated(&mut app, &tune(depth, epochs));
            assert!(
                (found / expected - 1.0).abs() < 1e-9,
                "{depth:?}, {epochs} epochs: {found}, not {expected}"
            );
        }
    }
}
