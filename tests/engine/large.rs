//! Projects of many photos and classes, made up without photos: long work is bounded, or refused before it begins.

use std::cell::Cell;

use data::class::{Class, ClassId, PALETTE};
use data::lab::LabSettings;
use data::photo::{PhotoHash, PhotoId};
use data::problem::{LabProblem, Problem, TrainingProblem};
use data::protocol::{Event, Request};
use data::settings::TrainSettings;
use data::transfer::{Depth, TuneSettings};
use engine::Engine;
use engine::store::{ClassList, PhotoRow, Snapshot, floats, photo_key};
use formats::photo;
use image::{Rgb, RgbImage};
use learn::trainer::PORTION;
use network::random::SplitMix64;
use pollster::block_on;

use super::host::ask;
use super::{BACKBONE, backbone, report};

/// Every look at it is a step's time later, so that each step does one portion of work.
fn slow_clock() -> f64 {
    // Of this test alone: others run at the same time.
    thread_local!(static LOOKS: Cell<u64> = const { Cell::new(0) });
    let looks = LOOKS.with(|looks| looks.replace(looks.get() + 1));
    10.0 * looks as f64
}

/// So many photos of each class, each near the place of its class.
fn project(counts: &[usize]) -> Engine {
    let mut engine = Engine::new(backbone(BACKBONE), report(), slow_clock);
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
    let json = |row: &PhotoRow| serde_json::to_vec(row).expect("plain data becomes JSON");
    let mut snapshot = Snapshot::default();
    let list = serde_json::to_vec(&list).expect("plain data becomes JSON");
    snapshot.project.insert("classes".into(), list);
    let classes = counts.iter().enumerate();
    let labels: Vec<u32> = classes
        .flat_map(|(class, n)| vec![class as u32; *n])
        .collect();
    for (class, i) in labels.iter().zip(0..) {
        let row = PhotoRow {
            id: PhotoId(i),
            class: ClassId(*class),
            name: format!("{i}.jpg"),
            hash: PhotoHash(format!(
                "{:064x}",
                u128::from(i + 1) * 0x9e37_79b9_7f4a_7c15
            )),
        };
        snapshot.photos.insert(photo_key(row.id), json(&row));
    }
    engine.open(&snapshot);
    let noise: Vec<f32> = {
        let mut random = SplitMix64(4);
        (0..4 * 1280).map(|_| random.normal()).collect()
    };
    for (class, i) in labels.iter().zip(0..) {
        let own = &noise[i as usize * 101 % (3 * 1280)..][..1280];
        let place = |feature: usize| match feature % counts.len() == *class as usize {
            true => 3.0,
            false => 0.0,
        };
        let values: Vec<f32> = (0..1280).map(|f| place(f) + own[f]).collect();
        engine.recall(PhotoId(i), &floats(&values));
    }
    // What they are compared for is not what these tests are about.
    super::run(&mut engine);
    engine.changes();
    // Which of them are of one moment.
    while engine.busy() {
        let outputs = block_on(engine.step());
        assert!(outputs.is_empty(), "{outputs:?}");
    }
    engine
}

