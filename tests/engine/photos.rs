//! Photos on their way in.

use data::problem::{PhotoProblem, Problem};
use data::protocol::Event;

use super::{add, engine, picture};

#[test]
fn bad_photos_say_why_and_cost_nothing() {
    let mut engine = engine();
    let good = picture(true, 0);
    let outputs = add(
        &mut engine,
        "Disc",
        &[
            good.clone(),
            good.clone(),
            Vec::new(),
            b"no picture".to_vec(),
            good[..good.len() / 2].to_vec(),
        ],
    );
    let problems: Vec<PhotoProblem> = outputs
        .into_iter()
        .filter_map(|(event, _)| match event {
            Event::Problem(Problem::Photo { why, .. }) => Some(why),
            _ => None,
        })
        .collect();
    assert_eq!(
        problems[0],
        PhotoProblem::Duplicate {
            class: "Disc".into()
        }
    );
    assert_eq!(
        problems[1..],
        [
            PhotoProblem::Empty,
            PhotoProblem::NotAnImage,
            PhotoProblem::Damaged
        ]
    );
}
