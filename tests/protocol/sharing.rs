//! A message of each kind, of heads that are handed on.

use data::protocol::{Event, HeadLink, Request, ShareEvent, ShareRequest};
use data::share::{Fault, Listed, ListedKind, Listing, Precision, Qr};
use data::transfer::{Chosen, Method};

use super::{ODD, head, settings, tune};

/// Among all others, with what somebody chose.
pub fn all_requests(number: f64) -> Vec<Request> {
    let mut all: Vec<Request> = requests().into_iter().map(Request::Share).collect();
    all.push(Request::KeepSettings(chosen(number)));
    all.push(Request::KeepKnown { kept: 0.9 });
    all
}

pub fn all_events(number: f64, small: f32) -> Vec<Event> {
    let all = events(number, small).into_iter().map(Event::Share);
    all.chain([Event::Settings(chosen(number))]).collect()
}

/// What somebody chose, which a project keeps.
fn chosen(number: f64) -> Box<Chosen> {
    Box::new(Chosen {
        method: Method::FineTuning,
        settings: settings(number),
        tune: tune(number),
    })
}

pub fn requests() -> Vec<ShareRequest> {
    vec![
        ShareRequest::Make {
            address: ODD.into(),
            unknown: true,
        },
        ShareRequest::Look {
            name: ODD.into(),
            link: Some(ODD.into()),
        },
        ShareRequest::Look {
            name: ODD.into(),
            link: None,
        },
        ShareRequest::List,
    ]
}

pub fn events(number: f64, small: f32) -> Vec<ShareEvent> {
    let file = || ODD.to_owned();
    vec![
        ShareEvent::Made(HeadLink {
            url: ODD.into(),
            precision: Precision::Half,
            samples: usize::MAX,
            difference: small,
            qr: Some(Qr {
                side: 177,
                path: ODD.into(),
            }),
        }),
        ShareEvent::Found {
            name: ODD.into(),
            info: Box::new(head(number, small).info),
        },
        ShareEvent::Listed(Listing {
            entries: vec![Listed {
                kind: ListedKind::Project,
                file: ODD.into(),
                name: ODD.into(),
                about: String::new(),
                bytes: Some(u64::MAX),
            }],
            faults: vec![
                Fault::NotAList,
                Fault::NotAnEntry { number: 1 },
                Fault::Elsewhere { file: file() },
                Fault::OtherKind { file: file() },
                Fault::WrongKind { file: file() },
                Fault::Twice { file: file() },
                Fault::Size { file: file() },
                Fault::TooMany { entries: 5000 },
            ],
            left_out: 8,
        }),
    ]
}
