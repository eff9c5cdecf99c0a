//! What is unknown, against numpy and scikit-learn, and what holds of every fit.

use data::sample::{SampleHash, SampleId};
use data::split::{self, Candidate};
use data::unknown::{KEPT, STEPS, Unknown};
use half::f16;
use learn::evaluation::{Unfit, auroc};
use learn::unknown::{Fitting, Known};
use network::random::SplitMix64;
use serde::Deserialize;

use super::{floats, json, near};

#[derive(Deserialize)]
struct Truth {
    train: Vec<usize>,
    fold: Vec<usize>,
    queries: Vec<usize>,
    distance: Vec<f64>,
    scores: Vec<f32>,
    /// Of the samples learned from, out of fold, in ascending order.
    own: Vec<f64>,
    auroc: f64,
    /// Made-up scores of known and of unknown samples, many of them equal, and their area.
    areas: Vec<(Vec<f32>, Vec<f32>, f64)>,
}

#[derive(Deserialize)]
struct Head {
    labels: Vec<usize>,
    probabilities: Vec<Vec<f64>>,
}

fn fitted(samples: Vec<Known>, classes: usize, products: Option<Vec<f32>>) -> Unknown {
    let mut fitting = Fitting::new(samples, classes, products).expect("the samples are whole");
    let unknown = std::iter::repeat_with(|| fitting.advance()).find_map(|found| found);
    unknown.expect("it ends")
}

#[test]
fn scores_and_their_area_are_scikit_learns() {
    let truth: Truth = json("unknown.json");
    let head: Head = json("head.json");
    let embeddings = floats("head.emb1280.f32");
    let features: Vec<&[f32]> = embeddings.chunks(1280).collect();
    let logits = |i: usize| -> Vec<f32> {
        let probabilities = head.probabilities[i].iter().take(3);
        probabilities.map(|p| p.ln() as f32).collect()
    };
    let known = truth.train.iter().zip(&truth.fold).map(|(i, fold)| Known {
        features: features[*i].to_vec(),
        class: head.labels[*i],
        fold: Some(*fold),
        logits: logits(*i),
        learned: true,
    });
    let unknown = fitted(known.collect(), 3, None);
    assert!(unknown.is_whole(1280));
    assert_eq!(unknown.prototypes.len(), truth.train.len() * 1280);
    let score = |i: &usize| {
        unknown
            .score(features[*i], &logits(*i))
            .expect("it is finite")
    };
    let scores: Vec<f32> = truth.queries.iter().map(score).collect();
    for ((score, theirs), distance) in scores.iter().zip(&truth.scores).zip(&truth.distance) {
        assert!(*distance > 0.01);
        near(f64::from(*score), f64::from(*theirs), 5e-3);
    }
    for (at, limit) in [(1, 0), (50, 12), (100, 23)] {
        near(f64::from(unknown.curve[at].limit), truth.own[limit], 5e-3);
    }
    let of = |all: &[f32], strange: bool| -> Vec<f32> {
        let pairs = all.iter().zip(&truth.queries);
        let wanted = pairs.filter(|(_, i)| (head.labels[**i] == 3) == strange);
        wanted.map(|(score, _)| *score).collect()
    };
    let area = |all: &[f32]| auroc(&of(all, false), &of(all, true)).expect("all are finite");
    near(area(&truth.scores), truth.auroc, 1e-9);
    assert_eq!(truth.areas.len(), 2);
    for (known, strange, theirs) in &truth.areas {
        near(
            auroc(known, strange).expect("all are finite"),
            *theirs,
            1e-9,
        );
    }
}

const WIDTH: usize = 60;
const CLASSES: usize = 3;

/// A point around the centre of its class, and what a head would say of it.
fn drawn(class: usize, random: &mut SplitMix64) -> (Vec<f32>, Vec<f32>) {
    let high = |d: usize| if d % (CLASSES + 1) == class { 2.0 } else { 0.2 };
    let features = (0..WIDTH)
        .map(|d| (high(d) + 0.3 * random.normal()).max(0.0))
        .collect();
    let logits = (0..CLASSES).map(|c| if c == class { 4.0 } else { 0.0 } + random.normal());
    (features, logits.collect())
}

