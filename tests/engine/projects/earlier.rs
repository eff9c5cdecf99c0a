//! A project file of an earlier build: commit 0b6fd78 saved it, which knew no test set, no groups and not where photos come from.

use data::head::{HeadInfo, TestResult};
use data::protocol::{Event, ProjectRequest, Request, Target};
use engine::store::{SampleRow, Table};
use serde_json::{Value, json};

use super::super::host::{head, problems};
use super::super::picture;
use super::{Page, unzipped};

const FILE: &[u8] = include_bytes!("../../fixtures/earlier.graft.zip");
const EXPECTED: &[u8] = include_bytes!("../../fixtures/earlier.graft.json");

fn expected() -> Value {
    serde_json::from_slice(EXPECTED).expect("it is JSON")
}

fn opened() -> Page {
    let mut page = Page::new();
    let name = "earlier.graft.zip".into();
    let events = page.hand(ProjectRequest::Open { name }, FILE);
    assert_eq!(problems(&events), []);
    page.go_to(&events)
}

/// Classes and probabilities of a photo, to the last digit.
fn answers(page: &mut Page) -> Value {
    let predictions = page.app.try_photo(&picture(true, 9));
    let said = predictions.iter().map(|p| json!([p.class, p.confidence]));
    said.collect()
}

#[test]
fn a_project_file_from_before_the_test_set_opens_as_it_was_saved() {
    let expected = expected();
    let mut page = opened();
    let begun = std::mem::take(&mut page.app.begun);
    assert_eq!(problems(&begun), []);
    let views = page.app.classes().iter();
    let classes: Value = views
        .map(|view| {
            let class = &view.class;
            json!({"id": class.id, "name": class.name, "colour": class.colour, "count": view.count})
        })
        .collect();
    assert_eq!(classes, expected["classes"]);
    let samples = begun.iter().filter_map(|event| match event {
        Event::SamplesAdded(views) => Some(views),
        _ => None,
    });
    let samples: Value = samples
        .flatten()
        .map(|view| json!({"id": view.id, "class": view.class, "name": view.name}))
        .collect();
    assert_eq!(samples, expected["samples"]);
    let mut view = head(&begun).expect("its head came along");
    // They are a tensor, which no JSON has.
    let unknown = view.info.unknown.as_mut().expect("it had a rule");
    let prototypes = std::mem::take(&mut unknown.prototypes);
    assert_eq!(prototypes.len(), 8 * unknown.width);
    let of = &expected["head"];
    let info: HeadInfo = serde_json::from_value(of["info"].clone()).expect("it was one");
    let tested: Vec<TestResult> = serde_json::from_value(of["tested"].clone()).expect("so it was");
    assert!(view.info == info, "the head's description has changed");
    assert_eq!(view.tested, tested);
    assert_eq!((view.opened, view.stale), (false, false));
    assert_eq!(answers(&mut page), expected["disc_9"]);
    // Of none of its photos is anything known that was not asked then.
    let rows = page.tables().of(Table::Samples);
    assert_eq!(rows.len(), 8);
    for (key, row) in rows {
        let row: SampleRow = serde_json::from_slice(&row).expect("it is one");
        assert!(row.provenance.is_unknown() && !key.starts_with("test/"));
    }
}

/// What is younger than the file works on what it holds, and the head stays what it was.
#[test]
fn a_project_file_from_before_the_test_set_can_have_one() {
    let mut page = opened();
    let before = answers(&mut page);
    let tests: Vec<(String, Vec<u8>)> = (20..22)
        .map(|i| (format!("disc/{i}.jpg"), picture(true, i)))
        .collect();
    let events = page.app.add_files(Target::Test, &tests);
    assert_eq!(problems(&events), []);
    let report = events.iter().rev().find_map(|event| match event {
        Event::TestReport(report) => report.as_deref(),
        _ => None,
    });
    let report = report.expect("the head of before is judged");
    assert_eq!(report.tested.len(), 2);
    let validation = report.validation.as_ref().expect("two photos were judged");
    assert!(validation.calibration.is_some());
    assert_eq!(answers(&mut page), before);
    let settings = Default::default();
    let events = page.app.answer(Request::Train { settings });
    assert_eq!(problems(&events), []);
    let view = head(&events).expect("it trains again");
    assert_eq!(view.tested.len(), 8);
    // It is saved with what is new, and the photos are where they were.
    let files = unzipped(&page.saved(false));
    let names = files.iter().map(|(name, _)| name.as_str());
    let tests = names.clone().filter(|name| name.starts_with("test/disc/"));
    assert_eq!(tests.count(), 2);
    let before = unzipped(FILE).into_iter();
    for (name, bytes) in before.filter(|(name, _)| name.ends_with(".jpg")) {
        let now = files.iter().find(|(other, _)| *other == name);
        assert_eq!(now.map(|(_, bytes)| bytes), Some(&bytes), "{name}");
    }
}
