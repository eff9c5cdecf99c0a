//! The list of projects: make, rename, copy, delete, go over to another.

use data::problem::{Problem, ProjectProblem, StorageProblem};
use data::protocol::{ProjectRequest, Request};
use engine::store::Table;

use super::super::host::problems;
use super::super::picture;
use super::{Page, next, problem, shapes};

const DAY: f64 = 24.0 * 3600.0 * 1000.0;

#[test]
fn a_project_of_before_is_the_first_and_others_come_beside_it() {
    let mut page = shapes();
    let list = page.list();
    assert_eq!(list.len(), 1);
    assert!(list[0].current && list[0].name.is_none() && list[0].samples == 8);
    let stored: usize = page.tables().rows().values().map(Vec::len).sum();
    let bytes = list[0].bytes.expect("it was measured") as usize;
    assert!(bytes > stored / 2 && bytes <= stored, "{bytes} of {stored}");
    let events = page.ask(ProjectRequest::New {
        name: "  Leaves ".into(),
    });
    let mut leaves = page.go_to(&events);
    assert_eq!(leaves.names(), ["", "Leaves"]);
    assert!(leaves.app.classes().is_empty());
    leaves.app.add("oak", &[picture(true, 3)]);
    let list = leaves.list();
    let seen: Vec<_> = list
        .iter()
        .map(|view| (view.samples, view.current))
        .collect();
    assert_eq!(seen, [(8, false), (1, true)]);
    // Back, and both are as they were.
    let events = leaves.ask(ProjectRequest::GoTo { id: "first".into() });
    let mut first = leaves.go_to(&events);
    assert_eq!(first.app.names(), ["disc", "stripes"]);
    assert_eq!(first.names(), ["", "Leaves"]);
}

#[test]
fn a_project_is_renamed_whether_it_is_open_or_not() {
    let mut page = shapes();
    let rename = |id: &str, name: &str| ProjectRequest::Rename {
        id: id.into(),
        name: name.into(),
    };
    page.ask(rename("first", "Shapes"));
    assert_eq!(page.names(), ["Shapes"]);
    // A name of nothing is none.
    page.ask(rename("first", " \n "));
    assert_eq!(page.names(), ["Shapes"]);
    let events = page.ask(ProjectRequest::New { name: "B".into() });
    let mut page = page.go_to(&events);
    page.ask(rename("first", "A\u{202e}"));
    assert_eq!(page.names(), ["A", "B"]);
    let events = page.ask(rename("nowhere", "C"));
    let name = "C".into();
    let why = ProjectProblem::Gone;
    assert_eq!(problem(&events), Problem::Project { name, why });
    assert_eq!(page.shelf.all.borrow().len(), 2, "none was made of it");
}

#[test]
fn a_copy_gives_the_same_answers_and_goes_its_own_way() {
    let mut page = shapes();
    let tried = picture(false, 9);
    let answers = page.app.try_photo(&tried);
    let duplicate = ProjectRequest::Duplicate {
        id: "first".into(),
        name: "Copy".into(),
    };
    let events = page.ask(duplicate);
    assert_eq!(problems(&events), []);
    assert_eq!(page.names(), ["", "Copy"]);
    let copy = page.list()[1].id.clone();
    // What is deleted here is there in the copy.
    let class = page.app.class("disc").expect("it is there");
    page.app.answer(Request::DeleteClass { id: class });
    let events = page.ask(ProjectRequest::GoTo { id: copy });
    let mut page = page.go_to(&events);
    assert_eq!(page.app.names(), ["disc", "stripes"]);
    assert_eq!(page.app.try_photo(&tried), answers);
    // One that is not open is copied as well.
    page.ask(ProjectRequest::Duplicate {
        id: "first".into(),
        name: "Half".into(),
    });
    let half = page
        .list()
        .into_iter()
        .find(|view| view.name.as_deref() == Some("Half"));
    assert_eq!(half.map(|view| view.samples), Some(4));
}

