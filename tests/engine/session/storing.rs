//! Storage: all is in there before the page is told of it; what it does not take, and what it cannot give.

use data::class::{Class, ClassId, Colour};
use data::problem::{Problem, StorageProblem};
use data::protocol::{Access, Event, Numbered, Request, StartOptions, Target};
use data::sample::SampleId;
use data::transfer::Method;
use engine::session::Incoming;
use engine::store::{
    ClassList, HeadRow, LAB, SampleRow, Table, embedding_key, head_keys, sample_key,
};
use formats::head_file;
use serde::de::DeserializeOwned;

use super::super::host::{App, BACKBONE, file, head, options, problems};
use super::super::lab;
use super::super::machine::{Machine, Tables};
use super::super::{picture, train, trained};

const LARGE: &str = "efficientnet-lite0-224";

fn row<T: DeserializeOwned>(tables: &Tables, table: Table, key: &str) -> Option<T> {
    let json = tables.value(table, key)?;
    Some(serde_json::from_slice(&json).expect("it was stored a moment ago"))
}

fn photo(tables: &Tables, id: SampleId) -> Option<SampleRow> {
    row(tables, Table::Samples, &sample_key(id))
}

/// So many photos of each class are there at least.
fn are_stored(counts: &[(ClassId, usize)], tables: &Tables) {
    let photos = tables.of(Table::Samples);
    let rows = photos.values().map(|json| serde_json::from_slice(json));
    let rows: Vec<SampleRow> = rows.map(|row| row.expect("a row")).collect();
    for (class, count) in counts {
        let there = rows.iter().filter(|row| row.class == *class);
        assert!(*count <= there.count(), "{count} of {class:?}");
    }
}

/// What the page is told of is stored by then.
pub fn is_stored(event: &Event, tables: &Tables) {
    match event {
        Event::Classes(views) => {
            let stored: Option<ClassList> = row(tables, Table::Project, "classes");
            let stored = stored.map(|list| list.classes).unwrap_or_default();
            let shown: Vec<Class> = views.iter().map(|view| view.class.clone()).collect();
            assert_eq!(shown, stored);
            let counts = views.iter().map(|view| (view.class.id, view.count));
            are_stored(&counts.collect::<Vec<_>>(), tables);
        }
        Event::Counts(counts) => {
            let counts = counts.iter().map(|new| (new.id, new.count));
            are_stored(&counts.collect::<Vec<_>>(), tables);
        }
        Event::SamplesAdded(views) => {
            for view in views {
                let row = photo(tables, view.id).unwrap_or_else(|| panic!("{view:?}"));
                assert_eq!((row.class, &row.name), (view.class, &view.name));
                let hash = &row.hash.0;
                assert!(tables.value(Table::Files, hash).is_some(), "{view:?}");
                assert!(tables.value(Table::Thumbnails, hash).is_some(), "{view:?}");
                let key = embedding_key(BACKBONE, &row.hash);
                assert!(tables.value(Table::Embeddings, &key).is_some(), "{view:?}");
            }
        }
        Event::SamplesRemoved(ids) => {
            let there = ids.iter().filter_map(|id| photo(tables, *id));
            assert_eq!(there.count(), 0, "{ids:?}");
        }
        Event::SamplesRestored(ids) => {
            assert!(ids.iter().all(|id| photo(tables, *id).is_some()), "{ids:?}");
        }
        Event::SamplesMoved { ids, to } => {
            let classes = ids.iter().map(|id| photo(tables, *id).map(|row| row.class));
            assert!(classes.clone().all(|class| class == Some(*to)), "{ids:?}");
        }
        Event::Head(Some(view)) => {
            let (row_key, file_key) = head_keys(&view.info.backbone);
            let file = tables.value(Table::Project, &file_key);
            let file = head_file::read(&file.expect("it is stored")).expect("it is whole");
            assert_eq!(file.info.classes, view.info.classes);
            let row: HeadRow = row(tables, Table::Project, &row_key).expect("it is stored");
            assert_eq!(
                (row.stale, row.tested.len()),
                (view.stale, view.tested.len())
            );
            assert_eq!(row.ids.is_empty(), view.opened);
        }
        Event::LabReports(reports) => {
            let keys = tables.of(Table::Project).into_keys();
            let kept = keys.filter(|key| key.starts_with(LAB));
            assert_eq!(kept.count(), reports.len());
        }
        _ => {}
    }
}

/// A page that is told of nothing that is not stored.
pub fn watched(tables: &Tables, options: StartOptions) -> App {
    let machine = Machine {
        at_telling: Some(is_stored),
        ..Machine::new(tables.clone())
    };
    App::try_open(machine, options).expect("the committed weights are whole")
}