/// Every sample twice, in one group; the last class has one group alone.
fn known(n: usize) -> Vec<Known> {
    let mut random = SplitMix64(3);
    let class = |i: usize| {
        if i < 4 {
            CLASSES - 1
        } else {
            i / 2 % (CLASSES - 1)
        }
    };
    let group = |i: usize| if i < 4 { 0 } else { i / 2 };
    let hashes: Vec<SampleHash> = (0..n)
        .map(|i| SampleHash(format!("{:08x}", i * 7919)))
        .collect();
    let candidates = hashes.iter().enumerate().map(|(i, hash)| Candidate {
        class: class(i),
        hash,
        group: SampleId(group(i) as u32),
    });
    let candidates: Vec<Candidate> = candidates.collect();
    let folds = split::folds(&candidates, 1);
    assert_eq!(split::leak(&candidates, &folds), None);
    let mut all: Vec<Known> = Vec::new();
    for (i, fold) in folds.into_iter().enumerate() {
        let (features, logits) = match i % 2 {
            0 => drawn(class(i), &mut random),
            _ => (all[i - 1].features.clone(), all[i - 1].logits.clone()),
        };
        let logits = if fold.is_some() { logits } else { Vec::new() };
        all.push(Known {
            features,
            class: class(i),
            fold,
            logits,
            learned: true,
        });
    }
    all
}

/// Samples that were kept apart for good say where the limit is, by prototypes of the others alone.
#[test]
fn of_samples_kept_apart_there_are_no_prototypes() {
    let mut samples = known(200);
    for (i, sample) in samples.iter_mut().enumerate() {
        sample.learned = i % 10 >= 4;
        sample.fold = (!sample.learned).then_some(0);
        if sample.learned {
            sample.logits.clear();
        } else if sample.logits.is_empty() {
            sample.logits = vec![0.0; CLASSES];
        }
    }
    let rule = fitted(samples.clone(), CLASSES, None);
    assert!(rule.is_whole(WIDTH));
    // What they look like changes the limits, and no prototype.
    for sample in samples.iter_mut().filter(|sample| !sample.learned) {
        sample.features.reverse();
    }
    let turned = fitted(samples.clone(), CLASSES, None);
    assert_eq!(turned.prototypes, rule.prototypes);
    assert!(turned.distance.mean > rule.distance.mean);
    samples.iter_mut().for_each(|sample| sample.learned = false);
    assert!(
        Fitting::new(samples, CLASSES, None).is_err(),
        "no sample was learned from"
    );
}

#[test]
fn the_limit_keeps_what_it_says() {
    let unknown = fitted(known(200), CLASSES, None);
    assert!(unknown.is_whole(WIDTH));
    let limit = unknown.limit_for(KEPT);
    let mut random = SplitMix64(9);
    let mut new = |class| {
        let (features, logits) = drawn(class, &mut random);
        unknown.score(&features, &logits).expect("it is finite")
    };
    let known: Vec<f32> = (0..400).map(|i| new(i % (CLASSES - 1))).collect();
    let kept = known.iter().filter(|score| **score <= limit).count();
    assert!((360..=398).contains(&kept), "{kept} of 400");
    // A class that nobody taught, of which the head is as sure as of the others.
    let mut random = SplitMix64(10);
    let strange = (0..400).map(|i| {
        let (features, _) = drawn(CLASSES, &mut random);
        let (_, logits) = drawn(i % CLASSES, &mut random);
        unknown.score(&features, &logits).expect("it is finite")
    });
    let strange: Vec<f32> = strange.collect();
    assert!(auroc(&known, &strange) > Some(0.99));
}

/// Each sample has its copy, so what compared it with others of its group would find nothing strange.
#[test]
fn a_sample_is_compared_with_none_of_its_group() {
    let honest = fitted(known(40), CLASSES, None);
    let mut careless = known(40);
    let folds: Vec<usize> = (0..40).map(|i| i % 10).collect();
    for (sample, fold) in careless.iter_mut().zip(folds) {
        sample.fold = sample.fold.map(|_| fold);
    }
    let careless = fitted(careless, CLASSES, None);
    assert!(careless.distance.mean < honest.distance.mean);
}

