//! The loop around the engine: what is stored before it is shown, how requests end, who may change the project, and what
//! embedders leave.

mod access;
mod embedders;
mod ends;
mod files;
#[path = "../protocol/made.rs"]
#[expect(dead_code, reason = "its events are for tests of the protocol")]
mod made;
mod storing;

use data::protocol::Event;

use super::host::App;

/// Every request of this page has ended, once, and nothing else has.
fn all_ended_once(app: &App, events: &[Event]) {
    let mut ends: Vec<u64> = events
        .iter()
        .filter_map(|event| match event {
            Event::Done { id } | Event::Refused { id, .. } => Some(*id),
            _ => None,
        })
        .collect();
    ends.sort_unstable();
    assert_eq!(ends, (0..app.asked()).collect::<Vec<_>>(), "{events:?}");
}
