//! Project files that are cut, damaged, of another version or made to do harm: a sentence, and nothing lost or left behind.

use std::io::Cursor;

use data::class::{Class, ClassId, Colour};
use data::problem::{Problem, ProjectProblem, ZipProblem};
use data::protocol::{Event, ProjectRequest};
use engine::store::{ClassList, Table};
use formats::bundle;
use formats::project_file::{MANIFEST, Manifest, PhotoEntry, Record};

use super::super::host::problems;
use super::{Page, next, problem, shapes, unzipped};

const NAME: &str = "shapes.graft.zip";

fn open() -> ProjectRequest {
    ProjectRequest::Open { name: NAME.into() }
}

fn refused(file: &[u8]) -> Problem {
    let mut page = Page::new();
    let events = page.hand(open(), file);
    assert_eq!(next(&events), None);
    assert_eq!(page.shelf.all.borrow().len(), 1, "nothing is left behind");
    let ends = events
        .iter()
        .filter(|event| matches!(event, Event::Done { .. } | Event::Refused { .. }));
    assert_eq!(ends.count(), 1, "{events:?}");
    problem(&events)
}

fn of_project(why: ProjectProblem) -> Problem {
    let name = NAME.into();
    Problem::Project { name, why }
}

/// The file with its entries changed.
fn changed(file: &[u8], change: impl Fn(&str, &mut Vec<u8>)) -> Vec<u8> {
    let mut files = unzipped(file);
    files
        .iter_mut()
        .for_each(|(name, bytes)| change(name, bytes));
    bundle::zip(&files)
}

fn class(id: u32, name: &str) -> Class {
    Class {
        id: ClassId(id),
        name: name.into(),
        colour: Colour(1, 2, 3),
    }
}

fn project(classes: Vec<Class>, photos: &[(&str, &str)], records: Vec<Record>) -> Vec<u8> {
    let list = ClassList {
        classes,
        next: ClassId(9),
        backbone: "no-such-network".into(),
    };
    let mut manifest = Manifest::new("Made up");
    manifest.packs.push("graft/a.bin".into());
    let classes = Record {
        table: "project".into(),
        key: "classes".into(),
        value: serde_json::to_vec(&list).expect("plain data"),
    };
    let pack: Vec<u8> = [classes]
        .iter()
        .chain(&records)
        .flat_map(Record::write)
        .collect();
    for (hash, path) in photos {
        manifest.photos.push(PhotoEntry {
            hash: hash.repeat(64),
            path: (*path).into(),
        });
    }
    let mut files: Vec<_> = photos
        .iter()
        .map(|(hash, path)| ((*path).to_owned(), hash.as_bytes().to_vec()))
        .collect();
    files.push(("graft/a.bin".into(), pack));
    files.push((MANIFEST.into(), manifest.write()));
    bundle::zip(&files)
}

fn row(id: u32, class: u32, hash: &str) -> Record {
    let hash = hash.repeat(64);
    Record {
        table: "photos".into(),
        key: format!("{id:010}"),
        value: format!(
            r#"{{"id":{id},"class":{class},"name":"a.jpg","hash":"{hash}","later":[1]}}"#
        )
        .into(),
    }
}

#[test]
fn a_file_that_breaks_off_is_damaged_wherever_it_does() {
    let saved = shapes().saved(false);
    for part in 1..20 {
        let cut = &saved[..saved.len() * part / 20];
        assert!(matches!(
            refused(cut),
            Problem::Zip {
                why: ZipProblem::Damaged,
                ..
            }
        ));
    }
    assert!(matches!(
        refused(b""),
        Problem::Zip {
            why: ZipProblem::Damaged,
            ..
        }
    ));
    assert!(matches!(
        refused(b"Rar!\x1a\x07\0 what"),
        Problem::Zip {
            why: ZipProblem::OtherKind(_),
            ..
        }
    ));
}

#[test]
fn a_newer_version_says_so_and_a_damaged_part_is_said() {
    let saved = shapes().saved(false);
    let newer = changed(&saved, |name, bytes| {
        if name == MANIFEST {
            let text = String::from_utf8_lossy(bytes).replace("\"version\":1", "\"version\":7");
            *bytes = text.into_bytes();
        }
    });
    assert_eq!(refused(&newer), of_project(ProjectProblem::NewerFile));
    let no_manifest = changed(&saved, |name, bytes| {
        if name == MANIFEST {
            bytes.truncate(9);
        }
    });
    assert_eq!(refused(&no_manifest), of_project(ProjectProblem::Damaged));
    let cut_pack = changed(&saved, |name, bytes| {
        if name.contains("records") {
            bytes.pop();
        }
    });
    assert_eq!(refused(&cut_pack), of_project(ProjectProblem::Damaged));
    // Photos in folders are no project, and say so.
    let folders = bundle::zip(&[("cat/1.jpg".into(), vec![1])]);
    assert_eq!(refused(&folders), of_project(ProjectProblem::NoProject));
}

