//! What somebody chose for the next training stays with the project.

use data::protocol::{Event, ProjectRequest, Request};
use data::settings::{Optimiser, TrainSettings};
use data::transfer::{Chosen, Depth, Method, TuneSettings};
use engine::store::Table;

use super::projects::{Page, next, shapes};

fn chosen() -> Chosen {
    Chosen {
        method: Method::FineTuning,
        settings: TrainSettings {
            optimiser: Optimiser::Lbfgs,
            epochs: 77,
            seed: u64::MAX,
            ..Default::default()
        },
        tune: TuneSettings {
            depth: Depth::LastBlock,
            learning_rate: 0.003,
            ..Default::default()
        },
    }
}

fn told(events: &[Event]) -> Option<Chosen> {
    events.iter().find_map(|event| match event {
        Event::Settings(chosen) => Some((**chosen).clone()),
        _ => None,
    })
}

#[test]
fn settings_are_there_after_a_reload_and_in_a_project_file() {
    let mut page = shapes();
    assert_eq!(told(&page.app.begun), None, "nobody chose anything");
    let mut wild = chosen();
    wild.settings.l2 = f64::NAN;
    wild.tune.epochs = usize::MAX;
    page.app.answer(Request::KeepSettings(Box::new(wild)));
    page.app.answer(Request::KeepSettings(Box::new(chosen())));
    let again = Page::open(&page.shelf, "first");
    assert_eq!(told(&again.app.begun), Some(chosen()));
    let saved = page.saved(false);

    let mut other = Page::new();
    let name = "x.graft.zip".into();
    let events = other.hand(ProjectRequest::Open { name }, &saved);
    assert!(next(&events).is_some());
    assert_eq!(told(&other.go_to(&events).app.begun), Some(chosen()));
}

/// Whatever it is that cannot be read stays stored, and new settings go beside it.
#[test]
fn settings_that_cannot_be_read_stay_where_they_are() {
    let page = shapes();
    let strange = b"{\"method\": \"dreaming\"}".to_vec();
    page.tables()
        .put(Table::Project, "settings", strange.clone());
    let mut again = Page::open(&page.shelf, "first");
    assert_eq!(told(&again.app.begun), None);
    again.app.answer(Request::KeepSettings(Box::new(chosen())));
    let kept = again.tables().value(Table::Project, "settings");
    assert_eq!(kept, Some(strange));
    let third = Page::open(&page.shelf, "first");
    assert_eq!(told(&third.app.begun), Some(chosen()));
}
