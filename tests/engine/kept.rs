//! Heads that a project keeps beside the one in use.

use data::class::ClassId;
use data::head::How;
use data::problem::{HeadProblem, KeptProblem, Problem};
use data::protocol::{
    Event, HeadRequest, KeptHeadView, KeptId, ProjectRequest, Request, StartOptions, Undoable,
};
use engine::store::Table;

use super::host::{App, BACKBONE, head, options, problems};
use super::projects::Page;
use super::{picture, train, trained};

const LARGE: &str = "efficientnet-lite0-224";
/// A moment in November 2026.
const NOW: f64 = 1_795_886_000_000.0;

pub fn ask(app: &mut App, request: HeadRequest) -> Vec<Event> {
    app.answer(Request::Heads(request))
}

pub fn keep(app: &mut App, name: &str) -> KeptHeadView {
    let name = name.to_owned();
    let events = ask(app, HeadRequest::Keep { name, now: NOW });
    assert_eq!(problems(&events), []);
    list(&events).expect("it is told")[0].clone()
}

/// The list that was told of last.
pub fn list(events: &[Event]) -> Option<Vec<KeptHeadView>> {
    events.iter().rev().find_map(|event| match event {
        Event::KeptHeads(all) => Some(all.clone()),
        _ => None,
    })
}

fn names(events: &[Event]) -> Vec<String> {
    let views = list(events).unwrap_or_default().into_iter();
    views.map(|view| view.name).collect()
}

pub fn use_it(app: &mut App, id: KeptId) -> Vec<Event> {
    let events = ask(app, HeadRequest::Use { id });
    assert_eq!(problems(&events), []);
    events
}

fn undoable(events: &[Event]) -> Option<Undoable> {
    let mut told = events.iter().rev().filter_map(|event| match event {
        Event::Undoable(what) => Some(what.clone()),
        _ => None,
    });
    told.next().flatten()
}

/// Two that are kept, of other photos each; the second is in use.
fn two() -> (App, KeptHeadView, KeptHeadView) {
    let (mut app, _) = trained();
    let first = keep(&mut app, "First");
    app.add("Disc", &[picture(true, 5), picture(true, 6)]);
    train(&mut app);
    let second = keep(&mut app, "Second");
    (app, first, second)
}

#[test]
fn a_kept_head_says_what_it_is_and_is_there_after_a_reload() {
    let (mut app, trained) = trained();
    let own = app.saved();
    let view = keep(&mut app, "  Shapes\nof paper ");
    let measured = trained
        .info
        .validation
        .as_ref()
        .map(|v| (v.how, v.accuracy));
    assert_eq!(
        measured.map(|(how, of)| (how, of.n)),
        Some((How::CrossValidated, 10))
    );
    let expected = KeptHeadView {
        id: KeptId(NOW as u64),
        name: "Shapes of paper".into(),
        classes: vec!["Disc".into(), "Stripes".into()],
        backbone: BACKBONE.into(),
        accuracy: measured,
    };
    assert_eq!(view, expected);
    // The one in use is that one, and keeping it once more keeps nothing.
    let again = ask(
        &mut app,
        HeadRequest::Keep {
            name: "x".into(),
            now: NOW,
        },
    );
    assert_eq!(list(&again), None);
    let reloaded = App::open(&app.tables);
    assert_eq!(list(&reloaded.begun), Some(vec![expected]));
    assert_eq!(
        head(&reloaded.begun).and_then(|head| head.kept),
        Some(view.id)
    );
    let mut reloaded = reloaded;
    assert_eq!(reloaded.saved(), own);
    // Trained anew, the one in use is another.
    let events = train(&mut reloaded);
    assert_eq!(head(&events).and_then(|head| head.kept), None);
}

