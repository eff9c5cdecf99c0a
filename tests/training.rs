//! What holds of every training run, on made-up embeddings.

use data::classifier::Head;
use data::settings::{EpochReport, Optimiser, TrainSettings};
use learn::trainer::{Drafted, Labelled, Trainer, largest};
use pollster::block_on;

const CLASSES: usize = 3;

struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// -0.5 to 0.5, by Knuth's MMIX generator; the high bits are good enough for noise.
    fn uniform(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 24) as f32 - 0.5
    }

    /// Nearly: twelve uniform ones have a variance of 1.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.uniform()).sum()
    }
}

/// Points around one centre a class, far enough apart to be learnt and near enough to err sometimes.
fn embeddings(n: usize) -> Vec<Vec<f32>> {
    let mut random = Random::new(1);
    let mut noise = || random.uniform();
    (0..n)
        .map(|i| {
            (0..64)
                .map(|j| noise() * 4.0 + f32::from(u8::from(j % CLASSES == i % CLASSES)))
                .collect()
        })
        .collect()
}

fn labelled(embeddings: &[Vec<f32>]) -> Vec<Labelled<'_>> {
    let samples = embeddings.iter().enumerate();
    samples.map(|(i, e)| (e.as_slice(), i % CLASSES)).collect()
}

fn run(settings: &TrainSettings, kept_apart: usize) -> (Vec<EpochReport>, Head) {
    let embeddings = embeddings(60);
    let samples = labelled(&embeddings);
    let (validation, train) = samples.split_at(kept_apart);
    let mut trainer = Trainer::new(train, validation, CLASSES, settings);
    let mut reports = Vec::new();
    while !trainer.done() {
        reports.push(block_on(trainer.step()).expect("it does not diverge"));
    }
    (reports, trainer.into_best().expect("it was trained"))
}

fn variants() -> [TrainSettings; 5] {
    let settings = |hidden, batch_size| TrainSettings {
        optimiser: Optimiser::Adam,
        hidden,
        batch_size,
        ..Default::default()
    };
    [
        TrainSettings::default(),
        settings(0, 0),
        settings(0, 16),
        settings(8, 0),
        settings(8, 7),
    ]
}

#[test]
fn the_same_seed_gives_the_same_head_bit_for_bit() {
    for settings in variants() {
        assert_eq!(run(&settings, 12), run(&settings, 12), "{settings:?}");
    }
    let other = TrainSettings {
        seed: 2,
        ..variants()[2].clone()
    };
    assert_ne!(run(&other, 12).1, run(&variants()[2], 12).1);
}

/// Steps report every few epochs: in order, to the last one, often enough for a curve.
#[test]
fn steps_report_all_the_way() {
    for settings in &variants()[1..] {
        for epochs in [1, 3, 200, 2000] {
            let settings = TrainSettings {
                epochs: if settings.hidden == 0 {
                    epochs
                } else {
                    epochs.min(200)
                },
                ..settings.clone()
            };
            let (reports, _) = run(&settings, 12);
            let seen: Vec<usize> = reports.iter().map(|r| r.epoch).collect();
            assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
            assert_eq!((seen[0], seen.last()), (1, Some(&settings.epochs)));
            assert!(
                seen.len() >= settings.epochs.min(50),
                "{} reports",
                seen.len()
            );
        }
    }
}

/// L-BFGS goes only downhill and ends where no step is left, long before its passes are spent.
#[test]
fn lbfgs_goes_downhill_and_ends() {
    let (reports, _) = run(
        &TrainSettings {
            l2: 0.0,
            ..Default::default()
        },
        0,
    );
    assert!(
        reports.is_sorted_by(|a, b| a.epoch + 1 == b.epoch && a.loss >= b.loss),
        "{reports:?}"
    );
    let (reports, _) = run(&TrainSettings::default(), 12);
    assert!(
        (5..100).contains(&reports.len()),
        "{} passes",
        reports.len()
    );
    let few = TrainSettings {
        epochs: 3,
        ..Default::default()
    };
    assert_eq!(run(&few, 12).0.len(), 3);
}

