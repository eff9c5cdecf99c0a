//! Heads of each kind on networks of each kind, and what the page says with them.

use data::backbone::{BackboneSpec, find_backbone};
use data::classifier::{Dense, Head, Input, Part, softmax};
use data::export::{Format, Golden, Order};
use data::features::Features;
use data::tuned_layers::{TunedLayer, TunedLayers};
use data::unknown::{Position, STEPS, Spread, Unknown, direction, doubt};
use engine::{NetworkInput, PreparedSample, SampleFile};
use half::f16;
use network::backbone::Backbone;
use pollster::block_on;

pub const PHOTOS: [&str; 6] = [
    "bird_1", "bird_2", "bird_3", "fruit_1", "fruit_2", "fruit_3",
];

/// What a head sees, and what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The embedding, a linear layer.
    Softmax,
    /// The same with a hidden layer.
    Hidden,
    /// Square roots of the embedding and of all layers, and by what to tell what is unknown.
    Lda,
}

pub struct Case {
    pub name: String,
    pub backbone: Backbone,
    pub head: Head,
    pub unknown: Option<Unknown>,
    pub labels: Vec<String>,
    /// Prepared inputs.
    pub inputs: Vec<Vec<u8>>,
    features: Vec<Features>,
}

pub fn bytes(path: &str) -> Vec<u8> {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// As the page prepares a photo.
fn input(name: &str, size: usize) -> Vec<u8> {
    let file = SampleFile::from(bytes(&format!("tests/photos/{name}.jpg")));
    let prepared = PreparedSample::of(&file, size).expect("a whole photo");
    match prepared.input {
        NetworkInput::Bytes(bytes) => bytes,
        NetworkInput::Features(_) => unreachable!("nothing was embedded"),
    }
}

/// From -1 to 1, the same each time.
fn noise(i: usize) -> f32 {
    let mixed = (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed >> 40) as f32) / ((1_u64 << 23) as f32) - 1.0
}

/// The last two layers a little different, as tuning leaves them.
fn tuned(backbone: &Backbone) -> Backbone {
    let convs = backbone.layers().convs();
    let last = convs[convs.len() - 2..].iter().map(|conv| {
        let [(name, shape), _] = conv.op.tensors();
        let changed = conv.weight.iter().enumerate();
        let changed = changed.map(|(i, w)| f16::from_f32(w * (1.0 + 0.2 * noise(i))).to_f32());
        TunedLayer {
            name,
            shape,
            values: changed.collect(),
        }
    });
    let layers = TunedLayers {
        layers: last.collect(),
    };
    backbone.tuned(&layers).expect("these are its layers")
}

impl Case {
    pub fn new(backbone: &str, is_tuned: bool, kind: Kind, classes: usize) -> Self {
        let spec: &'static BackboneSpec = find_backbone(backbone).expect("it is in the table");
        let weights = bytes(&format!("public/{}", spec.file));
        let plain = Backbone::on_cpu(spec, &weights).expect("the committed weights are whole");
        let backbone = if is_tuned { tuned(&plain) } else { plain };
        let inputs = PHOTOS.map(|name| input(name, spec.input_size));
        let seen: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
        let features = block_on(backbone.embed(&seen)).expect("it computes");
        let head = head(kind, classes, &features);
        let logits = |f| head.logits(f).expect("the head sees what there is");
        let unknown = (kind == Kind::Lda).then(|| unknown(&features, &logits(&features[0])));
        Self {
            name: format!(
                "{}{}-{kind:?}-{classes}",
                spec.id,
                if is_tuned { "-tuned" } else { "" }
            ),
            labels: (0..classes).map(|i| format!("Klasse {i} 梨")).collect(),
            inputs: inputs.into(),
            backbone,
            head,
            unknown,
            features,
        }
    }

