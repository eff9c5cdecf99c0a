//! An error is not an absence: what cannot be read stays stored as it is, and nothing takes its place.

use std::collections::BTreeMap;

use data::class::ClassId;
use data::photo::PhotoId;
use data::problem::{Problem, StorageProblem};
use data::protocol::{Event, Request};
use engine::Engine;
use engine::store::Table;

use super::host::{Tables, ask};
use super::{add, picture, run, saved, train, trained};

/// Damaged, and whole but of another version.
const DAMAGED: &[u8] = b"{\"classes\":[{\"id\":0,";
const NEWER: &[u8] = b"{\"version\":2,\"classes\":[0]}";

type Key = (Table, String);

fn stored() -> Tables {
    let (mut engine, _) = trained();
    let mut tables = Tables::default();
    tables.keep(&mut engine);
    tables
}

fn key(table: Table, key: &str) -> Key {
    (table, key.to_owned())
}

/// What is said of unread parts: photos, the classifier, other records, whether they are of a newer version.
fn unreadable(events: &[Event]) -> Vec<(usize, bool, usize, bool)> {
    let said = |event: &Event| match event {
        Event::Problem(Problem::Storage(StorageProblem::Unreadable {
            photos,
            classifier,
            others,
            newer,
        })) => Some((*photos, *classifier, *others, *newer)),
        _ => None,
    };
    events.iter().filter_map(said).collect()
}

fn counts(engine: &mut Engine) -> Vec<(u32, String, usize, usize)> {
    let Event::Classes(views) = engine.overview().remove(0).0 else {
        panic!("the overview begins with the classes");
    };
    let row = |v: data::class::ClassView| (v.class.id.0, v.class.name, v.count, v.pending);
    views.into_iter().map(row).collect()
}

/// Uses a project whatever part of it cannot be read: everything that writes.
fn use_it(engine: &mut Engine) {
    let classes = counts(engine);
    let (first, second) = (ClassId(classes[0].0), ClassId(classes[1].0));
    add(engine, "Fresh", &[picture(true, 5), picture(false, 6)]);
    ask(
        engine,
        Request::RenameClass {
            id: first,
            name: "Renamed".into(),
        },
    );
    let photos: Vec<PhotoId> = (0..100).map(PhotoId).collect();
    ask(
        engine,
        Request::MovePhotos {
            ids: photos[..2].to_vec(),
            to: second,
        },
    );
    ask(
        engine,
        Request::DeletePhotos {
            ids: photos[4..5].to_vec(),
        },
    );
    ask(
        engine,
        Request::DeletePhotos {
            ids: photos[5..6].to_vec(),
        },
    );
    ask(engine, Request::DeleteClass { id: first });
    ask(
        engine,
        Request::AddClass {
            name: "More".into(),
        },
    );
    train(engine);
    run(engine);
}

#[test]
fn what_cannot_be_read_is_never_written_over_and_its_photos_keep_their_files() {
    let whole = stored();
    let head_file = |t: &Tables| {
        let of = t.of(Table::Project);
        of.keys()
            .find(|k| k.starts_with("head-file/"))
            .cloned()
            .expect("a head is stored")
    };
    let head_row = head_file(&whole).replace("head-file/", "head/");
    let check = |what: &str, broken: &[Key], bytes: &[u8], photos: usize, others: usize| {
        let mut tables = Tables(whole.0.clone());
        let before = tables.0.clone();
        for key in broken {
            let old = tables.0.insert(key.clone(), bytes.to_vec());
            assert!(
                old.is_some() || key.1.starts_with("undo") || key.1.starts_with("lab"),
                "{key:?}"
            );
        }
        let mut engine = super::engine();
        let events = tables.open(&mut engine);
        let newer = bytes == NEWER;
        let heads = broken.iter().filter(|(_, key)| key.starts_with("head"));
        let heads = heads.count();
        let said = (photos, heads > 0, others - heads, newer);
        assert_eq!(unreadable(&events), [said], "{what}");
        assert_eq!(engine.unread().len(), broken.len(), "{what}");
        use_it(&mut engine);
        tables.keep(&mut engine);
        for key in broken {
            assert_eq!(
                tables.0.get(key).map(Vec::as_slice),
                Some(bytes),
                "{what}: {key:?}"
            );
        }
        // The files of photos whose rows cannot be read stay, and so do all others as long as nobody knows.
        for (key, value) in before.iter().filter(|((t, _), _)| *t == Table::Files) {
            assert_eq!(tables.0.get(key), Some(value), "{what}: {key:?}");
        }
        // And what was made since is there after the next start.
        let shown = counts(&mut engine);
        let mut again = super::engine();
        tables.open(&mut again);
        assert_eq!(counts(&mut again), shown, "{what}");
        assert_eq!(again.unread().len(), broken.len(), "{what}");
        // Behind the header: JSON may give a number back that differs in its last digit.
        let weights = |engine: &mut Engine| {
            let file = saved(engine);
            let header = u64::from_le_bytes(*file.first_chunk().expect("a length comes first"));
            file[8 + header as usize..].to_vec()
        };
        let same = weights(&mut again) == weights(&mut engine);
        assert!(same, "{what}: the new head is another one");
    };
    for bytes in [DAMAGED, NEWER] {
        let row = |n: u32| key(Table::Photos, &format!("{n:010}"));
        check(
            "the class list",
            &[key(Table::Project, "classes")],
            bytes,
            0,
            1,
        );
        check("two photos", &[row(3), row(9)], bytes, 2, 0);
        check("the last photo", &[row(9)], bytes, 1, 0);
        check(
            "the head's file",
            &[key(Table::Project, &head_file(&whole))],
            bytes,
            0,
            1,
        );
        check(
            "the head's row",
            &[key(Table::Project, &head_row)],
            bytes,
            0,
            1,
        );
        check("undo", &[key(Table::Project, "undo")], bytes, 0, 1);
        check(
            "a comparison",
            &[key(Table::Project, "lab/000004")],
            bytes,
            0,
            1,
        );
        let all = [
            key(Table::Project, "classes"),
            row(0),
            key(Table::Project, "undo"),
        ];
        check("several", &all, bytes, 1, 2);
    }
}

