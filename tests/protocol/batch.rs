//! A message of each kind, of a batch.

use data::problem::SampleProblem;
use data::protocol::{BatchRequest, BatchState, BatchView, Event, Request, TableWords};

use super::ODD;

pub fn requests() -> Vec<Request> {
    let name = || ODD.to_owned();
    let classify = Request::Classify {
        names: vec![name()],
        first: u64::MAX,
    };
    let of_batch = [
        BatchRequest::Pause { paused: true },
        BatchRequest::Restart,
        BatchRequest::Forget,
        BatchRequest::Table {
            name: name(),
            words: TableWords {
                columns: [name(), name(), name(), name(), name()],
                unknown: name(),
                reasons: vec![name(), String::new()],
            },
        },
        BatchRequest::Sort {
            name: name(),
            unknown: name(),
            metadata: true,
        },
    ];
    let of_batch = of_batch.into_iter().map(Request::Batch);
    std::iter::once(classify).chain(of_batch).collect()
}

pub fn events() -> Vec<Event> {
    let view = |state| {
        Event::Batch(Some(BatchView {
            state,
            done: u32::MAX as usize,
            of: usize::MAX >> 1,
            unread: 1,
            reasons: vec![
                SampleProblem::Damaged,
                SampleProblem::Unreadable(ODD.into()),
            ],
            here: 0,
        }))
    };
    let states = [
        BatchState::Running,
        BatchState::Paused,
        BatchState::Missing,
        BatchState::OtherHead,
        BatchState::Done,
    ];
    let views = states.into_iter().map(view);
    views.chain([Event::Batch(None)]).collect()
}
