//! What long work takes of memory, against what was reckoned before: an allocator counts.

#[path = "memory/closed_form.rs"]
mod closed_form;
#[path = "engine/host.rs"]
#[allow(dead_code, reason = "other tests ask for more")]
mod host;
#[path = "engine/machine.rs"]
#[allow(dead_code, reason = "other tests ask for more")]
mod machine;
#[path = "memory/primal.rs"]
mod primal;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use closed_form::closed_form;
use data::class::ClassId;
use data::classifier::{Head, Part};
use data::features::Features;
use data::lab::{Budget, LabSettings};
use data::protocol::{Event, Request};
use data::settings::TrainSettings;
use data::transfer::{Depth, Method, TuneSettings};
use host::App;
use image::RgbImage;
use learn::gram::{Draw, Gram};
use learn::lda::{Products, Sample};
use learn::memory::{ClosedForm, Comparison, Curve, Form, Heads, MOST, Task, Tuning, needed};
use learn::trainer::{Labelled, Trainer};
use learn::tuner::{Keeping, Picture, Start, Tuner};
use network::Device;
use network::random::SplitMix64;
use network::weights::Layers;
use pollster::block_on;

struct Counting;

thread_local! {
    /// Bytes that this thread holds, and the most since it was asked for.
    static HELD: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

fn count(bytes: isize) {
    // Gone while a thread ends.
    let _ = HELD.try_with(|held| {
        let (now, most) = held.get();
        let now = now + bytes;
        held.set((now, most.max(now)));
    });
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both are there for a moment.
        count(size as isize);
        let moved = unsafe { System.realloc(at, layout, size) };
        count(-(layout.size() as isize));
        moved
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes held at the worst moment of some work, beyond those before.
fn peak(work: impl FnOnce()) -> f64 {
    let before = HELD.with(|held| {
        let (now, _) = held.get();
        held.set((now, now));
        now
    });
    work();
    HELD.with(|held| (held.get().1 - before) as f64)
}

/// Whether what is reckoned is not less, and not much more.
fn holds(what: &str, task: &Task, work: impl FnOnce()) -> bool {
    let (reckoned, measured) = (needed(task) as f64, peak(work));
    println!(
        "{what}: reckoned {:.1} MB, measured {:.1} MB, {:.2}",
        reckoned / 1e6,
        measured / 1e6,
        reckoned / measured
    );
    (1.0..2.5).contains(&(reckoned / measured))
}

fn embeddings(n: usize, classes: usize) -> Vec<Vec<f32>> {
    let mut random = SplitMix64(3);
    let mut normal = || -> Vec<f32> { (0..1280).map(|_| random.normal()).collect() };
    let places: Vec<_> = (0..classes).map(|_| normal()).collect();
    let near = |i: usize| places[i % classes].iter().map(|p| 0.1 * p);
    (0..n)
        .map(|i| near(i).zip(normal()).map(|(p, own)| p + own).collect())
        .collect()
}

#[test]
fn a_head_takes_what_was_reckoned() {
    let mut all_hold = true;
    for (train, apart, classes, hidden, epochs) in [
        (60, 20, 3, 0, 40),
        (400, 100, 40, 0, 25),
        (500, 100, 200, 0, 14),
        (300, 60, 5, 16, 3),
        (1500, 300, 20, 128, 2),
    ] {
        let all = embeddings(train + apart, classes);
        let samples: Vec<Labelled> = all
            .iter()
            .enumerate()
            .map(|(i, e)| (&e[..], i % classes))
            .collect();
        let settings = TrainSettings {
            hidden,
            epochs,
            l2: 0.1,
            ..TrainSettings::default()
        };
        let heads = Heads {
            train,
            apart,
            width: 1280,
            classes,
            hidden,
        };
        let what = format!("{train} photos, {classes} classes, {hidden} hidden");
        all_hold &= holds(&what, &Task::Heads(heads), || {
            let (apart, train) = samples.split_at(apart);
            let mut trainer = Trainer::new(train, apart, classes, &settings);
            while !trainer.done() {
                block_on(trainer.step()).expect("it stays finite");
            }
            drop(trainer.into_best());
        });
    }
    assert!(all_hold, "see what was printed");
}

/// One after the other, so that the one before is there, with all that the app makes of it.
#[test]
fn a_head_in_closed_form_takes_what_was_reckoned() {
    let mut all_hold = true;
    for (samples, classes, layers) in [(150, 3, 0), (600, 5, 3), (300, 100, 3), (900, 20, 0)] {
        let parts: Vec<Part> = (0..layers)
            .map(|i| Part::Layers {
                from: 900 * i,
                to: 900 * (i + 1),
            })
            .chain([Part::Embedding])
            .collect();
        let mut random = SplitMix64(5);
        let mut values = |n: usize| -> Vec<f32> { (0..n).map(|_| random.normal().abs()).collect() };
        let all: Vec<Features> = (0..samples)
            .map(|_| Features {
                embedding: values(1280),
                layers: values(900 * layers),
            })
            .collect();
        let closed = ClosedForm {
            samples,
            width: 1280,
            layers: 900 * layers,
            parts: parts.len(),
            classes,
            form: Form::Dual,
        };
        let what = format!("{samples} photos, {classes} classes, {layers} layers");
        all_hold &= holds(&what, &Task::ClosedForm(closed), || {
            let mut products = Products::new(parts.clone());
            let places = all.iter().map(|f| products.add(f).expect("it is sound"));
            let labelled: Vec<Sample> = places.zip((0..classes).cycle()).collect();
            while products.step() {}
            let before = closed_form(&all, &products, &labelled, classes);
            drop((closed_form(&all, &products, &labelled, classes), before));
        });
    }
    assert!(all_hold, "see what was printed");
}

const WEIGHTS: &[u8] = include_bytes!("../public/model/efficientnet-lite0-224.safetensors");

/// Boxes of many colours: no two pictures are of one moment.
fn pictures(n: usize, side: usize) -> Vec<Picture> {
    let mut random = SplitMix64(9);
    let mut picture = |i: usize| {
        let mut rgb = vec![128; 3 * side * side];
        for _ in 0..12 {
            let colour: [u8; 3] = std::array::from_fn(|_| random.below(256) as u8);
            let [x, y] = [(); 2].map(|()| random.below(side));
            let [wide, high] = [(); 2].map(|()| 1 + random.below(side / 2));
            for row in rgb.chunks_exact_mut(3 * side).skip(y).take(high) {
                let pixels = row.chunks_exact_mut(3).skip(x).take(wide);
                pixels.for_each(|pixel| pixel.copy_from_slice(&colour));
            }
        }
        let rgb = rgb.into();
        Picture { rgb, class: i % 2 }
    };
    (0..n).map(&mut picture).collect()
}

fn head() -> Option<Head> {
    use data::classifier::Dense;
    Some(Head {
        input: Default::default(),
        mean: vec![0.0; 1280],
        scale: 1.0,
        hidden: None,
        out: Dense {
            weight: vec![0.0; 2 * 1280],
            bias: vec![0.0; 2],
        },
    })
}

/// Photos come one by one, as in the app.
fn tune(tuning: &Tuning, keeping: Keeping) {
    let start = Start {
        layers: tuning.layers,
        size: tuning.size,
        classes: tuning.classes,
        head: head(),
    };
    let mut tuner = Tuner::waiting(start, tuning.settings, keeping, &Device::flex());
    let deciding = tuning.deciding;
    for (i, picture) in pictures(tuning.train + deciding, tuning.size)
        .into_iter()
        .enumerate()
    {
        tuner.add(picture, i < deciding);
        while !tuner.wants_sample() {
            block_on(tuner.step()).expect("it stays finite");
        }
    }
    tuner.complete();
    while !tuner.done() {
        block_on(tuner.step()).expect("it stays finite");
    }
    drop(tuner.into_best());
}

#[test]
fn tuning_takes_what_was_reckoned() {
    let layers = Layers::read(WEIGHTS).expect("the committed weights are whole");
    let mut all_hold = true;
    for (depth, size, train, deciding, batch_size) in [
        (Depth::Head, 96, 12, 3, 8),
        (Depth::LastBlock, 96, 16, 4, 8),
        (Depth::LastStage, 64, 12, 3, 4),
        (Depth::LastStage, 128, 24, 6, 8),
        (Depth::LastTwoStages, 96, 16, 4, 16),
        (Depth::All, 64, 12, 3, 4),
        (Depth::All, 128, 16, 4, 8),
    ] {
        let settings = TuneSettings {
            depth,
            epochs: 2,
            batch_size,
            ..TuneSettings::default()
        };
        let tuning = Tuning {
            layers: &layers,
            size,
            train,
            deciding,
            classes: 2,
            settings: &settings,
        };
        let keeping = tuning.fits().expect("so few photos fit");
        assert_eq!(
            keeping,
            Keeping::whole(&settings),
            "nothing is spared for so few"
        );
        let what = format!("{depth:?}, {size} pixels, {train} photos, {batch_size} at a time");
        // The pictures are made up here; in the app they come from storage.
        all_hold &= holds(&what, &Task::Tuning(tuning), || tune(&tuning, keeping));
    }
    assert!(all_hold, "see what was printed");
}

#[test]
fn a_learning_curve_takes_what_was_reckoned() {
    let mut all_hold = true;
    for (photos, learned, classes) in [(150, 100, 5), (600, 400, 40)] {
        let curve = Curve {
            samples: photos,
            width: 1280,
            learned,
            classes,
            side: 0, // their squares are not made here
        };
        let what = format!("a curve of {photos} photos, {classes} classes");
        all_hold &= holds(&what, &Task::Curve(curve), || {
            let found = embeddings(photos, classes).into_iter();
            let mut gram = Gram::new(found.map(Into::into).collect());
            while gram.step() {}
            let marked: Vec<(usize, usize)> = (0..photos).map(|i| (i, i % classes)).collect();
            let (learned, tests) = marked.split_at(learned);
            let mut draw = Draw::new(learned, classes, 0.1);
            while draw.advance(&gram, tests).is_none() {}
        });
    }
    assert!(all_hold, "see what was printed");
}

/// Two classes of photos.
fn project(photos: usize) -> App {
    let mut app = App::new();
    let pictures = pictures(2 * photos, 96).into_iter();
    let files = pictures.map(|picture| {
        let photo = RgbImage::from_raw(96, 96, picture.rgb.to_vec()).expect("it is a square");
        formats::photo::jpeg(&photo, 90)
    });
    let files: Vec<Vec<u8>> = files.collect();
    for (class, name) in ["one", "two"].iter().enumerate() {
        let of_it: Vec<_> = files.iter().skip(class).step_by(2).cloned().collect();
        app.add(name, &of_it);
    }
    app
}

#[test]
fn a_comparison_takes_what_was_reckoned() {
    let mut app = project(12);
    let layers = Layers::read(WEIGHTS).expect("the committed weights are whole");
    let mut all_hold = true;
    for methods in [&[Method::FeatureExtraction][..], &Method::ALL] {
        let settings = LabSettings {
            classes: vec![ClassId(0), ClassId(1)],
            samples: 8,
            resolution: 96,
            budget: Budget::Epochs(1),
            methods: methods.to_vec(),
            ..LabSettings::default()
        };
        let comparison = Comparison {
            layers: &layers,
            train: 16,
            held_out: 8,
            settings: &settings,
        };
        let settings = settings.clone();
        let what = format!("a comparison of {} methods", methods.len());
        all_hold &= holds(&what, &Task::Comparison(comparison), || {
            let begun = app.ask(Request::RunLab { settings });
            assert!(matches!(begun[..], [Event::Lab(_)]), "{begun:?}");
            // What is told is not kept.
            while app.turn().is_some() {}
        });
    }
    assert!(all_hold, "see what was printed");
}

/// The default fine-tuning of ten thousand photos took 4 GB.
#[test]
fn many_photos_are_kept_smaller_and_too_many_are_refused() {
    let layers = Layers::read(WEIGHTS).expect("the committed weights are whole");
    let fits = |photos: usize, depth: Depth, batch_size: usize| {
        let settings = TuneSettings {
            depth,
            batch_size,
            ..TuneSettings::default()
        };
        let tuning = Tuning {
            layers: &layers,
            size: 224,
            train: photos * 4 / 5,
            deciding: photos / 5,
            classes: 20,
            settings: &settings,
        };
        let keeping = tuning.fits();
        assert_eq!(keeping.is_some(), needed(&Task::Tuning(tuning)) <= MOST);
        keeping.map(|kept| (kept.ways, kept.half))
    };
    let stage = |photos| fits(photos, Depth::LastStage, 8);
    assert_eq!(stage(200), Some((4, false)));
    assert_eq!(stage(3_000), Some((4, true)));
    assert_eq!(stage(8_000), Some((2, true)));
    assert_eq!(stage(12_000), Some((1, true)));
    assert_eq!(stage(50_000), None);
    assert_eq!(fits(10_000, Depth::LastBlock, 8), Some((4, true)));
    assert_eq!(fits(10_000, Depth::Head, 8), Some((4, false)));
    assert_eq!(fits(10_000, Depth::All, 8), None);
    assert_eq!(fits(1_000, Depth::All, 8), Some((4, false)));
    // A batch of the whole network needs all its planes at once.
    assert_eq!(fits(100, Depth::All, 64), None);
}

#[test]
fn a_head_of_any_size_is_reckoned_without_overflow() {
    let heads = |train, classes| {
        needed(&Task::Heads(Heads {
            train,
            apart: 0,
            width: 1280,
            classes,
            hidden: 0,
        }))
    };
    assert!(heads(10_000, 20) < 100 << 20);
    assert!(heads(10_000, 1_000) < MOST / 2);
    assert!(heads(100_000, 10_000) > MOST);
}
