//! Who may change the project, and how it goes over to another tab.

use data::problem::{Problem, StorageProblem};
use data::protocol::{Access, Event, Request, Target};
use data::settings::TrainSettings;
use data::transfer::{Depth, TuneSettings};
use engine::session::Incoming;

use super::super::host::{App, file, head, options, problems};
use super::super::{picture, trained, with_photos};
use super::storing::watched;
use super::{all_ended_once, made};

fn read_only() -> Problem {
    Problem::Storage(StorageProblem::ReadOnly)
}

fn taken_over(waiting: usize) -> Problem {
    Problem::Storage(StorageProblem::TakenOver { waiting })
}

#[test]
fn a_tab_that_only_shows_the_project_refuses_every_change_file_by_file() {
    let (mut app, _) = trained();
    let own = app.saved();
    let said = app.try_photo(&picture(true, 9));
    let tables = app.tables.clone();
    let (rows, writes) = (tables.rows(), tables.writes());
    tables.faults.elsewhere.set(true);
    let mut reader = App::open(&tables);
    assert!(reader.begun.contains(&Event::Access(Access::Reader)));
    assert!(reader.classes().iter().all(|c| c.count == 5));
    let mut events = Vec::new();
    let mut refused = 0;
    for request in made::requests(0.5) {
        if !request.needs_writer() {
            continue;
        }
        let (request, files) = match request {
            Request::AddSamples { to, .. } => {
                let names: Vec<String> = (0..3).map(|i| format!("A/{i}.jpg")).collect();
                (
                    Request::AddSamples {
                        to,
                        names,
                        first: 0,
                    },
                    3,
                )
            }
            Request::AddSampleSet { first, .. } => {
                let id = "fruit-birds".into();
                (Request::AddSampleSet { id, first }, 1)
            }
            Request::OpenHead { name } => (Request::OpenHead { name }, 1),
            other => (other, 0),
        };
        let what = format!("{request:?}");
        let payloads = (0..files).map(|_| file(&picture(true, 8))).collect();
        let first = reader.send(request, payloads);
        let told = reader.told();
        let ends = (first..reader.asked()).map(|id| {
            let problem = read_only();
            Event::Refused { id, problem }
        });
        assert_eq!(told, ends.collect::<Vec<_>>(), "{what}");
        refused += 1;
        events.extend(told);
    }
    // Storage would drop it without a word.
    let limit = Request::KeepKnown { kept: 0.5 };
    assert!(limit.needs_writer(), "a head's limit is stored with it");
    assert!(refused >= 15, "{refused}");
    all_ended_once(&reader, &events);
    assert_eq!(reader.work(), []);
    // It shows all there is.
    assert_eq!(reader.try_photo(&picture(true, 9)), said);
    assert_eq!(reader.saved(), own);
    assert!(tables.rows() == rows && tables.writes() == writes);
}

/// Photos of two classes: some in the project, some read, some waiting.
fn half_way() -> (App, Vec<Event>) {
    let mut app = watched(&Default::default(), options());
    let photos: Vec<_> = (0..7)
        .map(|i| (format!("Disc/{i}.jpg"), picture(true, i)))
        .collect();
    app.send_files(Target::Folders, &photos);
    let mut events = app.told();
    events.extend(app.work_until(|event| matches!(event, Event::SamplesAdded(_))));
    events.extend(app.turn().expect("a photo is read"));
    (app, events)
}

#[test]
fn the_project_goes_over_with_all_that_is_read() {
    let (mut app, mut events) = half_way();
    events.extend(app.take(Incoming::Wanted));
    assert!(app.tables.faults.elsewhere.get(), "the lock is let go of");
    assert!(events.contains(&Event::Access(Access::Reader)));
    assert_eq!(problems(&events), [taken_over(2)]);
    assert_eq!(app.work(), []);
    all_ended_once(&app, &events);
    let shown: Vec<_> = app.classes().iter().map(|c| (c.count, c.pending)).collect();
    assert_eq!(shown, [(5, 0)]);
    let add = Request::AddClass { name: "C".into() };
    assert_eq!(app.ask(add), [app.refused(read_only())]);
    // The other tab has all of it.
    app.tables.faults.elsewhere.set(false);
    let other = App::open(&app.tables);
    assert_eq!(other.classes(), app.classes());
    // Who only shows the project has nothing to give.
    assert_eq!(app.take(Incoming::Wanted), []);
}

