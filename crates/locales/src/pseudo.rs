//! A language that nobody speaks, to look at: each of its texts is seen to come from a message, and is about a third longer than
//! English, as many a language is.

use crate::message::{Entry, Messages, Part, Variant};

/// English with accents and between brackets, vowels twice. What is filled in stays as it is.
pub fn pseudo(english: &Messages) -> Messages {
    let one = |entry: &Entry| {
        let mut parts = vec![Part::Text("⟦".into())];
        parts.extend(entry.parts.iter().map(part));
        parts.push(Part::Text("⟧".into()));
        Entry {
            parts,
            ..entry.clone()
        }
    };
    Messages(english.0.iter().map(one).collect())
}

fn part(part: &Part) -> Part {
    match part {
        Part::Text(text) => Part::Text(text.chars().flat_map(letter).collect()),
        Part::Chosen(name, variants) => {
            let variant = |v: &Variant| Variant {
                parts: v.parts.iter().map(self::part).collect(),
                ..v.clone()
            };
            Part::Chosen(name.clone(), variants.iter().map(variant).collect())
        }
        same => same.clone(),
    }
}

/// A letter with an accent; none of a to z stays.
fn letter(letter: char) -> impl Iterator<Item = char> {
    const PLAIN: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const OTHER: &str = "áƀćďéƒǵĥíĵķĺḿńóṕɋŕśťúṽŵẋýžÁƁĆĎÉƑǴĤÍĴĶĹḾŃÓṔɊŔŚŤÚṼŴẊÝŽ";
    let found = PLAIN
        .chars()
        .zip(OTHER.chars())
        .find(|(plain, _)| *plain == letter);
    let times = if "aeiou".contains(letter) { 2 } else { 1 };
    let other = found.map_or(letter, |(_, other)| other);
    std::iter::repeat_n(other, times)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{pack, read};

    #[test]
    fn letters_change_and_what_is_filled_in_stays() {
        let english = "-graft = Graft\n# $file (String)\nx = The quick fox of { -graft } in { $file }{ \"x\" }!\n";
        let pseudo = pack(&pseudo(&read(english).unwrap()), "", "");
        assert_eq!(pseudo, "\0\0⟦Ťĥéé ɋúúííćķ ƒóóẋ óóƒ Graft ííń \u{1}0x!⟧");
    }

    #[test]
    fn no_letter_stays() {
        let all: String = (' '..='~').flat_map(letter).collect();
        assert!(!all.chars().any(|c| c.is_ascii_alphabetic()), "{all}");
    }
}
