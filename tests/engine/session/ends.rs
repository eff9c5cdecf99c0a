//! Every request ends, and ends once.

use data::backbone::find_backbone;
use data::class::ClassId;
use data::lab::{ArmState, Budget, LabSettings};
use data::photo::PhotoProblem;
use data::problem::{LabProblem, Problem, SampleProblem};
use data::protocol::{Event, Request, Target};
use data::sample::SampleId;
use data::settings::TrainSettings;
use data::transfer::{Depth, Method, TuneSettings};

use super::super::host::{App, BACKBONE, file, problems};
use super::super::lab::{reports, settings};
use super::super::{picture, trained, with_photos};
use super::{all_ended_once, made};

const LARGE: &str = "efficientnet-lite0-224";

fn tune(depth: Depth) -> Request {
    let tune = TuneSettings {
        depth,
        ..Default::default()
    };
    let settings = TrainSettings::default();
    Request::Tune { settings, tune }
}

fn use_backbone(id: &str) -> Request {
    Request::UseBackbone { id: id.into() }
}

/// What has ended so far, of which the page is told.
struct Told(Vec<Event>);

impl Told {
    fn ask(&mut self, app: &mut App, request: Request) {
        self.0.extend(app.ask(request));
    }

    fn turns(&mut self, app: &mut App, count: usize) {
        for _ in 0..count {
            self.0.extend(app.turn().into_iter().flatten());
        }
    }

    /// What takes long is stopped, so that all comes to an end.
    fn stop_and_work(&mut self, app: &mut App) {
        self.ask(app, Request::StopTraining);
        self.ask(app, Request::StopLab { method: None });
        self.0.extend(app.work());
    }
}

/// With names, numbers and settings as odd as they come.
#[test]
fn each_request_of_the_protocol_ends_once() {
    let (mut app, _) = trained();
    let stored = app.tables.copy();
    for request in made::requests(0.5) {
        app = App::open(&stored.copy());
        let mut told = Told(Vec::new());
        let has_file = request.hands_files() || matches!(request, Request::OpenHead { .. });
        let payloads = match &request {
            Request::AddSampleSet { .. } => Vec::new(),
            _ if has_file => vec![file(&picture(true, 7))],
            _ => Vec::new(),
        };
        let what = format!("{request:?}");
        app.send(request, payloads);
        told.0.extend(app.told());
        told.turns(&mut app, 8);
        told.stop_and_work(&mut app);
        println!("{what}");
        all_ended_once(&app, &told.0);
    }
}

#[test]
fn long_work_ends_once_however_it_is_interrupted() {
    let mut app = with_photos();
    // What came before it has ended.
    let mut told = Told((0..app.asked()).map(|id| Event::Done { id }).collect());
    let train = Request::Train {
        settings: TrainSettings {
            epochs: 2000,
            hidden: 16,
            ..TrainSettings::default()
        },
    };
    let lab = |methods: &[Method]| Request::RunLab {
        settings: LabSettings {
            samples: 3,
            budget: Budget::Epochs(50),
            ..settings(methods)
        },
    };
    let curve = || Request::MeasureCurve {
        classes: vec![ClassId(0), ClassId(1)],
        seed: 1,
    };
    for request in [
        train.clone(),
        tune(Depth::LastBlock),
        lab(&Method::ALL),
        curve(),
    ] {
        for turns in [0, 1, 12] {
            // Two at once: one is refused, and ends nothing.
            told.ask(&mut app, request.clone());
            let under_way = app.done();
            told.turns(&mut app, turns);
            told.ask(&mut app, train.clone());
            assert!(matches!(told.0.last(), Some(Event::Refused { .. })));
            assert!(!told.0.contains(&under_way), "{request:?}");
            told.ask(&mut app, Request::PauseTraining { paused: true });
            told.turns(&mut app, 2);
            told.stop_and_work(&mut app);
            assert!(told.0.contains(&under_way), "{request:?}");
        }
        // Another network ends it.
        for id in [LARGE, BACKBONE] {
            told.ask(&mut app, request.clone());
            told.turns(&mut app, 3);
            told.ask(&mut app, use_backbone(id));
            told.0.extend(app.work());
        }
    }
    all_ended_once(&app, &told.0);
}

