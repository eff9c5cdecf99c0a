//! The closed form against plain sums over features, each group against a fit without it.

mod plain;
mod primal;
mod running;

use data::classifier::{Head, Part};
use data::features::Features;
use network::random::SplitMix64;

use super::*;
use plain::Plain;

/// Layers of 6 and of 9 numbers and an embedding of 12.
const PARTS: [Part; 3] = [
    Part::Layers { from: 0, to: 6 },
    Part::Layers { from: 6, to: 15 },
    Part::Embedding,
];

/// Overlapping clouds of positive features.
fn clouds(labels: &[usize], seed: u64) -> Vec<Features> {
    let mut random = SplitMix64(seed);
    let mut values = |label: usize, width: usize| -> Vec<f32> {
        let shift = |d: usize| if d % 4 == label % 4 { 0.5 } else { 0.0 };
        (0..width)
            .map(|d| (random.normal() + shift(d) + 1.0).powi(2))
            .collect()
    };
    let sample = |label: &usize| Features {
        layers: values(*label, 15),
        embedding: values(*label, 12),
    };
    labels.iter().map(sample).collect()
}

fn products(features: &[Features]) -> Products {
    let mut products = Products::new(PARTS.to_vec());
    for (i, features) in features.iter().enumerate() {
        assert_eq!(products.add(features), Ok(i));
    }
    while products.step() {}
    products
}

fn samples(labels: &[usize]) -> Vec<Sample> {
    labels.iter().copied().enumerate().collect()
}

fn scales(products: &Products, labels: &[usize], classes: usize, parts: &[usize]) -> Scales {
    let mut spreads = Spreads::new(samples(labels), classes).expect("no class is empty");
    while spreads.step(products) {}
    let setting = Setting {
        parts: parts.to_vec(),
        shrinkage: 0.6,
    };
    spreads.scales(products, &setting)
}

fn fit(products: &Products, samples: Vec<Sample>, classes: usize, scales: &Scales) -> Fit {
    let mut fitting = Fitting::new(samples, classes, scales.clone()).expect("no class is empty");
    loop {
        if let Some(fit) = fitting.advance(products).expect("it has an inverse") {
            return fit;
        }
    }
}

fn left_out(fit: &Fit, groups: &[usize]) -> LeftOut {
    let mut leaving = LeavingOut::new(fit, groups);
    loop {
        if let Some(left_out) = leaving.advance(fit).expect("it has an inverse") {
            return left_out;
        }
    }
}

/// Equal up to a number that all share. `digits`: of the largest difference within a row.
fn assert_alike(found: &[f64], truth: &[f64], digits: f64, what: &str) {
    let finite = |row: &[f64]| -> Vec<bool> { row.iter().map(|v| v.is_finite()).collect() };
    assert_eq!(finite(found), finite(truth), "{what}: {found:?}, {truth:?}");
    let centred = |row: &[f64]| -> Vec<f64> {
        let finite: Vec<f64> = row.iter().copied().filter(|v| v.is_finite()).collect();
        let mean = finite.iter().sum::<f64>() / finite.len().max(1) as f64;
        finite.iter().map(|v| v - mean).collect()
    };
    let (found, truth) = (centred(found), centred(truth));
    let size = truth.iter().fold(1.0, |most: f64, v| most.max(v.abs()));
    for (found, truth) in found.iter().zip(&truth) {
        assert!(
            (found - truth).abs() <= digits * size,
            "{what}: {found} is not {truth} of {size}"
        );
    }
}

