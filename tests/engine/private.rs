//! What phones write into a photo beside the picture reaches no file that the page makes, unless somebody asks for it.

use std::io::{Cursor, Read};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as LETTERS;
use data::export::Format;
use data::protocol::{Event, Request};
use data::share::KEY;
use export::link;

use super::groups::taken_at;
use super::picture;
use super::projects::Page;
use super::sharing;

/// Place, device, owner and time, as they stand in Exif, in XMP and in a comment.
const SECRETS: [&[u8]; 5] = [
    b"N 52 31 12.0266",
    b"Pixel 8 Pro",
    b"Erika Mustermann",
    b"2026:07:15 09:41:27",
    b"exif:GPSLatitude",
];

fn has(bytes: &[u8], secret: &[u8]) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret)
}

/// A JPEG with all of them.
fn photo(disc: bool, i: u32) -> Vec<u8> {
    let segment = |marker: u8, content: &[u8]| {
        let length = (content.len() as u16 + 2).to_be_bytes();
        [&[0xff, marker], &length[..], content].concat()
    };
    let xmp = b"http://ns.adobe.com/xap/1.0/\0<x exif:GPSLatitude='52,31.2'>Pixel 8 Pro</x>";
    let comment = segment(0xfe, &SECRETS.concat());
    let mut photo = picture(disc, i);
    photo.splice(2..2, [segment(0xe1, xmp), comment].concat());
    let photo = taken_at(&photo, "2026:07:15 09:41:27");
    assert!(SECRETS.iter().all(|secret| has(&photo, secret)));
    photo
}

/// A file, and all that is packed in it.
fn all_of(file: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![file.to_vec()];
    if let Ok(mut zip) = zip::ZipArchive::new(Cursor::new(file)) {
        for i in 0..zip.len() {
            let mut bytes = Vec::new();
            let mut entry = zip.by_index(i).expect("it is there");
            entry.read_to_end(&mut bytes).expect("it is whole");
            all.push(bytes);
        }
    }
    all
}

#[test]
fn no_file_tells_place_time_or_device_unless_asked_for() {
    let mut page = Page::new();
    for (class, disc) in [("disc", true), ("stripes", false)] {
        let photos: Vec<_> = (0..4).map(|i| photo(disc, i)).collect();
        page.app.add(class, &photos);
    }
    let settings = data::settings::TrainSettings::default();
    page.app.answer(Request::Train { settings });
    let mut files = vec![("head", page.app.saved()), ("project", page.saved(false))];
    for format in Format::ALL {
        let export = Request::Export {
            name: "shapes".into(),
            format,
            small: false,
            samples: true,
            date: String::new(),
        };
        page.app.send(export, Vec::new());
        let outputs = page.app.outputs();
        let file = outputs
            .into_iter()
            .find_map(|(event, payloads)| match event {
                Event::File { .. } => payloads.into_iter().next(),
                _ => None,
            });
        files.push((format.name(), file.expect("it was written")));
    }
    for unknown in [true, false] {
        let link = sharing::link(&mut page.app, unknown);
        let (_, text) = link.url.split_once(KEY).expect("it is a link");
        let bytes = LETTERS.decode(text).expect("letters");
        files.push(("link", link::unpacked(&bytes)));
    }
    for (name, file) in &files {
        let all = all_of(file);
        assert!(all.len() > 1 || ["head", "link"].contains(name), "{name}");
        for secret in SECRETS {
            let told = all.iter().any(|bytes| has(bytes, secret));
            let secret = String::from_utf8_lossy(secret);
            assert!(!told, "{name} tells {secret}");
        }
    }
    // Somebody asks for it; so the search finds what is there.
    let whole = page.saved(true);
    let all = all_of(&whole);
    for secret in SECRETS {
        assert!(all.iter().any(|bytes| has(bytes, secret)));
    }
}
