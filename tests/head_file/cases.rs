//! The hard cases in `tests/cases/heads`, and larger ones made here: what is too large to be believed, what cannot be
//! told apart, what is finite and leads to what is not.

use std::collections::HashSet;
use std::fs;

use data::backbone::{LARGEST_ENTRY, find_backbone};
use data::limits::{
    LARGEST_HEAD, LARGEST_HEADER, LONGEST_NAME, MOST_CLASSES, MOST_HIDDEN, MOST_SAMPLES,
};
use data::metrics::Confusion;
use data::problem::HeadProblem;
use formats::head_file::{HeadFile, read, write};
use serde_json::{Value, json};

use super::{LARGEST, Parts, embedding, example, fixture};

fn case(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/heads");
    let path = format!("{folder}/{name}.graft.safetensors");
    fs::read(&path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn names(file: &HeadFile) -> Vec<&str> {
    let classes = file.info.classes.iter();
    classes.map(|class| class.name.as_str()).collect()
}

/// A sound head of so many classes, measured, with one hidden unit.
fn measured(classes: usize) -> HeadFile {
    let mut file = example(1);
    let one = file.info.classes[0].clone();
    file.info.classes = (0..classes)
        .map(|i| {
            let mut class = one.clone();
            class.name = format!("kind {i:05}");
            class
        })
        .collect();
    file.head.out.bias = vec![0.25; classes];
    file.head.out.weight = vec![0.125; classes];
    let pairs: Vec<_> = (0..classes).map(|i| (i, (i + i % 2) % classes)).collect();
    let confusion = Confusion::of(classes, &pairs);
    if let Some(validation) = &mut file.info.validation {
        validation.accuracy = confusion.accuracy();
        validation.confusion = confusion;
    }
    file
}

/// What is accepted answers with numbers, whatever the photo.
fn answers(file: &HeadFile) {
    let width = find_backbone(&file.info.backbone).map_or(0, |spec| spec.width);
    for embedding in [vec![0.0; width], vec![LARGEST_ENTRY; width], embedding()] {
        let probabilities = file.head.predict(&embedding);
        assert_eq!(probabilities.len(), file.info.classes.len());
        assert!(
            probabilities
                .iter()
                .all(|probability| (0.0..=1.0).contains(probability)),
            "{probabilities:?}"
        );
    }
}

#[test]
fn sound_heads_open_however_many_classes_they_have() {
    for (name, classes) in [("control", 3), ("classes-350-measured", 350)] {
        let file = read(&case(name)).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(file.info.classes.len(), classes, "{name}");
        let confusion = file
            .info
            .validation
            .as_ref()
            .map(|v| v.confusion.counts.len());
        assert_eq!(confusion, Some(classes * classes), "{name}");
        answers(&file);
    }
    let most = read(&write(&measured(MOST_CLASSES))).expect("it is within the limits");
    answers(&most);
    let more = read(&write(&measured(MOST_CLASSES + 1)));
    let classes = MOST_CLASSES + 1;
    assert_eq!(more, Err(HeadProblem::TooManyClasses { classes }));
}

/// A head of more classes than there may be, with a table of so many counts.
fn too_many(classes: usize, counts: usize) -> HeadFile {
    let mut file = measured(2);
    let one = file.info.classes[0].clone();
    file.info.classes = vec![one; classes];
    file.head.out.bias = vec![0.0; classes];
    file.head.out.weight = vec![0.0; classes];
    if let Some(validation) = &mut file.info.validation {
        let counts = vec![1; counts];
        validation.confusion = Confusion { classes, counts };
    }
    file
}

/// 65,536 squared is 0 in 32 bits, and 65,537 squared 131,073.
#[test]
fn a_table_that_fits_a_wrapped_product_is_refused() {
    for (classes, counts) in [(65_536_usize, 0_usize), (65_537, 131_073)] {
        let wrapped = (classes as u32).wrapping_mul(classes as u32);
        assert_eq!(wrapped as usize, counts);
        let refused = read(&write(&too_many(classes, counts)));
        assert_eq!(refused, Err(HeadProblem::TooManyClasses { classes }));
    }
}

#[test]
fn odd_names_can_be_told_apart() {
    let file = read(&case("odd-names")).expect("names alone are no reason to refuse it");
    let names = names(&file);
    let different: HashSet<&&str> = names.iter().collect();
    assert_eq!((names.len(), different.len()), (18, 18), "{names:?}");
    for name in &names {
        assert!(
            !name.trim().is_empty() && name.chars().count() <= LONGEST_NAME,
            "{name:?}"
        );
        assert!(
            !name.chars().any(|c| c.is_control() || c == '\u{202e}'),
            "{name:?}"
        );
    }
    // Text is text, whatever it would be elsewhere.
    assert!(
        names.contains(&"</script><script>self.ran = true</script>"),
        "{names:?}"
    );
    assert!(names.contains(&"🫙 👩\u{200d}🔬 🇧🇷"), "{names:?}");
    answers(&file);
}

#[test]
fn endless_names_are_cut() {
    let file = read(&case("name-of-200000-letters")).expect("it opens");
    assert_eq!(names(&file), ["glass", "metal", &"w".repeat(LONGEST_NAME)]);
    let mut endless = example(0);
    endless.info.classes[1].name = "w".repeat(1_000_000);
    let file = read(&write(&endless)).expect("it opens");
    assert_eq!(names(&file)[1], "w".repeat(LONGEST_NAME));
}

#[test]
fn heads_whose_answers_would_be_no_numbers_are_refused() {
    for name in ["logits-overflow", "scale-overflows"] {
        assert_eq!(read(&case(name)), Err(HeadProblem::Unbounded), "{name}");
    }
}

#[test]
fn a_good_head_for_weights_that_nobody_has_is_read() {
    // What is here must say that these are not its own.
    let file = read(&case("other-network-wrong-hash")).expect("it is whole");
    let spec = find_backbone(&file.info.backbone).expect("it is in the registry");
    assert_ne!(file.info.backbone_hash, spec.hash);
}

#[test]
fn every_limit_holds() {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut parts = Parts::of(&fixture("hidden.graft.safetensors"));
        let mut entry = parts.graft();
        change(&mut entry);
        parts.set_graft(&entry);
        read(&parts.bytes())
    };
    let too_large = |result: Result<HeadFile, HeadProblem>, what: &str| {
        assert!(
            matches!(result, Err(HeadProblem::TooLarge(_))),
            "{what}: {:?}",
            result.err()
        );
    };
    assert!(with(&|_| ()).is_ok());
    too_large(
        with(&|e| e["classes"][0]["photos"] = json!(MOST_SAMPLES + 1)),
        "photos of a class",
    );
    too_large(
        with(&|e| e["validation"]["accuracy"]["n"] = json!(MOST_SAMPLES + 1)),
        "photos it was measured on",
    );
    too_large(
        with(&|e| e["validation"]["confusion"]["counts"][4] = json!(u32::MAX)),
        "a count",
    );
    too_large(
        with(&|e| e["more"] = json!("w".repeat(LARGEST_HEADER))),
        "its header",
    );
    too_large(read(&vec![b'{'; LARGEST_HEAD + 1]), "the file");
    too_large(read(&write(&example(MOST_HIDDEN + 1))), "a hidden layer");
    assert!(read(&write(&example(MOST_HIDDEN))).is_ok());
    // Words out of a file get into no message at length.
    let long = "w".repeat(1_000_000);
    for (field, value) in [
        ("backbone", json!(long)),
        ("settings", json!({ "optimiser": long })),
    ] {
        let why = with(&|e| e[field] = value.clone()).expect_err(field);
        assert!(
            why.to_string().len() < 200,
            "{field}: {} letters",
            why.to_string().len()
        );
    }
}

/// Brackets in brackets neither end the stack nor pass for a head.
#[test]
fn nesting_without_end_is_refused() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let mut parts = Parts::of(&fixture("linear.graft.safetensors"));
    let entry = parts.graft().to_string();
    let good = parts.header["__metadata__"]["graft"].clone();
    for levels in [200, 1_000_000] {
        for field in ["settings", "classes", "validation"] {
            let inside = entry.replacen(
                &format!("\"{field}\":"),
                &format!("\"{field}\":{},\"x\":", deep(levels)),
                1,
            );
            parts.header["__metadata__"]["graft"] = json!(inside);
            assert!(read(&parts.bytes()).is_err(), "{levels} levels in {field}");
        }
        parts.header["__metadata__"]["graft"] = good.clone();
        let header = parts.header.to_string();
        let inside = header.replacen(
            "\"mean\":{",
            &format!("\"mean\":{{\"x\":{},", deep(levels)),
            1,
        );
        let length = (inside.len() as u64).to_le_bytes();
        let file = [&length[..], inside.as_bytes(), &parts.data].concat();
        // Passed over or refused, as any field that nobody knows.
        let _ = read(&file);
    }
}

/// What is refused for its size has cost no more than the file itself.
#[test]
fn what_is_refused_takes_no_memory() {
    let file = write(&too_many(65_536, 0));
    LARGEST.set(0);
    assert!(read(&file).is_err());
    let largest = LARGEST.get();
    assert!(
        largest <= 2 * file.len(),
        "{largest} bytes at once for {}",
        file.len()
    );
}

#[test]
fn the_document_names_the_limits() {
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/head-format.md");
    let document = fs::read_to_string(document).expect("the document is there");
    for row in [
        format!("| the file | {} MB |", LARGEST_HEAD >> 20),
        format!(
            "| its header, the entry `graft` among it | {} MB |",
            LARGEST_HEADER >> 20
        ),
        format!("| classes | {MOST_CLASSES} |"),
        format!("| units of the hidden layer | {MOST_HIDDEN} |"),
        format!("| a class's name | {LONGEST_NAME} characters; more are cut off |"),
        format!(", `n` | {},000,000 |", MOST_SAMPLES / 1_000_000),
    ] {
        assert!(document.contains(&row), "{row}");
    }
}
