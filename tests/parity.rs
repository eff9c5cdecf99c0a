//! Graft against programs that have none of its code: Pillow, PyTorch, ONNX Runtime, scikit-learn.
//! Where the truth comes from stands in `fixtures/README.md`.

use graft::data::backbone::default_backbone;
use graft::formats::photo;
use graft::ml::backbone::Backbone;
use graft::ml::device::{cosine, cpu};
use graft::ml::preprocess;

const WEIGHTS: &[u8] = include_bytes!("../public/model/efficientnet-lite0-224.safetensors");

fn backbone() -> Backbone {
    Backbone::on_cpu(default_backbone(), WEIGHTS).expect("the committed weights are whole")
}

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn truth(bytes: &[u8]) -> Vec<f32> {
    bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
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

#[test]
fn a_constant_input_embeds_as_in_pytorch() {
    let ones = truth(include_bytes!("fixtures/const_ones.emb1280.f32"));
    let ours = pollster::block_on(backbone().embed_normalised(vec![1.0; 3 * 224 * 224], 1))
        .expect("flex computes");
    let cosine = cosine(&ours[0], &ones);
    assert!(cosine >= 0.9999, "cosine {cosine}");
}

/// Almost all of it is exactly zero, so the distance is compared, not the angle.
#[test]
fn a_zero_input_embeds_as_in_pytorch() {
    let zeros = truth(include_bytes!("fixtures/const_zeros.emb1280.f32"));
    let ours = pollster::block_on(backbone().embed_normalised(vec![0.0; 3 * 224 * 224], 1))
        .expect("flex computes");
    let distance: f32 = ours[0]
        .iter()
        .zip(&zeros)
        .map(|(a, b)| (a - b).powi(2))
        .sum::<f32>()
        .sqrt();
    assert!(distance < 1e-2, "distance {distance}");
}

#[test]
fn damaged_weights_are_refused() {
    for file in [&WEIGHTS[..WEIGHTS.len() / 2], b"", b"<!doctype html>"] {
        assert!(Backbone::load(default_backbone(), file, &cpu()).is_err());
    }
}

/// Photos, against ONNX Runtime with the weights of this very file: nothing but rounding may differ.
#[test]
fn photos_embed_as_in_onnx_runtime() {
    let backbone = backbone();
    for name in [
        "blackbird",
        "rainbow-lorikeet",
        "strawberry",
        "anemone",
        "broccoli",
    ] {
        let read = |end: &str| fixture(&format!("{name}.{end}"));
        let square = read("rgb224");
        let ours = pollster::block_on(backbone.embed(&[&square])).expect("flex computes");
        let same = truth(&read("f16emb1280.f32"));
        let norm = |v: &mut dyn Iterator<Item = f32>| v.map(|x| x * x).sum::<f32>().sqrt();
        let error = norm(&mut ours[0].iter().zip(&same).map(|(a, b)| a - b))
            / norm(&mut same.iter().copied());
        assert!(error < 1e-4, "{name}: relative L2 error {error}");
        // The published f32 weights.
        let cosine = cosine(&ours[0], &truth(&read("emb1280.f32")));
        assert!(cosine >= 0.9999, "{name}: cosine {cosine}");
    }
}
