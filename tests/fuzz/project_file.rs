//! Project files: looked into, opened as a project of their own, and merged into one that is open.

use data::class::{Class, ClassId, Colour};
use data::protocol::{Event, ProjectRequest, Request};
use engine::store::ClassList;
use formats::bundle;
use formats::project_file::{MANIFEST, Manifest, PhotoEntry, Record};

use super::harness::Target as Fuzzed;
use super::host::{file, problems};
use super::machine::Tables;
use super::project::{app, network};
use super::zip::{marks, mend};

#[test]
fn project_file() {
    let network = network();
    Fuzzed {
        name: "project_file",
        corpus: vec![made(2, "a/1.jpg"), made(0, "../../x"), bundle::zip(&[])],
        marks,
        words: &[
            b"PK\x03\x04",
            b"PK\x01\x02",
            b"PK\x05\x06",
            b"graft/project.json",
            b"\"version\":1",
            b"\"photos\":[",
            b"\x07\0\0\0project",
            b"\x06\0\0\0photos",
            b"\xff\xff\xff\xff",
            b"classes",
            b"hidden",
        ],
        mend,
        most_bytes: 256 << 20,
        most_seconds: 20.0,
        read: Box::new(move |bytes| {
            let name = || "x.graft.zip".to_owned();
            let requests = [
                ProjectRequest::Look { name: name() },
                ProjectRequest::Merge { name: name() },
                ProjectRequest::Open { name: name() },
            ];
            let mut outcome = String::new();
            let mut app = app(&network, Tables::default());
            app.machine().projects.open = "first".into();
            app.machine().pool.room = 0;
            for request in requests {
                let id = app.send(Request::Projects(request), vec![file(bytes)]);
                let mut events = app.told();
                events.extend(app.work());
                let ended = |event: &&Event| match event {
                    Event::Done { id: of } | Event::Refused { id: of, .. } => *of == id,
                    _ => false,
                };
                assert_eq!(events.iter().filter(ended).count(), 1, "{events:?}");
                outcome += &format!("{:?} ", problems(&events).first());
            }
            // Nothing half made stays beside what is open.
            let all = app.machine().projects.all.borrow().len();
            assert!(all <= 1, "{all} projects");
            outcome
        }),
    }
    .run();
}

/// A project with so many photos, which are none: nobody decodes them here.
fn made(photos: u32, path: &str) -> Vec<u8> {
    let list = ClassList {
        classes: vec![Class {
            id: ClassId(1),
            name: "cat".into(),
            colour: Colour(1, 2, 3),
        }],
        next: ClassId(2),
        backbone: "efficientnet-lite0-224".into(),
    };
    let mut manifest = Manifest::new("Pets");
    let record = |table: &str, key: String, value: Vec<u8>| Record {
        table: table.into(),
        key,
        value,
    };
    let json = serde_json::to_vec(&list).expect("plain data");
    let mut records = vec![record("project", "classes".into(), json)];
    let mut files = Vec::new();
    for i in 0..photos {
        let (hash, path) = (format!("{i:064x}"), format!("{i}{path}"));
        let row = format!(r#"{{"id":{i},"class":1,"name":"{i}.jpg","hash":"{hash}"}}"#);
        records.push(record("photos", format!("{i:010}"), row.into()));
        records.push(record("thumbnails", hash.clone(), vec![1]));
        files.push((path.clone(), vec![i as u8; 9]));
        manifest.photos.push(PhotoEntry { hash, path });
    }
    manifest.packs.push("graft/records-0001.bin".into());
    let pack = records.iter().flat_map(Record::write).collect();
    files.push(("graft/records-0001.bin".into(), pack));
    files.push((MANIFEST.into(), manifest.write()));
    bundle::zip(&files)
}
