//! Files that we did not write, or that came to harm.

use data::problem::HeadProblem;
use formats::head_file::{read, write};
use serde_json::{Value, json};

use super::{FILES, LARGEST, Parts, embedding, fixture};

/// A good file with one thing changed.
fn changed(name: &str, change: impl FnOnce(&mut Parts)) -> Vec<u8> {
    let mut parts = Parts::of(&fixture(name));
    change(&mut parts);
    parts.bytes()
}

#[test]
fn bad_files_say_why() {
    let linear = fixture("linear.graft.safetensors");
    let with = |change: fn(&mut Parts)| changed("linear.graft.safetensors", change);
    let with_hidden = |change: fn(&mut Parts)| changed("hidden.graft.safetensors", change);
    let entry = |pointer: &str, value: Value| {
        changed("hidden.graft.safetensors", |parts| {
            let mut entry = parts.graft();
            *entry.pointer_mut(pointer).expect("there is such a field") = value;
            parts.set_graft(&entry);
        })
    };
    let number = |name: &str, value: f32| {
        changed("linear.graft.safetensors", |parts| {
            let at = parts.range(name).start;
            parts.data[at..at + 4].copy_from_slice(&value.to_le_bytes());
        })
    };
    let length = |length: u64| [&length.to_le_bytes(), &linear[8..]].concat();
    for (what, file, expected) in [
        ("unchanged", with(|_| ()), "Ok"),
        ("nothing", Vec::new(), "NotAHead"),
        ("a text", b"just some text".to_vec(), "NotAHead"),
        ("a photo", fixture("resize_90x120.png"), "NotAHead"),
        (
            "other tensors",
            with(|p| p.header["__metadata__"] = json!({})),
            "NotAHead",
        ),
        (
            "no metadata",
            with(|p| drop(p.header["__metadata__"].take())),
            "NotAHead",
        ),
        ("cut in the header", linear[..200].to_vec(), "Damaged"),
        (
            "cut in the data",
            linear[..linear.len() - 1].to_vec(),
            "Damaged",
        ),
        ("something behind", [&linear[..], b"x"].concat(), "Damaged"),
        ("a length of 2^64 - 1", length(u64::MAX), "Damaged"),
        ("a length of 90 MB", length(90_000_000), "Damaged"),
        ("a length of 1", length(1), "Damaged"),
        (
            "an entry that is no JSON",
            with(|p| p.header["__metadata__"]["graft"] = json!("{")),
            "Damaged",
        ),
        (
            "an entry without fields",
            with(|p| p.set_graft(&json!({"version": 1}))),
            "Damaged",
        ),
        ("no version", with(|p| p.set_graft(&json!({}))), "Damaged"),
        (
            "a newer version of other fields",
            with(|p| p.set_graft(&json!({"version": 4}))),
            "Newer { found: 4, known: 3 }",
        ),
        ("a version below 0", entry("/version", json!(-1)), "Damaged"),
        (
            "a number beyond f64",
            with(|p| {
                let entry = p.graft().to_string().replace("0.02", "1e999");
                p.header["__metadata__"]["graft"] = json!(entry);
            }),
            "Damaged",
        ),
        (
            "another backbone",
            entry("/backbone", json!("resnet50")),
            "UnknownBackbone(\"resnet50\")",
        ),
        ("another input", entry("/input_size", json!(160)), "Shape"),
        ("no class", entry("/classes", json!([])), "Shape"),
        (
            "a class less",
            with(|p| {
                let mut entry = p.graft();
                entry["classes"].as_array_mut().expect("a list").pop();
                p.set_graft(&entry);
            }),
            "Shape",
        ),
        (
            "counts of other classes",
            entry("/validation/confusion/classes", json!(2)),
            "Shape",
        ),
        (
            "counts that overflow",
            entry("/validation/confusion/classes", json!(u32::MAX)),
            "Shape",
        ),
        (
            "a count less",
            entry("/validation/confusion/counts", json!([1, 2, 3])),
            "Shape",
        ),
        (
            "an accuracy above 1",
            entry("/validation/accuracy/value", json!(1.5)),
            "Shape",
        ),
        ("NaN", number("out.bias", f32::NAN), "NotFinite"),
        ("infinity", number("mean", f32::INFINITY), "NotFinite"),
        ("a scale of 0", number("scale", 0.0), "Shape"),
        ("a scale below 0", number("scale", -1.0), "Shape"),
        ("a scale that overflows", number("scale", 1e-40), "Shape"),
        (
            "no mean",
            with(|p| {
                let mean = p.header.as_object_mut().expect("an object").remove("mean");
                p.header["other"] = mean.expect("there is a mean");
            }),
            "Shape",
        ),
        (
            "a tensor on its side",
            with(|p| p.header["out.weight"]["shape"] = json!([3, 1280])),
            "Shape",
        ),
        (
            "other numbers",
            with(|p| p.header["scale"]["dtype"] = json!("I32")),
            "Shape",
        ),
        (
            "a shape that overflows",
            with(|p| p.header["mean"]["shape"] = json!([u32::MAX, u32::MAX, u32::MAX])),
            "Damaged",
        ),
        (
            "tensors on top of each other",
            with(|p| p.header["out.bias"]["data_offsets"] = json!([0, 12])),
            "Damaged",
        ),
        (
            "data past the end",
            with(|p| p.header["mean"]["data_offsets"][1] = json!(u64::MAX)),
            "Damaged",
        ),
        (
            "a hidden layer without its weights",
            with_hidden(|p| {
                let weight = p
                    .header
                    .as_object_mut()
                    .expect("an object")
                    .remove("hidden.weight");
                p.header["other"] = weight.expect("there are weights");
            }),
            "Shape",
        ),
        (
            "a hidden layer of no units",
            with_hidden(|p| {
                p.header["hidden.bias"]["shape"] = json!([0]);
                p.header["hidden.weight"]["shape"] = json!([1280, 0]);
                p.header["out.weight"]["shape"] = json!([0, 3]);
                let names: Vec<String> = p.tensors().map(|(name, _)| name.clone()).collect();
                let mut data = Vec::new();
                for name in names {
                    let start = data.len();
                    let shape = p.header[&name]["shape"].as_array().expect("a list");
                    if shape.iter().all(|n| *n != 0) {
                        data.extend_from_slice(&p.data[p.range(&name)]);
                    }
                    p.header[&name]["data_offsets"] = json!([start, data.len()]);
                }
                p.data = data;
            }),
            "Shape",
        ),
    ] {
        let result = read(&file).map(|_| ());
        let said = match &result {
            Ok(()) => "Ok".into(),
            Err(why) => format!("{why:?}"),
        };
        assert!(said.starts_with(expected), "{what}: {said}, not {expected}");
    }
    let closed = fixture("discriminants.graft.safetensors");
    for (what, input) in [
        ("no part", json!({"parts": [], "root": true})),
        (
            "an empty part",
            json!({"parts": [{"layers": {"from": 960, "to": 960}}, "embedding"], "root": true}),
        ),
        (
            "layers that are not there",
            json!({"parts": [{"layers": {"from": 961, "to": 2785}}, "embedding"], "root": true}),
        ),
        (
            "layers back to front",
            json!({"parts": [{"layers": {"from": 2784, "to": 960}}, "embedding"], "root": true}),
        ),
        (
            "other layers",
            json!({"parts": [{"layers": {"from": 0, "to": 2784}}, "embedding"], "root": true}),
        ),
        (
            "many parts",
            json!({"parts": vec!["embedding"; 100], "root": true}),
        ),
        (
            "the embedding alone",
            json!({"parts": ["embedding"], "root": true}),
        ),
        ("nothing said", json!(null)),
    ] {
        let mut parts = Parts::of(&closed);
        let mut graft = parts.graft();
        match input.is_null() {
            true => drop(graft.as_object_mut().expect("an object").remove("input")),
            false => graft["input"] = input,
        }
        parts.set_graft(&graft);
        let said = read(&parts.bytes()).map(|_| ());
        assert!(
            matches!(said, Err(HeadProblem::Shape(_))),
            "{what}: {said:?}"
        );
    }
    let newer = with(|p| p.set_graft(&json!({"version": u32::MAX})));
    assert_eq!(
        read(&newer).map(|_| ()),
        Err(HeadProblem::Newer {
            found: u32::MAX,
            known: 3
        })
    );
}

