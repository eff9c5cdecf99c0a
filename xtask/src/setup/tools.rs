//! Trunk and the wasm-bindgen CLI, built from crates.io into the project's cache folder.

use std::fs;
use std::process::Command;

use crate::cmd::{self, say};
use crate::{Result, paths};

/// 0.22 wants a newer Rust than we ask for.
const TRUNK: &str = "0.21.14";

pub fn ensure_trunk() -> Result {
    // Its lock file is complete, so use it.
    ensure(
        "trunk",
        "trunk",
        TRUNK,
        &["--locked"],
        "the bundler; about 5 minutes",
    )
}

/// The CLI must be of the very version of the library in Cargo.lock.
pub fn ensure_wasm_bindgen() -> Result {
    let lock = fs::read_to_string(paths::root().join("Cargo.lock"))
        .map_err(|e| format!("could not read Cargo.lock: {e}"))?;
    let version =
        locked_version(&lock, "wasm-bindgen").ok_or("Cargo.lock does not name wasm-bindgen.")?;
    // Without --locked: its lock file names crate versions that a mirror may lack.
    ensure(
        "wasm-bindgen",
        "wasm-bindgen-cli",
        version,
        &[],
        "the bridge to JavaScript; about 3 minutes",
    )
}

fn ensure(program: &str, package: &str, version: &str, extra: &[&str], what: &str) -> Result {
    let file = paths::tools_bin().join(program);
    let said = cmd::output(Command::new(&file).arg("--version"));
    if said.is_some_and(|line| line.split_whitespace().any(|word| word == version)) {
        return Ok(());
    }
    say(&format!("Building {package} {version} ({what})"));
    let mut install = super::clean_cargo();
    install
        .args([
            "install",
            "--quiet",
            "--force",
            package,
            "--version",
            version,
        ])
        .args(extra);
    install.arg("--root").arg(paths::tools());
    install.env("CARGO_TARGET_DIR", paths::cache().join("target-tools"));
    // These run for seconds and are compiled for minutes: spend less on compiling.
    install
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off");
    install
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0");
    cmd::run(&mut install)
}

/// The version of `package` in the text of a Cargo.lock.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines
        .nth(1)?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    #[test]
    fn the_version_comes_from_the_package_of_just_that_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"9.9.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "leptos"), None);
    }
}
