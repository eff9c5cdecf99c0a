//! Names of files in the code page of some computer: zips without a mark say nothing of it.
//!
//! chardetng, Firefox's own, knows what browsers meet: the pages of Windows, and those of East Asia, Russia and so on that
//! its zips use as well. It lacks the pages of DOS that Windows writes into zips for Latin letters; those are held
//! against it by what they would be in the page of Windows for the same languages.

use std::collections::HashSet;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254};

/// Bytes to judge by: enough for a thousand names.
const ENOUGH: usize = 32 << 10;
/// Names that are also looked at alone.
const FEW: usize = 50;

/// What bytes from 128 on mean, and the page of Windows for the same languages.
struct Dos {
    upper: &'static str,
    sibling: &'static Encoding,
}

/// What a zip should be in by its own standard first (APPNOTE, appendix D), then those of western and central Europe
/// and of Turkey.
static DOS: [Dos; 4] = [
    // Code page 437.
    Dos {
        upper: "\
        ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ\
        áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
        └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
        αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
        sibling: WINDOWS_1252,
    },
    // Code page 850.
    Dos {
        upper: "\
        ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ\
        áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
        └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀\
        ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}",
        sibling: WINDOWS_1252,
    },
    // Code page 852.
    Dos {
        upper: "\
        ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×č\
        áíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐\
        └┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀\
        ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}",
        sibling: WINDOWS_1250,
    },
    // Code page 857.
    Dos {
        upper: "\
        ÇüéâäàåçêëèïîıÄÅÉæÆôöòûùİÖÜø£ØŞş\
        áíóúñÑĞğ¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
        └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ºªÊËÈ\u{fffd}ÍÎÏ┘┌█▄¦Ì▀\
        ÓßÔÒõÕµ\u{fffd}×ÚÛÙìÿ¯´\u{ad}±\u{fffd}¾¶§÷¸°¨·¹³²■\u{a0}",
        sibling: WINDOWS_1254,
    },
];

#[derive(Clone, Copy)]
enum Page {
    Known(&'static Encoding),
    Dos(&'static Dos),
}

impl Page {
    fn text(self, bytes: &[u8]) -> String {
        match self {
            Self::Known(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            Self::Dos(dos) => {
                let upper: Vec<char> = dos.upper.chars().collect();
                let letter = |byte: &u8| match byte.checked_sub(128) {
                    Some(place) => upper[usize::from(place)],
                    None => char::from(*byte),
                };
                bytes.iter().map(letter).collect()
            }
        }
    }
}

/// Names as a zip has them, all in one page, as texts; and false where the page could not be told. `language` (`de`,
/// `ja-JP`) is what the person speaks, as a browser says it: short names are often of several pages.
///
/// A file's path may name its folders with either separator: which byte is one depends on the page.
pub fn read(names: &[impl AsRef<[u8]>], language: &str) -> (Vec<String>, bool) {
    let (page, sure) = guess(names.iter().map(AsRef::as_ref), language);
    let texts = names.iter().map(|name| page.text(name.as_ref()));
    (texts.collect(), sure)
}

/// The page in which these names read best, and whether all in it are letters.
fn guess<'a>(names: impl Iterator<Item = &'a [u8]>, language: &str) -> (Page, bool) {
    // A folder's name stands before each of its files.
    let mut seen = HashSet::new();
    let mut sample = Vec::new();
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in names.flat_map(|name| name.split(|byte| *byte == b'/')) {
        if !part.is_ascii() && sample.len() < ENOUGH && seen.insert(part) {
            sample.extend_from_slice(part);
            sample.push(b'\n');
            parts.push(part);
        }
    }
    // The detector's opinion of all comes first, but one short name may spoil it that another would have told.
    let of_all = [tld(language), None].map(|tld| detect(&sample, tld));
    let of_parts = parts.iter().take(FEW).map(|part| detect(part, None));
    let mut known: Vec<&'static Encoding> = Vec::new();
    for encoding in of_all.into_iter().chain(of_parts) {
        if !known.contains(&encoding) {
            known.push(encoding);
        }
    }
    let known = known.into_iter().map(Page::Known);
    let fault = |page: Page| {
        let text = page.text(&sample);
        let fits = match page {
            Page::Known(_) => true,
            Page::Dos(dos) => {
                written(&text, dos.sibling).is_some_and(|bytes| detect(&bytes, None) == dos.sibling)
            }
        };
        (page, (oddities(&text), !fits))
    };
    let pages = known.chain(DOS.iter().map(Page::Dos)).map(fault);
    let best = pages.min_by_key(|(_, fault)| *fault);
    best.map_or((Page::Dos(&DOS[0]), false), |(page, (odd, _))| {
        (page, odd == 0)
    })
}

/// A text in a page of one byte a letter; none where it lacks a letter. The encoders of encoding_rs would bring those of
/// East Asia along.
fn written(text: &str, encoding: &'static Encoding) -> Option<Vec<u8>> {
    let letter = |byte: u8| {
        encoding
            .decode_without_bom_handling(&[byte])
            .0
            .chars()
            .next()
    };
    let upper: Vec<(char, u8)> = (128..=255)
        .filter_map(|byte| Some((letter(byte)?, byte)))
        .collect();
    let byte = |c: char| match c.is_ascii() {
        true => Some(c as u8),
        false => upper
            .iter()
            .find(|(other, _)| *other == c)
            .map(|(_, byte)| *byte),
    };
    text.chars().map(byte).collect()
}

fn detect(bytes: &[u8], tld: Option<&[u8]>) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(tld, Utf8Detection::Deny)
}

/// The detector asks for the end of a site's address in place of a language.
fn tld(language: &str) -> Option<&'static [u8]> {
    let language = language.to_ascii_lowercase();
    let is = |start: &str| language == start || language.starts_with(&format!("{start}-"));
    const TLDS: &[(&str, &[u8])] = &[
        ("ja", b"jp"),
        ("ko", b"kr"),
        ("zh-tw", b"tw"),
        ("zh-hk", b"tw"),
        ("zh-hant", b"tw"),
        ("zh", b"cn"),
        ("ru", b"ru"),
        ("uk", b"ua"),
        ("bg", b"bg"),
        ("el", b"gr"),
        ("he", b"il"),
        ("ar", b"eg"),
        ("th", b"th"),
        ("vi", b"vn"),
        ("tr", b"tr"),
        ("pl", b"pl"),
        ("cs", b"cz"),
        ("hu", b"hu"),
    ];
    let found = TLDS.iter().find(|(start, _)| is(start));
    found.map(|(_, tld)| *tld)
}

