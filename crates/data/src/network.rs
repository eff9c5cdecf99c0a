//! A network as data: a list of ops with their names and shapes, without a weight. What runs networks, learns, counts or
//! writes them elsewhere goes through this list, so that another network is another list.

pub mod lite;
mod rules;
mod taps;

use serde::{Deserialize, Serialize};

pub use rules::{CHANNELS, NetworkProblem};
pub use taps::Tap;

/// One step of a network. It reads what the op before it gave.
///
/// Values are numbered from the input: value 0 is the input, value `i + 1` is what op `i` gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Op<C = ConvOp> {
    /// A convolution with bias, padded as TensorFlow's SAME, and its activation.
    Conv(C),
    /// Adds value `from`, which entered the same block: a residual connection.
    Add { from: usize },
    /// The mean of each channel over all places: the embedding.
    MeanPool,
}

/// The shape of a convolution. Batch norm is folded into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvOp {
    /// Its tensors are `NAME.weight` and `NAME.bias`. What stands before the last dot names the block that it belongs to.
    pub name: String,
    /// Channels.
    pub inputs: usize,
    pub outputs: usize,
    /// Side of the square filter, pixels.
    pub kernel: usize,
    pub stride: usize,
    /// 1, or as many as there are channels: then each channel is filtered alone.
    pub groups: usize,
    pub activation: Activation,
}

/// What follows a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    Linear,
    /// `min(max(x, 0), 6)`
    Relu6,
}

/// The two kinds of convolution behind the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A matrix at each pixel; the network's first convolution is one on patches of the input.
    Dense,
    /// Every channel is filtered alone.
    Depthwise,
}

impl ConvOp {
    /// Input channels that each output channel reads.
    pub fn in_per_group(&self) -> usize {
        self.inputs / self.groups
    }

    /// Shape of the weight: `[out, in per group, kernel, kernel]`.
    pub fn shape(&self) -> [usize; 4] {
        [self.outputs, self.in_per_group(), self.kernel, self.kernel]
    }

    /// How many numbers the weight has.
    pub fn weights(&self) -> usize {
        self.shape().iter().product()
    }

    pub fn kind(&self) -> Kind {
        match self.groups {
            1 => Kind::Dense,
            _ => Kind::Depthwise,
        }
    }

    pub fn is_relu6(&self) -> bool {
        self.activation == Activation::Relu6
    }

    /// Its tensors in a weights file, with their shapes.
    pub fn tensors(&self) -> [(String, Vec<usize>); 2] {
        [
            (format!("{}.weight", self.name), self.shape().to_vec()),
            (format!("{}.bias", self.name), vec![self.outputs]),
        ]
    }

    /// The name of the block that it belongs to: `blocks.3` of `blocks.3.expand`, or its own where it has no dot.
    fn block(&self) -> &str {
        self.name
            .rsplit_once('.')
            .map_or(&self.name, |(block, _)| block)
    }
}

/// The size of a value: `side` × `side` pixels of so many channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plane {
    pub channels: usize,
    pub side: usize,
}

impl Plane {
    pub fn pixels(&self) -> usize {
        self.side * self.side
    }

    /// How many numbers.
    pub fn values(&self) -> usize {
        self.pixels() * self.channels
    }
}

/// Ops that are frozen or learn together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block<'a> {
    pub name: &'a str,
    /// The network's ops that it consists of.
    pub ops: &'a [Op],
    /// Where they begin in the network, and with that the number of the value that enters.
    pub start: usize,
}

impl Block<'_> {
    /// The number of the value that leaves.
    pub fn end(&self) -> usize {
        self.start + self.ops.len()
    }

    fn convs(&self) -> impl Iterator<Item = &ConvOp> {
        convs(self.ops)
    }

    /// Its result has fewer pixels than what enters.
    pub fn shrinks(&self) -> bool {
        self.convs().any(|conv| conv.stride > 1)
    }

    /// It looks around a pixel; otherwise it is matrices at each pixel.
    pub fn looks_around(&self) -> bool {
        self.convs().any(|conv| conv.kind() == Kind::Depthwise)
    }
}

fn convs(ops: &[Op]) -> impl Iterator<Item = &ConvOp> {
    ops.iter().filter_map(|op| match op {
        Op::Conv(conv) => Some(conv),
        Op::Add { .. } | Op::MeanPool => None,
    })
}

/// A network's ops, from the input to the embedding. There is no value of it that an executor could not run: see
/// [`Network::new`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    ops: Vec<Op>,
}