/// Labels, and groups that are left out together.
fn cases() -> Vec<(&'static str, Vec<usize>, Vec<usize>)> {
    let alone = |n: usize| (0..n).collect::<Vec<usize>>();
    let mut random = SplitMix64(5);
    let many: Vec<usize> = (0..60)
        .map(|i| if i < 5 { i } else { random.below(5) })
        .collect();
    let folds: Vec<usize> = (0..60).map(|_| random.below(4)).collect();
    let bursts: Vec<usize> = (0..60).map(|i| 10 * many[i] + i % 3).collect();
    vec![
        ("each alone", many.clone(), alone(60)),
        ("folds", many.clone(), folds),
        ("bursts", many.clone(), bursts),
        ("whole classes", many.clone(), many.clone()),
        (
            "all but few",
            many,
            (0..60).map(|i| usize::from(i > 7)).collect(),
        ),
        ("one a class", alone(6), alone(6)),
        ("one of a class", vec![0, 1, 1, 2, 2, 2], alone(6)),
        ("one class", vec![0; 5], alone(5)),
        ("two samples", vec![0, 1], vec![0, 1]),
        (
            "two classes at once",
            vec![0, 0, 1, 1, 2, 2],
            vec![3, 4, 5, 5, 5, 3],
        ),
        ("everything", vec![0, 0, 1], vec![0; 3]),
    ]
}

#[test]
fn what_is_left_out_was_never_seen() {
    for (what, labels, groups) in cases() {
        let classes = labels.iter().max().map_or(0, |most| most + 1);
        for (seed, twins) in [(1, false), (2, true)] {
            let mut features = clouds(&labels, seed);
            if twins {
                // Some are there twice.
                for i in (1..features.len()).step_by(3) {
                    features[i] = features[i - 1].clone();
                }
            }
            let products = products(&features);
            for parts in [&[2][..], &[0, 1, 2], &[2, 1]] {
                let scales = scales(&products, &labels, classes, parts);
                let fit = fit(&products, samples(&labels), classes, &scales);
                let left_out = left_out(&fit, &groups);
                for (i, row) in left_out.rows().enumerate() {
                    let all = features.iter().zip(&labels).zip(&groups);
                    let rest = all.filter(|(_, group)| **group != groups[i]);
                    let rest: Vec<_> = rest.map(|((f, label), _)| (f, *label)).collect();
                    let plain = Plain::of(&rest, classes, &scales);
                    let truth = plain.logits(&features[i], &scales);
                    assert_alike(row, &truth, 1e-4, &format!("{what}, {parts:?}, sample {i}"));
                }
            }
        }
    }
}

/// The same products on both sides: only the algebra is compared.
#[test]
fn leaving_out_is_fitting_without_to_eight_digits() {
    for (what, labels, groups) in cases() {
        let classes = labels.iter().max().map_or(0, |most| most + 1);
        let features = clouds(&labels, 3);
        let products = products(&features);
        let scales = scales(&products, &labels, classes, &[0, 1, 2]);
        let whole = fit(&products, samples(&labels), classes, &scales);
        let left_out = left_out(&whole, &groups);
        for (i, row) in left_out.rows().enumerate() {
            let keep = |(j, _): &Sample| groups[*j] != groups[i];
            let mut rest: Vec<Sample> = samples(&labels).into_iter().filter(keep).collect();
            // The classes that remain, counted anew.
            let mut known: Vec<usize> = rest.iter().map(|(_, class)| *class).collect();
            known.sort_unstable();
            known.dedup();
            let new = |class: usize| known.iter().position(|k| *k == class);
            rest.iter_mut()
                .for_each(|(_, class)| *class = new(*class).expect("it remains"));
            let mut truth = vec![f64::NEG_INFINITY; classes];
            if !rest.is_empty() {
                let fit = fit(&products, rest, known.len(), &scales);
                let logits = fit.logits(&products, i);
                known
                    .iter()
                    .zip(logits)
                    .for_each(|(class, logit)| truth[*class] = logit);
            }
            assert_alike(row, &truth, 1e-8, &format!("{what}, sample {i}"));
        }
    }
}

