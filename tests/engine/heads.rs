//! A head: trained, saved, opened elsewhere, refused when bad.

use data::head::{How, Reach};
use data::prediction::top;
use data::problem::{Problem, TrainingProblem};
use data::protocol::{Event, HeadView, Request};
use data::settings::{Measure, TrainSettings};

use super::host::{App, head};
use super::{by_gradients, picture, trained, with_photos};

#[test]
fn a_head_trains_and_works_in_another_engine() {
    let (mut app, head) = trained();
    assert_eq!(
        head.info
            .classes
            .iter()
            .map(|c| c.name.as_str())
            .collect::<Vec<_>>(),
        ["Disc", "Stripes"]
    );
    let validation = head.info.validation.as_ref();
    let validation = validation.expect("each photo was judged without it");
    assert_eq!(validation.how, How::CrossValidated);
    let accuracy = validation.accuracy;
    assert_eq!((accuracy.value, accuracy.n), (1.0, 10));
    assert_eq!(head.tested.len(), 10);
    // The embedding does for discs and stripes.
    let choice = head.info.choice.expect("it was made in closed form");
    assert_eq!((choice.reach, choice.chosen), (Reach::Embedding, 1.0));
    let here = app.try_photo(&picture(true, 9));
    assert_eq!(top(&here).map(|p| p.class.as_str()), Some("Disc"));
    assert!((here.iter().map(|p| p.confidence).sum::<f32>() - 1.0).abs() < 1e-5);

    let mut elsewhere = App::new();
    let events = elsewhere.open_head(&app.saved());
    let [
        Event::Head(Some(HeadView { opened: true, .. })),
        Event::Undoable(None),
        end,
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(*end, elsewhere.done());
    assert_eq!(elsewhere.try_photo(&picture(true, 9)), here);
}

/// Folds of the samples train heads by gradients anew, and the head in use has learned from all.
#[test]
fn a_head_by_gradients_is_judged_by_its_like() {
    let mut app = with_photos();
    let settings = TrainSettings {
        measure: Measure::CrossValidation,
        ..by_gradients()
    };
    let events = app.answer(Request::Train { settings });
    let heads = events.iter().filter_map(|event| match event {
        Event::Head(head) => head.as_ref(),
        _ => None,
    });
    let measured: Vec<_> = heads
        .map(|head| (head.info.classes[0].samples, head.tested.len()))
        .collect();
    assert_eq!(measured, [(5, 0), (5, 10)]);
    let info = head(&events).expect("there is a head").info;
    let validation = info.validation.as_ref();
    let how = validation.map(|v| (v.how, v.accuracy.n));
    assert_eq!(how, Some((How::CrossValidated, 10)));
    // What is strange to it is told, too, and whether its percentages mean what they say; here, elsewhere and after a reload.
    assert!(validation.is_some_and(|v| v.calibration.is_some()));
    let bird = std::fs::read("tests/photos/bird_2.jpg").expect("it is there");
    let limit = info
        .unknown
        .as_ref()
        .map_or(f32::MAX, |unknown| unknown.limit());
    let here = app.strangeness(&bird);
    assert!(here > limit, "{here} is not strange");
    let mut again = App::open(&app.tables);
    assert_eq!(head(&again.begun).map(|head| head.info), Some(info));
    assert_eq!(again.strangeness(&bird), here);
    let mut elsewhere = App::new();
    elsewhere.open_head(&app.saved());
    assert_eq!(elsewhere.strangeness(&bird), here);
}

/// Nothing it learned from looks like a bird, or like a bird's feather.
#[test]
fn what_is_of_no_class_is_strange_to_a_head() {
    let (mut app, head) = trained();
    let unknown = head.info.unknown.expect("it was fitted");
    let mut strangeness = |photo: &[u8]| app.strangeness(photo);
    let bird = std::fs::read("tests/photos/bird_2.jpg").expect("it is there");
    let (near, far) = (strangeness(&picture(true, 9)), strangeness(&bird));
    assert!(far > unknown.limit(), "{far} is not strange");
    assert!(near < far, "{near} is as strange as {far}");
    assert!(unknown.needs(far) > 1.0 - f32::EPSILON);

    app.answer(Request::KeepKnown { kept: 0.8 });
    let again = App::open(&app.tables);
    let head = self::head(&again.begun).expect("it is stored");
    let unknown = head.info.unknown.expect("it is stored with it");
    assert_eq!(unknown.kept, 0.8);
}

#[test]
fn the_same_photos_and_seed_give_the_same_head() {
    assert_eq!(trained().0.saved(), trained().0.saved());
}

/// After one photo more, the head before leads to the next one in a few passes; the one that stays is the one that
/// these photos give without it.
#[test]
fn the_head_before_gives_a_draft_and_no_trace() {
    let one_more = |app: &mut App| app.add("Disc", &[picture(true, 7)]);
    let train = |app: &mut App| {
        let settings = by_gradients();
        app.answer(Request::Train { settings })
    };
    let mut app = with_photos();
    train(&mut app);
    one_more(&mut app);
    let mut events = train(&mut app).into_iter();
    assert_eq!(events.next(), Some(Event::TrainingStarted));
    // Before anything is told of the training from zero.
    let Some(Event::Head(Some(draft))) = events.next() else {
        panic!("no draft came first")
    };
    assert!(!draft.stale);
    assert_eq!(draft.tested.len(), 2);
    let rest: Vec<Event> = events.collect();
    assert!(rest.iter().any(|event| matches!(event, Event::Epoch(_))));
    let [
        ..,
        Event::Head(Some(last)),
        Event::TrainingEnded { stopped: false },
        end,
    ] = &rest[..]
    else {
        panic!("{rest:?}")
    };
    assert_eq!(*end, app.done());
    // Only of the exact one it is known how sure it may be, and what is unknown to it.
    let mut info = last.info.clone();
    assert!(info.unknown.take().is_some() && draft.info.unknown.is_none());
    let validation = info.validation.as_mut().expect("it was judged");
    assert!(validation.calibration.take().is_some());
    assert_eq!(info, draft.info);

    let mut fresh = with_photos();
    one_more(&mut fresh);
    train(&mut fresh);
    assert_eq!(app.saved(), fresh.saved());
}

/// What is half-way there is no better than what is there.
#[test]
fn a_training_stopped_after_its_draft_leaves_the_draft() {
    let mut app = with_photos();
    let settings = by_gradients();
    app.answer(Request::Train { settings });
    app.add("Disc", &[picture(true, 7)]);
    let settings = by_gradients();
    app.ask(Request::Train { settings });
    let training = app.done();
    // A step or several, as busy as the machine is.
    let draft = app.work_until(|_| true);
    assert!(matches!(draft[..], [Event::Head(Some(_))]), "{draft:?}");
    let file = app.saved();
    let ended = app.ask(Request::StopTraining);
    let stopped = Event::TrainingEnded { stopped: true };
    assert_eq!(ended, [stopped, training, app.done()]);
    assert_eq!(app.saved(), file);
}

#[test]
fn what_cannot_be_done_yet_is_refused_and_says_why() {
    let mut app = App::new();
    app.add("Disc", &[picture(true, 0)]);
    let settings = TrainSettings::default();
    let tune = Request::Tune {
        settings: settings.clone(),
        tune: Default::default(),
    };
    let classes = 1;
    for (request, problem) in [
        (
            Request::Train { settings },
            Problem::Training(TrainingProblem::TooFewClasses { classes }),
        ),
        (
            tune,
            Problem::Training(TrainingProblem::TooFewClasses { classes }),
        ),
        (Request::SaveHead { name: "x".into() }, Problem::NoHead),
    ] {
        let events = app.answer(request);
        assert_eq!(events, [app.refused(problem)]);
    }
}

#[test]
fn a_bad_head_is_refused_and_the_old_one_stays() {
    let (mut app, _) = trained();
    let good = app.saved();
    let before = app.try_photo(&picture(false, 9));
    let mut lying = good.clone();
    lying[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    let mut not_a_number = good.clone();
    let end = not_a_number.len();
    not_a_number[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    let replace = |from: &str, to: &str| {
        // The same length, so that the header's own length still holds.
        assert_eq!(from.len(), to.len());
        let at = good
            .windows(from.len())
            .position(|w| w == from.as_bytes())
            .expect("the header says so");
        let mut file = good.clone();
        file[at..at + to.len()].copy_from_slice(to.as_bytes());
        file
    };
    let newer = replace(r#"{\"version\":3"#, r#"{\"version\":9"#);
    let unknown = replace("efficientnet-lite0-160", "efficientnet-lite9-160");
    for (file, expected) in [
        (Vec::new(), "NotAHead"),
        (b"just some text".to_vec(), "NotAHead"),
        (good[..good.len() - 100].to_vec(), "Damaged"),
        (lying, "Damaged"),
        (not_a_number, "NotFinite"),
        (newer, "Newer"),
        (unknown, "UnknownBackbone"),
    ] {
        let events = app.open_head(&file);
        match &events[..] {
            [
                Event::Refused {
                    id,
                    problem: Problem::Head { why, .. },
                },
            ] => {
                assert_eq!(*id, app.last);
                assert!(
                    format!("{why:?}").starts_with(expected),
                    "{why:?}, not {expected}"
                );
            }
            other => panic!("{other:?}, not {expected}"),
        }
    }
    assert_eq!(app.try_photo(&picture(false, 9)), before);
}