#[test]
fn a_damaged_photo_is_left_out_and_the_others_are_there() {
    let mut saved = shapes().saved(false);
    // In the middle of the first photo's bytes: its sum does not fit any more.
    let at = 30 + "disc/disc0.jpg".len() + 40;
    saved[at] ^= 0xff;
    let mut page = Page::new();
    let events = page.hand(open(), &saved);
    assert_eq!(
        problem(&events),
        of_project(ProjectProblem::LeftOut { samples: 1 })
    );
    let page = page.go_to(&events);
    let counts: Vec<_> = page.app.classes().iter().map(|c| c.count).collect();
    assert_eq!(counts, [3, 4]);
    assert_eq!(problems(&page.app.begun), []);
    // Nothing of it stays.
    for table in [
        Table::Files,
        Table::Thumbnails,
        Table::Embeddings,
        Table::Samples,
    ] {
        assert_eq!(page.tables().of(table).len(), 7, "{table:?}");
    }
}

#[test]
fn names_that_cannot_be_told_apart_or_numbers_that_lie_are_damage() {
    let twice = project(vec![class(1, "cat"), class(2, " CAT")], &[], Vec::new());
    assert_eq!(refused(&twice), of_project(ProjectProblem::Damaged));
    let same_id = project(vec![class(1, "cat"), class(1, "dog")], &[], Vec::new());
    assert_eq!(refused(&same_id), of_project(ProjectProblem::Damaged));
    let nameless = project(vec![class(1, "\u{200b}")], &[], Vec::new());
    assert_eq!(refused(&nameless), of_project(ProjectProblem::Damaged));
    let many = (0..1001).map(|i| class(i, &format!("c{i}"))).collect();
    let many = project(many, &[], Vec::new());
    assert_eq!(refused(&many), Problem::TooManyClasses { classes: 1001 });
}

#[test]
fn odd_rows_and_paths_do_no_harm_and_what_a_later_graft_adds_stays() {
    let records = vec![
        row(5, 1, "a"),
        // Of a photo that is not there; under another's key; of a class that nobody knows.
        row(6, 1, "f"),
        Record {
            key: "0000000099".into(),
            ..row(7, 1, "a")
        },
        row(8, 77, "b"),
        Record {
            table: "files".into(),
            key: "a".repeat(64),
            value: b"other".to_vec(),
        },
        Record {
            table: "nowhere".into(),
            key: "x".into(),
            value: Vec::new(),
        },
        Record {
            table: "project".into(),
            key: "hidden".into(),
            value: b"{}".to_vec(),
        },
        Record {
            table: "project".into(),
            key: "later".into(),
            value: b"7".to_vec(),
        },
    ];
    let photos = [
        ("a", "../../cat/1.jpg"),
        ("b", "/etc/passwd"),
        ("b", "twice.jpg"),
    ];
    let name = "x".repeat(5000);
    let file = project(vec![class(1, &name)], &photos, records);
    let mut page = Page::new();
    let events = page.hand(open(), &file);
    assert_eq!(problems(&events), []);
    let page = page.go_to(&events);
    assert!(
        page.app
            .names()
            .iter()
            .all(|name| name.chars().count() <= 60)
    );
    assert_eq!(page.app.names().len(), 2, "one has a name that stands in");
    let rows = page.tables().of(Table::Samples);
    assert_eq!(
        rows.keys().collect::<Vec<_>>(),
        ["0000000005", "0000000008"]
    );
    assert!(rows["0000000005"].ends_with(b"\"later\":[1]}"));
    let files = page.tables().of(Table::Files);
    assert_eq!(files.values().collect::<Vec<_>>(), [b"a", b"b"]);
    let records = page.tables().of(Table::Project);
    assert_eq!(records["later"], b"7");
    assert!(!records.contains_key("hidden"));
}

#[test]
fn entries_that_share_bytes_or_unpack_to_too_much_are_refused() {
    use std::io::Write;
    let mut manifest = Manifest::new("Bomb");
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let packed = zip::write::SimpleFileOptions::default();
    for i in 0..30 {
        let path = format!("a/{i}.bmp");
        zip.start_file(&path, packed).expect("to memory");
        zip.write_all(&vec![0; 60 << 20]).expect("to memory");
        let hash = format!("{i:064x}");
        manifest.photos.push(PhotoEntry { hash, path });
    }
    zip.start_file(MANIFEST, packed).expect("to memory");
    zip.write_all(&manifest.write()).expect("to memory");
    let bomb = zip.finish().expect("to memory").into_inner();
    assert!(matches!(
        refused(&bomb),
        Problem::Zip {
            why: ZipProblem::Bomb { .. },
            ..
        }
    ));
    let mut manifest = Manifest::new("Many");
    manifest.photos = (0..20_001)
        .map(|i| PhotoEntry {
            hash: format!("{i:064x}"),
            path: "a/1.jpg".into(),
        })
        .collect();
    let many = bundle::zip(&[
        ("a/1.jpg".into(), vec![1]),
        (MANIFEST.into(), manifest.write()),
    ]);
    assert!(matches!(
        refused(&many),
        Problem::Zip {
            why: ZipProblem::TooMany { .. },
            ..
        }
    ));
}
