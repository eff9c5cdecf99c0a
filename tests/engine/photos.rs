//! Photos on their way in.

use data::photo::PhotoProblem;
use data::problem::{Problem, SampleProblem};
use data::protocol::Event;

use super::host::App;
use super::picture;

#[test]
fn bad_photos_say_why_and_cost_nothing() {
    let mut app = App::new();
    let good = picture(true, 0);
    let first = app.last;
    let events = app.add(
        "Disc",
        &[
            good.clone(),
            good.clone(),
            Vec::new(),
            b"no picture".to_vec(),
            good[..good.len() / 2].to_vec(),
        ],
    );
    let mut ends: Vec<(u64, Option<Problem>)> = events
        .iter()
        .filter_map(|event| match event {
            Event::Done { id } => Some((*id, None)),
            Event::Refused { id, problem } => Some((*id, Some(problem.clone()))),
            _ => None,
        })
        .collect();
    ends.sort_by_key(|(id, _)| *id);
    let class = "Disc".to_owned();
    let whys = [
        None,
        Some(SampleProblem::Duplicate { class }),
        Some(SampleProblem::Empty),
        Some(SampleProblem::Photo(PhotoProblem::NotAnImage)),
        Some(SampleProblem::Damaged),
    ];
    let expected = (0..).zip(whys).map(|(i, why)| {
        let file = format!("Disc{i}.jpg");
        let problem = why.map(|why| Problem::Sample { file, why });
        (first + i, problem)
    });
    assert_eq!(ends, expected.collect::<Vec<_>>());
    let unasked = events.iter().filter(|e| matches!(e, Event::Problem(_)));
    assert_eq!(unasked.count(), 0, "{events:?}");
    let counts: Vec<_> = app.classes().iter().map(|c| (c.count, c.pending)).collect();
    assert_eq!(counts, [(1, 0)]);
    assert_eq!(app.try_photo(&good), [], "it goes on, without a head");
}
