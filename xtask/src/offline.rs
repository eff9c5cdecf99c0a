//! The list in the service worker `sw.js`: every file of a build with its hash, and which of them not every browser keeps.

use std::fs;
use std::path::Path;

use crate::{Result, addresses};

/// Hexadecimal digits of a file's SHA-256: 128 bits.
const DIGITS: usize = 32;
/// The line of `public/sw.js` that the list takes the place of.
const LINE: &str = "const SITE = ";
const WORKER: &str = "sw.js";
/// Kept by those browsers alone that use them: one engine of several, one network of several, one language. A licence is read where
/// it lies.
const ON_DEMAND: &[&str] = &["worker", "model/", "locales/"];
const NEVER: &[&str] = &["LICENSE.txt", "robots.txt"];

/// Writes the list of what lies in `dist` into its service worker, instead of one that stands there.
pub fn write_list(dist: &Path, build: &str) -> Result {
    let mut all = Vec::new();
    for file in addresses::files(dist)? {
        let name = file.rsplit('/').next().unwrap_or_default();
        // Compressed ones are for servers.
        let beside = file.starts_with(addresses::BESIDE);
        if file == WORKER || NEVER.contains(&name) || name.ends_with(".br") || beside {
            continue;
        }
        let hash = addresses::hex(&addresses::read(&dist.join(&file))?);
        all.push(format!("{file:?}: {:?}", &hash[..DIGITS]));
    }
    let list = format!(
        "{LINE}{{ build: {build:?}, onDemand: {ON_DEMAND:?}, files: {{ {} }} }};",
        all.join(", ")
    );
    let path = dist.join(WORKER);
    let text = fs::read_to_string(&path).map_err(|e| format!("could not read {WORKER}: {e}"))?;
    if text.lines().filter(|line| line.starts_with(LINE)).count() != 1 {
        return Err(format!("{WORKER} has no line for the list of files."));
    }
    let lines = text.lines().map(|line| match line.starts_with(LINE) {
        true => list.as_str(),
        false => line,
    });
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    fs::write(&path, text).map_err(|e| format!("could not write {WORKER}: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_each_file_by_its_content_and_can_be_written_again() {
        let folder = tempfile::tempdir().expect("there is room");
        let dist = folder.path();
        fs::create_dir_all(dist.join("model")).expect("there is room");
        let put = |file: &str, text: &str| fs::write(dist.join(file), text).expect("there is room");
        put("sw.js", "before\nconst SITE = {};\nafter\n");
        put("index.html", "abc");
        put("index.html.br", "b");
        put("model/a-1.safetensors", "weights");
        put("model/LICENSE.txt", "free");
        write_list(dist, "1f").expect("all is there");
        put("index.html", "");
        write_list(dist, "2e").expect("all is there");
        let text = fs::read_to_string(dist.join("sw.js")).expect("it was written");
        // SHA-256 of nothing (FIPS 180-4's test vectors).
        let list = "const SITE = { build: \"2e\", onDemand: [\"worker\", \"model/\", \"locales/\"], files: { \
                    \"index.html\": \"e3b0c44298fc1c149afbf4c8996fb924\", \"model/a-1.safetensors\": ";
        assert!(text.starts_with(&format!("before\n{list}")), "{text}");
        assert!(
            text.ends_with("};\nafter\n") && text.lines().count() == 3,
            "{text}"
        );
    }
}