#[test]
fn a_kept_head_comes_into_use_and_an_undo_takes_that_back() {
    let (mut app, first, second) = two();
    assert!(second.id > first.id, "the same moment is another number");
    let now = app.saved();
    let events = use_it(&mut app, first.id);
    let view = head(&events).expect("it is in use");
    assert_eq!((view.kept, view.opened), (Some(first.id), false));
    assert!(view.stale, "photos came since");
    assert_eq!(view.tested.len(), 10);
    assert_eq!(undoable(&events), Some(Undoable::Head));
    assert_ne!(app.saved(), now);
    let mut reloaded = App::open(&app.tables);
    assert_eq!(reloaded.saved(), app.saved());
    for app in [&mut app, &mut reloaded] {
        let events = app.answer(Request::Undo);
        assert_eq!(head(&events).and_then(|head| head.kept), Some(second.id));
        assert_eq!(app.saved(), now);
    }
    // Back and forth: each undo goes to the one just left.
    for id in [first.id, second.id, first.id] {
        let left = app.saved();
        use_it(&mut app, id);
        app.answer(Request::Undo);
        assert_eq!(app.saved(), left);
        use_it(&mut app, id);
    }
}

/// Nothing that is nowhere else is pushed out, neither by those that are kept nor by training.
#[test]
fn what_was_not_kept_comes_back_after_others_were_used() {
    let (mut app, first, second) = two();
    app.add("Stripes", &[picture(false, 5)]);
    train(&mut app);
    let unkept = app.saved();
    use_it(&mut app, first.id);
    use_it(&mut app, second.id);
    let events = app.answer(Request::Undo);
    assert_eq!(app.saved(), unkept);
    assert_eq!(undoable(&events), Some(Undoable::Head));
    use_it(&mut app, first.id);
    app.add("Stripes", &[picture(false, 6)]);
    let events = train(&mut app);
    assert_eq!(problems(&events), []);
    app.answer(Request::Undo);
    assert_eq!(app.saved(), unkept);
}

#[test]
fn a_deleted_one_comes_back_also_after_a_reload() {
    let (mut app, first, second) = two();
    let file = app.saved();
    let id = second.id;
    let events = ask(&mut app, HeadRequest::Delete { id });
    assert_eq!(names(&events), ["First"]);
    let name = "Second".to_owned();
    assert_eq!(
        undoable(&events),
        Some(Undoable::KeptHead { name: name.clone() })
    );
    // The one in use stays, and is nowhere else now.
    assert_eq!(app.saved(), file);
    assert_eq!(head(&events).map(|head| head.kept), Some(None));
    let mut reloaded = App::open(&app.tables);
    assert_eq!(names(&reloaded.begun), ["First"]);
    assert_eq!(undoable(&reloaded.begun), Some(Undoable::KeptHead { name }));
    for app in [&mut app, &mut reloaded] {
        let events = app.answer(Request::Undo);
        assert_eq!(names(&events), ["Second", "First"]);
        assert_eq!(undoable(&events), Some(Undoable::Head), "the one before");
        assert_eq!(head(&events).and_then(|head| head.kept), Some(second.id));
    }
    // A second deletion lets go of the first one for good, with all that is stored of it.
    for id in [first.id, second.id] {
        ask(&mut app, HeadRequest::Delete { id });
    }
    let events = app.answer(Request::Undo);
    assert_eq!(names(&events), ["Second"]);
    let keys = app.tables.of(Table::Project).into_keys();
    let kept: Vec<String> = keys.filter(|key| key.starts_with("kept")).collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
}

