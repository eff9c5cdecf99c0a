//! ONNX. A classifier takes photos of any size, `image`: `[n, height, width, 3]` bytes, and gives `probabilities`, `[n, classes]`,
//! and, where it tells what it does not know, `strangeness`, `[n]`. A network alone takes `input`: `[n, 3, size, size]` from
//! -1 to 1.
//!
//! ```
//! use data::network::{Activation, ConvOp, Network, Op};
//! use export::{graph::Graph, onnx};
//!
//! let conv = |name: &str, inputs, outputs, kernel, stride| ConvOp {
//!     name: name.into(),
//!     inputs,
//!     outputs,
//!     kernel,
//!     stride,
//!     groups: 1,
//!     activation: Activation::Relu6,
//! };
//! let convs = [conv("stem", 3, 8, 3, 2), conv("last", 8, 16, 1, 1)];
//! let ops = convs.clone().map(Op::Conv).into_iter().chain([Op::MeanPool]);
//! let network = Network::new(ops.collect()).expect("it can run");
//! // Tensors by their names in a weights file.
//! let values = |name: &str| match name {
//!     "stem.weight" => Ok(vec![0.01; convs[0].weights()]),
//!     "stem.bias" => Ok(vec![0.0; 8]),
//!     "last.weight" => Ok(vec![0.01; convs[1].weights()]),
//!     "last.bias" => Ok(vec![0.0; 16]),
//!     other => Err(format!("there is no tensor {other}")),
//! };
//! let graph = Graph::features(&network, 32, false, values)?; // [n, 3, 32, 32] -> [n, 16]
//! let model = onnx::features(&graph);
//! assert!(model.windows(4).any(|bytes| bytes == b"Conv"));
//! # Ok::<(), String>(())
//! ```

mod model;
mod photo;
mod protobuf;
#[cfg(test)]
mod tests;

use data::unknown::{NEAREST, Unknown};

use crate::graph::{Conv, Graph, Node, Shape};
use model::{Attribute, Dimension, Model, Type};

/// A network alone.
pub fn features(graph: &Graph) -> Vec<u8> {
    let mut model = begun();
    let (channels, size) = (graph.shape(0).width(), Dimension::Number(graph.size));
    let photos = [
        Dimension::Name("n"),
        Dimension::Number(channels),
        size,
        size,
    ];
    model.input("input", Type::Float, &photos);
    write(&mut model, graph, "input".into(), false);
    model.bytes()
}

/// A whole classifier, which says `about` itself as keys and values. `half` keeps the network's weights as numbers of 16
/// bits, which loses nothing of those that are such numbers.
pub fn classifier(graph: &Graph, half: bool, about: Vec<(&str, String)>) -> Vec<u8> {
    let mut model = begun();
    let input = photo::prepared(&mut model, graph.size);
    write(&mut model, graph, input, half);
    for (key, value) in about {
        model.says(key, value);
    }
    model.bytes()
}

fn begun() -> Model {
    let mut model = Model::default();
    model.constant("zero", &[], &[0.0]);
    model.constant("six", &[], &[6.0]);
    model
}

fn write(model: &mut Model, graph: &Graph, input: String, half: bool) {
    // The name of each value.
    let mut values = vec![input];
    for (i, node) in graph.nodes.iter().enumerate() {
        let output = graph.outputs.iter().find(|(_, value)| *value == i + 1);
        let output = output.map(|(name, _)| *name);
        let name = write_node(model, node, &values, half);
        values.push(match output {
            Some(output) => model.named_node("Identity", &[&name], output, &[]),
            None => name,
        });
    }
    for (name, value) in &graph.outputs {
        let n = Dimension::Name("n");
        match (graph.shape(*value), &graph.nodes[value - 1]) {
            (_, Node::Strangeness { .. }) => model.output(name, &[n]),
            (shape, _) => model.output(name, &[n, Dimension::Number(shape.width())]),
        }
    }
    debug_assert!(
        graph
            .outputs
            .iter()
            .all(|(_, value)| matches!(graph.shape(*value), Shape::Vector(_))),
        "vectors leave"
    );
}

