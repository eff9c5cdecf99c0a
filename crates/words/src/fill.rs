//! Fills a message in.

use crate::Argument;
use crate::marks::{END, NUMBER, SELECT, TEXT, THEN, VARIANT};
use crate::numbers::{Style, plural, whole, written};

/// Writes a message as [`crate::marks`] describes it. What is no message writes what it can.
pub fn fill(message: &str, arguments: &[Argument<'_>], out: &mut String) {
    let mut rest = message;
    loop {
        let end = rest.find(|c| c <= END).unwrap_or(rest.len());
        let (text, from) = rest.split_at(end);
        out.push_str(text);
        rest = from;
        let Some(mark) = take(&mut rest) else { return };
        let at = take(&mut rest).and_then(|digit| digit.to_digit(10));
        let argument = at.and_then(|at| arguments.get(at as usize)).copied();
        match (mark, argument) {
            (TEXT, Some(Argument::Text(text))) => out.push_str(text),
            (NUMBER, Some(Argument::Number(number))) => {
                if let Some(style) = style(&mut rest) {
                    out.push_str(&written(number, style));
                }
            }
            (SELECT, Some(argument)) => {
                let (chosen, behind) = choose(rest, argument);
                fill(chosen, arguments, out);
                rest = behind;
            }
            _ => {}
        }
    }
}

fn take(rest: &mut &str) -> Option<char> {
    let mut chars = rest.chars();
    let first = chars.next();
    *rest = chars.as_str();
    first
}

fn style(rest: &mut &str) -> Option<Style> {
    let mut digit = || take(rest)?.to_digit(10);
    Some(Style {
        whole: digit()?,
        least: digit()?,
        most: digit()?,
        groups: digit()? == 1,
    })
}

/// The first variant that fits, else the usual one; and what stands behind all of them.
fn choose<'a>(variants: &'a str, argument: Argument<'_>) -> (&'a str, &'a str) {
    let category = match argument {
        Argument::Number(number) => plural(number),
        Argument::Text(_) => String::new(),
    };
    let fits = |key: &str| match argument {
        Argument::Text(text) => key == text,
        Argument::Number(number) => {
            key == category || whole(number).is_some_and(|n| key.parse() == Ok(n))
        }
    };
    let (mut chosen, mut usual, mut rest) = (None, "", variants);
    while take(&mut rest) == Some(VARIANT) {
        let Some((key, from)) = rest.split_once(THEN) else {
            break;
        };
        let (message, behind) = from.split_at(length(from));
        rest = behind;
        let is_usual = key.starts_with('*');
        if is_usual {
            usual = message;
        }
        if chosen.is_none() && fits(key.trim_start_matches('*')) {
            chosen = Some(message);
        }
    }
    // The mark of the end was taken.
    (chosen.unwrap_or(usual), rest)
}

/// How long a variant's message is: up to the next variant or the end, choices within it passed over.
fn length(message: &str) -> usize {
    let mut depth = 0;
    let end = message.find(|c| {
        match c {
            SELECT => depth += 1,
            END if depth > 0 => {
                depth -= 1;
                return false;
            }
            _ => {}
        }
        depth == 0 && (c == VARIANT || c == END)
    });
    end.unwrap_or(message.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(message: &str, arguments: &[Argument<'_>]) -> String {
        let mut out = String::new();
        fill(message, arguments, &mut out);
        out
    }

    #[test]
    fn arguments_go_where_they_are_named() {
        let all = [Argument::Text("b"), Argument::Number(2.5)];
        assert_eq!(filled("a \u{1}0 c \u{2}11030", &all), "a b c 2.5");
        assert_eq!(filled("\u{2}11000\u{1}0", &all), "2b");
        assert_eq!(filled("⟦ä\u{1}0⟧", &all), "⟦äb⟧");
    }

    #[test]
    fn the_variant_that_fits_is_chosen_also_within_another() {
        let inner = "\u{3}1\u{4}gpu\u{5}G\u{4}*cpu\u{5}C\u{6}";
        let message = format!(
            "\u{3}0\u{4}0\u{5}none\u{4}one\u{5}one {inner}!\u{4}*other\u{5}\u{2}01030 {inner}?\u{6}."
        );
        let said =
            |n: f64, device: &str| filled(&message, &[Argument::Number(n), Argument::Text(device)]);
        assert_eq!(said(0.0, "cpu"), "none.");
        assert_eq!(said(1.0, "gpu"), "one G!.");
        assert_eq!(said(7.0, "cpu"), "7 C?.");
        assert_eq!(said(7.0, "npu"), "7 C?.");
    }

    #[test]
    fn what_is_no_message_does_no_harm() {
        for odd in [
            "\u{3}",
            "\u{3}0",
            "\u{3}0\u{4}x",
            "\u{3}0\u{4}x\u{5}",
            "\u{2}0",
            "\u{2}9103",
            "\u{1}",
            "\u{6}\u{6}",
        ] {
            filled(odd, &[Argument::Number(1.0)]);
        }
    }
}
