//! Graft against programs that have none of its code: Pillow, PyTorch, ONNX Runtime, scikit-learn.
//! Where the truth comes from stands in `fixtures/README.md`.

use data::backbone::{BackboneSpec, default_backbone, find_backbone};
use data::classifier::{Dense, Head, softmax};
use data::settings::{Optimiser, TrainSettings};
use formats::photo;
use half::f16;
use learn::trainer::{Labelled, Trainer};
use network::backbone::Backbone;
use network::device::{cosine, cpu};
use network::preprocess;
use pollster::block_on;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

fn file(path: &str) -> Vec<u8> {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn weights(spec: &BackboneSpec) -> Vec<u8> {
    file(&format!("public/{}", spec.file))
}

fn backbone(spec: &'static BackboneSpec) -> Backbone {
    Backbone::on_cpu(spec, &weights(spec)).expect("the committed weights are whole")
}

fn fixture(name: &str) -> Vec<u8> {
    file(&format!("tests/fixtures/{name}"))
}

fn floats(name: &str) -> Vec<f32> {
    let bytes = fixture(name);
    let values = bytes.as_chunks().0.iter();
    values.map(|b| f32::from_le_bytes(*b)).collect()
}

/// Length of the difference.
fn distance(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let squares = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
    squares.sum::<f32>().sqrt()
}

/// The same as a share of the truth's length.
fn relative(ours: &[f32], truth: &[f32]) -> f32 {
    distance(ours, truth) / distance(truth, &vec![0.0; truth.len()])
}

/// Pillow rounds after each direction, `image` only at the end: a level may differ, more may not.
#[test]
fn photos_shrink_and_grow_as_in_pillow() {
    for name in ["resize_600x400", "resize_90x120"] {
        let photo = photo::decode(&fixture(&format!("{name}.png"))).expect("a whole PNG");
        let ours = preprocess::to_square(&photo, 224);
        let pillow = fixture(&format!("{name}.rgb224"));
        assert_eq!(ours.as_raw().len(), pillow.len(), "{name}");
        let off = |most: u8| {
            let pairs = ours.iter().zip(&pillow);
            pairs.filter(|(a, b)| a.abs_diff(**b) > most).count()
        };
        assert_eq!(off(1), 0, "{name}: values more than a level off");
        // Half a level is what one rounding more costs; a shifted picture is off nearly everywhere.
        assert!(
            off(0) * 5 < pillow.len(),
            "{name}: {} values are off",
            off(0)
        );
    }
}

/// Only the border tells the pixels of such an input apart: the strictest test of padding. Distances,
/// as the embedding of zeros is nearly zero itself (0.005) and has no angle to speak of.
#[test]
fn constant_inputs_embed_as_in_onnx_runtime() {
    let lite1 = find_backbone("efficientnet-lite1-240").expect("the registry has it");
    // Against this file's weights only the rounding of f32 remains (measured: 4e-7 and 1.5e-5), against
    // the published ones that of the weights to f16 as well (Lite0 0.0008 and 0.036, Lite1, whose
    // embedding of zeros is larger, 0.0037 and 0.032).
    for (spec, name, value, rounding, of_weights) in [
        (default_backbone(), "const_zeros", 0.0, 1e-5, 2e-3),
        (default_backbone(), "const_ones", 1.0, 1e-4, 1e-1),
        (lite1, "const_zeros-lite1", 0.0, 1e-5, 1e-2),
        (lite1, "const_ones-lite1", 1.0, 1e-4, 1e-1),
    ] {
        let input = vec![value; 3 * spec.input_size * spec.input_size];
        let ours = block_on(backbone(spec).embed_normalised(input, 1)).expect("flex computes");
        for (truth, most) in [("f16emb1280", rounding), ("emb1280", of_weights)] {
            let off = distance(&ours[0].embedding, &floats(&format!("{name}.{truth}.f32")));
            assert!(off < most, "{name}.{truth}: distance {off}");
        }
    }
}

#[test]
fn damaged_weights_are_refused() {
    let whole = weights(default_backbone());
    for file in [&whole[..whole.len() / 2], b"", b"<!doctype html>"] {
        assert!(Backbone::load(default_backbone(), file, &cpu()).is_err());
    }
    // Of a network that nobody knows: the header's length stays.
    let id = b"\"id\":\"efficientnet-lite0\"";
    let at = whole.windows(id.len()).position(|w| w == id);
    let mut stranger = whole.clone();
    stranger[at.expect("the file names its network") + id.len() - 2] = b'7';
    assert!(Backbone::load(default_backbone(), &stranger, &cpu()).is_err());
}

/// Photos, against ONNX Runtime with the weights of this very file: nothing but rounding may differ.
#[test]
fn photos_embed_as_in_onnx_runtime() {
    for (id, names) in [
        (
            "efficientnet-lite0-224",
            &[
                "blackbird",
                "rainbow-lorikeet",
                "strawberry",
                "anemone",
                "broccoli",
            ][..],
        ),
        ("efficientnet-lite0-160", &["anemone-160"]),
        (
            "efficientnet-lite1-240",
            &["blackbird-lite1", "anemone-lite1"],
        ),
    ] {
        let spec = find_backbone(id).expect("the registry has it");
        let kernels = backbone(spec);
        let flex = Backbone::load(spec, &weights(spec), &cpu()).expect("the file is whole");
        for (name, backbone) in names.iter().flat_map(|n| [(n, &kernels), (n, &flex)]) {
            let square = fixture(&format!("{name}.rgb{}", spec.input_size));
            let ours = block_on(backbone.embed(&[&square])).expect("flex computes");
            let same = floats(&format!("{name}.f16emb1280.f32"));
            let error = relative(&ours[0].embedding, &same);
            assert!(error < 1e-4, "{name}: relative L2 error {error}");
            // The published f32 weights.
            let cosine = cosine(&ours[0].embedding, &floats(&format!("{name}.emb1280.f32")));
            assert!(cosine >= 0.9999, "{name}: cosine {cosine}");
        }
    }
}

/// The pooled layers on the way, against ONNX Runtime as the embeddings are. They are told as numbers that f16 holds, so what
/// ONNX Runtime says is rounded alike: only what lies between two such numbers may fall to the other side.
#[test]
fn pooled_layers_are_those_of_onnx_runtime() {
    for (id, names) in [
        (
            "efficientnet-lite0-224",
            &["blackbird", "strawberry", "anemone"][..],
        ),
        ("efficientnet-lite0-160", &["anemone-160"]),
        ("efficientnet-lite1-240", &["anemone-lite1"]),
    ] {
        let spec = find_backbone(id).expect("the registry has it");
        let kernels = backbone(spec);
        let flex = Backbone::load(spec, &weights(spec), &cpu()).expect("the file is whole");
        // With weights of its own, as after tuning.
        let other = kernels.with_layers(kernels.layers().as_ref().clone());
        for name in names {
            let square = fixture(&format!("{name}.rgb{}", spec.input_size));
            let truth = floats(&format!("{name}.f16layers2784.f32")).into_iter();
            let truth: Vec<f32> = truth.map(|v| f16::from_f32(v).to_f32()).collect();
            for backbone in [&kernels, &flex, &other] {
                let widths = backbone.layer_widths();
                assert_eq!(widths, [96, 144, 240, 480, 672, 1152], "{id}");
                let ours = block_on(backbone.embed(&[&square])).expect("flex computes");
                let error = relative(&ours[0].layers, &truth);
                assert!(error < 1e-4, "{name}: relative L2 error {error}");
            }
        }
    }
}

/// The head file of the classifier that the backbone was trained with.
fn old_head(spec: &BackboneSpec) -> (Head, Vec<String>) {
    let path = spec.old_head.expect("these weights brought one");
    let file = file(&format!("public/{path}"));
    let tensors = SafeTensors::deserialize(&file).expect("it is safetensors");
    let read = |name: &str, width: usize| {
        let tensor = tensors.tensor(name).expect(name);
        let values = tensor.data().chunks_exact(width);
        let values: Vec<f32> = match tensor.dtype() {
            Dtype::F16 => values
                .map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32())
                .collect(),
            _ => values
                .map(|b| f32::from_le_bytes(b.try_into().expect("4 bytes")))
                .collect(),
        };
        values
    };
    let (_, header) = SafeTensors::read_metadata(&file).expect("it is safetensors");
    let metadata = header.metadata().as_ref().expect("it has metadata");
    let entry: serde_json::Value = serde_json::from_str(&metadata["graft"]).expect("JSON");
    let hash = Backbone::on_cpu(default_backbone(), &weights(spec))
        .expect("whole")
        .hash()
        .to_owned();
    assert_eq!(entry["backbone_hash"], hash, "made for other weights");
    let names = entry["classes"].as_array().expect("a list").iter();
    let names = names.map(|c| c["name"].as_str().expect("a name").to_owned());
    let head = Head {
        input: Default::default(),
        mean: read("mean", 4),
        scale: read("scale", 4)[0],
        hidden: None,
        out: Dense {
            weight: read("out.weight", 2),
            bias: read("out.bias", 4),
        },
    };
    (head, names.collect())
}

