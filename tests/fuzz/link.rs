//! Links that hold a head, as bytes behind their letters; and the list of what lies beside a site.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as LETTERS;
use data::share::{KEY, LinkProblem, Precision};
use export::link;
use formats::{gallery, head_file};

use super::corpus;
use super::harness::Target;

/// Links of kept heads in every precision, letters read.
fn links() -> Vec<Vec<u8>> {
    let head = |name: &str| {
        let path = corpus::root().join(format!("tests/fixtures/{name}.graft.safetensors"));
        fs::read(&path).unwrap_or_else(|why| panic!("{path:?}: {why}"))
    };
    let heads = ["linear", "hidden", "discriminants"].map(head);
    let both = heads
        .iter()
        .flat_map(|head| Precision::ALL.map(|precision| (head, precision)));
    let link = |(head, precision): (&Vec<u8>, Precision)| {
        let (url, ..) = link::of_file(head, precision, "").expect("it fits into a link");
        let letters = url.strip_prefix(&format!("#{KEY}")).expect("it is a link");
        LETTERS.decode(letters).expect("letters are bytes")
    };
    both.map(link).collect()
}

#[test]
fn link() {
    Target {
        name: "link",
        corpus: links(),
        // The version, the checksum, the first block.
        marks: |file| (0..file.len().min(24)).collect(),
        words: &[b"\x01", b"\x02", b"\x00\x00\xff\xff"],
        mend: link::mend,
        most_bytes: 64 << 20,
        most_seconds: 10.0,
        read: Box::new(|bytes| opened(&LETTERS.encode(bytes))),
    }
    .run();
}

/// What is packed in a link, with its checksum and its packing made for it: what a person with a compiler can send.
#[test]
fn link_unpacked() {
    let inflated = links().iter().map(|link| link::unpacked(link)).collect();
    Target {
        name: "link_unpacked",
        corpus: inflated,
        // The precision, the description, where the numbers begin.
        marks: |file| (0..file.len().min(2400)).step_by(8).collect(),
        words: &[
            b"\"hidden\":0",
            b"\"hidden\":4294967295",
            b"\"prototypes\":1024",
            b"\"unknown\":null",
            b"\"input\":{\"parts\":[],\"root\":true}",
            b"{\"layers\":{\"from\":0,\"to\":2784}}",
            b"\"classes\":[]",
            b"\"width\":1280",
            b"\xff\xff\xff\xff",
        ],
        mend: |_| {},
        most_bytes: 64 << 20,
        most_seconds: 10.0,
        read: Box::new(|bytes| opened(&LETTERS.encode(link::pack(bytes)))),
    }
    .run();
}

/// As text, digits or letters: the outcome. What is read is a file that is judged as any other.
fn opened(text: &str) -> String {
    let file = match link::read(text) {
        Ok(file) => file,
        Err(why) => return format!("{why:?}"),
    };
    match head_file::read(&file) {
        Ok(head) => format!("good, {} classes", head.info.classes.len().ilog2()),
        Err(why) => format!("{why:?}"),
    }
}

#[test]
fn link_text() {
    let letters: Vec<Vec<u8>> = links()
        .iter()
        .map(|link| LETTERS.encode(link).into_bytes())
        .collect();
    let digits = b"00016123456789012345678901234567890123456789".to_vec();
    Target {
        name: "link_text",
        corpus: letters.into_iter().chain([digits]).collect(),
        marks: |file| vec![0, file.len() / 2, file.len()],
        words: &[b"\xc3\xa4", b"%3D", b"=", b".", b"999999", b"#head="],
        mend: |_| {},
        most_bytes: 64 << 20,
        most_seconds: 10.0,
        read: Box::new(|bytes| {
            let outcome = opened(&String::from_utf8_lossy(bytes));
            assert!(!outcome.contains(&format!("{:?}", LinkProblem::Tuned)));
            outcome
        }),
    }
    .run();
}

#[test]
fn gallery_list() {
    let list = br#"{"version": 1, "entries": [{"file": "a b.safetensors", "name": "A", "about": "x", "kind": "head", "bytes": 7},
        {"file": "b.graft.zip"}, {"file": "../c.safetensors"}]}"#;
    Target {
        name: "gallery",
        corpus: vec![list.to_vec(), b"{}".to_vec()],
        marks: |file| (0..file.len()).step_by(4).collect(),
        words: &[
            b"\"..\"",
            b"/",
            b"\\",
            b":",
            b"\\u202e",
            b"%2e",
            b".zip",
            b"\"kind\":",
        ],
        mend: |_| {},
        most_bytes: 64 << 20,
        most_seconds: 10.0,
        read: Box::new(|bytes| {
            let listing = gallery::read(bytes);
            for entry in &listing.entries {
                let strange = |c: char| "/\\:?#%".contains(c) || c.is_control();
                assert!(!entry.file.contains(strange) && !entry.file.starts_with('.'));
                assert!(!entry.name.is_empty());
            }
            format!("{} {:?}", listing.entries.len(), listing.faults.first())
        }),
    }
    .run();
}
