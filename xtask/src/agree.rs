//! Whether what is exported answers as the page does, in the programs that it is for: `tests/exports`.

use std::process::Command;

use crate::cmd::{self, say};
use crate::{Result, paths, setup, suite};

/// Every network with every kind of head, and docs/works-everywhere.md anew.
pub fn run() -> Result {
    let python = setup::consumers_in_python()?;
    let mut tests = tests("every_export_is_measured")?;
    say("Showing every kind of classifier to every program; this takes half an hour");
    cmd::run(tests.env("GRAFT_PYTHON", python).args(["--nocapture"]))?;
    say("Running a batch on Ray");
    let mut batch = self::tests("a_batch_on_ray_answers_as_the_page_does")?;
    cmd::run(with_ray(&mut batch).args(["--nocapture"]))
}

/// Where Ray cannot be had, its batch is left out, and it is said.
fn with_ray(tests: &mut Command) -> &mut Command {
    match setup::ray() {
        Ok(python) => tests.env("GRAFT_RAY", python),
        Err(why) => {
            say(&format!("No batch is run on Ray: {why}"));
            tests
        }
    }
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
    let mut cargo = suite::native_tests();
    cargo.env("GRAFT_NPM", paths::npm());
    cargo.args(["--test", "exports", "--", "--ignored", filter]);
    Ok(cargo)
}
