//! Short names for what a module takes from JavaScript. wasm-bindgen names each function by what it is and sixteen random digits, once in
//! the module and once in its JavaScript: a fiftieth of what the page weighs.

use std::collections::HashMap;

use crate::sections::{self, HEADER, IMPORTS, Input, put_number, put_section};
use crate::{Result, addresses};

/// Kind of import, by the specification's number (WebAssembly 2.0, 5.5.5).
const FUNCTION: u8 = 0;

/// Module and JavaScript with their names for each other shortened. The module that the names belong to is called by all of them
/// together: halves of two builds do not start, where one would call the wrong function of the other.
pub fn shorten(wasm: &[u8], js: &str) -> Result<(Vec<u8>, String)> {
    let mut short = wasm.get(..HEADER).ok_or("no module")?.to_vec();
    let mut names = HashMap::new();
    for (kind, body) in sections::of(wasm)? {
        match kind {
            IMPORTS => put_section(&mut short, kind, &renamed(body, &mut names)?),
            _ => put_section(&mut short, kind, body),
        }
    }
    let js = rewritten(js, &names)?;
    Ok((short, js))
}

/// The section of imports with short names, which go into the table.
fn renamed(section: &[u8], names: &mut HashMap<String, String>) -> Result<Vec<u8>> {
    let mut input = Input(section);
    let count = input.number()?;
    let mut imports = Vec::new();
    for _ in 0..count {
        let (module, name) = (input.name()?, input.name()?);
        if input.bytes(1)?[0] != FUNCTION {
            return Err(format!("{module} {name}: only functions are expected"));
        }
        imports.push((module, name, input.number()?));
    }
    let build = addresses::content_hash(section);
    let mut out = Vec::new();
    put_number(&mut out, count);
    for (number, (module, name, kind)) in imports.into_iter().enumerate() {
        let (module, name) = (
            names.entry(module).or_insert_with(|| build.clone()).clone(),
            names.entry(name).or_insert_with(|| letters(number)).clone(),
        );
        for text in [module, name] {
            put_number(&mut out, text.len());
            out.extend(text.bytes());
        }
        out.push(FUNCTION);
        put_number(&mut out, kind);
    }
    Ok(out)
}

/// `a`, `b` and so on, then `ba`, `bb`: names that JavaScript takes as keys without quotes. None is `in` or another of its words,
/// which may be keys as well.
fn letters(number: usize) -> String {
    let digit = |n: usize| char::from(b'a' + (n % 26) as u8);
    match number / 26 {
        0 => digit(number).into(),
        rest => letters(rest) + &String::from(digit(number)),
    }
}

/// Every name must stand in it as a key, once: `name: function(` or `"./app_bg.js": import0`.
fn rewritten(js: &str, names: &HashMap<String, String>) -> Result<String> {
    let mut out = String::new();
    let mut found = 0;
    for line in js.lines() {
        let key = line.trim_start().split_once(": ");
        let name = key.and_then(|(key, _)| names.get(key.trim_matches('"')));
        match (key, name) {
            (Some((_, value)), Some(short)) => {
                found += 1;
                out += &format!("\"{short}\": {value}");
            }
            _ => out += line,
        }
        out.push('\n');
    }
    if found != names.len() {
        let expected = names.len();
        return Err(format!(
            "{found} of {expected} imports are in the JavaScript: has wasm-bindgen's template changed?"
        ));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module of a type section and these imports.
    fn module(imports: &[(&str, &str)]) -> Vec<u8> {
        let mut section = vec![imports.len() as u8];
        for (module, name) in imports {
            for text in [module, name] {
                put_number(&mut section, text.len());
                section.extend(text.bytes());
            }
            section.extend([FUNCTION, 0]);
        }
        let mut wasm = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0".to_vec();
        wasm.push(IMPORTS);
        put_number(&mut wasm, section.len());
        wasm.extend(section);
        wasm
    }

    const JS: &str = "const import0 = {\n    __wbg_now_463ac581d2fc7ea3: function() {\n        return 1;\n    },\n    \
        __wbg_open_4a95a7b72fa10880: function() { open(); },\n    __wbg_gone_00: function() {},\n};\nreturn {\n    \"./app_bg.js\": import0,\n};\n";

    fn both() -> (Vec<u8>, String) {
        let imports = [
            ("./app_bg.js", "__wbg_open_4a95a7b72fa10880"),
            ("./app_bg.js", "__wbg_now_463ac581d2fc7ea3"),
        ];
        shorten(&module(&imports), JS).expect("they fit")
    }

    #[test]
    fn module_and_javascript_have_the_same_names() {
        let (wasm, js) = both();
        let module_name = js.split('"').rev().nth(1).expect("it is a key");
        assert_eq!(wasm, module(&[(module_name, "a"), (module_name, "b")]));
        assert!(
            js.contains("\"b\": function() {\n        return 1;"),
            "{js}"
        );
        assert!(js.contains("\"a\": function() { open(); }"), "{js}");
        // What only the JavaScript has stays as it is.
        assert!(js.contains("__wbg_gone_00: function() {}"), "{js}");
    }

    #[test]
    fn halves_of_two_builds_do_not_fit() {
        let other = [("./app_bg.js", "__wbg_now_463ac581d2fc7ea3")];
        let (wasm, _) = shorten(&module(&other), JS).expect("they fit");
        let (_, js) = both();
        let module_name = js.split('"').rev().nth(1).expect("it is a key");
        let there = |name: &str| wasm.windows(name.len()).any(|w| w == name.as_bytes());
        assert!(!there(module_name));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let unknown = module(&[("./app_bg.js", "__wbg_new_thing")]);
        assert!(shorten(&unknown, JS).is_err_and(|why| why.contains("1 of 2 imports")));
        let whole = module(&[("./app_bg.js", "__wbg_now_463ac581d2fc7ea3")]);
        for length in 0..whole.len() {
            let cut = shorten(&whole[..length], JS);
            // Behind the header and behind the first section it is whole, and takes nothing.
            assert_eq!(
                cut.is_ok(),
                [HEADER, HEADER + 6].contains(&length),
                "{length}"
            );
        }
    }

    #[test]
    fn short_names_are_all_different() {
        let mut all: Vec<_> = (0..3000).map(letters).collect();
        assert_eq!(
            [&all[0], &all[25], &all[26], &all[702]],
            ["a", "z", "ba", "bba"]
        );
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 3000);
    }
}