fn write_node(model: &mut Model, node: &Node, values: &[String], half: bool) -> String {
    match node {
        Node::Conv(conv) => write_conv(model, conv, &values[conv.from], half),
        Node::Add { from: [a, b] } => model.node("Add", &[&values[*a], &values[*b]], &[]),
        Node::Mean { from } => {
            let pooled = model.node("GlobalAveragePool", &[&values[*from]], &[]);
            model.node("Flatten", &[&pooled], &[])
        }
        Node::Concat { from } => {
            let all: Vec<&str> = from.iter().map(|from| values[*from].as_str()).collect();
            model.node("Concat", &all, &[("axis", Attribute::Int(1))])
        }
        Node::Root { from } => model.node("Sqrt", &[&values[*from]], &[]),
        Node::Dense { from, dense, relu } => {
            let layer = format!("dense.{}", values.len());
            let (weight, bias) = (format!("{layer}.weight"), format!("{layer}.bias"));
            let outputs = dense.bias.len();
            let shape = [dense.weight.len() / outputs, outputs];
            model.constant(&weight, &shape, &dense.weight);
            model.constant(&bias, &[outputs], &dense.bias);
            let out = model.node("Gemm", &[&values[*from], &weight, &bias], &[]);
            match relu {
                true => model.node("Relu", &[&out], &[]),
                false => out,
            }
        }
        Node::Softmax { from } => {
            model.node("Softmax", &[&values[*from]], &[("axis", Attribute::Int(1))])
        }
        Node::Strangeness {
            embedding,
            logits,
            unknown,
        } => strangeness(model, &values[*embedding], &values[*logits], unknown),
    }
}

/// A convolution with its activation; what leaves it.
fn write_conv(model: &mut Model, conv: &Conv, from: &str, half: bool) -> String {
    let op = &conv.op;
    let [(weight, shape), (bias, bias_shape)] = op.tensors();
    match half {
        true => model.half_constant(&weight, &shape, &conv.weight),
        false => model.constant(&weight, &shape, &conv.weight),
    }
    model.constant(&bias, &bias_shape, &conv.bias);
    // TensorFlow's SAME: the larger half of an odd padding comes after.
    let side = conv.plane.side.div_ceil(op.stride);
    let total = ((side - 1) * op.stride + op.kernel).saturating_sub(conv.plane.side);
    let (before, after) = (total / 2, total - total / 2);
    let attributes = [
        ("kernel_shape", Attribute::Ints(&[op.kernel; 2])),
        ("strides", Attribute::Ints(&[op.stride; 2])),
        ("pads", Attribute::Ints(&[before, before, after, after])),
        ("group", Attribute::Int(op.groups)),
    ];
    let out = model.node("Conv", &[from, &weight, &bias], &attributes);
    match op.is_relu6() {
        true => model.node("Clip", &[&out, "zero", "six"], &[]),
        false => out,
    }
}

/// [`Unknown::score`], `[n]`.
fn strangeness(model: &mut Model, embedding: &str, logits: &str, unknown: &Unknown) -> String {
    let over_numbers = [
        ("axes", Attribute::Ints(&[1])),
        ("keepdims", Attribute::Int(0)),
    ];
    model.int_constant("numbers", &[1]);
    // Square roots at unit length; of all zeros, zeros.
    let roots = model.node("Sqrt", &[embedding], &[]);
    let sum = model.node(
        "ReduceSum",
        &[embedding, "numbers"],
        &[("keepdims", Attribute::Int(1))],
    );
    let length = model.node("Sqrt", &[&sum], &[]);
    model.constant("tiny", &[], &[f32::MIN_POSITIVE]);
    let length = model.node("Max", &[&length, "tiny"], &[]);
    let direction = model.node("Div", &[&roots, &length], &[]);
    let count = unknown.prototypes.len() / unknown.width;
    let transposed: Vec<f32> = (0..unknown.width)
        .flat_map(|i| (0..count).map(move |p| unknown.prototypes[p * unknown.width + i]))
        .collect();
    model.constant("prototypes", &[unknown.width, count], &transposed);
    let cosines = model.node("MatMul", &[&direction, "prototypes"], &[]);
    let nearest = model.node("ReduceMax", &[&cosines], &over_numbers);
    let mean = model.node("ReduceMean", &[logits], &over_numbers);
    let largest = model.node("ReduceMax", &[logits], &over_numbers);
    let doubt = model.node("Sub", &[&mean, &largest], &[]);
    // Each in deviations, weighed: a · nearest + b · doubt + c.
    let (distance, spread) = (&unknown.distance, &unknown.doubt);
    let near = NEAREST / f64::from(distance.deviation);
    let far = (1.0 - NEAREST) / f64::from(spread.deviation);
    let rest = near * (1.0 - f64::from(distance.mean)) - far * f64::from(spread.mean);
    for (name, value) in [("per cosine", -near), ("per doubt", far), ("offset", rest)] {
        model.constant(name, &[], &[value as f32]);
    }
    let by_distance = model.node("Mul", &[&nearest, "per cosine"], &[]);
    let by_doubt = model.node("Mul", &[&doubt, "per doubt"], &[]);
    let both = model.node("Add", &[&by_distance, &by_doubt], &[]);
    model.node("Add", &[&both, "offset"], &[])
}
