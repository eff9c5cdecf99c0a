//! Which message is said of what, and what is filled into it where.

use data::backbone::{DeviceKind, DeviceReason};
use data::lab::{ArmReport, ArmState, Budget, LabReport, LabSettings};
use data::metrics::Interval;
use data::photo::PhotoProblem;
use data::problem::{
    HeadProblem, LeftOut, Listed, Problem, SampleProblem, StorageProblem, ZipProblem,
};
use data::protocol::{Job, Undoable};
use data::transfer::Method;
use graft::text;

#[test]
fn numbers_and_sizes_are_written_as_people_do() {
    assert_eq!(text::percent(0.625), "62 %");
    assert_eq!(text::percent(1.0), "100 %");
    for (seconds, said) in [
        (0.034, "0.03 s"),
        (2.34, "2.3 s"),
        (45.4, "45 s"),
        (125.0, "2 min 05 s"),
    ] {
        assert_eq!(text::seconds(seconds), said);
    }
    for (n, said) in [
        (0.0, "0"),
        (999.0, "999"),
        (12_345.0, "12,345"),
        (3.44e6, "3.4 million"),
        (4e9, "4.0 billion"),
        (1.5e12, "1.5 trillion"),
        (2e15, "2.0 quadrillion"),
    ] {
        assert_eq!(text::large(n), said);
    }
    // Steps of a half are not rounded to whole ones.
    assert_eq!(text::axis_number(1.5), "1.5");
    assert_eq!(text::axis_number(0.1 + 0.2), "0.3");
    assert_eq!(text::space(1.9e9, 2e9), "1.9 GB used, 100 MB free");
    let accuracy = Interval {
        value: 0.87,
        low: 0.8,
        high: 0.92,
        n: 40,
    };
    let (percent, rest) = text::accuracy(&accuracy, data::head::How::HeldOut);
    assert_eq!(
        format!("{percent} {rest}"),
        "87 % (80-92 %), on 40 photos it never saw"
    );
}

#[test]
fn one_is_not_many() {
    assert_eq!(text::count(1, 0), "1 photo");
    assert_eq!(text::count(0, 2), "0 photos, 2 to come");
    assert_eq!(text::recorded(0), "");
    assert_eq!(text::recorded(1), "1 photo taken");
    assert_eq!(
        text::undo(&Undoable::Move { count: 1 }),
        "Move the photo back"
    );
    assert_eq!(
        text::undo(&Undoable::Samples { count: 3 }),
        "Bring back 3 photos"
    );
    assert_eq!(text::cell("cat", "dog", 1), "1 photo of cat, taken for dog");
    assert_eq!(text::cell("cat", "cat", 2), "2 photos of cat, recognised");
    assert_eq!(text::other_classes(1_usize), "1 other class");
    let embedding = "1 photo is still being read. Training can start when it is done.";
    assert_eq!(text::train_embedding(1_usize), embedding);
}

#[test]
fn lists_end_as_lists_do() {
    let said = |names: &[&str]| {
        let classes = names.iter().map(|name| (*name).to_owned()).collect();
        let what = LeftOut::Merged(classes);
        let from = "x".to_owned();
        let said = text::problem(&Problem::LeftOut { from, what });
        let said = said
            .strip_prefix("Folders inside of ")
            .expect("it begins so");
        said.split(" were")
            .next()
            .map(str::to_owned)
            .expect("it goes on so")
    };
    assert_eq!(said(&["a"]), "“a”");
    assert_eq!(said(&["a", "b"]), "“a” and “b”");
    assert_eq!(said(&["a", "b", "c"]), "“a”, “b” and “c”");
    assert_eq!(said(&["a", "b", "c", "d", "e"]), "“a”, “b”, “c” and 2 more");
    let none: [&str; 0] = [];
    assert_eq!(text::list(&none), "");
    assert_eq!(text::list(&["a", "b", "c"]), "a, b, c");
}

