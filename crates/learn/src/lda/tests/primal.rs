//! The form for many samples against the one for few.

use super::super::primal::{Fit, Fitting, LeavingOut, Observation};
use super::*;

fn observations(features: &[Features], labels: &[usize]) -> Vec<Observation> {
    let pairs = features.iter().zip(labels);
    let observation = |(features, class): (&Features, &usize)| Observation {
        embedding: features.embedding.as_slice().into(),
        layers: features.layers.as_slice().into(),
        class: *class,
    };
    pairs.map(observation).collect()
}

fn primal(samples: Vec<Observation>, classes: usize, parts: &[usize]) -> Fit {
    let parts: Vec<Part> = parts.iter().map(|part| PARTS[*part]).collect();
    let fitting = Fitting::new(samples, classes, &parts, 0.6);
    let mut fitting = fitting.expect("no class is empty");
    loop {
        if let Some(fit) = fitting.advance().expect("it has an inverse") {
            return fit;
        }
    }
}

fn without(fit: &mut Fit, groups: &[Option<usize>]) -> LeftOut {
    let mut leaving = LeavingOut::new(fit, groups);
    loop {
        if let Some(left_out) = leaving.advance(fit).expect("it has an inverse") {
            return left_out;
        }
    }
}

/// Groups of one class each.
fn groups(labels: &[usize], sides: impl Fn(usize) -> usize) -> Vec<usize> {
    let numbers = (0..labels.len()).map(|i| 1_000 * labels[i] + sides(i));
    numbers.collect()
}

#[test]
fn both_forms_say_the_same() {
    let mut random = SplitMix64(8);
    let many: Vec<usize> = (0..700)
        .map(|i| if i < 5 { i } else { random.below(5) })
        .collect();
    let few: Vec<usize> = (0..23).map(|i| i % 3).collect();
    for (labels, classes) in [(many, 5), (few, 3)] {
        let features = clouds(&labels, 14);
        let products = products(&features);
        for parts in [&[2][..], &[0, 1, 2], &[1, 2]] {
            let scales = scales(&products, &labels, classes, parts);
            let dual = fit(&products, samples(&labels), classes, &scales);
            let mut fit = primal(observations(&features, &labels), classes, parts);
            for (i, observation) in observations(&features, &labels).iter().enumerate() {
                assert_alike(&fit.logits(observation), &dual.seen(i), 1e-5, "seen");
            }
            for sides in [1_000, 1, 3, 70] {
                let groups = groups(&labels, |i| i / sides.min(labels.len() / 2));
                let truth = left_out(&dual, &groups);
                let some: Vec<Option<usize>> = groups.iter().copied().map(Some).collect();
                let found = without(&mut fit, &some);
                for (row, truth) in found.rows().zip(truth.rows()) {
                    match truth.iter().all(|v| v.is_finite()) {
                        true => assert_alike(row, truth, 1e-5, "left out"),
                        // Nothing is said of what belongs to a class that is gone.
                        false => assert!(row.iter().all(|v| v.is_infinite())),
                    }
                }
            }
            let sharp = fit.head(0.25).expect("it is bounded");
            for features in &features {
                let found = sharp.logits(features).expect("all is there");
                let found: Vec<f64> = found.iter().map(|v| f64::from(*v)).collect();
                let observation = &observations(std::slice::from_ref(features), &[0])[0];
                let truth: Vec<f64> = fit.logits(observation).iter().map(|v| 0.25 * v).collect();
                assert_alike(&found, &truth, 1e-4, "head");
            }
        }
    }
}

