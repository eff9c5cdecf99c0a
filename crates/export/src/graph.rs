//! What every format is written from: a network and what follows it, as nodes with their numbers.

use data::classifier::{Dense, Head, Part};
use data::export::Order;
use data::network::{ConvOp, Network, NetworkProblem, Op, Plane};
use data::unknown::Unknown;

/// Nodes in the order in which they can be computed. Values are numbered: 0 is the network's input, `[size, size, 3]` from -1
/// to 1, and `i + 1` what node `i` gives.
#[derive(Debug, Clone)]
pub struct Graph {
    /// Side of the square input, pixels.
    pub size: usize,
    pub nodes: Vec<Node>,
    /// Names and numbers of the values that leave.
    pub outputs: Vec<(&'static str, usize)>,
    shapes: Vec<Shape>,
}

#[derive(Debug, Clone)]
pub enum Node {
    /// Padded as TensorFlow's SAME, with its activation.
    Conv(Box<Conv>),
    Add {
        from: [usize; 2],
    },
    /// The mean of each channel over all places.
    Mean {
        from: usize,
    },
    Concat {
        from: Vec<usize>,
    },
    /// The square root of each number; none is negative.
    Root {
        from: usize,
    },
    /// `x W + b`
    Dense {
        from: usize,
        dense: Dense,
        /// `max(y, 0)` follows.
        relu: bool,
    },
    Softmax {
        from: usize,
    },
    /// How strange a sample is ([`Unknown::score`]): one number.
    Strangeness {
        embedding: usize,
        logits: usize,
        unknown: Box<Unknown>,
    },
}

#[derive(Debug, Clone)]
pub struct Conv {
    pub from: usize,
    pub op: ConvOp,
    /// What enters.
    pub plane: Plane,
    /// `[out, in per group, kernel, kernel]`
    pub weight: Vec<f32>,
    /// `[out]`
    pub bias: Vec<f32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Plane(Plane),
    /// So many numbers.
    Vector(usize),
}

impl Shape {
    /// Channels of a plane, or numbers of a vector.
    pub fn width(self) -> usize {
        match self {
            Self::Plane(plane) => plane.channels,
            Self::Vector(width) => width,
        }
    }
}

impl Graph {
    /// A network alone: `embedding`, `[width]`, and with `layers` also the pooled layers, one after the other. `tensor` gives
    /// the numbers of a tensor by its name in a weights file, as many as the op asks for.
    pub fn features<E>(
        network: &Network,
        size: usize,
        layers: bool,
        tensor: impl FnMut(&str) -> Result<Vec<f32>, E>,
    ) -> Result<Self, E> {
        let mut graph = Self::network(network, size, tensor)?;
        graph.outputs = vec![("embedding", graph.nodes.len())];
        let taps = network.taps();
        if layers && !taps.is_empty() {
            let from = taps.iter().map(|tap| tap.op + 1);
            let from: Vec<usize> = from.map(|from| graph.put(Node::Mean { from })).collect();
            let all = graph.joined(from);
            graph.outputs.push(("layers", all));
        }
        Ok(graph)
    }

    /// A whole classifier: `probabilities`, `[classes]`, and `strangeness`, one number, where it tells what it does not know
    /// and the format can say so. `tensors` has the network's numbers in the order of its ops, each one's weight and then its
    /// bias.
    pub fn classifier(order: &Order, tensors: &[f32]) -> Result<Self, NetworkProblem> {
        let network = Network::new(order.ops.clone())?;
        let mut rest = tensors;
        let mut next = |count: usize| {
            let (first, others) = rest.split_at(count.min(rest.len()));
            rest = others;
            let mut numbers = first.to_vec();
            numbers.resize(count, 0.0);
            numbers
        };
        let counts: Vec<(String, usize)> = network
            .convs()
            .flat_map(ConvOp::tensors)
            .map(|(name, shape)| (name, shape.iter().product()))
            .collect();
        let mut counts = counts.into_iter();
        let in_order = |name: &str| {
            let (known, count) = counts.next().unwrap_or_default();
            debug_assert_eq!(known, name, "tensors are asked for in the ops' order");
            Ok::<_, NetworkProblem>(next(count))
        };
        let mut graph = Self::network(&network, order.input_size, in_order)?;
        let embedding = graph.nodes.len();
        let logits = graph.head(&network, &order.head, embedding);
        let probabilities = graph.put(Node::Softmax { from: logits });
        graph.outputs = vec![("probabilities", probabilities)];
        if let Some((unknown, prototypes)) = &order.unknown
            && order.format.tells_unknown()
        {
            let prototypes = prototypes.clone();
            let unknown = Unknown {
                prototypes,
                ..unknown.clone()
            };
            let score = graph.put(Node::Strangeness {
                embedding,
                logits,
                unknown: Box::new(unknown),
            });
            graph.outputs.push(("strangeness", score));
        }
        Ok(graph)
    }