#[test]
fn what_is_deleted_comes_back_for_a_day_and_then_goes() {
    let mut page = shapes();
    let delete = |id: &str| ProjectRequest::Delete { id: id.into() };
    let events = page.ask(delete("first"));
    // Another one takes its place.
    let mut page = page.go_to(&events);
    assert_eq!(page.names(), [""]);
    let deleted = |page: &mut Page| {
        let list = page.list();
        list.into_iter()
            .filter(|view| view.deleted)
            .map(|view| view.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(deleted(&mut page), ["first"]);
    page.ask(ProjectRequest::Restore { id: "first".into() });
    assert_eq!(deleted(&mut page), [""; 0]);
    assert_eq!(page.list().len(), 2);
    let events = page.ask(ProjectRequest::GoTo { id: "first".into() });
    let mut page = page.go_to(&events);
    assert_eq!(page.app.names(), ["disc", "stripes"]);
    // The empty one was not kept.
    assert_eq!(page.list().len(), 1);

    let events = page.ask(delete("first"));
    let mut page = page.go_to(&events);
    page.shelf.now.set(DAY - 1.0);
    assert_eq!(deleted(&mut page), ["first"]);
    page.shelf.now.set(DAY + 1.0);
    assert_eq!(deleted(&mut page), [""; 0]);
    assert!(!page.shelf.all.borrow().contains_key("first"));
}

#[test]
fn what_goes_for_good_goes_at_once() {
    let mut page = shapes();
    let id = "first".to_owned();
    // Not while it is open.
    page.ask(ProjectRequest::DeleteForGood { id: id.clone() });
    assert_eq!(page.list().len(), 1);
    let events = page.ask(ProjectRequest::Delete { id: id.clone() });
    let mut page = page.go_to(&events);
    page.ask(ProjectRequest::DeleteForGood { id });
    assert_eq!(page.list().len(), 1);
    assert_eq!(page.shelf.all.borrow().len(), 1);
}

#[test]
fn what_another_tab_has_open_is_not_deleted() {
    let mut page = shapes();
    let events = page.ask(ProjectRequest::New { name: "B".into() });
    let mut page = page.go_to(&events);
    page.shelf.elsewhere.borrow_mut().push("first".into());
    let events = page.ask(ProjectRequest::Delete { id: "first".into() });
    assert!(matches!(
        problem(&events),
        Problem::Project {
            why: ProjectProblem::OpenElsewhere,
            ..
        }
    ));
    assert_eq!(page.names(), ["", "B"]);
}

#[test]
fn nobody_leaves_what_is_not_stored() {
    let mut page = shapes();
    page.tables().faults.full.set(true);
    page.app.answer(Request::AddClass {
        name: "more".into(),
    });
    let events = page.ask(ProjectRequest::New { name: "B".into() });
    assert!(matches!(
        problem(&events),
        Problem::Project {
            why: ProjectProblem::NotStored,
            ..
        }
    ));
    assert_eq!(next(&events), None);
    page.tables().faults.full.set(false);
    let events = page.ask(ProjectRequest::New { name: "C".into() });
    let page = page.go_to(&events);
    let page = Page::open(&page.shelf, "first");
    assert_eq!(page.app.names(), ["disc", "stripes", "more"]);
}

#[test]
fn training_under_way_ends_with_what_it_has_before_another_project_comes() {
    let mut page = shapes();
    let settings = data::settings::TrainSettings::default();
    page.app.send(Request::Train { settings }, Vec::new());
    page.app.turn();
    let events = page.ask(ProjectRequest::New { name: "B".into() });
    assert!(next(&events).is_some(), "{events:?}");
    let id = page.app.last - 1;
    let ended = |event: &&data::protocol::Event| matches!(event, data::protocol::Event::Done { id: of } if *of == id);
    assert_eq!(events.iter().filter(ended).count(), 1, "{events:?}");
}

#[test]
fn one_who_only_looks_on_may_save_and_change_nothing() {
    let mut writer = shapes();
    writer.tables().faults.elsewhere.set(true);
    let mut reader = Page::open(&writer.shelf, "first");
    let files = reader.saved(false);
    assert!(!files.is_empty());
    let events = reader.ask(ProjectRequest::Rename {
        id: "first".into(),
        name: "Mine".into(),
    });
    let read_only = Problem::Storage(StorageProblem::ReadOnly);
    assert_eq!(problem(&events), read_only);
    let name = "shapes.graft.zip".into();
    let events = reader.hand(ProjectRequest::Merge { name }, &files);
    assert_eq!(problem(&events), read_only);
    assert_eq!(writer.tables().of(Table::Samples).len(), 8);
    // It may go elsewhere, and takes nothing along.
    let events = reader.ask(ProjectRequest::New {
        name: "Mine".into(),
    });
    let there = reader.go_to(&events);
    assert!(there.app.classes().is_empty());
    writer.tables().faults.elsewhere.set(false);
    assert_eq!(writer.names(), ["", "Mine"]);
}
