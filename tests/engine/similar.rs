//! Photos of one moment are learned from or measured on, never both.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use data::class::ClassId;
use data::lab::LabSettings;
use data::photo::origin::frame_name;
use data::problem::{LabProblem, Problem};
use data::protocol::{Event, HeadView, Request};
use data::sample::SampleId;
use data::settings::{Measure, TrainSettings};
use formats::photo;
use image::{RgbImage, imageops};

use super::host::{App, head};
use super::{picture, with_photos};

fn samples(class: &str, count: usize) -> Vec<(String, RgbImage)> {
    let folder = format!(
        "{}/public/samples/photos/{class}",
        env!("CARGO_MANIFEST_DIR")
    );
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the samples are there")
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy();
        let bytes = fs::read(path).expect("a file");
        let photo = photo::decode(&bytes).expect("a photo");
        (name.into_owned(), photo)
    };
    paths[..count].iter().map(read).collect()
}

/// Nearly the same photo in four ways, under names that do not tell.
fn near_duplicates(name: &str, photo: &RgbImage) -> Vec<(String, Vec<u8>)> {
    let (width, height) = photo.dimensions();
    let cropped = imageops::crop_imm(
        photo,
        width / 50,
        0,
        width - width / 50,
        height - height / 50,
    );
    let ways = [
        photo::jpeg(photo, 90),
        photo::jpeg(&cropped.to_image(), 90),
        photo::jpeg(&imageops::brighten(photo, 12), 90),
        photo::jpeg(photo, 60),
    ];
    let named = ["a", "k", "q", "y"].map(|letter| format!("{letter}{name}"));
    named.into_iter().zip(ways).collect()
}

fn train(app: &mut App, seed: u64) -> HeadView {
    let settings = TrainSettings {
        epochs: 30,
        measure: Measure::HeldOut,
        validation_fraction: 0.25,
        seed,
        ..Default::default()
    };
    let events = app.answer(Request::Train { settings });
    head(&events).expect("training ends with a head")
}

/// Names of the photos that a head was measured on.
fn measured_on(app: &App, head: &HeadView) -> BTreeSet<String> {
    let names: BTreeMap<SampleId, String> = App::open(&app.tables)
        .begun
        .into_iter()
        .filter_map(|event| match event {
            Event::SamplesAdded(photos) => Some(photos),
            _ => None,
        })
        .flatten()
        .map(|photo| (photo.id, photo.name))
        .collect();
    let tested = head.tested.iter();
    tested.map(|t| names[&t.sample].clone()).collect()
}

#[test]
fn near_duplicates_of_real_photos_stay_on_one_side() {
    let mut app = App::new();
    for class in ["fruit", "birds"] {
        for (name, photo) in samples(class, 6) {
            app.add_named(class, &near_duplicates(&name, &photo));
        }
    }
    for seed in 0..6 {
        let head = train(&mut app, seed);
        let names = measured_on(&app, &head);
        // A quarter of 24 a class, in whole groups of four.
        assert_eq!(names.len(), 8, "{names:?}");
        for name in &names {
            let of_it = names.iter().filter(|other| other[1..] == name[1..]);
            assert_eq!(of_it.count(), 4, "{name} of {names:?}");
        }
    }
}

/// What the two classes hold has nothing to do with their names, so a head can be right on unseen photos by chance alone.
/// Near-duplicates on both sides would let it look nearly perfect.
#[test]
fn the_accuracy_on_twins_is_not_that_of_the_photos_it_knows() {
    let mut app = App::new();
    for (i, (name, photo)) in samples("birds", 20).into_iter().enumerate() {
        let class = ["Odd", "Even"][i % 2];
        app.add_named(class, &near_duplicates(&name, &photo)[..3]);
    }
    let mut right = 0;
    let mut all = 0;
    for seed in 0..5 {
        let validation = train(&mut app, seed).info.validation;
        let accuracy = validation.expect("some were kept apart").accuracy;
        right += (accuracy.value * accuracy.n as f64).round() as usize;
        all += accuracy.n;
    }
    println!("{right} of {all} are right");
    assert!(all >= 5 * 10, "only {all} photos were measured on");
    assert!(
        right * 100 < all * 80,
        "{right} of {all}: twins were on both sides"
    );
}

