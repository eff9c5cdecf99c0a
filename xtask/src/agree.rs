//! Whether what is exported answers as the page does, in the programs that it is for: `tests/exports`.

use std::process::Command;

use crate::cmd::{self, say};
use crate::{Result, setup};

/// Every network with every kind of head, and docs/works-everywhere.md anew.
pub fn run() -> Result {
    let python = setup::consumers_in_python()?;
    let mut tests = tests("every_export_is_measured")?;
    say("Showing every kind of classifier to every program; this takes half an hour");
    cmd::run(tests.env("GRAFT_PYTHON", python).args(["--nocapture"]))
}

/// Two networks with two heads. Without Python, its programs are left out, and it is said.
pub fn few() -> Result<Command> {
    let mut tests = tests("consumers_answer_as_the_page_does")?;
    match setup::consumers_in_python() {
        Ok(python) => drop(tests.env("GRAFT_PYTHON", python)),
        Err(why) => say(&format!(
            "Exports are not shown to programs in Python: {why}"
        )),
    }
    Ok(tests)
}

fn tests(filter: &str) -> Result<Command> {
    setup::consumers_in_node()?;
    let mut cargo = cmd::cargo();
    cargo.env("GRAFT_NPM", crate::paths::npm());
    // With the packages of the native tests, so that what they need is not built once more.
    cargo.args([
        "test",
        "--workspace",
        "--exclude",
        "e2e",
        "--exclude",
        "bench",
    ]);
    cargo.args(["--features", crate::suite::NATIVE]);
    cargo.args(["--test", "exports", "--", "--ignored", filter]);
    Ok(cargo)
}