    /// The shape of a value.
    pub fn shape(&self, value: usize) -> Shape {
        self.shapes[value]
    }

    fn network<E>(
        network: &Network,
        size: usize,
        mut tensor: impl FnMut(&str) -> Result<Vec<f32>, E>,
    ) -> Result<Self, E> {
        let planes = network.planes(size);
        let mut graph = Self {
            size,
            nodes: Vec::new(),
            outputs: Vec::new(),
            shapes: vec![Shape::Plane(planes[0])],
        };
        for (i, op) in network.ops().iter().enumerate() {
            let node = match op {
                Op::Conv(op) => {
                    let [(weight, _), (bias, _)] = op.tensors();
                    Node::Conv(Box::new(Conv {
                        from: i,
                        op: op.clone(),
                        plane: planes[i],
                        weight: tensor(&weight)?,
                        bias: tensor(&bias)?,
                    }))
                }
                Op::Add { from } => Node::Add { from: [i, *from] },
                Op::MeanPool => Node::Mean { from: i },
            };
            graph.put(node);
        }
        Ok(graph)
    }

    /// What the softmax is taken of. Standardising goes into the first layer's numbers.
    fn head(&mut self, network: &Network, head: &Head, embedding: usize) -> usize {
        let sources = self.sources(network, head, embedding);
        // Where each of the head's inputs stands among the numbers of all sources.
        let (mut places, mut start) = (Vec::new(), 0);
        for source in &sources {
            places.extend((source.from..source.to).map(|i| start + i));
            start += self.shape(source.value).width();
        }
        let values = sources.iter().map(|source| source.value).collect();
        let mut value = self.joined(values);
        if head.input.root {
            value = self.put(Node::Root { from: value });
        }
        let mut layers = head.hidden.iter().chain([&head.out]).peekable();
        let mut first = true;
        while let Some(layer) = layers.next() {
            let dense = match std::mem::take(&mut first) {
                true => standardised(head, layer, &places, start),
                false => layer.clone(),
            };
            let relu = layers.peek().is_some();
            value = self.put(Node::Dense {
                from: value,
                dense,
                relu,
            });
        }
        value
    }

    /// The pooled values that hold what the head sees, and which of their numbers it sees. No format need cut a vector: what
    /// is not seen has weights of 0.
    fn sources(&mut self, network: &Network, head: &Head, embedding: usize) -> Vec<Source> {
        let taps = network.taps();
        let mut pooled: Vec<Option<usize>> = vec![None; taps.len()];
        let mut sources = Vec::new();
        for part in &head.input.parts {
            let (from, to) = match *part {
                Part::Embedding => {
                    sources.push(Source {
                        value: embedding,
                        from: 0,
                        to: network.width(),
                    });
                    continue;
                }
                Part::Layers { from, to } => (from, to),
            };
            let mut start = 0;
            for (tap, pooled) in taps.iter().zip(&mut pooled) {
                let end = start + tap.channels;
                if from.max(start) < to.min(end) {
                    let value =
                        *pooled.get_or_insert_with(|| self.put(Node::Mean { from: tap.op + 1 }));
                    sources.push(Source {
                        value,
                        from: from.max(start) - start,
                        to: to.min(end) - start,
                    });
                }
                start = end;
            }
        }
        sources
    }

    fn joined(&mut self, from: Vec<usize>) -> usize {
        match from[..] {
            [only] => only,
            _ => self.put(Node::Concat { from }),
        }
    }