/// Each of the keys that a message chooses by is one that it has.
#[test]
fn what_cannot_be_read_is_named() {
    let said = |photos, classifier, others, newer| {
        let why = StorageProblem::Unreadable {
            samples: photos,
            classifier,
            others,
            newer,
        };
        text::problem(&Problem::Storage(why))
    };
    let kept =
        "damaged and cannot be shown. Nothing was deleted: you can save these parts as a file.";
    for (photos, classifier, others, what) in [
        (1, false, 0, "1 photo of this project is"),
        (2, false, 0, "2 photos of this project are"),
        (0, true, 0, "The classifier of this project is"),
        (0, false, 1, "Part of this project is"),
        (
            2,
            true,
            0,
            "2 photos and the classifier of this project are",
        ),
        (1, false, 3, "1 photo and other parts of this project are"),
        (
            0,
            true,
            3,
            "The classifier and other parts of this project are",
        ),
        (
            2,
            true,
            1,
            "2 photos, the classifier and other parts of this project are",
        ),
    ] {
        assert_eq!(
            said(photos, classifier, others, false),
            format!("{what} {kept}")
        );
    }
    assert!(
        said(0, true, 0, true)
            .starts_with("The classifier of this project is made with a newer Graft")
    );
    let takes = |device, said| assert_eq!(text::estimate(30.0, device), said);
    takes(DeviceKind::Cpu, "Takes at most about 30 s on the CPU.");
    takes(DeviceKind::Webgpu, "Takes at most about 30 s on the GPU.");
    assert!(text::estimate(f64::NAN, DeviceKind::Webgpu).contains("on the GPU is not known"));
}

#[test]
fn what_is_filled_in_stands_where_it_belongs() {
    let problem = |why| {
        text::problem(&Problem::Sample {
            file: "a.jpg".into(),
            why,
        })
    };
    let (width, height) = (3, 4);
    assert!(
        problem(SampleProblem::Photo(PhotoProblem::TooLarge {
            width,
            height
        }))
        .starts_with("“a.jpg” is 3×4 pixels")
    );
    let class = "Cats".to_owned();
    assert!(
        problem(SampleProblem::Duplicate { class })
            .starts_with("“a.jpg” is already in class “Cats”")
    );
    let why = SampleProblem::Unsupported("HEIC".into());
    assert_eq!(text::fault(&why), "is HEIC, which this browser cannot read");
    assert!(text::many(&why, 5).starts_with("5 photos have a format"));

    let zip = |why| {
        text::problem(&Problem::Zip {
            file: "a.zip".into(),
            why,
        })
    };
    assert!(zip(ZipProblem::Method("97".into())).contains("unusual way (method 97)"));
    assert!(zip(ZipProblem::Method("LZMA".into())).contains("unusual way (LZMA)"));
    assert!(
        zip(ZipProblem::TooManyClasses { classes: 1001 }).contains("there would be 1001 classes")
    );

    let left_out = |what| {
        text::problem(&Problem::LeftOut {
            from: "set".into(),
            what,
        })
    };
    let listed = |names: &[&str]| Listed::of(names.iter().copied());
    assert_eq!(
        left_out(LeftOut::NotSamples(listed(&["x.txt"]))),
        "“x.txt” in “set” is not a photo and was left out."
    );
    assert_eq!(
        left_out(LeftOut::NotSamples(listed(&["x", "y"]))),
        "2 files in “set” are not photos and were left out."
    );
    let (folders, photos) = (vec!["test".to_owned()], 6);
    assert!(
        left_out(LeftOut::ToTest {
            folders,
            samples: photos
        })
        .starts_with("6 photos in “test” stayed out")
    );

    let (folders, samples) = (vec!["test".to_owned()], 6);
    assert_eq!(
        left_out(LeftOut::IntoTestSet { folders, samples }),
        "6 photos in “test” went into the test set: nothing is learned from them."
    );
    let (classes, samples) = (vec!["bee".to_owned(), "ant".to_owned()], 1);
    assert_eq!(
        left_out(LeftOut::NoSuchClass { classes, samples }),
        "1 test photo was left out: there is no class “bee” and “ant”."
    );

    let head = |file: &str, why| {
        text::problem(&Problem::Head {
            file: file.into(),
            why,
        })
    };
    assert!(
        head("h", HeadProblem::Newer { found: 9, known: 2 })
            .contains("has format 9, newer than this Graft knows (2)")
    );
    assert!(head("", HeadProblem::NotFinite).starts_with("“the classifier from before”"));
    let set = "garden".to_owned();
    let detail = "404".into();
    assert!(
        text::problem(&Problem::SampleSet { set, detail })
            .starts_with("The set “Garden” could not be fetched. ")
    );

    let (gpu_ms, cpu_ms) = (4.0, 50.0);
    assert!(
        text::reason(&DeviceReason::Faster { gpu_ms, cpu_ms })
            .contains("4 ms a photo, the CPU takes 50 ms")
    );
    assert!(
        text::reason(&DeviceReason::GpuSlower { gpu_ms, cpu_ms })
            .contains("50 ms a photo, the GPU takes 4 ms")
    );
    assert!(
        text::reason(&DeviceReason::NotBuilt).contains("still being built"),
        "a browser with a GPU does not lack one"
    );
    assert_eq!(
        text::job(Job::Fetch, 1_230_000, 8_200_000),
        "Fetching the network: 1.2 of 8.2 MB"
    );
    assert_eq!(
        text::train_ready(2_usize, 30_usize),
        "Ready to learn 2 classes from 30 photos."
    );
    assert_eq!(
        text::epoch(3, 0.1234, 0.5),
        "Pass 3: loss 0.123, 50 % right on the photos it learns from"
    );
}

