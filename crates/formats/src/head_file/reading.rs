//! Reading a head file that may come from anyone: nothing that stands in it is believed.

use half::f16;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::{BACKBONE, FACTOR, HeadFile, MEANS, PLAIN, PROTOTYPES, VERSION};
use data::backbone::{BackboneSpec, find_backbone};
use data::classifier::{Dense, Head, Input};
use data::evaluation::{BINS, Bin};
use data::head::{Calibrated, HeadInfo, Validation, told_apart};
use data::limits::{
    LARGEST_HEAD, LARGEST_HEADER, MOST_CLASSES, MOST_HIDDEN, MOST_PROTOTYPES, MOST_SAMPLES,
    product, shortened,
};
use data::problem::HeadProblem;
use data::statistics::{RANK, Statistics};
use data::tuned_layers::{TunedLayer, TunedLayers};
use data::unknown::Unknown;

/// Types that a tensor may have.
const FULL: &[Dtype] = &[Dtype::F32];
const HALF: &[Dtype] = &[Dtype::F16];
const ANY: &[Dtype] = &[Dtype::F32, Dtype::F16];

#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

/// Reads a head file. What it returns is within [`data::limits`], has classes that can be told apart by their
/// names, and gives numbers for every embedding. Whether its layers are the backbone's is for who knows that one.
pub fn read(file: &[u8]) -> Result<HeadFile, HeadProblem> {
    let Description {
        version,
        info,
        input,
        statistics,
    } = description(file)?;
    let mut info = checked(info)?;
    let backbone = find_backbone(&info.backbone)
        .ok_or_else(|| HeadProblem::UnknownBackbone(shortened(&info.backbone)))?;
    if info.input_size != backbone.input_size {
        let what = format!(
            "{} takes {} pixels, not {}",
            backbone.id, backbone.input_size, info.input_size
        );
        return Err(HeadProblem::Shape(what.into()));
    }
    let tensors = SafeTensors::deserialize(file).map_err(damaged)?;
    // What files of before say of it is not ours.
    info.unknown = info.unknown.filter(|_| version >= VERSION);
    if let Some(unknown) = &mut info.unknown {
        known(unknown, &tensors, backbone)?;
    }
    let (kinds, tuned_layers) = match version {
        ..=PLAIN => (FULL, TunedLayers::default()),
        _ => (ANY, tuned_layers(&tensors)?),
    };
    if !tuned_layers.is_empty() && info.tuned.is_none() {
        let what = "layers of the backbone, and not a word of how they were tuned";
        return Err(HeadProblem::Shape(what.into()));
    }
    let head = head(&tensors, backbone, input, info.classes.len(), kinds)?;
    let statistics = match statistics {
        Some(found) => of_samples(found, &tensors, &head, backbone)?,
        None => None,
    };
    match head.is_bounded() {
        true => Ok(HeadFile {
            head,
            info,
            tuned_layers,
            statistics,
        }),
        false => Err(HeadProblem::Unbounded),
    }
}

struct Description {
    version: u32,
    info: HeadInfo,
    input: Input,
    statistics: Option<Statistics>,
}

/// What version 3 brought.
#[derive(Default, Deserialize)]
struct Latest {
    #[serde(default)]
    input: Input,
    #[serde(default)]
    statistics: Option<Statistics>,
}

/// The entry `graft` of the header's metadata.
fn description(file: &[u8]) -> Result<Description, HeadProblem> {
    if file.len() > LARGEST_HEAD {
        return Err(HeadProblem::TooLarge(
            format!("{} bytes", file.len()).into(),
        ));
    }
    // Safetensors begin with the header's length and a JSON object.
    let Some((length, [b'{', ..])) = file.split_first_chunk() else {
        return Err(HeadProblem::NotAHead);
    };
    // A length beyond the file's end is damage, which safetensors finds.
    let length = u64::from_le_bytes(*length);
    if length > LARGEST_HEADER as u64 && length < file.len() as u64 {
        let what = format!("a header of {length} bytes");
        return Err(HeadProblem::TooLarge(what.into()));
    }
    let (_, header) = SafeTensors::read_metadata(file).map_err(damaged)?;
    let metadata = header.metadata().as_ref();
    let json = metadata
        .and_then(|m| m.get("graft"))
        .ok_or(HeadProblem::NotAHead)?;
    // serde_json goes 128 levels deep and no further.
    let bad_json = |e: serde_json::Error| HeadProblem::Damaged(shortened(&e.to_string()).into());
    let VersionOnly { version } = serde_json::from_str(json).map_err(bad_json)?;
    if version > VERSION {
        return Err(HeadProblem::Newer {
            found: version,
            known: VERSION,
        });
    }
    let info = serde_json::from_str(json).map_err(bad_json)?;
    // A file of before that has such entries does not mean ours.
    let Latest { input, statistics } = match version < VERSION {
        true => Latest::default(),
        false => serde_json::from_str(json).map_err(bad_json)?,
    };
    Ok(Description {
        version,
        info,
        input,
        statistics,
    })
}

