//! Head files: ours, read by others; others', read by us. The format stands in `docs/head-format.md`.

mod cases;
mod measured;
mod strangers;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;
use std::process::Command;

use data::class::Colour;
use data::classifier::{Dense, Head, Input, Part};
use data::head::{Calibrated, Choice, HeadClass, HeadInfo, How, Reach, Validation};
use data::metrics::Confusion;
use data::settings::{Measure, Optimiser, TrainSettings};
use data::transfer::TuneSettings;
use data::tuned_layers::{TunedLayer, TunedLayers};
use formats::head_file::{HeadFile, read, write};
use serde_json::{Value, json};

const WIDTH: usize = 1280;

fn path(name: &str) -> String {
    format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// Values without rounding, so that a file's bytes are the same everywhere.
fn numbers(n: usize, step: usize, unit: f32) -> Vec<f32> {
    (0..n)
        .map(|i| ((i * step % 257) as f32 - 128.0) * unit)
        .collect()
}

fn example(hidden: usize) -> HeadFile {
    let out_width = if hidden == 0 { WIDTH } else { hidden };
    let head = Head {
        input: Default::default(),
        mean: numbers(WIDTH, 11, 1.0 / 256.0),
        scale: 0.375,
        hidden: (hidden > 0).then(|| Dense {
            weight: numbers(WIDTH * hidden, 31, 1.0 / 4096.0),
            bias: numbers(hidden, 5, 1.0 / 512.0),
        }),
        out: Dense {
            weight: numbers(out_width * 3, 59, 1.0 / 4096.0),
            bias: vec![0.25, -0.5, 0.0],
        },
    };
    let class = |name: &str, colour, photos| HeadClass {
        name: name.into(),
        colour,
        samples: photos,
    };
    let confusion = Confusion {
        classes: 3,
        counts: vec![2, 0, 0, 1, 3, 0, 0, 0, 2],
    };
    let info = HeadInfo {
        classes: vec![
            class("Apfel", Colour(0, 114, 178), 8),
            class("\"Birne\" \\ 梨", Colour(230, 159, 0), 16),
            class("🍌", Colour(0, 158, 115), 8),
        ],
        backbone: "efficientnet-lite0-224".into(),
        backbone_hash: "5eed".repeat(16),
        input_size: 224,
        settings: TrainSettings {
            optimiser: Optimiser::Adam,
            measure: Measure::HeldOut,
            hidden,
            ..Default::default()
        },
        validation: (hidden > 0).then(|| {
            Box::new(Validation {
                how: Default::default(),
                calibration: None,
                accuracy: confusion.accuracy(),
                confusion,
            })
        }),
        tuned: None,
        choice: None,
        unknown: None,
    };
    let tuned_layers = TunedLayers::default();
    HeadFile {
        head,
        info,
        tuned_layers,
        statistics: None,
    }
}

/// With two layers of the backbone.
fn tuned_example() -> HeadFile {
    let mut file = example(0);
    file.info.tuned = Some(TuneSettings::default());
    let layer = |name: &str, shape: &[usize]| TunedLayer {
        name: name.into(),
        shape: shape.to_vec(),
        values: numbers(shape.iter().product(), 7, 1.0 / 512.0),
    };
    file.tuned_layers.layers = vec![
        layer("blocks.0.depthwise.bias", &[32]),
        layer("blocks.0.depthwise.weight", &[32, 1, 3, 3]),
    ];
    file
}

/// On the last two layers and the embedding, with what is said of its choice.
fn closed_example() -> HeadFile {
    let mut file = example(0);
    let parts = vec![
        Part::Layers {
            from: 960,
            to: 2784,
        },
        Part::Embedding,
    ];
    let width = 2784 - 960 + WIDTH;
    file.head.input = Input { parts, root: true };
    file.head.mean = numbers(width, 11, 1.0 / 256.0);
    file.head.out.weight = numbers(width * 3, 59, 1.0 / 4096.0);
    file.info.settings = TrainSettings::default();
    file.info.choice = Some(Choice {
        reach: Reach::Late,
        shrinkage: 0.6,
        embedding: 0.75,
        chosen: 0.875,
    });
    let confusion = Confusion {
        classes: 3,
        counts: vec![2, 0, 0, 1, 3, 0, 0, 0, 2],
    };
    file.info.validation = Some(Box::new(Validation {
        how: How::CrossValidated,
        calibration: Some(Calibrated {
            top2: Some(0.9),
            ece_before: Some(0.25),
            ece: 0.125,
            bins_before: Vec::new(),
            bins: Vec::new(),
        }),
        accuracy: confusion.accuracy(),
        confusion,
    }));
    file
}

/// A reader of version 2 would take the embedding alone for what such a head sees.
#[test]
fn what_a_head_sees_comes_back_as_it_was() {
    let file = closed_example();
    let bytes = write(&file);
    assert!(read(&bytes).expect("it is whole") == file);
    let parts = Parts::of(&bytes);
    let graft = parts.graft();
    assert_eq!(graft["version"], 3);
    let layers = json!({"layers": {"from": 960, "to": 2784}});
    let input = json!({"parts": [layers, "embedding"], "root": true});
    assert_eq!(graft["input"], input);
}

#[test]
fn a_tuned_backbone_comes_back_as_it_was() {
    let file = tuned_example();
    let bytes = write(&file);
    assert!(read(&bytes).expect("it is whole") == file);
    let parts = Parts::of(&bytes);
    assert_eq!(parts.graft()["version"], 2);
    let weight = &parts.header["backbone.blocks.0.depthwise.weight"];
    assert_eq!(weight["dtype"], "F16");
    // Layers cost no one who has none: the rest is as in a plain file.
    let plain = Parts::of(&fixture("linear.graft.safetensors"));
    assert!(parts.tensor("out.weight") == plain.tensor("out.weight"));
}

/// Files of version 1, each with the units of its hidden layer.
const FILES: [(&str, usize); 2] = [
    ("linear.graft.safetensors", 0),
    ("hidden.graft.safetensors", 4),
];
/// The file of version 2: commit 60666ff wrote it.
const TUNED: &str = "tuned.graft.safetensors";
/// The file of version 3.
const CLOSED: &str = "discriminants.graft.safetensors";

/// Heads that people saved must open for ever. Set `UPDATE_FIXTURES` to write the files anew,
/// which is right only together with a new version.
#[test]
fn the_bytes_we_write_stay_the_same() {
    let plain = FILES.map(|(name, hidden)| (name, example(hidden)));
    let later = [(TUNED, tuned_example()), (CLOSED, closed_example())];
    for (name, file) in plain.into_iter().chain(later) {
        let ours = write(&file);
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            fs::write(path(name), &ours).expect("the checkout can be written to");
        }
        assert!(ours == fixture(name), "{name} would be written otherwise");
        let read = read(&ours).expect("it is whole");
        // To the last digit of every number: what is opened and saved again is the same file.
        assert_eq!(read.info, file.info, "{name}");
        assert!(read == file, "{name}");
    }
}