/// Rates as fractions of photos that one can count, with the field's word for each.
#[test]
fn classes_are_told_in_photos() {
    let scores = |precision, recall, support, given| data::evaluation::ClassScores {
        precision,
        recall,
        f1: None,
        support,
        given,
    };
    let all = scores(Some(0.9), Some(0.75), 12, 10);
    assert_eq!(
        text::precision("daisy", &all),
        "Of the 10 photos it called “daisy”, 9 really are (precision)."
    );
    assert_eq!(
        text::recall("daisy", &all),
        "Of the 12 photos of “daisy”, it found 9 (recall)."
    );
    let none = scores(None, None, 0, 0);
    assert_eq!(
        text::precision("daisy", &none),
        "It called no photo “daisy”, so there is no precision."
    );
    assert_eq!(
        text::fullest_bin(&[data::evaluation::Bin {
            count: 20,
            confidence: 0.81,
            accuracy: 0.8,
        }]),
        "It said about 81 % for 20 photos, and was right for 16 of them."
    );
}

#[test]
fn two_heads_are_compared_in_a_sentence() {
    use data::head::How;
    use data::test_set::{HeadsCompared, Other};
    let of = |other, on, only_first, only_second, p| HeadsCompared {
        other,
        on,
        paired: data::evaluation::Paired {
            n: 40,
            only_first,
            only_second,
            p,
        },
    };
    assert_eq!(
        text::heads_compared(&of(Other::Earlier, How::TestSet, 7, 2, 0.1797)),
        "On 40 photos of your test set, only this classifier got 7 right, only the one before it 2. This may be chance \
         (McNemar’s test: p = 0.18)."
    );
    let better = text::heads_compared(&of(Other::Opened, How::CrossValidated, 9, 0, 0.0039));
    assert!(
        better.contains("the one from the file 0. This classifier is better"),
        "{better}"
    );
    let worse = text::heads_compared(&of(Other::Trained, How::HeldOut, 0, 9, 0.0039));
    assert!(worse.contains("The other one is better"), "{worse}");
    let same = text::heads_compared(&of(Other::Earlier, How::TestSet, 0, 0, 1.0));
    assert!(
        same.ends_with("both were right about the same ones."),
        "{same}"
    );
}

#[test]
fn the_lab_tells_what_it_measured() {
    let interval = |value: f64| Interval {
        value,
        low: value - 0.1,
        high: value + 0.1,
        n: 40,
    };
    let arm = |method, accuracy: f64, seconds| ArmReport {
        state: ArmState::Done,
        accuracy: Some(interval(accuracy)),
        seconds,
        trained_parameters: 2562,
        multiply_adds: 4e9,
        ..ArmReport::waiting(method)
    };
    let report = LabReport {
        id: 0,
        settings: LabSettings {
            samples: 5,
            resolution: 64,
            budget: Budget::Epochs(1),
            seed: u64::MAX,
            ..LabSettings::default()
        },
        class_names: vec!["Fruit".into(), "Birds".into()],
        train: 10,
        held_out: 40,
        arms: vec![
            arm(Method::FeatureExtraction, 0.85, 2.0),
            arm(Method::FromScratch, 0.5, 130.0),
        ],
    };
    assert_eq!(
        text::about(&report),
        "Fruit, Birds: learned from 5 photos a class, measured on 40 that no method learned from, at 64 px, 1 pass, \
         seed 18446744073709551615."
    );
    assert_eq!(
        text::chart_title(&report),
        "Fruit, Birds: 5 photos a class, 64 px, measured on 40 photos"
    );
    assert_eq!(
        text::report_about(&report),
        "No. 1: 5 photos a class, 64 px, 1 pass, best feature extraction with 85 %"
    );
    assert_eq!(
        text::cost(&report.arms[0]),
        "2.0 s · 2,562 numbers learn · 4.0 billion multiplications"
    );
    assert_eq!(
        text::legend(&report.arms[1]),
        "Training from scratch: 50 % (40-60 %), 2 min 10 s"
    );
    assert_eq!(
        text::reading(&report),
        [
            "Feature extraction was right on 85 % (75-95 %) after 2.0 s; training from scratch reached 50 % (40-60 %) in \
             2 min 10 s. That is what transfer bought."
        ]
    );
}
