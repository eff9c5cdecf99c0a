//! Opening a head never destroys one, and what is refused has changed nothing.

use std::collections::BTreeMap;
use std::fs;

use data::class::ClassId;
use data::limits::MOST_CLASSES;
use data::problem::{HeadProblem, Problem};
use data::protocol::{Event, HeadView, Request, Undoable};
use data::settings::TrainSettings;
use engine::Engine;
use engine::store::{Table, Write};
use formats::head_file;
use pollster::block_on;

use super::host::{Tables, ask};
use super::{
    BACKBONE, add, backbone, clock, opened, picture, report, run, saved, train, trained, try_photo,
    with_photos,
};

fn case(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/heads");
    let path = format!("{folder}/{name}.graft.safetensors");
    fs::read(&path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// The network that the cases are for.
fn large() -> Engine {
    Engine::new(backbone("efficientnet-lite0-224"), report(), clock)
}

fn open(engine: &mut Engine, file: Vec<u8>) -> Vec<Event> {
    let name = "somebody's".into();
    let outputs = block_on(engine.handle(Request::OpenHead { name }, vec![file]));
    outputs.into_iter().map(|(event, _)| event).collect()
}

fn refusal(events: &[Event]) -> Option<&HeadProblem> {
    match events {
        [Event::Problem(Problem::Head { why, .. })] => Some(why),
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

/// A file like this engine's own head, of other classes and answers.
fn strangers(engine: &mut Engine, number: u8) -> Vec<u8> {
    let mut file = head_file::read(&saved(engine)).expect("it was saved a moment ago");
    for class in &mut file.info.classes {
        class.name = format!("{} of stranger {number}", class.name);
    }
    file.head.out.bias[0] += f32::from(number);
    head_file::write(&file)
}

#[test]
fn undo_brings_the_head_back_that_a_file_took_the_place_of() {
    let (mut engine, _) = trained();
    let own = saved(&mut engine);
    let answers = try_photo(&mut engine, picture(true, 9));
    let files = [1, 2].map(|number| strangers(&mut engine, number));
    // The second pushes out the first, which somebody has as a file, not what was trained here.
    for file in &files {
        let events = open(&mut engine, file.clone());
        assert!(matches!(
            events[0],
            Event::Head(Some(HeadView { opened: true, .. }))
        ));
        assert_eq!(undoable(&events), Some(&Undoable::Head));
        assert_ne!(try_photo(&mut engine, picture(true, 9)), answers);
    }
    let events = ask(&mut engine, Request::Undo);
    assert!(matches!(
        events[0],
        Event::Head(Some(HeadView {
            opened: false,
            stale: false,
            ..
        }))
    ));
    assert_eq!(saved(&mut engine), own);
    assert_eq!(try_photo(&mut engine, picture(true, 9)), answers);
    // Undo itself can be taken back.
    assert_eq!(undoable(&events), Some(&Undoable::Head));
    ask(&mut engine, Request::Undo);
    assert_eq!(saved(&mut engine), files[1]);
    ask(&mut engine, Request::Undo);
    assert_eq!(saved(&mut engine), own);
}

#[test]
fn a_head_that_an_undo_would_bring_back_survives_a_reload() {
    let (mut engine, _) = trained();
    let mut tables = Tables::default();
    let own = saved(&mut engine);
    let file = strangers(&mut engine, 1);
    open(&mut engine, file.clone());
    tables.keep(&mut engine);
    for expected in [&own, &file, &own] {
        let mut again = super::engine();
        assert_eq!(undoable(&tables.open(&mut again)), Some(&Undoable::Head));
        ask(&mut again, Request::Undo);
        assert_eq!(&saved(&mut again), expected);
        tables.keep(&mut again);
    }
}

#[test]
fn what_happened_since_is_undone_first_and_shows_in_the_head_from_before() {
    let (mut engine, _) = trained();
    let file = strangers(&mut engine, 1);
    open(&mut engine, file);
    let (disc, stripes) = (ClassId(0), ClassId(1));
    let name = "Moon".to_owned();
    ask(&mut engine, Request::RenameClass { id: disc, name });
    let events = ask(&mut engine, Request::DeleteClass { id: stripes });
    assert!(matches!(undoable(&events), Some(Undoable::Class { .. })));
    let events = ask(&mut engine, Request::Undo);
    assert_eq!(undoable(&events), Some(&Undoable::Head));
    let events = ask(&mut engine, Request::Undo);
    let Event::Head(Some(head)) = &events[0] else {
        panic!("{events:?}")
    };
    let names: Vec<&str> = head.info.classes.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["Moon", "Stripes"]);
    assert!(head.stale && !head.opened);
}

#[test]
fn training_over_an_opened_head_can_be_undone_and_the_next_one_begins_anew() {
    let (mut engine, _) = trained();
    let mut tables = Tables::default();
    let file = strangers(&mut engine, 1);
    let mut fresh = with_photos();
    open(&mut fresh, file.clone());
    let events = train(&mut fresh);
    assert_eq!(undoable(&events), Some(&Undoable::Head));
    ask(&mut fresh, Request::Undo);
    assert_eq!(saved(&mut fresh), file);
    ask(&mut fresh, Request::Undo);
    // What would be brought back is no longer what was there before this training.
    let events = train(&mut fresh);
    assert!(events.contains(&Event::Undoable(None)), "{events:?}");
    tables.keep(&mut fresh);
    let keys: Vec<String> = tables.of(Table::Project).into_keys().collect();
    assert!(
        keys.iter().all(|key| !key.starts_with("head-before")),
        "{keys:?}"
    );
}

#[test]
fn a_head_for_another_network_can_be_taken_back_with_its_network() {
    let (mut engine, _) = trained();
    let mut tables = Tables::default();
    let own = saved(&mut engine);
    assert!(open(&mut engine, case("control")).is_empty());
    let switch = |engine: &mut Engine, tables: &mut Tables| {
        tables.keep(engine);
        let spec = engine.wanted().expect("the host is asked for it");
        let loaded = Ok((backbone(spec.id), report()));
        let outputs = engine.use_backbone(loaded, &tables.of(Table::Project));
        tables.recall(engine);
        tables.refill(engine);
        tables.keep(engine);
        let events: Vec<Event> = outputs.into_iter().map(|(event, _)| event).collect();
        (spec.id, events)
    };
    let (network, events) = switch(&mut engine, &mut tables);
    assert_eq!(network, "efficientnet-lite0-224");
    assert_eq!(undoable(&events), Some(&Undoable::Head));
    let control = saved(&mut engine);

    // Also by the engine that takes over meanwhile.
    tables.keep(&mut engine);
    let mut next = large();
    assert_eq!(undoable(&tables.open(&mut next)), Some(&Undoable::Head));
    assert!(ask(&mut next, Request::Undo).is_empty());
    assert_eq!(switch(&mut next, &mut tables).0, BACKBONE);
    assert_eq!(saved(&mut next), own);
    assert!(ask(&mut next, Request::Undo).is_empty());
    switch(&mut next, &mut tables);
    assert_eq!(saved(&mut next), control);

    // A network that does not come leaves all as it is.
    ask(&mut next, Request::Undo);
    let gone = Problem::Computation("no network".into());
    next.use_backbone(Err(gone), &BTreeMap::new());
    assert_eq!(saved(&mut next), control);
    assert!(next.wanted().is_none());
}

/// Whatever is refused was refused before anything changed: training goes on, nothing is stored, no network is asked for.
#[test]
fn what_is_refused_changes_nothing() {
    let mut engine = large();
    for (class, disc) in [("Disc", true), ("Stripes", false)] {
        let photos: Vec<_> = (0..3).map(|i| picture(disc, i)).collect();
        add(&mut engine, class, &photos);
    }
    train(&mut engine);
    let before = saved(&mut engine);
    let settings = TrainSettings {
        epochs: 2000,
        hidden: 16,
        ..Default::default()
    };
    ask(&mut engine, Request::Train { settings });
    block_on(engine.step());
    engine.changes();
    let mut too_many = head_file::read(&case("control")).expect("it is whole");
    let one = too_many.info.classes[0].clone();
    too_many.info.classes = vec![one; MOST_CLASSES + 1];
    let mut layer = head_file::read(&case("control")).expect("it is whole");
    layer.info.backbone = "efficientnet-lite1-240".into();
    layer.info.backbone_hash = data::backbone::BACKBONES[2].hash.into();
    layer.info.input_size = 240;
    layer.info.tuned = Some(Default::default());
    layer.changed.layers = vec![data::changed::ChangedLayer {
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
        let events = open(&mut engine, file);
        assert!(
            refusal(&events).is_some_and(expected),
            "case {i}: {events:?}"
        );
        assert!(engine.working(), "case {i} ended training");
        assert!(!engine.changes_backbone(), "case {i} asked for a network");
        assert_eq!(engine.changes(), Vec::<Write>::new(), "case {i}");
        assert_eq!(saved(&mut engine), before, "case {i}");
    }
}

#[test]
fn every_case_opens_or_is_refused_and_gives_numbers() {
    let mut engine = large();
    for (name, opens) in [
        ("control", true),
        ("classes-350-measured", true),
        ("name-of-200000-letters", true),
        ("odd-names", true),
        ("logits-overflow", false),
        ("scale-overflows", false),
        ("other-network-wrong-hash", false),
    ] {
        let event = opened(&mut engine, case(name));
        match (&event, opens) {
            (Event::Head(Some(head)), true) => {
                let said = try_photo(&mut engine, picture(true, 1));
                assert_eq!(said.len(), head.info.classes.len(), "{name}");
                assert!(said.iter().all(|p| p.confidence.is_finite()), "{name}");
                // As it is stored, it opens again.
                let mut tables = Tables::default();
                tables.keep(&mut engine);
                let mut again = large();
                let told = tables.open(&mut again);
                assert!(told.contains(&event), "{name}");
                assert!(
                    !told.iter().any(|e| matches!(e, Event::Problem(_))),
                    "{name}"
                );
            }
            (Event::Problem(Problem::Head { .. }), false) => {}
            other => panic!("{name}: {other:?}"),
        }
    }
}

/// An earlier Graft stored what this one refuses.
#[test]
fn a_stored_head_beyond_the_limits_is_said_and_kept_as_it_is() {
    let (mut engine, _) = trained();
    let mut tables = Tables::default();
    tables.keep(&mut engine);
    let file = format!("head-file/{BACKBONE}");
    let mut huge = head_file::read(&saved(&mut engine)).expect("it is whole");
    huge.head.out.weight.fill(3e38);
    let huge = head_file::write(&huge);
    tables
        .0
        .insert((Table::Project, file.clone()), huge.clone());
    let stored = tables.of(Table::Project);

    let mut again = super::engine();
    let events = tables.open(&mut again);
    let problems = events.iter().filter(|e| matches!(e, Event::Problem(_)));
    assert_eq!(problems.count(), 1, "{events:?}");
    assert!(events.contains(&Event::Head(None)));
    tables.keep(&mut again);
    assert_eq!(
        tables.of(Table::Project),
        stored,
        "something was stored or deleted"
    );
    assert_eq!(again.to_recall().len(), 0);

    train(&mut again);
    run(&mut again);
    tables.keep(&mut again);
    let now = tables.of(Table::Project);
    assert_eq!(now[&file], huge, "it was written over");
    assert!(now.contains_key(&format!("{file}~1")), "{:?}", now.keys());
}
