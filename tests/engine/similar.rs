//! Photos of one moment are learned from or measured on, never both.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use data::class::ClassId;
use data::lab::LabSettings;
use data::origin::frame_name;
use data::photo::PhotoId;
use data::problem::{LabProblem, Problem};
use data::protocol::{Event, HeadView, Request};
use data::settings::TrainSettings;
use engine::Engine;
use formats::photo;
use image::{RgbImage, imageops};

use super::host::{Tables, ask};
use super::{engine, picture, run};

/// Adds photos under names of their own.
fn add(engine: &mut Engine, class: &str, photos: &[(String, Vec<u8>)]) {
    let to = engine.classes_named([class]).expect("few classes")[0];
    engine.announce(to, photos.len());
    for (name, bytes) in photos {
        engine.add_photo(to, None, name, Ok(bytes.clone().into()));
        run(engine);
    }
}

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

fn train(engine: &mut Engine, seed: u64) -> HeadView {
    let settings = TrainSettings {
        epochs: 30,
        validation_share: 0.25,
        seed,
        ..Default::default()
    };
    let mut events = ask(engine, Request::Train { settings });
    events.extend(run(engine).into_iter().map(|(event, _)| event));
    let mut heads = events.into_iter().filter_map(|event| match event {
        Event::Head(head) => head,
        _ => None,
    });
    heads.next_back().expect("training ends with a head")
}

/// Names of the photos that a head was measured on.
fn measured_on(engine: &mut Engine, tables: &mut Tables, head: &HeadView) -> BTreeSet<String> {
    tables.keep(engine);
    let mut again = super::engine();
    let names: BTreeMap<PhotoId, String> = tables
        .open(&mut again)
        .into_iter()
        .filter_map(|event| match event {
            Event::PhotosAdded(photos) => Some(photos),
            _ => None,
        })
        .flatten()
        .map(|photo| (photo.id, photo.name))
        .collect();
    let tested = head.tested.iter();
    tested.map(|t| names[&t.photo].clone()).collect()
}

#[test]
fn near_duplicates_of_real_photos_stay_on_one_side() {
    let (mut engine, mut tables) = (engine(), Tables::default());
    for class in ["fruit", "birds"] {
        for (name, photo) in samples(class, 6) {
            add(&mut engine, class, &near_duplicates(&name, &photo));
        }
    }
    for seed in 0..6 {
        let head = train(&mut engine, seed);
        let names = measured_on(&mut engine, &mut tables, &head);
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
    let mut engine = engine();
    for (i, (name, photo)) in samples("birds", 20).into_iter().enumerate() {
        let class = ["Odd", "Even"][i % 2];
        add(&mut engine, class, &near_duplicates(&name, &photo)[..3]);
    }
    let mut right = 0;
    let mut all = 0;
    for seed in 0..5 {
        let validation = train(&mut engine, seed).info.validation;
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
    let (mut engine, mut tables) = (engine(), Tables::default());
    for (class, disc) in [("Disc", true), ("Stripes", false)] {
        add(&mut engine, class, &burst(11, 0, disc));
    }
    let head = train(&mut engine, 1);
    assert_eq!((head.info.validation, head.tested.len()), (None, 0));
    let settings = LabSettings {
        classes: vec![ClassId(0), ClassId(1)],
        photos: 2,
        ..Default::default()
    };
    let too_alike = Event::Problem(Problem::Lab(LabProblem::TooAlike {
        class: "Disc".into(),
    }));
    for request in [
        Request::RunLab { settings },
        Request::MeasureCurve {
            classes: vec![ClassId(0), ClassId(1)],
            seed: 1,
        },
    ] {
        let answer = tables.answer(&mut engine, request);
        assert_eq!(answer, std::slice::from_ref(&too_alike));
    }

    for (class, disc) in [("Disc", true), ("Stripes", false)] {
        add(&mut engine, class, &burst(44, 5, disc));
    }
    for seed in 0..6 {
        let head = train(&mut engine, seed);
        let names = measured_on(&mut engine, &mut tables, &head);
        assert_eq!(head.tested.len(), 10);
        let bursts: BTreeSet<_> = names.iter().map(|name| &name[..name.len() - 8]).collect();
        assert!(bursts.len() <= 2, "{names:?}");
    }
}

/// Groups are not stored: they are found again, and training waits for them.
#[test]
fn after_a_reload_training_waits_until_photos_are_compared() {
    let (mut engine, mut tables) = (engine(), Tables::default());
    for class in ["fruit", "birds"] {
        for (name, photo) in samples(class, 4) {
            add(&mut engine, class, &near_duplicates(&name, &photo)[..2]);
        }
    }
    let before = train(&mut engine, 3);
    tables.keep(&mut engine);
    let mut reloaded = super::engine();
    tables.open(&mut reloaded);
    let settings = before.info.settings.clone();
    let request = Request::Train { settings };
    assert_eq!(
        ask(&mut reloaded, request),
        [],
        "photos were not compared yet"
    );
    assert!(reloaded.busy());
    let mut heads = run(&mut reloaded)
        .into_iter()
        .filter_map(|(event, _)| match event {
            Event::Head(head) => head,
            _ => None,
        });
    let after = heads.next_back().expect("it trained after all");
    assert_eq!(after.tested, before.tested);

    // What was asked for and stopped again does not come later.
    let mut stopped = super::engine();
    tables.open(&mut stopped);
    let settings = before.info.settings;
    ask(&mut stopped, Request::Train { settings });
    ask(&mut stopped, Request::StopTraining);
    let events = run(&mut stopped);
    assert!(events.is_empty(), "{events:?}");
}
