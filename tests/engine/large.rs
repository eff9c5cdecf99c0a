//! Projects of many photos and classes, made up without photos: long work is bounded, or refused before it begins.

use std::cell::Cell;

use data::backbone::default_backbone;
use data::class::{Class, ClassCount, ClassId, PALETTE};
use data::features::Features;
use data::lab::LabSettings;
use data::problem::{LabProblem, Problem, TrainingProblem};
use data::protocol::{Event, Request, Target, encode};
use data::sample::{SampleHash, SampleId};
use data::settings::TrainSettings;
use data::transfer::{Depth, TuneSettings};
use engine::session::Incoming;
use engine::store::{ClassList, SampleRow, Table, embedding_key, features, sample_key};
use engine::{NetworkInput, PreparedSample};
use learn::trainer::PORTION;
use network::random::SplitMix64;

use super::by_gradients;
use super::host::{App, BACKBONE, head, options};
use super::machine::{Machine, Tables};

/// Every look at it is a step's time later, so that each step does one portion of work.
fn slow_clock() -> f64 {
    // Of this test alone: others run at the same time.
    thread_local!(static LOOKS: Cell<u64> = const { Cell::new(0) });
    let looks = LOOKS.with(|looks| looks.replace(looks.get() + 1));
    10.0 * looks as f64
}

fn json(row: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(row).expect("plain data becomes JSON")
}

/// So many photos of each class, each near the place of its class.
fn project(counts: &[usize]) -> App {
    project_of(counts, |value| value)
}

/// The same of other embeddings.
pub fn project_of(counts: &[usize], value: fn(f32) -> f32) -> App {
    let tables = Tables::default();
    let class = |i: usize| Class {
        id: ClassId(i as u32),
        name: format!("class {i}"),
        colour: PALETTE[i % PALETTE.len()],
    };
    let list = ClassList {
        classes: (0..counts.len()).map(class).collect(),
        next: ClassId(counts.len() as u32),
        backbone: BACKBONE.into(),
    };
    tables.put(Table::Project, "classes", json(&list));
    let noise: Vec<f32> = {
        let mut random = SplitMix64(4);
        (0..4 * 1280).map(|_| random.normal()).collect()
    };
    let classes = counts.iter().enumerate();
    let labels = classes.flat_map(|(class, n)| vec![class as u32; *n]);
    for (class, i) in labels.zip(0..) {
        let row = SampleRow {
            provenance: Default::default(),
            id: SampleId(i),
            class: ClassId(class),
            name: format!("{i}.jpg"),
            hash: SampleHash(format!(
                "{:064x}",
                u128::from(i + 1) * 0x9e37_79b9_7f4a_7c15
            )),
        };
        let own = &noise[i as usize * 101 % (3 * 1280)..][..1280];
        let place = |feature: usize| match feature % counts.len() == class as usize {
            true => 3.0,
            false => 0.0,
        };
        let values: Vec<f32> = (0..1280).map(|f| value(place(f) + own[f])).collect();
        let key = embedding_key(BACKBONE, &row.hash);
        let layers = vec![0.5; default_backbone().layers];
        let seen = Features {
            embedding: values,
            layers,
        };
        tables.put(Table::Embeddings, &key, features(&seen));
        tables.put(Table::Samples, &sample_key(row.id), json(&row));
    }
    let clock = slow_clock;
    let machine = Machine {
        clock,
        ..Machine::new(tables)
    };
    let mut app = App::try_open(machine, options()).expect("the committed weights are whole");
    // Which of them are of one moment.
    assert_eq!(app.work(), []);
    assert_eq!(app.tables.writes(), 0);
    app
}