fn damaged(error: safetensors::SafeTensorError) -> HeadProblem {
    HeadProblem::Damaged(shortened(&error.to_string()).into())
}

/// What the file says of itself, where that is possible, with names and settings put right.
fn checked(mut info: HeadInfo) -> Result<HeadInfo, HeadProblem> {
    let classes = info.classes.len();
    if classes < 2 {
        return Err(HeadProblem::Shape(format!("{classes} classes").into()));
    }
    if classes > MOST_CLASSES {
        return Err(HeadProblem::TooManyClasses { classes });
    }
    if info
        .classes
        .iter()
        .any(|class| class.samples > MOST_SAMPLES)
    {
        return Err(HeadProblem::TooLarge("a class's samples".into()));
    }
    if let Some(validation) = &info.validation {
        measured(validation, classes)?;
    }
    let names: Vec<String> = info
        .classes
        .iter()
        .map(|class| class.name.clone())
        .collect();
    for (class, name) in info.classes.iter_mut().zip(told_apart(&names)) {
        class.name = name;
    }
    info.settings = info.settings.clamped();
    info.tuned = info.tuned.map(|tuned| tuned.clamped());
    Ok(info)
}

fn measured(validation: &Validation, classes: usize) -> Result<(), HeadProblem> {
    let (a, confusion) = (validation.accuracy, &validation.confusion);
    let fits = confusion.classes == classes
        && product(&[classes, classes]) == Some(confusion.counts.len())
        && (0.0 <= a.low && a.low <= a.value && a.value <= a.high && a.high <= 1.0)
        && validation.calibration.as_ref().is_none_or(is_calibration);
    if !fits {
        let what = "the validation result does not fit the classes";
        return Err(HeadProblem::Shape(what.into()));
    }
    let counts = confusion.counts.iter().map(|count| *count as usize);
    match counts.chain([a.n]).all(|count| count <= MOST_SAMPLES) {
        true => Ok(()),
        false => Err(HeadProblem::TooLarge("a count of samples".into())),
    }
}

/// All fractions are some, and bins are none or all there.
fn is_calibration(found: &Calibrated) -> bool {
    let fraction = |v: f64| (0.0..=1.0).contains(&v);
    let bins = |bins: &[Option<Bin>]| {
        let whole = |bin: &Bin| {
            fraction(bin.confidence)
                && fraction(bin.accuracy)
                && (1..=MOST_SAMPLES).contains(&bin.count)
        };
        [0, BINS].contains(&bins.len()) && bins.iter().flatten().all(whole)
    };
    found.top2.is_none_or(fraction)
        && fraction(found.ece)
        && found.ece_before.is_none_or(fraction)
        && bins(&found.bins)
        && bins(&found.bins_before)
}

