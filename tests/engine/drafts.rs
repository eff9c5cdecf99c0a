//! Heads in closed form that follow the photos that come and go.

use data::class::ClassId;
use data::head::How;
use data::protocol::{Event, HeadView, Request};
use data::sample::SampleId;
use data::settings::TrainSettings;

use super::host::App;
use super::large::project_of;

const CLASSES: [usize; 3] = [60, 60, 60];

/// Never negative, as embeddings are, and so few at once that no two photos are taken for one moment.
fn unlike(value: f32) -> f32 {
    (value - 2.0).max(0.0).powi(2)
}

fn train(app: &mut App) -> Vec<Event> {
    let settings = TrainSettings::default();
    app.answer(Request::Train { settings })
}

fn heads(events: &[Event]) -> Vec<&HeadView> {
    let heads = events.iter().filter_map(|event| match event {
        Event::Head(head) => head.as_ref(),
        _ => None,
    });
    heads.collect()
}

/// A photo that changes its class, and one that goes.
fn change(app: &mut App) {
    let (ids, to) = (vec![SampleId(7)], ClassId(1));
    app.answer(Request::MoveSamples { ids, to });
    let ids = vec![SampleId(90)];
    app.answer(Request::DeleteSamples { ids });
}

#[test]
fn the_head_before_follows_and_leaves_no_trace() {
    let mut app = project_of(&CLASSES, unlike);
    assert_eq!(heads(&train(&mut app)).len(), 1);
    // Nothing changed: there is nothing to follow.
    assert_eq!(heads(&train(&mut app)).len(), 1);
    change(&mut app);
    let events = train(&mut app);
    let [draft, last] = heads(&events)[..] else {
        panic!("no draft came first")
    };
    for head in [draft, last] {
        let validation = head.info.validation.as_ref().expect("all photos judged");
        assert_eq!(validation.how, How::CrossValidated);
        assert_eq!(validation.accuracy.n, 179);
        assert_eq!(head.tested.len(), 179);
        assert!(!head.stale && head.info.choice.is_some() && head.info.unknown.is_some());
    }
    let of = |head: &HeadView| -> Vec<_> {
        let tested = head.tested.iter();
        tested.map(|t| (t.sample, t.actual, t.predicted)).collect()
    };
    assert_eq!(of(draft), of(last));

    let mut fresh = project_of(&CLASSES, unlike);
    change(&mut fresh);
    train(&mut fresh);
    assert_eq!(app.saved(), fresh.saved());
}

/// One that follows a head which followed.
#[test]
fn a_draft_follows_a_draft_that_was_stopped() {
    let mut app = project_of(&CLASSES, unlike);
    train(&mut app);
    for sample in [3, 50, 51] {
        let ids = vec![SampleId(sample)];
        app.answer(Request::DeleteSamples { ids });
        let settings = TrainSettings::default();
        app.ask(Request::Train { settings });
        let draft = app.work_until(|event| matches!(event, Event::Head(Some(_))));
        let draft = heads(&draft)[0].clone();
        app.ask(Request::StopTraining);
        assert!(!draft.stale);
        assert_eq!(
            draft.info.classes.iter().map(|c| c.samples).sum::<usize>(),
            draft.tested.len()
        );
    }
    let last = train(&mut app);
    assert_eq!(heads(&last).len(), 1, "nothing changed since the draft");
    let mut fresh = project_of(&CLASSES, unlike);
    let ids = [3, 50, 51].map(SampleId).to_vec();
    fresh.answer(Request::DeleteSamples { ids });
    train(&mut fresh);
    assert_eq!(app.saved(), fresh.saved());
}

/// Of more photos than a head is made of sample by sample: computed over features, it follows in the same way.
#[test]
fn a_head_of_many_photos_follows_too() {
    const MANY: [usize; 3] = [840; 3];
    let mut app = project_of(&MANY, unlike);
    let events = train(&mut app);
    let [first] = heads(&events)[..] else {
        panic!("there is one head")
    };
    let choice = first.info.choice.as_ref().expect("it is a closed form");
    assert!((0.0..1.0).contains(&choice.shrinkage));
    change(&mut app);
    let events = train(&mut app);
    let [draft, last] = heads(&events)[..] else {
        panic!("no draft came first")
    };
    for (head, n) in [(first, 2520), (draft, 2519), (last, 2519)] {
        let validation = head.info.validation.as_ref().expect("all photos judged");
        assert_eq!(validation.how, How::CrossValidated);
        assert_eq!((validation.accuracy.n, head.tested.len()), (n, n));
        assert!(validation.calibration.is_some() && head.info.unknown.is_some());
        assert!(!head.stale && head.info.choice.is_some());
    }
    let of = |head: &HeadView| -> Vec<_> {
        let tested = head.tested.iter();
        tested.map(|t| (t.sample, t.actual, t.predicted)).collect()
    };
    let pairs = of(draft).into_iter().zip(of(last));
    let other = pairs.filter(|(draft, last)| draft != last).count();
    assert!(other <= 2, "{other} photos are answered in another way");

    let mut fresh = project_of(&MANY, unlike);
    change(&mut fresh);
    train(&mut fresh);
    assert_eq!(app.saved(), fresh.saved());

    // Stopped behind its draft, it is followed all the same.
    let ids = vec![SampleId(11)];
    app.answer(Request::DeleteSamples { ids });
    let settings = TrainSettings::default();
    app.ask(Request::Train { settings });
    let stopped = app.work_until(|event| matches!(event, Event::Head(Some(_))));
    assert_eq!(heads(&stopped)[0].tested.len(), 2518);
    app.ask(Request::StopTraining);
    let ids = vec![SampleId(12)];
    app.answer(Request::DeleteSamples { ids });
    let events = train(&mut app);
    let counts: Vec<usize> = heads(&events).iter().map(|h| h.tested.len()).collect();
    assert_eq!(counts, [2517, 2517]);
}
