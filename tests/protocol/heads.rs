//! Of heads that a project keeps.

use data::head::How;
use data::metrics::Interval;
use data::protocol::{Event, HeadRequest, KeptHeadView, KeptId};

use super::ODD;

pub fn requests(now: f64) -> Vec<HeadRequest> {
    let (id, name) = (KeptId(u64::MAX), || ODD.to_owned());
    vec![
        HeadRequest::Keep { name: name(), now },
        HeadRequest::Use { id },
        HeadRequest::Rename { id, name: name() },
        HeadRequest::Delete { id },
        HeadRequest::Merge { id },
        HeadRequest::GoOn {
            settings: Default::default(),
        },
        HeadRequest::Save { id, name: name() },
    ]
}

pub fn event(measured: Interval) -> Event {
    let one = |accuracy| KeptHeadView {
        id: KeptId(0),
        name: ODD.into(),
        classes: vec![ODD.into(), String::new()],
        backbone: ODD.into(),
        accuracy,
    };
    let measured = (How::CrossValidated, measured);
    Event::KeptHeads(vec![one(None), one(Some(measured))])
}

pub fn interval(number: f64) -> Interval {
    Interval {
        value: number,
        low: number,
        high: number,
        n: 7,
    }
}
