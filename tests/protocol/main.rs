//! Every message that crosses the worker boundary is understood on the other side, or it is said that it was not.

mod made;

use data::protocol::{
    Event, Numbered, ProjectEvent, ProjectRequest, Request, ShareEvent, ShareRequest, decode,
    encode,
};
use made::{events, projects, requests, sharing};

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
        Request::AddSamples { .. } => 5,
        Request::AddSampleSet { .. } => 6,
        Request::DeleteSamples { .. } => 7,
        Request::MoveSamples { .. } => 8,
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
        Request::TrySamples { .. } => 21,
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
        Request::KeepKnown { .. } => 32,
        Request::CompareHeads => 33,
        Request::Export { .. } => 34,
        Request::ProbeLayers { .. } => 35,
        Request::ListGroups => 36,
        Request::Regroup { .. } => 37,
        Request::Projects(_) => 38,
        Request::Heads(_) => 39,
        Request::Classify { .. } => 40,
        Request::Batch(_) => 41,
        Request::Share(_) => 42,
        Request::KeepSettings(_) => 43,
    }
}
const REQUESTS: usize = 44;

fn told(event: &Event) -> usize {
    match event {
        Event::Started => 0,
        Event::Progress { .. } => 2,
        Event::Ready { .. } => 3,
        Event::Failed(_) => 4,
        Event::Classes(_) => 5,
        Event::SamplesAdded(_) => 6,
        Event::Thumbnails(_) => 7,
        Event::SamplesRemoved(_) => 8,
        Event::SamplesRestored(_) => 9,
        Event::SamplesMoved { .. } => 10,
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
        Event::Refused { .. } => 27,
        Event::Problem(_) => 28,
        Event::Access(_) => 29,
        Event::Stored(_) => 30,
        Event::Keep { .. } => 31,
        Event::Written { .. } => 32,
        Event::Done { .. } => 33,
        Event::Grown => 34,
        Event::Begun { .. } => 35,
        Event::Counts(_) => 40,
        Event::LayerProbes(_) => 41,
        Event::Groups(_) => 42,
        Event::Projects(_) => 43,
        Event::Retired(_) => 1,
        Event::TestSamplesAdded(_) => 36,
        Event::TestSamplesRemoved(_) => 37,
        Event::TestReport(_) => 38,
        Event::HeadsCompared(_) => 39,
        Event::KeptHeads(_) => 44,
        Event::Batch(_) => 45,
        Event::Share(_) => 46,
        Event::Settings(_) => 47,
    }
}
const EVENTS: usize = 48;

/// Those of projects, as [`named`].
fn of_projects(request: &ProjectRequest) -> usize {
    match request {
        ProjectRequest::List { .. } => 0,
        ProjectRequest::New { .. } => 1,
        ProjectRequest::Rename { .. } => 2,
        ProjectRequest::Duplicate { .. } => 3,
        ProjectRequest::Delete { .. } => 4,
        ProjectRequest::Restore { .. } => 5,
        ProjectRequest::DeleteForGood { .. } => 6,
        ProjectRequest::GoTo { .. } => 7,
        ProjectRequest::Save { .. } => 8,
        ProjectRequest::Look { .. } => 9,
        ProjectRequest::Open { .. } => 10,
        ProjectRequest::Merge { .. } => 11,
        ProjectRequest::Stop => 12,
    }
}
const OF_PROJECTS: usize = 13;

fn told_of_projects(event: &ProjectEvent) -> usize {
    match event {
        ProjectEvent::List(_) => 0,
        ProjectEvent::Found(_) => 1,
        ProjectEvent::GoTo { .. } => 2,
        ProjectEvent::Saved { .. } => 3,
    }
}
const TOLD_OF_PROJECTS: usize = 4;

/// Those of heads that are handed on, as [`named`].
fn of_sharing(request: &ShareRequest) -> usize {
    match request {
        ShareRequest::Make { .. } => 0,
        ShareRequest::Look { .. } => 1,
        ShareRequest::List => 2,
    }
}

fn told_of_sharing(event: &ShareEvent) -> usize {
    match event {
        ShareEvent::Made(_) => 0,
        ShareEvent::Found { .. } => 1,
        ShareEvent::Listed(_) => 2,
    }
}

#[test]
fn every_message_of_sharing_is_among_them() {
    all_there(sharing::requests().iter().map(of_sharing).collect(), 3);
    let events = sharing::events(0.5, 0.5);
    all_there(events.iter().map(told_of_sharing).collect(), 3);
}

#[test]
fn every_message_of_projects_is_among_them() {
    let numbers = projects::requests().iter().map(of_projects).collect();
    all_there(numbers, OF_PROJECTS);
    let numbers = projects::events().iter().map(told_of_projects).collect();
    all_there(numbers, TOLD_OF_PROJECTS);
}

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
            assert_eq!(decode::<Request>(&encode(&request)).as_ref(), Ok(&request));
            for again in [None, Some(Vec::new()), Some(vec![0, usize::MAX])] {
                let (id, request) = (u64::MAX, request.clone());
                let numbered = Numbered { id, again, request };
                assert_eq!(decode(&encode(&numbered)).as_ref(), Ok(&numbered));
            }
        }
    }
}

#[test]
fn every_event_arrives_as_it_was_sent() {
    all_there(events(0.5, 0.5).iter().map(told).collect(), EVENTS);
    for (number, small) in F64.into_iter().zip(F32) {
        for event in events(number, small) {
            assert_eq!(decode::<Event>(&encode(&event)).as_ref(), Ok(&event));
        }
    }
}

/// No number becomes another one, or none at all.
#[test]
fn a_number_that_is_not_finite_arrives_as_it_is() {
    let mut seen = 0;
    for number in NOT_FINITE {
        let small = number as f32;
        for (sent, usual) in events(number, small).iter().zip(events(0.5, 0.5)) {
            let bytes = encode(sent);
            let arrived = decode::<Event>(&bytes).expect("it is a message");
            // No number is equal to itself that is none: bytes are.
            assert_eq!(encode(&arrived), bytes, "{sent:?}");
            seen += usize::from(bytes != encode(&usual));
        }
        for (sent, usual) in requests(number).iter().zip(requests(0.5)) {
            let bytes = encode(sent);
            let arrived = decode::<Request>(&bytes).expect("it is a message");
            assert_eq!(encode(&arrived), bytes, "{sent:?}");
            seen += usize::from(bytes != encode(&usual));
        }
    }
    // Epochs with and without validation, an estimate, a head, the test set, a comparison, answers (3), the Lab (4), devices (3);
    // kept heads (2), a link, a head that was found, what somebody chose; six requests.
    assert_eq!(seen, NOT_FINITE.len() * 27);
}

#[test]
fn what_is_no_message_is_said() {
    let whole = encode(&Event::Done { id: 1 });
    let strange = [250, 1];
    let longer = [whole.as_slice(), &[0]].concat();
    for bytes in [&[], &whole[..1], &strange[..], &longer] {
        let why = decode::<Event>(bytes).expect_err("it is no message");
        assert!(why.starts_with("a message was not understood"), "{why}");
    }
}