#[test]
fn the_page_hears_of_nothing_before_it_is_stored() {
    let mut app = watched(&Tables::default(), options());
    let mut events = Vec::new();
    for (class, disc) in [("Disc", true), ("Stripes", false)] {
        let photos: Vec<_> = (0..5).map(|i| picture(disc, i)).collect();
        events.extend(app.add(class, &photos));
    }
    events.extend(train(&mut app));
    let file = app.saved();
    let (id, to) = (ClassId(0), ClassId(1));
    let ids = vec![SampleId(0), SampleId(2)];
    let settings = lab::settings(&[Method::FeatureExtraction]);
    let lab = data::lab::LabSettings {
        samples: 2,
        ..settings
    };
    for request in [
        Request::AddClass { name: "C".into() },
        Request::RenameClass {
            id,
            name: "Moon".into(),
        },
        Request::RecolourClass {
            id,
            colour: Colour(1, 2, 3),
        },
        Request::RunLab { settings: lab },
        Request::MoveSamples {
            ids: ids.clone(),
            to,
        },
        Request::Undo,
        Request::DeleteSamples { ids },
        Request::Undo,
        Request::DeleteClass { id },
        Request::Undo,
        Request::DeleteLab { id: 0 },
    ] {
        events.extend(app.answer(request));
    }
    events.extend(app.open_head(&file));
    events.extend(app.answer(Request::Undo));
    events.extend(app.answer(Request::UseBackbone { id: LARGE.into() }));
    events.extend(train(&mut app));
    // Of each kind there was one to look at.
    let kinds: [fn(&Event) -> bool; 8] = [
        |e| matches!(e, Event::Classes(views) if views.len() == 3),
        |e| matches!(e, Event::SamplesAdded(photos) if !photos.is_empty()),
        |e| matches!(e, Event::SamplesRemoved(ids) if ids.len() == 5),
        |e| matches!(e, Event::SamplesRestored(ids) if ids.len() == 5),
        |e| matches!(e, Event::SamplesMoved { ids, .. } if ids.len() == 2),
        |e| matches!(e, Event::Head(Some(head)) if head.opened),
        |e| matches!(e, Event::Head(Some(head)) if !head.opened && !head.stale),
        |e| matches!(e, Event::LabReports(reports) if reports.is_empty()),
    ];
    for (i, kind) in kinds.iter().enumerate() {
        assert!(events.iter().any(kind), "kind {i}: {events:?}");
    }
    assert_eq!(problems(&events), []);
}

#[test]
fn full_storage_is_said_once_and_work_goes_on() {
    let mut app = App::new();
    app.add("Disc", &[picture(true, 0)]);
    let rows = app.tables.rows();
    app.tables.faults.full.set(true);
    let mut events = Vec::new();
    for (class, disc) in [("Disc", true), ("Stripes", false)] {
        let photos: Vec<_> = (1..5).map(|i| picture(disc, i)).collect();
        events.extend(app.add(class, &photos));
    }
    events.extend(app.answer(Request::AddClass { name: "C".into() }));
    events.extend(train(&mut app));
    let full = Problem::Storage(StorageProblem::Full);
    assert_eq!(problems(&events), [full], "once");
    assert!(head(&events).is_some());
    assert!(app.tables.rows() == rows, "nothing more is stored");
    // What storage does not have is there all the same: photos learn from their files, another network sees them.
    let events = app.answer(Request::UseBackbone { id: LARGE.into() });
    assert_eq!(problems(&events), []);
    let counts: Vec<_> = app.classes().iter().map(|c| (c.count, c.pending)).collect();
    assert_eq!(counts, [(5, 0), (4, 0), (0, 0)]);
    app.answer(Request::UseBackbone {
        id: BACKBONE.into(),
    });
    let file = app.saved();
    // With the next change after there is room, all of it is stored.
    app.tables.faults.full.set(false);
    let events = app.ask(Request::AddClass { name: "D".into() });
    assert_eq!(problems(&events), []);
    let mut again = App::open(&app.tables);
    assert_eq!(again.work(), []);
    assert_eq!(again.classes(), app.classes());
    assert_eq!(again.saved(), file);
}

#[test]
fn a_project_that_cannot_be_read_stays_closed_and_as_it_is() {
    let tables = trained().0.tables;
    let (rows, writes) = (tables.rows(), tables.writes());
    tables.faults.unreadable.set(true);
    let mut app = App::open(&tables);
    assert!(app.begun.contains(&Event::Access(Access::Closed)));
    let unread = Problem::Storage(StorageProblem::Unread);
    assert!(problems(&app.begun).iter().eq([&unread]));
    assert!(app.classes().is_empty());
    let read_only = Problem::Storage(StorageProblem::ReadOnly);
    let events = app.answer(Request::AddClass { name: "C".into() });
    assert_eq!(events, [app.refused(read_only.clone())]);
    let events = app.add("Disc", &[picture(true, 8)]);
    assert_eq!(problems(&events), [read_only]);
    assert_eq!(app.work(), []);
    assert!(tables.rows() == rows, "something was written or swept");
    assert_eq!(tables.writes(), writes);
    tables.faults.unreadable.set(false);
    let again = App::open(&tables);
    assert_eq!(problems(&again.begun), []);
    assert!(again.classes().iter().all(|c| c.count == 5));

    // Where it cannot be read any more, another network would write over what is stored for it.
    let mut app = again;
    tables.faults.unreadable.set(true);
    let own = app.saved();
    let events = app.answer(Request::UseBackbone { id: LARGE.into() });
    assert!(events.contains(&app.refused(unread)), "{events:?}");
    assert_eq!(app.saved(), own);
}