/// The old head says what the published classifier says, of ImageNet's classes by their names.
#[test]
fn the_old_head_is_the_published_classifier() {
    for (id, name, class) in [
        ("efficientnet-lite0-224", "strawberry", Some("strawberry")),
        ("efficientnet-lite0-224", "broccoli", Some("broccoli")),
        (
            "efficientnet-lite0-224",
            "rainbow-lorikeet",
            Some("lorikeet"),
        ),
        // It knows neither.
        ("efficientnet-lite0-224", "blackbird", None),
        ("efficientnet-lite0-224", "anemone", None),
        ("efficientnet-lite0-160", "anemone-160", None),
    ] {
        let spec = find_backbone(id).expect("the registry has it");
        let (head, names) = old_head(spec);
        assert_eq!(names.len(), 1000);
        let truth = floats(&format!("{name}.logits1000.f32"));
        // Of the same embedding, and of ours: only the weights' rounding to f16 remains, of the
        // classifier alone (measured: 1.9e-4, probabilities 3e-4) or of the backbone too (4.5e-3, 8e-3).
        let square = fixture(&format!("{name}.rgb{}", spec.input_size));
        let ours = block_on(backbone(spec).embed(&[&square])).expect("flex computes");
        for (embedding, most, most_off) in [
            (&floats(&format!("{name}.emb1280.f32")), 5e-4, 1e-3),
            (&ours[0].embedding, 1e-2, 2e-2),
        ] {
            let logits = head.out.apply(embedding);
            let error = relative(&logits, &truth);
            assert!(error < most, "{name}: relative L2 error {error}");
            let off = distance(&head.predict(embedding), &softmax(&truth));
            assert!(off < most_off, "{name}: probabilities {off} off");
            let top = (0..1000).max_by(|a, b| logits[*a].total_cmp(&logits[*b]));
            let top = &names[top.expect("there are classes")];
            assert!(class.is_none_or(|class| class == top), "{name}: {top}");
        }
    }
}

