//! The head file: safetensors with a `graft` entry in its metadata. Written down in
//! `docs/head-format.md`; readable with Python's `safetensors`.
//!
//! ```
//! use data::backbone::default_backbone;
//! use data::class::Colour;
//! use data::classifier::{Dense, Head};
//! use data::head::{HeadClass, HeadInfo};
//! use formats::head_file::{HeadFile, read, write};
//!
//! let backbone = default_backbone();
//! let class = |name: &str, colour| HeadClass { name: name.into(), colour, samples: 12 };
//! let info = HeadInfo {
//!     classes: vec![class("cat", Colour(0, 114, 178)), class("dog", Colour(230, 159, 0))],
//!     backbone: backbone.id.into(),
//!     backbone_hash: backbone.hash.into(),
//!     input_size: backbone.input_size,
//!     settings: Default::default(),
//!     validation: None,
//!     tuned: None,
//!     choice: None,
//!     unknown: None,
//! };
//! let out = Dense { weight: vec![0.01; backbone.width * 2], bias: vec![0.5, -0.5] };
//! let head = Head { mean: vec![0.4; backbone.width], scale: 0.5, input: Default::default(), hidden: None, out };
//! let file = HeadFile { head, info, tuned_layers: Default::default(), statistics: None };
//!
//! let bytes = write(&file);
//! assert!(read(&bytes) == Ok(file));
//! assert!(read(&bytes[..100]).is_err(), "it is cut off");
//! ```

mod reading;

use std::collections::HashMap;

use half::f16;
pub use reading::read;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde::Serialize;

use data::classifier::{Head, Input};
use data::head::HeadInfo;
use data::statistics::Statistics;
use data::tuned_layers::TunedLayers;

/// Raised whenever an older Graft would misread a new file.
pub const VERSION: u32 = 3;
/// The version of a file with layers of the backbone, or with a tensor of f16.
const TUNED: u32 = 2;
/// The version of a file that holds the head alone, which the first Graft reads as well.
const PLAIN: u32 = 1;
/// Before the names of the backbone's tensors.
const BACKBONE: &str = "backbone.";

/// By which a head knows what is near to what it learned from.
const PROTOTYPES: &str = "unknown.prototypes";
/// By which it can be put together with another one.
const MEANS: &str = "statistics.means";
const FACTOR: &str = "statistics.factor";

/// What a head file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadFile {
    pub head: Head,
    pub info: HeadInfo,
    /// The layers of the backbone that were tuned with the head; empty where none were.
    pub tuned_layers: TunedLayers,
    /// Of the samples that a head in closed form was made of; none where they are not known, which changes no answer.
    pub statistics: Option<Box<Statistics>>,
}

/// The metadata entry `graft`, as JSON.
#[derive(Serialize)]
struct Entry {
    version: u32,
    #[serde(flatten)]
    info: HeadInfo,
    /// Of heads that see something else than the embedding as it is: version 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Input>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statistics: Option<Statistics>,
}

/// The bytes of a head file.
pub fn write(file: &HeadFile) -> Vec<u8> {
    let HeadFile {
        head,
        info,
        tuned_layers,
        statistics,
    } = file;
    let full = |name: &str, shape: Vec<usize>, values: &[f32]| {
        (name.to_owned(), Dtype::F32, shape, bytes(values))
    };
    let mut tensors = vec![
        full("mean", vec![head.mean.len()], &head.mean),
        full("scale", vec![1], &[head.scale]),
    ];
    for (name, dense) in [("hidden", head.hidden.as_ref()), ("out", Some(&head.out))] {
        if let Some(dense) = dense {
            let outputs = dense.bias.len();
            let shape = vec![dense.weight.len() / outputs, outputs];
            tensors.push(full(&format!("{name}.weight"), shape, &dense.weight));
            tensors.push(full(&format!("{name}.bias"), vec![outputs], &dense.bias));
        }
    }
    for layer in &tuned_layers.layers {
        let name = format!("{BACKBONE}{}", layer.name);
        let data = halves(&layer.values);
        tensors.push((name, Dtype::F16, layer.shape.clone(), data));
    }
    if let Some(unknown) = &info.unknown {
        let shape = vec![
            unknown.prototypes.len() / unknown.width.max(1),
            unknown.width,
        ];
        let data = halves(&unknown.prototypes);
        tensors.push((PROTOTYPES.into(), Dtype::F16, shape, data));
    }
    if let Some(statistics) = statistics {
        let width = statistics.means.len() / head.classes();
        for (name, rows) in [(MEANS, &statistics.means), (FACTOR, &statistics.factor)] {
            if !rows.is_empty() {
                let shape = vec![rows.len() / width, width];
                tensors.push((name.into(), Dtype::F16, shape, halves(rows)));
            }
        }
    }
    let views = tensors.iter().map(|(name, kind, shape, data)| {
        let view = TensorView::new(*kind, shape.clone(), data);
        (
            name,
            view.expect("a tensor's bytes are made from its values"),
        )
    });
    let input = Some(head.input.clone()).filter(|input| *input != Input::default());
    let entry = Entry {
        // A reader of before would answer where this head says that it does not know.
        version: match (
            input.is_some() || info.unknown.is_some(),
            tuned_layers.is_empty(),
        ) {
            (true, _) => VERSION,
            (false, false) => TUNED,
            (false, true) => PLAIN,
        },
        info: info.clone(),
        input,
        statistics: statistics.as_deref().cloned(),
    };
    let json = serde_json::to_string(&entry).expect("plain data becomes JSON");
    let metadata = HashMap::from([("graft".to_owned(), json)]);
    safetensors::serialize(views, Some(metadata)).expect("names and shapes are ours")
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn halves(values: &[f32]) -> Vec<u8> {
    let halves = values.iter().map(|v| f16::from_f32(*v));
    halves.flat_map(f16::to_le_bytes).collect()
}