/// Hidden layers and batches are Adam's, whatever was asked for.
#[test]
fn closed_forms_are_for_linear_heads_and_all_photos() {
    for (hidden, batch_size, used) in [
        (0, 0, Optimiser::Lda),
        (8, 0, Optimiser::Adam),
        (0, 16, Optimiser::Adam),
    ] {
        let settings = TrainSettings {
            hidden,
            batch_size,
            ..Default::default()
        };
        assert_eq!(settings.optimiser_used(), used);
    }
}

/// What the page shows of the last epoch is what the head does, computed apart from the trainer.
#[test]
fn the_report_is_of_the_head() {
    for settings in variants() {
        let (reports, head) = run(&settings, 12);
        let embeddings = embeddings(60);
        let samples = labelled(&embeddings);
        let (validation, train) = samples.split_at(12);
        let measure = |samples: &[Labelled]| {
            let (mut loss, mut hits) = (0.0, 0);
            for (embedding, label) in samples {
                let probabilities = head.predict(embedding);
                loss -= probabilities[*label].ln() / samples.len() as f32;
                hits += usize::from(largest(&probabilities) == *label);
            }
            (loss, hits as f32 / samples.len() as f32)
        };
        let near = |a: f32, b: f32| assert!((a - b).abs() < 1e-4, "{settings:?}: {a}, not {b}");
        // The rate has fallen to nothing by then, so the best is as good as the last.
        let last = reports.last().expect("there were epochs");
        let (loss, accuracy) = measure(train);
        near(last.loss, loss);
        near(last.accuracy, accuracy);
        let (loss, accuracy) = measure(validation);
        near(last.validation_loss.expect("12 were kept apart"), loss);
        near(
            last.validation_accuracy.expect("12 were kept apart"),
            accuracy,
        );
    }
}

/// The photos kept apart judge the head and must not have chosen it.
#[test]
fn photos_kept_apart_do_not_change_the_head() {
    let all = embeddings(60);
    let samples = labelled(&all);
    let head = |validation: &[Labelled]| {
        let settings = TrainSettings::default();
        let mut trainer = Trainer::new(&samples[12..], validation, CLASSES, &settings);
        while !trainer.done() {
            block_on(trainer.step()).expect("it does not diverge");
        }
        trainer.into_best()
    };
    assert_eq!(head(&samples[..12]), head(&[]));
}

/// Adam overshoots in the first epochs: the training loss is lowest there, and the head far too
/// sure of itself. A head stopped early is the best by the objective, too.
#[test]
fn the_overshoot_of_the_first_epochs_is_not_kept() {
    let settings = variants()[1].clone();
    let (reports, head) = run(&settings, 0);
    let lowest = reports.iter().map(|r| r.loss).fold(f32::INFINITY, f32::min);
    let last = reports.last().expect("there were epochs").loss;
    assert!(
        lowest < 0.9 * last,
        "no overshoot to test with: {lowest}, {last}"
    );
    let embeddings = embeddings(60);
    let samples = labelled(&embeddings);
    let loss: f32 = samples
        .iter()
        .map(|(e, label)| -head.predict(e)[*label].ln() / 60.0)
        .sum();
    assert!((loss - last).abs() < 1e-4, "{loss}, not {last}");
}

#[test]
fn what_is_not_a_number_stops_training_and_keeps_the_best() {
    let mut embeddings = embeddings(60);
    embeddings[5][3] = f32::INFINITY;
    let settings = TrainSettings::default();
    let mut trainer = Trainer::new(&labelled(&embeddings), &[], CLASSES, &settings);
    assert!(block_on(trainer.step()).is_err());
    assert_eq!(trainer.into_best(), None);
}

/// Like photos seen through a network: a class is a place among a few factors, a photo lies near it, and each feature sees
/// a mix of them with a noise of its own, cut off at zero.
fn photos(n: usize) -> Vec<Vec<f32>> {
    const WIDTH: usize = 1280;
    const FACTORS: usize = 24;
    let mut random = Random::new(7);
    let mut normal = |many: usize| -> Vec<f32> { (0..many).map(|_| random.normal()).collect() };
    let mix: Vec<Vec<f32>> = (0..WIDTH).map(|_| normal(FACTORS)).collect();
    let places: Vec<Vec<f32>> = (0..CLASSES).map(|_| normal(FACTORS)).collect();
    let photo = |i: usize| -> Vec<f32> {
        let place = places[i % CLASSES].iter().zip(normal(FACTORS));
        let factors: Vec<f32> = place.map(|(p, own)| 0.5 * p + own).collect();
        let features = mix.iter().zip(normal(WIDTH));
        let feature = |(row, own): (&Vec<f32>, f32)| {
            let seen: f32 = row.iter().zip(&factors).map(|(m, f)| m * f).sum();
            (0.1 * seen + 0.3 * own).max(0.0)
        };
        features.map(feature).collect()
    };
    (0..n).map(photo).collect()
}

