//! What the engine writes down brings the project back.

use std::collections::BTreeMap;

use data::class::ClassId;
use data::photo::PhotoId;
use data::protocol::{Event, HeadView, Request};
use data::settings::TrainSettings;
use engine::Engine;
use engine::store::Table;
use pollster::block_on;

use super::host::{Tables, ask};
use super::{
    BACKBONE, add, backbone, clock, engine, opened, picture, report, run, saved, trained, try_photo,
};

fn classes(engine: &mut Engine) -> Vec<(String, usize, usize)> {
    let Event::Classes(views) = engine.overview().remove(0).0 else {
        panic!("the overview begins with the classes");
    };
    views
        .into_iter()
        .map(|v| (v.class.name, v.count, v.pending))
        .collect()
}

#[test]
fn a_project_is_back_after_a_reload_without_embedding_anything() {
    let (mut engine, head) = trained();
    let mut tables = Tables::default();
    tables.keep(&mut engine);
    let before = try_photo(&mut engine, picture(true, 9));

    let mut again = super::engine();
    let events = tables.open(&mut again);
    assert!(again.missing().is_none(), "a photo would be embedded again");
    assert_eq!(classes(&mut again), classes(&mut engine));
    let photos = events.iter().find_map(|e| match e {
        Event::PhotosAdded(photos) => Some(photos.len()),
        _ => None,
    });
    assert_eq!(photos, Some(10));
    assert!(events.contains(&Event::Head(Some(head))), "{events:?}");
    assert_eq!(try_photo(&mut again, picture(true, 9)), before);
    assert_eq!(saved(&mut again), saved(&mut engine));
}

#[test]
fn every_change_is_written_down() {
    let mut engine = engine();
    let mut tables = Tables::default();
    add(&mut engine, "Disc", &[picture(true, 0), picture(true, 1)]);
    add(&mut engine, "Stripes", &[picture(false, 0)]);
    let (disc, stripes) = (ClassId(0), ClassId(1));
    let steps = [
        Request::RenameClass {
            id: disc,
            name: "Moon".into(),
        },
        Request::MovePhotos {
            ids: vec![PhotoId(1)],
            to: stripes,
        },
        Request::Undo,
        Request::MovePhotos {
            ids: vec![PhotoId(1)],
            to: stripes,
        },
        Request::DeletePhotos {
            ids: vec![PhotoId(0)],
        },
        Request::Undo,
        Request::DeleteClass { id: stripes },
        Request::Undo,
        Request::AddClass {
            name: "More".into(),
        },
        Request::DeletePhotos {
            ids: vec![PhotoId(2)],
        },
    ];
    for step in steps {
        ask(&mut engine, step.clone());
        tables.keep(&mut engine);
        let mut again = super::engine();
        tables.open(&mut again);
        assert_eq!(classes(&mut again), classes(&mut engine), "after {step:?}");
        assert!(again.missing().is_none(), "after {step:?}");
    }
    // What an undo cannot bring back any more leaves nothing behind.
    ask(
        &mut engine,
        Request::DeletePhotos {
            ids: vec![PhotoId(0)],
        },
    );
    tables.keep(&mut engine);
    for table in [Table::Files, Table::Thumbnails, Table::Embeddings] {
        assert_eq!(
            tables.of(table).len(),
            2,
            "{table:?}: one photo, and one for undo"
        );
    }
}

#[test]
fn a_photo_without_its_embedding_is_embedded_from_its_file() {
    let (mut engine, _) = trained();
    let mut tables = Tables::default();
    tables.keep(&mut engine);
    let before = saved(&mut engine);
    tables.0.retain(|(table, _), _| *table != Table::Embeddings);
    let mut again = super::engine();
    tables.open(&mut again);
    assert_eq!(tables.refill(&mut again), 10);
    tables.keep(&mut again);
    assert_eq!(tables.of(Table::Embeddings).len(), 10);
    // Small files are kept as they were: the same embeddings, hence the same head.
    ask(
        &mut again,
        Request::Train {
            settings: TrainSettings {
                epochs: 40,
                ..Default::default()
            },
        },
    );
    run(&mut again);
    assert_eq!(saved(&mut again), before);
}

