//! Names in a zip: most are UTF-8, and some say nothing of their code page.

use super::UTF8;
use super::directory::Listing;

/// The files whose names are in a code page that nobody names. A name of few letters may look like UTF-8 by chance, so
/// where one name is foreign, all are that do not say what they are.
pub fn foreign(listings: &[Listing]) -> Vec<usize> {
    let unsaid = |one: &Listing| one.unicode.is_none();
    let broken = |one: &Listing| unsaid(one) && std::str::from_utf8(&one.name).is_err();
    let unmarked = |one: &Listing| unsaid(one) && one.flags & UTF8 == 0 && !one.name.is_ascii();
    if !listings.iter().any(broken) {
        return Vec::new();
    }
    let all = listings.iter().enumerate();
    let foreign = all.filter(|(_, one)| broken(one) || unmarked(one));
    foreign.map(|(i, _)| i).collect()
}

/// A name as UTF-8.
pub fn plain(one: &Listing) -> String {
    path(match &one.unicode {
        Some(text) => text.clone(),
        None => String::from_utf8_lossy(&one.name).into_owned(),
    })
}

/// With `/` between folders. Some programs write the separator of Windows; only in a text is it sure that it is none of a
/// letter's bytes.
pub fn path(text: String) -> String {
    match text.contains('/') {
        true => text,
        false => text.replace('\\', "/"),
    }
}
