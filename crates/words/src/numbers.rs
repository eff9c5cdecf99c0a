//! Numbers and their plurals: the one place that knows how a language writes them.

use crate::{ENGLISH, PSEUDO, language};

/// How a number is written (Fluent's `NUMBER`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Digits before the point, at least.
    pub whole: u32,
    /// Digits behind it, at least and at most.
    pub least: u32,
    pub most: u32,
    /// With groups of thousands.
    pub groups: bool,
}

/// Whether all is as in English, so that no browser need be asked.
fn is_plain() -> bool {
    let tag = language();
    tag == PSEUDO || tag.split('-').next() == Some(ENGLISH)
}

pub fn written(number: f64, style: Style) -> String {
    match whole(number) {
        // Most are counts.
        Some(count) if is_plain() => in_english(count.to_string(), style),
        _ => of_language(number, style),
    }
}

/// The number, where it has nothing behind the point.
pub fn whole(number: f64) -> Option<i64> {
    // Up to there f64 has every whole number.
    let exact = number.fract() == 0.0 && number.abs() < 2_f64.powi(53);
    exact.then_some(number as i64)
}

/// `one`, `few` and so on, by CLDR.
pub fn plural(number: f64) -> String {
    match is_plain() {
        true => english_plural(number).to_owned(),
        false => plural_of_language(number),
    }
}

fn english_plural(number: f64) -> &'static str {
    match number == 1.0 {
        true => "one",
        false => "other",
    }
}

/// A number in digits, with at most as many behind the point as it may have.
fn in_english(mut text: String, style: Style) -> String {
    if style.least > 0 && !text.contains('.') {
        text += ".";
        text.extend(std::iter::repeat_n('0', style.least as usize));
    }
    if let Some((whole, behind)) = text.split_once('.') {
        let zeros = behind.len() - behind.trim_end_matches('0').len();
        let kept = (behind.len() - zeros).max(style.least as usize);
        let length = match kept {
            0 => whole.len(),
            _ => whole.len() + 1 + kept,
        };
        text.truncate(length);
    }
    let mut digits = text.find('.').unwrap_or(text.len());
    while digits < style.whole as usize {
        text.insert(0, '0');
        digits += 1;
    }
    if style.groups {
        let first = text.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
        for at in (first + 1..digits)
            .rev()
            .filter(|at| (digits - at).is_multiple_of(3))
        {
            text.insert(at, ',');
        }
    }
    text
}

use browser::{of_language, plural_of_language};

/// Where there is no browser, every language counts as English does.
#[cfg(not(target_arch = "wasm32"))]
mod browser {
    use super::Style;

    /// Rounded to the nearest, ties to even.
    pub fn of_language(number: f64, style: Style) -> String {
        super::in_english(format!("{number:.*}", style.most as usize), style)
    }

    pub fn plural_of_language(number: f64) -> String {
        super::english_plural(number).to_owned()
    }
}

/// By the browser's `Intl` (ECMA-402), which throws at no tag that a file may be named by.
#[cfg(target_arch = "wasm32")]
mod browser {
    use std::cell::RefCell;

    use js_sys::{Array, Function, Intl, Object, Reflect};

    use super::{Style, is_plain};
    use crate::{ENGLISH, language};

    thread_local! {
        /// To make one takes longer than to use it a hundred times.
        static FORMATS: RefCell<Vec<(Style, Function)>> = const { RefCell::new(Vec::new()) };
        static PLURALS: Intl::PluralRules = Intl::PluralRules::new(&tags(), &Object::new());
    }

    fn tags() -> Array {
        let tag = if is_plain() { ENGLISH } else { language() };
        Array::of1(&tag.into())
    }

    pub fn of_language(number: f64, style: Style) -> String {
        FORMATS.with_borrow_mut(|all| {
            let known = all.iter().find(|(other, _)| *other == style);
            let format = known.map(|(_, format)| format.clone()).unwrap_or_else(|| {
                let format = Intl::NumberFormat::new(&tags(), &options(style)).format();
                all.push((style, format.clone()));
                format
            });
            let written = format.call1(&format, &number.into()).ok();
            written.and_then(|w| w.as_string()).unwrap_or_default()
        })
    }

    fn options(style: Style) -> Object {
        let options = Object::new();
        let set = |name: &str, value: js_sys::wasm_bindgen::JsValue| {
            let _ = Reflect::set(&options, &name.into(), &value); // a new object takes all
        };
        set("minimumIntegerDigits", style.whole.into());
        set("minimumFractionDigits", style.least.into());
        set("maximumFractionDigits", style.most.into());
        set("useGrouping", style.groups.into());
        // As where there is no browser.
        set("roundingMode", "halfEven".into());
        options
    }

    pub fn plural_of_language(number: f64) -> String {
        PLURALS.with(|rules| rules.select(number).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_asked() {
        let check =
            |number: f64, (whole, least, most, groups): (u32, u32, u32, bool), wanted: &str| {
                let style = Style {
                    whole,
                    least,
                    most,
                    groups,
                };
                assert_eq!(written(number, style), wanted, "{number} {style:?}");
            };
        check(12.0, (1, 0, 3, false), "12");
        check(0.5, (1, 0, 3, false), "0.5");
        check(2.0 / 3.0, (1, 0, 3, false), "0.667");
        check(87.4, (1, 0, 0, false), "87");
        // Ties go to the even one: what Rust's own formatting does, and what browsers are asked for.
        check(0.5, (1, 0, 0, false), "0");
        check(62.5, (1, 0, 0, false), "62");
        check(0.1, (1, 2, 2, false), "0.10");
        check(30.000_000_000_000_004, (1, 0, 4, false), "30");
        check(7.0, (2, 0, 0, false), "07");
        check(59.7, (2, 0, 0, false), "60");
        check(999.0, (1, 0, 0, true), "999");
        check(1234.0, (1, 0, 0, true), "1,234");
        check(1_234_567.5, (1, 1, 1, true), "1,234,567.5");
        check(-1234.0, (1, 0, 0, true), "-1,234");
        check(5.0, (1, 1, 3, false), "5.0");
        check(f64::NAN, (1, 0, 1, true), "NaN");
    }
}
