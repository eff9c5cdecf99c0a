//! Head files.

use data::backbone::find_backbone;
use data::features::Features;
use formats::head_file::{read as read_head, write};

use super::corpus;
use super::harness::Target;

#[test]
fn head_file() {
    let folders = ["tests/cases/heads", "tests/fixtures"];
    Target {
        name: "head_file",
        corpus: corpus::files(&folders, &["safetensors"]),
        marks,
        words: &[
            b"\"hidden.bias\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]},",
            b"\"tuned\":null,",
            b"\\\"version\\\":2,",
            b"\\\"validation\\\":null,",
            b"\"backbone.stem.bias\":{\"dtype\":\"F16\",\"shape\":[32],\"data_offsets\":[0,64]},",
            b"efficientnet-lite0-160",
            b"\"F16\"",
            b"\\u0000",
            b"\\\\ud800",
            b"[4294967295,4294967295]",
            b"[0]",
        ],
        mend,
        most_bytes: 64 << 20,
        most_seconds: 10.0,
        read: Box::new(read),
    }
    .run();
}

/// All of the header.
fn marks(file: &[u8]) -> Vec<usize> {
    (8..header_end(file)).step_by(16).collect()
}

/// By the file's own word, as far as it goes.
fn header_end(file: &[u8]) -> usize {
    let length = file.first_chunk().map_or(0, |n| u64::from_le_bytes(*n));
    (length as usize).saturating_add(8).min(file.len())
}

/// The header's length, where its text became longer or shorter. The data begin with the first byte that is no text.
fn mend(file: &mut [u8]) {
    if file.len() < 8 {
        return;
    }
    let mut depth = 0_i32;
    let mut quoted = false;
    let mut escaped = false;
    let end = file[8..].iter().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth -= 1,
            _ => {}
        }
        depth <= 0 && !quoted
    });
    let Some(end) = end else {
        return;
    };
    let mut end = 8 + end + 1;
    // Blanks fill it up.
    while file.get(end) == Some(&b' ') {
        end += 1;
    }
    file[..8].copy_from_slice(&(end as u64 - 8).to_le_bytes());
}

fn read(file: &[u8]) -> String {
    let head = match read_head(file) {
        Ok(head) => head,
        Err(why) => return format!("{why:?}"),
    };
    let backbone = find_backbone(&head.info.backbone).expect("it was looked up");
    let features = Features {
        embedding: vec![0.5; backbone.width],
        layers: vec![0.5; backbone.layers],
    };
    let said = head.head.predict_features(&features);
    assert_eq!(said.map(|said| said.len()), Some(head.info.classes.len()));
    // What is opened is saved with the project, and must open again.
    let again = read_head(&write(&head));
    assert!(
        again.is_ok(),
        "as it is stored it cannot be read: {:?}",
        again.err()
    );
    format!(
        "good, {} classes, hidden {}, measured {}, changed {}",
        head.info.classes.len().ilog2(),
        head.head.hidden.is_some(),
        head.info.validation.is_some(),
        head.tuned_layers.layers.len()
    )
}
