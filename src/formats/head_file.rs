//! The head file: safetensors with a `graft` entry in its metadata. Written down in
//! `docs/head-format.md`; readable with Python's `safetensors`.

use std::collections::HashMap;

use half::f16;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::data::backbone::find_backbone;
use crate::data::changed::{Changed, ChangedLayer};
use crate::data::classifier::{Dense, Head};
use crate::data::head::HeadInfo;
use crate::data::problem::HeadProblem;

/// Raised whenever an older Graft would misread a new file.
pub const VERSION: u32 = 2;
/// Of a file that holds the head alone, which the first Graft reads as well.
const PLAIN: u32 = 1;
/// A head of 10,000 classes with the widest hidden layer is smaller.
const MAX_BYTES: usize = 256 << 20;

/// What a head file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadFile {
    pub head: Head,
    pub info: HeadInfo,
    /// Of the backbone, where it was tuned with the head.
    pub changed: Changed,
}

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
pub fn write(file: &HeadFile) -> Vec<u8> {
    let HeadFile {
        head,
        info,
        changed,
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
    for layer in &changed.layers {
        let name = format!("{BACKBONE}{}", layer.name);
        let data = halves(&layer.values);
        tensors.push((name, Dtype::F16, layer.shape.clone(), data));
    }
    let views = tensors.iter().map(|(name, kind, shape, data)| {
        let view = TensorView::new(*kind, shape.clone(), data);
        (
            name,
            view.expect("a tensor's bytes are made from its values"),
        )
    });
    let entry = Entry {
        version: if changed.is_empty() { PLAIN } else { VERSION },
        info: info.clone(),
    };
    let json = serde_json::to_string(&entry).expect("plain data becomes JSON");
    let metadata = HashMap::from([("graft".to_owned(), json)]);
    safetensors::serialize(views, Some(metadata)).expect("names and shapes are ours")
}

/// Reads a head file that may come from anyone.
pub fn read(file: &[u8]) -> Result<HeadFile, HeadProblem> {
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
    info.tuned = info.tuned.map(|tuned| tuned.clamped());
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
    let mean = values(&tensors, "mean", &[backbone.width], FULL)?;
    let scale = values(&tensors, "scale", &[1], FULL)?[0];
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
                Some(dense(&tensors, "hidden", [backbone.width, units], FULL)?),
            )
        }
        Err(_) => (backbone.width, None),
    };
    let (kinds, changed) = match version {
        ..=PLAIN => (FULL, Changed::default()),
        _ => (ANY, changed_layers(&tensors)?),
    };
    if !changed.is_empty() && info.tuned.is_none() {
        let what = "layers of the backbone, and not a word of how they were tuned";
        return Err(HeadProblem::Shape(what.into()));
    }
    let out = dense(&tensors, "out", [out_width, classes], kinds)?;
    let head = Head {
        mean,
        scale,
        hidden,
        out,
    };
    Ok(HeadFile {
        head,
        info,
        changed,
    })
}

/// Before the names of the backbone's tensors.
const BACKBONE: &str = "backbone.";
/// Types that a tensor may have.
const FULL: &[Dtype] = &[Dtype::F32];
const HALF: &[Dtype] = &[Dtype::F16];
const ANY: &[Dtype] = &[Dtype::F32, Dtype::F16];

/// Whether they are layers of the backbone is for who has one.
fn changed_layers(tensors: &SafeTensors) -> Result<Changed, HeadProblem> {
    let mut layers = Vec::new();
    for full_name in tensors.names() {
        let Some(name) = full_name.strip_prefix(BACKBONE) else {
            continue;
        };
        let view = tensors.tensor(full_name);
        let shape = view.map_or_else(|_| Vec::new(), |view| view.shape().to_vec());
        layers.push(ChangedLayer {
            name: name.to_owned(),
            values: values(tensors, full_name, &shape, HALF)?,
            shape,
        });
    }
    layers.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Changed { layers })
}

fn dense(
    tensors: &SafeTensors,
    name: &str,
    [inputs, outputs]: [usize; 2],
    kinds: &[Dtype],
) -> Result<Dense, HeadProblem> {
    Ok(Dense {
        weight: values(
            tensors,
            &format!("{name}.weight"),
            &[inputs, outputs],
            kinds,
        )?,
        bias: values(tensors, &format!("{name}.bias"), &[outputs], FULL)?,
    })
}

fn values(
    tensors: &SafeTensors,
    name: &str,
    shape: &[usize],
    kinds: &[Dtype],
) -> Result<Vec<f32>, HeadProblem> {
    let view = tensors
        .tensor(name)
        .map_err(|_| HeadProblem::Shape(format!("{name} is missing")))?;
    if !kinds.contains(&view.dtype()) || view.shape() != shape {
        return Err(HeadProblem::Shape(format!(
            "{name} is {:?} {:?}, not {:?} {shape:?}",
            view.dtype(),
            view.shape(),
            kinds[0]
        )));
    }
    let bytes = view.data();
    let values: Vec<f32> = match view.dtype() {
        Dtype::F16 => {
            let halves = bytes.as_chunks().0.iter();
            halves.map(|b| f16::from_le_bytes(*b).to_f32()).collect()
        }
        _ => {
            let floats = bytes.as_chunks().0.iter();
            floats.map(|b| f32::from_le_bytes(*b)).collect()
        }
    };
    if values.iter().all(|v| v.is_finite()) {
        Ok(values)
    } else {
        Err(HeadProblem::NotFinite)
    }
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn halves(values: &[f32]) -> Vec<u8> {
    let halves = values.iter().map(|v| f16::from_f32(*v));
    halves.flat_map(f16::to_le_bytes).collect()
}
