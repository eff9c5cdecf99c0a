//! What takes long, with how long it took: a line before and a line after each stage.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use crate::cmd::say;
use crate::{Result, paths};

/// Seconds below which nobody waits.
const SHORT: u64 = 5;

/// Does a stage, and says what is being done, how long it took at most before, and how long it took now.
pub fn run<T>(name: &str, stage: impl FnOnce() -> Result<T>) -> Result<T> {
    let mut known = read();
    match known.get(name) {
        Some(seconds) if *seconds >= SHORT => say(&format!("{name} (up to {})", time(*seconds))),
        Some(_) | None => say(name),
    }
    let started = Instant::now();
    let result = stage()?;
    let seconds = started.elapsed().as_secs();
    if seconds >= SHORT {
        println!("  {}", time(seconds));
    }
    let longest = known.entry(name.to_owned()).or_default();
    *longest = seconds.max(*longest);
    write(&known);
    Ok(result)
}

fn time(seconds: u64) -> String {
    match seconds {
        0..100 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

fn file() -> PathBuf {
    paths::cache().join("stages.txt")
}

/// A line for each: seconds, and its name.
fn read() -> BTreeMap<String, u64> {
    let text = fs::read_to_string(file()).unwrap_or_default();
    let line = |line: &str| {
        let (seconds, name) = line.split_once(' ')?;
        Some((name.to_owned(), seconds.parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

/// Best effort: without it, nobody is told how long it takes.
fn write(known: &BTreeMap<String, u64>) {
    let lines = known
        .iter()
        .map(|(name, seconds)| format!("{seconds} {name}\n"));
    let _ = fs::create_dir_all(paths::cache());
    let _ = fs::write(file(), lines.collect::<String>());
}
