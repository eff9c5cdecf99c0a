//! Running other programs, with the command in the message when one fails.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::{Result, paths};

/// One clear line for the person who waits.
pub fn say(line: &str) {
    println!("• {line}");
}

/// Runs `command` in the open and asks that it succeeds.
pub fn run(command: &mut Command) -> Result {
    match succeeds(command)? {
        true => Ok(()),
        false => Err(format!("this command failed: {}", show(command))),
    }
}

/// Runs `command` in the open; false when it reports failure.
pub fn succeeds(command: &mut Command) -> Result<bool> {
    let status = command
        .status()
        .map_err(|e| format!("could not start {}: {e}", show(command)))?;
    Ok(status.success())
}

/// Runs `command` unseen, and shows what it said where it fails.
pub fn run_unseen(command: &mut Command) -> Result {
    let out = command
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("could not start {}: {e}", show(command)))?;
    if out.status.success() {
        return Ok(());
    }
    let said = [out.stdout, out.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    Err(format!(
        "this command failed: {}\n{}",
        show(command),
        said.trim()
    ))
}

/// Runs `command` unseen; its standard output, or `None` when it is not there or fails.
pub fn output(command: &mut Command) -> Option<String> {
    let out = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    out.status
        .success()
        .then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// Finds a program on PATH.
pub fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
}

/// PATH with our own tools first.
pub fn path_with_tools() -> OsString {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let ours = [paths::tools_bin(), paths::node_bin()];
    std::env::join_paths(ours.into_iter().chain(std::env::split_paths(&old))).unwrap_or(old)
}

/// A command of the cargo that runs us, in the repository.
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(paths::root());
    cargo
}

/// May we run `apt-get install`? Only as root on a system that has it.
pub fn can_apt() -> bool {
    which("apt-get").is_some() && output(Command::new("id").arg("-u")).as_deref() == Some("0")
}

/// Installs Debian packages, quietly unless it fails. Lists may be old and another apt may be at work: both are met.
pub fn apt_install(packages: &[&str]) -> Result {
    let apt = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(["-q", "-y", "-o", "DPkg::Lock::Timeout=300"])
            .args(args);
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null());
        let out = command
            .output()
            .map_err(|e| format!("could not start apt-get: {e}"))?;
        if out.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&out.stderr);
        Err(format!("{} failed: {}", show(&command), said.trim()))
    };
    // An update that fails (no network) is no reason to stop: the lists at hand may do.
    let update = apt(&["update"]);
    let mut args = vec!["install", "--no-install-recommends"];
    args.extend(packages);
    apt(&args).map_err(|why| match update {
        Ok(()) => why,
        Err(earlier) => format!("{why}\n(before that: {earlier})"),
    })
}

fn show(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
