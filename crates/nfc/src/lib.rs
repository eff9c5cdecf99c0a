//! Letters in one way: an umlaut is one sign, not a letter and its dots (Unicode's normalisation form C, UAX 15); and small letters.

/// A text in this form. In a browser by the browser itself: its tables need not be fetched.
#[cfg(target_arch = "wasm32")]
pub fn nfc(text: &str) -> String {
    match text.is_ascii() {
        true => text.to_owned(),
        false => js_sys::JsString::from(text).normalize("NFC").into(),
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub fn nfc(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfc().collect()
}

/// A text in small letters, those of a Greek word's end among them (Unicode 3.13, "toLowercase"). In a browser by the browser
/// itself, as above.
#[cfg(target_arch = "wasm32")]
pub fn lowercase(text: &str) -> String {
    match text.is_ascii() {
        true => text.to_ascii_lowercase(),
        false => js_sys::JsString::from(text).to_lower_case().into(),
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub fn lowercase(text: &str) -> String {
    text.to_lowercase()
}
