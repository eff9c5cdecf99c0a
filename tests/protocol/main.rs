//! Every message that crosses the worker boundary is understood on the other side, or it is said that it was not.

mod made;

use graft::protocol::{Event, Request, decode, encode};
use made::{events, requests};

/// Finite numbers at the ends of what there is.
const F64: [f64; 6] = [0.0, -0.0, f64::MIN_POSITIVE, f64::MAX, f64::MIN, 0.1];
const F32: [f32; 6] = [0.0, -0.0, f32::MIN_POSITIVE, f32::MAX, f32::MIN, 0.1];
const NOT_FINITE: [f64; 3] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

/// So that nobody forgets one in [`requests`]: how many there are, and which this is.
fn named(request: &Request) -> usize {
    match request {
        Request::Start(_) => 0,
        Request::AddClass { .. } => 1,
        Request::RenameClass { .. } => 2,
        Request::RecolourClass { .. } => 3,
        Request::DeleteClass { .. } => 4,
        Request::AddPhotos { .. } => 5,
        Request::AddSampleSet { .. } => 6,
        Request::DeletePhotos { .. } => 7,
        Request::MovePhotos { .. } => 8,
        Request::Undo => 9,
        Request::Train { .. } => 10,
        Request::Tune { .. } => 11,
        Request::EstimateTuning { .. } => 12,
        Request::PauseTraining { .. } => 13,
        Request::StopTraining => 14,
        Request::RunLab { .. } => 15,
        Request::StopLab { .. } => 16,
        Request::DeleteLab { .. } => 17,
        Request::MeasureCurve { .. } => 18,
        Request::AskOldHead { .. } => 19,
        Request::ShowMaps { .. } => 20,
        Request::TryPhotos { .. } => 21,
        Request::TryFrame { .. } => 22,
        Request::Thumbnails { .. } => 23,
        Request::UseBackbone { .. } => 24,
        Request::SaveHead { .. } => 25,
        Request::OpenHead { .. } => 26,
        Request::Embed => 27,
        Request::Keep { .. } => 28,
        Request::SaveUnread => 29,
        Request::StopReading { .. } => 30,
        Request::Retire => 31,
    }
}
const REQUESTS: usize = 32;

fn told(event: &Event) -> usize {
    match event {
        Event::Started => 0,
        Event::Elsewhere(_) => 1,
        Event::Progress { .. } => 2,
        Event::Ready { .. } => 3,
        Event::Failed(_) => 4,
        Event::Classes(_) => 5,
        Event::PhotosAdded(_) => 6,
        Event::Thumbnails(_) => 7,
        Event::PhotosRemoved(_) => 8,
        Event::PhotosRestored(_) => 9,
        Event::PhotosMoved { .. } => 10,
        Event::Undoable(_) => 11,
        Event::Epoch(_) => 12,
        Event::TrainingStarted => 13,
        Event::TrainingPaused(_) => 14,
        Event::TuneEstimate { .. } => 15,
        Event::TrainingEnded { .. } => 16,
        Event::Head(_) => 17,
        Event::Tried { .. } => 18,
        Event::Frame { .. } => 19,
        Event::Lab(_) => 20,
        Event::LabReports(_) => 21,
        Event::LearningCurve(_) => 22,
        Event::OldHead { .. } => 23,
        Event::FeatureMaps { .. } => 24,
        Event::File { .. } => 25,
        Event::Embedding => 26,
        Event::Settled { .. } => 27,
        Event::Problem(_) => 28,
        Event::Access(_) => 29,
        Event::Stored(_) => 30,
        Event::Keep { .. } => 31,
        Event::Written { .. } => 32,
        Event::Done { .. } => 33,
        Event::Grown => 34,
        Event::Begun { .. } => 35,
        Event::Retired(_) => 36,
    }
}
const EVENTS: usize = 37;

fn all_there(mut numbers: Vec<usize>, count: usize) {
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers, (0..count).collect::<Vec<_>>());
}

#[test]
fn every_request_arrives_as_it_was_sent() {
    all_there(requests(0.5).iter().map(named).collect(), REQUESTS);
    for number in F64 {
        for request in requests(number) {
            let text = encode(&request);
            assert_eq!(decode::<Request>(&text).as_ref(), Ok(&request), "{text}");
        }
    }
}

#[test]
fn every_event_arrives_as_it_was_sent() {
    all_there(events(0.5, 0.5).iter().map(told).collect(), EVENTS);
    for (number, small) in F64.into_iter().zip(F32) {
        for event in events(number, small) {
            let text = encode(&event);
            assert_eq!(decode::<Event>(&text).as_ref(), Ok(&event), "{text}");
        }
    }
}

/// What holds a number that is not finite is refused, and never arrives as something else.
#[test]
fn a_number_that_is_not_finite_does_not_arrive_unseen() {
    let holds_numbers = |a: &str, b: &str| a != b;
    let mut caught = 0;
    for number in NOT_FINITE {
        let small = number as f32;
        for (bad, good) in events(number, small).iter().zip(events(0.5, 0.5)) {
            if holds_numbers(&encode(bad), &encode(&good)) {
                let read = decode::<Event>(&encode(bad));
                assert!(read.is_err(), "{bad:?} arrived as {read:?}");
                caught += 1;
            }
        }
        for (bad, good) in requests(number).iter().zip(requests(0.5)) {
            if holds_numbers(&encode(bad), &encode(&good)) {
                let read = decode::<Request>(&encode(bad));
                assert!(read.is_err(), "{bad:?} arrived as {read:?}");
                caught += 1;
            }
        }
    }
    // Epochs with and without validation, an estimate, a head, answers (3), the Lab (3), devices (3); five requests.
    assert_eq!(caught, NOT_FINITE.len() * 18);
}

#[test]
fn what_is_no_message_is_said() {
    for text in [
        "",
        "{",
        "null",
        "[]",
        "\"Strange\"",
        "{\"Strange\":1}",
        "{\"Undo\":1,\"Undo\":2}",
    ] {
        let why = decode::<Event>(text).expect_err(text);
        assert!(why.starts_with("a message was not understood"), "{why}");
    }
}
