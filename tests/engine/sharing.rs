//! Heads that are handed on: links, and what lies beside the site.

use std::collections::HashSet;

use data::problem::{HeadProblem, Problem};
use data::protocol::{Event, HeadLink, Request, ShareEvent, ShareRequest};
use data::settings::{Optimiser, TrainSettings};
use data::share::{Fault, KEY, LIST, LONGEST_LINK, LinkProblem, ListedKind, Precision, Qr};
use formats::head_file;

use super::host::{App, file, head};
use super::{picture, trained, with_photos};

const ADDRESS: &str = "https://school.example/graft/";

fn make(app: &mut App, unknown: bool) -> Vec<Event> {
    let address = ADDRESS.into();
    app.ask(Request::Share(ShareRequest::Make { address, unknown }))
}

pub fn link(app: &mut App, unknown: bool) -> HeadLink {
    let events = make(app, unknown);
    match &events[..] {
        [Event::Share(ShareEvent::Made(link)), end] if *end == app.done() => link.clone(),
        other => panic!("{other:?}"),
    }
}

fn text(link: &HeadLink) -> &str {
    let (address, text) = link
        .url
        .split_once(&format!("#{KEY}"))
        .expect("it is a link");
    assert_eq!(address, ADDRESS);
    text
}

fn look(app: &mut App, link: &str) -> Vec<Event> {
    let (name, link) = ("the link".into(), Some(link.into()));
    app.ask(Request::Share(ShareRequest::Look { name, link }))
}

/// What the page shows of a link, and the file that it would open.
fn found(app: &mut App, link: &str) -> (data::head::HeadInfo, Vec<u8>) {
    let (name, link) = ("the link".into(), Some(link.into()));
    let look = ShareRequest::Look { name, link };
    app.send(Request::Share(look), Vec::new());
    let outputs = app.outputs();
    match &outputs[..] {
        [
            (Event::Share(ShareEvent::Found { info, .. }), file),
            (Event::Done { .. }, _),
        ] => ((**info).clone(), file[0].clone()),
        other => panic!(
            "{:?}",
            other.iter().map(|(event, _)| event).collect::<Vec<_>>()
        ),
    }
}

fn by(optimiser: Optimiser, hidden: usize) -> App {
    let mut app = with_photos();
    let settings = TrainSettings {
        optimiser,
        hidden,
        epochs: 30,
        ..Default::default()
    };
    let events = app.answer(Request::Train { settings });
    assert!(head(&events).is_some());
    app
}

/// Heads of every kind: who opens the link gets the same answers, also for photos that nobody compared on.
#[test]
fn a_head_in_a_link_answers_as_before() {
    for (optimiser, hidden) in [
        (Optimiser::Lda, 0),
        (Optimiser::Lbfgs, 0),
        (Optimiser::Adam, 7),
    ] {
        let mut app = by(optimiser, hidden);
        let new: Vec<Vec<u8>> = (5..9).map(|i| picture(i % 2 == 0, i)).collect();
        let before: Vec<_> = new.iter().map(|photo| app.try_photo(photo)).collect();
        let strange: Vec<f32> = new.iter().map(|photo| app.strangeness(photo)).collect();
        let whole = app.saved();
        let link = link(&mut app, true);
        assert_eq!(link.samples, 10);
        assert!(link.difference <= 0.01, "{link:?}");
        let length = (link.url.len(), whole.len(), link.precision);
        assert!(
            link.url.len() * 2 < whole.len(),
            "{optimiser:?}: {length:?}"
        );
        assert!(
            link.precision < Precision::Half,
            "{optimiser:?}: {length:?}"
        );

        let mut other = App::new();
        let (info, file_of) = found(&mut other, text(&link));
        let expected = head_file::read(&whole).expect("it is whole").info;
        assert_eq!(info.classes, expected.classes);
        assert_eq!(info.validation, expected.validation);
        assert_eq!(info.settings, expected.settings);
        // Looking changes nothing.
        assert_eq!(other.save(), None);
        other.open_head(&file_of);
        for (photo, (before, strange)) in new.iter().zip(before.iter().zip(strange)) {
            let after = other.try_photo(photo);
            for (a, b) in before.iter().zip(&after) {
                assert_eq!(a.class, b.class);
                let moved = (a.confidence - b.confidence).abs();
                assert!(moved < 0.02, "{optimiser:?}: {before:?} {after:?}");
            }
            let moved = (other.strangeness(photo) - strange).abs();
            assert!(moved < 0.1, "{optimiser:?}: {strange} moved by {moved}");
        }
    }
}

/// What another program reads in a picture of four pixels a module.
fn scanned(qr: &Qr) -> String {
    const PIXELS: usize = 4;
    const QUIET: usize = 4;
    let mut dark = HashSet::new();
    for run in qr.path.split('M').filter(|run| !run.is_empty()) {
        let (place, length) = run.split_once('h').expect("a run");
        let (x, y) = place.split_once(' ').expect("a place");
        let number = |text: &str| text.parse::<usize>().expect("a number");
        let length = number(length.split('v').next().expect("a length"));
        dark.extend((0..length).map(|i| (number(x) + i, number(y))));
    }
    let side = (qr.side + 2 * QUIET) * PIXELS;
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
        let module = |at: usize| (at / PIXELS).wrapping_sub(QUIET);
        if dark.contains(&(module(x), module(y))) {
            0
        } else {
            255
        }
    });
    let grids = picture.detect_grids();
    let (_, text) = grids[0].decode().expect("it can be read");
    text
}