#[test]
fn renamed_saved_and_gone() {
    let (mut app, first, _) = two();
    let id = first.id;
    let name = " Paper  shapes ".to_owned();
    let events = ask(&mut app, HeadRequest::Rename { id, name });
    assert_eq!(names(&events), ["Second", "Paper shapes"]);
    let events = ask(
        &mut app,
        HeadRequest::Rename {
            id,
            name: " ".into(),
        },
    );
    assert_eq!(names(&events), ["Second", "Paper shapes"]);
    assert_eq!(
        names(&App::open(&app.tables).begun),
        ["Second", "Paper shapes"]
    );
    let name = "Paper shapes".to_owned();
    app.send(Request::Heads(HeadRequest::Save { id, name }), Vec::new());
    let file = app
        .outputs()
        .into_iter()
        .find_map(|(event, bytes)| match event {
            Event::File { name, .. } => Some((name, bytes.concat())),
            _ => None,
        });
    let (name, bytes) = file.expect("it is a file");
    assert_eq!(name, "Paper shapes.graft.safetensors");
    use_it(&mut app, id);
    assert_eq!(app.saved(), bytes);
    let id = KeptId(7);
    let gone = Problem::Kept(KeptProblem::Gone);
    for request in [
        HeadRequest::Use { id },
        HeadRequest::Rename {
            id,
            name: "x".into(),
        },
        HeadRequest::Delete { id },
        HeadRequest::Save {
            id,
            name: "x".into(),
        },
    ] {
        let events = ask(&mut app, request);
        assert_eq!(problems(&events), std::slice::from_ref(&gone));
    }
    let mut empty = App::new();
    let events = ask(
        &mut empty,
        HeadRequest::Keep {
            name: "x".into(),
            now: NOW,
        },
    );
    assert_eq!(problems(&events), [Problem::NoHead]);
}

#[test]
fn a_kept_head_brings_its_network() {
    let (mut app, _) = trained();
    let small = keep(&mut app, "Small");
    app.answer(Request::UseBackbone { id: LARGE.into() });
    assert_eq!(app.save(), None);
    train(&mut app);
    let large = app.saved();
    use_it(&mut app, small.id);
    assert_eq!(app.try_photo(&picture(true, 9))[0].class, "Disc");
    let options = StartOptions {
        backbone: None,
        ..options()
    };
    let reloaded = App::open_with(&app.tables, options);
    let view = head(&reloaded.begun).expect("it is in use");
    assert_eq!((view.info.backbone.as_str(), view.stale), (BACKBONE, false));
    app.answer(Request::Undo);
    assert_eq!(app.saved(), large);
}

#[test]
fn no_more_than_a_project_takes() {
    let (mut app, _) = trained();
    let file = app.saved();
    for i in 0..20 {
        // Opened again, it is kept again.
        app.open_head(&file);
        keep(&mut app, &format!("{i}"));
    }
    app.open_head(&file);
    let events = ask(
        &mut app,
        HeadRequest::Keep {
            name: "x".into(),
            now: f64::NAN,
        },
    );
    let full = Problem::Kept(KeptProblem::Full { most: 20 });
    assert_eq!(problems(&events), [full]);
    assert_eq!(
        list(&App::open(&app.tables).begun).map(|all| all.len()),
        Some(20)
    );
}

/// What is stored and cannot be read stays, under its number, and is told of; the others are there.
#[test]
fn damaged_records_stay_and_take_nothing_along() {
    let (app, first, second) = two();
    let key = |kind: &str, id: KeptId| format!("{kind}/{:015}", id.0);
    for (damaged, bytes) in [
        (key("kept-file", first.id), b"nothing".to_vec()),
        (key("kept", first.id), b"{\"newer\": true}".to_vec()),
        (key("kept", KeptId(u64::MAX)), b"{}".to_vec()),
    ] {
        let tables = app.tables.copy();
        tables.put(Table::Project, &damaged, bytes.clone());
        let mut again = App::open(&tables);
        let told = names(&again.begun);
        assert!(told.starts_with(&["Second".into()]), "{damaged}: {told:?}");
        assert!(
            matches!(problems(&again.begun)[..], [Problem::Storage(_)]),
            "{damaged}"
        );
        assert_eq!(tables.value(Table::Project, &damaged), Some(bytes));
        use_it(&mut again, second.id);
        train(&mut again);
        assert!(keep(&mut again, "Third").id > second.id);
    }
}

