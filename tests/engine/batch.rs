//! Many photos that the head answers for, of which nothing becomes part of the project.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use data::photo::PhotoProblem;
use data::problem::{Problem, SampleProblem};
use data::protocol::{
    BatchRequest, BatchState, BatchView, Event, ProjectEvent, Request, TableWords,
};
use engine::session::{Incoming, JobSource, Payload};
use engine::store::Table;
use engine::{PreparedSample, SampleFile};

use super::host::{App, file};
use super::machine::Tables;
use super::{picture, train, trained};

type Files = Vec<(String, Vec<u8>)>;

/// Twelve photos in two folders, one of them none.
fn folder() -> Files {
    let photo = |i: u32| {
        let folder = ["one", "two"][i as usize % 2];
        (
            format!("holiday/{folder}/{}.jpg", i / 2),
            picture(i.is_multiple_of(3), 10 + i),
        )
    };
    let mut files: Files = (0..11).map(photo).collect();
    files.insert(4, ("holiday/broken.jpg".into(), b"no photo".to_vec()));
    files
}

impl App {
    fn hand_batch(&mut self, files: &[(String, Vec<u8>)]) -> Vec<Event> {
        let names = files.iter().map(|(name, _)| name.clone()).collect();
        let payloads: Vec<Payload<_>> = files.iter().map(|(_, bytes)| file(bytes)).collect();
        self.send(Request::Classify { names, first: 0 }, payloads);
        self.told()
    }

    fn of_batch(&mut self, request: BatchRequest) -> Vec<Event> {
        self.ask(Request::Batch(request))
    }

    fn table(&mut self) -> String {
        let columns = ["file", "answer", "unknown", "seconds", "problem"].map(str::to_owned);
        let words = TableWords {
            columns,
            unknown: "unknown".into(),
            reasons: vec!["no photo".into()],
        };
        let name = "answers".into();
        let table = Request::Batch(BatchRequest::Table { name, words });
        self.send(table, Vec::new());
        let file = |(event, mut payloads): (Event, Vec<Vec<u8>>)| match event {
            Event::File { name, .. } if name == "answers.csv" => payloads.pop(),
            _ => None,
        };
        let file = self.outputs().into_iter().find_map(file);
        String::from_utf8(file.expect("there is a table")).expect("it is text")
    }
}

fn view(events: &[Event]) -> BatchView {
    let views = events.iter().rev().find_map(|event| match event {
        Event::Batch(view) => Some(view.clone()),
        _ => None,
    });
    views.flatten().expect("it is told how far it is")
}

/// Files that ended, by their id.
fn ended(events: &[Event]) -> Vec<u64> {
    let id = |event: &Event| match event {
        Event::Done { id } => Some(*id),
        Event::Refused { id, problem } => panic!("{id}: {problem:?}"),
        _ => None,
    };
    let mut ids: Vec<u64> = events.iter().filter_map(id).collect();
    ids.sort_unstable();
    ids
}

/// Lines by path, and the first.
fn lines(table: &str) -> (Vec<&str>, BTreeMap<&str, Vec<&str>>) {
    let table = table.trim_start_matches('\u{feff}').trim_end();
    let mut lines = table.split("\r\n").map(|line| line.split(',').collect());
    let first: Vec<&str> = lines.next().expect("there is a first line");
    (
        first,
        lines.map(|line: Vec<&str>| (line[0], line)).collect(),
    )
}

/// All that is stored but the batch.
fn of_project(tables: &Tables) -> BTreeMap<(Table, String), Vec<u8>> {
    let mut rows = tables.rows();
    rows.retain(|(_, key), _| !key.starts_with("batch/"));
    rows
}

#[test]
fn answers_are_those_of_try_and_the_project_stays_as_it_was() {
    let (mut app, _) = trained();
    let before = of_project(&app.tables);
    let files = folder();
    let mut events = app.hand_batch(&files);
    assert_eq!(view(&events).state, BatchState::Running);
    let first = app.last;
    events.extend(app.work());
    let all: Vec<u64> = (first..first + 12).collect();
    assert_eq!(ended(&events), all, "each file ends once");
    let said = view(&events);
    let reasons = vec![SampleProblem::Photo(PhotoProblem::NotAnImage)];
    assert_eq!(
        said,
        BatchView {
            state: BatchState::Done,
            done: 12,
            of: 12,
            unread: 1,
            reasons,
            here: 11,
        }
    );
    assert_eq!(of_project(&app.tables), before);
    let table = app.table();
    let (columns, lines) = lines(&table);
    assert_eq!(
        columns,
        [
            "file", "answer", "Disc", "Stripes", "unknown", "seconds", "problem"
        ]
    );
    assert_eq!(lines.len(), 12);
    for (path, bytes) in &files {
        let line = &lines[path.as_str()];
        if path.ends_with("broken.jpg") {
            assert_eq!(line[1..5], ["", "", "", ""]);
            assert_eq!(line[6], "no photo");
            continue;
        }
        let strangeness = app.strangeness(bytes);
        let tried = app.try_photo(bytes);
        for (cell, prediction) in line[2..4].iter().zip(&tried) {
            let cell: f32 = cell.parse().expect("a number");
            assert!((cell - prediction.confidence).abs() < 1e-6, "{path}");
        }
        let best = tried
            .iter()
            .max_by(|a, b| a.confidence.total_cmp(&b.confidence));
        let best = best.map(|p| p.class.as_str());
        match line[4] {
            "true" => assert_eq!(line[1], "unknown", "{strangeness}"),
            _ => assert_eq!(Some(line[1]), best, "{strangeness}"),
        }
        assert!(line[5].parse::<f64>().expect("seconds") >= 0.0);
        assert_eq!(line[6], "");
    }
}