/// scikit-learn's solution of the same problem.
#[derive(Deserialize)]
struct Solved {
    classes: Vec<String>,
    labels: Vec<usize>,
    #[serde(rename = "C")]
    c: f64,
    deviation: f32,
    mean_first8: Vec<f32>,
    cross_entropy: f64,
    probabilities: Vec<Vec<f32>>,
}

/// A linear head's objective has one minimum, so whoever minimises it must arrive at the same head.
#[test]
fn a_head_trains_to_scikit_learns_optimum() {
    let solved: Solved = serde_json::from_slice(&fixture("head.json")).expect("it is JSON");
    let embeddings = floats("head.emb1280.f32");
    let samples: Vec<Labelled> = embeddings
        .chunks(1280)
        .zip(solved.labels.iter().copied())
        .collect();
    // scikit-learn keeps `[classes, width]`.
    let weight = floats("head.weight.f32");
    let classes = solved.classes.len();
    let transposed: Vec<f32> = (0..weight.len())
        .map(|i| weight[i % classes * 1280 + i / classes])
        .collect();
    let length = distance(&weight, &vec![0.0; weight.len()]);
    // As the page trains, a percent is right to two digits more than it shows (measured: 1.1e-4, and
    // 0.9 % of the weights' length). With time to converge only f32 against f64 remains (measured: 2e-7, 2e-6).
    for (optimiser, epochs, most_off, most_entropy, most_weight) in [
        (Optimiser::Lbfgs, 200, 5e-5, 5e-6, 1e-3),
        (Optimiser::Adam, 200, 5e-4, 5e-5, 2e-2),
        (Optimiser::Adam, 1000, 1e-5, 1e-6, 1e-4),
    ] {
        let settings = TrainSettings {
            optimiser,
            epochs,
            l2: 1.0 / solved.c,
            ..Default::default()
        };
        let mut trainer = Trainer::new(&samples, &[], classes, &settings);
        let mut report = None;
        while !trainer.done() {
            report = Some(block_on(trainer.step()).expect("it does not diverge"));
        }
        let head = trainer.into_best().expect("it was trained");
        assert!(
            (head.scale - solved.deviation).abs() < 1e-6,
            "{}",
            head.scale
        );
        assert!(distance(&head.mean[..8], &solved.mean_first8) < 1e-6);
        let off = distance(&head.out.weight, &transposed) / length;
        assert!(
            off < most_weight,
            "{optimiser:?}, {epochs}: weights {off} off"
        );
        let mut entropy = 0.0;
        for ((embedding, label), truth) in samples.iter().zip(&solved.probabilities) {
            let probabilities = head.predict(embedding);
            entropy -= f64::from(probabilities[*label]).ln() / samples.len() as f64;
            for (probability, truth) in probabilities.iter().zip(truth) {
                let off = (probability - truth).abs();
                assert!(
                    off < most_off,
                    "{optimiser:?}, {epochs}: {probability}, not {truth}"
                );
            }
        }
        let reported = f64::from(report.expect("200 epochs take a step").loss);
        for entropy in [entropy, reported] {
            let off = (entropy - solved.cross_entropy).abs();
            assert!(
                off < most_entropy,
                "{optimiser:?}, {epochs}: cross-entropy {entropy}"
            );
        }
    }
}
