//! What the engine writes down brings the project back.

use data::class::ClassId;
use data::protocol::{Event, HeadView, Request, StartOptions};
use data::sample::SampleId;
use engine::store::{Snapshot, Table};

use super::host::{App, BACKBONE};
use super::machine::Tables;
use super::{picture, train, trained};

const LARGE: &str = "efficientnet-lite0-224";

fn classes(app: &App) -> Vec<(String, usize, usize)> {
    let views = app.classes().iter();
    views
        .map(|v| (v.class.name.clone(), v.count, v.pending))
        .collect()
}

/// How many photos of the start the page was told of.
fn photos(begun: &[Event]) -> Option<usize> {
    begun.iter().find_map(|e| match e {
        Event::SamplesAdded(photos) => Some(photos.len()),
        _ => None,
    })
}

#[test]
fn a_project_is_back_after_a_reload_without_embedding_anything() {
    let (mut app, head) = trained();
    let before = app.try_photo(&picture(true, 9));

    let mut again = App::open(&app.tables);
    assert_eq!(again.work(), [], "a photo was embedded again");
    assert_eq!(classes(&again), classes(&app));
    assert_eq!(photos(&again.begun), Some(10));
    let head = Event::Head(Some(head));
    assert!(again.begun.contains(&head), "{:?}", again.begun);
    assert_eq!(again.try_photo(&picture(true, 9)), before);
    assert_eq!(again.saved(), app.saved());
}

#[test]
fn every_change_is_written_down() {
    let mut app = App::new();
    app.add("Disc", &[picture(true, 0), picture(true, 1)]);
    app.add("Stripes", &[picture(false, 0)]);
    let (disc, stripes) = (ClassId(0), ClassId(1));
    let steps = [
        Request::RenameClass {
            id: disc,
            name: "Moon".into(),
        },
        Request::MoveSamples {
            ids: vec![SampleId(1)],
            to: stripes,
        },
        Request::Undo,
        Request::MoveSamples {
            ids: vec![SampleId(1)],
            to: stripes,
        },
        Request::DeleteSamples {
            ids: vec![SampleId(0)],
        },
        Request::Undo,
        Request::DeleteClass { id: stripes },
        Request::Undo,
        Request::AddClass {
            name: "More".into(),
        },
        Request::DeleteSamples {
            ids: vec![SampleId(2)],
        },
    ];
    for step in steps {
        let events = app.ask(step.clone());
        assert_eq!(events.last(), Some(&app.done()), "{step:?}");
        let mut again = App::open(&app.tables);
        assert_eq!(classes(&again), classes(&app), "after {step:?}");
        assert_eq!(again.work(), [], "after {step:?}");
    }
    // What an undo cannot bring back any more leaves nothing behind.
    app.ask(Request::DeleteSamples {
        ids: vec![SampleId(0)],
    });
    for table in [Table::Files, Table::Thumbnails, Table::Embeddings] {
        assert_eq!(
            app.tables.of(table).len(),
            2,
            "{table:?}: one photo, and one for undo"
        );
    }
}

#[test]
fn a_photo_without_its_embedding_is_embedded_from_its_file() {
    let (mut app, _) = trained();
    let before = app.saved();
    app.tables.clear(Table::Embeddings);
    let mut again = App::open(&app.tables);
    assert!(
        classes(&again)
            .iter()
            .all(|(_, count, pending)| (*count, *pending) == (0, 5))
    );
    again.work();
    assert!(
        classes(&again)
            .iter()
            .all(|(_, count, pending)| (*count, *pending) == (5, 0))
    );
    assert_eq!(again.tables.of(Table::Embeddings).len(), 10);
    // Small files are kept as they were: the same embeddings, hence the same head.
    train(&mut again);
    assert_eq!(again.saved(), before);
}

#[test]
fn another_backbone_embeds_anew_and_keeps_both_heads() {
    let (mut app, _) = trained();
    let small = app.saved();
    // How many embeddings are made for it.
    let switch = |app: &mut App, id: &str| {
        let before = app.tables.of(Table::Embeddings).len();
        let events = app.ask(Request::UseBackbone { id: id.into() });
        assert_eq!(events, [], "it is not there yet");
        let end = app.done();
        let events = app.work();
        assert_eq!(events.iter().filter(|event| **event == end).count(), 1);
        assert!(
            classes(app)
                .iter()
                .all(|(_, count, pending)| (*count, *pending) == (5, 0))
        );
        app.tables.of(Table::Embeddings).len() - before
    };
    assert_eq!(switch(&mut app, LARGE), 10);
    assert_eq!(app.save(), None, "it has no head yet");
    assert_eq!(switch(&mut app, BACKBONE), 0, "it knew all photos");
    assert_eq!(app.saved(), small, "the head is back");
}

