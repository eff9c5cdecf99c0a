//! The rules of the sources, as a test: what the crates may depend on, who may import whom in the one that a browser runs, how
//! long a file may be, no path of anyone's machine.

use std::fs;
use std::path::{Path, PathBuf};

/// What fits on a few screens.
const LONGEST_FILE: usize = 450;

/// Crates that know a browser.
const WEB_CRATES: &[&str] = &[
    "web-sys",
    "js-sys",
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "gloo",
    "idb",
    "leptos",
];

/// Each crate of ours, and which others of ours lie below it.
const CRATES: &[(&str, &[&str])] = &[
    ("code_page", &[]),
    ("decimal", &[]),
    ("nfc", &[]),
    ("locales", &[]),
    ("words", &["locales"]),
    ("data", &["decimal", "nfc"]),
    ("kernels", &[]),
    ("jpeg", &["kernels"]),
    ("network", &["data", "kernels"]),
    ("learn", &["data", "kernels", "network"]),
    ("formats", &["data", "jpeg", "kernels"]),
    ("export", &["data", "formats"]),
    (
        "engine",
        &["data", "formats", "kernels", "learn", "network"],
    ),
];

/// Sources of the page and its worker, and what else of that crate they may name; the first that fits a file counts.
const PARTS: &[(&str, &[&str])] = &[
    ("src/web/", &["web"]),
    // The page's side of the boundary knows nothing of what the worker runs.
    (
        "src/ui/",
        &["web::address", "web::client", "ui", "text", "charts"],
    ),
    ("src/charts/", &["charts", "text"]),
    ("src/text", &["text"]),
    ("src/bin/app.rs", &["ui"]),
    ("src/bin/names.rs", &["web::names"]),
    ("src/bin/exporter.rs", &["web::exporter"]),
    ("src/bin/worker_tune.rs", &["web::tuner"]),
    ("src/bin/worker", &["web::worker"]),
    ("src/lib.rs", &[]),
];

#[test]
fn crates_depend_only_on_what_lies_below_them() {
    let folders = fs::read_dir(root().join("crates")).expect("there are crates");
    assert_eq!(folders.count(), CRATES.len(), "a crate is not in the table");
    report(CRATES.iter().flat_map(|(name, below)| {
        let manifest = read(&format!("crates/{name}/Cargo.toml"));
        manifest_faults(name, below, &manifest)
    }));
}

/// Dependencies that a crate may not have.
fn manifest_faults(name: &str, below: &[&str], manifest: &str) -> Vec<String> {
    let ours = |line: &str| {
        let dependency = line.split([' ', '.']).next().unwrap_or_default();
        CRATES.iter().any(|(other, _)| *other == dependency) && !below.contains(&dependency)
    };
    // They stand for the browser's tables of numbers and letters, and of plurals.
    let web = |line: &str| {
        let dependency = line.split(' ').next().unwrap_or_default();
        !["decimal", "nfc", "words"].contains(&name) && WEB_CRATES.contains(&dependency)
    };
    let burn = |line: &str| !["network", "learn"].contains(&name) && line.starts_with("burn");
    // Tests may look further.
    let lines = manifest
        .lines()
        .take_while(|line| *line != "[dev-dependencies]");
    let lines = lines.filter(|line| line.contains(" = "));
    lines
        .filter(|line| ours(line) || web(line) || burn(line))
        .map(|line| format!("crates/{name} may not depend on this: {line}"))
        .collect()
}

#[test]
fn page_and_worker_import_only_what_lies_below_them() {
    let files = files_below(&["src"], &["rs"]);
    assert!(files.len() > 10, "only {} sources were found", files.len());
    report(files.iter().flat_map(|path| part_faults(path, &read(path))));
}

#[test]
fn nothing_is_exported_to_javascript() {
    let exports = |path: &String| {
        let export = exports_to_js(&code_only(&read(path)))?;
        Some(format!(
            "{path} exports {export} to JavaScript, which would put it into every program of the site"
        ))
    };
    report(
        files_below(&["src", "crates"], &["rs"])
            .iter()
            .filter_map(exports),
    );
}

