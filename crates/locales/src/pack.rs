//! Messages as the page reads them: without ids, as those are numbers there, and without a parser for Fluent.

use crate::marks::{END, NEXT, NUMBER, SELECT, TEXT, THEN, VARIANT};
use crate::message::{Argument, Entry, Kind, Messages, Part, Style};

/// All messages of a language, in the order of the English ones ([`crate::check()`] sees to that).
pub fn pack(messages: &Messages, tag: &str, fingerprint: &str) -> String {
    let mut packed = format!("{fingerprint}{NEXT}{tag}");
    for entry in &messages.0 {
        packed.push(NEXT);
        write(&mut packed, &entry.parts, &entry.arguments);
    }
    packed
}

fn write(packed: &mut String, parts: &[Part], arguments: &[Argument]) {
    let argument = |name: &str| {
        let at = arguments.iter().position(|a| a.name == name);
        at.expect("an entry lists the arguments that it uses")
    };
    for part in parts {
        match part {
            Part::Text(text) | Part::Kept(text) => *packed += text,
            Part::Filled(name, style) => {
                let at = argument(name);
                match arguments[at].kind {
                    Kind::Number => {
                        let style = style.unwrap_or_default();
                        *packed += &format!("{NUMBER}{at}{}", digits(style));
                    }
                    _ => *packed += &format!("{TEXT}{at}"),
                }
            }
            Part::Chosen(name, variants) => {
                *packed += &format!("{SELECT}{}", argument(name));
                for variant in variants {
                    let usual = if variant.usual { "*" } else { "" };
                    *packed += &format!("{VARIANT}{usual}{}{THEN}", variant.key);
                    write(packed, &variant.parts, arguments);
                }
                packed.push(END);
            }
        }
    }
}

fn digits(style: Style) -> String {
    let groups = u8::from(style.groups);
    format!("{}{}{}{groups}", style.whole, style.least, style.most)
}

/// Names what all languages of a build have in common: ids and arguments. A pack of another build does not fit.
pub fn fingerprint(english: &Messages) -> String {
    let signature = |entry: &Entry| format!("{} {:?}\n", entry.id, entry.arguments);
    let all: String = english.0.iter().map(signature).collect();
    // FNV-1a, which is the same in every version of Rust.
    let hash = all.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
