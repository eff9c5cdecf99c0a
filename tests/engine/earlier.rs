//! What an earlier build stored and saved opens today, and says what it said then.
//!
//! Commit 60666ff made `tests/fixtures/earlier-project.zip`: every record of a stored project under `TABLE/KEY`, and in
//! `expected.json` what that build told of it. Its project had three classes, one of them recoloured, a head of its own, a
//! comparison of the Lab, a deleted class, a moved photo and, opened last, a head from a file. The same commit wrote
//! `tests/fixtures/tuned.graft.safetensors`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};

use data::backbone::default_backbone;
use data::head::{HeadInfo, TestResult};
use data::lab::LabReport;
use data::prediction::Prediction;
use data::protocol::{Event, HeadView, Request, Undoable};
use engine::store::{Table, read_features, read_floats};
use formats::head_file;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use zip::ZipArchive;

use super::host::{App, head, problems};
use super::machine::Tables;

fn read(path: &str) -> Vec<u8> {
    let path = format!("{}/tests/{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read(&path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// The stored project, and what was told of it then.
fn project() -> (Tables, Value) {
    let bytes = Cursor::new(read("fixtures/earlier-project.zip"));
    let mut zip = ZipArchive::new(bytes).expect("it is a zip");
    let tables = Tables::default();
    let mut expected = Value::Null;
    for i in 0..zip.len() {
        let mut entry = zip.by_index(i).expect("it is there");
        let mut value = Vec::new();
        entry.read_to_end(&mut value).expect("it is whole");
        let name = entry.name().expect("a name of ours").into_owned();
        match name.split_once('/') {
            Some((table, key)) => {
                let table = Table::parse(table).unwrap_or_else(|| panic!("no table {table}"));
                tables.put(table, key, value);
            }
            None => expected = serde_json::from_slice(&value).expect("it is JSON"),
        }
    }
    (tables, expected)
}

/// A value as it was told then, in the types of today.
fn then<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|why| panic!("{why}: {value}"))
}

fn classes(app: &App) -> Value {
    let views = app.classes().iter();
    let row = |view: &data::class::ClassView| {
        let class = &view.class;
        json!({
            "id": class.id, "name": class.name, "colour": class.colour,
            "count": view.count, "pending": view.pending,
        })
    };
    views.map(row).collect()
}

fn is_head(view: Option<HeadView>, expected: &Value) {
    let view = view.expect("there is a head");
    assert_eq!(view.info, then::<HeadInfo>(&expected["info"]));
    assert_eq!(view.tested, then::<Vec<TestResult>>(&expected["tested"]));
    let said = json!([view.opened, view.stale]);
    assert_eq!(said, json!([expected["opened"], expected["stale"]]));
}

/// Classes and probabilities, to the last digit.
fn are(predictions: &[Prediction], expected: &[(String, f32)]) {
    let said = predictions.iter().map(|p| (p.class.clone(), p.confidence));
    assert_eq!(said.collect::<Vec<_>>(), expected);
}

fn of_bird(app: &mut App, expected: &Value) {
    let predictions = app.try_photo(&read("photos/bird_2.jpg"));
    are(&predictions, &then::<Vec<(String, f32)>>(expected));
}

#[test]
fn a_project_of_an_earlier_build_opens_as_it_was() {
    let (tables, expected) = project();
    let before = tables.rows();
    let mut app = App::open(&tables);
    // Layers that were not stored then are looked up in the photos, and nothing is told but that.
    let told = app.work();
    assert_eq!(problems(&told), []);
    let progress = |event: &Event| matches!(event, Event::Progress { .. } | Event::Counts(_));
    assert!(told.iter().all(progress), "{told:?}");
    assert_eq!(problems(&app.begun), [], "something could not be read");
    assert_eq!(classes(&app), expected["classes"]);
    let begun = std::mem::take(&mut app.begun);
    let samples: Value = begun
        .iter()
        .filter_map(|event| match event {
            Event::SamplesAdded(views) => Some(views),
            _ => None,
        })
        .flatten()
        .map(|view| json!({"id": view.id, "class": view.class, "name": view.name}))
        .collect();
    assert_eq!(samples, expected["samples"]);
    let reports = begun.iter().find_map(|event| match event {
        Event::LabReports(reports) => Some(reports.clone()),
        _ => None,
    });
    let reports_then: Vec<LabReport> = then(&expected["reports"]);
    assert_eq!(reports_then[0].arms.len(), 3);
    assert_eq!(reports, Some(reports_then));
    is_head(head(&begun), &expected["head"]);
    of_bird(&mut app, &expected["bird_2"]);
    let after = tables.rows();
    let completed = |key: &(Table, String), now: &Vec<u8>, then: &Vec<u8>| {
        let (width, layers) = (default_backbone().width, default_backbone().layers);
        let whole = read_features(now, width, layers).expect("it is whole");
        key.0 == Table::Embeddings && now.starts_with(then) && whole.layers.len() == layers
    };
    assert!(after.keys().eq(before.keys()), "something came or went");
    for ((key, now), then) in after.iter().zip(before.values()) {
        assert!(
            now == then || completed(key, now, then),
            "{key:?} was written anew"
        );
    }
}