/// A file taken apart by nothing but the safetensors specification.
struct Parts {
    header: Value,
    data: Vec<u8>,
}

impl Parts {
    fn of(file: &[u8]) -> Self {
        let (length, rest) = file.split_first_chunk().expect("8 bytes of length");
        let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
        assert_eq!(header.len() % 8, 0, "the data are aligned");
        Self {
            header: serde_json::from_slice(header).expect("the header is JSON"),
            data: data.to_vec(),
        }
    }

    fn graft(&self) -> Value {
        let entry = self.header["__metadata__"]["graft"].as_str();
        serde_json::from_str(entry.expect("a string")).expect("it is JSON")
    }

    fn set_graft(&mut self, entry: &Value) {
        self.header["__metadata__"]["graft"] = Value::String(entry.to_string());
    }

    fn tensors(&self) -> impl Iterator<Item = (&String, &Value)> {
        let header = self.header.as_object().expect("an object");
        header.iter().filter(|(name, _)| *name != "__metadata__")
    }

    fn range(&self, name: &str) -> std::ops::Range<usize> {
        let offset = |i: usize| self.header[name]["data_offsets"][i].as_u64();
        offset(0).expect("a number") as usize..offset(1).expect("a number") as usize
    }

    /// Shape and values.
    fn tensor(&self, name: &str) -> (Vec<u64>, Vec<f64>) {
        assert_eq!(self.header[name]["dtype"], "F32", "{name}");
        let shape = self.header[name]["shape"].as_array().expect("a list");
        let bytes = &self.data[self.range(name)];
        let values: Vec<f64> = bytes
            .as_chunks()
            .0
            .iter()
            .map(|b| f64::from(f32::from_le_bytes(*b)))
            .collect();
        let shape: Vec<u64> = shape.iter().filter_map(Value::as_u64).collect();
        assert_eq!(shape.iter().product::<u64>() as usize * 4, bytes.len());
        (shape, values)
    }