#[test]
fn a_project_that_is_not_stored_stays_here() {
    let (mut app, mut events) = half_way();
    app.machine().at_telling = None;
    app.tables.faults.full.set(true);
    let add = Request::AddClass { name: "C".into() };
    events.extend(app.ask(add));
    let full = Problem::Storage(StorageProblem::Full);
    assert_eq!(problems(&events), [full]);
    events.extend(app.take(Incoming::Wanted));
    assert_eq!(app.machine().kept.get(), 1, "the other tab is told");
    assert!(!app.tables.faults.elsewhere.get());
    assert!(!events.contains(&Event::Access(Access::Reader)));
    // It goes on, and is given up when there is room.
    events.extend(app.work());
    assert_eq!(app.classes()[0].count, 7);
    app.tables.faults.full.set(false);
    let told = app.take(Incoming::Wanted);
    assert!(told.contains(&Event::Access(Access::Reader)), "{told:?}");
    all_ended_once(&app, &events);
    app.tables.faults.elsewhere.set(false);
    let other = App::open(&app.tables);
    assert_eq!(other.classes(), app.classes());
}

/// What was trained until then is not lost, and the page is told of no head that is not stored.
#[test]
fn what_learns_comes_to_an_end_that_is_stored() {
    let settings = || TrainSettings {
        epochs: 2000,
        hidden: 16,
        ..TrainSettings::default()
    };
    let tune = TuneSettings {
        depth: Depth::LastBlock,
        epochs: 100,
        ..Default::default()
    };
    let requests = [
        Request::Train {
            settings: settings(),
        },
        Request::Tune {
            settings: settings(),
            tune,
        },
    ];
    for request in requests {
        let tables = with_photos().tables;
        let mut app = watched(&tables, options());
        let mut events = app.ask(request);
        events.extend(app.work_until(|event| matches!(event, Event::Epoch(_))));
        events.extend(app.take(Incoming::Wanted));
        events.extend(app.work());
        all_ended_once(&app, &events);
        let ended = Event::TrainingEnded { stopped: true };
        assert!(events.contains(&ended), "{events:?}");
        let best = head(&events).expect("the best until then");
        assert_eq!(best.tested.len(), 2);
        tables.faults.elsewhere.set(false);
        assert_eq!(head(&App::open(&tables).begun), Some(best));
    }
}

/// Another tab took the project without asking: this one must not write over what is there.
#[test]
fn a_project_that_was_taken_is_only_shown() {
    let (mut app, mut events) = half_way();
    // What it reads from now on is nobody's.
    app.machine().at_telling = None;
    app.tables.faults.elsewhere.set(true);
    let writes = app.tables.writes();
    events.extend(app.take(Incoming::Taken));
    assert!(problems(&events).contains(&taken_over(2)), "{events:?}");
    events.extend(app.work());
    all_ended_once(&app, &events);
    assert_eq!(app.tables.writes(), writes);
}

#[test]
fn a_newer_graft_gets_the_database_with_all_that_is_read() {
    let (mut app, mut events) = half_way();
    events.extend(app.take(Incoming::NewerGraft));
    assert!(events.contains(&Event::Access(Access::Closed)));
    let newer = Problem::Storage(StorageProblem::Newer);
    assert_eq!(problems(&events), [newer]);
    all_ended_once(&app, &events);
    app.tables.faults.elsewhere.set(false);
    let other = App::open(&app.tables);
    assert_eq!(other.classes()[0].count, 5);
}

#[test]
fn a_database_that_is_gone_is_said() {
    let mut app = with_photos();
    assert_eq!(app.take(Incoming::DatabaseClosed), []);
    app.tables.faults.unreadable.set(true);
    let cleared = Problem::Storage(StorageProblem::Cleared);
    let events = app.take(Incoming::DatabaseClosed);
    assert_eq!(events, [Event::Problem(cleared)]);
}
