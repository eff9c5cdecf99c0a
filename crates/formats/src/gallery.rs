//! The list of heads and projects that lie beside the site, `heads/index.json`: `docs/hosting.md` says how it is written. Whoever can
//! put files there is trusted no more than any other: an entry names a file in that folder or is left out.

use data::limits::{LARGEST_HEAD, shortened};
use data::names::{is_plain, kept, whole};
use data::share::{Fault, Listed, ListedKind, Listing, MOST_LISTED};
use serde_json::Value;

/// Of such a list, bytes.
const LARGEST: usize = 1 << 20;
/// Of a project file, bytes; a list that says more lies.
const LARGEST_PROJECT: u64 = 8 << 30;
/// Letters of a file's name.
const LONGEST_FILE: usize = 200;
/// Letters of what is said of one.
const LONGEST_ABOUT: usize = 200;
/// Faults that are told one by one.
const MOST_TOLD: usize = 5;
/// The version that this Graft reads.
const VERSION: u64 = 1;

pub fn read(bytes: &[u8]) -> Listing {
    let mut listing = Listing::default();
    let json = match bytes.len() <= LARGEST {
        true => serde_json::from_slice::<Value>(bytes).ok(),
        false => None,
    };
    let json = json.filter(|json| json.get("version").and_then(Value::as_u64) == Some(VERSION));
    let Some(entries) = json
        .as_ref()
        .and_then(|json| json.get("entries")?.as_array())
    else {
        leave_out(&mut listing, Fault::NotAList);
        return listing;
    };
    for (i, value) in entries.iter().take(MOST_LISTED).enumerate() {
        match entry(value, i + 1) {
            Ok(entry) if listing.entries.iter().any(|e| e.file == entry.file) => {
                leave_out(&mut listing, Fault::Twice { file: entry.file });
            }
            Ok(entry) => listing.entries.push(entry),
            Err(fault) => leave_out(&mut listing, fault),
        }
    }
    if entries.len() > MOST_LISTED {
        let entries = entries.len();
        leave_out(&mut listing, Fault::TooMany { entries });
    }
    listing
}

fn leave_out(listing: &mut Listing, fault: Fault) {
    listing.left_out += 1;
    if listing.faults.len() < MOST_TOLD {
        listing.faults.push(fault);
    }
}

fn entry(value: &Value, number: usize) -> Result<Listed, Fault> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let path = text("file").filter(|file| !file.is_empty());
    let path = path.ok_or(Fault::NotAnEntry { number })?;
    let file = shortened(path);
    if !is_in_folder(path) {
        return Err(Fault::Elsewhere { file });
    }
    let kind = kind(path).ok_or_else(|| Fault::OtherKind { file: file.clone() })?;
    let called = match kind {
        ListedKind::Head => "head",
        ListedKind::Project => "project",
    };
    if value
        .get("kind")
        .is_some_and(|kind| kind.as_str() != Some(called))
    {
        return Err(Fault::WrongKind { file });
    }
    let largest = match kind {
        ListedKind::Head => LARGEST_HEAD as u64,
        ListedKind::Project => LARGEST_PROJECT,
    };
    let bytes = match value.get("bytes") {
        None => None,
        Some(bytes) => {
            let bytes = bytes.as_u64().filter(|bytes| (1..=largest).contains(bytes));
            Some(bytes.ok_or_else(|| Fault::Size { file: file.clone() })?)
        }
    };
    let name = kept(text("name").unwrap_or_default());
    let about = whole(text("about").unwrap_or_default());
    Ok(Listed {
        kind,
        file: path.to_owned(),
        name: match name.is_empty() {
            true => kept(path),
            false => name,
        },
        about: about.chars().take(LONGEST_ABOUT).collect(),
        bytes,
    })
}

/// It is a name alone: no folder, no address, nothing that means something in one.
fn is_in_folder(file: &str) -> bool {
    let special = |c: char| "/\\:?#%*\"<>|".contains(c) || c.is_control();
    !file.starts_with('.')
        && !file.contains(special)
        && file.trim() == file
        && file.chars().count() <= LONGEST_FILE
        && is_plain(file)
}

