//! Opening a head never destroys one, and what is refused has changed nothing.

use std::fs;

use data::backbone::find_backbone;
use data::class::ClassId;
use data::limits::MOST_CLASSES;
use data::problem::{BackboneProblem, HeadProblem, Problem};
use data::protocol::{Event, HeadView, Request, StartOptions, Undoable};
use data::settings::TrainSettings;
use engine::store::Table;
use formats::head_file;

use super::host::{App, BACKBONE, problems};
use super::machine::Tables;
use super::{picture, train, trained, with_photos};

fn case(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/heads");
    let path = format!("{folder}/{name}.graft.safetensors");
    fs::read(&path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// The network that the cases are for.
const LARGE: &str = "efficientnet-lite0-224";

fn large(tables: &Tables) -> App {
    let backbone = Some(LARGE.into());
    let options = StartOptions {
        backbone,
        ..StartOptions::default()
    };
    App::open_with(tables, options)
}

fn refusal(events: &[Event]) -> Option<&HeadProblem> {
    match events {
        [
            Event::Refused {
                problem: Problem::Head { why, .. },
                ..
            },
        ] => Some(why),
        _ => None,
    }
}

fn undoable(events: &[Event]) -> Option<&Undoable> {
    let told = events.iter().rev();
    let mut told = told.filter_map(|e| match e {
        Event::Undoable(what) => Some(what.as_ref()),
        _ => None,
    });
    told.next().flatten()
}

/// A file like this project's own head, of other classes and answers.
fn strangers(app: &mut App, number: u8) -> Vec<u8> {
    let mut file = head_file::read(&app.saved()).expect("it was saved a moment ago");
    for class in &mut file.info.classes {
        class.name = format!("{} of stranger {number}", class.name);
    }
    file.head.out.bias[0] += f32::from(number);
    head_file::write(&file)
}

#[test]
fn undo_brings_the_head_back_that_a_file_took_the_place_of() {
    let (mut app, _) = trained();
    let own = app.saved();
    let answers = app.try_photo(&picture(true, 9));
    let files = [1, 2].map(|number| strangers(&mut app, number));
    // The second pushes out the first, which somebody has as a file, not what was trained here.
    for file in &files {
        let events = app.open_head(file);
        assert!(matches!(
            events[0],
            Event::Head(Some(HeadView { opened: true, .. }))
        ));
        assert_eq!(undoable(&events), Some(&Undoable::Head));
        assert_ne!(app.try_photo(&picture(true, 9)), answers);
    }
    let events = app.ask(Request::Undo);
    assert!(matches!(
        events[0],
        Event::Head(Some(HeadView {
            opened: false,
            stale: false,
            ..
        }))
    ));
    assert_eq!(events.last(), Some(&app.done()));
    assert_eq!(app.saved(), own);
    assert_eq!(app.try_photo(&picture(true, 9)), answers);
    // Undo itself can be taken back.
    assert_eq!(undoable(&events), Some(&Undoable::Head));
    app.ask(Request::Undo);
    assert_eq!(app.saved(), files[1]);
    app.ask(Request::Undo);
    assert_eq!(app.saved(), own);
}

#[test]
fn a_head_that_an_undo_would_bring_back_survives_a_reload() {
    let (mut app, _) = trained();
    let own = app.saved();
    let file = strangers(&mut app, 1);
    app.open_head(&file);
    for expected in [&own, &file, &own] {
        let mut again = App::open(&app.tables);
        assert_eq!(undoable(&again.begun), Some(&Undoable::Head));
        again.ask(Request::Undo);
        assert_eq!(&again.saved(), expected);
    }
}

#[test]
fn what_happened_since_is_undone_first_and_shows_in_the_head_from_before() {
    let (mut app, _) = trained();
    let file = strangers(&mut app, 1);
    app.open_head(&file);
    let (disc, stripes) = (ClassId(0), ClassId(1));
    let name = "Moon".to_owned();
    app.ask(Request::RenameClass { id: disc, name });
    let events = app.ask(Request::DeleteClass { id: stripes });
    assert!(matches!(undoable(&events), Some(Undoable::Class { .. })));
    let events = app.ask(Request::Undo);
    assert_eq!(undoable(&events), Some(&Undoable::Head));
    let events = app.ask(Request::Undo);
    let Event::Head(Some(head)) = &events[0] else {
        panic!("{events:?}")
    };
    let names: Vec<&str> = head.info.classes.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["Moon", "Stripes"]);
    assert!(head.stale && !head.opened);
}

#[test]
fn training_over_an_opened_head_can_be_undone_and_the_next_one_begins_anew() {
    let (mut app, _) = trained();
    let file = strangers(&mut app, 1);
    let mut fresh = with_photos();
    fresh.open_head(&file);
    let events = train(&mut fresh);
    assert_eq!(undoable(&events), Some(&Undoable::Head));
    fresh.ask(Request::Undo);
    assert_eq!(fresh.saved(), file);
    fresh.ask(Request::Undo);
    // What would be brought back is no longer what was there before this training.
    let events = train(&mut fresh);
    assert!(events.contains(&Event::Undoable(None)), "{events:?}");
    let keys: Vec<String> = fresh.tables.of(Table::Project).into_keys().collect();
    assert!(
        keys.iter().all(|key| !key.starts_with("head-before")),
        "{keys:?}"
    );
}

#[test]
fn a_head_for_another_network_can_be_taken_back_with_its_network() {
    let (mut app, _) = trained();
    let own = app.saved();
    // The network that comes, and what is told until the request ends.
    let switch = |app: &mut App| {
        let end = app.done();
        let events = app.work();
        let ready = events.iter().find_map(|event| match event {
            Event::Ready { backbone, .. } => Some(backbone.clone()),
            _ => None,
        });
        let ends = events.iter().filter(|event| **event == end);
        assert_eq!(ends.count(), 1, "{events:?}");
        assert_eq!(problems(&events), []);
        (ready.expect("a network comes"), events)
    };
    assert_eq!(
        app.open_head(&case("control")),
        [],
        "its network comes first"
    );
    let (network, events) = switch(&mut app);
    assert_eq!(network, LARGE);
    assert_eq!(undoable(&events), Some(&Undoable::Head));
    let control = app.saved();

    // Also by the session that takes over meanwhile.
    let mut next = App::open_with(&app.tables, StartOptions::default());
    assert_eq!(undoable(&next.begun), Some(&Undoable::Head));
    assert_eq!(next.saved(), control);
    assert_eq!(next.ask(Request::Undo), []);
    assert_eq!(switch(&mut next).0, BACKBONE);
    assert_eq!(next.saved(), own);
    assert_eq!(next.ask(Request::Undo), []);
    assert_eq!(switch(&mut next).0, LARGE);
    assert_eq!(next.saved(), control);

    // A network that does not come leaves all as it is.
    let weights = find_backbone(BACKBONE).expect("the registry has it").file;
    let gone = "offline".to_owned();
    next.machine()
        .site
        .insert(weights.into(), Err(gone.clone()));
    let before = next.tables.rows();
    let events = next.answer(Request::Undo);
    let why = next.refused(Problem::Backbone(BackboneProblem::Missing(gone.into())));
    assert!(events.contains(&why), "{events:?}");
    assert_eq!(next.saved(), control);
    assert_eq!(next.turn(), None, "it is not asked for again");
    assert!(next.tables.rows() == before, "something was stored");
}

/// Whatever is refused was refused before anything changed: training goes on, nothing is stored, no network is asked for.
#[test]
fn what_is_refused_changes_nothing() {
    let mut app = large(&Tables::default());
    for (class, disc) in [("Disc", true), ("Stripes", false)] {
        let photos: Vec<_> = (0..3).map(|i| picture(disc, i)).collect();
        app.add(class, &photos);
    }
    train(&mut app);
    let before = app.saved();
    let settings = TrainSettings {
        epochs: 2000,
        hidden: 16,
        ..Default::default()
    };
    app.ask(Request::Train { settings });
    let training = app.done();
    app.turn().expect("it trains");
    let fetched = app.machine().fetched.get_mut().len();
    let rows = app.tables.rows();
    let mut too_many = head_file::read(&case("control")).expect("it is whole");
    let one = too_many.info.classes[0].clone();
    too_many.info.classes = vec![one; MOST_CLASSES + 1];
    let mut layer = head_file::read(&case("control")).expect("it is whole");
    layer.info.backbone = "efficientnet-lite1-240".into();
    layer.info.backbone_hash = data::backbone::BACKBONES[2].hash.into();
    layer.info.input_size = 240;
    layer.info.tuned = Some(Default::default());
    layer.tuned_layers.layers = vec![data::tuned_layers::TunedLayer {
        name: "blocks.99.project.weight".into(),
        shape: vec![1],
        values: vec![1.0],
    }];
    type Expected = fn(&HeadProblem) -> bool;
    let cases: [(Vec<u8>, Expected); 6] = [
        (case("other-network-wrong-hash"), |w| {
            matches!(w, HeadProblem::OtherWeights(_))
        }),
        (case("logits-overflow"), |w| *w == HeadProblem::Unbounded),
        (case("scale-overflows"), |w| *w == HeadProblem::Unbounded),
        (head_file::write(&too_many), |w| {
            matches!(w, HeadProblem::TooManyClasses { .. })
        }),
        (head_file::write(&layer), |w| {
            matches!(w, HeadProblem::Shape(_))
        }),
        (b"not a head".to_vec(), |w| *w == HeadProblem::NotAHead),
    ];
    for (i, (file, expected)) in cases.into_iter().enumerate() {
        let events = app.open_head(&file);
        assert!(
            refusal(&events).is_some_and(expected),
            "case {i}: {events:?}"
        );
        let events = app.turn();
        let events = events.unwrap_or_else(|| panic!("case {i} ended training"));
        let others = events
            .iter()
            .filter(|e| !matches!(e, Event::Epoch(_) | Event::Progress { .. }));
        assert_eq!(others.count(), 0, "case {i}: {events:?}");
        assert!(app.tables.rows() == rows, "case {i} stored something");
        assert_eq!(app.saved(), before, "case {i}");
    }
    let mut events = app.answer(Request::StopTraining);
    assert_eq!(events.pop(), Some(training));
    assert_eq!(app.turn(), None);
    // A network that was asked for would have come by now.
    assert_eq!(app.machine().fetched.get_mut().len(), fetched);
}

#[test]
fn every_case_opens_or_is_refused_and_gives_numbers() {
    let mut app = large(&Tables::default());
    for (name, opens) in [
        ("control", true),
        ("classes-350-measured", true),
        ("name-of-200000-letters", true),
        ("odd-names", true),
        ("logits-overflow", false),
        ("scale-overflows", false),
        ("other-network-wrong-hash", false),
    ] {
        let events = app.open_head(&case(name));
        match (&events[..], opens) {
            ([Event::Head(Some(head)), Event::Undoable(_), end], true) => {
                assert_eq!(*end, app.done());
                let said = app.try_photo(&picture(true, 1));
                assert_eq!(said.len(), head.info.classes.len(), "{name}");
                assert!(said.iter().all(|p| p.confidence.is_finite()), "{name}");
                // As it is stored, it opens again.
                let again = large(&app.tables);
                assert!(again.begun.contains(&events[0]), "{name}");
                assert_eq!(problems(&again.begun), [], "{name}");
            }
            (events, false) => assert!(refusal(events).is_some(), "{name}: {events:?}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

/// An earlier Graft stored what this one refuses.
#[test]
fn a_stored_head_beyond_the_limits_is_said_and_kept_as_it_is() {
    let (mut app, _) = trained();
    let file = format!("head-file/{BACKBONE}");
    let mut huge = head_file::read(&app.saved()).expect("it is whole");
    huge.head.out.weight.fill(3e38);
    let huge = head_file::write(&huge);
    app.tables.put(Table::Project, &file, huge.clone());
    let (stored, writes) = (app.tables.rows(), app.tables.writes());

    let mut again = App::open(&app.tables);
    assert_eq!(problems(&again.begun).len(), 1, "{:?}", again.begun);
    assert!(again.begun.contains(&Event::Head(None)));
    assert_eq!(again.work(), [], "no photo is embedded again");
    assert_eq!(again.tables.writes(), writes);
    assert!(
        again.tables.rows() == stored,
        "something was stored or deleted"
    );

    train(&mut again);
    let now = again.tables.of(Table::Project);
    assert_eq!(now[&file], huge, "it was written over");
    assert!(now.contains_key(&format!("{file}~1")), "{:?}", now.keys());
}