#[test]
fn another_backbone_embeds_anew_and_keeps_both_heads() {
    let (mut engine, _) = trained();
    let mut tables = Tables::default();
    tables.keep(&mut engine);
    let small = saved(&mut engine);
    let switch = |engine: &mut Engine, tables: &mut Tables, id: &str| {
        let id_ = id.to_owned();
        ask(engine, Request::UseBackbone { id: id_ });
        let spec = engine.wanted().expect("the host is asked for it");
        let loaded = Ok((backbone(spec.id), report()));
        engine.use_backbone(loaded, &tables.of(Table::Project));
        tables.recall(engine);
        let embedded = tables.refill(engine);
        tables.keep(engine);
        embedded
    };
    assert_eq!(
        switch(&mut engine, &mut tables, "efficientnet-lite0-224"),
        10
    );
    assert!(
        ask(
            &mut engine,
            Request::SaveHead {
                name: "none".into()
            }
        )
        .is_empty()
    );
    assert_eq!(
        switch(&mut engine, &mut tables, BACKBONE),
        0,
        "it knew all photos"
    );
    assert_eq!(saved(&mut engine), small, "the head is back");
}

#[test]
fn a_head_of_another_backbone_asks_for_it() {
    let (mut small, _) = trained();
    let before = try_photo(&mut small, picture(true, 9));
    let mut large = Engine::new(backbone("efficientnet-lite0-224"), report(), clock);
    let file = saved(&mut small);
    let outputs = block_on(large.handle(Request::OpenHead { name: "s".into() }, vec![file]));
    assert!(outputs.is_empty(), "{outputs:?}");
    let spec = large.wanted().expect("the host is asked for the backbone");
    assert_eq!(spec.id, BACKBONE);
    let outputs = large.use_backbone(Ok((backbone(BACKBONE), report())), &BTreeMap::new());
    let is_open = |e: &Event| matches!(e, Event::Head(Some(HeadView { opened: true, .. })));
    assert!(outputs.iter().any(|(e, _)| is_open(e)), "{outputs:?}");
    assert_eq!(try_photo(&mut large, picture(true, 9)), before);
    assert!(matches!(opened(&mut large, Vec::new()), Event::Problem(_)));
}

#[test]
fn a_move_is_taken_back_before_the_deletion_before_it() {
    let mut engine = engine();
    add(&mut engine, "Disc", &[picture(true, 0), picture(true, 1)]);
    add(&mut engine, "Stripes", &[picture(false, 0)]);
    let counts = |engine: &mut Engine| classes(engine).iter().map(|c| c.1).collect::<Vec<_>>();
    ask(
        &mut engine,
        Request::DeletePhotos {
            ids: vec![PhotoId(0)],
        },
    );
    ask(
        &mut engine,
        Request::MovePhotos {
            ids: vec![PhotoId(1)],
            to: ClassId(1),
        },
    );
    assert_eq!(counts(&mut engine), [0, 2]);
    ask(&mut engine, Request::Undo);
    assert_eq!(counts(&mut engine), [1, 1]);
    ask(&mut engine, Request::Undo);
    assert_eq!(counts(&mut engine), [2, 1]);
}

#[test]
fn what_an_undo_brings_back_outlives_the_engine() {
    let (mut engine, _) = trained();
    let mut tables = Tables::default();
    tables.keep(&mut engine);
    let before = classes(&mut engine);
    let (disc, stripes) = (ClassId(0), ClassId(1));
    let delete = Request::DeleteClass { id: disc };
    let moves = Request::MovePhotos {
        ids: vec![PhotoId(0)],
        to: stripes,
    };
    for change in [delete, moves] {
        let mut events = ask(&mut engine, change);
        events.retain(|e| matches!(e, Event::Undoable(Some(_))));
        tables.keep(&mut engine);
        let photos = tables.of(Table::Files).len();
        assert_eq!(tables.snapshot().needed().len(), photos);

        let mut next = super::engine();
        let told = tables.open(&mut next);
        assert!(events.iter().all(|e| told.contains(e)), "{told:?}");
        assert_eq!(events.len(), 1);
        let told = ask(&mut next, Request::Undo);
        tables.keep(&mut next);
        assert_eq!(classes(&mut next), before);
        // The page of this engine never saw a photo that was deleted before.
        let restored = told.iter().find_map(|e| match e {
            Event::PhotosRestored(ids) => Some(ids.clone()),
            _ => None,
        });
        let shown = told.iter().find_map(|e| match e {
            Event::PhotosAdded(views) => Some(views.iter().map(|view| view.id).collect()),
            _ => None,
        });
        assert_eq!(restored, shown);
        assert!(next.missing().is_none(), "a photo would be embedded again");

        // Taken back once: nothing is left to undo.
        let mut reloaded = super::engine();
        let told = tables.open(&mut reloaded);
        assert!(!told.iter().any(|e| matches!(e, Event::Undoable(_))));
        assert_eq!(classes(&mut reloaded), before);
        engine = next;
    }
}