/// For a picture that a phone can read: two classes fit.
#[test]
fn without_what_is_unknown_a_link_fits_into_a_qr_code() {
    let mut app = by(Optimiser::Lbfgs, 0);
    let (long, short) = (link(&mut app, true), link(&mut app, false));
    assert!(short.url.len() * 3 < long.url.len());
    let qr = short.qr.as_ref().expect("it fits");
    let scanned = scanned(qr);
    let (address, digits) = scanned.split_once(&format!("#{KEY}")).expect("a link");
    assert_eq!(address, ADDRESS);
    assert!(digits.bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(found(&mut app, digits), found(&mut app, text(&short)));
    let (info, _) = found(&mut app, text(&short));
    assert_eq!(info.unknown, None);
}

#[test]
fn a_link_takes_nothing_away_without_undo() {
    let (mut giver, _) = trained();
    let link = link(&mut giver, true);
    let mut app = with_photos();
    let settings = TrainSettings::default();
    app.answer(Request::Train { settings });
    let own = app.saved();
    let (_, theirs) = found(&mut app, text(&link));
    assert_eq!(app.saved(), own);
    app.open_head(&theirs);
    assert_ne!(app.saved(), own);
    app.answer(Request::Undo);
    assert_eq!(app.saved(), own);
}

#[test]
fn links_that_are_cut_or_crafted_are_refused_with_a_word_and_change_nothing() {
    let (mut app, _) = trained();
    let own = app.saved();
    let link = link(&mut app, true);
    let text = text(&link).to_owned();
    let half = &text[..text.len() / 2];
    let mut changed = text.clone().into_bytes();
    changed[100] = if changed[100] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).expect("letters");
    let long = "A".repeat(LONGEST_LINK + 1);
    let cases = [
        ("", LinkProblem::Cut),
        ("A", LinkProblem::Cut),
        ("12345678901234567890", LinkProblem::Cut),
        (half, LinkProblem::Cut),
        (&text[..text.len() - 1], LinkProblem::Cut),
        (&changed, LinkProblem::Cut),
        ("<script>", LinkProblem::Cut),
        ("AgAAAAA", LinkProblem::Newer(2)),
        (
            &long,
            LinkProblem::TooLong {
                letters: LONGEST_LINK + 1,
            },
        ),
    ];
    for (text, why) in cases {
        let events = look(&mut app, text);
        assert_eq!(events, [app.refused(Problem::Link(why))], "{text:.40}");
    }
    assert_eq!(app.saved(), own);
    // What a messenger leaves behind a link.
    for around in [format!("{text}."), format!("{text}>"), format!(" {text}\n")] {
        let events = look(&mut app, &around);
        assert_eq!(events.last(), Some(&app.done()));
    }
}

#[test]
fn without_a_head_or_without_what_writes_links_it_is_said() {
    let mut app = with_photos();
    let events = make(&mut app, true);
    assert_eq!(events, [app.refused(Problem::NoHead)]);
    app.machine().no_export = Some("offline".into());
    let events = look(&mut app, "A");
    let why = LinkProblem::Missing("offline".into());
    assert_eq!(events, [app.refused(Problem::Link(why))]);
}

/// Without photos it is compared on drawings, and no coarser link is made.
#[test]
fn an_opened_head_is_linked_as_well() {
    let (mut giver, _) = trained();
    let mut app = App::new();
    app.open_head(&giver.saved());
    let link = link(&mut app, true);
    assert_eq!(link.samples, 0);
    assert!(link.precision >= Precision::Fine, "{link:?}");
    let (info, _) = found(&mut app, text(&link));
    assert_eq!(info.classes.len(), 2);
}

#[test]
fn a_file_is_looked_into_by_the_same_door() {
    let (mut giver, _) = trained();
    let whole = giver.saved();
    let mut app = App::new();
    let mut ask = |bytes: &[u8]| {
        let look = ShareRequest::Look {
            name: "frogs".into(),
            link: None,
        };
        app.send(Request::Share(look), vec![file(bytes)]);
        let events = app.told();
        (events, app.refused(Problem::NoHead))
    };
    let (events, _) = ask(&whole);
    assert!(matches!(events[0], Event::Share(ShareEvent::Found { .. })));
    let (events, _) = ask(&whole[..whole.len() / 2]);
    let damaged = |event: &Event| {
        let Event::Refused { problem, .. } = event else {
            return false;
        };
        matches!(problem, Problem::Head { file, why: HeadProblem::Damaged(_) } if file == "frogs")
    };
    assert!(damaged(&events[0]), "{events:?}");
}

#[test]
fn what_lies_beside_the_site_is_listed() {
    let mut app = App::new();
    let listed = |app: &mut App| match &app.ask(Request::Share(ShareRequest::List))[..] {
        [
            Event::Share(ShareEvent::Listed(listing)),
            Event::Done { .. },
        ] => listing.clone(),
        other => panic!("{other:?}"),
    };
    // As the site ships.
    let empty = listed(&mut app);
    assert_eq!((empty.entries.len(), empty.faults.len()), (0, 0));
    let list =
        br#"{"version": 1, "entries": [{"file": "a.safetensors"}, {"file": "../b.safetensors"}]}"#;
    app.machine().site.insert(LIST.into(), Ok(list.to_vec()));
    let listing = listed(&mut app);
    assert_eq!(listing.entries[0].kind, ListedKind::Head);
    let file = "../b.safetensors".into();
    assert_eq!(listing.faults, [Fault::Elsewhere { file }]);
    // A site without a list.
    let gone = Err("the server answered 404".into());
    app.machine().site.insert(LIST.into(), gone);
    assert_eq!(listed(&mut app).entries, []);
}
