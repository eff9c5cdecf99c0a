//! What a file is, by its name.

use nfc::lowercase;

use crate::photo::ENDINGS;

/// What lies in folders and zips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What classes consist of, also of a format that cannot be opened: it is refused by name.
    Sample,
    /// A zip, or what people use in its place.
    Archive,
    /// A text, a film, a table and so on.
    Other,
    /// It has no ending: a sample, where nothing else is.
    Nameless,
    /// What systems leave behind, and nobody put there.
    System,
}

/// The first two are opened, the others named.
const ARCHIVES: &[&str] = &[
    "zip", "tm", "rar", "7z", "tar", "tgz", "gz", "bz2", "tbz", "tbz2", "xz", "txz", "zst", "lz4",
    "lzma", "cab", "arj", "lzh", "alz", "egg",
];

/// By its name, with the folders in front of it.
pub fn kind(path: &str) -> Kind {
    if path.ends_with('/') || is_system(path) {
        return Kind::System;
    }
    let file = path.rsplit('/').next().unwrap_or(path);
    let Some((_, ending)) = file.rsplit_once('.') else {
        return Kind::Nameless;
    };
    // A browser may have put more behind it: photo.jpg_large, photo.jpg?size=2.
    let ending = ending.split(|c: char| !c.is_alphanumeric()).next();
    let ending = lowercase(ending.unwrap_or_default());
    let one_of = |endings: &[&str]| endings.contains(&ending.as_str());
    match () {
        () if one_of(ENDINGS) => Kind::Sample,
        () if one_of(ARCHIVES) => Kind::Archive,
        () => Kind::Other,
    }
}

/// `.DS_Store`, `Thumbs.db`, the small pictures that a Synology makes of all photos.
fn is_system(path: &str) -> bool {
    const FILES: &[&str] = &[
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "icon\r",
        "picasa.ini",
    ];
    const FOLDERS: &[&str] = &[
        "__macosx",
        "@eadir",
        "#recycle",
        "$recycle.bin",
        "system volume information",
        "lost+found",
    ];
    let hidden = |part: &str| part.starts_with(['.', '~']);
    let mut folders: Vec<&str> = super::parts(path).collect();
    let file = folders.pop().unwrap_or_default();
    let one_of = |list: &[&str], name: &str| list.contains(&lowercase(name).as_str());
    hidden(file) || one_of(FILES, file) || folders.iter().any(|f| hidden(f) || one_of(FOLDERS, f))
}

/// Folders as cameras make them: `DCIM`, and in it a number with five letters or digits (JEITA CP-3461, DCF).
pub(super) fn is_camera(folder: &str) -> bool {
    let dcf = || {
        let (number, free) = folder.split_at_checked(3)?;
        let letter = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        let number = number.parse::<u16>().is_ok_and(|n| n >= 100);
        Some(number && free.len() == 5 && free.bytes().all(letter))
    };
    folder.eq_ignore_ascii_case("dcim") || dcf().unwrap_or(false)
}
