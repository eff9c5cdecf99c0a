//! The head file: safetensors with a `graft` entry in its metadata. Written down in
//! `docs/head-format.md`; readable with Python's `safetensors`.

use std::collections::HashMap;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::data::backbone::find_backbone;
use crate::data::classifier::{Dense, Head};
use crate::data::head::HeadInfo;
use crate::data::problem::HeadProblem;

/// Raised whenever an older Graft would misread a new file.
pub const VERSION: u32 = 1;
/// A head of 10,000 classes with the widest hidden layer is smaller.
const MAX_BYTES: usize = 256 << 20;

/// The metadata entry `graft`, as JSON.
#[derive(Serialize, Deserialize)]
struct Entry {
    version: u32,
    #[serde(flatten)]
    info: HeadInfo,
}

#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

/// The bytes of a head file.
pub fn write(head: &Head, info: &HeadInfo) -> Vec<u8> {
    let mut tensors: Vec<(&str, Vec<usize>, Vec<u8>)> = vec![
        ("mean", vec![head.mean.len()], bytes(&head.mean)),
        ("scale", vec![1], bytes(&[head.scale])),
    ];
    for (names, dense) in [
        (["hidden.weight", "hidden.bias"], head.hidden.as_ref()),
        (["out.weight", "out.bias"], Some(&head.out)),
    ] {
        if let Some(dense) = dense {
            let outputs = dense.bias.len();
            tensors.push((
                names[0],
                vec![dense.weight.len() / outputs, outputs],
                bytes(&dense.weight),
            ));
            tensors.push((names[1], vec![outputs], bytes(&dense.bias)));
        }
    }
    let views = tensors.iter().map(|(name, shape, data)| {
        (
            *name,
            TensorView::new(Dtype::F32, shape.clone(), data)
                .expect("a tensor's bytes are made from its values"),
        )
    });
    let entry = Entry {
        version: VERSION,
        info: info.clone(),
    };
    let json = serde_json::to_string(&entry).expect("plain data becomes JSON");
    let metadata = HashMap::from([("graft".to_owned(), json)]);
    safetensors::serialize(views, Some(metadata)).expect("names and shapes are ours")
}

/// Reads a head file that may come from anyone.
pub fn read(file: &[u8]) -> Result<(Head, HeadInfo), HeadProblem> {
    if file.len() > MAX_BYTES {
        return Err(HeadProblem::Damaged("it is larger than any head".into()));
    }
    // Safetensors begin with the header's length and a JSON object.
    if file.get(8) != Some(&b'{') {
        return Err(HeadProblem::NotAHead);
    }
    let damaged = |e: safetensors::SafeTensorError| HeadProblem::Damaged(e.to_string());
    let (_, header) = SafeTensors::read_metadata(file).map_err(damaged)?;
    let json = header
        .metadata()
        .as_ref()
        .and_then(|m| m.get("graft"))
        .ok_or(HeadProblem::NotAHead)?;
    let bad_json = |e: serde_json::Error| HeadProblem::Damaged(e.to_string());
    let VersionOnly { version } = serde_json::from_str(json).map_err(bad_json)?;
    if version > VERSION {
        return Err(HeadProblem::Newer {
            found: version,
            known: VERSION,
        });
    }
    let Entry { mut info, .. } = serde_json::from_str(json).map_err(bad_json)?;
    info.settings = info.settings.clamped();
    let backbone = find_backbone(&info.backbone)
        .ok_or_else(|| HeadProblem::UnknownBackbone(info.backbone.clone()))?;
    let tensors = SafeTensors::deserialize(file).map_err(damaged)?;
    let classes = info.classes.len();
    if classes < 2 {
        return Err(HeadProblem::Shape(format!("{classes} classes")));
    }
    if info.validation.as_ref().is_some_and(|v| {
        let a = v.accuracy;
        v.confusion.classes != classes
            || v.confusion.counts.len() != classes * classes
            || !(0.0 <= a.low && a.low <= a.value && a.value <= a.high && a.high <= 1.0)
    }) {
        return Err(HeadProblem::Shape(
            "the validation result does not fit the classes".into(),
        ));
    }
    if info.input_size != backbone.input_size {
        return Err(HeadProblem::Shape(format!(
            "{} takes {} pixels, not {}",
            backbone.id, backbone.input_size, info.input_size
        )));
    }
    let mean = values(&tensors, "mean", &[backbone.width])?;
    let scale = values(&tensors, "scale", &[1])?[0];
    // Dividing by a subnormal one would leave the range of f32.
    if !scale.is_normal() || scale < 0.0 {
        return Err(HeadProblem::Shape("scale is not positive".into()));
    }
    let (out_width, hidden) = match tensors.tensor("hidden.bias") {
        Ok(bias) => {
            let units = bias.shape().first().copied().unwrap_or(0);
            if units == 0 {
                return Err(HeadProblem::Shape("hidden has no units".into()));
            }
            (
                units,
                Some(dense(&tensors, "hidden", backbone.width, units)?),
            )
        }
        Err(_) => (backbone.width, None),
    };
    let out = dense(&tensors, "out", out_width, classes)?;
    Ok((
        Head {
            mean,
            scale,
            hidden,
            out,
        },
        info,
    ))
}

fn dense(
    tensors: &SafeTensors,
    name: &str,
    inputs: usize,
    outputs: usize,
) -> Result<Dense, HeadProblem> {
    Ok(Dense {
        weight: values(tensors, &format!("{name}.weight"), &[inputs, outputs])?,
        bias: values(tensors, &format!("{name}.bias"), &[outputs])?,
    })
}

fn values(tensors: &SafeTensors, name: &str, shape: &[usize]) -> Result<Vec<f32>, HeadProblem> {
    let view = tensors
        .tensor(name)
        .map_err(|_| HeadProblem::Shape(format!("{name} is missing")))?;
    if view.dtype() != Dtype::F32 || view.shape() != shape {
        return Err(HeadProblem::Shape(format!(
            "{name} is {:?} {:?}, not F32 {shape:?}",
            view.dtype(),
            view.shape()
        )));
    }
    let values: Vec<f32> = view
        .data()
        .as_chunks()
        .0
        .iter()
        .map(|b| f32::from_le_bytes(*b))
        .collect();
    if values.iter().all(|v| v.is_finite()) {
        Ok(values)
    } else {
        Err(HeadProblem::NotFinite)
    }
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}
