//! Tuning by another worker: the project stays where it is, and what comes out is the same.

use data::backbone::DeviceKind;
use data::lab::{ArmReport, ArmState, Budget, LabSettings};
use data::problem::Problem;
use data::protocol::{Event, Job, Request};
use data::settings::TrainSettings;
use data::transfer::{Depth, Method, TuneSettings};
use network::weights::Layers;

use super::elsewhere::Worker;
use super::host::{App, options, problems};
use super::lab;
use super::machine::{Machine, Tables};
use super::{picture, with_photos};

const TUNE: fn() -> Request = || Request::Tune {
    settings: TrainSettings::default(),
    tune: tune(),
};

fn tune() -> TuneSettings {
    TuneSettings {
        depth: Depth::LastStage,
        epochs: 2,
        ..Default::default()
    }
}

/// The same project, tuned by a worker or here.
fn app(tables: &Tables, worker: Option<&Worker>) -> App {
    let mut machine = Machine::new(tables.copy());
    machine.tunes = worker.map(Worker::link);
    App::try_open(machine, options()).expect("the committed weights are whole")
}

fn worker() -> Worker {
    let file = include_bytes!("../../public/model/efficientnet-lite0-224.safetensors");
    Worker::new(Layers::read(file).expect("the committed weights are whole"))
}

#[test]
fn a_head_tuned_by_another_worker_is_the_head_tuned_here() {
    let tables = with_photos().tables;
    let worker = worker();
    let heads = [Some(&worker), None].map(|worker| {
        let mut app = app(&tables, worker);
        let events = app.answer(TUNE());
        assert_eq!(problems(&events), []);
        assert!(events.contains(&app.done()), "{events:?}");
        // What it says of a new photo, by a network that was tuned elsewhere.
        (app.saved(), app.try_photo(&picture(true, 9)))
    });
    assert_eq!(heads[0], heads[1]);
}

#[test]
fn a_comparison_by_another_worker_is_the_comparison_here() {
    let tables = with_photos().tables;
    let worker = worker();
    let methods = [
        Method::FineTuning,
        Method::WeightInitialisation,
        Method::FromScratch,
    ];
    let rows = [Some(&worker), None].map(|worker| {
        let mut app = app(&tables, worker);
        let settings = LabSettings {
            samples: 2,
            resolution: 64,
            budget: Budget::Epochs(2),
            ..lab::settings(&methods)
        };
        let events = app.answer(Request::RunLab { settings });
        let last = events.iter().rev().find_map(|event| match event {
            Event::Lab(report) => Some(report.clone()),
            _ => None,
        });
        let arms = last.expect("a report is told").arms;
        // What is measured on a clock is each one's own.
        let timeless = |arm: ArmReport| {
            assert_eq!(arm.state, ArmState::Done);
            let accuracies: Vec<f64> = arm.curve.iter().map(|point| point.accuracy).collect();
            let spent = (arm.trained_parameters, arm.multiply_adds);
            (arm.method, arm.accuracy, accuracies, spent)
        };
        arms.into_iter().map(timeless).collect::<Vec<_>>()
    });
    assert_eq!(rows[0].len(), methods.len());
    assert_eq!(rows[0], rows[1]);
}

#[test]
fn where_no_worker_can_be_had_it_is_tuned_here_and_said_so() {
    let tables = with_photos().tables;
    let device = |app: &mut App| {
        let (settings, tune) = (TrainSettings::default(), tune());
        let events = app.answer(Request::EstimateTuning { settings, tune });
        events.into_iter().find_map(|event| match event {
            Event::TuneEstimate { device, .. } => Some(device),
            _ => None,
        })
    };
    let worker = worker();
    let mut app = app(&tables, Some(&worker));
    assert_eq!(device(&mut app), Some(DeviceKind::Webgpu));
    worker.end();
    assert_eq!(device(&mut app), Some(DeviceKind::Cpu));
    let events = app.answer(TUNE());
    assert_eq!(problems(&events), []);
    assert!(!app.saved().is_empty());
}

#[test]
fn a_worker_that_breaks_while_it_tunes_is_a_lost_gpu() {
    let tables = with_photos().tables;
    let worker = worker();
    let mut app = app(&tables, Some(&worker));
    app.ask(TUNE());
    // The network learns; the head before it is trained here.
    let tunes = |event: &Event| matches!(event, Event::Progress { job: Job::Tune, .. });
    app.work_until(tunes);
    worker.end();
    let events = app.work();
    assert_eq!(problems(&events), [Problem::DeviceLost]);
}
