//! No source says anything to a person by itself: neither the page's, which name messages, nor those below it, which carry what
//! happened as enums and numbers.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{is_below, root};

/// Texts in the page's sources that are for a machine, though they look like words.
const FOR_MACHINES: &[&str] = &[
    // Names of a browser's errors and events, and what it calls kinds of things.
    "NotAllowedError",
    "SecurityError",
    "NotFoundError",
    "OverconstrainedError",
    "NotReadableError",
    "AbortError",
    "Escape",
    "Enter",
    "Files",
];

#[test]
fn the_page_says_nothing_but_messages() {
    let mut faults = Vec::new();
    for file in files(&["src/ui", "src/text", "src/text.rs"]) {
        let source = fs::read_to_string(&file).expect("a source is text");
        let name = file.display();
        for Literal { line, text, before } in literals(&source) {
            if is_language(&text, &before) && !FOR_MACHINES.contains(&&*text) {
                faults.push(format!("{name}:{line}: {text:?} is not from a message"));
            }
        }
        for (line, text) in between_tags(&source) {
            faults.push(format!("{name}:{line}: {text:?} is not from a message"));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// Text of a problem is a name that somebody gave, a name of a format, or a detail that no person is shown.
#[test]
fn problems_carry_no_sentences() {
    const NAMES: &[&str] = &[
        "file:",
        "name:",
        "set:",
        "from:",
        "class:",
        "classes:",
        "folders:",
        "first:",
        "feature:",
        "Unsupported(",
        "UnknownBackbone(",
        "OtherWeights(",
        "OtherKind(",
        "Method(",
        "Merged(",
        "Detail(",
    ];
    for path in ["crates/data/src/problem.rs", "crates/data/src/backbone.rs"] {
        let source = fs::read_to_string(root().join(path)).expect("a source is text");
        let enums = source.split("pub enum ").skip(1);
        let enums = enums.map(|text| text.split("\n}").next().unwrap_or_default());
        for line in enums.flat_map(str::lines).map(str::trim) {
            let is_text = line.contains("String") && !line.starts_with("//");
            let named = NAMES.iter().any(|name| line.contains(name));
            assert!(!is_text || named, "{path}: what is the text of `{line}`?");
        }
    }
}

/// What a library or a browser said is in one language, whatever the page speaks.
#[test]
fn details_are_shown_where_they_are_asked_for() {
    const PLACES: &[&str] = &["src/text.rs", "src/text/problems.rs", "src/ui/notices.rs"];
    for file in files(&["src", "crates"]) {
        let source = fs::read_to_string(&file).expect("a source is text");
        let allowed = PLACES.iter().any(|place| file == root().join(place));
        let shows = source.contains(".shown()");
        assert!(allowed || !shows, "{} shows a detail", file.display());
    }
}

/// Sources below these folders, or these themselves.
pub fn files(places: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for place in places {
        collect(&root().join(place), &mut found);
    }
    found.sort();
    assert!(found.len() > 5, "only {} sources were found", found.len());
    found
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            collect(&entry.path(), found);
        }
    } else if path.extension().is_some_and(|ending| ending == "rs") && !is_below(path, "target") {
        found.push(path.to_owned());
    }
}

struct Literal {
    line: usize,
    text: String,
    /// What stands before it on its line.
    before: String,
}

/// Whether a text reads like one for people: two words, or one that begins with a capital letter.
fn is_language(text: &str, before: &str) -> bool {
    // Names of classes in the style sheet, attributes of the drawing, settings of the browser's own elements.
    let machine = [
        "class=", "class =", "accept=", "rel=", "style=(", "expect(", "points=", "viewBox=",
    ];
    let is_path = text.starts_with("M{");
    if is_path
        || machine.iter().any(|sign| before.trim_end().ends_with(sign))
        || text.contains(['<', '=', '#'])
    {
        return false;
    }
    let words: Vec<&str> = text.split(' ').collect();
    let is_word = |word: &&str| {
        word.len() > 1
            && word
                .chars()
                .all(|c| c.is_alphabetic() || ".,:;!?’'…".contains(c))
    };
    let two = words.windows(2).any(|two| two.iter().all(is_word));
    let capital = text.chars().next().is_some_and(char::is_uppercase)
        && text.chars().filter(|c| c.is_lowercase()).count() >= 2;
    two || capital
}

/// Strings of a source, outside of comments.
fn literals(source: &str) -> Vec<Literal> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let begin = source.len() - rest.len() + at;
        rest = &rest[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("'\"'") {
            3
        } else if rest.starts_with('"') {
            let end = closing(rest);
            let line_start = source[..begin].rfind('\n').map_or(0, |at| at + 1);
            found.push(Literal {
                line: source[..begin].lines().count(),
                text: rest[1..end].to_owned(),
                before: source[line_start..begin].to_owned(),
            });
            end + 1
        } else {
            1
        };
        rest = &rest[length..];
    }
    found
}

/// Where the string that begins here ends.
fn closing(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len() - 1, |(at, _)| at)
}

/// Bare text between two tags of a view.
fn between_tags(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in source.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("//") {
            continue;
        }
        for (at, _) in line.match_indices("</") {
            let text = line[..at].rsplit('>').next().unwrap_or_default();
            let bare = text.chars().filter(|c| c.is_alphabetic()).count() > 1
                && !text.contains(['{', '}', '"', '<', '=']);
            if bare && line[..at].contains('>') {
                found.push((number + 1, text.to_owned()));
            }
        }
    }
    found
}

#[test]
fn the_rules_find_what_they_are_for() {
    let says = |source: &str| {
        let found = literals(source).into_iter();
        found.filter(|l| is_language(&l.text, &l.before)).count() + between_tags(source).len()
    };
    assert_eq!(says("view! { <p>\"Delete it\"</p> }"), 1);
    assert_eq!(says("title=\"Delete\""), 1);
    assert_eq!(says("format!(\"{n} photos to come\")"), 1);
    assert_eq!(says("view! { <b>Delete</b> }"), 1);
    assert_eq!(
        says("view! { <p class=\"quiet about\">{text::lab()}</p> } // \"Delete it\""),
        0
    );
    assert_eq!(says("let x = '\"'; let y = \"photo-delete\";"), 0);
}
