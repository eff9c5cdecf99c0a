//! Addresses that change with what lies there: each file of the site is named by its content, so that no browser, no cache and no
//! host can mix two builds. An old page that is still open asks for its own files, and gets those or none.
//!
//! Files that are asked for from outside keep their names: the pages, the service worker, licences.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::Result;

/// Digits of a SHA-256, in hexadecimal, that a file goes by.
const DIGITS: usize = 12;
/// Asked for by these names from outside, or written anew with each build (`page.rs`).
const FIXED: &[&str] = &[
    "index.html",
    "lesson.html",
    "sw.js",
    "robots.txt",
    "LICENSE.txt",
];
const LOADER: &str = "_loader.js";
/// What somebody puts beside the site for others, and changes whenever they like: nothing in there is named, listed or compressed by
/// a build.
pub const BESIDE: &str = "heads/";
/// Folders that are one thing: an index and what it lists.
const WHOLE: &[&str] = &["samples"];
/// In these, names of other files stand between quotes or brackets: they are renamed after what they name.
const NAMING: &[&str] = &["css", "webmanifest"];

/// Where each file lies that had another name, both relative to the page.
pub type Addresses = BTreeMap<String, String>;

/// The name of some bytes: the first digits of their SHA-256.
pub fn content_hash(bytes: &[u8]) -> String {
    hex(bytes)[..DIGITS].to_owned()
}

/// SHA-256 in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Names every file below `dist` by its content, and has the pages, style sheets and the manifest name them so.
pub fn assign(dist: &Path) -> Result<Addresses> {
    let mut addresses = Addresses::new();
    for folder in WHOLE.iter().filter(|folder| dist.join(folder).is_dir()) {
        let files = files(&dist.join(folder))?;
        let mut all = String::new();
        for file in &files {
            all += &format!("{file} {}\n", hex(&read(&dist.join(folder).join(file))?));
        }
        let address = format!("{folder}-{}", content_hash(all.as_bytes()));
        rename(dist, folder, &address)?;
        addresses.insert(folder.to_string(), address);
    }
    let mut rest: Vec<String> = files(dist)?
        .into_iter()
        .filter(|file| !is_fixed(file))
        .collect();
    rest.retain(|file| !addresses.values().any(|folder| file.starts_with(folder)));
    // What is named comes before what names it: style sheets before the manifest, as `css` stands before it.
    let order = |file: &String| NAMING.iter().position(|ending| *ending == extension(file));
    rest.sort_by_key(|file| order(file).map_or(0, |place| place + 1));
    for file in rest {
        if NAMING.contains(&extension(&file)) {
            rewrite(&dist.join(&file), &addresses)?;
        }
        let address = hashed(&file, &content_hash(&read(&dist.join(&file))?));
        rename(dist, &file, &address)?;
        addresses.insert(file, address);
    }
    for page in files(dist)?.iter().filter(|file| extension(file) == "html") {
        rewrite(&dist.join(page), &addresses)?;
    }
    Ok(addresses)
}

/// All files below a folder, relative to it, with `/` on every system, in order.
pub fn files(folder: &Path) -> Result<Vec<String>> {
    let io = |e: std::io::Error| format!("could not read {}: {e}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        match entry.path().is_dir() {
            true => {
                let below = files(&entry.path())?;
                found.extend(below.into_iter().map(|file| format!("{name}/{file}")));
            }
            false => found.push(name),
        }
    }
    found.sort();
    Ok(found)
}

fn is_fixed(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    FIXED.contains(&name) || name.ends_with(LOADER) || file.starts_with(BESIDE)
}

