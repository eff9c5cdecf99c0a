//! Photos to test with: nothing learns from them, a head is judged on them, and two heads are compared by them.

use data::head::{How, TestResult};
use data::problem::{CompareProblem, LeftOut, Problem, SampleProblem};
use data::protocol::{Event, Request, Target, Undoable};
use data::sample::SampleId;
use data::settings::{Measure, TrainSettings};
use data::test_set::{HeadsCompared, Other, TestReport};
use data::transfer::{Depth, TuneSettings};
use engine::store::Table;
use formats::head_file;

use super::host::{App, head, problems};
use super::{by_gradients, picture, train, with_photos};

/// The number of the first picture that no class learns from.
const UNSEEN: u32 = 20;

fn tests(of: std::ops::Range<u32>) -> Vec<(String, Vec<u8>)> {
    let both = |i| {
        [("disc", true), ("Stripes", false)].map(|(class, disc)| {
            let name = format!("{class}/{i}.jpg");
            (name, picture(disc, UNSEEN + i))
        })
    };
    of.flat_map(both).collect()
}

fn add_tests(app: &mut App, count: u32) -> Vec<Event> {
    app.add_files(Target::Test, &tests(0..count))
}

/// The last report, if that is the last word on it.
fn report(events: &[Event]) -> Option<TestReport> {
    let mut reports = events.iter().filter_map(|event| match event {
        Event::TestReport(report) => Some(report.as_deref().cloned()),
        _ => None,
    });
    reports.next_back().flatten()
}

fn compared(events: &[Event]) -> Option<HeadsCompared> {
    events.iter().find_map(|event| match event {
        Event::HeadsCompared(compared) => Some(*compared),
        _ => None,
    })
}

fn ids(events: &[Event]) -> Vec<SampleId> {
    let added = events.iter().filter_map(|event| match event {
        Event::TestSamplesAdded(views) => Some(views),
        _ => None,
    });
    added.flatten().map(|view| view.id).collect()
}

fn undoable(events: &[Event]) -> Option<Undoable> {
    let told = events.iter().rev().find_map(|event| match event {
        Event::Undoable(what) => Some(what.clone()),
        _ => None,
    });
    told.flatten()
}

#[test]
fn a_head_is_judged_by_photos_that_it_could_not_learn_from() {
    let (mut plain, mut app) = (with_photos(), with_photos());
    let events = add_tests(&mut app, 3);
    assert!(problems(&events).is_empty(), "{events:?}");
    assert_eq!(ids(&events).len(), 6);
    assert_eq!(report(&events), None);
    // Classes hold what is learned from alone.
    let counts: Vec<_> = app.classes().iter().map(|view| view.count).collect();
    assert_eq!(counts, [5, 5]);
    train(&mut plain);
    let events = train(&mut app);
    assert!(
        app.saved() == plain.saved(),
        "a photo to test with has changed the head"
    );
    let view = head(&events).expect("there is a head");
    assert_eq!(
        view.info.validation.map(|v| (v.how, v.accuracy.n)),
        Some((How::CrossValidated, 10))
    );

    let found = report(&events).expect("it was judged");
    let validation = found.validation.expect("six photos were judged");
    assert_eq!((validation.how, validation.accuracy.n), (How::TestSet, 6));
    // Whether its percentages mean what they say there, as they are: of two classes any is among the two likeliest.
    let calibration = validation.calibration.expect("six answers say something");
    assert_eq!((calibration.top2, calibration.ece_before), (None, None));
    let bins = calibration.bins.iter().flatten();
    assert_eq!(bins.clone().map(|bin| bin.count).sum::<usize>(), 6);
    let off = bins.map(|bin| bin.count as f64 * (bin.confidence - bin.accuracy).abs());
    assert!((calibration.ece - off.sum::<f64>() / 6.0).abs() < 1e-9);
    assert_eq!((found.tested.len(), found.alike, found.lost), (6, 0, 0));
    assert!(found.foreign.is_empty());
    // What it says there is what it says where photos are tried.
    for (result, (name, photo)) in found.tested.iter().zip(tests(0..3)) {
        let predictions = app.try_photo(&photo);
        let actual = usize::from(name.starts_with("Stripes"));
        assert_eq!(result.actual, actual);
        let said = predictions[result.predicted].confidence;
        assert!((said - result.confidence).abs() < 1e-5, "{name}");
        assert!(predictions.iter().all(|p| p.confidence <= said));
    }
    let right = |t: &&TestResult| t.actual == t.predicted;
    let hits = found.tested.iter().filter(right).count();
    assert_eq!(validation.accuracy.value, hits as f64 / 6.0);
    // The head is not of before because of them.
    assert!(
        !app.answer(Request::DeleteSamples {
            ids: vec![found.tested[0].sample]
        })
        .iter()
        .any(|event| matches!(event, Event::Head(_)))
    );
}

