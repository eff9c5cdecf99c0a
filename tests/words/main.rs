//! Words are data: what the page says lies in message files (`locales/`), and nowhere else.

mod sentences;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn messages() -> PathBuf {
    root().join("locales")
}

/// Each language has what English has, no more and no less; what is wrong is said by the file's name.
#[test]
fn every_language_fits_english() {
    let tags = locales::tags(&messages()).expect("files are named by languages");
    assert!(tags.iter().any(|tag| tag == locales::ENGLISH), "{tags:?}");
    for tag in tags {
        let language = locales::open(&messages(), &tag);
        assert!(language.is_ok(), "{}", language.unwrap_err().join("\n"));
    }
}

/// That the page does not use a message that is not there, the compiler sees.
#[test]
fn every_message_is_used() {
    let english = locales::open(&messages(), locales::ENGLISH).expect("it is complete");
    let mut sources = String::new();
    for file in sources::files(&["src", "xtask/src"]) {
        sources += &fs::read_to_string(file).expect("a source is text");
    }
    let is_used = |function: &str| {
        sources.match_indices(function).any(|(at, _)| {
            let (before, behind) = (&sources[..at], &sources[at + function.len()..]);
            let named = before.ends_with("words::") || before.ends_with("text::");
            named && !behind.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        })
    };
    let unused: Vec<String> = english
        .0
        .iter()
        .filter(|entry| !is_used(&locales::function(&entry.id)) && !is_held(&entry.id))
        .map(|entry| entry.id.clone())
        .collect();
    assert!(unused.is_empty(), "nobody says these: {unused:?}");
}

/// A message may be there to be held by others.
fn is_held(id: &str) -> bool {
    let english = fs::read_to_string(messages().join("en.ftl")).expect("English is there");
    english.contains(&format!("{{ {id} }}"))
}

/// All that a second language takes.
#[test]
fn another_language_is_one_file() {
    let folder = tempfile::tempdir().expect("there is room");
    let folder = folder.path();
    let site = folder.join("site");
    fs::copy(messages().join("en.ftl"), folder.join("en.ftl")).expect("English is there");
    let english = fs::read_to_string(messages().join("en.ftl")).expect("English is there");
    let german = english.replace("loading = Starting…", "loading = Es geht los…");
    fs::write(folder.join("de.ftl"), german).expect("there is room");
    locales::write(folder, &site).expect("it is complete");
    let packed = |tag: &str| {
        let pack = fs::read_to_string(site.join(format!("{tag}.txt"))).expect("it was packed");
        pack.split('\0').map(str::to_owned).collect::<Vec<_>>()
    };
    let (german, pseudo) = (packed("de"), packed(locales::PSEUDO));
    assert!(german.iter().any(|message| message == "Es geht los…"));
    assert_eq!((german[1].as_str(), german.len()), ("de", pseudo.len()));
    // One that says less is refused, by name.
    fs::write(folder.join("fr.ftl"), "loading = Démarrage…\n").expect("there is room");
    let faults = locales::write(folder, &site).expect_err("French is not complete");
    let all_of_it = |fault: &String| fault.contains("fr.ftl") && fault.ends_with("is missing");
    assert!(faults.iter().all(all_of_it), "{faults:?}");
}

/// The pack that the page takes for the language that nobody speaks is made of these very messages.
#[test]
fn the_page_speaks_what_was_packed() {
    let folder = tempfile::tempdir().expect("there is room");
    let folder = folder.path();
    locales::write(&messages(), folder).expect("English is complete");
    let pack = fs::read_to_string(folder.join("qps-ploc.txt")).expect("it was packed");
    assert!(
        !words::speak("0123456789abcdef\0de\0Ja".into()),
        "of another build"
    );
    // Only where nothing was said before, and other tests of this process speak English: so a pack that fits may be refused.
    let (fingerprint, rest) = pack.split_once('\0').expect("a pack has parts");
    assert_eq!(fingerprint.len(), 16);
    assert!(rest.starts_with("qps-ploc\0"));
}

/// Whether a path lies below this folder of the repository.
fn is_below(path: &Path, folder: &str) -> bool {
    path.starts_with(root().join(folder))
}
