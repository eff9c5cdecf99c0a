//! Head files: those in `tests/cases/heads`, and larger ones made of them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use e2e::Result;
use serde_json::{Value, json};

pub fn head_case(name: &str) -> Result<PathBuf> {
    let folder = xtask::paths::root().join("tests/cases/heads");
    let file = folder.join(format!("{name}.graft.safetensors"));
    ensure!(file.is_file(), "{} is missing", file.display());
    Ok(file)
}

/// A head file taken apart: its header and its data.
fn parts(file: &Path) -> Result<(Value, Vec<u8>)> {
    let bytes = fs::read(file)?;
    let (length, rest) = bytes.split_first_chunk().context("no length")?;
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    Ok((serde_json::from_slice(header)?, data.to_vec()))
}

fn graft(header: &Value) -> Result<Value> {
    let entry = header["__metadata__"]["graft"].as_str();
    Ok(serde_json::from_str(entry.context("no entry")?)?)
}

/// `control` with so many classes and one hidden unit, each second class taken for the next one once.
pub fn of_classes(classes: usize, table: usize, folder: &Path) -> Result<PathBuf> {
    let (mut header, data) = parts(&head_case("control")?)?;
    let mut entry = graft(&header)?;
    let one = entry["classes"][0].clone();
    let named = |i: usize| {
        let mut class = one.clone();
        class["name"] = json!(format!("kind {i:05}"));
        class
    };
    entry["classes"] = (0..classes).map(named).collect();
    let mut counts = vec![0_u32; table];
    if table == classes * classes {
        for class in 0..classes {
            counts[class * classes + class] = 4;
            counts[class * classes + (class + 1) % classes] = (class % 2) as u32;
        }
    }
    entry["validation"]["confusion"] = json!({ "classes": classes, "counts": counts });
    header["__metadata__"]["graft"] = json!(entry.to_string());
    let range = |name: &str| {
        let at = |i: usize| header[name]["data_offsets"][i].as_u64().unwrap_or(0) as usize;
        at(0)..at(1)
    };
    let mut tensors = Vec::new();
    for name in ["mean", "scale"] {
        let shape = header[name]["shape"].clone();
        tensors.push((name, shape, data[range(name)].to_vec()));
    }
    let zeros = |n: usize| vec![0_u8; 4 * n];
    let ramp = (0..classes).flat_map(|i| (i as f32 / 100.0).to_le_bytes());
    tensors.push(("hidden.weight", json!([1280, 1]), zeros(1280)));
    tensors.push(("hidden.bias", json!([1]), zeros(1)));
    tensors.push(("out.weight", json!([1, classes]), zeros(classes)));
    tensors.push(("out.bias", json!([classes]), ramp.collect()));
    let (mut new, mut bytes) = (
        json!({ "__metadata__": header["__metadata__"] }),
        Vec::new(),
    );
    for (name, shape, values) in tensors {
        let offsets = [bytes.len(), bytes.len() + values.len()];
        new[name] = json!({ "dtype": "F32", "shape": shape, "data_offsets": offsets });
        bytes.extend(values);
    }
    let text = new.to_string();
    let file = folder.join(format!("classes-{classes}.graft.safetensors"));
    let length = (text.len() as u64).to_le_bytes();
    fs::write(&file, [&length[..], text.as_bytes(), &bytes].concat())?;
    Ok(file)
}

/// RFC 4648.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |i: usize| u32::from(three.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * i)) as usize & 63];
            text.push(if i <= three.len() { letter.into() } else { '=' });
        }
    }
    text
}
