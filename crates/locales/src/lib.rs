//! The message files of `locales/`, in Fluent: read, checked against the English one, and packed for the page.
//!
//! They are read when Graft is built, not when it runs: Fluent's own run-time would weigh more than all the words. English becomes
//! Rust functions, one a message, so that the compiler refuses a message that is not there and an argument that does not fit
//! ([`rust`]). What they say lies beside them as a pack ([`pack`]), which every language has in the same order.

mod check;
mod message;
mod pack;
mod pseudo;
mod read;
mod rust;

#[path = "../../words/src/marks.rs"]
mod marks;

use std::fs;
use std::path::{Path, PathBuf};

pub use check::{check, own};
pub use message::{Argument, Entry, Kind, Messages, Part, Style, Variant};
pub use pack::{fingerprint, pack};
pub use pseudo::pseudo;
pub use read::read;
pub use rust::{function, rust};

/// The language that all others are measured by, and that is always there.
pub const ENGLISH: &str = "en";
/// A language that nobody speaks: English in other letters and longer, so that a text which comes from elsewhere is seen.
/// `qps-ploc` is the tag that Microsoft reserved for this.
pub const PSEUDO: &str = "qps-ploc";

/// All that is wrong with a message file, a line each.
pub type Faults = Vec<String>;

/// The tags of the languages that have a file in this folder, in the order of the alphabet.
pub fn tags(folder: &Path) -> Result<Vec<String>, Faults> {
    let files = fs::read_dir(folder).map_err(|why| vec![format!("{}: {why}", folder.display())])?;
    let mut tags: Vec<String> = files
        .flatten()
        .filter_map(|file| {
            let name = file.file_name().into_string().ok()?;
            Some(name.strip_suffix(".ftl")?.to_owned())
        })
        .collect();
    tags.sort();
    let odd = tags.iter().filter(|tag| !is_tag(tag));
    let odd: Faults = odd
        .map(|tag| {
            format!("{tag}.ftl is not named by a language's tag (BCP 47), such as de or pt-BR")
        })
        .collect();
    match odd.is_empty() {
        true => Ok(tags),
        false => Err(odd),
    }
}

/// A language in small letters and what makes it narrower: a browser's `Intl` throws at anything else.
fn is_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let small = |part: &str| part.bytes().all(|b| b.is_ascii_lowercase());
    let plain = |part: &str| {
        (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    (2..=3).contains(&language.len()) && small(language) && parts.all(plain)
}

/// Where a language's messages stand.
pub fn file(folder: &Path, tag: &str) -> PathBuf {
    folder.join(format!("{tag}.ftl"))
}

/// A language's messages; each fault says in which file.
pub fn open(folder: &Path, tag: &str) -> Result<Messages, Faults> {
    let path = file(folder, tag);
    let said = |why: String| format!("{}: {why}", path.display());
    let text = fs::read_to_string(&path).map_err(|why| vec![said(why.to_string())])?;
    let messages =
        read(&text).map_err(|faults| faults.into_iter().map(said).collect::<Faults>())?;
    if tag == ENGLISH {
        let faults: Faults = own(&messages).into_iter().map(said).collect();
        return match faults.is_empty() {
            true => Ok(messages),
            false => Err(faults),
        };
    }
    let english = open(folder, ENGLISH)?;
    check(&english, &messages).map_err(|faults| faults.into_iter().map(said).collect())
}

/// Writes each language but English, and the one that nobody speaks, as a file that the page can fetch.
pub fn write(folder: &Path, site: &Path) -> Result<(), Faults> {
    let english = open(folder, ENGLISH)?;
    let fingerprint = fingerprint(&english);
    let put = |tag: &str, messages: &Messages| {
        let path = site.join(format!("{tag}.txt"));
        fs::write(&path, pack(messages, tag, &fingerprint))
            .map_err(|why| vec![format!("{}: {why}", path.display())])
    };
    fs::create_dir_all(site).map_err(|why| vec![format!("{}: {why}", site.display())])?;
    put(PSEUDO, &pseudo(&english))?;
    for tag in tags(folder)?.iter().filter(|tag| *tag != ENGLISH) {
        put(tag, &open(folder, tag)?)?;
    }
    Ok(())
}