fn refused(engine: &mut Engine, request: Request) -> Problem {
    let events = ask(engine, request);
    assert!(!engine.working(), "it began nevertheless");
    assert!(engine.changes().is_empty(), "something was changed");
    match &events[..] {
        [Event::Problem(problem)] => problem.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_fit_says_so_before_it_begins() {
    let mut engine = project(&[400; 40]);
    let tune = |depth| Request::Tune {
        settings: TrainSettings::default(),
        tune: TuneSettings {
            depth,
            ..TuneSettings::default()
        },
    };
    assert_eq!(
        refused(&mut engine, tune(Depth::All)),
        Problem::Training(TrainingProblem::TuningTooLarge { photos: 12_800 })
    );
    // The same photos with fewer layers.
    let events = ask(&mut engine, tune(Depth::LastStage));
    assert_eq!(events, [Event::TrainingStarted]);
    ask(&mut engine, Request::StopTraining);

    let settings = LabSettings {
        classes: (0..40).map(ClassId).collect(),
        photos: 100,
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
        refused(&mut engine, compare(224)),
        Problem::Lab(LabProblem::TooLarge)
    );
    let events = ask(&mut engine, compare(96));
    assert!(matches!(events[..], [Event::Lab(_)]), "{events:?}");
}

/// Two passes over ten thousand photos of a thousand classes, in steps of one portion.
#[test]
fn a_thousand_classes_train_in_small_steps() {
    const PHOTOS: usize = 10_000;
    const CLASSES: usize = 1_000;
    let mut engine = project(&[PHOTOS / CLASSES; CLASSES]);
    let settings = TrainSettings {
        epochs: 1,
        validation_share: 0.0,
        ..TrainSettings::default()
    };
    ask(&mut engine, Request::Train { settings });
    let (mut steps, mut events) = (0, Vec::new());
    while engine.busy() {
        let outputs = block_on(engine.step());
        events.extend(outputs.into_iter().map(|(event, _)| event));
        steps += 1;
    }
    // At the beginning and at the first lower point, forward and back.
    let work = 2 * 2 * PHOTOS * CLASSES * 1280;
    assert!(steps >= work / (PORTION + PORTION / 20), "{steps} steps");
    let heads = events
        .iter()
        .filter(|event| matches!(event, Event::Head(Some(_))));
    assert_eq!(heads.count(), 1);
    assert_eq!(
        events.last(),
        Some(&Event::TrainingEnded { stopped: false })
    );
}

#[test]
fn training_stops_in_the_middle_of_a_pass() {
    let mut engine = project(&[8; 200]);
    let settings = TrainSettings::default();
    ask(&mut engine, Request::Train { settings });
    let mut epochs = 0;
    while epochs < 2 {
        let outputs = block_on(engine.step());
        let of_epochs = outputs
            .iter()
            .filter(|(event, _)| matches!(event, Event::Epoch(_)));
        epochs += of_epochs.count();
    }
    for _ in 0..5 {
        let outputs = block_on(engine.step());
        assert!(outputs.is_empty(), "a pass takes many steps");
    }
    assert_eq!(ask(&mut engine, Request::StopTraining), []);
    let (mut steps, mut events) = (0, Vec::new());
    while engine.busy() {
        events.extend(block_on(engine.step()));
        steps += 1;
    }
    // It is judged on the photos kept apart, two of each class.
    assert!(steps < 40, "{steps} steps");
    let head = events.iter().find_map(|(event, _)| match event {
        Event::Head(head) => head.clone(),
        _ => None,
    });
    assert_eq!(head.map(|head| head.tested.len()), Some(400));
    let last = events.last().map(|(event, _)| event);
    assert_eq!(last, Some(&Event::TrainingEnded { stopped: true }));
}

/// A thousand classes are not told of with every photo, but the last one always is.
#[test]
fn many_classes_are_told_of_now_and_then() {
    let mut engine = project(&[1; 300]);
    let to = ClassId(0);
    let name = |event: &Event| matches!(event, Event::Classes(_));
    engine.announce(to, 40);
    let mut told = 0;
    for i in 0..40 {
        let picture = RgbImage::from_pixel(64, 64, Rgb([6 * i as u8, 90, 200]));
        let photo = Ok(photo::jpeg(&picture, 90).into());
        let mut outputs = engine.add_photo(to, None, "photo.jpg", photo);
        outputs.extend(super::run(&mut engine));
        let classes = outputs.iter().filter(|(event, _)| name(event));
        told += classes.count();
        if i == 39 {
            assert!(outputs.iter().any(|(event, _)| name(event)));
        }
    }
    assert!((2..20).contains(&told), "{told}");
}