/// Numbers of a fit, by the places of its samples: an update changes their order.
fn assert_same(found: &Fit, truth: &Fit, products: &Products, digits: f64) {
    assert_eq!(found.counts, truth.counts);
    let mut places: Vec<usize> = found.samples.iter().map(|(place, _)| *place).collect();
    places.sort_unstable();
    for place in places {
        let at = |fit: &Fit| fit.samples.iter().position(|(other, _)| *other == place);
        let (i, j) = (at(found).expect("it is in"), at(truth).expect("it is in"));
        assert_eq!(found.samples[i], truth.samples[j]);
        let logits = |fit: &Fit| fit.logits(products, place);
        assert_alike(&logits(found), &logits(truth), digits, "logits");
        assert_alike(&found.seen(i), &truth.seen(j), digits, "seen");
    }
    let alone = |fit: &Fit| {
        fit.samples
            .iter()
            .map(|(place, _)| *place)
            .collect::<Vec<_>>()
    };
    let (found_out, truth_out) = (
        left_out(found, &alone(found)),
        left_out(truth, &alone(truth)),
    );
    for (i, row) in found_out.rows().enumerate() {
        let place = found.samples[i].0;
        let j = truth.samples.iter().position(|(other, _)| *other == place);
        let rows: Vec<&[f64]> = truth_out.rows().collect();
        assert_alike(row, rows[j.expect("it is in")], digits, "left out");
    }
}

#[test]
fn a_sample_more_or_less_is_a_fit_of_what_is_left() {
    let mut random = SplitMix64(21);
    let labels: Vec<usize> = (0..120)
        .map(|i| if i < 4 { i } else { random.below(4) })
        .collect();
    let products = products(&clouds(&labels, 12));
    let scales = scales(&products, &labels, 4, &[0, 1, 2]);
    let all = samples(&labels);
    let mut updated = fit(&products, all[..10].to_vec(), 4, &scales);
    for sample in &all[10..] {
        updated
            .put_in(&products, *sample)
            .expect("it is positive definite");
    }
    assert_same(&updated, &fit(&products, all, 4, &scales), &products, 1e-8);
    for _ in 0..110 {
        let i = random.below(updated.samples().len());
        let alone = updated.counts[updated.samples[i].1] == 1;
        let result = updated.take_out(i);
        assert_eq!(
            result,
            if alone {
                Err(Refused::EmptyClass)
            } else {
                Ok(())
            }
        );
    }
    let rest = updated.samples.clone();
    assert!(rest.len() < 20, "{} are left", rest.len());
    assert_same(&updated, &fit(&products, rest, 4, &scales), &products, 1e-7);
    assert_eq!(updated.put_in(&products, (0, 4)), Err(Refused::EmptyClass));
}

fn weights(fit: &Fit, products: &Products) -> Weights {
    let mut heading = Heading::new();
    loop {
        if let Some(weights) = heading.advance(fit, products) {
            return weights;
        }
    }
}

fn head(fit: &Fit, products: &Products, sharpness: f64) -> Head {
    let weights = weights(fit, products);
    let head = weights.head(fit, products, sharpness);
    head.expect("it is bounded")
}

#[test]
fn a_head_says_what_the_fit_says() {
    let labels: Vec<usize> = (0..40).map(|i| i % 7 % 4).collect();
    let features = clouds(&labels, 9);
    let products = products(&features);
    for parts in [&[2][..], &[0, 1, 2], &[2, 0]] {
        let scales = scales(&products, &labels, 4, parts);
        let fit = fit(&products, samples(&labels), 4, &scales);
        let head = head(&fit, &products, 0.25);
        let all: Vec<(&Features, usize)> = features.iter().zip(labels.iter().copied()).collect();
        let plain = Plain::of(&all, 4, &scales);
        for others in [&features, &clouds(&labels, 10)] {
            for features in others {
                let shares = head.predict_features(features).expect("all is there");
                let found: Vec<f64> = shares.iter().map(|s| f64::from(*s).ln()).collect();
                let truth = plain.logits(features, &scales);
                let truth: Vec<f64> = truth.iter().map(|logit| 0.25 * logit).collect();
                assert_alike(&found, &truth, 1e-3, &format!("{parts:?}"));
            }
        }
    }
}

