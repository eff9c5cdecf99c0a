//! Classes by their names: out of zips, in batches, from the keyboard.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, mem};

use data::class::ClassId;
use data::limits::{LONGEST_NAME, MOST_CLASSES};
use data::problem::{LeftOut, Problem, ZipProblem};
use data::protocol::{Event, Job, Request, Target};
use data::sample::SampleHash;
use engine::session::Incoming;
use engine::{NetworkInput, PreparedSample};

use super::host::{App, problems};
use super::picture;

fn case(name: &str) -> Vec<u8> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    fs::read(root.join("tests/cases/zips").join(name)).expect("it is among the cases")
}

/// Another photo each time.
fn made_up() -> PreparedSample {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    PreparedSample {
        taken: None,
        hash: SampleHash(format!("{number:064x}")),
        kept: vec![1],
        thumbnail: vec![2],
        input: NetworkInput::Features(vec![number as f32; 1280].into()),
        milliseconds: None,
    }
}

/// Whatever can be read is taken for a photo: what matters here is where it goes.
fn read_all(app: &mut App) -> Vec<Event> {
    let mut events = app.told();
    app.machine().pool.room = 100;
    loop {
        events.extend(app.work());
        let given = mem::take(&mut app.machine().pool.given);
        if given.is_empty() {
            return events;
        }
        for job in given {
            let (job, sample) = (job.job, Ok(made_up()));
            events.extend(app.take(Incoming::Prepared { job, sample }));
        }
    }
}

/// A photo for a class of each of these names, in one batch.
fn photos_of<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<(String, Vec<u8>)> {
    let photo = |name| (format!("{name}/photo.jpg"), vec![3]);
    names.into_iter().map(photo).collect()
}

/// The classes that photos of these names go to.
fn named(app: &mut App, names: &[&str]) -> Vec<ClassId> {
    app.send_files(Target::Folders, &photos_of(names.iter().copied()));
    let added = read_all(app).into_iter().filter_map(|event| match event {
        Event::SamplesAdded(photos) => Some(photos),
        _ => None,
    });
    added.flatten().map(|photo| photo.class).collect()
}

