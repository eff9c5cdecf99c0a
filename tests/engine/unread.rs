//! An error is not an absence: what cannot be read stays stored as it is, and nothing takes its place.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use data::class::{ClassId, ClassView};
use data::problem::{Problem, StorageProblem};
use data::protocol::{Event, Request, StartOptions};
use data::sample::SampleId;
use engine::store::Table;
use zip::ZipArchive;

use super::host::{App, events as told, options, problems};
use super::machine::Tables;
use super::{picture, train, trained};

/// Damaged, and whole but of another version.
const DAMAGED: &[u8] = b"{\"classes\":[{\"id\":0,";
const NEWER: &[u8] = b"{\"version\":2,\"classes\":[0]}";

type Key = (Table, String);

fn stored() -> Tables {
    trained().0.tables
}

fn key(table: Table, key: &str) -> Key {
    (table, key.to_owned())
}

/// What is said of unread parts: photos, the classifier, other records, whether they are of a newer version.
fn unreadable(events: &[Event]) -> Vec<(usize, bool, usize, bool)> {
    let said = |event: &Event| match event {
        Event::Problem(Problem::Storage(StorageProblem::Unreadable {
            samples: photos,
            classifier,
            others,
            newer,
        })) => Some((*photos, *classifier, *others, *newer)),
        _ => None,
    };
    events.iter().filter_map(said).collect()
}

fn counts(app: &App) -> Vec<(u32, String, usize, usize)> {
    let views = app.classes().iter();
    let row = |v: &ClassView| (v.class.id.0, v.class.name.clone(), v.count, v.pending);
    views.map(row).collect()
}

/// What the page can save of unread parts: their names and what is in them.
fn saved_unread(app: &mut App) -> BTreeMap<String, Vec<u8>> {
    app.send(Request::SaveUnread, Vec::new());
    let mut outputs = app.outputs();
    let (event, mut payloads) = outputs.remove(0);
    let name = "graft-unread.zip".into();
    let mime = "application/zip".into();
    assert_eq!(event, Event::File { name, mime });
    assert_eq!(told(outputs), [app.done()]);
    let mut zip = ZipArchive::new(Cursor::new(payloads.remove(0))).expect("it is a zip");
    let count = zip.len();
    let mut read = |i| {
        let mut entry = zip.by_index(i).expect("it is there");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("it can be read");
        (entry.name().expect("a name of ours").into_owned(), bytes)
    };
    (0..count).map(&mut read).collect()
}