#[test]
fn a_photo_is_learned_from_or_tested_with() {
    let mut app = with_photos();
    let learned = [("disc/again.jpg".to_owned(), picture(true, 0))];
    let events = app.add_files(Target::Test, &learned);
    let class = || "Disc".to_owned();
    let why = |why| Problem::Sample {
        file: "again.jpg".into(),
        why,
    };
    assert_eq!(
        problems(&events),
        [why(SampleProblem::LearnedFrom { class: class() })]
    );
    add_tests(&mut app, 1);
    let test = [("stripes/again.jpg".to_owned(), picture(true, UNSEEN))];
    for to in [Target::Folders, Target::Test] {
        let events = app.add_files(to, &test);
        assert_eq!(
            problems(&events),
            [why(SampleProblem::InTestSet { class: class() })]
        );
    }
}

#[test]
fn tests_are_deleted_brought_back_and_found_again() {
    let mut app = with_photos();
    let all = ids(&add_tests(&mut app, 2));
    train(&mut app);
    let files = app.tables.of(Table::Files).len();
    let events = app.answer(Request::DeleteSamples {
        ids: all[..1].to_vec(),
    });
    assert!(events.contains(&Event::TestSamplesRemoved(all[..1].to_vec())));
    assert_eq!(undoable(&events), Some(Undoable::TestSamples { count: 1 }));
    let n = |events: &[Event]| {
        report(events)
            .and_then(|r| r.validation)
            .map(|v| v.accuracy.n)
    };
    assert_eq!(n(&events), Some(3));
    // Also by a page that came after the deletion.
    let mut app = App::open(&app.tables);
    assert_eq!(ids(&app.begun), all[1..]);
    let events = app.work();
    assert_eq!(n(&events), Some(3));
    let events = app.answer(Request::Undo);
    assert_eq!(ids(&events), all[..1]);
    assert_eq!(n(&events), Some(4));
    let mut app = App::open(&app.tables);
    assert_eq!(ids(&app.begun), all);
    assert_eq!(n(&app.work()), Some(4));
    assert_eq!(app.tables.of(Table::Files).len(), files);

    // A class takes its tests along.
    let disc = app.class("Disc").expect("it is there");
    let events = app.answer(Request::DeleteClass { id: disc });
    let gone = events.iter().find_map(|event| match event {
        Event::TestSamplesRemoved(ids) => Some(ids.len()),
        _ => None,
    });
    assert_eq!(gone, Some(2));
    // What it was trained with is what it knows.
    assert_eq!(n(&events), Some(2));
    let events = app.answer(Request::Undo);
    assert_eq!(ids(&events).len(), 2);
    assert_eq!(n(&events), Some(4));
}

/// A Graft from before cannot read these rows, and must not learn from them.
#[test]
fn stored_tests_are_not_rows_of_classes() {
    let mut app = with_photos();
    add_tests(&mut app, 1);
    let keys: Vec<String> = app.tables.of(Table::Samples).into_keys().collect();
    let (tests, others): (Vec<_>, Vec<_>) = keys.into_iter().partition(|k| k.starts_with("test/"));
    assert_eq!((tests.len(), others.len()), (2, 10));
    assert!(others.iter().all(|key| key.parse::<u32>().is_ok()));
}

