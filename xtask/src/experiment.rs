//! The native experiments. Their numbers go into docs/experiments.md.

use crate::cmd::{self, say};
use crate::{Result, paths};

const PAGE: &str = "docs/experiments.md";

/// `folder`: one folder a set, in it one a class.
pub fn transfer(folder: &str) -> Result {
    let folder = paths::root().join(folder);
    if !folder.is_dir() {
        return Err(format!(
            "there is no folder {}. Name one that has a folder for each set, with a folder for each class in it.",
            folder.display()
        ));
    }
    say(&format!(
        "Training on the photos in {}; this takes an hour or so",
        folder.display()
    ));
    let mut run = cmd::cargo();
    // The dependencies as they are built for tests, which is fast enough; our own crate optimised.
    run.env("CARGO_PROFILE_DEV_OPT_LEVEL", "2");
    run.args([
        "run",
        "--quiet",
        "--package",
        "tools",
        "--bin",
        "experiment",
        "--",
    ]);
    cmd::run(
        run.arg("transfer")
            .arg(folder)
            .arg(paths::root().join(PAGE)),
    )
}
