//! English as Rust: a function a message.

use std::collections::HashSet;
use std::fmt::Write;

use crate::message::{Argument, Entry, Kind, Messages, Part};
use crate::{Faults, fingerprint};

/// Words of Rust that no function can be called.
const RESERVED: &[&str] = &[
    "try", "move", "loop", "match", "type", "use", "in", "if", "else", "for",
];

/// The source of a module that says each message; `tags` are the languages that there are.
pub fn rust(english: &Messages, tags: &[String]) -> Result<String, Faults> {
    let mut faults = Vec::new();
    let mut names = HashSet::new();
    for id in english.0.iter().map(|entry| &entry.id) {
        let name = function(id);
        if RESERVED.contains(&&*name) {
            faults.push(format!("{id}: no function of Rust can be called so"));
        }
        if !names.insert(name) {
            faults.push(format!("{id}: another message's function is called so"));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut source = format!(
        "pub(crate) const FINGERPRINT: &str = {:?};\npub(crate) const TAGS: &[&str] = &{tags:?};\n",
        fingerprint(english)
    );
    for (number, entry) in english.0.iter().enumerate() {
        source += &said(number, entry);
    }
    Ok(source)
}

/// `lab_run_stop` of `lab-run.stop`.
pub fn function(id: &str) -> String {
    id.replace(['-', '.'], "_")
}

fn said(number: usize, entry: &Entry) -> String {
    let name = function(&entry.id);
    let shown = shown(&entry.parts);
    let mut source = format!("\n/// `{}`: {shown}\n#[must_use]\n", entry.id);
    if entry.arguments.is_empty() && is_plain(&entry.parts) {
        let _ = write!(
            source,
            "pub fn {name}() -> &'static str {{\n    crate::plain({number})\n}}\n"
        ); // a string takes any text
        return source;
    }
    let parameter = |a: &Argument| match a.kind {
        Kind::Number => format!("{}: impl crate::Number", function(&a.name)),
        _ => format!("{}: &str", function(&a.name)),
    };
    let argument = |a: &Argument| match a.kind {
        Kind::Number => format!("crate::Argument::Number({}.number())", function(&a.name)),
        _ => format!("crate::Argument::Text({})", function(&a.name)),
    };
    let parameters: Vec<String> = entry.arguments.iter().map(parameter).collect();
    let arguments: Vec<String> = entry.arguments.iter().map(argument).collect();
    let _ = write!(
        source,
        "pub fn {name}({}) -> String {{\n    crate::filled({number}, &[{}])\n}}\n",
        parameters.join(", "),
        arguments.join(", ")
    );
    source
}

fn is_plain(parts: &[Part]) -> bool {
    parts
        .iter()
        .all(|p| matches!(p, Part::Text(_) | Part::Kept(_)))
}

/// The message for readers of the code: of a choice, the usual variant.
fn shown(parts: &[Part]) -> String {
    let one = |part: &Part| match part {
        Part::Text(text) | Part::Kept(text) => text.clone(),
        Part::Filled(name, _) => format!("`${name}`"),
        Part::Chosen(_, variants) => {
            let usual = variants.iter().find(|v| v.usual);
            usual.map(|v| shown(&v.parts)).unwrap_or_default()
        }
    };
    parts.iter().map(one).collect()
}