#[test]
fn samples_that_come_and_go_leave_the_products_of_those_that_stay() {
    let labels = [0, 1, 0, 1, 2, 2, 0, 1, 2, 0];
    let features = clouds(&labels, 4);
    let all = products(&features);
    let mut some = Products::new(PARTS.to_vec());
    let mut places = Vec::new();
    for features in &features[..6] {
        places.push(some.add(features).expect("it is sound"));
    }
    while some.step() {}
    some.remove(places[1]);
    some.remove(places[4]);
    some.remove(places[4]);
    for features in &features[6..] {
        places.push(some.add(features).expect("it is sound"));
    }
    // One goes before it was computed.
    some.remove(places[9]);
    places[1] = some.add(&features[1]).expect("it is sound");
    while some.step() {}
    let there = [0, 1, 2, 3, 5, 6, 7, 8];
    for i in there {
        for j in there {
            assert_eq!(some.of(places[i], places[j]), all.of(i, j), "{i} {j}");
        }
    }
}

#[test]
fn what_is_no_feature_is_refused() {
    let sound = clouds(&[0], 1).remove(0);
    for spoiled in [f32::NAN, f32::INFINITY, -1e-3] {
        let mut features = sound.clone();
        features.layers[7] = spoiled;
        let mut products = Products::new(PARTS.to_vec());
        assert_eq!(products.add(&features), Err(Refused::Features));
        features = sound.clone();
        features.embedding[0] = spoiled;
        assert_eq!(products.add(&features), Err(Refused::Features));
    }
    let mut products = Products::new(PARTS.to_vec());
    assert_eq!(products.add(&sound), Ok(0));
    let mut short = sound.clone();
    short.layers.pop();
    assert_eq!(products.add(&short), Err(Refused::Features));
    let mut other = sound;
    other.embedding.pop();
    assert_eq!(products.add(&other), Err(Refused::Features));
    for labels in [&[0, 2][..], &[], &[1, 1]] {
        assert!(Spreads::new(samples(labels), 2).is_err(), "{labels:?}");
        let scales = Scales::default();
        assert!(Fitting::new(samples(labels), 2, scales).is_err());
    }
}

/// All alike, all zero, each class on one point: there are numbers, and classes that differ are told apart.
#[test]
fn samples_without_spread_have_a_head() {
    let labels = [0, 0, 1, 1, 2, 2];
    let point = |value: f32| Features {
        layers: vec![value; 15],
        embedding: vec![value; 12],
    };
    for (values, apart) in [
        ([0.0; 3], false),
        ([1.0; 3], false),
        ([6.0; 3], false),
        ([1.0, 2.0, 4.0], true),
        ([1.0, 1.0 + 1e-6, 1.0 - 1e-6], false),
    ] {
        let features: Vec<Features> = labels.iter().map(|c| point(values[*c])).collect();
        let products = products(&features);
        for parts in [&[2][..], &[0, 1, 2]] {
            let scales = scales(&products, &labels, 3, parts);
            let fit = fit(&products, samples(&labels), 3, &scales);
            for groups in [[0, 1, 2, 3, 4, 5], [0, 0, 1, 1, 2, 2]] {
                let left_out = left_out(&fit, &groups);
                for (row, label) in left_out.rows().zip(labels) {
                    assert!(row.iter().all(|v| !v.is_nan()), "{values:?} {row:?}");
                    let best = (0..3).max_by(|a, b| row[*a].total_cmp(&row[*b]));
                    if apart && groups[1] == 1 {
                        assert_eq!(best, Some(label));
                    }
                }
            }
            head(&fit, &products, 1e-3);
        }
    }
}

#[test]
fn where_nothing_can_be_measured_a_head_is_moderately_sure() {
    let labels = [0, 1, 2, 3];
    let features = clouds(&labels, 30);
    let products = products(&features);
    let scales = scales(&products, &labels, 4, &[0, 1, 2]);
    let fit = fit(&products, samples(&labels), 4, &scales);
    let factor = temperature::unmeasured(&fit);
    let head = head(&fit, &products, factor);
    for (features, label) in features.iter().zip(labels) {
        let shares = head.predict_features(features).expect("all is there");
        assert!((0.5..0.99).contains(&shares[label]), "{shares:?}");
    }
    let alone = self::fit(&products, vec![(0, 0), (1, 0)], 1, &scales);
    assert_eq!(temperature::unmeasured(&alone), 1.0);
}
