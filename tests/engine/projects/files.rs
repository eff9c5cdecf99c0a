//! A project as a file: what is in it, and what comes of it elsewhere.

use data::problem::{Problem, ProjectProblem, StorageProblem};
use data::protocol::{Event, Job, ProjectEvent, ProjectFileView, ProjectRequest, Request, Target};
use engine::store::{SampleRow, TEST, Table};
use formats::project_file::PACK;

use super::super::groups::taken_at;
use super::super::host::{head, problems};
use super::super::picture;
use super::{Page, next, problem, shapes, unzipped};

fn open() -> ProjectRequest {
    let name = "shapes.graft.zip".into();
    ProjectRequest::Open { name }
}

fn merge() -> ProjectRequest {
    let name = "shapes.graft.zip".into();
    ProjectRequest::Merge { name }
}

#[test]
fn a_saved_project_gives_the_same_answers_in_another_browser() {
    let mut here = shapes();
    let tried = picture(true, 9);
    let answers = here.app.try_photo(&tried);
    let saved = here.saved(false);
    // Anyone can read the photos: a folder a class.
    let files = unzipped(&saved);
    let photos: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(photos[..2], ["disc/disc0.jpg", "disc/disc1.jpg"]);
    assert_eq!(photos[7], "stripes/stripes3.jpg");
    assert_eq!(
        photos[8..],
        ["graft/records-0001.bin", "graft/project.json"]
    );

    let there = Page::new();
    let mut there = there;
    let look = ProjectRequest::Look {
        name: "x.zip".into(),
    };
    let found = there.hand(look, &saved);
    let view = ProjectFileView {
        name: "Shapes: disc/stripes".into(),
        classes: 2,
        samples: 8,
        heads: 1,
        project: true,
    };
    assert_eq!(found[0], Event::Projects(ProjectEvent::Found(view)));
    let events = there.hand(open(), &saved);
    assert_eq!(problems(&events), []);
    let there = there.go_to(&events);
    // The empty one that it came to is not kept.
    assert_eq!(there.shelf.all.borrow().len(), 1);
    let mut there = there;
    assert_eq!(there.names(), ["Shapes: disc/stripes"]);
    assert_eq!(there.app.names(), ["disc", "stripes"]);
    let begun = there.app.begun.clone();
    assert!(head(&begun).is_some_and(|head| !head.opened && !head.stale));
    assert_eq!(problems(&begun), []);
    assert_eq!(there.app.try_photo(&tried), answers);
    // All of it is there, byte for byte, but for what is of one browser.
    for table in Table::ALL {
        let (mut old, mut new) = (here.tables().of(table), there.tables().of(table));
        for key in ["done", "name", "size", "undo"] {
            old.remove(key);
            new.remove(key);
        }
        if table == Table::Project {
            old.retain(|key, _| !key.starts_with("head-before"));
        }
        assert_eq!(old, new, "{table:?}");
    }
    // And it is saved the same again.
    assert_eq!(there.saved(false), saved);
}