#[test]
fn the_tests_of_a_split_go_into_the_test_set() {
    let mut app = App::new();
    let names = [
        "train/a/1.jpg",
        "train/b/2.jpg",
        "test/a/3.jpg",
        "test/B/4.jpg",
        "test/c/5.jpg",
    ];
    let photos: Vec<_> = names
        .iter()
        .zip(0..)
        .map(|(name, i)| (*name, picture(i % 2 == 0, i)))
        .collect();
    let listed: Vec<(String, Vec<u8>)> = photos
        .iter()
        .map(|(n, p)| ((*n).into(), p.clone()))
        .collect();
    let events = app.add_files(
        Target::Folders,
        &[("set.zip".into(), formats::bundle::zip(&listed))],
    );
    assert_eq!(ids(&events).len(), 2);
    assert_eq!(app.names(), ["a", "b"]);
    let folders = || vec!["test".to_owned()];
    let said = |what| Problem::LeftOut {
        from: "set.zip".into(),
        what,
    };
    let into = said(LeftOut::IntoTestSet {
        folders: folders(),
        samples: 2,
    });
    let left = said(LeftOut::ToTest {
        folders: folders(),
        samples: 1,
    });
    assert_eq!(problems(&events), [into, left]);
    // A zip of tests alone knows the classes by their names, and makes none.
    let more = [
        ("a/6.jpg".to_owned(), picture(true, 31)),
        ("bee/7.jpg".to_owned(), picture(true, 32)),
    ];
    let events = app.add_files(
        Target::Test,
        &[("more.zip".into(), formats::bundle::zip(&more))],
    );
    assert_eq!(ids(&events).len(), 1);
    let what = LeftOut::NoSuchClass {
        classes: vec!["bee".into()],
        samples: 1,
    };
    assert_eq!(
        problems(&events),
        [Problem::LeftOut {
            from: "more.zip".into(),
            what
        }]
    );
    assert_eq!(app.names(), ["a", "b"]);
}

/// A copy of a photo that is learned from is another file, and tests nothing.
#[test]
fn copies_of_what_is_learned_from_are_told() {
    let mut app = with_photos();
    let copied = image::load_from_memory(&picture(true, 1)).expect("it is a JPEG");
    let copy = formats::photo::jpeg(&copied.to_rgb8(), 85);
    let tests = [("disc/copy.jpg".to_owned(), copy), tests(0..1).remove(0)];
    app.add_files(Target::Test, &tests);
    let found = report(&train(&mut app)).expect("it was judged");
    assert_eq!((found.tested.len(), found.alike), (2, 1));
}

/// Its classes are found by their names; the others are said.
#[test]
fn a_head_from_a_file_is_judged_in_a_project_of_its_own() {
    let mut app = with_photos();
    train(&mut app);
    let mut file = head_file::read(&app.saved()).expect("it is whole");
    file.info.classes[0].name = "DISC".into();
    file.info.classes[1].name = "Bars".into();
    let mut elsewhere = App::new();
    elsewhere.open_head(&head_file::write(&file));
    // A name of the head's makes a class to test in.
    let disc = [("disc/1.jpg".to_owned(), picture(true, UNSEEN))];
    let mut events = elsewhere.add_files(Target::Test, &disc);
    elsewhere.ask(Request::AddClass {
        name: "Stripes".into(),
    });
    let stripes = elsewhere.class("Stripes").expect("it was made");
    let two = [0, 1].map(|i| (format!("{i}.jpg"), picture(false, UNSEEN + i)));
    events.extend(elsewhere.add_files(Target::TestOf(stripes), &two));
    let found = report(&events).expect("it was judged");
    assert_eq!(found.foreign, [("Stripes".to_owned(), 2)]);
    let actual: Vec<_> = found.tested.iter().map(|t| t.actual).collect();
    assert_eq!(actual, [0]);
    // Called as the head calls it, it can be judged.
    let name = "bars".into();
    let events = elsewhere.answer(Request::RenameClass { id: stripes, name });
    let found = report(&events).expect("it was judged anew");
    assert_eq!((found.foreign.len(), found.tested.len()), (0, 3));
}

