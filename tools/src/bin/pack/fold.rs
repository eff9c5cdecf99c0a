//! Folds each batch norm into the convolution before it, and gives the result the backbone file's names.
//!
//! At inference batch norm is `(y - mean) / sqrt(var + eps) * gamma + beta` a channel: a factor that goes into the
//! convolution's weights and an offset that becomes its bias.

use std::collections::BTreeMap;

use data::network::{ConvOp, Network};

use crate::checkpoint::Tensor;
use crate::write::{Dtype, Part};

/// TensorFlow's batch norm epsilon for EfficientNet; PyTorch's default of 1e-5 is wrong for these weights.
const EPSILON: f64 = 1e-3;

#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    #[error("tensor {0} is missing")]
    Missing(String),
    #[error("tensor {0} has an unexpected shape")]
    Shape(String),
    #[error("tensor {0} was not used")]
    Unused(String),
}

/// A convolution with bias; weights are `[out, in / groups, kernel height, kernel width]`.
pub struct Convolution {
    pub name: String,
    pub shape: [usize; 4],
    pub weight: Vec<f64>,
    pub bias: Vec<f64>,
}

impl Convolution {
    pub fn parts(self) -> [Part; 2] {
        let part = |name, shape, values| Part {
            name: format!("{}.{name}", self.name),
            shape,
            dtype: Dtype::F16,
            values,
        };
        [
            part("bias", vec![self.bias.len()], self.bias),
            part("weight", self.shape.to_vec(), self.weight),
        ]
    }
}

/// Takes all but the classifier out of `tensors`, by the names of the published checkpoints.
pub fn fold(
    tensors: &mut BTreeMap<String, Tensor>,
    network: &Network,
) -> Result<Vec<Convolution>, FoldError> {
    let convolutions: Vec<Convolution> = network
        .convs()
        .map(|op| take(tensors, op))
        .collect::<Result<_, _>>()?;
    // What is left may only be the 1000-way ImageNet classifier: the user's own head takes its place.
    match tensors.keys().find(|name| !name.starts_with("_fc.")) {
        Some(name) => Err(FoldError::Unused(name.clone())),
        None => Ok(convolutions),
    }
}

/// What a convolution and the batch norm behind it are called in a checkpoint.
fn published(name: &str) -> (String, String) {
    let (block, part) = name.rsplit_once('.').unwrap_or(("", name));
    let (conv, norm) = match part {
        "stem" => ("_conv_stem", "_bn0"),
        "expand" => ("_expand_conv", "_bn0"),
        "depthwise" => ("_depthwise_conv", "_bn1"),
        "project" => ("_project_conv", "_bn2"),
        _ => ("_conv_head", "_bn1"),
    };
    let inside = |name: &str| match block {
        "" => name.to_owned(),
        block => format!("_{block}.{name}"),
    };
    (inside(conv), inside(norm))
}

/// Takes one convolution and its batch norm out of `tensors`.
fn take(tensors: &mut BTreeMap<String, Tensor>, op: &ConvOp) -> Result<Convolution, FoldError> {
    let (conv, norm) = published(&op.name);
    let mut tensor = |name: String| tensors.remove(&name).ok_or(FoldError::Missing(name));
    let weight_name = format!("{conv}.weight");
    let weight = tensor(weight_name.clone())?;
    let shape = op.shape();
    if weight.shape != shape {
        return Err(FoldError::Shape(weight_name));
    }
    let channels = shape[0];
    let mut per_channel = |part: &str| {
        let name = format!("{norm}.{part}");
        let tensor = tensor(name.clone())?;
        match tensor.values.len() == channels {
            true => Ok(tensor.values.into_iter().map(f64::from).collect()),
            false => Err(FoldError::Shape(name)),
        }
    };
    let gamma: Vec<f64> = per_channel("weight")?;
    let beta: Vec<f64> = per_channel("bias")?;
    let mean: Vec<f64> = per_channel("running_mean")?;
    let variance: Vec<f64> = per_channel("running_var")?;

    let per_filter = weight.values.len() / channels;
    let factor: Vec<f64> = (0..channels)
        .map(|c| gamma[c] / (variance[c] + EPSILON).sqrt())
        .collect();
    Ok(Convolution {
        name: op.name.clone(),
        shape,
        weight: weight
            .values
            .chunks_exact(per_filter)
            .zip(&factor)
            .flat_map(|(filter, factor)| filter.iter().map(move |&w| f64::from(w) * factor))
            .collect(),
        bias: (0..channels)
            .map(|c| beta[c] - mean[c] * factor[c])
            .collect(),
    })
}
