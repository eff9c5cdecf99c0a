//! The layers of EfficientNet-Lite0 and -Lite1 (Google, 2020), batch norm folded, read from a weights file.

use std::collections::HashMap;
use std::convert::Infallible;

use half::f16;
use safetensors::{Dtype, SafeTensors};

use data::backbone::BackboneSpec;
use data::problem::BackboneProblem;

/// (expand ratio, kernel, stride of the first, in, out): the table of EfficientNet-B0 (Tan and Le
/// 2019), which Lite0 and Lite1 keep without squeeze-and-excite.
const STAGES: [(usize, usize, usize, usize, usize); 7] = [
    (1, 3, 1, 32, 16),
    (6, 3, 2, 16, 24),
    (6, 5, 2, 24, 40),
    (6, 3, 2, 40, 80),
    (6, 5, 1, 80, 112),
    (6, 5, 2, 112, 192),
    (6, 3, 1, 192, 320),
];
/// How often each stage repeats its block, by the `id` in the weights file: B0's numbers, for Lite1
/// times 1.1 rounded up, but for the first and last stage
/// (`efficientnet_lite_builder.py`, depth coefficient and `fix_head_stem`).
const REPEATS: [(&str, [usize; 7]); 2] = [
    ("efficientnet-lite0", [1, 2, 2, 3, 3, 4, 1]),
    ("efficientnet-lite1", [1, 3, 3, 4, 4, 5, 1]),
];
const STEM: usize = 32;
/// Length of an embedding.
pub const WIDTH: usize = 1280;

/// A convolution with folded batch norm.
#[derive(Clone)]
pub struct Conv {
    /// `[out, in / groups, kernel, kernel]`
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
    /// Inputs of one group.
    pub group: usize,
    pub kernel: usize,
    pub stride: usize,
    pub groups: usize,
}

/// Inverted residual: expand, filter each channel, project.
#[derive(Clone)]
pub struct Block {
    pub expand: Option<Conv>,
    pub depthwise: Conv,
    pub project: Conv,
    /// The input is added to the output.
    pub residual: bool,
}

/// The whole network. ReLU6 follows stem, expand, depthwise and head, nothing follows project.
#[derive(Clone)]
pub struct Layers {
    pub stem: Conv,
    pub blocks: Vec<Block>,
    pub head: Conv,
}

impl Layers {
    /// Reads a weights file (`cargo xtask pack` writes it).
    pub fn read(file: &[u8]) -> Result<Self, BackboneProblem> {
        let tensors = SafeTensors::deserialize(file)
            .map_err(|e| BackboneProblem::Damaged(e.to_string().into()))?;
        Self::build(repeats(file)?, |name, shape, stride, groups| {
            conv(&tensors, name, shape, stride, groups)
        })
    }

    /// The network whose stages repeat their blocks so often. `conv` makes each layer, from its name, (out, in a group,
    /// kernel), stride and groups.
    fn build<E>(
        repeats: [usize; 7],
        mut conv: impl FnMut(&str, [usize; 3], usize, usize) -> Result<Conv, E>,
    ) -> Result<Self, E> {
        let stem = conv("stem", [STEM, 3, 3], 2, 1)?;
        let mut blocks = Vec::new();
        let stages = STAGES.into_iter().zip(repeats);
        for ((ratio, kernel, stride, stage_in, out), repeats) in stages {
            for repeat in 0..repeats {
                let (input, stride) = match repeat {
                    0 => (stage_in, stride),
                    _ => (out, 1),
                };
                let (wide, name) = (input * ratio, format!("blocks.{}", blocks.len()));
                let expand = format!("{name}.expand");
                blocks.push(Block {
                    expand: match ratio {
                        1 => None,
                        _ => Some(conv(&expand, [wide, input, 1], 1, 1)?),
                    },
                    depthwise: conv(
                        &format!("{name}.depthwise"),
                        [wide, 1, kernel],
                        stride,
                        wide,
                    )?,
                    project: conv(&format!("{name}.project"), [out, wide, 1], 1, 1)?,
                    residual: stride == 1 && input == out,
                });
            }
        }
        let head = conv("head", [WIDTH, 320, 1], 1, 1)?;
        Ok(Self { stem, blocks, head })
    }
}