/// Whenever something is put into an element of which a rule asks what it has inside, a browser looks for that in all of the
/// element. Of the page with a thousand classes that took 15 ms, for each photo that was added.
#[test]
fn rules_with_has_are_about_small_elements() {
    const SMALL: &[&str] = &[".button", ".field", ".tick"];
    let styles = read("public/style.css");
    let before: Vec<&str> = styles.split(":has(").collect();
    let before = before.split_last().map_or(&[][..], |(_, before)| before);
    let faults = before.iter().filter_map(|before| {
        let ends = |c: char| c.is_whitespace() || ",{}>+~".contains(c);
        let subject = before.rsplit(ends).next()?;
        (!SMALL.contains(&subject)).then(|| format!("{subject}:has(…) in style.css"))
    });
    report(faults);
}

#[test]
fn no_file_is_too_long() {
    report(
        files_below(
            &[
                "src", "crates", "tools", "tests", "xtask", "bench", "benches",
            ],
            &["rs"],
        )
        .iter()
        .filter_map(|path| {
            let lines = read(path).lines().count();
            (lines > LONGEST_FILE)
                .then(|| format!("{path} has {lines} lines, more than {LONGEST_FILE}"))
        }),
    );
}

#[test]
fn no_file_names_a_path_of_someones_machine() {
    // Put together here, so that this file does not find itself.
    let folders = ["root", "home", "work", "Users"].map(|name| format!("/{name}/"));
    let kinds = [
        "rs", "toml", "md", "html", "css", "js", "py", "sh", "json", "run",
    ];
    let places = [
        "src", "crates", "tools", "tests", "xtask", "bench", "benches", "docs", "scripts",
        "public", ".ci", ".cargo", ".",
    ];
    report(files_below(&places, &kinds).iter().flat_map(|path| {
        let text = read(path);
        let faults = text
            .lines()
            .enumerate()
            .filter(|(_, line)| folders.iter().any(|folder| names_path(line, folder)));
        faults
            .map(|(number, line)| format!("{path}:{}: {}", number + 1, line.trim()))
            .collect::<Vec<_>>()
    }));
}

/// `folder` at the start of a path, not in the middle of one (`./work/`) or of an address.
fn names_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !"._-~}$/".contains(c))
    })
}

