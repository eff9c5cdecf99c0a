//! Classes by their names: out of zips, in batches, from the keyboard.

use std::fs::File;
use std::path::PathBuf;

use data::class::ClassId;
use data::folders::Purpose;
use data::limits::{LONGEST_NAME, MOST_CLASSES};
use data::problem::{Problem, ZipProblem};
use data::protocol::{Event, Request};
use engine::{Engine, Zip};
use pollster::block_on;

use super::host::Tables;
use super::{engine, picture, run};

fn case(name: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/cases/zips").join(name)
}

/// The names of all classes.
fn names(engine: &mut Engine) -> Vec<String> {
    let classes = engine
        .overview()
        .into_iter()
        .find_map(|(event, _)| match event {
            Event::Classes(classes) => Some(classes),
            _ => None,
        });
    classes
        .unwrap_or_default()
        .into_iter()
        .map(|c| c.class.name)
        .collect()
}

/// What becomes of a zip: classes with the photos that can be read for each, and those that are left for trying.
fn taken(engine: &mut Engine, name: &str) -> Result<(Vec<(String, usize)>, usize), ZipProblem> {
    let mut zip = Zip::open(File::open(case(name)).unwrap())?;
    if !zip.foreign_names().is_empty() {
        let (texts, sure) = code_page::read(&zip.foreign_names(), "en");
        zip.read_names(texts, sure);
    }
    let sorted = zip.sort(name)?;
    assert!(!zip.names_unknown, "{name}");
    let ids = engine.classes_named(sorted.classes.iter().map(|group| group.name.as_str()));
    let ids = ids.map_err(|classes| ZipProblem::TooManyClasses { classes })?;
    let mut counts = vec![0; names(engine).len()];
    for (id, group) in ids.iter().zip(&sorted.classes) {
        let read = group.photos.iter().filter(|i| zip.read(**i).is_ok());
        counts[id.0 as usize] += read.count();
    }
    let left = sorted.photos(Purpose::Try).len();
    let left = if sorted.apart.photos.is_empty() {
        0
    } else {
        left
    };
    Ok((names(engine).into_iter().zip(counts).collect(), left))
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
        let found = taken(&mut engine(), name).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(found, (expected.clone(), 0), "{name}");
    }
    let split = vec![("glass".to_owned(), 3), ("metal".to_owned(), 3)];
    assert_eq!(taken(&mut engine(), "split.zip"), Ok((split, 6)));
    let many = taken(&mut engine(), "folders-1000.zip").unwrap().0;
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
        ("converted_keras.zip", ZipProblem::NoPhotos),
        ("overlap-350x30mb.zip", ZipProblem::Overlapping),
    ];
    for (name, why) in cases {
        let mut engine = engine();
        assert_eq!(taken(&mut engine, name), Err(why), "{name}");
        assert!(
            names(&mut engine).is_empty() && engine.changes().is_empty(),
            "{name}"
        );
    }
}

#[test]
fn a_batch_of_classes_is_stored_once_and_too_many_are_refused() {
    let mut engine = engine();
    let all: Vec<String> = (0..20_000).map(|i| format!("kind {i}")).collect();
    let some = |n: usize| all.iter().take(n).map(String::as_str);
    assert_eq!(engine.classes_named(some(20_000)), Err(20_000));
    assert_eq!(
        engine.classes_named(some(MOST_CLASSES + 1)),
        Err(MOST_CLASSES + 1)
    );
    assert!(names(&mut engine).is_empty() && engine.changes().is_empty());
    let ids = engine.classes_named(some(MOST_CLASSES)).unwrap();
    assert_eq!(engine.changes().len(), 1);
    assert_eq!(engine.classes_named(some(MOST_CLASSES)), Ok(ids));
    assert!(engine.changes().is_empty());
    let add = Request::AddClass {
        name: "one more".into(),
    };
    let (event, _) = block_on(engine.handle(add, vec![])).remove(0);
    let classes = MOST_CLASSES + 1;
    assert_eq!(event, Event::Problem(Problem::TooManyClasses { classes }));
    assert_eq!(names(&mut engine).len(), MOST_CLASSES);
}

#[test]
fn a_name_from_anywhere_finds_its_class() {
    let mut engine = engine();
    let mut named = |name: &str| engine.classes_named([name]).unwrap()[0];
    let rose = named("Rose");
    for spelling in ["rose ", "\u{a0}ROSE", "Ro\u{200b}se\0"] {
        assert_eq!(named(spelling), rose, "{spelling:?}");
    }
    assert_eq!(named("To\u{308}pfe"), named("T\u{f6}pfe"));
    let ask = |engine: &mut Engine, request| drop(block_on(engine.handle(request, vec![])));
    ask(
        &mut engine,
        Request::AddClass {
            name: " rose".into(),
        },
    );
    ask(
        &mut engine,
        Request::RenameClass {
            id: ClassId(1),
            name: "ROSE\n2".into(),
        },
    );
    ask(
        &mut engine,
        Request::RenameClass {
            id: rose,
            name: "rose".into(),
        },
    );
    ask(
        &mut engine,
        Request::RenameClass {
            id: rose,
            name: " \u{7}".into(),
        },
    );
    assert_eq!(names(&mut engine), ["rose", "ROSE 2 2", "rose 2"]);
}

#[test]
fn long_names_stay_apart_in_portions_after_a_reload_and_when_renamed() {
    let long = |middle: &str| format!("{}{middle}{}", "a".repeat(70), "z".repeat(70));
    let (one, two) = (long("1"), long("2"));
    let mut tables = Tables::default();
    let mut engine = engine();
    let mut named = |name: &str| engine.classes_named([name]).unwrap()[0];
    let (a, b) = (named(&one), named(&two));
    assert_ne!(a, b);
    assert_eq!((named(&one), named(&two)), (a, b));
    let kept = names(&mut engine);
    assert!(kept[0] != kept[1] && kept.iter().all(|name| name.chars().count() <= LONGEST_NAME));
    tables.keep(&mut engine);
    // Nothing is known but what was kept; the same folders in the same order are the same classes.
    let mut again = super::engine();
    tables.open(&mut again);
    assert_eq!(
        again.classes_named([one.as_str(), two.as_str()]),
        Ok(vec![a, b])
    );
    let rename = Request::RenameClass {
        id: b,
        name: "short".into(),
    };
    block_on(again.handle(rename, vec![]));
    assert_eq!(again.classes_named([two.as_str()]), Ok(vec![b]));
}

#[test]
fn a_class_whose_photos_were_all_refused_does_not_stay() {
    let mut engine = engine();
    let made = engine.classes_named(["good", "bad"]).unwrap();
    made.iter().for_each(|id| engine.announce(*id, 2));
    let bad = || Ok(b"no photo".to_vec().into());
    engine.add_photo(made[0], None, "1.jpg", bad());
    engine.add_photo(made[0], None, "2.jpg", Ok(picture(true, 1).into()));
    engine.add_photo(made[1], None, "3.jpg", bad());
    assert_eq!(names(&mut engine), ["good", "bad"]);
    engine.add_photo(made[1], None, "4.jpg", bad());
    run(&mut engine);
    assert_eq!(names(&mut engine), ["good"]);
    // A class that a person made stays, and so does one that has photos.
    block_on(engine.handle(
        Request::AddClass {
            name: "empty".into(),
        },
        vec![],
    ));
    let ids = engine.classes_named(["empty", "good"]).unwrap();
    for id in ids {
        engine.announce(id, 1);
        engine.add_photo(id, None, "5.jpg", bad());
    }
    assert_eq!(names(&mut engine), ["good", "empty"]);
}