#[test]
fn the_curve_goes_from_nothing_to_everything() {
    let unknown = fitted(known(120), CLASSES, None);
    assert_eq!(unknown.curve.len(), STEPS + 1);
    assert_eq!(
        (unknown.curve[0].kept, unknown.curve[0].accuracy),
        (0.0, None)
    );
    assert_eq!(unknown.curve[STEPS].kept, 1.0);
    for (step, pair) in unknown.curve.windows(2).enumerate() {
        assert!(pair[0].limit <= pair[1].limit && pair[0].kept <= pair[1].kept);
        assert!(pair[1].kept * STEPS as f32 >= step as f32);
    }
    assert_eq!(unknown.limit_for(1.0), unknown.curve[STEPS].limit);
    assert_eq!(unknown.limit_for(-1.0), unknown.curve[0].limit);
}

#[test]
fn a_head_file_can_hold_it() {
    let unknown = fitted(known(60), CLASSES, None);
    let exact = |v: &f32| f16::from_f32(*v).to_f32() == *v;
    assert!(unknown.prototypes.iter().all(exact));
    let text = serde_json::to_string(&unknown).expect("all is finite");
    // They are a tensor in the file.
    let mut again: Unknown = serde_json::from_str(&text).expect("it was written");
    assert!(again.prototypes.is_empty());
    again.prototypes = unknown.prototypes.clone();
    assert_eq!(again, unknown);
    let mut broken = unknown.clone();
    broken.doubt.deviation = 0.0;
    assert!(!broken.is_whole(WIDTH) && !unknown.is_whole(WIDTH + 1));
}

#[test]
fn products_may_be_handed_over() {
    let samples = known(60);
    let towards = |s: &Known| data::unknown::direction(&s.features);
    let directions: Vec<Vec<f32>> = samples.iter().map(towards).collect();
    let product = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    // Of any length: they are on the diagonal.
    let rows = directions.iter().enumerate();
    let all = rows.flat_map(|(i, a)| {
        let row = directions[..=i].iter().zip(0..);
        row.map(move |(b, j)| product(a, b) * (1 + i) as f32 * (1 + j) as f32)
    });
    let handed = fitted(samples.clone(), CLASSES, Some(all.collect()));
    let own = fitted(samples.clone(), CLASSES, None);
    near(
        f64::from(handed.limit_for(KEPT)),
        f64::from(own.limit_for(KEPT)),
        1e-3,
    );
    let wrong = Fitting::new(samples, CLASSES, Some(vec![0.0; 7]));
    assert!(matches!(wrong.err(), Some(Unfit::NotPaired { .. })));
}

#[test]
fn what_is_no_number_is_refused() {
    let unknown = fitted(known(60), CLASSES, None);
    let (features, logits) = drawn(0, &mut SplitMix64(1));
    assert!(unknown.score(&features, &logits).is_some());
    assert_eq!(unknown.score(&features[1..], &logits), None);
    assert_eq!(unknown.score(&features, &[]), None);
    let mut broken = features.clone();
    broken[3] = f32::NAN;
    assert_eq!(unknown.score(&broken, &logits), None);
    assert_eq!(unknown.score(&features, &[f32::NAN, 0.0, 0.0]), None);
    assert_eq!(unknown.score(&features, &[f32::INFINITY, 0.0, 0.0]), None);
    assert!(unknown.score(&[0.0; WIDTH], &[0.0; CLASSES]).is_some());
    let mut samples = known(60);
    samples[7].logits[0] = f32::NAN;
    assert_eq!(
        Fitting::new(samples, CLASSES, None).err(),
        Some(Unfit::NotFinite { at: 7 })
    );
    let mut samples = known(60);
    samples.iter_mut().for_each(|s| s.fold = None);
    assert_eq!(
        Fitting::new(samples, CLASSES, None).err(),
        Some(Unfit::Empty)
    );
    // Equal samples have no deviation.
    let mut samples = known(60);
    let (features, logits) = (samples[9].features.clone(), samples[9].logits.clone());
    for sample in &mut samples {
        sample.features = features.clone();
        if sample.fold.is_some() {
            sample.logits = logits.clone();
        }
    }
    assert!(fitted(samples, CLASSES, None).is_whole(WIDTH));
}
