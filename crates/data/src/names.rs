//! Names of classes: how they are kept, and when two are one. They come from folders, zips, head files and keyboards.

use nfc::{lowercase, nfc};

use super::limits::LONGEST_NAME;

/// A name as it is kept: composed (NFC), without control characters, with single blanks only inside, and at most
/// [`LONGEST_NAME`] characters. What is longer loses its middle, because long names differ at the end. May be empty.
pub fn kept(name: &str) -> String {
    shortened(whole(name), LONGEST_NAME)
}

/// The name with a number behind it, no longer than [`kept`] ones.
pub fn numbered(name: &str, number: usize) -> String {
    let number = format!(" {number}");
    let room = LONGEST_NAME - number.len();
    shortened(whole(name), room) + &number
}

/// What is the same for names that people take for one: `Rose`, `rose ` and other spellings of its letters. Of names
/// that are too long, all of it counts.
pub fn key(name: &str) -> String {
    let small = lowercase(&whole(name))
        .chars()
        .filter(|c| !is_variant(*c))
        // A Greek word ends with a letter of its own.
        .map(|c| if c == 'ς' { 'σ' } else { c })
        .collect::<String>();
    nfc(&small)
}

/// True where [`kept`] takes something out of the middle.
pub fn is_long(name: &str) -> bool {
    whole(name).chars().count() > LONGEST_NAME
}

/// The text on one line, composed (NFC), without what cannot be seen, with single blanks only inside. May be empty.
pub fn whole(name: &str) -> String {
    let words = name.split_whitespace().map(|word| {
        let seen = word.chars().filter(|c| !is_unseen(*c));
        nfc(&seen.collect::<String>())
    });
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Nothing in it changes how the rest is read without being seen.
pub fn is_plain(name: &str) -> bool {
    !name.chars().any(is_unseen)
}

fn shortened(name: String, most: usize) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= most {
        return name;
    }
    let end = most / 3;
    let start = most - 1 - end;
    let text = |part: &[char]| part.iter().collect::<String>();
    let (start, end) = (&letters[..start], &letters[letters.len() - end..]);
    format!("{}…{}", text(start).trim_end(), text(end).trim_start())
}

/// Control characters, and those for format (Unicode's Cf) that show nothing or turn the direction of what follows. The two joiners stay:
/// Persian words and many emoji need them.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Variation selectors choose between looks of one character.
fn is_variant(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_are_the_same() {
        let same = |a: &str, b: &str| key(a) == key(b);
        assert!(same("Rose", "rose "));
        assert!(same("red  rose", "\tRed\u{a0}rose\n"));
        assert!(same("T\u{f6}pfe \u{c720}", "To\u{308}pfe \u{110b}\u{1172}"));
        assert!(same("ΛΟΓΟΣ", "λογος"));
        assert!(same("\u{202e}rose\u{200b}", "rose"));
        assert!(same("❤", "❤\u{fe0f}"));
        assert!(!same("rose", "roses"));
        // Two letters of Turkish.
        assert!(!same("kız", "kiz"));
        assert!(!same("Straße", "Strasse"));
    }

    #[test]
    fn names_are_kept_as_text_for_narrow_places() {
        assert_eq!(kept("  a\0\tb\u{7}  c "), "a b c");
        assert_eq!(kept("\u{0}\n \u{200b}"), "");
        assert_eq!(kept("To\u{308}pfe"), "T\u{f6}pfe");
        // A family, joined.
        assert_eq!(kept("👨\u{200d}👩"), "👨\u{200d}👩");
        let exact = "x".repeat(LONGEST_NAME);
        assert_eq!(kept(&exact), exact);
        let long =
            "green glass bottles without a label, photographed from above on a grey table, set";
        let (a, b) = (kept(&format!("{long}A")), kept(&format!("{long}B")));
        assert_eq!(
            a,
            "green glass bottles without a label, ph…n a grey table, setA"
        );
        assert!(b.ends_with("setB") && b.chars().count() <= LONGEST_NAME);
        assert_eq!(kept(&a), a);
        assert_ne!(key(&format!("{long}A")), key(&format!("{long}B")));
        assert_eq!(numbered("rose", 12), "rose 12");
        assert!(numbered(&exact, 1000).chars().count() <= LONGEST_NAME);
        assert!(numbered(&exact, 1000).ends_with("x 1000"));
    }
}