/// The file may have been changed since it was judged.
#[test]
fn one_that_cannot_be_used_is_refused_and_the_head_in_use_stays() {
    let (mut app, first, _) = two();
    let own = app.saved();
    let mut file = app
        .tables
        .value(Table::Project, &format!("kept-file/{:015}", first.id.0));
    // Its description names weights that are not ours.
    let bytes = file.as_mut().expect("it is stored");
    let hash = data::backbone::find_backbone(BACKBONE)
        .expect("it is there")
        .hash;
    let at = bytes.windows(hash.len()).position(|w| w == hash.as_bytes());
    bytes[at.expect("it is named")] ^= 1;
    let events = app.open_head(bytes);
    let why = HeadProblem::OtherWeights(BACKBONE.into());
    let file = "shapes".to_owned();
    assert_eq!(problems(&events), [Problem::Head { file, why }]);
    assert_eq!(app.saved(), own);
}

#[test]
fn a_class_that_is_called_otherwise_is_so_in_a_kept_head_too() {
    let (mut app, first, _) = two();
    let name = "Moon".to_owned();
    app.answer(Request::RenameClass {
        id: ClassId(0),
        name,
    });
    let events = use_it(&mut app, first.id);
    let info = head(&events).expect("it is in use").info;
    assert_eq!(info.classes[0].name, "Moon");
}

#[test]
fn a_project_file_and_a_copy_carry_them() {
    let mut here = super::projects::shapes();
    let first = keep(&mut here.app, "First");
    here.app.add("disc", &[picture(true, 5)]);
    train(&mut here.app);
    let second = keep(&mut here.app, "Second");
    let id = first.id;
    ask(&mut here.app, HeadRequest::Delete { id });
    let expected = vec![second];
    let saved = here.saved(false);
    let mut there = Page::new();
    let open = ProjectRequest::Open {
        name: "x.graft.zip".into(),
    };
    let events = there.hand(open, &saved);
    assert_eq!(problems(&events), []);
    let there = there.go_to(&events);
    assert_eq!(list(&there.app.begun), Some(expected.clone()));
    assert_eq!(
        undoable(&there.app.begun),
        None,
        "what was deleted stays here"
    );
    assert_eq!(
        head(&there.app.begun).and_then(|head| head.kept),
        Some(expected[0].id)
    );
    // A copy in the same browser.
    let (id, name) = (here.shelf.open.clone(), "Copy".to_owned());
    let events = here.ask(ProjectRequest::Duplicate { id, name });
    assert_eq!(problems(&events), []);
    let copy = here.list().into_iter().find(|view| !view.current);
    let id = copy.expect("there is a copy").id;
    let copy = Page::open(&here.shelf, &id);
    assert_eq!(list(&copy.app.begun), Some(expected));
}

/// The commit before heads were kept saved `tests/fixtures/one-head.graft.zip`: two classes of three photos and their head.
#[test]
fn a_project_file_of_before_opens_and_its_head_can_be_kept() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/one-head.graft.zip"
    );
    let file = std::fs::read(file).expect("it is there");
    let mut page = Page::new();
    let name = "one-head.graft.zip".into();
    let events = page.hand(ProjectRequest::Open { name }, &file);
    assert_eq!(problems(&events), []);
    let mut page = page.go_to(&events);
    assert_eq!(problems(&page.app.begun), []);
    assert_eq!(list(&page.app.begun), None);
    assert_eq!(page.app.names(), ["disc", "stripes"]);
    let said = page.app.try_photo(&picture(true, 9));
    let said: Vec<_> = said
        .iter()
        .map(|p| (p.class.as_str(), p.confidence))
        .collect();
    assert_eq!(said, [("disc", 0.9660836), ("stripes", 0.033916384)]);
    let own = page.app.saved();
    let kept = keep(&mut page.app, "Of before");
    // It says nothing of its samples, so it takes no part in another one.
    let name = "Of before".to_owned();
    train(&mut page.app);
    let events = ask(&mut page.app, HeadRequest::Merge { id: kept.id });
    let why = KeptProblem::NoStatistics { name };
    assert_eq!(problems(&events), [Problem::Kept(why)]);
    use_it(&mut page.app, kept.id);
    assert_eq!(page.app.saved(), own);
}
