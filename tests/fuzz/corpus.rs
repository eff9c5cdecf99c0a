//! The files that others are made from.

use std::fs;
use std::path::{Path, PathBuf};

/// Larger ones take too long to change much, and have tests of their own.
const LARGEST: u64 = 256 << 10;

/// Files of the repository below these folders, with one of these endings, in an order that stays.
pub fn files(folders: &[&str], endings: &[&str]) -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    for folder in folders {
        let before = paths.len();
        collect(&root().join(folder), endings, &mut paths);
        assert!(paths.len() > before, "no {endings:?} in {folder}");
    }
    paths.sort();
    read(&paths)
}

/// Files that failed once.
pub fn saved(target: &str) -> Vec<Vec<u8>> {
    let folder = root().join("tests/cases/fuzz");
    let mut paths = Vec::new();
    if folder.is_dir() {
        collect(&folder, &["bin"], &mut paths);
    }
    let ours = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&format!("{target}-"))
    };
    paths.retain(ours);
    paths.sort();
    read(&paths)
}

pub fn root() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

fn collect(folder: &Path, endings: &[&str], paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, endings, paths);
            continue;
        }
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        let small = fs::metadata(&path).is_ok_and(|meta| meta.len() <= LARGEST);
        if small && endings.contains(&ending.as_ref()) {
            paths.push(path);
        }
    }
}

fn read(paths: &[PathBuf]) -> Vec<Vec<u8>> {
    let read = |path: &PathBuf| fs::read(path).unwrap_or_else(|why| panic!("{path:?}: {why}"));
    paths.iter().map(read).collect()
}
