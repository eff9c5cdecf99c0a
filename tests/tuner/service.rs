//! Tuning elsewhere: as the worker with a GPU does it, here on the CPU, with all that is said going through bytes.

use std::rc::Rc;

use data::transfer::{Depth, TuneSettings};
use learn::tuner::service::{Held, Link, Run, TunerHandle, is_there, rates};
use learn::tuner::{Keeping, Picture, TuneStep, Tuned};
use network::weights::Layers;
use pollster::block_on;

use super::elsewhere::Worker;
use super::{CLASSES, SIZE, layers, made_up_head, pictures, settings};

struct Told {
    steps: Vec<TuneStep>,
    /// Of pictures that were entered before, and of the same as they are.
    entered: Vec<Vec<f32>>,
    predicted: Vec<Vec<f32>>,
    parameters: usize,
    multiply_adds: f64,
    best: Option<Tuned>,
}

/// The same run here or elsewhere, on photos that come one by one.
fn run(settings: &TuneSettings, random: bool, link: Option<&Rc<dyn Link>>) -> Told {
    let (layers, photos) = (layers(), pictures(9, SIZE));
    let from_scratch = random.then(|| Layers::random(&layers, 7, &photos, SIZE));
    let mut tuner = TunerHandle::new(
        Run {
            layers: &layers,
            random: from_scratch.as_ref().map(|layers| (layers, 7, &photos[..])),
            size: SIZE,
            classes: CLASSES,
            head: (!random).then(made_up_head),
            settings,
            keeping: Keeping::whole(settings),
        },
        link,
    );
    let mut steps = Vec::new();
    let mut come = photos.into_iter().enumerate();
    loop {
        if tuner.wants_sample() {
            match come.next() {
                Some((i, picture)) => tuner.add(picture, i % 5 == 4),
                None => tuner.complete(),
            }
            continue;
        }
        if tuner.done() {
            break;
        }
        steps.push(block_on(tuner.step()).expect("it computes"));
    }
    let others: Vec<Picture> = pictures(6, SIZE);
    let held: Held = block_on(tuner.enter(&others)).expect("it computes");
    Told {
        entered: block_on(tuner.predict_entered(&held)).expect("it computes"),
        predicted: block_on(tuner.predict(&others)).expect("it computes"),
        parameters: tuner.trained_parameters(),
        multiply_adds: tuner.multiply_adds(),
        best: block_on(tuner.into_best()).expect("it ends"),
        steps,
    }
}

#[test]
fn a_run_elsewhere_is_the_run_here() {
    for (depth, random) in [(Depth::LastStage, false), (Depth::All, true)] {
        let settings = TuneSettings {
            epochs: 2,
            ..settings(depth)
        };
        let worker = Worker::new(layers());
        let there = run(&settings, random, Some(&worker.link()));
        let here = run(&settings, random, None);
        let batches = |told: &Told| -> Vec<TuneStep> {
            // How many photos go through the frozen part at once is each one's own.
            let prepared = |step: &&TuneStep| !matches!(step, TuneStep::Prepared { .. });
            told.steps.iter().filter(prepared).cloned().collect()
        };
        assert_eq!(batches(&there), batches(&here), "{depth:?}");
        assert_eq!(there.entered, here.entered, "{depth:?}");
        assert_eq!(there.predicted, here.predicted, "{depth:?}");
        assert_eq!(there.parameters, here.parameters, "{depth:?}");
        assert_eq!(there.multiply_adds, here.multiply_adds, "{depth:?}");
        assert!(here.best.is_some(), "nothing came out");
        assert_eq!(there.best, here.best, "{depth:?}");
    }
}

#[test]
fn a_worker_that_is_gone_is_an_error_and_no_hang() {
    let worker = Worker::new(layers());
    let link = worker.link();
    assert!(block_on(is_there(&link, "efficientnet-lite0-224")));
    let settings = settings(Depth::LastStage);
    assert!(block_on(rates(&link, SIZE, &settings)).is_ok());
    worker.end();
    assert!(!block_on(is_there(&link, "efficientnet-lite0-224")));
    assert!(block_on(rates(&link, SIZE, &settings)).is_err());
    let layers = layers();
    let run = Run {
        layers: &layers,
        random: None,
        size: SIZE,
        classes: CLASSES,
        head: None,
        settings: &settings,
        keeping: Keeping::whole(&settings),
    };
    let mut tuner = TunerHandle::new(run, Some(&link));
    tuner.add(pictures(1, SIZE).remove(0), false);
    tuner.complete();
    assert!(block_on(tuner.step()).is_err());
}