    fn bytes(&self) -> Vec<u8> {
        let header = self.header.to_string().into_bytes();
        let length = (header.len() as u64).to_le_bytes();
        [&length[..], &header, &self.data].concat()
    }
}

/// The formula of `docs/head-format.md`, in f64.
fn predict(parts: &Parts, embedding: &[f32]) -> Vec<f64> {
    let dense = |name: &str, x: &[f64]| -> Vec<f64> {
        let (shape, weight) = parts.tensor(&format!("{name}.weight"));
        let (_, bias) = parts.tensor(&format!("{name}.bias"));
        assert_eq!(shape, [x.len() as u64, bias.len() as u64]);
        let column = |j: usize| {
            (0..x.len())
                .map(|i| x[i] * weight[i * bias.len() + j])
                .sum::<f64>()
        };
        (0..bias.len()).map(|j| bias[j] + column(j)).collect()
    };
    let (mean, scale) = (parts.tensor("mean").1, parts.tensor("scale").1[0]);
    let pairs = embedding.iter().zip(&mean);
    let mut x: Vec<f64> = pairs.map(|(e, m)| (f64::from(*e) - m) / scale).collect();
    if parts.header.get("hidden.weight").is_some() {
        x = dense("hidden", &x).iter().map(|v| v.max(0.0)).collect();
    }
    let exps: Vec<f64> = dense("out", &x).iter().map(|l| l.exp()).collect();
    exps.iter().map(|e| e / exps.iter().sum::<f64>()).collect()
}

fn embedding() -> Vec<f32> {
    let bytes = fixture("blackbird.emb1280.f32");
    let values = bytes.as_chunks().0.iter();
    values.map(|b| f32::from_le_bytes(*b)).collect()
}

#[test]
fn our_files_are_safetensors_and_predict_by_the_formula() {
    for (name, hidden) in FILES {
        let parts = Parts::of(&fixture(name));
        let mut ranges: Vec<_> = parts.tensors().map(|(name, _)| parts.range(name)).collect();
        ranges.sort_by_key(|range| range.start);
        // Without gaps, from the start to the end.
        assert_eq!(ranges[0].start, 0);
        assert!(ranges.windows(2).all(|two| two[0].end == two[1].start));
        assert_eq!(ranges.last().map(|range| range.end), Some(parts.data.len()));
        assert_eq!(parts.graft()["version"], 1);
        let ours = example(hidden).head.predict(&embedding());
        near(name, &ours, &predict(&parts, &embedding()));
    }
}

/// f32 against f64 over 1280 products: a ten-thousandth of a percent.
fn near(name: &str, ours: &[f32], truth: &[f64]) {
    assert_eq!(ours.len(), truth.len(), "{name}");
    assert!(
        truth.iter().all(|probability| *probability > 0.01),
        "{name} tells nothing: {truth:?}"
    );
    for (ours, truth) in ours.iter().zip(truth) {
        assert!(
            (f64::from(*ours) - truth).abs() < 1e-6,
            "{name}: {ours}, not {truth}"
        );
    }
}

/// The same by `scripts/read_head.py`, where Python has what it needs.
#[test]
fn pythons_safetensors_predicts_the_same() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let has_packages = Command::new(&python)
        .args(["-c", "import numpy, safetensors"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !has_packages {
        eprintln!("passed over: {python} lacks numpy or safetensors");
        return;
    }
    for (name, hidden) in FILES {
        let script = format!("{}/scripts/read_head.py", env!("CARGO_MANIFEST_DIR"));
        let output = Command::new(&python)
            .args([script, path(name), path("blackbird.emb1280.f32")])
            .output()
            .expect("it ran a moment ago");
        let error = String::from_utf8_lossy(&output.stderr);
        let probabilities: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {error}"));
        let HeadFile { head, info, .. } = example(hidden);
        let truth: Vec<f64> = info
            .classes
            .iter()
            .map(|class| {
                probabilities[&class.name]
                    .as_f64()
                    .expect("a probability of each class")
            })
            .collect();
        near(name, &head.predict(&embedding()), &truth);
    }
}

thread_local! {
    /// The largest piece of memory this thread asked for.
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

struct Watched;

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.set(LARGEST.get().max(layout.size()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watched = Watched;