/// A linear head, and the passes that it took.
fn from_zero(samples: &[Labelled]) -> (Head, usize) {
    let mut trainer = Trainer::new(samples, &[], CLASSES, &TrainSettings::default());
    let mut passes = 0;
    while !trainer.done() {
        block_on(trainer.step()).expect("it does not diverge");
        passes += 1;
    }
    (trainer.into_best().expect("it was trained"), passes)
}

/// A photo more moves the mean, the scale and the minimum a little.
#[test]
fn a_draft_from_the_head_before_is_nearly_the_head_from_zero_and_sooner() {
    let settings = TrainSettings::default();
    let photos = photos(101);
    let samples = labelled(&photos);
    let (before, _) = from_zero(&samples[..100]);
    let (truth, all) = from_zero(&samples);

    let trainer = Trainer::new(&samples, &[], CLASSES, &settings);
    let outputs: Vec<usize> = (0..CLASSES).collect();
    let mut draft = trainer.draft(&before, &outputs).expect("both are linear");
    let mut passes = 0;
    let drafted = loop {
        passes += 1;
        match trainer.pass(&mut draft) {
            Drafted::Going => {}
            Drafted::Head(head) => break head,
            Drafted::Dropped => panic!("not there after {passes} passes"),
        }
    };
    assert!(2 * passes <= all, "{passes} passes, {all} from zero");
    for photo in &photos {
        let both = drafted.predict(photo).into_iter().zip(truth.predict(photo));
        for (ours, theirs) in both {
            assert!((ours - theirs).abs() < 1e-3, "{ours}, {theirs}");
        }
    }
}

/// Outputs of another order, or without one of the classes, are those of the classes nevertheless.
#[test]
fn a_draft_knows_the_classes_by_their_outputs() {
    let settings = TrainSettings::default();
    let photos = photos(60);
    let samples = labelled(&photos);
    let (before, _) = from_zero(&samples);
    // Class 0 is now the last one: the same minimum, so nothing is left to do.
    let turned: Vec<Labelled> = samples
        .iter()
        .map(|(e, class)| (*e, (class + CLASSES - 1) % CLASSES))
        .collect();
    let trainer = Trainer::new(&turned, &[], CLASSES, &settings);
    let mut draft = trainer.draft(&before, &[1, 2, 0]).expect("both are linear");
    assert!(matches!(trainer.pass(&mut draft), Drafted::Head(_)));
    let mut draft = trainer.draft(&before, &[0, 1, 2]).expect("both are linear");
    assert!(matches!(trainer.pass(&mut draft), Drafted::Going));
}

/// It would take the place of a good head.
#[test]
fn a_draft_that_is_not_a_number_is_dropped() {
    let mut photos = photos(31);
    let (before, _) = from_zero(&labelled(&photos));
    photos[3][5] = f32::NAN;
    let samples = labelled(&photos);
    let trainer = Trainer::new(&samples, &[], CLASSES, &TrainSettings::default());
    let mut draft = trainer.draft(&before, &[0, 1, 2]).expect("both are linear");
    assert!(matches!(trainer.pass(&mut draft), Drafted::Dropped));
}

#[test]
fn there_is_no_draft_for_a_head_with_a_hidden_layer() {
    let embeddings = embeddings(30);
    let samples = labelled(&embeddings);
    let hidden = variants()[3].clone();
    let (_, head) = run(&hidden, 12);
    let linear = Trainer::new(&samples, &[], CLASSES, &TrainSettings::default());
    assert!(linear.draft(&head, &[0, 1, 2]).is_none());
    let (_, head) = run(&TrainSettings::default(), 12);
    let hidden = Trainer::new(&samples, &[], CLASSES, &hidden);
    assert!(hidden.draft(&head, &[0, 1, 2]).is_none());
}