/// How much in a text is unlike a name: signs instead of letters, letters that stand alone or among those of another
/// part of the world, and large ones inside of small ones.
fn oddities(text: &str) -> usize {
    let letters: Vec<char> = text.chars().collect();
    let at = |i: usize| letters.get(i).copied().unwrap_or(' ');
    let odd = |(i, c): (usize, &char)| {
        let (before, after) = (at(i.wrapping_sub(1)), at(i + 1));
        let alone = !before.is_alphabetic() && !after.is_alphabetic() && !is_east_asian(*c);
        let strange = !c.is_ascii() && (alone || !c.is_alphabetic()) && !is_part(*c);
        let lost = is_east_asian(*c) && before.is_ascii_alphabetic() && after.is_ascii_alphabetic();
        let turns =
            before.is_lowercase() && c.is_uppercase() && !(before.is_ascii() && c.is_ascii());
        strange || lost || turns
    };
    letters.iter().enumerate().filter(|at| odd(*at)).count()
}

/// Where one sign is a word, and the signs between them.
fn is_east_asian(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}')
}

/// What stands between or on letters: marks of Latin, Hebrew, Arabic and Thai, and signs of East Asia.
fn is_part(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{e31}'..='\u{e4e}')
        || is_east_asian(c)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn names_without_a_mark_are_read_in_their_code_page() {
        // As the systems of these languages write them: bytes made with Python's codecs of that name.
        type Case = (
            &'static str,
            &'static [&'static [u8]],
            &'static [&'static str],
        );
        let cases: &[Case] = &[
            (
                "cp850",
                &[b"\x8ap\x82e", b"fran\x87ais", b"m\x8are"],
                &["èpée", "français", "mère"],
            ),
            (
                "cp852",
                &[b"\xbd\xa2\x88w", b"je\xbe", b"pies"],
                &["Żółw", "jeż", "pies"],
            ),
            ("cp1252", &[b"Gl\xe4ser", b"T\xf6pfe"], &["Gläser", "Töpfe"]),
            (
                "cp1251",
                &[b"\xea\xee\xf8\xea\xe0", b"\xf1\xee\xe1\xe0\xea\xe0"],
                &["кошка", "собака"],
            ),
            (
                "cp866",
                &[b"\xaa\xae\xe8\xaa\xa0", b"\xe1\xae\xa1\xa0\xaa\xa0"],
                &["кошка", "собака"],
            ),
            (
                "cp936",
                &[b"\xb2\xa3\xc1\xa7", b"\xbd\xf0\xca\xf4"],
                &["玻璃", "金属"],
            ),
            (
                "cp950",
                &[b"\xac\xc1\xbc\xfe", b"\xaa\xf7\xc4\xdd"],
                &["玻璃", "金屬"],
            ),
            (
                "cp932",
                &[
                    b"\x83\x5c\x81\x5b\x83\x5f\x95\x72/1.jpg",
                    b"\x95\x5c\x8e\x86/1.jpg",
                ],
                &["ソーダ瓶/1.jpg", "表紙/1.jpg"],
            ),
        ];
        for (page, bytes, expected) in cases {
            let (found, sure) = read(bytes, "en");
            assert_eq!(found, *expected, "{page}");
            assert!(sure, "{page}");
        }
    }

    #[test]
    fn short_names_are_read_by_the_language() {
        let names: [&[u8]; 2] = [b"\x8c\xa2", b"\x94\x4c"];
        assert_eq!(read(&names, "ja-JP").0, ["犬", "猫"]);
    }
}
