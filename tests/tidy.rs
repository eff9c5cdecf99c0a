//! The rules of the sources, as a test: who may import whom, how long a file may be, no path of anyone's machine.
//!
//! ```text
//! bin/app    → ui → web::{ address, client } → protocol → data
//! bin/worker → web::worker → engine → { ml, formats, protocol } → data
//! ```

use std::fs;
use std::path::{Path, PathBuf};

/// What fits on a few screens.
const LONGEST_FILE: usize = 450;

/// Crates that know a browser.
const WEB_CRATES: &[&str] = &[
    "web_sys",
    "js_sys",
    "wasm_bindgen",
    "wasm_bindgen_futures",
    "gloo",
    "idb",
    "leptos",
];

/// A layer, the sources it is made of, and what else of this crate it may name.
struct Layer {
    /// The start of its files' paths.
    sources: &'static str,
    /// Modules of this crate, as they follow `crate::`; a name stands for everything below it.
    may_import: &'static [&'static str],
    may_name_burn: bool,
    is_web: bool,
}

/// The first that fits a file counts.
const LAYERS: &[Layer] = &[
    Layer {
        sources: "src/data/",
        may_import: &["data"],
        may_name_burn: false,
        is_web: false,
    },
    Layer {
        sources: "src/protocol",
        may_import: &["data", "protocol"],
        may_name_burn: false,
        is_web: false,
    },
    Layer {
        sources: "src/formats/",
        may_import: &["data", "formats"],
        may_name_burn: false,
        is_web: false,
    },
    Layer {
        sources: "src/ml/",
        may_import: &["data", "ml"],
        may_name_burn: true,
        is_web: false,
    },
    Layer {
        sources: "src/engine",
        may_import: &["data", "protocol", "formats", "ml", "engine"],
        may_name_burn: false,
        is_web: false,
    },
    // The page's side of the boundary knows nothing of what the worker runs.
    Layer {
        sources: "src/web/client",
        may_import: &["data", "protocol", "web"],
        may_name_burn: false,
        is_web: true,
    },
    Layer {
        sources: "src/web/",
        may_import: &["data", "protocol", "engine", "web"],
        may_name_burn: false,
        is_web: true,
    },
    Layer {
        sources: "src/ui/",
        may_import: &["data", "protocol", "web::address", "web::client", "ui"],
        may_name_burn: false,
        is_web: true,
    },
    Layer {
        sources: "src/bin/app.rs",
        may_import: &["ui"],
        may_name_burn: false,
        is_web: true,
    },
    Layer {
        sources: "src/bin/names.rs",
        may_import: &["web::names"],
        may_name_burn: false,
        is_web: true,
    },
    Layer {
        sources: "src/bin/worker",
        may_import: &["web::worker"],
        may_name_burn: false,
        is_web: true,
    },
    // Tools.
    Layer {
        sources: "src/bin/",
        may_import: &["data", "formats", "ml"],
        may_name_burn: false,
        is_web: false,
    },
    Layer {
        sources: "src/lib.rs",
        may_import: &[],
        may_name_burn: false,
        is_web: false,
    },
];

#[test]
fn layers_import_only_what_lies_below_them() {
    let files = files_below(&["src"], &["rs"]);
    assert!(files.len() > 10, "only {} sources were found", files.len());
    report(
        files
            .iter()
            .flat_map(|path| layer_faults(path, &read(path))),
    );
}

#[test]
fn no_file_is_too_long() {
    report(
        files_below(&["src", "tests", "xtask"], &["rs"])
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
        "src", "tests", "xtask", "docs", "scripts", "public", ".ci", ".cargo", ".",
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

/// What a source file does that its layer may not.
fn layer_faults(path: &str, text: &str) -> Vec<String> {
    let Some(layer) = LAYERS.iter().find(|layer| path.starts_with(layer.sources)) else {
        return vec![format!(
            "{path} belongs to no layer: add it to tests/tidy.rs"
        )];
    };
    let code = code_only(text);
    let mut faults = Vec::new();
    for import in own_imports(path, &code) {
        let below =
            |allowed: &&str| import == **allowed || import.starts_with(&format!("{allowed}::"));
        if !layer.may_import.iter().any(below) {
            faults.push(format!("{path} may not name {import}"));
        }
    }
    for word in words(&code) {
        if !layer.may_name_burn && (word == "burn" || word.starts_with("burn_")) {
            faults.push(format!("{path} may not name {word}: only src/ml does"));
        }
        if !layer.is_web && WEB_CRATES.contains(&word) {
            faults.push(format!(
                "{path} may not name {word}: only src/web, src/ui and the two binaries do"
            ));
        }
    }
    if let Some(export) = exports_to_js(&code) {
        faults.push(format!(
            "{path} exports {export} to JavaScript, which would put it into both bundles"
        ));
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

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c| !is_word(c)).filter(|word| !word.is_empty())
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
        let found = layer_faults(path, text);
        assert_eq!(found.len(), faults, "{path}: {text}: {found:?}");
    };
    check("src/data/a.rs", "use crate::data::photo::Photo;", 0);
    check("src/data/a.rs", "use crate::ml;", 1);
    check(
        "src/data/a.rs",
        "// use crate::ml;\nlet a = \"burn\"; /* leptos */ let b = r#\"web_sys\"#;",
        0,
    );
    check(
        "src/ml/a.rs",
        "use burn::tensor::Tensor; use crate::data::{photo, class};",
        0,
    );
    check("src/engine/a.rs", "use burn::tensor::Tensor;", 1);
    check("src/engine/a.rs", "fn f() { burn_wgpu::x() }", 1);
    check(
        "src/engine/a.rs",
        "use crate::{data::x, ml::{y, z}, web::w};",
        1,
    );
    check(
        "src/ui/a.rs",
        "use crate::web::client::Client; use leptos::*;",
        0,
    );
    check("src/ui/a.rs", "use crate::web::{client, worker};", 1);
    check("src/ui/a.rs", "use crate::{engine, ml};", 2);
    check("src/web/client.rs", "use crate::engine::Engine;", 1);
    check("src/web/worker.rs", "use crate::engine::Engine;", 0);
    check("src/bin/app.rs", "graft::ui::mount()", 0);
    check("src/bin/app.rs", "graft::engine::x()", 1);
    check(
        "src/formats/a.rs",
        "let quote = '\"'; use web_sys::Blob;",
        1,
    );
    check("src/web/a.rs", "#[wasm_bindgen]\npub fn f() {}", 1);
    check(
        "src/web/a.rs",
        "#[wasm_bindgen(module = \"x\")]\nextern \"C\" {}",
        0,
    );
    check("src/odd/a.rs", "", 1);
}
