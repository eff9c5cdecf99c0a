//! Kept heads that are merged with the one in use, and heads that are trained on.

use data::head::How;
use data::problem::{KeptProblem, Problem};
use data::protocol::{Event, HeadRequest, HeadView, Request, Undoable};
use data::settings::{Measure, TrainSettings};
use formats::head_file;

use super::host::{App, head, problems};
use super::kept::{ask, keep, list, use_it};
use super::{by_gradients, picture, train, trained, with_photos};

const LARGE: &str = "efficientnet-lite0-224";

fn classes(view: &HeadView) -> Vec<(&str, usize)> {
    let all = view.info.classes.iter();
    all.map(|class| (class.name.as_str(), class.samples))
        .collect()
}

/// Discs and stripes as they are, darkened.
fn dark(disc: bool, i: u32) -> Vec<u8> {
    let mut photo = formats::photo::decode(&picture(disc, i)).expect("it is a photo");
    photo.pixels_mut().for_each(|p| p.0 = p.0.map(|v| v / 4));
    formats::photo::jpeg(&photo, 90)
}

/// A project of other classes; its head as a file.
fn strangers(names: [&str; 2]) -> Vec<u8> {
    let mut app = App::new();
    for (name, disc) in names.into_iter().zip([true, false]) {
        let photos: Vec<_> = (0..5).map(|i| dark(disc, i)).collect();
        app.add(name, &photos);
    }
    train(&mut app);
    app.saved()
}

#[test]
fn a_merged_head_knows_the_classes_of_both_and_can_be_undone_kept_and_saved() {
    let file = strangers(["Moon", "Fence"]);
    let (mut app, _) = trained();
    let kept = keep(&mut app, "Shapes");
    app.open_head(&file);
    let id = kept.id;
    let events = ask(&mut app, HeadRequest::Merge { id });
    assert_eq!(problems(&events), []);
    let view = head(&events).expect("it is in use");
    let all = [("Moon", 5), ("Fence", 5), ("Disc", 5), ("Stripes", 5)];
    assert_eq!(classes(&view), all);
    assert_eq!((view.opened, view.merged, view.kept), (true, true, None));
    assert_eq!(view.info.validation, None, "nobody measured it");
    let mut colours: Vec<_> = view.info.classes.iter().map(|c| c.colour.hex()).collect();
    colours.dedup();
    assert_eq!(colours.len(), 4, "{colours:?}");
    let tried = [
        (dark(true, 8), "Moon"),
        (dark(false, 8), "Fence"),
        (picture(true, 8), "Disc"),
        (picture(false, 8), "Stripes"),
    ];
    for (photo, class) in &tried {
        let mut said = app.try_photo(photo);
        said.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        assert_eq!(said[0].class, *class, "{said:?}");
    }
    // What is like none of them is stranger than all of these.
    let bird = std::fs::read("tests/photos/bird_2.jpg").expect("it is there");
    let bird = app.strangeness(&bird);
    assert!(tried.iter().all(|(photo, _)| app.strangeness(photo) < bird));
    let unknown = view.info.unknown.expect("both knew");
    assert!(bird > unknown.limit());
    let merged = app.saved();
    let again = keep(&mut app, "Both");
    assert_eq!(again.accuracy, None);
    let mut reloaded = App::open(&app.tables);
    assert_eq!(reloaded.saved(), merged);
    assert_eq!(list(&reloaded.begun).map(|all| all.len()), Some(2));
    reloaded.answer(Request::Undo);
    assert_eq!(reloaded.saved(), file);
    // It may be merged once more.
    let read = head_file::read(&merged).expect("it is whole");
    assert_eq!(read.statistics.map(|s| s.heads), Some(2));
    use_it(&mut reloaded, again.id);
    let events = ask(&mut reloaded, HeadRequest::Merge { id });
    let view = head(&events).expect("it is in use");
    let all = [("Moon", 5), ("Fence", 5), ("Disc", 10), ("Stripes", 10)];
    assert_eq!(classes(&view), all);
}

#[test]
fn classes_of_the_same_name_become_one() {
    let file = strangers(["disc ", "Fence"]);
    let (mut app, _) = trained();
    let id = keep(&mut app, "Shapes").id;
    app.open_head(&file);
    let view = head(&ask(&mut app, HeadRequest::Merge { id })).expect("it is in use");
    assert_eq!(classes(&view), [("disc", 10), ("Fence", 5), ("Stripes", 5)]);
    for photo in [dark(true, 8), picture(true, 8)] {
        let said = app.try_photo(&photo);
        assert!(said[0].confidence > 0.5, "{said:?}");
    }
}

