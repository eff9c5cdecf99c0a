//! A batch outside of the tab: `examples/batch` on Ray writes the table that the page writes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::made::{Case, Kind, PHOTOS, bytes};
use super::unpacked;
use data::export::Format;

/// As for every program that reads a photo by itself.
const FROM_FILES: f32 = 0.02;

#[test]
#[ignore = "needs Ray, which cargo xtask installs"]
fn a_batch_on_ray_answers_as_the_page_does() {
    let Some(python) = std::env::var_os("GRAFT_RAY") else {
        println!("Ray is not installed: its batch is left out");
        return;
    };
    let case = Case::new("efficientnet-lite0-160", false, Kind::Lda, 3);
    let folder = tempfile::tempdir().expect("there is room");
    let put = |path: &str, bytes: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("there is room");
        fs::write(path, bytes).expect("there is room");
    };
    for (i, name) in PHOTOS.iter().enumerate() {
        let path = format!("my photos/{}/=,{name}.jpg", ["a", "b"][i % 2]);
        put(&path, &bytes(&format!("tests/photos/{name}.jpg")));
    }
    put("my photos/broken.jpg", b"no photo");
    put("my photos/empty.png", b"");
    put("my photos/notes.txt", b"no photo, and not called one");
    for (name, bytes) in unpacked(case.zip(Format::Onnx, false)) {
        put(&name, &bytes);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/batch/classify.py");
    let out = Command::new(python)
        .arg(script)
        .args(["model.onnx", "my photos", "answers.csv"])
        .current_dir(folder.path())
        .output()
        .expect("Python starts");
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{said}");
    let table = fs::read_to_string(folder.path().join("answers.csv")).expect("a table");
    let table = table.strip_prefix('\u{feff}').expect("a byte-order mark");
    // As RFC 4180 says, by another way than it was written.
    let mut lines = table.split_terminator("\r\n").map(|line| {
        let (mut cells, mut quoted) = (vec![String::new()], false);
        for letter in line.chars() {
            match letter {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                other => cells.last_mut().expect("one").push(other),
            }
        }
        cells
    });
    let header = lines.next().expect("a first line");
    let mut columns = vec!["file".to_owned(), "answer".into()];
    columns.extend(case.labels.iter().cloned());
    columns.extend(["unknown", "seconds", "problem"].map(str::to_owned));
    assert_eq!(header, columns);
    let rows: BTreeMap<String, Vec<String>> = lines.map(|row| (row[0].clone(), row)).collect();
    assert_eq!(rows.len(), PHOTOS.len() + 2, "{rows:?}");
    for (file, why) in [("broken.jpg", "is not an image"), ("empty.png", "is empty")] {
        let row = &rows[&format!("my photos/{file}")];
        assert!(row[1..7].iter().all(String::is_empty), "{row:?}");
        assert_eq!(row[7], why);
    }
    let order = case.order(Format::Onnx, false);
    let mut off: f32 = 0.0;
    for (i, (name, golden)) in PHOTOS.iter().zip(&order.samples).enumerate() {
        let row = &rows[&format!("my photos/{}/=,{name}.jpg", ["a", "b"][i % 2])];
        let number = |cell: &String| cell.parse::<f32>().expect("a number");
        let found: Vec<f32> = row[2..5].iter().map(number).collect();
        for (a, b) in found.iter().zip(&golden.probabilities) {
            off = off.max((a - b).abs());
        }
        let best = (0..3).max_by(|a, b| found[*a].total_cmp(&found[*b]));
        let best = &case.labels[best.expect("a class")];
        match row[5].as_str() {
            "true" => assert_eq!(row[1], "unknown"),
            "false" => assert_eq!(row[1], *best),
            other => panic!("{other}"),
        }
        let unknown = case.unknown.as_ref().expect("such a head tells");
        let needs = unknown.needs(golden.strangeness.expect("it is told"));
        // Where the limit is not near.
        if (needs - unknown.kept).abs() > 0.02 {
            assert_eq!(row[5], (needs > unknown.kept).to_string(), "{row:?}");
        }
    }
    println!("a batch on Ray: {off:.7} from the page");
    assert!(off <= FROM_FILES, "{off} from the page");
}
