use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use data::folders::Purpose;

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        writer
            .start_file(*path, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

type Found = Result<Vec<(String, Vec<Vec<u8>>)>, ZipProblem>;

/// The classes of `photos.zip` and the bytes of their photos.
fn open(bytes: &[u8]) -> Found {
    let mut zip = Zip::open(Cursor::new(bytes))?;
    let sorted = zip.sort("photos.zip")?;
    let mut class = |group: &data::folders::Group| {
        let photos = group.samples.iter().map(|i| zip.read(*i).unwrap());
        (group.name.clone(), photos.collect())
    };
    Ok(sorted.classes.iter().map(&mut class).collect())
}

#[test]
fn photos_come_by_class_and_what_systems_left_does_not() {
    let bytes = zip_of(&[
        ("pets/cats/1.jpg", b"one"),
        ("pets/cats/.DS_Store", b"x"),
        ("__MACOSX/pets/cats/._1.jpg", b"x"),
        ("readme.txt", b"x"),
        ("pets\\dogs\\2.jpg", b"two"),
        ("pets/birds/", b""),
    ]);
    let found = open(&bytes).unwrap();
    let expected = [("cats", b"one"), ("dogs", b"two")];
    let expected = expected.map(|(name, photo)| (name.to_owned(), vec![photo.to_vec()]));
    assert_eq!(found, expected);
}

#[test]
fn what_is_no_zip_of_photos_is_refused_by_name() {
    assert_eq!(open(b""), Err(ZipProblem::Damaged));
    assert_eq!(open(b"PK\x03\x04 and no more"), Err(ZipProblem::Damaged));
    assert_eq!(
        open(b"PK\x07\x08 and more elsewhere"),
        Err(ZipProblem::Part)
    );
    let other = |name: &str| Err(ZipProblem::OtherKind(name.into()));
    assert_eq!(open(b"Rar!\x1a\x07\x01\x00 ..."), other("RAR"));
    assert_eq!(open(b"7z\xbc\xaf\x27\x1c\0\x04 ..."), other("7z"));
    assert_eq!(open(b"\x1f\x8b\x08 ..."), other("gzip"));
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    assert_eq!(open(&tar), other("tar"));
    assert_eq!(open(&zip_of(&[])), Err(ZipProblem::NoSamples));
    assert_eq!(
        open(&zip_of(&[("a/list.txt", b"x")])),
        Err(ZipProblem::NoSamples)
    );
    assert_eq!(open(&zip_of(&[("a/b.zip", b"x")])), Err(ZipProblem::Nested));
    // A download that was cut off, anywhere.
    let whole = zip_of(&[("cats/1.jpg", b"one"), ("dogs/2.jpg", b"two")]);
    for length in 0..whole.len() {
        assert_eq!(open(&whole[..length]), Err(ZipProblem::Damaged), "{length}");
    }
}

#[test]
fn a_zip_may_follow_a_program_and_hold_a_comment() {
    let photos: &[(&str, &[u8])] = &[("cats/1.jpg", b"one"), ("dogs/2.jpg", b"two")];
    let mut bytes = b"MZ, a program that unpacks what follows".to_vec();
    bytes.extend(zip_of(photos));
    assert_eq!(open(&bytes).unwrap().len(), 2);
    let mut bytes = zip_of(photos);
    let end = bytes.len();
    bytes[end - 2..].copy_from_slice(&9_u16.to_le_bytes());
    bytes.extend(b"a comment");
    assert_eq!(open(&bytes).unwrap().len(), 2);
}

#[test]
fn an_entry_that_unpacks_to_too_much_is_refused() {
    let zeros = vec![0; MAX_BYTES + 10];
    let bytes = zip_of(&[("bombs/1.jpg", &zeros)]);
    assert!(bytes.len() < 1 << 20);
    let mut zip = Zip::open(Cursor::new(bytes)).unwrap();
    assert_eq!(
        zip.read(0),
        Err(SampleProblem::TooManyBytes { megabytes: 64 })
    );
}

/// Where the list of a zip has its entries.
fn list_of(bytes: &[u8]) -> Vec<usize> {
    let starts = bytes.windows(4).enumerate();
    let entries = starts.filter(|(_, four)| *four == b"PK\x01\x02");
    entries.map(|(at, _)| at).collect()
}

#[test]
fn sizes_and_sums_that_lie_are_damage() {
    let good = zip_of(&[("cats/1.jpg", &[7; 1000])]);
    let entry = list_of(&good)[0];
    let spoilt = |at: usize, by: u8| {
        let mut bytes = good.clone();
        bytes[entry + at] ^= by;
        let mut zip = Zip::open(Cursor::new(bytes)).unwrap();
        zip.read(0)
    };
    assert!(spoilt(0, 0).is_ok());
    // The sum, the size, and the size in the zip.
    for (at, by) in [(16, 1), (24, 1), (24, 2), (20, good[entry + 20] - 2)] {
        assert!(
            matches!(spoilt(at, by), Err(SampleProblem::Damaged)),
            "{at}"
        );
    }
}

#[test]
fn a_zip_that_grows_beyond_photos_is_refused() {
    let names: Vec<String> = (0..20).map(|i| format!("bombs/{i}.jpg")).collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), &b"x"[..]))
        .collect();
    let mut bytes = zip_of(&files);
    for entry in list_of(&bytes) {
        bytes[entry + 24..][..4].copy_from_slice(&(MAX_BYTES as u32).to_le_bytes());
    }
    assert_eq!(open(&bytes), Err(ZipProblem::Bomb { megabytes: 1280 }));
}