/// Half-precision tensors came with version 2, and layers of the backbone.
#[test]
fn what_came_with_version_2_is_read_there_alone() {
    let good = super::tuned_example();
    let file = |change: &dyn Fn(&mut Parts)| {
        let mut parts = Parts::of(&write(&good));
        change(&mut parts);
        read(&parts.bytes())
    };
    let entry = |parts: &mut Parts, field: &str, value: Value| {
        let mut entry = parts.graft();
        entry[field] = value;
        parts.set_graft(&entry);
    };
    const WEIGHT: &str = "backbone.blocks.0.depthwise.weight";
    assert!(file(&|_| ()).is_ok());
    // Passed over, as an unknown tensor is.
    let old = file(&|p| entry(p, "version", json!(1))).expect("a version 1 file");
    assert!(old.tuned_layers.is_empty());
    type Change<'a> = &'a dyn Fn(&mut Parts);
    let cases: [(&str, Change, &str); 4] = [
        (
            "no word of tuning",
            &|p| entry(p, "tuned", json!(null)),
            "Shape",
        ),
        (
            "other settings",
            &|p| entry(p, "tuned", json!("much")),
            "Damaged",
        ),
        (
            "other numbers",
            &|p| p.header[WEIGHT]["dtype"] = json!("BF16"),
            "Shape",
        ),
        (
            "NaN",
            &|p| {
                let at = p.range(WEIGHT).start;
                p.data[at..at + 2].copy_from_slice(&0x7e00_u16.to_le_bytes());
            },
            "NotFinite",
        ),
    ];
    for (what, change, expected) in cases {
        let said = format!("{:?}", file(change).map(|_| ()));
        assert!(said.contains(expected), "{what}: {said}, not {expected}");
    }
    // Out of their range, settings are put into it.
    let odd = file(&|p| {
        let mut tuned = p.graft()["tuned"].clone();
        tuned["epochs"] = json!(100_000);
        entry(p, "tuned", tuned);
    });
    let tuned = odd.expect("it is whole").info.tuned;
    assert_eq!(tuned.map(|t| t.epochs), Some(200));
}