fn extension(file: &str) -> &str {
    file.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// `model/lite0.graft.safetensors` becomes `model/lite0-HASH.graft.safetensors`. What Trunk calls `app-HASH_bg.wasm` by the hash of
/// what was not optimised yet becomes `app_bg-HASH.wasm`.
fn hashed(file: &str, hash: &str) -> String {
    let (folder, name) = file.rsplit_once('/').map_or(("", file), |(f, n)| (f, n));
    let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
    let dot = if ending.is_empty() { "" } else { "." };
    let slash = if folder.is_empty() { "" } else { "/" };
    format!("{folder}{slash}{}-{hash}{dot}{ending}", plain(stem))
}

/// Without Trunk's hash.
fn plain(stem: &str) -> String {
    let Some((before, after)) = stem.split_once('-') else {
        return stem.to_owned();
    };
    let (hash, rest) = after.split_at(after.len().min(16));
    let is_hash = hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    match is_hash && (rest.is_empty() || rest.starts_with('_')) {
        true => format!("{before}{rest}"),
        false => stem.to_owned(),
    }
}

/// Has a text name files by their addresses.
pub fn renamed(text: &str, addresses: &Addresses) -> String {
    let mut text = text.to_owned();
    for (file, address) in addresses {
        for (open, close) in [('"', '"'), ('\'', '\''), ('(', ')')] {
            for here in ["", "./"] {
                let (old, new) = (
                    format!("{open}{here}{file}{close}"),
                    format!("{open}{here}{address}{close}"),
                );
                text = text.replace(&old, &new);
            }
        }
    }
    text
}

fn rewrite(file: &Path, addresses: &Addresses) -> Result {
    let text =
        fs::read_to_string(file).map_err(|e| format!("could not read {}: {e}", file.display()))?;
    fs::write(file, renamed(&text, addresses))
        .map_err(|e| format!("could not write {}: {e}", file.display()))
}

pub fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|e| format!("could not read {}: {e}", file.display()))
}

fn rename(dist: &Path, from: &str, to: &str) -> Result {
    fs::rename(dist.join(from), dist.join(to))
        .map_err(|e| format!("could not rename {from} to {to}: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_lies_there() {
        let check = |file: &str, address: &str| assert_eq!(hashed(file, "0f"), address);
        check("style.css", "style-0f.css");
        check("app-2c95986ec265b490.js", "app-0f.js");
        check("app-2c95986ec265b490_bg.wasm", "app_bg-0f.wasm");
        check(
            "model/a-b-224.graft.safetensors",
            "model/a-b-224-0f.graft.safetensors",
        );
        check("a/plain", "a/plain-0f");
    }

    /// A site of a few files; the addresses it gets.
    fn site(style: &str, sample: &str) -> (tempfile::TempDir, Addresses) {
        let folder = tempfile::tempdir().expect("there is room");
        let dist = folder.path();
        fs::create_dir_all(dist.join("samples/photos")).expect("there is room");
        for (file, text) in [
            (
                "index.html",
                r#"<link href="style.css"><link href="./app.webmanifest">"#,
            ),
            ("style.css", style),
            ("icon.svg", "<svg/>"),
            ("app.webmanifest", r#"{"src": "icon.svg"}"#),
            ("samples/index.json", r#"["samples/photos/a.jpg"]"#),
            ("samples/photos/a.jpg", sample),
            ("samples/LICENSE.txt", "free"),
            ("worker_loader.js", "import"),
        ] {
            fs::write(dist.join(file), text).expect("there is room");
        }
        let addresses = assign(dist).expect("a small site");
        (folder, addresses)
    }

    #[test]
    fn what_changes_gets_another_address_and_nothing_else_does() {
        let (first, before) = site("body { background: url(icon.svg) }", "photo");
        let (_second, after) = site("p {}", "photo");
        let (_third, other) = site("p {}", "another photo");
        assert_ne!(before["style.css"], after["style.css"]);
        assert_eq!(before["icon.svg"], after["icon.svg"]);
        assert_eq!(before["samples"], after["samples"]);
        assert_ne!(after["samples"], other["samples"]);
        let text = |file: &str| fs::read_to_string(first.path().join(file)).expect("it is there");
        let page = text("index.html");
        for named in ["style.css", "app.webmanifest"] {
            assert!(page.contains(&before[named]), "{page}");
        }
        let icon = &before["icon.svg"];
        assert!(text(&before["style.css"]).contains(&format!("url({icon})")));
        assert!(text(&before["app.webmanifest"]).contains(&format!("\"{icon}\"")));
        // What is asked for from outside, or written later, stays.
        text("worker_loader.js");
        text(&format!("{}/photos/a.jpg", before["samples"]));
    }
}
