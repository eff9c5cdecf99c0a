//! Heads that are trained fold by fold.

use data::classifier::Head;
use data::sample::{SampleHash, SampleId};
use data::settings::TrainSettings;
use data::split::{self, Candidate};
use learn::evaluation::{Predicted, evaluate};
use learn::trainer::{Labelled, Trainer};
use network::random::SplitMix64;
use pollster::block_on;
use serde::Deserialize;

use super::{floats, json, near, truth};

/// scikit-learn's logistic regression on the embeddings of `head.json`, each sample by the head of its fold.
#[derive(Deserialize)]
pub struct Folds {
    fold: Vec<usize>,
    probabilities: Vec<Vec<f32>>,
    right: usize,
}

#[derive(Deserialize)]
struct Labels {
    labels: Vec<usize>,
}

fn trained(samples: &[Labelled], classes: usize) -> Head {
    let settings = TrainSettings {
        epochs: 2000,
        ..Default::default()
    };
    let mut trainer = Trainer::new(samples, &[], classes, &settings);
    while !trainer.done() {
        block_on(trainer.step()).expect("it stays finite");
    }
    trainer.into_best().expect("it made steps")
}

/// Logarithms of each sample's probabilities, from the head of its fold.
fn out_of_fold(samples: &[Labelled], classes: usize, folds: &[Option<usize>]) -> Vec<Vec<f32>> {
    let mut logits = vec![Vec::new(); samples.len()];
    for round in split::rounds(folds) {
        let train: Vec<Labelled> = round.train.iter().map(|i| samples[*i]).collect();
        let head = trained(&train, classes);
        for i in round.test {
            let probabilities = head.predict(samples[i].0);
            logits[i] = probabilities.iter().map(|p| p.ln()).collect();
        }
    }
    logits
}

fn predicted<'a>(samples: &[Labelled], logits: &'a [Vec<f32>]) -> Vec<Predicted<'a>> {
    let pairs = samples.iter().zip(logits);
    pairs
        .map(|((_, actual), logits)| Predicted {
            actual: *actual,
            logits,
        })
        .collect()
}

#[test]
fn folds_give_what_scikit_learn_gives() {
    let truth = truth().folds;
    let Labels { labels } = json("head.json");
    let embeddings = floats("head.emb1280.f32");
    let samples: Vec<Labelled> = embeddings.chunks(1280).zip(labels).collect();
    let folds: Vec<Option<usize>> = truth.fold.iter().map(|fold| Some(*fold)).collect();
    let logits = out_of_fold(&samples, 4, &folds);
    let evaluation = evaluate(&predicted(&samples, &logits)).expect("it is whole");
    near(evaluation.accuracy.value * 60.0, truth.right as f64, 1e-9);
    for (ours, theirs) in logits.iter().zip(&truth.probabilities) {
        for (ours, theirs) in ours.iter().zip(theirs) {
            near(f64::from(ours.exp()), f64::from(*theirs), 2e-3);
        }
    }
}

/// Noise with random classes, every sample there three times: nothing can be learned of it, but a head knows the copies.
#[test]
fn a_leak_shows_what_cannot_be_learned() {
    const CLASSES: usize = 2;
    let mut random = SplitMix64(5);
    let noise: Vec<Vec<f32>> = (0..40)
        .map(|_| (0..200).map(|_| random.normal()).collect())
        .collect();
    let class = |i: usize| i / 3 % CLASSES;
    let samples: Vec<Labelled> = (0..120)
        .map(|i| (noise[i / 3].as_slice(), class(i)))
        .collect();
    let hashes: Vec<SampleHash> = (0..120)
        .map(|i: u64| {
            SampleHash(format!(
                "{:016x}",
                (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ))
        })
        .collect();
    let candidates = |group: fn(usize) -> usize| -> Vec<Candidate> {
        let all = hashes.iter().enumerate();
        all.map(|(i, hash)| Candidate {
            class: class(i),
            hash,
            group: SampleId(group(i) as u32),
        })
        .collect()
    };
    let (copies, apart) = (candidates(|i| i / 3), candidates(|i| i));
    let accuracy = |folds: &[Option<usize>]| {
        let logits = out_of_fold(&samples, CLASSES, folds);
        let evaluation = evaluate(&predicted(&samples, &logits)).expect("it is whole");
        evaluation.accuracy
    };
    let honest = split::folds(&copies, 1);
    assert_eq!(split::leak(&copies, &honest), None);
    let honest = accuracy(&honest);
    assert!(
        honest.value < 0.75 && honest.low < 0.5 && honest.n == 120,
        "{honest:?}"
    );
    // The copies are taken for samples of their own.
    let leaking = split::folds(&apart, 1);
    assert!(split::leak(&copies, &leaking).is_some());
    let leaking = accuracy(&leaking);
    assert!(leaking.low > 0.9, "{leaking:?}");
}

/// Samples in groups, and the folds of scikit-learn's `StratifiedGroupKFold`.
#[derive(Deserialize)]
struct Grouped {
    class: Vec<usize>,
    group: Vec<u32>,
    fold: Vec<usize>,
}

/// How far the folds' shares of the classes are from a tenth each: squares of the differences, in samples.
fn uneven(classes: &[usize], folds: &[usize]) -> f64 {
    let count = classes.iter().max().map_or(0, |last| last + 1);
    let mut counts = vec![[0_f64; 10]; count];
    for (class, fold) in classes.iter().zip(folds) {
        counts[*class][*fold] += 1.0;
    }
    let of_class = |counts: &[f64; 10]| {
        let share = counts.iter().sum::<f64>() / 10.0;
        counts.iter().map(|n| (n - share).powi(2)).sum::<f64>()
    };
    counts.iter().map(of_class).sum()
}

#[test]
fn grouped_folds_are_as_even_as_scikit_learns() {
    for case in json::<Vec<Grouped>>("groups.json") {
        let hash = |i: usize| SampleHash(format!("{i:064x}"));
        let hashes: Vec<SampleHash> = (0..case.class.len()).map(hash).collect();
        let sample = |(i, hash)| Candidate {
            class: case.class[i],
            hash,
            group: SampleId(case.group[i]),
        };
        let samples: Vec<Candidate> = hashes.iter().enumerate().map(sample).collect();
        let theirs: Vec<Option<usize>> = case.fold.iter().copied().map(Some).collect();
        assert_eq!(
            split::leak(&samples, &theirs),
            None,
            "a fact of scikit-learn's"
        );
        let theirs = uneven(&case.class, &case.fold);
        for seed in 0..20 {
            let folds = split::folds(&samples, seed);
            assert_eq!(split::leak(&samples, &folds), None);
            let whole: Option<Vec<usize>> = folds.into_iter().collect();
            let ours = uneven(&case.class, &whole.expect("every class has many groups"));
            assert!(
                ours <= theirs * 1.05 + 2.0,
                "seed {seed}: {ours}, theirs {theirs}"
            );
        }
    }
}
