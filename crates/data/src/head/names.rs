//! Names of classes as they stand in a file that may come from anyone, made fit to be shown.

use std::collections::HashSet;

use nfc::nfc;

use crate::limits::LONGEST_NAME;

/// Returns these names in their order, put right: each on one line, composed (NFC), without what cannot be seen, no longer
/// than names are kept, none of them empty, no two the same. Names that are so already stay.
pub fn told_apart(names: &[String]) -> Vec<String> {
    let plain: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(i, name)| visible(name).unwrap_or_else(|| format!("Class {}", i + 1)))
        .collect();
    let given: HashSet<&str> = plain.iter().map(String::as_str).collect();
    let mut taken: HashSet<String> = HashSet::new();
    let mut told = Vec::with_capacity(plain.len());
    for name in &plain {
        let free = |name: &String| !taken.contains(name);
        let mut own = Some(name.clone()).filter(free);
        if own.is_none() {
            let numbered = (2..).map(|number| numbered(name, number));
            let mut others = numbered.filter(|other| !given.contains(other.as_str()));
            own = others.find(free);
        }
        let name = own.expect("there are more numbers than names");
        taken.insert(name.clone());
        told.push(name);
    }
    told
}

/// None where nothing is left to be seen.
fn visible(name: &str) -> Option<String> {
    let gap = |c: char| c.is_whitespace() || c.is_control();
    let words = name
        .split(gap)
        .map(|word| word.chars().filter(|c| !is_hidden(*c)));
    let words: Vec<String> = words.map(Iterator::collect).collect();
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|w| !w.is_empty())
        .collect();
    let name: String = nfc(&words.join(" ")).chars().take(LONGEST_NAME).collect();
    let seen = |c: char| !c.is_whitespace() && !joins(c);
    name.contains(seen).then(|| name.trim_end().to_owned())
}

/// Letters that no reader sees and that change how others are read: names that differ by them look the same. Those that
/// join letters and pictures stay.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' // embeddings and overrides of direction
        | '\u{2060}'..='\u{206f}' // among them isolates of direction
        | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}')
}

/// Joiners, and selectors of one of a picture's looks: nothing by themselves.
fn joins(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// `name 2`, as long as a name may be.
fn numbered(name: &str, number: usize) -> String {
    let number = format!(" {number}");
    let kept = LONGEST_NAME.saturating_sub(number.len());
    let mut name: String = name.chars().take(kept).collect();
    name.truncate(name.trim_end().len());
    name + &number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(names: &[&str]) -> Vec<String> {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        let told = told_apart(&names);
        // What is fit to be shown stays as it is.
        assert_eq!(told_apart(&told), told);
        told
    }

    #[test]
    fn good_names_stay() {
        let good = [
            "Apfel",
            "\"Birne\" \\ 梨",
            "🫙 👩\u{200d}🔬 🇧🇷",
            "زجاج أخضر",
            "=1+1",
            "می\u{200c}خواهم",
        ];
        assert_eq!(told(&good), good);
    }

    #[test]
    fn odd_names_can_be_told_apart() {
        assert_eq!(
            told(&["two\r\nlines", "nul\0byte", "\t=1+1", "=1+1"]),
            ["two lines", "nul byte", "=1+1", "=1+1 2"]
        );
        assert_eq!(
            told(&["", "   ", "\u{200d}", "Class 2"]),
            ["Class 1", "Class 2", "Class 3", "Class 2 2"]
        );
        assert_eq!(
            told(&["\u{202e}gpj.ssalg", "gpj\u{200b}.ssalg"]),
            ["gpj.ssalg", "gpj.ssalg 2"]
        );
        // The same letter, composed or not.
        assert_eq!(told(&["\u{e9}", "e\u{301}"]), ["\u{e9}", "\u{e9} 2"]);
        // The second twin takes no name of a third.
        assert_eq!(told(&["a", "a", "a 2", "a"]), ["a", "a 3", "a 2", "a 4"]);
    }

    #[test]
    fn long_names_are_cut_and_still_told_apart() {
        let long = "w".repeat(1_000_000);
        let (first, second) = (format!("{long}1"), format!("{long}2"));
        let told = told(&[&first, &second]);
        assert_eq!(told[0], "w".repeat(LONGEST_NAME));
        assert_eq!(told[1], format!("{} 2", "w".repeat(LONGEST_NAME - 2)));
    }

    #[test]
    fn a_thousand_twins_get_a_thousand_names() {
        let told = told(&["same"; 1000]);
        let different: HashSet<&String> = told.iter().collect();
        assert_eq!((different.len(), told[999].as_str()), (1000, "same 1000"));
    }
}