/// A head of many classes as it is shipped: its weights in half precision.
#[test]
fn a_head_in_half_precision_predicts() {
    let mut parts = Parts::of(&fixture("linear.graft.safetensors"));
    let range = parts.range("out.weight");
    let (_, values) = parts.tensor("out.weight");
    // Multiples of 1/4096 up to 1/32: f16 holds them as they are.
    let halves: Vec<u8> = values
        .iter()
        .flat_map(|v| half::f16::from_f64(*v).to_le_bytes())
        .collect();
    let saved = range.len() - halves.len();
    parts.data.splice(range.clone(), halves);
    let names: Vec<String> = parts.tensors().map(|(name, _)| name.clone()).collect();
    for name in names {
        let old = parts.range(&name);
        let shift = if old.start >= range.end { saved } else { 0 };
        let end = if old.end >= range.end { saved } else { 0 };
        parts.header[&name]["data_offsets"] = json!([old.start - shift, old.end - end]);
    }
    parts.header["out.weight"]["dtype"] = json!("F16");
    assert!(matches!(read(&parts.bytes()), Err(HeadProblem::Shape(_))));
    let mut entry = parts.graft();
    entry["version"] = json!(2);
    parts.set_graft(&entry);
    let half = read(&parts.bytes()).expect("version 2 has them");
    let full = read(&fixture("linear.graft.safetensors")).expect("it is whole");
    assert!(half.head == full.head);
}

/// Whatever stands in a file, reading it neither panics nor asks for more memory than the file is
/// worth, and what it accepts predicts without a panic.
#[test]
fn no_damage_panics_or_fills_the_memory() {
    let embedding = embedding();
    for (name, _) in FILES {
        let good = fixture(name);
        let header =
            8 + u64::from_le_bytes(*good.first_chunk().expect("8 bytes of length")) as usize;
        let check = |file: &[u8]| {
            LARGEST.set(0);
            let result = read(file);
            let largest = LARGEST.get();
            assert!(largest <= 4 * good.len(), "{largest} bytes at once");
            if let Ok(file) = &result {
                let classes = file.info.classes.len();
                let probabilities = file.head.predict(&embedding);
                assert_eq!(probabilities.len(), classes);
                assert!(
                    probabilities
                        .iter()
                        .all(|probability| probability.is_finite()),
                    "{probabilities:?}"
                );
            }
            result.is_ok()
        };
        assert!(check(&good));
        for end in (0..header).chain((header..good.len()).step_by(997)) {
            assert!(!check(&good[..end]), "the first {end} bytes of {name}");
        }
        let mut accepted = 0;
        for at in (0..header).chain((header..good.len()).step_by(499)) {
            // A bit, a sign or a start of UTF-8, a digit, a bracket, nothing.
            for change in [|b| b ^ 1, |b| b ^ 0x80, |_| b'9', |_| b']', |_| 0] as [fn(u8) -> u8; 5]
            {
                let mut file = good.clone();
                file[at] = change(file[at]);
                accepted += u32::from(check(&file));
            }
        }
        // Names, numbers and weights may well be others.
        assert!(accepted > 100, "{accepted}");
    }
}