fn report(faults: impl Iterator<Item = String>) {
    let faults: Vec<String> = faults.collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// What a source file names of its crate that its part may not.
fn part_faults(path: &str, text: &str) -> Vec<String> {
    let Some((_, may_import)) = PARTS.iter().find(|(sources, _)| path.starts_with(sources)) else {
        return vec![format!(
            "{path} belongs to no part: add it to tests/tidy.rs"
        )];
    };
    let mut faults = Vec::new();
    for import in own_imports(path, &code_only(text)) {
        let below =
            |allowed: &&str| import == **allowed || import.starts_with(&format!("{allowed}::"));
        if !may_import.iter().any(below) {
            faults.push(format!("{path} may not name {import}"));
        }
    }
    faults.sort();
    faults.dedup();
    faults
}

/// The paths into this library, two names deep: `use crate::{data::x, ml}` gives `data::x` and `ml`.
fn own_imports(path: &str, code: &str) -> Vec<String> {
    // In a binary, `crate` is the binary itself.
    let root = if path.starts_with("src/bin/") {
        "graft::"
    } else {
        "crate::"
    };
    let whole_word = |at: &usize| code[..*at].chars().next_back().is_none_or(|c| !is_word(c));
    let starts = code
        .match_indices(root)
        .map(|(at, _)| at)
        .filter(whole_word);
    starts
        .flat_map(|at| first_names(&code[at + root.len()..], 2))
        .collect()
}

/// The first `depth` names of a path or of each path in a group.
fn first_names(code: &str, depth: usize) -> Vec<String> {
    let code = code.trim_start();
    if let Some(group) = code.strip_prefix('{') {
        return group_parts(group)
            .into_iter()
            .flat_map(|part| first_names(part, depth))
            .collect();
    }
    let end = code.find(|c| !is_word(c)).unwrap_or(code.len());
    let (name, rest) = code.split_at(end);
    match rest.strip_prefix("::") {
        Some(rest) if depth > 1 && !rest.starts_with('*') => {
            let below = first_names(rest, depth - 1);
            below
                .into_iter()
                .map(|tail| format!("{name}::{tail}"))
                .collect()
        }
        _ if name.is_empty() => Vec::new(),
        _ => vec![name.to_owned()],
    }
}

/// The parts between the commas of a group whose opening brace is behind us.
fn group_parts(code: &str) -> Vec<&str> {
    let (mut parts, mut start, mut level) = (Vec::new(), 0, 0);
    for (at, c) in code.char_indices() {
        match c {
            '{' => level += 1,
            '}' if level == 0 => {
                parts.push(&code[start..at]);
                break;
            }
            '}' => level -= 1,
            ',' if level == 0 => {
                parts.push(&code[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}

/// A `#[wasm_bindgen]` on anything but an `extern` block (those are imports).
fn exports_to_js(code: &str) -> Option<String> {
    code.match_indices("#[wasm_bindgen").find_map(|(at, _)| {
        let item = code[at..].split_once(']')?.1.trim_start();
        let first: String = item.chars().take(40).collect();
        (!item.starts_with("extern") && !item.starts_with("unsafe extern")).then_some(first)
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The source without comments and without what stands in strings.
fn code_only(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if rest.starts_with("r\"") || rest.starts_with("r#") {
            raw_string(rest).unwrap_or(1)
        } else if c == '"' {
            string(rest)
        } else if rest.starts_with("'\"'") {
            3
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        code.push(' ');
        rest = &rest[skip..];
    }
    code
}

/// How long the string is that begins here.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The same for `r"…"` and `r#"…"#`; none for a raw identifier.
fn raw_string(text: &str) -> Option<usize> {
    let marks: String = text[1..].chars().take_while(|c| *c == '#').collect();
    let start = 1 + marks.len();
    text[start..].strip_prefix('"')?;
    let end = text[start + 1..].find(&format!("\"{marks}"))?;
    Some(start + 1 + end + 1 + marks.len())
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Files with one of these endings below the folders (`.`: in the root itself), as paths from the root.
fn files_below(folders: &[&str], endings: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for folder in folders {
        collect(&root().join(folder), *folder != ".", &mut found);
    }
    let wanted = |path: &PathBuf| {
        let ending = path
            .extension()
            .or(path.file_name())
            .and_then(|name| name.to_str());
        ending.is_some_and(|ending| endings.contains(&ending))
    };
    let relative = |path: PathBuf| {
        path.strip_prefix(root())
            .ok()?
            .to_str()
            .map(|path| path.trim_start_matches("./").to_owned())
    };
    let mut names: Vec<String> = found
        .into_iter()
        .filter(wanted)
        .filter_map(relative)
        .collect();
    names.sort();
    names
}

fn collect(folder: &Path, deep: bool, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if !path.is_dir() {
            found.push(path);
        } else if deep
            && path
                .file_name()
                .is_none_or(|name| name != "target" && name != "node_modules")
        {
            collect(&path, deep, found);
        }
    }
}

#[test]
fn the_rules_find_what_they_are_for() {
    let check = |path: &str, text: &str, faults: usize| {
        let found = part_faults(path, text);
        assert_eq!(found.len(), faults, "{path}: {text}: {found:?}");
    };
    let client = "use crate::web::client::Client; use leptos::*;";
    check("src/ui/a.rs", client, 0);
    check("src/ui/a.rs", "use crate::web::{client, worker};", 1);
    check("src/ui/a.rs", "use crate::{ui::x, web::{y, z}};", 2);
    let unsaid =
        "// use crate::web;\nlet a = \"crate::web\"; /* crate::web */ let b = r#\"crate::web\"#;";
    check("src/ui/a.rs", unsaid, 0);
    check("src/ui/a.rs", "let quote = '\"'; use crate::web::Blob;", 1);
    check("src/web/client.rs", "use crate::ui::App;", 1);
    check("src/web/worker.rs", "use crate::web::lock;", 0);
    check("src/bin/app.rs", "graft::ui::mount()", 0);
    check("src/bin/app.rs", "graft::web::x()", 1);
    check("src/odd/a.rs", "", 1);

    let depends = |name: &str, line: &str| !manifest_faults(name, &["data"], line).is_empty();
    assert!(depends("learn", "engine = { path = \"../engine\" }"));
    assert!(depends("learn", "web-sys = \"0.3\""));
    assert!(depends("engine", "burn-wgpu = { version = \"1\" }"));
    assert!(!depends("learn", "data = { path = \"../data\" }"));
    assert!(!depends("learn", "burn = \"1\""));

    assert!(exports_to_js("#[wasm_bindgen]\npub fn f() {}").is_some());
    assert!(exports_to_js("#[wasm_bindgen(module = \"x\")]\nextern \"C\" {}").is_none());
}