#[test]
fn more_files_than_a_project_takes_are_refused() {
    let names: Vec<String> = (0..MOST_SAMPLES + 1)
        .map(|i| format!("many/{i}.jpg"))
        .collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), &b"x"[..]))
        .collect();
    let files = zip_of(&files);
    assert_eq!(
        open(&files),
        Err(ZipProblem::TooMany {
            files: MOST_SAMPLES + 1
        })
    );
}

#[test]
fn classes_of_the_genai_teachable_machine_get_their_names() {
    let photos: &[(&str, &[u8])] = &[
        ("samples/0_0.png", b"a"),
        ("samples/1_0.png", b"b"),
        ("samples/0_1.png", b"c"),
        (
            "metadata.json",
            br#"{"labels": ["rose", "daisy"], "projectId": "x"}"#,
        ),
        ("weights.bin", b"x"),
    ];
    let found = open(&zip_of(photos)).unwrap();
    let counts: Vec<_> = found
        .iter()
        .map(|(name, photos)| (name.as_str(), photos.len()))
        .collect();
    assert_eq!(counts, [("rose", 2), ("daisy", 1)]);
}

/// A listing with this name and no mark of what it is written in.
fn listing(name: &[u8]) -> Listing {
    Listing {
        name: name.to_vec(),
        unicode: None,
        flags: 0,
        method: 0,
        crc: 0,
        packed: 0,
        unpacked: 0,
        at: 0,
    }
}

fn names_of(listings: &[Listing]) -> Vec<String> {
    let mut found: Vec<String> = listings.iter().map(names::plain).collect();
    let foreign = names::foreign(listings);
    let bytes: Vec<&[u8]> = foreign.iter().map(|i| &listings[*i].name[..]).collect();
    for (i, text) in foreign.iter().zip(code_page::read(&bytes, "ko").0) {
        found[*i] = text;
    }
    found
}

#[test]
fn one_name_in_utf8_does_not_make_the_others_so() {
    // The first is also sound UTF-8 ("ÄÄ").
    let listings = [
        listing(b"\xc3\x84\xc3\x84"),
        listing(b"\xb0\xed\xbe\xe7\xc0\xcc"),
    ];
    let found = names_of(&listings);
    assert_eq!(found[1], "고양이");
    let marked = Listing {
        flags: UTF8,
        ..listing("Töpfe".as_bytes())
    };
    let found = names_of(&[marked, listing(b"\xb0\xed\xbe\xe7\xc0\xcc")]);
    assert_eq!(found, ["Töpfe", "고양이"]);
}

#[test]
fn what_is_tried_is_what_was_kept_to_test_with() {
    let bytes = zip_of(&[
        ("train/cats/1.jpg", b"a"),
        ("train/dogs/2.jpg", b"b"),
        ("test/cats/3.jpg", b"c"),
    ]);
    let mut zip = Zip::open(Cursor::new(bytes)).unwrap();
    let sorted = zip.sort("x.zip").unwrap();
    assert_eq!(sorted.samples(Purpose::Try), [2]);
    assert_eq!(sorted.samples(Purpose::OneClass), [0, 1]);
    assert_eq!(sorted.samples(Purpose::Test), [2]);
}

#[test]
fn a_table_of_labels_beside_photos_names_their_classes() {
    let files = [
        (
            "set/labels.csv",
            "file,label\n1.jpg,cat\n2.jpg,dog\n3.jpg,cat\n",
        ),
        ("set/images/1.jpg", "1"),
        ("set/images/2.jpg", "2"),
        ("set/images/3.jpg", "3"),
        ("set/images/4.jpg", "4"),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    let mut zip = Zip::open(Cursor::new(crate::bundle::zip(&files))).expect("it is a zip");
    let sorted = zip.sort("set.zip").expect("there are photos in it");
    let classes: Vec<_> = sorted
        .classes
        .iter()
        .map(|c| (c.name.as_str(), &c.samples[..]))
        .collect();
    assert_eq!(classes, [("cat", &[1, 3][..]), ("dog", &[2])]);
    assert_eq!((&sorted.loose[..], &sorted.others[..]), (&[4][..], &[][..]));
    // Folders that name classes are believed before any table.
    let mut files = files.to_vec();
    files.push(("set/other/5.jpg".into(), b"5".to_vec()));
    let mut zip = Zip::open(Cursor::new(crate::bundle::zip(&files))).expect("it is a zip");
    let sorted = zip.sort("set.zip").expect("there are photos in it");
    let names: Vec<_> = sorted.classes.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["images", "other"]);
}