#[test]
fn the_project_that_is_open_does_not_change_when_a_file_is_opened() {
    let saved = shapes().saved(false);
    let mut page = Page::new();
    page.app.add("other", &[picture(true, 20)]);
    let before = page.tables().rows();
    let events = page.hand(open(), &saved);
    let after = page.tables().rows();
    let but_done = |rows: &super::super::machine::Rows| {
        let rows = rows.iter().filter(|((_, key), _)| key != "done");
        rows.map(|(key, value)| (key.clone(), value.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(but_done(&before), but_done(&after));
    let mut opened = page.go_to(&events);
    assert_eq!(opened.names(), ["", "Shapes: disc/stripes"]);
    assert_eq!(opened.app.names(), ["disc", "stripes"]);
}

#[test]
fn what_is_merged_comes_to_the_classes_of_the_same_name_and_nothing_is_there_twice() {
    let saved = shapes().saved(false);
    let mut page = Page::new();
    page.app.add("Disc", &[picture(true, 0), picture(true, 30)]);
    page.app.add("rings", &[picture(false, 1)]);
    let settings = data::settings::TrainSettings::default();
    let events = page.app.answer(Request::Train { settings });
    assert_eq!(problems(&events), []);
    let events = page.hand(merge(), &saved);
    assert_eq!(problems(&events), []);
    assert_eq!(next(&events), None, "the same project stays open");
    let counts: Vec<_> = page
        .app
        .classes()
        .iter()
        .map(|c| (c.class.name.clone(), c.count, c.pending))
        .collect();
    // One disc and one of the stripes were there.
    let expected = [("Disc", 5, 0), ("rings", 1, 0), ("stripes", 3, 0)];
    assert_eq!(counts, expected.map(|(name, n, p)| (name.to_owned(), n, p)));
    // What the network says of the photos came along.
    let embeds = |event: &Event| match event {
        Event::Progress { job, done, total } => *job == Job::Embed && done < total,
        _ => false,
    };
    assert!(!events.iter().any(embeds), "{events:?}");
    assert!(head(&events).is_some_and(|head| head.stale && head.info.classes.len() == 2));
    // A reload shows the same.
    let mut again = Page::open(&page.shelf, "first");
    assert_eq!(again.app.names(), ["Disc", "rings", "stripes"]);
    let ids = again.app.session.platform().tables.of(Table::Samples).len();
    assert_eq!(ids, 9);
    again.app.answer(Request::AddClass {
        name: "more".into(),
    });
    // The same once more adds nothing.
    let events = again.hand(merge(), &saved);
    assert_eq!(problems(&events), []);
    assert_eq!(
        again.app.session.platform().tables.of(Table::Samples).len(),
        9
    );
}

#[test]
fn photos_leave_without_place_time_and_device_unless_asked_for() {
    let secrets: [&[u8]; 2] = [b"N 52 31 12", b"Pixel 8 Pro"];
    let has = |bytes: &[u8], secret: &[u8]| bytes.windows(secret.len()).any(|w| w == secret);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/photos/bird_1.jpg");
    let mut photo = std::fs::read(folder).expect("it is there");
    let comment = secrets.concat();
    let mut segment = vec![0xff, 0xfe];
    segment.extend((comment.len() as u16 + 2).to_be_bytes());
    segment.extend(comment);
    photo.splice(2..2, segment);
    let mut page = Page::new();
    page.app.add("birds", &[photo.clone(), picture(true, 1)]);
    let stored = page.tables().of(Table::Files);
    assert!(
        stored.values().any(|bytes| has(bytes, secrets[0])),
        "storage has it as it came"
    );
    let (clean, whole) = (page.saved(false), page.saved(true));
    for secret in secrets {
        assert!(!has(&clean, secret));
        assert!(has(&whole, secret));
    }
    // The same photo is still known as the same.
    let other = Page::new();
    let mut other = other;
    let events = other.hand(open(), &clean);
    let mut other = other.go_to(&events);
    let events = other.app.add("birds", &[photo]);
    assert!(
        matches!(problem(&events), Problem::Sample { .. }),
        "it is there already"
    );
}

/// When the photos of a project were taken, as it is stored.
fn times(page: &Page) -> Vec<i64> {
    let rows = page.tables().of(Table::Samples);
    let rows = rows
        .values()
        .map(|json| serde_json::from_slice::<SampleRow>(json).expect("a row"));
    rows.map(|row| row.provenance.taken.expect("it says so"))
        .collect()
}

#[test]
fn times_leave_as_what_lies_between_them() {
    let photo = |i: u32, time: &str| taken_at(&picture(true, i), time);
    let mut page = Page::new();
    let taken = [(0, "2026:11:27 10:03:15"), (1, "2026:11:27 10:03:20")];
    page.app
        .add("birds", &taken.map(|(i, time)| photo(i, time)));
    let there = times(&page);
    assert_eq!(there[1] - there[0], 5);
    for (metadata, expected) in [(false, vec![0, 5]), (true, there)] {
        let saved = page.saved(metadata);
        let mut other = Page::new();
        let events = other.hand(open(), &saved);
        assert_eq!(times(&other.go_to(&events)), expected);
    }
}

#[test]
fn photos_to_test_with_are_that_in_a_file_and_where_it_is_opened_or_merged() {
    let tests = [("disc", true), ("stripes", false)]
        .map(|(class, disc)| (format!("{class}/new.jpg"), picture(disc, 20)));
    let mut here = shapes();
    here.app.add_files(Target::Test, &tests);
    let saved = here.saved(false);
    let files = unzipped(&saved);
    let apart = files.iter().filter(|(name, _)| name.starts_with("test/"));
    let apart: Vec<&str> = apart.map(|(name, _)| name.as_str()).collect();
    assert_eq!(apart, ["test/disc/new.jpg", "test/stripes/new.jpg"]);
    let count = |page: &Page| {
        let rows = page.tables().of(Table::Samples);
        let tests = rows.keys().filter(|key| key.starts_with(TEST)).count();
        (rows.len() - tests, tests)
    };
    let mut other = Page::new();
    let events = other.hand(open(), &saved);
    assert_eq!(count(&other.go_to(&events)), (8, 2));

    // One of them is learned from here, and stays that.
    let mut page = Page::new();
    page.app.add("Disc", &[picture(true, 20)]);
    for _ in 0..2 {
        let events = page.hand(merge(), &saved);
        assert_eq!(problems(&events), []);
        assert_eq!(count(&page), (9, 1));
    }
    let counts: Vec<_> = page.app.classes().iter().map(|c| c.count).collect();
    assert_eq!(counts, [5, 4]);
}

#[test]
fn a_file_grows_in_pieces_of_a_few_megabytes() {
    let mut page = shapes();
    // 900 photos more, as large as the largest that are kept: 230 MB.
    let tables = page.tables().clone();
    let pixels = vec![7; 256 << 10];
    let class = page.app.class("disc").expect("it is there").0;
    for i in 100..1000 {
        let hash = format!("{i:064x}");
        let row = format!(r#"{{"id":{i},"class":{class},"name":"{i}.bmp","hash":"{hash}"}}"#);
        tables.put(Table::Samples, &format!("{i:010}"), row.into_bytes());
        let mut file = b"BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0".to_vec();
        file.extend(&pixels);
        tables.put(Table::Files, &hash, file);
        let embedding = vec![0; 10_000];
        tables.put(Table::Embeddings, &format!("x/{hash}"), embedding);
    }
    let saved = page.saved(false);
    assert!(saved.len() > 230 << 20, "{} bytes", saved.len());
    let largest = page.shelf.largest.get();
    assert!(largest < PACK + (1 << 20), "{largest} bytes at once");
}

#[test]
fn photos_that_are_gone_are_counted_and_the_rest_is_saved() {
    let mut page = shapes();
    let key = page
        .tables()
        .of(Table::Files)
        .into_keys()
        .next()
        .expect("there are some");
    page.tables().remove(Table::Files, &key);
    let name = "x".to_owned();
    let metadata = false;
    let events = page.ask(ProjectRequest::Save {
        name: name.clone(),
        metadata,
    });
    let why = ProjectProblem::NotSaved { samples: 1 };
    assert_eq!(problem(&events), Problem::Project { name, why });
}

#[test]
fn saving_can_be_stopped_and_is_one_at_a_time() {
    let mut page = shapes();
    let save = || {
        let (name, metadata) = ("x".to_owned(), false);
        Request::Projects(ProjectRequest::Save { name, metadata })
    };
    let first = page.app.send(save(), Vec::new());
    page.app.send(save(), Vec::new());
    let busy = Problem::Project {
        name: "x".into(),
        why: ProjectProblem::Busy,
    };
    let events = page.app.told();
    assert_eq!(events, [page.app.refused(busy)]);
    let events = page.ask(ProjectRequest::Stop);
    assert!(events.contains(&Event::Done { id: first }), "{events:?}");
    let saved = |event: &Event| matches!(event, Event::Projects(ProjectEvent::Saved { .. }));
    assert!(!events.iter().any(saved));
    assert!(page.shelf.files.borrow().is_empty());
}

#[test]
fn without_room_nothing_is_left_behind() {
    let saved = shapes().saved(false);
    let mut page = Page::new();
    page.app.add("other", &[picture(true, 20)]);
    page.shelf.full.set(true);
    let events = page.hand(open(), &saved);
    assert!(matches!(
        problem(&events),
        Problem::Project {
            why: ProjectProblem::NoRoom,
            ..
        }
    ));
    assert_eq!(page.shelf.all.borrow().len(), 1);
    assert_eq!(next(&events), None);
    page.shelf.full.set(false);
    page.shelf.blocked.set(true);
    let events = page.hand(open(), &saved);
    assert!(matches!(
        problem(&events),
        Problem::Project {
            why: ProjectProblem::NoStorage,
            ..
        }
    ));
    // Merged into what is full: the photos of before are there, and no others.
    page.tables().faults.full.set(true);
    let before = page.tables().rows();
    let events = page.hand(merge(), &saved);
    assert!(problems(&events).iter().any(|why| matches!(
        why,
        Problem::Project {
            why: ProjectProblem::NoRoom,
            ..
        } | Problem::Storage(StorageProblem::Full)
    )));
    assert_eq!(page.app.names(), ["other"]);
    page.tables().faults.full.set(false);
    page.app.answer(Request::AddClass {
        name: "more".into(),
    });
    let files = |rows: &super::super::machine::Rows| {
        rows.keys()
            .filter(|(table, _)| *table == Table::Files)
            .count()
    };
    assert_eq!(files(&before), files(&page.tables().rows()));
}
