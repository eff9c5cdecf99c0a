//! One and two steps of each way to transfer against PyTorch (`fixtures/make_tuning.py`).

use std::collections::BTreeMap;

use data::classifier::{Dense, Head};
use data::transfer::{Depth, TuneSettings};
use learn::tuner::{Gradients, Picture, TuneStep, Tuner};
use network::Device;
use network::weights::Layers;
use pollster::block_on;
use serde::Deserialize;

use crate::{NO_PICTURES, layers};

#[derive(Deserialize)]
struct Truth {
    classes: usize,
    labels: Vec<usize>,
    size: usize,
    decay: f64,
    runs: BTreeMap<String, Run>,
}

#[derive(Deserialize)]
struct Run {
    rate: f64,
    /// Before the first step, and after one and two of them.
    losses: Vec<f32>,
    layers: BTreeMap<String, Layer>,
}

#[derive(Deserialize)]
struct Layer {
    /// Of the first gradient.
    norm: f32,
    /// Some of its values, evenly spread.
    gradient: Vec<f32>,
    /// The weights of the same places after two steps.
    after: Vec<f32>,
}

/// Pictures, and heads for pre-trained and random weights.
struct Inputs {
    truth: Truth,
    pictures: Vec<Picture>,
    heads: [Head; 2],
}

fn inputs() -> Inputs {
    let truth: Truth =
        serde_json::from_slice(include_bytes!("../fixtures/tuning.json")).expect("it is JSON");
    let bytes = include_bytes!("../fixtures/tuning.bin");
    let pixels = truth.size * truth.size * 3;
    let (rgb, floats) = bytes.split_at(pixels * truth.labels.len());
    let pictures = rgb
        .chunks(pixels)
        .zip(&truth.labels)
        .map(|(rgb, class)| Picture {
            rgb: rgb.into(),
            class: *class,
        });
    let floats = floats.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b));
    let floats: Vec<f32> = floats.collect();
    let mut left = floats.as_slice();
    let mut take = |n: usize| {
        let (values, rest) = left.split_at(n);
        left = rest;
        values.to_vec()
    };
    let heads = [(); 2].map(|()| Head {
        input: Default::default(),
        mean: take(1280),
        scale: take(1)[0],
        hidden: None,
        out: Dense {
            weight: take(1280 * truth.classes),
            bias: take(truth.classes),
        },
    });
    let pictures = pictures.collect();
    Inputs {
        truth,
        pictures,
        heads,
    }
}

fn sampled(values: &[f32], n: usize) -> Vec<f32> {
    let step = (values.len() / n).max(1);
    values.iter().step_by(step).take(n).copied().collect()
}

fn norm(values: &[f32]) -> f32 {
    values.iter().map(|v| v * v).sum::<f32>().sqrt()
}

fn check(method: &str, depth: Depth, in_burn: bool) {
    let Inputs {
        truth,
        pictures,
        heads: [head, head_of_random],
    } = inputs();
    let run = &truth.runs[method];
    let (start, head) = match method {
        "from-scratch" => (
            Layers::random(&layers(), 7, NO_PICTURES, truth.size),
            head_of_random,
        ),
        _ => (layers(), head),
    };
    let settings = TuneSettings {
        depth,
        epochs: 2,
        learning_rate: run.rate,
        rate_decay: truth.decay,
        batch_size: pictures.len(),
        augment: false,
        ..Default::default()
    };
    let new = match in_burn {
        true => Tuner::in_burn,
        false => Tuner::new,
    };
    let mut tuner = new(
        &start,
        truth.size,
        pictures.clone(),
        Vec::new(),
        truth.classes,
        &settings,
        Some(head),
        &Device::flex(),
    );
    let mut losses = Vec::new();
    let mut first: Option<Gradients> = None;
    let (loss, gradients) = block_on(tuner.gradients(&pictures)).expect("it computes");
    losses.push(loss);
    first.get_or_insert(gradients);
    while !tuner.done() {
        if let TuneStep::Batch { .. } = block_on(tuner.step()).expect("it does not diverge") {
            losses.push(block_on(tuner.gradients(&pictures)).expect("it computes").0);
        }
    }
    let what = format!("{method}, in burn: {in_burn}");
    for (ours, theirs) in losses.iter().zip(&run.losses) {
        let off = (ours - theirs).abs();
        assert!(
            off <= 1e-3 * theirs.max(0.1),
            "{what}: losses {losses:?}, not {:?}",
            run.losses
        );
    }
    let first = first.expect("gradients were asked for");
    assert_eq!(first.len(), run.layers.len(), "{what}: other layers learn");
    for (name, ours) in &first {
        let layer = &run.layers[name];
        let off = (norm(ours) - layer.norm).abs() / layer.norm;
        assert!(
            off <= 1e-3,
            "{what}, {name}: the gradient's length is {off} off"
        );
        // No value can be surer than the rounding of the longest of them.
        let typical = layer.norm / (ours.len() as f32).sqrt();
        let ours = sampled(ours, layer.gradient.len());
        for (ours, theirs) in ours.iter().zip(&layer.gradient) {
            let off = (ours - theirs).abs();
            let most = 1e-3 * theirs.abs().max(typical);
            assert!(off <= most, "{what}, {name}: {ours}, not {theirs}");
        }
    }
    let tuned = block_on(tuner.tuned()).expect("all weights are numbers");
    let out = [
        ("out.weight", &tuned.head.out.weight),
        ("out.bias", &tuned.head.out.bias),
    ];
    let tuned_layers = tuned.tuned_layers.layers.iter();
    let tuned_layers = tuned_layers.map(|layer| (layer.name.as_str(), &layer.values));
    let (mut near, mut all) = (0, 0);
    for (name, ours) in tuned_layers.chain(out) {
        let layer = &run.layers[name];
        for (ours, theirs) in sampled(ours, layer.after.len()).iter().zip(&layer.after) {
            let off = (ours - theirs).abs();
            // Two steps move a weight by 2e-3 at most. f16 keeps eleven binary digits.
            near += usize::from(off <= 5e-5 + theirs.abs() / 2048.0);
            all += 1;
        }
    }
    // Adam's first steps are as long for a gradient that rounds to either side of zero.
    assert!(
        near * 50 >= all * 49,
        "{what}: {near} of {all} weights are where they should be"
    );
}

#[test]
fn feature_extraction_is_pytorchs() {
    for in_burn in [false, true] {
        check("feature-extraction", Depth::Head, in_burn);
    }
}

#[test]
fn fine_tuning_is_pytorchs() {
    for in_burn in [false, true] {
        check("fine-tuning", Depth::LastStage, in_burn);
    }
}

#[test]
fn weight_initialisation_is_pytorchs() {
    for in_burn in [false, true] {
        check("weight-initialisation", Depth::All, in_burn);
    }
}

#[test]
fn from_scratch_is_pytorchs() {
    for in_burn in [false, true] {
        check("from-scratch", Depth::All, in_burn);
    }
}
