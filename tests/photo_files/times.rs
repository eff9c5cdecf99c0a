//! When a photo was taken, as its file says it; written by Pillow (`fixtures/make_times.py`).

use formats::exif::taken;

use super::file;

/// `date -u -d "2026-11-27 10:03:15" +%s`
const TAKEN: i64 = 1_795_773_795;

fn check(name: &str, expected: Option<i64>) {
    let bytes = file(&format!("tests/fixtures/times/{name}"));
    assert_eq!(taken(&bytes), expected, "{name}");
}

#[test]
fn every_kind_of_file_tells_when_it_was_taken() {
    for ending in ["jpg", "png", "webp", "heic"] {
        check(&format!("taken.{ending}"), Some(TAKEN));
    }
}

#[test]
fn what_is_no_time_of_taking_is_none() {
    for name in [
        "changed.jpg",
        "never.jpg",
        "words.jpg",
        "none.jpg",
        "cut.jpg",
    ] {
        check(name, None);
    }
    assert_eq!(taken(b""), None);
    assert_eq!(taken(b"some text"), None);
}

/// Whatever is wrong with it, it ends, and costs no more than the file.
#[test]
fn damage_ends_without_a_crash() {
    for ending in ["jpg", "png", "webp", "heic"] {
        let whole = file(&format!("tests/fixtures/times/taken.{ending}"));
        for at in 0..whole.len().min(600) {
            for byte in [0x00, 0xff, whole[at] ^ 0x10] {
                let mut damaged = whole.clone();
                damaged[at] = byte;
                taken(&damaged);
            }
            taken(&whole[..at]);
        }
    }
}
