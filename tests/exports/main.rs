//! What is exported, and what the programs that it is for make of it. Those that run it are installed by `cargo xtask test` and
//! `cargo xtask agree`, which also say where they are; all others need nothing.

mod agreement;
mod cluster;
mod consumers;
mod made;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use data::export::Format;
use made::{Case, Kind};

type Files = BTreeMap<String, Vec<u8>>;

/// What is in a zip, read by another program.
fn unpacked(zip: Vec<u8>) -> Files {
    let mut read = zip::ZipArchive::new(Cursor::new(zip)).expect("it is a zip");
    let count = read.len();
    let one = |i| {
        let mut file = read.by_index(i).expect("it is there");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("it is whole");
        (file.name().expect("a name").into_owned(), bytes)
    };
    (0..count).map(one).collect()
}

fn json(bytes: &[u8]) -> serde_json::Value {
    serde_json::from_slice(bytes).expect("it is JSON")
}

#[test]
fn every_export_holds_all_that_its_users_need() {
    let case = Case::new("efficientnet-lite0-160", false, Kind::Lda, 2);
    for (format, names) in [
        (
            Format::Onnx,
            vec![
                "README.txt",
                "check.py",
                "golden.json",
                "labels.txt",
                "model.onnx",
            ],
        ),
        (
            Format::TeachableMachine,
            vec![
                "README.txt",
                "check.mjs",
                "golden.json",
                "metadata.json",
                "model.json",
                "weights.bin",
            ],
        ),
        (
            Format::TfLite,
            vec![
                "README.txt",
                "check.py",
                "golden.json",
                "labels.txt",
                "model.tflite",
            ],
        ),
        (
            Format::Python,
            vec![
                "README.txt",
                "check.py",
                "classify.mjs",
                "classify.py",
                "golden.json",
                "index.html",
                "labels.txt",
                "model.onnx",
                "package.json",
                "requirements.txt",
            ],
        ),
    ] {
        let (whole, small) = (case.zip(format, false), case.zip(format, true));
        assert!(small.len() * 5 < whole.len() * 4, "{format:?} is smaller");
        let files = unpacked(whole);
        let found: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(found, names, "{format:?}");
        let golden = json(&files["golden.json"]);
        assert_eq!(
            golden["samples"].as_array().map(Vec::len),
            Some(case.inputs.len())
        );
        let tells = golden["samples"][0].get("strangeness").is_some();
        assert_eq!(tells, format.tells_unknown(), "{format:?}");
        let readme = String::from_utf8(files["README.txt"].clone()).expect("it is text");
        assert!(readme.contains("Klasse 0 梨, Klasse 1 梨"), "{readme}");
        assert!(
            !readme.contains(['{', '}']),
            "a place was left open: {readme}"
        );
        let says = |words: &str| readme.contains(words);
        assert_eq!(
            says("strangeness_limit"),
            format.tells_unknown(),
            "{readme}"
        );
        assert_eq!(
            says("This format cannot"),
            !format.tells_unknown(),
            "{readme}"
        );
    }
}

/// What `metadata.json` and `model.json` must have to be taken for Teachable Machine's.
#[test]
fn teachable_machines_files_say_what_its_library_asks_for() {
    let case = Case::new("efficientnet-lite0-160", false, Kind::Lda, 3);
    let files = unpacked(case.zip(Format::TeachableMachine, true));
    let metadata = json(&files["metadata.json"]);
    assert_eq!(metadata["labels"], serde_json::json!(case.labels));
    assert_eq!(metadata["imageSize"], 160);
    assert_eq!(metadata["packageName"], "@teachablemachine/image");
    let model = json(&files["model.json"]);
    assert_eq!(model["modelTopology"]["keras_version"], "tfjs-layers 1.3.1");
    let weights = model["weightsManifest"][0]["weights"].as_array();
    let bytes = weights.expect("a list").iter().map(|weight| {
        let shape = weight["shape"].as_array().expect("a list").iter();
        let numbers: u64 = shape.filter_map(|n| n.as_u64()).product();
        let wide = if weight.get("quantization").is_some() {
            2
        } else {
            4
        };
        wide * numbers
    });
    assert_eq!(bytes.sum::<u64>(), files["weights.bin"].len() as u64);
}

/// The classes of a model for TensorFlow Lite lie behind it in a zip that any program finds from its end.
#[test]
fn a_model_for_tensorflow_lite_carries_its_labels() {
    let case = Case::new("efficientnet-lite0-160", false, Kind::Softmax, 2);
    let files = unpacked(case.zip(Format::TfLite, false));
    assert_eq!(
        files["labels.txt"],
        "0 Klasse 0 梨\n1 Klasse 1 梨\n".as_bytes()
    );
    let model = &files["model.tflite"];
    assert_eq!(&model[4..8], b"TFL3");
    let inside = unpacked(model.clone());
    assert_eq!(
        inside["labels.txt"],
        "Klasse 0 梨\nKlasse 1 梨\n".as_bytes()
    );
}
