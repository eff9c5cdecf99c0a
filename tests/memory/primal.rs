//! A head in closed form of many samples, computed over features.

use data::classifier::{Head, Part};
use learn::lda::primal::{Fit, Fitting, LeavingOut, Observation};
use learn::lda::temperature::Sharpening;
use learn::memory::{ClosedForm, Form, Task};
use learn::unknown::{self, Known};
use network::random::SplitMix64;

use super::closed_form::until;
use super::holds;

fn primal(all: &[Observation], classes: usize, parts: &[Part]) -> (Fit, Head) {
    let whole = "it is positive definite";
    let mut fitting = Fitting::new(all.to_vec(), classes, parts, 0.6).expect(whole);
    let mut fit = until(|| fitting.advance().expect(whole));
    // Pairs are left out together.
    let groups: Vec<Option<usize>> = (0..all.len())
        .map(|i| Some(i / classes / 2 * classes + i % classes))
        .collect();
    let mut leaving = LeavingOut::new(&fit, &groups);
    let left_out = until(|| leaving.advance(&mut fit).expect(whole));
    drop(leaving);
    let mut sharpening = Sharpening::new(&left_out, all.iter().map(|sample| sample.class));
    let sharpness = until(|| sharpening.advance(&left_out)).expect("there are samples");
    let head = fit.head(sharpness.factor).expect(whole);
    let unseen = left_out.rows().zip(all).zip(0..).take(1_500);
    let known = unseen.map(|((row, sample), i)| Known {
        features: sample.embedding.to_vec(),
        class: sample.class,
        fold: Some(i / classes % 10),
        logits: row.iter().map(|v| *v as f32).collect(),
        learned: true,
    });
    let fitting = unknown::Fitting::new(known.collect(), classes, None);
    let mut fitting = fitting.expect("the samples are whole");
    until(|| fitting.advance());
    (fit, head)
}

#[test]
fn a_head_of_many_samples_takes_what_was_reckoned() {
    let mut all_hold = true;
    for (samples, classes, layers) in [(2_600, 5, 0), (3_000, 100, 0), (1_500, 10, 900)] {
        let mut parts = vec![Part::Embedding];
        if layers > 0 {
            parts.insert(
                0,
                Part::Layers {
                    from: 0,
                    to: layers,
                },
            );
        }
        let mut random = SplitMix64(6);
        let mut values = |n: usize| (0..n).map(|_| random.normal().abs()).collect();
        let all: Vec<Observation> = (0..samples)
            .map(|i| Observation {
                embedding: values(1280),
                layers: values(layers),
                class: i % classes,
            })
            .collect();
        let closed = ClosedForm {
            samples,
            width: 1280,
            layers,
            parts: parts.len(),
            classes,
            form: Form::Primal { together: 2 },
        };
        let what = format!("{samples} photos, {classes} classes, {layers} numbers of layers");
        all_hold &= holds(&what, &Task::ClosedForm(closed), || {
            let before = primal(&all, classes, &parts);
            drop((primal(&all, classes, &parts), before));
        });
    }
    assert!(all_hold, "see what was printed");
}