fn head(
    tensors: &SafeTensors,
    backbone: &BackboneSpec,
    input: Input,
    classes: usize,
    kinds: &[Dtype],
) -> Result<Head, HeadProblem> {
    let seen = input.width(backbone.width, backbone.layers);
    let Some(seen) = seen else {
        let what = "it sees layers that its network does not have";
        return Err(HeadProblem::Shape(what.into()));
    };
    let mean = values(tensors, "mean", &[seen], FULL)?;
    let scale = values(tensors, "scale", &[1], FULL)?[0];
    // Dividing by a subnormal one would leave the range of f32.
    if !scale.is_normal() || scale < 0.0 {
        return Err(HeadProblem::Shape("scale is not positive".into()));
    }
    let (width, hidden) = match tensors.tensor("hidden.bias") {
        Ok(bias) => {
            let units = bias.shape().first().copied().unwrap_or(0);
            if units == 0 {
                return Err(HeadProblem::Shape("hidden has no units".into()));
            }
            if units > MOST_HIDDEN {
                let what = format!("{units} hidden units");
                return Err(HeadProblem::TooLarge(what.into()));
            }
            let hidden = dense(tensors, "hidden", [seen, units], FULL)?;
            (units, Some(hidden))
        }
        Err(_) => (seen, None),
    };
    Ok(Head {
        input,
        mean,
        scale,
        hidden,
        out: dense(tensors, "out", [width, classes], kinds)?,
    })
}

/// Its prototypes, and that it gives numbers.
fn known(
    unknown: &mut Unknown,
    tensors: &SafeTensors,
    backbone: &BackboneSpec,
) -> Result<(), HeadProblem> {
    let shape = tensors.tensor(PROTOTYPES).map(|view| view.shape().to_vec());
    let count = shape.ok().and_then(|shape| shape.first().copied());
    let count = count.filter(|count| (1..=MOST_PROTOTYPES).contains(count));
    let misfit = || HeadProblem::Shape("what it takes for unknown does not fit".into());
    let shape = [count.ok_or_else(misfit)?, backbone.width];
    unknown.prototypes = values(tensors, PROTOTYPES, &shape, HALF)?;
    match unknown.is_whole(backbone.width) {
        true => Ok(()),
        false => Err(misfit()),
    }
}

/// What is said of its samples. Without the tensors, which somebody may have left out, it is a head like others.
fn of_samples(
    mut found: Statistics,
    tensors: &SafeTensors,
    head: &Head,
    backbone: &BackboneSpec,
) -> Result<Option<Box<Statistics>>, HeadProblem> {
    if tensors.tensor(MEANS).is_err() || head.hidden.is_some() || !head.input.root {
        return Ok(None);
    }
    let misfit = || HeadProblem::Shape("what it says of its samples does not fit".into());
    let input = Input {
        parts: found.parts.clone(),
        root: true,
    };
    let width = input.width(backbone.width, backbone.layers);
    let (classes, width) = (head.classes(), width.ok_or_else(misfit)?);
    found.means = values(tensors, MEANS, &[classes, width], HALF)?;
    if let Ok(view) = tensors.tensor(FACTOR) {
        let rows = view.shape().first().copied().unwrap_or(0).min(RANK);
        found.factor = values(tensors, FACTOR, &[rows, width], HALF)?;
    }
    match found.is_whole(classes, width) {
        true => Ok(Some(Box::new(found))),
        false => Err(misfit()),
    }
}

fn tuned_layers(tensors: &SafeTensors) -> Result<TunedLayers, HeadProblem> {
    let mut layers = Vec::new();
    for full_name in tensors.names() {
        let Some(name) = full_name.strip_prefix(BACKBONE) else {
            continue;
        };
        let view = tensors.tensor(full_name);
        let shape = view.map_or_else(|_| Vec::new(), |view| view.shape().to_vec());
        layers.push(TunedLayer {
            name: name.to_owned(),
            values: values(tensors, full_name, &shape, HALF)?,
            shape,
        });
    }
    layers.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(TunedLayers { layers })
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

/// A tensor's values. Its shape and its bytes fit each other: safetensors has made sure of that.
fn values(
    tensors: &SafeTensors,
    name: &str,
    shape: &[usize],
    kinds: &[Dtype],
) -> Result<Vec<f32>, HeadProblem> {
    let view = tensors
        .tensor(name)
        .map_err(|_| HeadProblem::Shape(shortened(&format!("{name} is missing")).into()))?;
    if !kinds.contains(&view.dtype()) || view.shape() != shape {
        let what = format!("{name} is {:?} {:?}", view.dtype(), view.shape());
        return Err(HeadProblem::Shape(shortened(&what).into()));
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
    match values.iter().all(|v| v.is_finite()) {
        true => Ok(values),
        false => Err(HeadProblem::NotFinite),
    }
}
