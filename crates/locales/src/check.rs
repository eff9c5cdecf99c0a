//! A language against English: the same messages, the same arguments, the same choices.

use crate::Faults;
use crate::message::{Argument, Entry, Kind, Messages, Part, Use, Variant};

/// The categories of CLDR; which of them a language has, the browser knows.
const PLURALS: &[&str] = &["zero", "one", "two", "few", "many", "other"];

/// The messages of a language in the order and with the arguments of the English ones, or all that does not fit.
pub fn check(english: &Messages, other: &Messages) -> Result<Messages, Faults> {
    let mut faults = own(english);
    let surplus = other.0.iter().filter(|e| english.find(&e.id).is_none());
    faults.extend(surplus.map(|e| format!("{}: English has no such message", e.id)));
    let mut messages = Messages::default();
    for entry in &english.0 {
        let Some(found) = other.find(&entry.id) else {
            faults.push(format!("{} is missing", entry.id));
            continue;
        };
        let found = Entry {
            arguments: entry.arguments.clone(),
            ..found.clone()
        };
        faults.extend(of(&found, Some(entry)));
        messages.0.push(found);
    }
    match faults.is_empty() {
        true => Ok(messages),
        false => Err(faults),
    }
}

/// What is wrong with English, which nothing else is compared with.
pub fn own(english: &Messages) -> Faults {
    english.0.iter().flat_map(|e| of(e, None)).collect()
}

fn of(entry: &Entry, english: Option<&Entry>) -> Faults {
    let id = &entry.id;
    let mut faults = Vec::new();
    if Part::is_empty(&entry.parts) {
        faults.push(format!("{id} says nothing"));
    }
    let mut used = Vec::new();
    Part::uses(&entry.parts, &mut |name, how| {
        used.push(name.to_owned());
        let argument = entry.arguments.iter().find(|a| a.name == name);
        match argument {
            Some(argument) if argument.kind == Kind::Undeclared => {
                faults.push(format!("{id}: no comment declares ${name}"));
            }
            Some(argument) => faults.extend(fits(id, argument, how, english)),
            None => faults.push(format!("{id}: English has no ${name}")),
        }
    });
    let unused = entry.arguments.iter().filter(|a| !used.contains(&a.name));
    faults.extend(unused.map(|a| format!("{id} leaves ${} out", a.name)));
    faults
}

/// Whether an argument can be used so.
fn fits(id: &str, argument: &Argument, how: Use<'_>, english: Option<&Entry>) -> Faults {
    let name = &argument.name;
    let variants = match (how, argument.kind) {
        (Use::Filled(true), Kind::String) => {
            return vec![format!("{id}: ${name} is written as a number and is none")];
        }
        (Use::Filled(_), _) => return Vec::new(),
        (Use::Chosen(variants), _) => variants,
    };
    let known: Vec<String> = match argument.kind {
        Kind::Number => PLURALS.iter().map(|key| (*key).to_owned()).collect(),
        _ => english.map_or_else(|| keys(variants), |e| chosen(e, name)),
    };
    let is_known = |key: &String| {
        known.contains(key) || argument.kind == Kind::Number && key.parse::<i64>().is_ok()
    };
    keys(variants)
        .into_iter()
        .filter(|key| !is_known(key))
        .map(|key| format!("{id}: ${name} is never [{key}]"))
        .collect()
}

fn keys(variants: &[Variant]) -> Vec<String> {
    variants.iter().map(|v| v.key.clone()).collect()
}

/// What an argument chooses between.
fn chosen(entry: &Entry, argument: &str) -> Vec<String> {
    let mut all = Vec::new();
    Part::uses(&entry.parts, &mut |name, how| {
        if let Use::Chosen(variants) = how
            && name == argument
        {
            all.extend(keys(variants));
        }
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read;

    const ENGLISH: &str = "
-graft = Graft
# $count (Number), $file (String)
one = { $count ->
    [one] A photo
   *[other] { $count } photos of { -graft }
 } in { $file }
    .short = Photos
# $device (String)
two = { $device ->
    [gpu] On the GPU
   *[cpu] On the CPU
 }
";
    const ONE: &str = "one = { $count } { $file }\n    .short = Fotos\n";
    const TWO: &str = "two = { $device ->\n   *[cpu] Da\n }\n";

    fn checked(other: &str) -> Result<Messages, Faults> {
        check(&read(ENGLISH)?, &read(other)?)
    }

    fn says(found: Result<Messages, Faults>, wanted: &str) {
        let found = found.expect_err(wanted);
        assert!(found.iter().any(|f| f == wanted), "{found:?}, not {wanted}");
    }

    #[test]
    fn a_language_that_fits_is_taken_in_the_order_of_english() {
        let fitting = checked(&format!("{TWO}{ONE}")).unwrap();
        let ids: Vec<&str> = fitting.0.iter().map(|e| e.id.as_str()).collect();
        assert_eq!(ids, ["one", "one.short", "two"]);
        assert_eq!(
            fitting.0[0].arguments,
            read(ENGLISH).unwrap().0[0].arguments
        );
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let with = |more: &str| checked(&format!("{ONE}{more}"));
        says(checked(ONE), "two is missing");
        says(
            with(TWO).and_then(|_| with(&format!("{TWO}three = 3"))),
            "three: English has no such message",
        );
        says(
            with("two = { $who } { $device }"),
            "two: English has no $who",
        );
        says(with("two = Da"), "two leaves $device out");
        says(
            with("two = { NUMBER($device) }"),
            "two: $device is written as a number and is none",
        );
        says(
            with(&TWO.replace("cpu", "npu")),
            "two: $device is never [npu]",
        );
        says(with(&TWO.replace("Da", "{ \" \" }")), "two says nothing");
        says(with(&format!("{TWO}{ONE}")), "one is there twice");
        says(with("two = { four }"), "two: there is no message four");
        says(with("two = { two }"), "two: it holds itself");
        says(with("two = { -graft }"), "two: there is no term -graft");
        says(
            with("two = { DATE($device) }"),
            "two: there is no function DATE",
        );
        assert!(with("two = {").expect_err("a brace")[0].starts_with("line 3: "));
    }

    #[test]
    fn english_must_declare_what_it_uses() {
        let wrong = |text: &str, wanted: &str| {
            let found =
                read(text).and_then(|m| own(&m).is_empty().then_some(m.clone()).ok_or(own(&m)));
            says(found, wanted);
        };
        wrong("# $a (Number)\nx = A\n", "x: $a is declared and not used");
        wrong(
            "# $a (Number)\nx = { $a } { $b }\n",
            "x: no comment declares $b",
        );
        wrong("x = { $b }\n", "x: no comment declares $b");
        wrong(
            "# $a (String)\nx = { NUMBER($a) }\n",
            "x: $a is written as a number and is none",
        );
        wrong(
            "# $a (Number)\nx = { $a ->\n   *[gpu] A\n }\n",
            "x: $a is never [gpu]",
        );
    }
}