fn page(opened: f64) -> StartOptions {
    StartOptions {
        opened,
        ..options()
    }
}

fn again(id: u64, request: Request) -> Incoming<super::super::machine::File> {
    let again = Some(Vec::new());
    Incoming::Request(Numbered { id, again, request }, Vec::new())
}

#[test]
fn a_change_that_was_made_is_not_made_again() {
    let mut app = App::open_with(&Tables::default(), page(5.0));
    let add = Request::AddClass { name: "C".into() };
    app.ask(add.clone());
    let id = app.last;
    assert_eq!(app.take(again(id, add.clone())), [Event::Done { id }]);
    assert_eq!(app.names(), ["C"]);
    // The worker breaks before the page hears of it: the next one is asked again.
    let mut next = App::open_with(&app.tables, page(5.0));
    assert_eq!(next.take(again(id, add.clone())), [Event::Done { id }]);
    assert_eq!(next.names(), ["C"]);
    let more = id + 1;
    next.take(again(more, add.clone()));
    assert_eq!(next.names(), ["C", "C 2"], "this one was not made");
    // Another page gives the same ids out anew.
    let mut other = App::open_with(&app.tables, page(6.0));
    other.take(again(id, add));
    assert_eq!(other.names(), ["C", "C 2", "C 3"]);
}

#[test]
fn a_change_that_was_under_way_is_made_by_the_next_session() {
    let (mut app, _) = trained();
    let (tables, own) = (app.tables.clone(), app.saved());
    let mut app = App::open_with(&tables, page(5.0));
    let id = 7;
    let to_large = Request::UseBackbone { id: LARGE.into() };
    assert_eq!(app.take(again(id, to_large.clone())), []);
    // It breaks while the network comes.
    let mut next = App::open_with(&tables, page(5.0));
    let mut events = next.take(again(id, to_large));
    events.extend(next.work());
    let ready = |e: &Event| matches!(e, Event::Ready { backbone, .. } if backbone == LARGE);
    assert!(events.iter().any(ready), "{events:?}");
    assert!(events.contains(&Event::Done { id }));

    // The same with a head that needs another network.
    let id = 8;
    let open = || {
        let again = Some(Vec::new());
        let request = Request::OpenHead { name: "x".into() };
        Incoming::Request(Numbered { id, again, request }, vec![file(&own)])
    };
    assert_eq!(next.take(open()), []);
    let large = StartOptions {
        backbone: None,
        ..page(5.0)
    };
    let mut third = App::open_with(&tables, large.clone());
    third.take(open());
    let events = third.work();
    assert!(events.contains(&Event::Done { id }), "{events:?}");
    assert_eq!(third.saved(), own);
    // That was made.
    let mut last = App::open_with(&tables, large);
    assert_eq!(last.take(open()), [Event::Done { id }]);
}

#[test]
fn what_was_refused_is_refused_again() {
    let tables = Tables::default();
    let (id, name) = (3, "x".to_owned());
    let bad = |app: &mut App| {
        let (again, name) = (Some(Vec::new()), name.clone());
        let request = Request::OpenHead { name };
        app.take(Incoming::Request(
            Numbered { id, again, request },
            vec![file(b"no head")],
        ))
    };
    let mut app = App::open_with(&tables, page(5.0));
    let refused = bad(&mut app);
    assert!(
        matches!(refused[..], [Event::Refused { .. }]),
        "{refused:?}"
    );
    let mut next = App::open_with(&tables, page(5.0));
    assert_eq!(bad(&mut next), refused);
}

/// Photos have no such numbers: those that are there already end without a word.
#[test]
fn a_photo_that_comes_again_is_taken_once_and_nothing_is_said() {
    let mut app = App::open_with(&Tables::default(), page(5.0));
    app.add("Disc", &[picture(true, 0)]);
    let id = app.last;
    let mut next = App::open_with(&app.tables, page(5.0));
    let names = vec!["Disc/Disc0.jpg".into()];
    let (to, first) = (Target::Folders, id);
    let request = Request::AddSamples { to, names, first };
    let again = Some(Vec::new());
    let numbered = Numbered { id, again, request };
    let mut events = next.take(Incoming::Request(numbered, vec![file(&picture(true, 0))]));
    events.extend(next.work());
    assert_eq!(problems(&events), []);
    assert!(events.contains(&Event::Done { id }), "{events:?}");
    assert_eq!(next.classes()[0].count, 1);
}
