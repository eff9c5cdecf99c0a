//! Files that the page hands over: photos, zips of them, and those that were handed over before.

use std::io::{Cursor, Write};

use data::class::ClassId;
use data::photo::PhotoProblem;
use data::problem::{LeftOut, Listed, Problem, SampleProblem, ZipProblem};
use data::protocol::{Event, Numbered, Request, Target};
use engine::session::Incoming;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::host::{App, file, options, problems};
use super::super::picture;
use super::all_ended_once;

fn zipped(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let started = zip.start_file(*name, SimpleFileOptions::default());
        started.expect("it is in memory");
        zip.write_all(bytes).expect("it is in memory");
    }
    zip.finish().expect("it is in memory").into_inner()
}

fn mixed() -> Vec<u8> {
    let whole = picture(true, 1);
    zipped(&[
        ("set/Disc/0.jpg", picture(true, 0)),
        ("set/Disc/1.jpg", whole[..whole.len() / 2].to_vec()),
        ("set/Disc/2.jpg", picture(true, 0)),
        ("set/Disc/notes.txt", b"not for it".to_vec()),
        ("set/Stripes/0.jpg", picture(false, 0)),
    ])
}

fn photo(file: &str, why: SampleProblem) -> Problem {
    let file = file.into();
    Problem::Sample { file, why }
}

#[test]
fn what_is_wrong_within_a_zip_is_said_and_the_zip_is_done() {
    let mut app = App::new();
    let events = app.add_files(Target::Folders, &[("set.zip".into(), mixed())]);
    let class = "Disc".to_owned();
    let from = "set.zip".to_owned();
    let what = LeftOut::NotSamples(Listed::of(["set/Disc/notes.txt"].into_iter()));
    let said: Vec<Event> = [
        Problem::LeftOut { from, what },
        photo("set/Disc/1.jpg", SampleProblem::Damaged),
        photo("set/Disc/2.jpg", SampleProblem::Duplicate { class }),
    ]
    .map(Event::Problem)
    .into();
    let found = events.iter().filter(|e| matches!(e, Event::Problem(_)));
    assert!(found.eq(&said), "{events:?}");
    let end = events.iter().position(|event| *event == app.done());
    let last = events
        .iter()
        .rposition(|e| matches!(e, Event::SamplesAdded(_)));
    assert!(end > last, "it ends with the last photo in it: {events:?}");
    all_ended_once(&app, &events);
    let counts: Vec<_> = app.classes().iter().map(|c| (c.count, c.pending)).collect();
    assert_eq!(counts, [(1, 0), (1, 0)]);
}

#[test]
fn a_single_file_that_is_refused_ends_with_its_name() {
    let mut app = App::new();
    let to = Target::Class(ClassId(0));
    app.ask(Request::AddClass { name: "A".into() });
    let files = [
        ("folder/bad.jpg".to_owned(), vec![7; 20]),
        ("empty.png".to_owned(), Vec::new()),
        ("broken.zip".to_owned(), b"PK\x03\x04".to_vec()),
    ];
    let mut events = app.add_files(to, &files);
    let first = app.last;
    let refused = |id: u64, problem: Problem| Event::Refused { id, problem };
    let file = "broken.zip".to_owned();
    let why = ZipProblem::Damaged;
    let ends = [
        refused(
            first,
            photo(
                "folder/bad.jpg",
                SampleProblem::Photo(PhotoProblem::NotAnImage),
            ),
        ),
        refused(first + 1, photo("empty.png", SampleProblem::Empty)),
        refused(first + 2, Problem::Zip { file, why }),
    ];
    events.retain(|e| {
        matches!(
            e,
            Event::Refused { .. } | Event::Done { .. } | Event::Problem(_)
        )
    });
    assert_eq!(events.len(), 3);
    assert!(ends.iter().all(|end| events.contains(end)), "{events:?}");
    // The same where they are tried, and where their names have to tell a class.
    let events = app.try_file(b"");
    assert_eq!(
        events,
        [app.refused(photo("new.jpg", SampleProblem::Empty))]
    );
    let events = app.add_files(Target::Folders, &[("alone.jpg".into(), picture(true, 1))]);
    let why = photo("alone.jpg", SampleProblem::NoClass);
    assert!(events.contains(&app.refused(why)), "{events:?}");
}

#[test]
fn an_unknown_set_of_samples_is_refused_and_a_known_one_is_one_file() {
    let mut app = App::new();
    let mut events = app.answer(Request::AddSampleSet {
        id: "nobody's".into(),
        first: 0,
    });
    assert!(matches!(
        &problems(&events)[..],
        [Problem::SampleSet { set, .. }] if set == "nobody's"
    ));
    let index = r#"{"sets":[{"id":"two","classes":[
        {"name":"Fruit","files":["samples/photos/fruit/strawberry.jpg","samples/none.jpg"]}]}]}"#;
    let site = &mut app.machine().site;
    site.insert("samples/index.json".into(), Ok(index.into()));
    site.insert("samples/none.jpg".into(), Err("404".into()));
    let id = "two".to_owned();
    let of_set = app.answer(Request::AddSampleSet { id, first: 0 });
    let why = SampleProblem::Unreadable("404".into());
    assert_eq!(problems(&of_set), [photo("samples/none.jpg", why)]);
    assert!(of_set.contains(&app.done()));
    events.extend(of_set);
    all_ended_once(&app, &events);
    assert_eq!(app.names(), ["Fruit"]);
    assert_eq!(app.classes()[0].count, 1);
}

/// A worker broke at the second photo of a zip: the next one is handed the zip without it, and tells what it takes up.
#[test]
fn a_zip_that_comes_again_leaves_out_what_broke_a_worker() {
    let mut app = App::open_with(&Default::default(), options());
    let photos: Vec<(String, Vec<u8>)> = (0..4)
        .map(|i| (format!("set/Disc/{i}.jpg"), picture(true, i)))
        .collect();
    let named: Vec<(&str, Vec<u8>)> = photos
        .iter()
        .map(|(n, b)| (n.as_str(), b.clone()))
        .collect();
    let zip = zipped(&named);
    // The worker before was done with the first one.
    app.add_named("Disc", &[("early.jpg".into(), picture(true, 0))]);
    let id = app.asked();
    let again = |without: Vec<usize>| {
        let names = vec!["set.zip".into()];
        let (to, first) = (Target::Folders, id);
        let request = Request::AddSamples { to, names, first };
        let again = Some(without);
        let numbered = Numbered { id, again, request };
        Incoming::Request(numbered, vec![file(&zip)])
    };
    let mut events = app.take(again(vec![1]));
    events.extend(app.work());
    let begun: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Begun { file, part, name } => Some((*file, *part, name.as_str())),
            _ => None,
        })
        .collect();
    let expected = [
        (id, 0, "set/Disc/0.jpg"),
        (id, 2, "set/Disc/2.jpg"),
        (id, 3, "set/Disc/3.jpg"),
    ];
    assert_eq!(begun, expected);
    assert_eq!(problems(&events), [], "that it is there already is no news");
    assert_eq!(app.classes()[0].count, 3);
    let ends = |events: &[Event]| events.iter().filter(|e| **e == Event::Done { id }).count();
    assert_eq!(ends(&events), 1);
    // Nothing of it is left: it ends at once.
    let events = app.take(again((0..4).collect()));
    assert_eq!(ends(&events), 1);
    assert_eq!(app.turn(), None);
}