impl Network {
    /// Judges a list of ops, which may come from a file: every executor here runs what passes.
    pub fn new(ops: Vec<Op>) -> Result<Self, NetworkProblem> {
        rules::check(&ops)?;
        Ok(Self { ops })
    }

    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    pub fn convs(&self) -> impl Iterator<Item = &ConvOp> {
        convs(&self.ops)
    }

    /// Length of an embedding.
    pub fn width(&self) -> usize {
        self.convs().last().map_or(0, |conv| conv.outputs)
    }

    /// The size of each value, where inputs have `size` × `size` pixels: one more than there are ops.
    pub fn planes(&self, size: usize) -> Vec<Plane> {
        let mut plane = Plane {
            channels: self.convs().next().map_or(0, |conv| conv.inputs),
            side: size,
        };
        let mut planes = vec![plane];
        for op in &self.ops {
            plane = match op {
                Op::Conv(conv) => Plane {
                    channels: conv.outputs,
                    side: plane.side.div_ceil(conv.stride),
                },
                Op::Add { .. } => plane,
                Op::MeanPool => Plane { side: 1, ..plane },
            };
            planes.push(plane);
        }
        planes
    }

    /// Multiply-adds of one input of `size` × `size` pixels in each op.
    pub fn multiply_adds(&self, size: usize) -> Vec<f64> {
        let behind = self.planes(size).into_iter().skip(1);
        let work = |(op, plane): (&Op, Plane)| match op {
            Op::Conv(conv) => (conv.weights() * plane.pixels()) as f64,
            Op::Add { .. } | Op::MeanPool => 0.0,
        };
        self.ops.iter().zip(behind).map(work).collect()
    }

    /// The ops by blocks, in order. An addition belongs to the block before it, and so does the mean.
    pub fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks: Vec<Block> = Vec::new();
        for (i, op) in self.ops.iter().enumerate() {
            match op {
                Op::Conv(conv) if blocks.last().is_none_or(|b| b.name != conv.block()) => {
                    blocks.push(Block {
                        name: conv.block(),
                        ops: &self.ops[i..=i],
                        start: i,
                    });
                }
                _ => {
                    if let Some(block) = blocks.last_mut() {
                        block.ops = &self.ops[block.start..=i];
                    }
                }
            }
        }
        blocks
    }

    /// The last op that adds this value.
    pub fn added_by(&self, value: usize) -> Option<usize> {
        let adds = |op: &Op| matches!(op, Op::Add { from } if *from == value);
        self.ops.iter().rposition(adds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_comes_back_from_json() {
        let network = lite::published("efficientnet-lite0").expect("it is in the table");
        let json = serde_json::to_string(network.ops()).expect("it is JSON");
        let stem = r#"[{"conv":{"name":"stem","inputs":3,"outputs":32,"kernel":3,"stride":2,"groups":1,"activation":"relu6"}},"#;
        assert!(json.starts_with(stem), "{json}");
        assert!(json.ends_with(r#","mean_pool"]"#), "{json}");
        assert!(json.contains(r#"{"add":{"from":6}}"#), "{json}");
        let ops = serde_json::from_str(&json).expect("it is read back");
        assert_eq!(Network::new(ops), Ok(network));
    }

    #[test]
    fn ops_of_a_block_are_found_by_their_names() {
        let network = lite::published("efficientnet-lite0").expect("it is in the table");
        let blocks = network.blocks();
        assert_eq!(blocks.len(), 18);
        let of = |i: usize| (blocks[i].name, blocks[i].start..blocks[i].end());
        assert_eq!(of(0), ("stem", 0..1));
        assert_eq!(of(1), ("blocks.0", 1..3));
        assert_eq!(of(2), ("blocks.1", 3..6));
        // Expand, depthwise, project, and the addition.
        assert_eq!(of(3), ("blocks.2", 6..10));
        let end = network.ops().len();
        assert_eq!(of(17), ("head", end - 2..end));
        assert_eq!(network.added_by(6), Some(9));
        assert_eq!(network.added_by(7), None);
    }

    #[test]
    fn planes_shrink_by_the_strides_and_odd_sides_are_rounded_up() {
        let network = lite::published("efficientnet-lite0").expect("it is in the table");
        let planes = network.planes(75);
        let sides: Vec<usize> = planes.iter().map(|plane| plane.side).collect();
        assert_eq!(sides[..2], [75, 38]);
        assert_eq!(
            planes[planes.len() - 2],
            Plane {
                channels: 1280,
                side: 3
            }
        );
        assert_eq!(
            planes.last(),
            Some(&Plane {
                channels: 1280,
                side: 1
            })
        );
    }
}