/// A page that is loaded again has no file any more: whoever chooses the same once more goes on.
#[test]
fn it_pauses_and_goes_on_also_after_a_reload() {
    let (mut app, _) = trained();
    let files = folder();
    let mut events = app.hand_batch(&files);
    while app.tables.value(Table::Project, "batch/00000000").is_none() {
        events.extend(app.turn().expect("there is work"));
        // A second has passed.
        app.machine().clock = || 1e9;
    }
    app.machine().clock = super::machine::clock;
    events.extend(app.of_batch(BatchRequest::Pause { paused: true }));
    let paused = view(&events);
    assert_eq!(paused.state, BatchState::Paused);
    assert!((1..12).contains(&paused.done), "{paused:?}");
    assert!(app.turn().is_none(), "it waits");
    // Nothing is under way for the page.
    assert_eq!(ended(&events).len(), 13);
    let half = app.table();
    let mut app = App::open(&app.tables);
    let missing = view(&app.begun);
    assert_eq!(missing.state, BatchState::Missing);
    assert_eq!((missing.done, missing.of), (paused.done, 12));
    assert_eq!(missing.here, 0);
    assert_eq!(app.table(), half, "what was answered is there at once");
    let mut events = app.hand_batch(&files);
    let at_once = ended(&events).len();
    assert_eq!(at_once, paused.done, "nothing is asked about twice");
    events.extend(app.work());
    assert_eq!(view(&events).state, BatchState::Done);
    assert_eq!(view(&events).here, 11, "all can be sorted");
    let (whole, whole_lines) = (app.table(), 12);
    let (_, lines) = lines(&whole);
    assert_eq!(lines.len(), whole_lines);
    for line in half.lines().skip(1) {
        assert!(whole.contains(line), "{line} was asked about twice");
    }
    // One that was changed meanwhile is another photo.
    let changed = (files[0].0.clone(), [picture(true, 3), vec![0]].concat());
    let mut events = app.hand_batch(&[changed]);
    events.extend(app.work());
    assert_eq!(view(&events).done, 12);
    assert_ne!(app.table(), whole);
    app.of_batch(BatchRequest::Forget);
    let stored = app.tables.of(Table::Project);
    assert!(!stored.keys().any(|key| key.starts_with("batch/")));
}

#[test]
fn another_head_answers_for_nothing_unless_asked() {
    let (mut app, _) = trained();
    let files = folder();
    app.hand_batch(&files);
    app.work();
    let before = app.table();
    // How often it answers is no other head.
    app.answer(Request::KeepKnown { kept: 0.5 });
    let strict = app.table();
    assert!(strict.matches(",true,").count() > before.matches(",true,").count());
    let id = app.class("Stripes").expect("it is there");
    let name = "Bars".into();
    app.answer(Request::RenameClass { id, name });
    assert!(app.table().contains(",Bars,"));
    app.add("Disc", &[picture(true, 30)]);
    let events = train(&mut app);
    assert_eq!(view(&events).state, BatchState::OtherHead);
    let old = app.table();
    let more = ("holiday/new.jpg".to_owned(), picture(false, 40));
    let mut events = app.hand_batch(&[more]);
    assert_eq!(ended(&events).len(), 1, "the page does not wait for it");
    events.extend(app.work());
    assert_eq!(view(&events).done, 12);
    let mut events = app.of_batch(BatchRequest::Restart);
    assert_eq!(view(&events).done, 0);
    events.extend(app.work());
    let again = view(&events);
    assert_eq!((again.state, again.done), (BatchState::Done, 13));
    assert_ne!(app.table(), old);
}