#[test]
fn a_head_of_another_backbone_asks_for_it() {
    let (mut small, _) = trained();
    let before = small.try_photo(&picture(true, 9));
    let options = StartOptions {
        backbone: Some(LARGE.into()),
        ..StartOptions::default()
    };
    let mut large = App::open_with(&Tables::default(), options);
    assert_eq!(
        large.open_head(&small.saved()),
        [],
        "its network comes first"
    );
    let end = large.done();
    let events = large.work();
    let ready = |e: &Event| matches!(e, Event::Ready { backbone, .. } if backbone == BACKBONE);
    assert!(events.iter().any(ready), "{events:?}");
    let is_open = |e: &Event| matches!(e, Event::Head(Some(HeadView { opened: true, .. })));
    assert!(events.iter().any(is_open), "{events:?}");
    assert!(events.contains(&end), "{events:?}");
    assert_eq!(large.try_photo(&picture(true, 9)), before);
    let events = large.open_head(b"");
    assert!(matches!(events[..], [Event::Refused { .. }]), "{events:?}");
}

#[test]
fn a_move_is_taken_back_before_the_deletion_before_it() {
    let mut app = App::new();
    app.add("Disc", &[picture(true, 0), picture(true, 1)]);
    app.add("Stripes", &[picture(false, 0)]);
    let counts = |app: &App| classes(app).iter().map(|c| c.1).collect::<Vec<_>>();
    app.ask(Request::DeleteSamples {
        ids: vec![SampleId(0)],
    });
    app.ask(Request::MoveSamples {
        ids: vec![SampleId(1)],
        to: ClassId(1),
    });
    assert_eq!(counts(&app), [0, 2]);
    app.ask(Request::Undo);
    assert_eq!(counts(&app), [1, 1]);
    app.ask(Request::Undo);
    assert_eq!(counts(&app), [2, 1]);
}

#[test]
fn what_an_undo_brings_back_outlives_the_engine() {
    let (mut app, _) = trained();
    let before = classes(&app);
    let (disc, stripes) = (ClassId(0), ClassId(1));
    let delete = Request::DeleteClass { id: disc };
    let moves = Request::MoveSamples {
        ids: vec![SampleId(0)],
        to: stripes,
    };
    // Each page counts its requests anew.
    for (change, opened) in [(delete, 1.0), (moves, 2.0)] {
        let mut events = app.ask(change);
        events.retain(|e| matches!(e, Event::Undoable(Some(_))));
        let snapshot = Snapshot {
            project: app.tables.of(Table::Project),
            samples: app.tables.of(Table::Samples),
        };
        let files = app.tables.of(Table::Files).len();
        assert_eq!(snapshot.needed().len(), files);

        let options = StartOptions {
            backbone: Some(BACKBONE.into()),
            opened,
            ..StartOptions::default()
        };
        let mut next = App::open_with(&app.tables, options);
        let told = &next.begun;
        assert!(events.iter().all(|e| told.contains(e)), "{told:?}");
        assert_eq!(events.len(), 1);
        assert_eq!(
            app.tables.of(Table::Files).len(),
            files,
            "they are not swept"
        );
        let told = next.ask(Request::Undo);
        assert_eq!(classes(&next), before);
        // The page of this session never saw a photo that was deleted before.
        let restored = told.iter().find_map(|e| match e {
            Event::SamplesRestored(ids) => Some(ids.clone()),
            _ => None,
        });
        let shown = told.iter().find_map(|e| match e {
            Event::SamplesAdded(views) => Some(views.iter().map(|view| view.id).collect()),
            _ => None,
        });
        assert_eq!(restored, shown);
        assert_eq!(next.work(), [], "a photo was embedded again");

        // Taken back once: nothing is left to undo.
        let reloaded = App::open(&next.tables);
        let told = &reloaded.begun;
        assert!(!told.iter().any(|e| matches!(e, Event::Undoable(_))));
        assert_eq!(classes(&reloaded), before);
        app = next;
    }
}
