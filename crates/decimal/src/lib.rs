//! Numbers as text for programs, and back: the same in every language. In a browser by the browser itself, which has what Rust would
//! bring along for it: tables and code of 20 kB, compressed.

pub use by::{parse, shortest};

/// A number that a field of the page holds.
pub trait Number: Sized {
    /// With as few digits as say which number it is.
    fn written(&self) -> String;
    /// None for what is no number.
    fn read(text: &str) -> Option<Self>;
}

impl Number for f64 {
    fn written(&self) -> String {
        shortest(*self)
    }

    fn read(text: &str) -> Option<Self> {
        parse(text)
    }
}

macro_rules! whole {
    ($($kind:ty),*) => {
        $(impl Number for $kind {
            fn written(&self) -> String {
                self.to_string()
            }

            fn read(text: &str) -> Option<Self> {
                text.trim().parse().ok()
            }
        })*
    };
}
whole!(usize, u64);

/// With one digit behind the point, and none where it is zero: a place in a drawing.
pub fn tenths(number: f64) -> String {
    shortest((number * 10.0).round() / 10.0)
}

/// The number that has the digits which a number of single precision is written with: 0.1 for that of 0.1, where a conversion
/// gives 0.10000000149011612.
pub fn widened(number: f32) -> f64 {
    let wide = f64::from(number);
    // Nine digits tell all of single precision apart.
    (1..=9)
        .filter_map(|digits| parse(&by::significant(wide, digits)))
        .find(|short| *short as f32 == number)
        .unwrap_or(wide)
}

/// No `inf`, no `NaN` and no other bases, which Rust or JavaScript would read.
fn is_decimal(text: &str) -> bool {
    let part = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    !text.is_empty() && text.chars().all(part)
}

#[cfg(not(target_arch = "wasm32"))]
mod by {
    /// The fewest digits that read back as the same number.
    pub fn shortest(number: f64) -> String {
        number.to_string()
    }

    /// A finite number in decimal digits, blanks around it left out.
    pub fn parse(text: &str) -> Option<f64> {
        let text = Some(text.trim()).filter(|text| super::is_decimal(text));
        text?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    pub fn significant(number: f64, digits: u8) -> String {
        format!("{number:.*e}", usize::from(digits) - 1)
    }
}

/// By ECMAScript's own conversions (ECMA-262, 6.1.6.1.20 and 7.1.4.1), which are exact as Rust's are.
#[cfg(target_arch = "wasm32")]
mod by {
    use js_sys::{JsString, Number, wasm_bindgen::JsValue};

    /// The fewest digits that read back as the same number; below a millionth with an exponent.
    pub fn shortest(number: f64) -> String {
        let text = Number::from(number).to_string_with_radix(10);
        text.map(String::from).unwrap_or_default() // ten is a base
    }

    /// A finite number in decimal digits, blanks around it left out.
    pub fn parse(text: &str) -> Option<f64> {
        let text = Some(text.trim()).filter(|text| super::is_decimal(text))?;
        let number = f64::try_from(JsValue::from(JsString::from(text))).ok();
        number.filter(|number| number.is_finite())
    }

    pub fn significant(number: f64, digits: u8) -> String {
        let text = Number::from(number).to_precision(digits);
        text.map(String::from).unwrap_or_default() // 1 to 100 digits can be had
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for number in [
            0.0,
            0.1,
            -2.5,
            1e-5,
            1.0 / 3.0,
            1e15,
            f64::MAX,
            f64::MIN_POSITIVE,
        ] {
            assert_eq!(parse(&number.written()), Some(number));
        }
        assert_eq!(u64::read(&u64::MAX.written()), Some(u64::MAX));
        assert_eq!(0.02.written(), "0.02");
        assert_eq!(3.0.written(), "3");
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "", " ", "a", "1,5", "1.5.2", "0x10", "inf", "NaN", "Infinity", "1e999", "e",
        ] {
            assert_eq!(f64::read(text), None, "{text:?}");
        }
        assert_eq!(f64::read(" 1.5e-3 "), Some(0.0015));
        assert_eq!(usize::read("-1"), None);
    }

    #[test]
    fn places_have_a_digit_where_they_need_one() {
        assert_eq!(tenths(62.0), "62");
        assert_eq!(tenths(0.25), "0.3");
        assert_eq!(tenths(-3.54), "-3.5");
    }

    #[test]
    fn single_precision_keeps_its_digits_and_no_more() {
        for number in [
            0.1_f32,
            0.75,
            1.0,
            0.0,
            1e-7,
            16_777_216.0,
            0.333_333_34,
            f32::MAX,
        ] {
            assert_eq!(widened(number).to_string(), number.to_string());
        }
        assert!(widened(f32::NAN).is_nan());
    }
}
