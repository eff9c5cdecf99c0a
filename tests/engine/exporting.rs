//! The head in use for other programs: with what the page says of photos of the project, or of drawings.

use std::io::{Cursor, Read};

use data::export::Format;
use data::problem::Problem;
use data::protocol::{Event, Request};
use serde_json::Value;

use super::host::App;
use super::{trained, with_photos};

fn request(format: Format, samples: bool) -> Request {
    Request::Export {
        name: "discs/stripes".into(),
        format,
        small: false,
        samples,
        date: "2026-11-28".into(),
    }
}

/// The name of the file and what golden.json in it says.
fn exported(app: &mut App, format: Format, samples: bool) -> (String, Value) {
    app.send(request(format, samples), Vec::new());
    let outputs = app.outputs();
    let [(Event::File { name, mime }, file), (Event::Done { .. }, _)] = &outputs[..] else {
        panic!("{format:?}: no file and its end");
    };
    assert_eq!(mime, "application/zip");
    let zip = Cursor::new(file[0].clone());
    let mut zip = zip::ZipArchive::new(zip).expect("it is a zip");
    let mut golden = String::new();
    let mut file = zip.by_name("golden.json").expect("each export has one");
    file.read_to_string(&mut golden).expect("it is text");
    let golden = serde_json::from_str(&golden).expect("it is JSON");
    (name.clone(), golden)
}

fn samples(golden: &Value) -> &[Value] {
    golden["samples"].as_array().expect("a list")
}

#[test]
fn without_a_head_there_is_nothing_to_export() {
    let mut app = with_photos();
    let events = app.ask(request(Format::Onnx, true));
    assert_eq!(events, [app.refused(Problem::NoHead)]);
}

#[test]
fn an_export_says_what_the_page_says_of_photos_of_each_class() {
    let (mut app, head) = trained();
    for format in Format::ALL {
        let (name, golden) = exported(&mut app, format, true);
        assert_eq!(name, format!("discs_stripes-{}.zip", format.name()));
        assert_eq!(golden["labels"], serde_json::json!(["Disc", "Stripes"]));
        assert_eq!(golden["size"], 160);
        let tops: Vec<usize> = samples(&golden)
            .iter()
            .map(|sample| {
                let all = sample["probabilities"].as_array().expect("a list");
                let all: Vec<f64> = all.iter().filter_map(Value::as_f64).collect();
                assert!((all.iter().sum::<f64>() - 1.0).abs() < 1e-5, "{all:?}");
                usize::from(all[1] > all[0])
            })
            .collect();
        // The first of either class, and the second disc: the head is always right on these.
        assert_eq!(tops, [0, 1, 0], "{format:?}");
        let tells = format.tells_unknown() && head.info.unknown.is_some();
        let limit = golden.get("strangeness_limit").and_then(Value::as_f64);
        assert_eq!(limit.is_some(), tells, "{format:?}");
    }
}

/// Somebody who does not want to give photos away.
#[test]
fn drawings_take_the_place_of_photos() {
    let (mut app, _) = trained();
    let (_, with) = exported(&mut app, Format::TfLite, true);
    let (_, without) = exported(&mut app, Format::TfLite, false);
    let pixels = |golden: &Value| -> Vec<Value> {
        let all = samples(golden).iter();
        all.map(|sample| sample["pixels"].clone()).collect()
    };
    let (photos, drawings) = (pixels(&with), pixels(&without));
    assert_eq!((photos.len(), drawings.len()), (3, 3));
    assert!(!drawings.iter().any(|drawing| photos.contains(drawing)));
    // Somebody else's head, and no photo at all.
    let file = app.saved();
    let mut other = App::new();
    other.open_head(&file);
    let (_, drawn) = exported(&mut other, Format::Onnx, true);
    assert_eq!(pixels(&drawn), drawings);
    assert_eq!(
        samples(&drawn)[0]["probabilities"],
        samples(&without)[0]["probabilities"]
    );
}

#[test]
fn what_cannot_be_written_is_refused_and_nothing_changes() {
    let (mut app, _) = trained();
    let before = app.saved();
    app.machine().no_export = Some("there is no network".into());
    let events = app.ask(request(Format::Onnx, true));
    let why = Problem::Export("there is no network".into());
    assert_eq!(events, [app.refused(why)]);
    app.machine().no_export = None;
    exported(&mut app, Format::Onnx, true);
    assert_eq!(app.saved(), before);
}
