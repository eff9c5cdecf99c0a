//! Letters in one way: an umlaut is one sign, not a letter and its dots (Unicode's normalisation form C, UAX 15).

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