/// Uses a project whatever part of it cannot be read: everything that writes.
fn use_it(app: &mut App) {
    let classes = counts(app);
    let (first, second) = (ClassId(classes[0].0), ClassId(classes[1].0));
    app.add("Fresh", &[picture(true, 5), picture(false, 6)]);
    let photos: Vec<SampleId> = (0..100).map(SampleId).collect();
    let some = |photos: &[SampleId]| photos.to_vec();
    for change in [
        Request::RenameClass {
            id: first,
            name: "Renamed".into(),
        },
        Request::MoveSamples {
            ids: some(&photos[..2]),
            to: second,
        },
        Request::DeleteSamples {
            ids: some(&photos[4..5]),
        },
        Request::DeleteSamples {
            ids: some(&photos[5..6]),
        },
        Request::DeleteClass { id: first },
        Request::AddClass {
            name: "More".into(),
        },
    ] {
        app.ask(change);
    }
    train(app);
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
        let tables = whole.copy();
        let before = tables.rows();
        for (table, key) in broken {
            let old = tables.put(*table, key, bytes.to_vec());
            assert!(
                old.is_some() || key.starts_with("undo") || key.starts_with("lab"),
                "{key:?}"
            );
        }
        let mut app = App::open(&tables);
        let newer = bytes == NEWER;
        let heads = broken.iter().filter(|(_, key)| key.starts_with("head"));
        let heads = heads.count();
        let said = (photos, heads > 0, others - heads, newer);
        assert_eq!(unreadable(&app.begun), [said], "{what}");
        // The page can save them as they are, with photos that only they may name.
        let parts = |app: &mut App| {
            let mut saved = saved_unread(app);
            saved.retain(|name, _| !name.starts_with("photos/") || !name.contains('.'));
            saved
        };
        let expected: BTreeMap<_, _> = broken
            .iter()
            .map(|(table, key)| format!("{}/{}", table.name(), key.replace('/', "_")))
            .map(|name| (name, bytes.to_vec()))
            .collect();
        assert_eq!(parts(&mut app), expected, "{what}");
        let files = saved_unread(&mut app).len() - broken.len();
        assert_eq!(files, photos, "{what}: of each photo its file");
        use_it(&mut app);
        for (table, key) in broken {
            assert_eq!(
                tables.value(*table, key).as_deref(),
                Some(bytes),
                "{what}: {key:?}"
            );
        }
        // The files of photos whose rows cannot be read stay, and so do all others as long as nobody knows.
        let now = tables.rows();
        for (key, value) in before.iter().filter(|((t, _), _)| *t == Table::Files) {
            assert_eq!(now.get(key), Some(value), "{what}: {key:?}");
        }
        // And what was made since is there after the next start.
        let mut again = App::open(&tables);
        assert_eq!(counts(&again), counts(&app), "{what}");
        assert_eq!(parts(&mut again), expected, "{what}");
        // Behind the header: JSON may give a number back that differs in its last digit.
        let weights = |app: &mut App| {
            let file = app.saved();
            let header = u64::from_le_bytes(*file.first_chunk().expect("a length comes first"));
            file[8 + header as usize..].to_vec()
        };
        let same = weights(&mut again) == weights(&mut app);
        assert!(same, "{what}: the new head is another one");
    };
    for bytes in [DAMAGED, NEWER] {
        let row = |n: u32| key(Table::Samples, &format!("{n:010}"));
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
    let tables = stored();
    tables.put(Table::Project, "classes", DAMAGED.to_vec());
    let mut app = App::open(&tables);
    assert_eq!(app.names(), ["Class 1", "Class 2"]);
    let shown = counts(&app);
    assert!(shown.iter().all(|c| c.2 == 5 && c.3 == 0), "{shown:?}");
    // Nobody knows which numbers were given to classes without photos.
    app.ask(Request::AddClass { name: "New".into() });
    assert!(counts(&app)[2].0 > 1000);
}

#[test]
fn a_new_photo_takes_no_old_key() {
    let tables = stored();
    for n in [8, 9, 30] {
        tables.put(Table::Samples, &format!("{n:010}"), NEWER.to_vec());
    }
    let mut app = App::open(&tables);
    let before: BTreeMap<_, _> = tables.of(Table::Samples);
    app.add("New", &[picture(true, 7)]);
    let after = tables.of(Table::Samples);
    assert!(before.iter().all(|(k, v)| after.get(k) == Some(v)));
    assert!(after.contains_key("0000000031"), "{:?}", after.keys());
}

#[test]
fn a_photo_whose_file_is_gone_stays_and_waits_for_nothing() {
    let tables = stored();
    tables.clear(Table::Embeddings);
    tables.clear(Table::Files);
    // At the next start it is tried again.
    for _ in 0..2 {
        let mut app = App::open(&tables);
        assert!(counts(&app).iter().all(|c| c.2 == 0 && c.3 == 5));
        let events = app.work();
        let gone = StorageProblem::FilesGone { samples: 10 };
        assert_eq!(problems(&events), [Problem::Storage(gone)], "once, for all");
        assert!(counts(&app).iter().all(|c| c.2 == 0 && c.3 == 0));
        assert_eq!(tables.of(Table::Samples).len(), 10, "no row was deleted");
    }
}

#[test]
fn a_safe_start_leaves_out_the_head_and_the_comparisons_and_keeps_them_stored() {
    let tables = stored();
    let (before, writes) = (tables.rows(), tables.writes());
    let safe = StartOptions {
        safe: true,
        ..options()
    };
    let app = App::open_with(&tables, safe);
    let told = |want: &Event| app.begun.contains(want);
    assert!(told(&Event::Head(None)) && told(&Event::LabReports(Vec::new())));
    let said = StorageProblem::Safe { stored: true };
    assert_eq!(problems(&app.begun), [Problem::Storage(said)]);
    assert!(tables.rows() == before && tables.writes() == writes);
}
