//! Zips: their list, and what they unpack to.

use std::io::Cursor;

use data::photo::PhotoProblem;
use data::problem::SampleProblem;
use data::protocol::{Event, Request, Target};
use engine::Zip;
use engine::session::Incoming;
use network::backbone::Backbone;

use super::change::crc32;
use super::corpus;
use super::harness::Target as Fuzzed;
use super::host::problems;
use super::machine::Tables;
use super::project::{app, network};

/// Of each zip so many are unpacked.
const MOST_READ: usize = 4;

#[test]
fn zip() {
    let network = network();
    Fuzzed {
        name: "zip",
        corpus: corpus::files(&["tests/cases/zips"], &["zip", "tm"]),
        marks,
        words: &[
            b"PK\x03\x04",
            b"PK\x01\x02",
            b"PK\x05\x06",
            b"PK\x06\x06",
            b"PK\x06\x07",
            b"PK\x07\x08",
            // Extra fields: sizes of 64 bits, a name in UTF-8, a password.
            b"\x01\x00\x10\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00",
            b"\x75\x70\x09\x00\x01\x00\x00\x00\x00a/bc",
            b"\x01\x99\x07\x00\x02\x00AE\x03\x08\x00",
            b"../../",
            b"a\\b/",
        ],
        mend,
        // What is unpacked grows as it comes: at the end twice 64 MB.
        most_bytes: 256 << 20,
        most_seconds: 20.0,
        read: Box::new(move |file| read(file) + &handed_over(file, &network)),
    }
    .run();
}

/// Headers: of entries, of the list, of the end.
pub fn marks(file: &[u8]) -> Vec<usize> {
    let fours = file.windows(4).enumerate();
    let headers = fours.filter(|(_, four)| four.starts_with(b"PK") && four[2] < 9 && four[3] < 9);
    headers.map(|(at, _)| at).collect()
}

fn number(file: &[u8], at: usize, bytes: usize) -> Option<usize> {
    let part = file.get(at..at + bytes)?;
    Some(part.iter().rev().fold(0, |n, b| (n << 8) | usize::from(*b)))
}

/// Checksums of what is stored as it is (APPNOTE.TXT 6.3.10, 4.3.7 and 4.3.12).
pub fn mend(file: &mut [u8]) {
    for at in marks(file) {
        if &file[at..at + 4] != b"PK\x01\x02" {
            continue;
        }
        let field = |at, bytes| number(file, at, bytes);
        let sum = || {
            let stored = field(at + 10, 2)? == 0;
            let (size, header) = (field(at + 20, 4)?, field(at + 42, 4)?);
            let from = header + 30 + field(header + 26, 2)? + field(header + 28, 2)?;
            let data = file.get(from..from + size).filter(|_| stored)?;
            Some((header + 14, crc32(data)))
        };
        if let Some((local, sum)) = sum() {
            for place in [at + 16, local] {
                file[place..place + 4].copy_from_slice(&sum.to_le_bytes());
            }
        }
    }
}

fn read(file: &[u8]) -> String {
    let mut zip = match Zip::open(Cursor::new(file)) {
        Ok(zip) => zip,
        Err(why) => return format!("{why:?}"),
    };
    let (texts, sure) = code_page::read(&zip.foreign_names(), "ja-JP");
    zip.read_names(texts, sure);
    let paths = zip.paths().len();
    let sorted = match zip.sort("Blumen.zip") {
        Ok(sorted) => sorted,
        Err(why) => return format!("{why:?}"),
    };
    let classes = sorted.classes.iter().flat_map(|group| &group.samples);
    let photos = classes.chain(&sorted.apart.samples).chain(&sorted.loose);
    let mut outcome = String::new();
    for index in photos.take(MOST_READ) {
        assert!(*index < paths);
        outcome += &match zip.read(*index) {
            Ok(_) => " read".into(),
            Err(why) => format!(" {why:?}"),
        };
    }
    outcome
}

/// The same in the app, where it names classes: it ends once, whatever is wrong with it.
fn handed_over(file: &[u8], network: &Backbone) -> String {
    let mut app = app(network, Tables::default());
    let zip = ("Blumen.zip".to_owned(), file.to_vec());
    let end = app.send_files(Target::Folders, &[zip]);
    let mut events = app.told();
    for _ in 0..MOST_READ {
        events.extend(app.work());
        let Some(job) = app.machine().pool.given.pop() else {
            break;
        };
        // It is read by then, and what is in it is no matter here.
        let sample = Err(SampleProblem::Photo(PhotoProblem::NotAnImage));
        let job = job.job;
        events.extend(app.take(Incoming::Prepared { job, sample }));
    }
    // Those that are on their way go on.
    app.machine().pool.room = 0;
    let told = app.take(Incoming::EmbeddersBroke);
    events.extend(told);
    events.extend(app.answer(Request::StopReading { tried: false }));
    let ended = |event: &&Event| match event {
        Event::Done { id } | Event::Refused { id, .. } => *id == end,
        _ => false,
    };
    let ends = events.iter().filter(ended).count();
    assert_eq!(ends, 1, "{events:?}");
    let pending = app.classes().iter().map(|view| view.pending);
    assert_eq!(pending.sum::<usize>(), 0);
    let said = problems(&events).into_iter().take(MOST_READ);
    said.map(|problem| format!(" {problem:?}")).collect()
}