#[test]
fn a_tuned_head_is_judged_by_its_own_network() {
    let mut app = with_photos();
    add_tests(&mut app, 2);
    let events = app.answer(Request::Tune {
        settings: TrainSettings {
            epochs: 40,
            ..Default::default()
        },
        tune: TuneSettings {
            depth: Depth::LastStage,
            epochs: 1,
            augment: false,
            ..Default::default()
        },
    });
    let found = report(&events).expect("it was judged");
    assert_eq!((found.tested.len(), found.lost), (4, 0));
    for (result, (name, photo)) in found.tested.iter().zip(tests(0..2)) {
        let said = app.try_photo(&photo)[result.predicted].confidence;
        assert!((said - result.confidence).abs() < 1e-4, "{name}");
    }
    // A file that is gone is said.
    let mut again = App::open(&app.tables);
    again.tables.clear(Table::Files);
    let found = report(&again.work()).expect("it was judged");
    assert_eq!((found.tested.len(), found.lost), (0, 4));
    assert_eq!(found.validation, None);
}

fn compare(app: &mut App) -> Vec<Event> {
    app.answer(Request::CompareHeads)
}

#[test]
fn two_heads_are_compared_on_the_same_photos() {
    let refused = |why| Problem::Compare(why);
    let mut app = with_photos();
    assert_eq!(
        problems(&compare(&mut app)),
        [refused(CompareProblem::OneHead)]
    );
    train(&mut app);
    assert_eq!(
        problems(&compare(&mut app)),
        [refused(CompareProblem::OneHead)]
    );
    // Each photo was left out by both trainings.
    let settings = TrainSettings {
        measure: Measure::CrossValidation,
        ..by_gradients()
    };
    app.answer(Request::Train { settings });
    let told = compared(&compare(&mut app)).expect("both judged all");
    assert_eq!(
        (told.other, told.on, told.paired.n),
        (Other::Earlier, How::CrossValidated, 10)
    );
    // Also after a reload, and then by the test set.
    let mut app = App::open(&app.tables);
    assert_eq!(compared(&compare(&mut app)), Some(told));
    add_tests(&mut app, 3);
    let events = compare(&mut app);
    assert_eq!(events.last(), Some(&app.done()));
    let told = compared(&events).expect("both judged the test set");
    assert_eq!(
        (told.other, told.on, told.paired.n),
        (Other::Earlier, How::TestSet, 6)
    );

    // One from a file says the opposite of everything.
    let mut file = head_file::read(&app.saved()).expect("it is whole");
    file.head.out.weight.iter_mut().for_each(|w| *w = -*w);
    file.head.out.bias.iter_mut().for_each(|b| *b = -*b);
    app.open_head(&head_file::write(&file));
    let events = app.work();
    let opposite = report(&events).expect("it was judged");
    let told = compared(&compare(&mut app)).expect("both judged the test set");
    let hits = opposite
        .tested
        .iter()
        .filter(|t| t.actual == t.predicted)
        .count();
    assert_eq!((told.other, told.paired.n), (Other::Trained, 6));
    assert_eq!(
        (told.paired.only_first, told.paired.only_second),
        (hits, 6 - hits)
    );
    // Without a test set, nothing is known of an opened one.
    let all = opposite.tested.iter().map(|t| t.sample).collect();
    app.answer(Request::DeleteSamples { ids: all });
    assert_eq!(
        problems(&compare(&mut app)),
        [refused(CompareProblem::NothingShared)]
    );
}