#[test]
fn photos_of_a_lost_class_list_come_back_under_stand_in_names() {
    let mut tables = stored();
    tables
        .0
        .insert(key(Table::Project, "classes"), DAMAGED.to_vec());
    let mut engine = super::engine();
    tables.open(&mut engine);
    let shown = counts(&mut engine);
    let names: Vec<&str> = shown.iter().map(|c| c.1.as_str()).collect();
    assert_eq!(names, ["Class 1", "Class 2"]);
    assert!(shown.iter().all(|c| c.2 == 5 && c.3 == 0), "{shown:?}");
    // Nobody knows which numbers were given to classes without photos.
    ask(&mut engine, Request::AddClass { name: "New".into() });
    assert!(counts(&mut engine)[2].0 > 1000);
}

#[test]
fn a_new_photo_takes_no_old_key() {
    let mut tables = stored();
    for n in [8, 9] {
        tables
            .0
            .insert(key(Table::Photos, &format!("{n:010}")), NEWER.to_vec());
    }
    tables
        .0
        .insert(key(Table::Photos, "0000000030"), NEWER.to_vec());
    let mut engine = super::engine();
    tables.open(&mut engine);
    let before: BTreeMap<_, _> = tables.of(Table::Photos);
    add(&mut engine, "New", &[picture(true, 7)]);
    tables.keep(&mut engine);
    let after = tables.of(Table::Photos);
    assert!(before.iter().all(|(k, v)| after.get(k) == Some(v)));
    assert!(after.contains_key("0000000031"), "{:?}", after.keys());
}

#[test]
fn a_photo_whose_file_is_gone_stays_and_waits_for_nothing() {
    let mut tables = stored();
    tables
        .0
        .retain(|(table, _), _| !matches!(table, Table::Embeddings | Table::Files));
    let mut engine = super::engine();
    tables.open(&mut engine);
    let mut said = Vec::new();
    while let Some((id, _)) = engine.missing() {
        said.extend(engine.refill(id, None));
    }
    let gone = |(event, _): &(Event, Vec<Vec<u8>>)| match event {
        Event::Problem(Problem::Storage(StorageProblem::FilesGone { photos })) => Some(*photos),
        _ => None,
    };
    assert_eq!(
        said.iter().filter_map(gone).collect::<Vec<_>>(),
        [10],
        "once, for all"
    );
    assert!(counts(&mut engine).iter().all(|c| c.2 == 0 && c.3 == 0));
    tables.keep(&mut engine);
    assert_eq!(tables.of(Table::Photos).len(), 10, "no row was deleted");
    let mut again = super::engine();
    tables.open(&mut again);
    assert!(again.missing().is_some(), "the next start tries again");
}

#[test]
fn a_safe_start_leaves_out_the_head_and_the_comparisons_and_keeps_them_stored() {
    let tables = stored();
    let mut engine = super::engine();
    let outputs = engine.open_safely(&tables.snapshot());
    let told = |want: &Event| outputs.iter().any(|(event, _)| event == want);
    assert!(told(&Event::Head(None)) && told(&Event::LabReports(Vec::new())));
    assert!(engine.changes().is_empty(), "something would be written");
}