fn kind(file: &str) -> Option<ListedKind> {
    let ending = file.rsplit_once('.')?.1.to_ascii_lowercase();
    match ending.as_str() {
        "safetensors" => Some(ListedKind::Head),
        "zip" | "tm" => Some(ListedKind::Project),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &str) -> Listing {
        read(format!(r#"{{"version": 1, "entries": [{entries}]}}"#).as_bytes())
    }

    #[test]
    fn heads_and_projects_are_listed_as_they_are_called() {
        let found = list(
            r#"{"file": "frogs 2.graft.safetensors", "name": "Frogs", "about": "Class 7b", "bytes": 99},
               {"file": "Bäume.graft.zip", "kind": "project"}"#,
        );
        assert_eq!(found.faults, []);
        let [frogs, trees] = &found.entries[..] else {
            panic!("{found:?}");
        };
        assert_eq!((frogs.kind, &*frogs.name), (ListedKind::Head, "Frogs"));
        assert_eq!((&*frogs.about, frogs.bytes), ("Class 7b", Some(99)));
        assert_eq!(
            (trees.kind, &*trees.name),
            (ListedKind::Project, "Bäume.graft.zip")
        );
        assert_eq!(list(""), Listing::default());
    }

    #[test]
    fn what_is_no_list_is_said() {
        for bad in [
            "",
            "[]",
            "{}",
            "<!doctype html>",
            r#"{"version": 2, "entries": []}"#,
            r#"{"version": 1, "entries": {}}"#,
            &"[".repeat(100_000),
        ] {
            assert_eq!(read(bad.as_bytes()).faults, [Fault::NotAList], "{bad:.20}");
        }
    }

    #[test]
    fn files_elsewhere_are_left_out() {
        for file in [
            "../a.safetensors",
            "..",
            "/a.safetensors",
            "a/b.safetensors",
            "a\\\\b.safetensors",
            "https://a.test/b.safetensors",
            "//a.test/b.safetensors",
            "data:,a.safetensors",
            "blob:a.safetensors",
            "%2e%2e%2fa.safetensors",
            "a.safetensors?b.safetensors",
            "#a.safetensors",
            ".safetensors",
            "a\\u202esrotenefas.safetensors",
            " a.safetensors",
            "a\\n.safetensors",
        ] {
            let found = list(&format!(r#"{{"file": "{file}"}}"#));
            assert!(
                matches!(&found.faults[..], [Fault::Elsewhere { .. }]),
                "{file}: {found:?}"
            );
            assert_eq!(found.entries, [], "{file}");
        }
    }

    #[test]
    fn entries_that_lie_are_left_out_and_the_others_stay() {
        let good = r#"{"file": "a.safetensors"}"#;
        let file = || "b.safetensors".to_owned();
        for (bad, fault) in [
            ("3", Fault::NotAnEntry { number: 1 }),
            (r#"{"file": 3}"#, Fault::NotAnEntry { number: 1 }),
            (
                r#"{"file": "b.exe"}"#,
                Fault::OtherKind {
                    file: "b.exe".into(),
                },
            ),
            (
                r#"{"file": "b.safetensors", "kind": "project"}"#,
                Fault::WrongKind { file: file() },
            ),
            (
                r#"{"file": "b.safetensors", "kind": []}"#,
                Fault::WrongKind { file: file() },
            ),
            (
                r#"{"file": "b.safetensors", "bytes": -1}"#,
                Fault::Size { file: file() },
            ),
            (
                r#"{"file": "b.safetensors", "bytes": 1e300}"#,
                Fault::Size { file: file() },
            ),
            (
                r#"{"file": "b.safetensors", "bytes": 99999999}"#,
                Fault::Size { file: file() },
            ),
        ] {
            let found = list(&format!("{bad}, {good}"));
            assert_eq!(found.faults, [fault], "{bad}");
            assert_eq!(found.entries.len(), 1, "{bad}");
        }
        let twice = list(&format!("{good}, {good}"));
        assert!(matches!(twice.faults[..], [Fault::Twice { .. }]));
    }

    #[test]
    fn a_list_of_thousands_is_shown_in_part_and_says_so() {
        let many: Vec<String> = (0..5000)
            .map(|i| format!(r#"{{"file": "{i}.safetensors"}}"#))
            .collect();
        let found = list(&many.join(","));
        assert_eq!(found.entries.len(), MOST_LISTED);
        assert_eq!(found.faults, [Fault::TooMany { entries: 5000 }]);
        let lies = vec!["0"; 5000].join(",");
        let found = list(&lies);
        assert_eq!(
            (found.faults.len(), found.left_out),
            (MOST_TOLD, MOST_LISTED + 1)
        );
    }
}