#[test]
fn a_burst_is_learned_from_and_another_one_measures() {
    let burst = |second: u32, from: u32, disc: bool| -> Vec<(String, Vec<u8>)> {
        let label = format!("2026-11-27 10.03.{second}");
        let frame = |i: u32| {
            (
                frame_name(&label, (i - from + 1) as usize),
                picture(disc, i),
            )
        };
        (from..from + 5).map(frame).collect()
    };
    // The frames of a burst are quite different here: their names alone say what they are.
    let mut app = App::new();
    for (class, disc) in [("Disc", true), ("Stripes", false)] {
        app.add_named(class, &burst(11, 0, disc));
    }
    let head = train(&mut app, 1);
    assert_eq!((head.info.validation, head.tested.len()), (None, 0));
    let settings = LabSettings {
        classes: vec![ClassId(0), ClassId(1)],
        samples: 2,
        ..Default::default()
    };
    let too_alike = Problem::Lab(LabProblem::TooAlike {
        class: "Disc".into(),
    });
    for request in [
        Request::RunLab { settings },
        Request::MeasureCurve {
            classes: vec![ClassId(0), ClassId(1)],
            seed: 1,
        },
    ] {
        let answer = app.answer(request);
        assert_eq!(answer, [app.refused(too_alike.clone())]);
    }

    for (class, disc) in [("Disc", true), ("Stripes", false)] {
        app.add_named(class, &burst(44, 5, disc));
    }
    for seed in 0..6 {
        let head = train(&mut app, seed);
        let names = measured_on(&app, &head);
        assert_eq!(head.tested.len(), 10);
        let bursts: BTreeSet<_> = names.iter().map(|name| &name[..name.len() - 8]).collect();
        assert!(bursts.len() <= 2, "{names:?}");
    }
}

/// Groups are not stored: they are found again, and training waits for them.
#[test]
fn after_a_reload_training_waits_until_photos_are_compared() {
    let mut app = App::new();
    for class in ["fruit", "birds"] {
        for (name, photo) in samples(class, 4) {
            app.add_named(class, &near_duplicates(&name, &photo)[..2]);
        }
    }
    let before = train(&mut app, 3);
    let mut reloaded = App::open(&app.tables);
    let settings = before.info.settings.clone();
    let request = Request::Train { settings };
    assert_eq!(reloaded.ask(request), [], "photos were not compared yet");
    let events = reloaded.work();
    assert_eq!(events.last(), Some(&reloaded.done()));
    let after = head(&events).expect("it trained after all");
    assert_eq!(after.tested, before.tested);

    // What was asked for and stopped again does not come later.
    let mut stopped = App::open(&app.tables);
    let settings = before.info.settings;
    assert_eq!(stopped.ask(Request::Train { settings }), []);
    let training = stopped.done();
    let events = stopped.ask(Request::StopTraining);
    assert_eq!(events, [training, stopped.done()]);
    assert_eq!(stopped.work(), []);
}

#[test]
fn only_what_was_to_be_stopped_does_not_come_later() {
    let mut app = with_photos();
    train(&mut app, 3);
    let waiting = || {
        let mut app = App::open(&app.tables);
        let settings = TrainSettings::default();
        let lab = LabSettings {
            classes: vec![ClassId(0), ClassId(1)],
            samples: 2,
            ..LabSettings::default()
        };
        assert_eq!(app.ask(Request::Train { settings }), []);
        let training = app.done();
        assert_eq!(app.ask(Request::RunLab { settings: lab }), []);
        let comparison = app.done();
        (app, training, comparison)
    };
    let is_lab = |event: &Event| matches!(event, Event::Lab(_));

    let (mut app, training, comparison) = waiting();
    let events = app.ask(Request::StopTraining);
    assert_eq!(events, [training.clone(), app.done()]);
    let events = app.work_until(is_lab);
    assert!(!events.contains(&Event::TrainingStarted), "{events:?}");
    let events = app.ask(Request::StopLab { method: None });
    assert!(events.contains(&comparison), "{events:?}");

    let (mut app, training, comparison) = waiting();
    let events = app.ask(Request::StopLab { method: None });
    assert_eq!(events, [comparison, app.done()]);
    let events = app.work();
    assert!(events.contains(&training) && head(&events).is_some());
    assert!(!events.iter().any(is_lab), "{events:?}");
}