/// The tensors that a backbone's weights file holds, with their shapes: what a layer out of another file is held against
/// where the backbone is not loaded.
pub fn shapes(spec: &BackboneSpec) -> HashMap<String, Vec<usize>> {
    let mut shapes = HashMap::new();
    let network = REPEATS.iter().find(|(id, _)| spec.id.starts_with(id));
    if let Some((_, repeats)) = network {
        let Ok(_) = Layers::build(*repeats, |name, [out, group, kernel], stride, groups| {
            let weight = vec![out, group, kernel, kernel];
            shapes.insert(format!("{name}.weight"), weight);
            shapes.insert(format!("{name}.bias"), vec![out]);
            Ok::<_, Infallible>(Conv {
                weight: Vec::new(),
                bias: Vec::new(),
                group,
                kernel,
                stride,
                groups,
            })
        });
    }
    shapes
}

/// What the file says it is decides how many layers are read from it.
fn repeats(file: &[u8]) -> Result<[usize; 7], BackboneProblem> {
    let (_, header) = SafeTensors::read_metadata(file)
        .map_err(|e| BackboneProblem::Damaged(e.to_string().into()))?;
    let id = header.metadata().as_ref().and_then(|m| m.get("id"));
    REPEATS
        .iter()
        .find(|(known, _)| id.is_some_and(|id| id == known))
        .map(|(_, repeats)| *repeats)
        .ok_or_else(|| BackboneProblem::Damaged("its network is not known".into()))
}

/// `shape` is (out, in a group, kernel).
fn conv(
    tensors: &SafeTensors,
    name: &str,
    [out, group, kernel]: [usize; 3],
    stride: usize,
    groups: usize,
) -> Result<Conv, BackboneProblem> {
    let shape = [out, group, kernel, kernel];
    Ok(Conv {
        weight: read(tensors, &format!("{name}.weight"), &shape)?,
        bias: read(tensors, &format!("{name}.bias"), &[out])?,
        group,
        kernel,
        stride,
        groups,
    })
}

fn read(tensors: &SafeTensors, name: &str, shape: &[usize]) -> Result<Vec<f32>, BackboneProblem> {
    let damaged = |what: &str| BackboneProblem::Damaged(format!("{name}: {what}").into());
    let view = tensors.tensor(name).map_err(|_| damaged("missing"))?;
    if view.shape() != shape {
        return Err(damaged("wrong shape"));
    }
    let bytes = view.data();
    let values: Vec<f32> = match view.dtype() {
        Dtype::F16 => {
            let halves = bytes.as_chunks().0.iter();
            halves.map(|b| f16::from_le_bytes(*b).to_f32()).collect()
        }
        Dtype::F32 => {
            let floats = bytes.as_chunks().0.iter();
            floats.map(|b| f32::from_le_bytes(*b)).collect()
        }
        _ => return Err(damaged("not f16 or f32")),
    };
    match values.iter().all(|v| v.is_finite()) {
        true => Ok(values),
        false => Err(damaged("not a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data::backbone::BACKBONES;

    /// One multiply-add for each weight at each place of the output.
    fn multiply_adds(layers: &Layers, size: usize) -> usize {
        let mut side = size;
        let mut count = |conv: &Conv| {
            side = side.div_ceil(conv.stride);
            side * side * conv.weight.len()
        };
        let mut sum = count(&layers.stem);
        for block in &layers.blocks {
            sum += block.expand.as_ref().map_or(0, &mut count);
            sum += count(&block.depthwise) + count(&block.project);
        }
        sum + count(&layers.head)
    }

    #[test]
    fn the_registry_knows_how_much_work_a_photo_is() {
        for spec in BACKBONES {
            let path = format!("{}/../../public/{}", env!("CARGO_MANIFEST_DIR"), spec.file);
            let file = std::fs::read(path).expect("the weights are committed");
            let layers = Layers::read(&file).expect("the committed weights are whole");
            let millions = multiply_adds(&layers, spec.input_size) as f64 / 1e6;
            assert_eq!(millions.round(), f64::from(spec.mega_macs), "{}", spec.id);
        }
    }

    #[test]
    fn the_registry_knows_the_layers_without_the_file() {
        for spec in BACKBONES {
            let path = format!("{}/../../public/{}", env!("CARGO_MANIFEST_DIR"), spec.file);
            let file = std::fs::read(path).expect("the weights are committed");
            let tensors = SafeTensors::deserialize(&file).expect("it is safetensors");
            let of_the_file: HashMap<String, Vec<usize>> = tensors
                .iter()
                .map(|(name, view)| (name.to_owned(), view.shape().to_vec()))
                .collect();
            assert_eq!(shapes(spec), of_the_file, "{}", spec.id);
        }
    }
}
