//! The checkpoint's own classifier, which tells ImageNet's 1000 classes apart, as a head file (`docs/head-format.md`).

use std::collections::BTreeMap;

use data::backbone::find_backbone;
use data::class::PALETTE;
use data::head::{HeadClass, HeadInfo};
use data::settings::{Optimiser, TrainSettings};
use serde::Serialize;

use crate::checkpoint::Tensor;
use crate::fold::FoldError;
use crate::sources::Source;
use crate::write::{Dtype, Part};

/// One a line, in the order of the classifier's outputs; where they are from stands in NOTICE.
const CLASSES: &str = include_str!("imagenet_classes.txt");
/// Of the head format: the first that allows f16 weights.
const VERSION: u32 = 2;

#[derive(Serialize)]
struct Entry {
    version: u32,
    #[serde(flatten)]
    info: HeadInfo,
}

/// `softmax(W embedding + b)`: the head format's centring has nothing to do.
pub fn parts(tensors: &BTreeMap<String, Tensor>) -> Result<Vec<Part>, FoldError> {
    let tensor = |name: &str| {
        let found = tensors.get(name);
        found.ok_or_else(|| FoldError::Missing(name.to_owned()))
    };
    let (weight, bias) = (tensor("_fc.weight")?, tensor("_fc.bias")?);
    let classes = CLASSES.lines().count();
    let [outputs, inputs] = weight.shape[..] else {
        return Err(FoldError::Shape("_fc.weight".into()));
    };
    if outputs != classes || bias.shape != [classes] {
        return Err(FoldError::Shape("_fc".into()));
    }
    // [outputs, inputs] -> [inputs, outputs]
    let transposed =
        (0..inputs * outputs).map(|i| f64::from(weight.values[i % outputs * inputs + i / outputs]));
    let part = |name: &str, shape: &[usize], dtype, values| Part {
        name: name.into(),
        shape: shape.to_vec(),
        dtype,
        values,
    };
    Ok(vec![
        part("mean", &[inputs], Dtype::F32, vec![0.0; inputs]),
        part("scale", &[1], Dtype::F32, vec![1.0]),
        part(
            "out.weight",
            &[inputs, outputs],
            Dtype::F16,
            transposed.collect(),
        ),
        part(
            "out.bias",
            &[outputs],
            Dtype::F32,
            bias.values.iter().map(|b| f64::from(*b)).collect(),
        ),
    ])
}

/// The head's own entry, and where it is from. `backbone_hash` is of the backbone file made of the same checkpoint.
pub fn metadata(
    source: &Source,
    backbone: &str,
    backbone_hash: String,
) -> Result<BTreeMap<&'static str, String>, serde_json::Error> {
    let spec =
        find_backbone(backbone).expect("the table of sources names a backbone of the registry");
    let class = |(i, name): (usize, &str)| HeadClass {
        name: name.to_owned(),
        colour: PALETTE[i % PALETTE.len()],
        samples: 0,
    };
    let entry = Entry {
        version: VERSION,
        info: HeadInfo {
            classes: CLASSES.lines().enumerate().map(class).collect(),
            backbone: spec.id.into(),
            backbone_hash,
            input_size: spec.input_size,
            // For the record only; the file says nothing of Adam, so a new default changes no byte.
            settings: TrainSettings {
                optimiser: Optimiser::Adam,
                ..Default::default()
            },
            validation: None,
            tuned: None,
            choice: None,
            unknown: None,
        },
    };
    Ok(BTreeMap::from([
        ("graft", serde_json::to_string(&entry)?),
        ("source", source.origin.into()),
        ("source_sha256", source.wheel_sha256.into()),
        (
            "changes",
            "the checkpoint's classifier alone, transposed, weights rounded to f16".into(),
        ),
        ("license", "Apache-2.0".into()),
        ("copyright", "Copyright (c) 2020, ML Illustrated".into()),
        (
            "class_names",
            "torchvision 0.29.2, models/_meta.py (BSD-3-Clause)".into(),
        ),
    ]))
}
