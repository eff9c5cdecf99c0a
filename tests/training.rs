//! What holds of every training run, on made-up embeddings.

use graft::data::classifier::Head;
use graft::data::settings::{EpochReport, Optimiser, TrainSettings};
use graft::ml::trainer::{Labelled, Trainer, largest};
use pollster::block_on;

const CLASSES: usize = 3;

/// Points around one centre a class, far enough apart to be learnt and near enough to err sometimes.
fn embeddings(n: usize) -> Vec<Vec<f32>> {
    let mut state = 1u64;
    // Knuth's MMIX generator; the high bits are good enough for noise.
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
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
fn lbfgs_is_for_linear_heads_and_all_photos() {
    for (hidden, batch_size, used) in [
        (0, 0, Optimiser::Lbfgs),
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
                let shares = head.predict(embedding);
                loss -= shares[*label].ln() / samples.len() as f32;
                hits += usize::from(largest(&shares) == *label);
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
