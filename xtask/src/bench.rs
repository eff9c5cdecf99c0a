//! `cargo xtask bench`: the package `bench` measures, this sets up what it needs.

use crate::cmd;
use crate::{Result, setup};

pub fn run(options: &[String]) -> Result {
    setup::for_bench()?;
    let mut cargo = cmd::cargo();
    cargo.args(["run", "--quiet", "--package", "bench", "--"]);
    cmd::run(cargo.args(options))
}
