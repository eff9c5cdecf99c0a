//! Takes the Lab out of the page's program (the package `splitting`): few open it, and then it is fetched.

use std::fs;
use std::path::Path;

use crate::cmd;
use crate::{Result, stages};

/// What is taken out, in the site.
pub const PART: &str = "lab.wasm";

pub fn lab(dist: &Path) -> Result {
    let page = page(dist)?;
    stages::run("Taking the Lab out of the page", || {
        let mut cargo = cmd::cargo();
        cargo.args(["run", "--quiet", "--package", "splitting", "--"]);
        cmd::run(cargo.arg(page).arg(dist.join(PART)))
    })
}

/// The page's module, as Trunk calls it.
fn page(dist: &Path) -> Result<std::path::PathBuf> {
    let files =
        fs::read_dir(dist).map_err(|e| format!("could not read {}: {e}", dist.display()))?;
    let mut files = files.flatten().map(|entry| entry.path());
    let is_page = |file: &std::path::PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("app") && name.ends_with("_bg.wasm")
    };
    files
        .find(is_page)
        .ok_or_else(|| "the page's module is missing".into())
}