fn refused(app: &mut App, request: Request) -> Problem {
    let writes = app.tables.writes();
    let events = app.ask(request);
    assert_eq!(app.turn(), None, "it began nevertheless");
    assert_eq!(app.tables.writes(), writes, "something was changed");
    match &events[..] {
        [Event::Refused { id, problem }] if *id == app.last => problem.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_fit_says_so_before_it_begins() {
    let mut app = project(&[400; 40]);
    let tune = |depth| Request::Tune {
        settings: TrainSettings::default(),
        tune: TuneSettings {
            depth,
            ..TuneSettings::default()
        },
    };
    assert_eq!(
        refused(&mut app, tune(Depth::All)),
        Problem::Training(TrainingProblem::TuningTooLarge { samples: 12_800 })
    );
    // The same photos with fewer layers.
    let events = app.ask(tune(Depth::LastStage));
    assert_eq!(events, [Event::TrainingStarted]);
    let tuning = app.done();
    let events = app.ask(Request::StopTraining);
    let ended = Event::TrainingEnded { stopped: true };
    assert_eq!(events, [ended, tuning, app.done()]);

    let settings = LabSettings {
        classes: (0..40).map(ClassId).collect(),
        samples: 100,
        resolution: 224,
        ..LabSettings::default()
    };
    let compare = |resolution| {
        let settings = LabSettings {
            resolution,
            ..settings.clone()
        };
        Request::RunLab { settings }
    };
    assert_eq!(
        refused(&mut app, compare(224)),
        Problem::Lab(LabProblem::TooLarge)
    );
    let events = app.ask(compare(96));
    assert!(matches!(events[..], [Event::Lab(_)]), "{events:?}");
}

/// Two passes over ten thousand photos of a thousand classes, in steps of one portion.
#[test]
fn a_thousand_classes_train_in_small_steps() {
    const PHOTOS: usize = 10_000;
    const CLASSES: usize = 1_000;
    let mut app = project(&[PHOTOS / CLASSES; CLASSES]);
    let settings = TrainSettings {
        epochs: 1,
        validation_fraction: 0.0,
        ..TrainSettings::default()
    };
    app.ask(Request::Train { settings });
    let (mut steps, mut events) = (0, Vec::new());
    while let Some(told) = app.turn() {
        events.extend(told);
        steps += 1;
    }
    // At the beginning and at the first lower point, forward and back.
    let work = 2 * 2 * PHOTOS * CLASSES * 1280;
    assert!(steps >= work / (PORTION + PORTION / 20), "{steps} steps");
    let heads = events
        .iter()
        .filter(|event| matches!(event, Event::Head(Some(_))));
    assert_eq!(heads.count(), 1);
    let ended = Event::TrainingEnded { stopped: false };
    assert!(events.ends_with(&[ended, app.done()]), "{events:?}");
}

#[test]
fn training_stops_in_the_middle_of_a_pass() {
    let mut app = project(&[8; 200]);
    let settings = by_gradients();
    app.ask(Request::Train { settings });
    let training = app.done();
    let mut epochs = 0;
    while epochs < 2 {
        let told = app.turn().expect("it goes on");
        let of_epochs = told.iter().filter(|event| matches!(event, Event::Epoch(_)));
        epochs += of_epochs.count();
    }
    for _ in 0..5 {
        assert_eq!(app.turn(), Some(Vec::new()), "a pass takes many steps");
    }
    assert_eq!(app.ask(Request::StopTraining), [app.done()]);
    let (mut steps, mut events) = (0, Vec::new());
    while let Some(told) = app.turn() {
        events.extend(told);
        steps += 1;
    }
    // It is judged on the photos kept apart, two of each class.
    assert!(steps < 40, "{steps} steps");
    assert_eq!(head(&events).map(|head| head.tested.len()), Some(400));
    let ended = Event::TrainingEnded { stopped: true };
    assert!(events.ends_with(&[ended, training]), "{events:?}");
}

/// A thousand classes are not counted with every photo, but the last one always is.
#[test]
fn many_classes_are_counted_now_and_then() {
    let mut app = project(&[1; 300]);
    // Each photo comes alone, from a worker that has embedded it.
    app.machine().pool.room = 1;
    let photos: Vec<_> = (0..40).map(|i| (format!("{i}.jpg"), vec![i])).collect();
    app.send_files(Target::Class(ClassId(0)), &photos);
    app.told();
    let mut told = 0;
    for i in 0..40 {
        app.work();
        let job = app.machine().pool.given.pop().expect("one at a time").job;
        let sample = PreparedSample {
            taken: None,
            hash: SampleHash(format!("{i:064x}")),
            kept: vec![i],
            thumbnail: vec![i],
            input: NetworkInput::Features(Features {
                embedding: vec![f32::from(i); 1280],
                layers: vec![f32::from(i); default_backbone().layers],
            }),
            milliseconds: None,
        };
        app.take(Incoming::Prepared {
            job,
            sample: Ok(sample),
        });
        let events = app.turn().expect("a photo came");
        assert!(events.iter().any(|e| matches!(e, Event::SamplesAdded(_))));
        let classes = events.iter().filter(|e| matches!(e, Event::Counts(_)));
        let classes = classes.count();
        told += classes;
        assert!(i < 39 || classes > 0);
    }
    assert!((2..20).contains(&told), "{told}");
}

/// What the page has to read after a change does not grow with the number of classes.
#[test]
fn of_a_thousand_classes_those_are_told_of_that_changed() {
    let mut app = project(&[2; 1000]);
    let one = |count| {
        let (id, pending) = (ClassId(7), 0);
        Event::Counts(vec![ClassCount { id, count, pending }])
    };
    let ids = vec![SampleId(14)];
    for (request, counts) in [
        (Request::DeleteSamples { ids }, one(1)),
        (Request::Undo, one(2)),
    ] {
        let told = app.answer(request);
        assert!(told.contains(&counts), "{told:?}");
        let length: usize = told.iter().map(|event| encode(event).len()).sum();
        assert!(length < 50, "{length} bytes");
    }
    // A name or colour, or another class: all of them.
    let (id, name) = (ClassId(7), "new".into());
    let told = app.answer(Request::RenameClass { id, name });
    let all = |event: &Event| matches!(event, Event::Classes(views) if views.len() == 1000);
    assert!(told.iter().any(all), "{told:?}");
}