#[test]
fn a_fit_follows_what_comes_and_goes() {
    let mut random = SplitMix64(31);
    let labels: Vec<usize> = (0..400)
        .map(|i| if i < 4 { i } else { random.below(4) })
        .collect();
    let features = clouds(&labels, 2);
    let all = observations(&features, &labels);
    let parts = [0, 1, 2];
    let mut fit = primal(all.clone(), 4, &parts);
    let alone: Vec<Option<usize>> = (0..400).map(Some).collect();
    let before = without(&mut fit, &alone);
    let heads = |fit: &Fit| all.iter().map(|o| fit.logits(o)).collect::<Vec<_>>();
    let truth = heads(&fit);
    // The first forty go, the last of all taking their places, and come back.
    let mut order: Vec<usize> = (0..400).collect();
    for i in 0..40 {
        fit.take_out(i).expect("its class has others");
        order.swap_remove(i);
    }
    let rest: Vec<Observation> = order.iter().map(|i| all[*i].clone()).collect();
    let rest_labels: Vec<usize> = order.iter().map(|i| labels[*i]).collect();
    let rest_features: Vec<Features> = order.iter().map(|i| features[*i].clone()).collect();
    // The same scales as before: those of all.
    let scales = scales(&products(&features), &labels, 4, &parts);
    let products = products(&rest_features);
    let dual = super::fit(&products, samples(&rest_labels), 4, &scales);
    let mut fresh = primal(rest, 4, &parts);
    let pairs: Vec<Option<usize>> = rest_labels.iter().map(|class| Some(*class)).collect();
    assert!(
        without(&mut fresh, &pairs)
            .logits
            .iter()
            .all(|v| v.is_infinite())
    );
    let groups: Vec<usize> = (0..360).map(|i| 400 * rest_labels[i] + i / 2).collect();
    let some: Vec<Option<usize>> = groups.iter().copied().map(Some).collect();
    let found = without(&mut fit, &some);
    for (row, truth) in found.rows().zip(left_out(&dual, &groups).rows()) {
        assert_alike(row, truth, 1e-5, "left out of what remains");
    }
    let found = without(&mut fit, &alone[..360]);
    let each: Vec<usize> = (0..360).collect();
    for (row, truth) in found.rows().zip(left_out(&dual, &each).rows()) {
        assert_alike(row, truth, 1e-5, "each left out of what remains");
    }
    for (i, sample) in all.iter().enumerate() {
        if !order.contains(&i) {
            fit.put_in(sample.clone()).expect("it is sound");
            order.push(i);
        }
    }
    for (found, truth) in heads(&fit).iter().zip(&truth) {
        assert_alike(found, truth, 1e-5, "all are back");
    }
    let found = without(&mut fit, &alone);
    let rows: Vec<&[f64]> = before.rows().collect();
    for (row, i) in found.rows().zip(order) {
        assert_alike(row, rows[i], 1e-5, "left out, all are back");
    }
    let mut strange = all[0].clone();
    strange.class = 4;
    assert_eq!(fit.put_in(strange), Err(Refused::EmptyClass));
}

#[test]
fn what_is_no_observation_is_refused() {
    let features = clouds(&[0, 1, 0, 1], 3);
    let sound = observations(&features, &[0, 1, 0, 1]);
    let refused = |samples: Vec<Observation>, classes| {
        let mut fitting = match Fitting::new(samples, classes, &PARTS, 0.6) {
            Ok(fitting) => fitting,
            Err(refused) => return refused,
        };
        loop {
            match fitting.advance() {
                Ok(None) => {}
                Ok(Some(_)) => panic!("it was not refused"),
                Err(refused) => return refused,
            }
        }
    };
    assert_eq!(refused(sound.clone(), 3), Refused::EmptyClass);
    assert_eq!(refused(sound.clone(), 1), Refused::EmptyClass);
    assert_eq!(refused(Vec::new(), 0), Refused::EmptyClass);
    for spoiled in [f32::NAN, f32::INFINITY, -1.0] {
        let mut samples = sound.clone();
        samples[2].embedding = vec![spoiled; 12].into();
        assert_eq!(refused(samples, 2), Refused::Features);
    }
    let mut samples = sound.clone();
    samples[3].layers = [0.0; 3].into();
    assert_eq!(refused(samples, 2), Refused::Features);
    // All alike: there is a head nevertheless.
    let alike: Vec<Observation> = (0..4)
        .map(|i| Observation {
            class: i % 2,
            ..sound[0].clone()
        })
        .collect();
    primal(alike, 2, &[2]).head(1.0).expect("it is bounded");
}