#[test]
fn what_cannot_be_merged_is_refused_before_anything_changes() {
    let (mut app, _) = trained();
    let id = keep(&mut app, "Shapes").id;
    let refuses = |app: &mut App, why: KeptProblem| {
        let (own, writes) = (app.saved(), app.tables.writes());
        let events = ask(app, HeadRequest::Merge { id });
        assert_eq!(events, [app.refused(Problem::Kept(why))]);
        assert_eq!((app.saved(), app.tables.writes()), (own, writes));
    };
    let settings = by_gradients();
    app.answer(Request::Train { settings });
    let name = String::new();
    refuses(&mut app, KeptProblem::NoStatistics { name });
    // Layers of the network that were tuned.
    let mut tuned = head_file::read(&app.saved()).expect("it is whole");
    let layer = "blocks.15.project.weight";
    let spec = data::backbone::find_backbone(super::host::BACKBONE).expect("it is there");
    let file = format!("{}/public/{}", env!("CARGO_MANIFEST_DIR"), spec.file);
    let weights = std::fs::read(file).expect("it is there");
    let tensors = safetensors::SafeTensors::deserialize(&weights).expect("it is whole");
    let shape = tensors.tensor(layer).expect("it is there").shape().to_vec();
    tuned.info.tuned = Some(Default::default());
    tuned.tuned_layers.layers = vec![data::tuned_layers::TunedLayer {
        name: layer.into(),
        values: vec![0.25; shape.iter().product()],
        shape,
    }];
    let tuned = head_file::write(&tuned);
    assert_eq!(problems(&app.open_head(&tuned)), []);
    refuses(&mut app, KeptProblem::Tuned);
    app.answer(Request::UseBackbone { id: LARGE.into() });
    train(&mut app);
    refuses(&mut app, KeptProblem::OtherBackbone);
}

fn go_on(app: &mut App) -> Vec<Event> {
    let settings = TrainSettings::default();
    ask(app, HeadRequest::GoOn { settings })
}

#[test]
fn an_opened_head_is_trained_on_with_the_photos_that_are_here() {
    // It knows dark ones alone.
    let file = strangers(["Disc", "Stripes"]);
    let mut app = with_photos();
    app.open_head(&file);
    let before = app.saved();
    let events = go_on(&mut app);
    assert_eq!(problems(&events), []);
    let view = head(&events).expect("it is in use");
    assert_eq!((view.opened, view.merged, view.stale), (false, true, false));
    // Photos kept apart judge it, and are not learned from.
    let validation = view.info.validation.as_ref().expect("it was measured");
    assert_eq!(validation.how, How::HeldOut);
    let learned: usize = view.info.classes.iter().map(|class| class.samples).sum();
    assert_eq!(learned + validation.accuracy.n, 20);
    assert!(learned > 10, "its own photos count");
    for (photo, class) in [(dark(true, 8), 0), (picture(false, 8), 1)] {
        let said = app.try_photo(&photo);
        assert!(said[class].confidence > 0.5, "{said:?}");
    }
    app.answer(Request::Undo);
    assert_eq!(app.saved(), before);
    // Trained anew, it knows the photos here alone.
    let view = head(&train(&mut app)).expect("it is in use");
    assert_eq!(classes(&view), [("Disc", 5), ("Stripes", 5)]);
}

#[test]
fn what_cannot_be_trained_on_is_refused_and_stays() {
    let mut app = with_photos();
    assert_eq!(problems(&go_on(&mut app)), [Problem::NoHead]);
    let file = strangers(["Disc", "Fence"]);
    app.open_head(&file);
    let others = Problem::Kept(KeptProblem::OtherClasses(vec!["Fence".into()]));
    assert_eq!(problems(&go_on(&mut app)), [others]);
    let file = strangers(["Disc", "Stripes"]);
    app.open_head(&file);
    let settings = TrainSettings {
        measure: Measure::HeldOut,
        ..by_gradients()
    };
    let events = ask(&mut app, HeadRequest::GoOn { settings });
    assert_eq!(problems(&events), [Problem::Kept(KeptProblem::NotClosed)]);
    assert_eq!(app.saved(), file);
    // Stopped, nothing is lost either.
    let settings = TrainSettings::default();
    app.ask(Request::Heads(HeadRequest::GoOn { settings }));
    app.ask(Request::StopTraining);
    app.work();
    assert_eq!(app.saved(), file);
    let told = app
        .begun
        .iter()
        .any(|e| matches!(e, Event::Undoable(Some(Undoable::Head))));
    assert!(!told);
}
