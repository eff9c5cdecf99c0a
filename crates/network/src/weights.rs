//! A network with its numbers, read from a weights file.

use std::convert::Infallible;

use data::network::{ConvOp, Network, Op, lite};
use data::problem::BackboneProblem;
use half::f16;
use safetensors::{Dtype, SafeTensors};

/// A convolution with its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv {
    pub op: ConvOp,
    /// `[out, in per group, kernel, kernel]`
    pub weight: Vec<f32>,
    /// `[out]`
    pub bias: Vec<f32>,
}

/// A network's description with the numbers of every convolution.
#[derive(Debug, Clone, PartialEq)]
pub struct Layers {
    network: Network,
    /// In the order of the network's ops; each has the numbers that its op asks for.
    convs: Vec<Conv>,
}

impl Layers {
    /// Reads a weights file (`cargo xtask pack` writes it). It says itself which network it holds: by the ops under
    /// `network` in its metadata, as JSON, or, where it was packed before there were any, by its `id`.
    pub fn read(file: &[u8]) -> Result<Self, BackboneProblem> {
        let damaged = |e: &dyn ToString| BackboneProblem::Damaged(e.to_string().into());
        let (_, header) = SafeTensors::read_metadata(file).map_err(|e| damaged(&e))?;
        let about = |key| header.metadata().as_ref().and_then(|all| all.get(key));
        let network = match about("network") {
            Some(json) => {
                let ops: Vec<Op> = serde_json::from_str(json).map_err(|e| damaged(&e))?;
                Network::new(ops).map_err(|e| damaged(&e))?
            }
            None => about("id")
                .and_then(|id| lite::published(id))
                .ok_or_else(|| damaged(&"its network is not known"))?,
        };
        let tensors = SafeTensors::deserialize(file).map_err(|e| damaged(&e))?;
        Self::new(network, |name, shape| read(&tensors, name, shape))
    }

    /// A network with numbers from anywhere: `values` gives those of a tensor by its name in a weights file and its shape.
    pub fn new<E>(
        network: Network,
        mut values: impl FnMut(&str, &[usize]) -> Result<Vec<f32>, E>,
    ) -> Result<Self, E> {
        let mut convs = Vec::new();
        for op in network.convs() {
            let mut tensor = |(name, shape): (String, Vec<usize>)| values(&name, &shape);
            let [weight, bias] = op.tensors();
            convs.push(Conv {
                op: op.clone(),
                weight: tensor(weight)?,
                bias: tensor(bias)?,
            });
        }
        Ok(Self { network, convs })
    }

    /// A network whose weights are all 0: what random ones are put into.
    pub fn zeros(network: Network) -> Self {
        let zeros = |_: &str, shape: &[usize]| Ok(vec![0.0; shape.iter().product()]);
        let Ok(layers) = Self::new::<Infallible>(network, zeros);
        layers
    }

    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Length of an embedding.
    pub fn width(&self) -> usize {
        self.network.width()
    }

    /// The network's ops, each convolution with its numbers.
    pub fn ops(&self) -> impl Iterator<Item = Op<&Conv>> {
        let mut convs = self.convs.iter();
        self.network.ops().iter().map(move |op| match op {
            Op::Conv(_) => Op::Conv(convs.next().expect("each convolution has its numbers")),
            Op::Add { from } => Op::Add { from: *from },
            Op::MeanPool => Op::MeanPool,
        })
    }

    /// Every convolution, from the input to the output.
    pub fn convs(&self) -> &[Conv] {
        &self.convs
    }

    /// The convolutions, to be given other numbers (as many).
    pub fn convs_mut(&mut self) -> &mut [Conv] {
        &mut self.convs
    }
}

/// The values of a tensor, if it has this shape.
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
    use std::collections::HashMap;

    use super::*;
    use data::backbone::{BACKBONES, BackboneSpec};

    /// The files of the registry.
    fn files() -> impl Iterator<Item = (&'static BackboneSpec, Vec<u8>)> {
        BACKBONES.iter().map(|spec| {
            let path = format!("{}/../../public/{}", env!("CARGO_MANIFEST_DIR"), spec.file);
            (
                spec,
                std::fs::read(path).expect("the weights are committed"),
            )
        })
    }

    #[test]
    fn the_registry_knows_how_wide_an_embedding_and_how_much_work_a_photo_is() {
        for (spec, file) in files() {
            let layers = Layers::read(&file).expect("the committed weights are whole");
            assert_eq!(layers.width(), spec.width, "{}", spec.id);
            let taps = layers.network().taps();
            let pooled: usize = taps.iter().map(|tap| tap.channels).sum();
            assert_eq!(pooled, spec.layers, "{}", spec.id);
            let work = layers.network().multiply_adds(spec.input_size);
            let millions = work.iter().sum::<f64>() / 1e6;
            assert_eq!(millions.round(), f64::from(spec.mega_macs), "{}", spec.id);
        }
    }

    #[test]
    fn a_files_tensors_are_those_of_its_network() {
        for (spec, file) in files() {
            let layers = Layers::read(&file).expect("the committed weights are whole");
            let tensors = SafeTensors::deserialize(&file).expect("it is safetensors");
            let of_the_file: HashMap<String, Vec<usize>> = tensors
                .iter()
                .map(|(name, view)| (name.to_owned(), view.shape().to_vec()))
                .collect();
            let of_the_network = layers.network().convs().flat_map(|conv| conv.tensors());
            assert_eq!(
                of_the_network.collect::<HashMap<_, _>>(),
                of_the_file,
                "{}",
                spec.id
            );
        }
    }
}