    pub fn order(&self, format: Format, small: bool) -> Order {
        let samples = self.inputs.iter().zip(&self.features);
        let samples = samples.map(|(pixels, features)| {
            let logits = self.head.logits(features).expect("it fits");
            let unknown = self.unknown.as_ref();
            Golden {
                pixels: pixels.clone(),
                strangeness: unknown.and_then(|u| u.score(&features.embedding, &logits)),
                probabilities: softmax(&logits),
            }
        });
        let spec = self.backbone.spec();
        Order {
            format,
            small,
            name: "Birds and fruit".into(),
            date: "2026-11-28".into(),
            backbone: spec.id.into(),
            ops: self.backbone.layers().network().ops().to_vec(),
            input_size: spec.input_size,
            head: self.head.clone(),
            labels: self.labels.clone(),
            unknown: self.unknown.clone().map(|u| (u.clone(), u.prototypes)),
            samples: samples.collect(),
        }
    }

    pub fn zip(&self, format: Format, small: bool) -> Vec<u8> {
        let convs = self.backbone.layers().convs().iter();
        let numbers = convs.flat_map(|conv| conv.weight.iter().chain(&conv.bias));
        let tensors: Vec<u8> = numbers.flat_map(|v| v.to_le_bytes()).collect();
        export::export(&self.order(format, small), &tensors).expect("the network keeps the rules")
    }
}

/// Classes near to the photos and to mixes of them, so sure of themselves as heads are.
fn head(kind: Kind, classes: usize, features: &[Features]) -> Head {
    let layers = features[0].layers.len();
    let input = match kind {
        Kind::Softmax | Kind::Hidden => Input::default(),
        Kind::Lda => Input {
            parts: vec![
                Part::Layers {
                    from: 0,
                    to: layers,
                },
                Part::Embedding,
            ],
            root: true,
        },
    };
    let seen: Vec<Vec<f32>> = features
        .iter()
        .map(|f| input.of(f).expect("it is there"))
        .collect();
    let width = seen[0].len();
    let mean: Vec<f32> = (0..width)
        .map(|i| seen.iter().map(|f| f[i]).sum::<f32>() / seen.len() as f32)
        .collect();
    let scale = 0.4;
    // Towards a photo, and a little elsewhere.
    let towards = |class: usize, i: usize| {
        let photo = &seen[class % seen.len()];
        (photo[i] - mean[i]) / scale + 0.3 * noise(class * width + i)
    };
    let square: f32 = (0..width).map(|i| towards(0, i).powi(2)).sum();
    // Of many classes each photo has several near it.
    let gain = if classes > features.len() { 40.0 } else { 4.0 };
    let weight = |i: usize, class: usize| gain * towards(class, i) / square;
    let dense = |outputs: usize| Dense {
        weight: (0..width)
            .flat_map(|i| (0..outputs).map(move |class| (i, class)))
            .map(|(i, class)| weight(i, class))
            .collect(),
        bias: (0..outputs).map(|class| 0.2 * noise(class)).collect(),
    };
    let (hidden, out) = match kind {
        Kind::Hidden => {
            let units = 16;
            let out = Dense {
                weight: (0..units * classes).map(noise).collect(),
                bias: vec![0.0; classes],
            };
            (Some(dense(units)), out)
        }
        Kind::Softmax | Kind::Lda => (None, dense(classes)),
    };
    Head {
        input,
        mean,
        scale,
        hidden,
        out,
    }
}

fn unknown(features: &[Features], logits: &[f32]) -> Unknown {
    let prototypes = features.iter().step_by(2);
    let prototypes = prototypes.flat_map(|f| direction(&f.embedding));
    let prototypes = prototypes.map(|v| f16::from_f32(v).to_f32());
    let position = |i: usize| Position {
        limit: i as f32 / 50.0,
        kept: i as f32 / 100.0,
        accuracy: None,
    };
    Unknown {
        width: features[0].embedding.len(),
        prototypes: prototypes.collect(),
        distance: Spread {
            mean: 0.1,
            deviation: 0.03,
        },
        doubt: Spread {
            mean: doubt(logits) as f32,
            deviation: 0.5,
        },
        kept: 0.95,
        curve: (0..=STEPS).map(position).collect(),
    }
}
