//! `splitting MODULE PART`: takes the Lab out of the page's module, into a second file.

use std::fs;
use std::process::ExitCode;

use splitting::{Part, Result, split};

/// Its state is the page's: events change it before anybody has opened the Lab. So is what opens it.
const LAB: Part = Part {
    root: "graft::ui::lab::draw",
    of: "graft::ui::lab::",
    but: &["graft::ui::lab::state", "graft::ui::lab::opening"],
};

fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    match files.as_slice() {
        [module, part] => match run(module, part) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                eprintln!("{module}: {why}");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("splitting MODULE PART");
            ExitCode::FAILURE
        }
    }
}

fn run(module: &str, part: &str) -> Result {
    let wasm = fs::read(module).map_err(|e| e.to_string())?;
    let halves = split(&wasm, &LAB)?;
    fs::write(module, halves.first).map_err(|e| e.to_string())?;
    fs::write(part, halves.second).map_err(|e| e.to_string())
}