#[test]
fn photos_are_sorted_into_folders_without_where_and_when() {
    let (mut app, _) = trained();
    let mut files = folder();
    let said = "Canon in Berlin";
    let with_exif = |bytes: &[u8]| {
        let mut marked = bytes[..2].to_vec();
        let data = [b"Exif\0\0", said.as_bytes()].concat();
        marked.extend([0xff, 0xe1]);
        marked.extend((data.len() as u16 + 2).to_be_bytes());
        marked.extend(data);
        marked.extend(&bytes[2..]);
        marked
    };
    for (_, bytes) in files
        .iter_mut()
        .filter(|(path, _)| !path.contains("broken"))
    {
        *bytes = with_exif(bytes);
    }
    // The same name in another folder.
    files.push(("holiday/three/0.jpg".into(), picture(true, 55)));
    app.hand_batch(&files);
    app.work();
    let table = app.table();
    let (_, lines) = lines(&table);
    for metadata in [false, true] {
        let events = app.answer(Request::Batch(BatchRequest::Sort {
            name: "sorted".into(),
            unknown: "unknown".into(),
            metadata,
        }));
        let saved = events.iter().find_map(|event| match event {
            Event::Projects(ProjectEvent::Saved { name, url }) => Some((name, url)),
            _ => None,
        });
        let (name, url) = saved.expect("it is saved");
        assert_eq!(name, "sorted.zip");
        let zip = app.machine().projects.files.borrow()[url].clone();
        let has = |text: &str| zip.windows(text.len()).any(|part| part == text.as_bytes());
        assert_eq!(has(said), metadata);
        let mut zip = zip::ZipArchive::new(Cursor::new(zip)).expect("it is a zip");
        assert_eq!(zip.len(), 12);
        let mut folders: BTreeMap<String, usize> = BTreeMap::new();
        for i in 0..zip.len() {
            let mut entry = zip.by_index(i).expect("it is there");
            let path = entry.name().expect("a name").into_owned();
            let (folder, file) = path.split_once('/').expect("it is in a folder");
            *folders.entry(folder.into()).or_default() += 1;
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("it is whole");
            assert!(image::load_from_memory(&bytes).is_ok(), "{file}");
            if metadata {
                let known = files.iter().find(|(_, original)| *original == bytes);
                let (path, _) = known.expect("it is one of them, byte for byte");
                assert_eq!(lines[path.as_str()][1], folder);
            }
        }
        let mut expected: BTreeMap<String, usize> = BTreeMap::new();
        for line in lines.values().filter(|line| !line[1].is_empty()) {
            *expected.entry(line[1].into()).or_default() += 1;
        }
        assert_eq!(folders, expected);
    }
}

#[test]
fn embedders_do_the_work_and_nothing_but_the_answer_comes_back() {
    let (mut app, _) = trained();
    let files = folder();
    app.hand_batch(&files);
    app.work();
    let alone = app.table();
    app.of_batch(BatchRequest::Forget);
    app.machine().pool.room = 4;
    app.hand_batch(&files);
    let mut events = app.work();
    let mut asked = 0;
    loop {
        let jobs = std::mem::take(&mut app.machine().pool.given);
        if jobs.is_empty() {
            break;
        }
        assert!(jobs.len() <= 4);
        // The last one first.
        for job in jobs.into_iter().rev() {
            assert!(job.embed && !job.keep);
            asked += 1;
            let JobSource::File(file) = job.source else {
                panic!("it is a file")
            };
            let size = job.backbone.input_size;
            let sample = PreparedSample::to_ask(&SampleFile::from(file.to_vec()), size);
            if let Ok(sample) = &sample {
                assert!(sample.kept.is_empty() && sample.thumbnail.is_empty());
            }
            let job = job.job;
            events.extend(app.take(Incoming::Prepared { job, sample }));
        }
        events.extend(app.work());
    }
    assert_eq!(asked, 12);
    assert_eq!(view(&events).state, BatchState::Done);
    let without_seconds = |table: &str| -> Vec<String> {
        let cells = table.lines().map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            cells.remove(5);
            cells.join(",")
        });
        cells.collect()
    };
    assert_eq!(without_seconds(&app.table()), without_seconds(&alone));
}

#[test]
fn a_zip_is_a_batch_and_without_a_classifier_nothing_is() {
    let mut app = App::new();
    let zip = |files: &Files| {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (path, bytes) in files {
            let options = zip::write::SimpleFileOptions::default();
            writer.start_file(path, options).expect("a name");
            std::io::Write::write_all(&mut writer, bytes).expect("room");
        }
        writer.finish().expect("room").into_inner()
    };
    let photos: Files = folder();
    let photos: Files = photos
        .into_iter()
        .map(|(path, bytes)| (path.replace("holiday/", ""), bytes))
        .collect();
    let packed = ("holiday.zip".to_owned(), zip(&photos));
    let events = app.hand_batch(std::slice::from_ref(&packed));
    let refused = Event::Refused {
        id: app.last,
        problem: Problem::NoHead,
    };
    assert_eq!(events, [refused]);
    let (mut app, _) = trained();
    let mut events = app.hand_batch(std::slice::from_ref(&packed));
    events.extend(app.work());
    assert_eq!(ended(&events), [app.last], "a zip ends once");
    assert_eq!(view(&events).done, 12);
    let table = app.table();
    let (_, found) = lines(&table);
    let paths: Vec<&str> = found.keys().copied().collect();
    let mut expected: Vec<String> = photos
        .iter()
        .map(|(path, _)| format!("holiday.zip/{path}"))
        .collect();
    expected.sort_unstable();
    assert_eq!(paths, expected);
}