#[test]
fn networks_that_are_asked_for_one_after_the_other_end_once_each() {
    let (mut app, _) = trained();
    let mut told = Told((0..app.asked()).map(|id| Event::Done { id }).collect());
    let good = app.saved();
    told.0.push(app.done());
    let open = |app: &mut App, told: &mut Told, bytes: &[u8]| told.0.extend(app.open_head(bytes));
    // The last one counts.
    for id in [LARGE, BACKBONE, LARGE, "nobody's"] {
        told.ask(&mut app, use_backbone(id));
    }
    told.0.extend(app.work());
    told.ask(&mut app, use_backbone(LARGE));
    told.0.extend(app.work());
    // A head file brings its network, unless another one is asked for meanwhile.
    open(&mut app, &mut told, &good);
    told.ask(&mut app, use_backbone("efficientnet-lite1-240"));
    told.0.extend(app.work());
    open(&mut app, &mut told, &good[..good.len() / 2]);
    open(&mut app, &mut told, &good);
    told.0.extend(app.work());
    assert_eq!(app.saved(), good);
    told.0.push(app.done());
    for _ in 0..3 {
        told.ask(&mut app, Request::Undo);
        told.ask(&mut app, tune(Depth::Head));
        told.0.extend(app.work());
        told.stop_and_work(&mut app);
    }
    // A network that cannot be had.
    let weights = find_backbone("efficientnet-lite1-240").expect("the registry has it");
    let gone = Err("offline".into());
    app.machine().site.insert(weights.file.into(), gone);
    told.ask(&mut app, use_backbone(weights.id));
    told.0.extend(app.work());
    assert!(matches!(
        problems(&told.0).last(),
        Some(Problem::Backbone(_))
    ));
    all_ended_once(&app, &told.0);
}

#[test]
fn photos_that_are_not_read_any_more_end_once() {
    let mut app = App::new();
    let mut told = Told(Vec::new());
    let photos = |class: &str, from: u32| -> Vec<(String, Vec<u8>)> {
        let photo = |i| (format!("{class}/{i}.jpg"), picture(class == "Disc", i));
        (from..from + 6).map(photo).collect()
    };
    app.send_files(Target::Folders, &photos("Disc", 0));
    app.send_files(Target::Folders, &photos("Stripes", 0));
    told.0.extend(app.told());
    told.turns(&mut app, 2);
    // Some are read and not embedded yet, others wait.
    let id = app.class("Disc").expect("its photos wait");
    told.ask(&mut app, Request::DeleteClass { id });
    told.turns(&mut app, 1);
    assert_eq!(app.names(), ["Stripes"]);
    told.ask(&mut app, Request::StopReading { tried: false });
    let names: Vec<String> = (0..3).map(|i| format!("{i}.jpg")).collect();
    let tried = names.iter().map(|_| file(&picture(true, 1))).collect();
    app.send(Request::TrySamples { names, first: 0 }, tried);
    told.0.extend(app.told());
    told.turns(&mut app, 1);
    told.ask(&mut app, Request::StopReading { tried: true });
    told.0.extend(app.work());
    let tried = told.0.iter().filter(|e| matches!(e, Event::Tried { .. }));
    assert_eq!(tried.count(), 1);
    // All that it counts is what is there.
    let shown = app.classes().iter().map(|c| (c.count, c.pending));
    assert!(shown.clone().all(|(_, pending)| pending == 0));
    let again = App::open(&app.tables);
    let counts = again.classes().iter().map(|c| (c.count, c.pending));
    assert!(shown.eq(counts));
    all_ended_once(&app, &told.0);
}

/// One that is refused ends itself, and nothing that is under way.
#[test]
fn a_problem_of_one_request_does_not_end_a_comparison() {
    let mut app = with_photos();
    let methods = [Method::FeatureExtraction, Method::RandomFeatures];
    let settings = LabSettings {
        samples: 3,
        ..settings(&methods)
    };
    app.ask(Request::RunLab { settings });
    let comparison = app.done();
    let running = |app: &mut App| {
        let events = app.work_until(|event| matches!(event, Event::Lab(_)));
        assert!(!events.contains(&comparison), "{events:?}");
    };
    running(&mut app);
    let unknown = SampleId(99);
    let no_photo = Problem::Lab(LabProblem::NoSample);
    let events = app.ask(Request::ShowMaps { sample: unknown });
    assert_eq!(events, [app.refused(no_photo.clone())]);
    let events = app.ask(Request::AskOldHead { sample: unknown });
    assert_eq!(events, [], "its head has to be fetched");
    let asked = app.refused(no_photo);
    app.send_files(Target::Class(ClassId(0)), &[("x.jpg".into(), vec![1, 2])]);
    app.told();
    let why = SampleProblem::Photo(PhotoProblem::NotAnImage);
    let file = "x.jpg".to_owned();
    let photo = app.refused(Problem::Sample { file, why });
    let tried = app.try_file(b"nothing");
    assert!(matches!(tried[..], [Event::Refused { .. }]), "{tried:?}");
    let events = app.work();
    let place = |of: &Event| {
        let mut places = events.iter().enumerate().filter(|(_, event)| *event == of);
        let (place, _) = places.next().unwrap_or_else(|| panic!("no {of:?}"));
        assert_eq!(places.next(), None, "{of:?} ends twice");
        place
    };
    let end = place(&comparison);
    assert!(place(&asked) < end && place(&photo) < end, "{events:?}");
    let last = reports(&events[..end]).last().expect("it goes on");
    assert!(last.arms.iter().all(|arm| arm.state == ArmState::Done));
}