    /// The number of the value that it gives.
    fn put(&mut self, node: Node) -> usize {
        let shape = match &node {
            Node::Conv(conv) => Shape::Plane(Plane {
                channels: conv.op.outputs,
                side: conv.plane.side.div_ceil(conv.op.stride),
            }),
            Node::Add { from } => self.shapes[from[0]],
            Node::Mean { from } => Shape::Vector(self.shapes[*from].width()),
            Node::Concat { from } => {
                Shape::Vector(from.iter().map(|from| self.shapes[*from].width()).sum())
            }
            Node::Root { from } | Node::Softmax { from } => self.shapes[*from],
            Node::Dense { dense, .. } => Shape::Vector(dense.bias.len()),
            Node::Strangeness { .. } => Shape::Vector(1),
        };
        self.nodes.push(node);
        self.shapes.push(shape);
        self.nodes.len()
    }
}

/// A vector, of which the head sees the numbers from `from` to `to`, not included.
struct Source {
    value: usize,
    from: usize,
    to: usize,
}

/// `(x - mean) / scale` and then the layer, as one layer of `inputs` numbers; `places` says where among them each of the head's
/// inputs stands.
fn standardised(head: &Head, layer: &Dense, places: &[usize], inputs: usize) -> Dense {
    let outputs = layer.bias.len();
    let mut weight = vec![0.0; inputs * outputs];
    let mut bias: Vec<f64> = layer.bias.iter().map(|b| f64::from(*b)).collect();
    let scale = f64::from(head.scale);
    let rows = layer.weight.chunks_exact(outputs).zip(&head.mean);
    for ((row, mean), place) in rows.zip(places) {
        let scaled = &mut weight[place * outputs..][..outputs];
        for ((w, scaled), bias) in row.iter().zip(scaled).zip(&mut bias) {
            let by = f64::from(*w) / scale;
            *scaled = by as f32;
            *bias -= f64::from(*mean) * by;
        }
    }
    let bias = bias.into_iter().map(|b| b as f32).collect();
    Dense { weight, bias }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data::classifier::Input;
    use data::features::Features;
    use data::network::lite;

    /// The head's arithmetic, by the nodes behind the network.
    fn run(graph: &Graph, pooled: impl Fn(usize) -> Option<Vec<f32>>) -> Vec<f32> {
        let mut values: Vec<Vec<f32>> = vec![Vec::new()];
        for (i, node) in graph.nodes.iter().enumerate() {
            values.push(match node {
                Node::Concat { from } => from.iter().flat_map(|v| values[*v].clone()).collect(),
                Node::Root { from } => values[*from].iter().map(|v| v.sqrt()).collect(),
                Node::Dense { from, dense, relu } => {
                    let low = if *relu { 0.0 } else { f32::NEG_INFINITY };
                    let out = dense.apply(&values[*from]);
                    out.into_iter().map(|v| v.max(low)).collect()
                }
                _ => pooled(i + 1).unwrap_or_default(),
            });
        }
        let [.., logits, _] = &values[..] else {
            panic!("logits and their softmax come last");
        };
        logits.clone()
    }

    /// Parts out of order, one that begins and ends within layers, one seen twice: whatever a file may say.
    #[test]
    fn the_nodes_of_a_head_are_its_arithmetic() {
        let network = lite::published("efficientnet-lite0").expect("it is in the table");
        let layers: usize = network.taps().iter().map(|tap| tap.channels).sum();
        let number = |i: usize| ((i * 37) % 101) as f32 / 50.0;
        let features = Features {
            embedding: (0..network.width()).map(number).collect(),
            layers: (0..layers).map(|i| number(i + 5)).collect(),
        };
        let part = |from, to| Part::Layers { from, to };
        for (parts, hidden) in [
            (vec![Part::Embedding], false),
            (vec![part(0, layers), Part::Embedding], false),
            (
                vec![
                    part(100, 1000),
                    Part::Embedding,
                    part(960, 962),
                    Part::Embedding,
                ],
                true,
            ),
        ] {
            let input = Input { parts, root: true };
            let width = input.of(&features).expect("all is there").len();
            let dense = |inputs: usize, outputs: usize| Dense {
                weight: (0..inputs * outputs).map(|i| number(i) - 1.0).collect(),
                bias: (0..outputs).map(number).collect(),
            };
            let head = Head {
                input,
                mean: (0..width).map(|i| number(i + 3)).collect(),
                scale: 0.7,
                hidden: hidden.then(|| dense(width, 5)),
                out: dense(if hidden { 5 } else { width }, 3),
            };
            let order = Order {
                format: data::export::Format::Onnx,
                small: false,
                name: String::new(),
                date: String::new(),
                backbone: String::new(),
                ops: network.ops().to_vec(),
                input_size: 64,
                head: head.clone(),
                labels: Vec::new(),
                unknown: None,
                samples: Vec::new(),
            };
            let graph = Graph::classifier(&order, &[]).expect("the network keeps the rules");
            let embedding = network.ops().len();
            let found = run(&graph, |value| {
                if value == embedding {
                    return Some(features.embedding.clone());
                }
                let Some(Node::Mean { from }) = graph.nodes.get(value - 1) else {
                    return None;
                };
                let mut start = 0;
                for tap in network.taps() {
                    if tap.op + 1 == *from {
                        return Some(features.layers[start..start + tap.channels].to_vec());
                    }
                    start += tap.channels;
                }
                None
            });
            let expected = head.logits(&features).expect("all is there");
            for (found, expected) in found.iter().zip(&expected) {
                let off = (found - expected).abs() / expected.abs().max(1.0);
                assert!(off < 1e-4, "{found} and {expected}");
            }
        }
    }
}
