//! What comes from PyPI: the programs that run exported models in Python, in an environment of their own.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::cmd::{self, say};
use crate::{Result, paths};

const PACKAGES: [&str; 4] = [
    "ai-edge-litert==2.3.0",
    "numpy==2.4.6",
    "onnxruntime==1.32.0",
    "pillow==13.0.0",
];

/// The interpreter that has them.
pub fn ensure_consumers() -> Result<PathBuf> {
    let what = "ONNX Runtime, LiteRT and Pillow from PyPI (they run what is exported)";
    ensure("python", what, &PACKAGES.join("\n"))
}

/// Another that has what `examples/batch` needs: Ray brings many packages of its own.
pub fn ensure_ray() -> Result<PathBuf> {
    let list = paths::root().join("examples/batch/requirements.txt");
    let list = fs::read_to_string(&list).map_err(|e| format!("{}: {e}", list.display()))?;
    ensure("python-ray", "Ray from PyPI (it runs batches)", list.trim())
}

/// The interpreter of an environment of this name, with these packages, one a line.
fn ensure(name: &str, what: &str, wanted: &str) -> Result<PathBuf> {
    let folder = paths::tools().join(name);
    let (python, list) = (folder.join("bin/python"), folder.join("packages.txt"));
    if fs::read_to_string(&list).is_ok_and(|there| there == wanted) {
        return Ok(python);
    }
    if cmd::which("python3").is_none() {
        return Err(
            "python3 is missing. Install Python 3.11 or newer (on Debian: `apt-get install python3-venv`)."
                .into(),
        );
    }
    say(&format!("Installing {what}"));
    cmd::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    cmd::run(pip.args(wanted.lines()))?;
    fs::write(&list, wanted).map_err(|e| format!("could not write {}: {e}", list.display()))?;
    Ok(python)
}
