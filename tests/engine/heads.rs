//! A head: trained, saved, opened elsewhere, refused when bad.

use data::prediction::top;
use data::problem::Problem;
use data::protocol::{Event, HeadView, Request};
use data::settings::TrainSettings;
use engine::Engine;
use pollster::block_on;

use super::{add, opened, picture, saved, train, trained, try_photo, with_photos};

#[test]
fn a_head_trains_and_works_in_another_engine() {
    let (mut engine, head) = trained();
    assert_eq!(
        head.info
            .classes
            .iter()
            .map(|c| c.name.as_str())
            .collect::<Vec<_>>(),
        ["Disc", "Stripes"]
    );
    let accuracy = head
        .info
        .validation
        .as_ref()
        .expect("a photo a class was kept apart")
        .accuracy;
    assert_eq!((accuracy.value, accuracy.n), (1.0, 2));
    let here = try_photo(&mut engine, picture(true, 9));
    assert_eq!(top(&here).map(|p| p.class.as_str()), Some("Disc"));
    assert!((here.iter().map(|p| p.confidence).sum::<f32>() - 1.0).abs() < 1e-5);

    let mut elsewhere = super::engine();
    assert!(matches!(
        opened(&mut elsewhere, saved(&mut engine)),
        Event::Head(Some(HeadView { opened: true, .. }))
    ));
    assert_eq!(try_photo(&mut elsewhere, picture(true, 9)), here);
}

#[test]
fn the_same_photos_and_seed_give_the_same_head() {
    assert_eq!(saved(&mut trained().0), saved(&mut trained().0));
}

/// After one photo more, the head before leads to the next one in a few passes; the one that stays is the one that
/// these photos give without it.
#[test]
fn the_head_before_gives_a_draft_and_no_trace() {
    let one_more = |engine: &mut Engine| add(engine, "Disc", &[picture(true, 7)]);
    let (mut engine, _) = trained();
    one_more(&mut engine);
    let mut events = train(&mut engine).into_iter();
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
    ] = &rest[..]
    else {
        panic!("{rest:?}")
    };
    assert_eq!(last.info, draft.info);

    let mut fresh = with_photos();
    one_more(&mut fresh);
    train(&mut fresh);
    assert_eq!(saved(&mut engine), saved(&mut fresh));
}

/// What is half-way there is no better than what is there.
#[test]
fn a_training_stopped_after_its_draft_leaves_the_draft() {
    let (mut engine, _) = trained();
    add(&mut engine, "Disc", &[picture(true, 7)]);
    let settings = TrainSettings::default();
    block_on(engine.handle(Request::Train { settings }, vec![]));
    // A step or several, as busy as the machine is.
    let mut draft = Vec::new();
    while draft.is_empty() {
        draft = block_on(engine.step());
    }
    assert!(
        matches!(draft[..], [(Event::Head(Some(_)), _)]),
        "{draft:?}"
    );
    let file = saved(&mut engine);
    let ended = block_on(engine.handle(Request::StopTraining, vec![]));
    let ended: Vec<Event> = ended.into_iter().map(|(event, _)| event).collect();
    assert_eq!(ended, [Event::TrainingEnded { stopped: true }]);
    assert_eq!(saved(&mut engine), file);
}

#[test]
fn a_bad_head_is_refused_and_the_old_one_stays() {
    let (mut engine, _) = trained();
    let good = saved(&mut engine);
    let before = try_photo(&mut engine, picture(false, 9));
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
    let newer = replace(r#"{\"version\":1"#, r#"{\"version\":9"#);
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
        match opened(&mut engine, file) {
            Event::Problem(Problem::Head { why, .. }) => {
                assert!(
                    format!("{why:?}").starts_with(expected),
                    "{why:?}, not {expected}"
                );
            }
            other => panic!("{other:?}, not {expected}"),
        }
    }
    assert_eq!(try_photo(&mut engine, picture(false, 9)), before);
}