/// What becomes of a zip: classes with the photos that can be read for each, and those that are left for trying.
fn taken(app: &mut App, name: &str) -> Result<(Vec<(String, usize)>, usize), ZipProblem> {
    app.send_files(Target::Folders, &[(name.to_owned(), case(name))]);
    let events = read_all(app);
    let ends = events
        .iter()
        .filter(|event| matches!(event, Event::Done { .. } | Event::Refused { .. }));
    assert_eq!(ends.count(), 1, "{name}: a zip ends once");
    let mut left = 0;
    for problem in problems(&events) {
        match problem {
            Problem::Zip { file, why } => {
                assert_eq!(file, name);
                return Err(why);
            }
            Problem::LeftOut { from, what } => {
                assert_eq!(from, name);
                assert_ne!(what, LeftOut::Names, "{name}");
                if let LeftOut::IntoTestSet {
                    samples: photos, ..
                } = what
                {
                    left += photos;
                }
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    assert!(events.contains(&app.done()), "{name}: {events:?}");
    let classes = app.classes().iter();
    let counts = classes.map(|view| (view.class.name.clone(), view.count));
    Ok((counts.collect(), left))
}

#[test]
fn every_odd_zip_becomes_what_its_maker_meant() {
    let long =
        |end: &str| format!("green glass bottles without a label, ph…n a grey table, set{end}");
    let two = |a: &str, b: &str| vec![(a.to_owned(), 4), (b.to_owned(), 4)];
    let cases: &[(&str, Vec<(String, usize)>)] = &[
        ("flat.zip", vec![("flat".into(), 7)]),
        ("Class 3-samples.zip", vec![("Class 3".into(), 11)]),
        ("long-names.zip", two(&long("A"), &long("B"))),
        ("names-cp866.zip", two("Стекло", "Металл")),
        ("names-cp932.zip", two("ソーダ瓶", "表紙")),
        ("names-cp949.zip", two("유리", "금속")),
        ("names-cp437.zip", two("Gläser", "Töpfe")),
        ("names-utf8-no-flag.zip", two("Töpfe 유리", "Gläser")),
        ("names-unicode-extra.zip", two("Стекло", "Металл")),
        (
            "names-nfc-nfd.zip",
            vec![("Töpfe 유리".into(), 8), ("metal".into(), 4)],
        ),
        (
            "names-alike.zip",
            vec![("Glass".into(), 9), ("metal".into(), 6)],
        ),
        ("deep.zip", vec![("glass".into(), 4), ("metal".into(), 8)]),
        ("beside-photos.zip", two("glass", "metal")),
        ("restart-flood-24mb.zip", vec![("flood".into(), 1)]),
        (
            "project.tm",
            [
                ("glass", 5),
                ("Class 2", 6),
                ("금속", 7),
                ("left-!-right", 8),
            ]
            .map(|(name, n)| (name.to_owned(), n))
            .to_vec(),
        ),
    ];
    for (name, expected) in cases {
        let found = taken(&mut App::new(), name).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(found, (expected.clone(), 0), "{name}");
    }
    let split = vec![("glass".to_owned(), 3), ("metal".to_owned(), 3)];
    assert_eq!(taken(&mut App::new(), "split.zip"), Ok((split, 6)));
    let many = taken(&mut App::new(), "folders-1000.zip").unwrap().0;
    assert!(many.len() == 1000 && many.iter().all(|(_, n)| *n == 1));
}

#[test]
fn a_zip_that_cannot_be_taken_leaves_no_class() {
    let method = |name: &str| ZipProblem::Method(name.into());
    let cases = [
        ("password.zip", ZipProblem::Password),
        ("password-aes.zip", ZipProblem::Password),
        ("method-bzip2.zip", method("bzip2")),
        ("method-lzma.zip", method("LZMA")),
        ("method-deflate64.zip", method("Deflate64")),
        ("nested.zip", ZipProblem::Nested),
        ("converted_keras.zip", ZipProblem::NoSamples),
        ("overlap-350x30mb.zip", ZipProblem::Overlapping),
    ];
    for (name, why) in cases {
        let mut app = App::new();
        assert_eq!(taken(&mut app, name), Err(why), "{name}");
        assert!(app.classes().is_empty(), "{name}");
        assert_eq!(app.tables.writes(), 0, "{name}");
    }
}

#[test]
fn a_batch_of_classes_is_stored_once_and_too_many_are_refused() {
    let mut app = App::new();
    let all: Vec<String> = (0..20_000).map(|i| format!("kind {i}")).collect();
    let some = |n: usize| photos_of(all.iter().take(n).map(String::as_str));
    for classes in [20_000, MOST_CLASSES + 1] {
        let first = app.send_files(Target::Folders, &some(classes));
        let mut events = app.told();
        // How far all are comes last.
        let overview = events.split_off(classes);
        assert!(matches!(overview[..], [Event::Progress { .. }]));
        let problem = Problem::TooManyClasses { classes };
        let refused = (first..).take(classes).map(|id| {
            let problem = problem.clone();
            Event::Refused { id, problem }
        });
        assert!(events == refused.collect::<Vec<_>>(), "{:?}", events[0]);
    }
    assert!(app.classes().is_empty() && app.tables.writes() == 0);
    app.send_files(Target::Folders, &some(MOST_CLASSES));
    app.told();
    assert_eq!(app.tables.writes(), 1);
    let pending = |app: &App| app.classes().iter().map(|c| c.pending).collect::<Vec<_>>();
    assert_eq!(pending(&app), vec![1; MOST_CLASSES]);
    // Those that are there are found again.
    app.send_files(Target::Folders, &some(MOST_CLASSES));
    let events = app.told();
    assert_eq!(app.tables.writes(), 1);
    let (job, done, total) = (Job::Embed, 0, 2 * MOST_CLASSES);
    let waiting = Event::Progress { job, done, total };
    assert_eq!(events.last(), Some(&waiting));
    assert_eq!(app.classes().len(), MOST_CLASSES);
    let name = "one more".into();
    let events = app.ask(Request::AddClass { name });
    let classes = MOST_CLASSES + 1;
    assert_eq!(events, [app.refused(Problem::TooManyClasses { classes })]);
    assert_eq!(app.classes().len(), MOST_CLASSES);
}

#[test]
fn a_name_from_anywhere_finds_its_class() {
    let mut app = App::new();
    let mut found = |name: &str| named(&mut app, &[name])[0];
    let rose = found("Rose");
    for spelling in ["rose ", "\u{a0}ROSE", "Ro\u{200b}se\0"] {
        assert_eq!(found(spelling), rose, "{spelling:?}");
    }
    assert_eq!(found("To\u{308}pfe"), found("T\u{f6}pfe"));
    let rename = |id: ClassId, name: &str| {
        let name = name.into();
        Request::RenameClass { id, name }
    };
    let name = " rose".into();
    app.ask(Request::AddClass { name });
    app.ask(rename(ClassId(1), "ROSE\n2"));
    app.ask(rename(rose, "rose"));
    app.ask(rename(rose, " \u{7}"));
    assert_eq!(app.names(), ["rose", "ROSE 2 2", "rose 2"]);
}

#[test]
fn long_names_stay_apart_in_portions_after_a_reload_and_when_renamed() {
    let long = |middle: &str| format!("{}{middle}{}", "a".repeat(70), "z".repeat(70));
    let (one, two) = (long("1"), long("2"));
    let mut app = App::new();
    let (a, b) = (named(&mut app, &[&one])[0], named(&mut app, &[&two])[0]);
    assert_ne!(a, b);
    assert_eq!(named(&mut app, &[&one]), [a]);
    assert_eq!(named(&mut app, &[&two]), [b]);
    let kept = app.names();
    assert!(kept[0] != kept[1] && kept.iter().all(|name| name.chars().count() <= LONGEST_NAME));
    // Nothing is known but what was kept; the same folders in the same order are the same classes.
    let mut again = App::open(&app.tables);
    assert_eq!(named(&mut again, &[&one, &two]), [a, b]);
    let name = "short".into();
    again.ask(Request::RenameClass { id: b, name });
    assert_eq!(named(&mut again, &[&two]), [b]);
}

#[test]
fn a_class_whose_photos_were_all_refused_does_not_stay() {
    let mut app = App::new();
    let bad = |name: &str| (name.to_owned(), b"no photo".to_vec());
    let good = ("good/2.jpg".to_owned(), picture(true, 1));
    let files = [bad("good/1.jpg"), good, bad("bad/3.jpg"), bad("bad/4.jpg")];
    app.send_files(Target::Folders, &files);
    for _ in 0..3 {
        app.turn().expect("there is a photo to read");
        assert_eq!(app.names(), ["good", "bad"]);
    }
    app.work();
    assert_eq!(app.names(), ["good"]);
    // A class that a person made stays, and so does one that has photos.
    let name = "empty".into();
    app.ask(Request::AddClass { name });
    let events = app.add_files(Target::Folders, &[bad("empty/5.jpg"), bad("good/5.jpg")]);
    assert_eq!(problems(&events).len(), 2);
    assert_eq!(app.names(), ["good", "empty"]);
}
