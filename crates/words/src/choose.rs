//! Which language to speak.

use std::iter::successors;

use crate::{ENGLISH, PSEUDO, said};

/// The tag of the first language that is asked for and there is; English where there is none. `de-AT` is content with `de` (RFC
/// 4647, 3.4), and `de` with nothing else.
pub fn choose<T: AsRef<str>>(wanted: impl IntoIterator<Item = T>) -> &'static str {
    let all = || said::TAGS.iter().chain([&PSEUDO]).copied();
    of(all, wanted).unwrap_or(ENGLISH)
}

fn of<'a, T: AsRef<str>, A: Iterator<Item = &'a str>>(
    all: impl Fn() -> A,
    wanted: impl IntoIterator<Item = T>,
) -> Option<&'a str> {
    wanted.into_iter().find_map(|tag| {
        let tag = tag.as_ref();
        let mut tags = successors(Some(tag), |tag| {
            tag.rsplit_once('-').map(|(front, _)| front)
        });
        tags.find_map(|tag| all().find(|other| other.eq_ignore_ascii_case(tag)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_is_there_is_spoken() {
        let all = || ["de", "en", "pt-BR", "zh-Hant"].into_iter();
        let check = |wanted: &[&str], tag| assert_eq!(of(all, wanted), tag, "{wanted:?}");
        check(&["de"], Some("de"));
        check(&["de-AT", "en"], Some("de"));
        check(&["en-GB", "de"], Some("en"));
        check(&["fr", "PT-br", "en"], Some("pt-BR"));
        check(&["pt", "zh-Hant-TW"], Some("zh-Hant"));
        check(&["pt"], None);
        check(&[""], None);
        assert_eq!(choose(["xx", "qps-ploc"]), PSEUDO);
        assert_eq!(choose(["xx"]), ENGLISH);
    }
}
