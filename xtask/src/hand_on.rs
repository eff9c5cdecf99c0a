//! `cargo xtask package` and `cargo xtask class`: the package `hosting` does both with `dist/` as it is.

use crate::cmd;
use crate::{Result, compress, paths};

/// The site in one file.
pub fn package() -> Result {
    compress::all(&paths::dist())?;
    run("package", &[])
}

/// The site for everyone on the local network.
pub fn class(options: &[String]) -> Result {
    run("class", options)
}

fn run(program: &str, options: &[String]) -> Result {
    let mut cargo = cmd::cargo();
    cargo.args([
        "run",
        "--quiet",
        "--package",
        "hosting",
        "--bin",
        program,
        "--",
    ]);
    cmd::run(cargo.args(options))
}
