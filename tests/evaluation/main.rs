//! How heads are evaluated, against scikit-learn and scipy. Where the truth comes from stands in `fixtures/README.md`.

mod folds;
mod scores;
mod unknown;

use serde::Deserialize;
use serde::de::DeserializeOwned;

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn json<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_slice(&fixture(name)).expect("the fixture is whole")
}

fn floats(name: &str) -> Vec<f32> {
    let bytes = fixture(name);
    let values = bytes.as_chunks().0.iter();
    values.map(|b| f32::from_le_bytes(*b)).collect()
}

#[track_caller]
fn near(ours: f64, theirs: f64, most: f64) {
    assert!((ours - theirs).abs() <= most, "{ours}, not {theirs}");
}

/// `evaluation.json`
#[derive(Deserialize)]
struct Truth {
    evaluations: Vec<scores::Case>,
    paired: Vec<scores::Pair>,
    /// How often each of two came up, and the two-sided probability.
    binomial: Vec<(usize, usize, f64)>,
    folds: folds::Folds,
}

fn truth() -> Truth {
    json("evaluation.json")
}