#[test]
fn heads_of_an_earlier_build_say_the_same_of_its_embeddings() {
    let (tables, expected) = project();
    let records = tables.of(Table::Project);
    let heads: BTreeMap<String, BTreeMap<String, Vec<f32>>> = then(&expected["heads"]);
    assert_eq!(heads.len(), 2, "the one in use and the one before");
    for (key, of_embeddings) in heads {
        let file = head_file::read(&records[&key]).expect("it is whole");
        for (of, expected) in of_embeddings {
            let bytes = tables.value(Table::Embeddings, &of).expect("it is stored");
            let embedding = read_floats(&bytes, default_backbone().width).expect("it is whole");
            assert_eq!(file.head.predict(&embedding), expected, "{key} of {of}");
        }
        assert_eq!(head_file::write(&file), records[&key], "{key}");
    }
}

/// A move, a deleted class, the head that was trained here, and the opened one again.
#[test]
fn what_an_earlier_build_could_take_back_is_taken_back_today() {
    let (tables, expected) = project();
    let mut app = App::open(&tables);
    let told = app.begun.iter().rev().find_map(|event| match event {
        Event::Undoable(what) => Some(what.clone()),
        _ => None,
    });
    let undoable = |value: &Value| then::<Option<Undoable>>(value);
    assert_eq!(told, Some(undoable(&expected["undoable"])));
    let steps: Vec<Value> = then(&expected["undone"]);
    assert_eq!(steps.len(), 4);
    for step in steps {
        let events = app.answer(Request::Undo);
        assert_eq!(problems(&events), []);
        let next = Event::Undoable(undoable(&step["undoable"]));
        assert!(events.contains(&next), "{events:?}");
        assert_eq!(classes(&app), step["classes"]);
        if step["head"] != Value::Null {
            is_head(head(&events), &step["head"]);
        }
        of_bird(&mut app, &step["bird_2"]);
        let mut reloaded = App::open(&tables);
        assert_eq!(classes(&reloaded), step["classes"]);
        of_bird(&mut reloaded, &step["bird_2"]);
    }
}

/// The file of version 2 names a made-up network's hash in place of the site's.
#[test]
fn a_tuned_head_file_of_an_earlier_build_opens_and_says_the_same() {
    let mut file = read("fixtures/tuned.graft.safetensors");
    let made_up = "5eed".repeat(16);
    let mut places = file.windows(made_up.len());
    let at = places.position(|bytes| bytes == made_up.as_bytes());
    let at = at.expect("the hash stands in the description");
    file[at..at + made_up.len()].copy_from_slice(default_backbone().hash.as_bytes());
    let mut app = App::new();
    let mut events = app.open_head(&file);
    events.extend(app.work());
    assert_eq!(problems(&events), []);
    for (photo, expected) in [
        ("photos/bird_2.jpg", [0.61928093, 0.20411421, 0.17660488]),
        ("photos/fruit_2.jpg", [0.7385691, 0.12832855, 0.13310237]),
    ] {
        let names = ["Apfel", "\"Birne\" \\ 梨", "🍌"].map(str::to_owned);
        let expected: Vec<(String, f32)> = names.into_iter().zip(expected).collect();
        are(&app.try_photo(&read(photo)), &expected);
    }
}
