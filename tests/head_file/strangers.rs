//! Files that we did not write, or that came to harm.

use graft::data::problem::HeadProblem;
use graft::formats::head_file::read;
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
            with(|p| p.set_graft(&json!({"version": 2}))),
            "Newer { found: 2, known: 1 }",
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
    let newer = with(|p| p.set_graft(&json!({"version": u32::MAX})));
    assert_eq!(
        read(&newer),
        Err(HeadProblem::Newer {
            found: u32::MAX,
            known: 1
        })
    );
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
            if let Ok((head, info)) = &result {
                assert_eq!(head.predict(&embedding).len(), info.classes.len());
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
