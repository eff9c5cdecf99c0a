//! Teachable Machine's files: a Layers model of TensorFlow.js (`model.json`, `weights.bin`) and `metadata.json`. What it says
//! of what it does not know stays behind.

use data::export::Order;
use data::network::Kind;
use serde_json::{Value, json};

use crate::Files;
use crate::graph::{Conv, Graph, Node, Shape};

/// The version whose models all that takes Teachable Machine's files can read.
const TFJS: &str = "1.3.1";

pub fn files(order: &Order, graph: &Graph) -> Files {
    let mut model = Model::new(order.small);
    let input = model.begin(graph);
    // The layer of each value.
    let mut values = vec![input];
    for (i, node) in graph.nodes.iter().enumerate() {
        let layer = model.node(graph, node, i + 1, &values);
        values.push(layer);
    }
    let output = &values[graph.outputs[0].1];
    let topology = json!({
        "class_name": "Model",
        "config": {
            "name": "graft",
            "layers": model.layers,
            "input_layers": [[INPUT, 0, 0]],
            "output_layers": [[output, 0, 0]],
        },
        "keras_version": format!("tfjs-layers {TFJS}"),
        "backend": "tensor_flow.js",
    });
    let weights = json!([{ "paths": ["weights.bin"], "weights": model.weights }]);
    let text = json!({ "modelTopology": topology, "weightsManifest": weights });
    vec![
        ("model.json".into(), text.to_string().into_bytes()),
        ("weights.bin".into(), model.bytes),
        (
            "metadata.json".into(),
            metadata(order).to_string().into_bytes(),
        ),
    ]
}

fn metadata(order: &Order) -> Value {
    json!({
        "tfjsVersion": TFJS,
        "tmVersion": "2.4.10",
        "packageVersion": "0.8.5",
        "packageName": "@teachablemachine/image",
        "timeStamp": format!("{}T00:00:00.000Z", order.date),
        "userMetadata": {},
        "modelName": order.name,
        "labels": order.labels,
        "imageSize": order.input_size,
    })
}

const INPUT: &str = "input";

struct Model {
    small: bool,
    layers: Vec<Value>,
    /// What is in `bytes`.
    weights: Vec<Value>,
    bytes: Vec<u8>,
}

impl Model {
    fn new(small: bool) -> Self {
        let (layers, weights, bytes) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            small,
            layers,
            weights,
            bytes,
        }
    }

    /// Teachable Machine hands over `x / 127 - 1` of a byte, the network wants `x / 127.5 - 1`. Put into the first
    /// convolution, the difference would reach the border, where zeros stand for pixels.
    fn begin(&mut self, graph: &Graph) -> String {
        let (size, channels) = (graph.size, graph.shape(0).width());
        let shape = json!([null, size, size, channels]);
        let config = json!({ "batch_input_shape": shape, "dtype": "float32", "sparse": false });
        self.layer("InputLayer", INPUT, config, &[]);
        let name = "prepare";
        let by = 127.0 / 127.5;
        self.exact(
            &format!("{name}/depthwise_kernel"),
            &[1, 1, channels, 1],
            &vec![by; channels],
        );
        self.exact(
            &format!("{name}/bias"),
            &[channels],
            &vec![by - 1.0; channels],
        );
        let mut config = filter(1, 1);
        config["depth_multiplier"] = json!(1);
        self.layer("DepthwiseConv2D", name, config, &[INPUT])
    }

    /// The name of the layer that gives what a node gives.
    fn node(&mut self, graph: &Graph, node: &Node, value: usize, values: &[String]) -> String {
        let name = format!("value{value}");
        match node {
            Node::Conv(conv) => self.conv(conv, &values[conv.from]),
            Node::Add { from: [a, b] } => {
                self.layer("Add", &name, json!({}), &[&values[*a], &values[*b]])
            }
            Node::Mean { from } => {
                let config = json!({ "data_format": "channels_last" });
                self.layer("GlobalAveragePooling2D", &name, config, &[&values[*from]])
            }
            Node::Concat { from } => {
                let from: Vec<&str> = from.iter().map(|from| values[*from].as_str()).collect();
                self.layer("Concatenate", &name, json!({ "axis": -1 }), &from)
            }
            Node::Root { from } => {
                let Shape::Vector(width) = graph.shape(*from) else {
                    unreachable!("roots are taken of what is pooled");
                };
                self.root(&name, width, &values[*from])
            }
            Node::Dense { from, dense, relu } => {
                let outputs = dense.bias.len();
                let shape = [dense.weight.len() / outputs, outputs];
                self.exact(&format!("{name}/kernel"), &shape, &dense.weight);
                self.exact(&format!("{name}/bias"), &[outputs], &dense.bias);
                let activation = if *relu { "relu" } else { "linear" };
                let config =
                    json!({ "units": outputs, "activation": activation, "use_bias": true });
                self.layer("Dense", &name, config, &[&values[*from]])
            }
            Node::Softmax { from } => {
                let config = json!({ "activation": "softmax" });
                self.layer("Activation", &name, config, &[&values[*from]])
            }
            // The format's graphs have none: see `Format::tells_unknown`.
            Node::Strangeness { .. } => name,
        }
    }

    fn conv(&mut self, conv: &Conv, from: &str) -> String {
        let op = &conv.op;
        let name = op.name.replace('.', "_");
        let (outputs, inputs, side) = (op.outputs, op.in_per_group(), op.kernel);
        let places = side * side;
        // [out, in, y, x] becomes [y, x, in, out]; of depthwise ones [y, x, channels, 1], which is the same order.
        let by_place = (0..places).flat_map(|p| {
            (0..inputs).flat_map(move |i| {
                (0..outputs).map(move |o| conv.weight[(o * inputs + i) * places + p])
            })
        });
        let weight: Vec<f32> = by_place.collect();
        let mut config = filter(side, op.stride);
        let class = match op.kind() {
            Kind::Depthwise => {
                config["depth_multiplier"] = json!(1);
                let shape = [side, side, outputs, 1];
                self.kernel(&format!("{name}/depthwise_kernel"), &shape, &weight);
                "DepthwiseConv2D"
            }
            Kind::Dense => {
                config["filters"] = json!(outputs);
                let shape = [side, side, inputs, outputs];
                self.kernel(&format!("{name}/kernel"), &shape, &weight);
                "Conv2D"
            }
        };
        self.exact(&format!("{name}/bias"), &[outputs], &conv.bias);
        let out = self.layer(class, &name, config, &[from]);
        match op.is_relu6() {
            true => self.relu6(&format!("{name}_relu"), &out),
            false => out,
        }
    }

    fn relu6(&mut self, name: &str, from: &str) -> String {
        self.layer("ReLU", name, json!({ "max_value": 6 }), &[from])
    }

    /// There is no layer for square roots. One is a broken line with a few hundred corners, which two convolutions make of each
    /// number: the first tells how far it has come in each segment, 0 to 6, the second adds up what each rises.
    fn root(&mut self, name: &str, width: usize, from: &str) -> String {
        let segments = segments();
        let count = segments.len();
        let shape = json!({ "target_shape": [width, 1, 1] });
        let apart = self.layer("Reshape", &format!("{name}_apart"), shape, &[from]);

        let steps = format!("{name}_steps");
        let slope: Vec<f32> = segments
            .iter()
            .map(|s| (6.0 / (s.to - s.from)) as f32)
            .collect();
        let start = segments
            .iter()
            .map(|s| (-6.0 * s.from / (s.to - s.from)) as f32);
        let start: Vec<f32> = start.collect();
        self.exact(&format!("{steps}/kernel"), &[1, 1, 1, count], &slope);
        self.exact(&format!("{steps}/bias"), &[count], &start);
        let mut config = filter(1, 1);
        config["filters"] = json!(count);
        let steps = self.layer("Conv2D", &steps, config, &[&apart]);
        let steps = self.relu6(&format!("{name}_clipped"), &steps);

        let sum = format!("{name}_sum");
        let rise: Vec<f32> = segments.iter().map(|s| (s.rise / 6.0) as f32).collect();
        self.exact(&format!("{sum}/kernel"), &[1, 1, count, 1], &rise);
        let mut config = filter(1, 1);
        config["filters"] = json!(1);
        config["use_bias"] = json!(false);
        let sum = self.layer("Conv2D", &sum, config, &[&steps]);
        let shape = json!({ "target_shape": [width] });
        self.layer("Reshape", name, shape, &[&sum])
    }

    /// Its name.
    fn layer(&mut self, class: &str, name: &str, mut config: Value, from: &[&str]) -> String {
        config["name"] = json!(name);
        let from: Vec<Value> = from.iter().map(|from| json!([from, 0, 0, {}])).collect();
        let nodes = match from.is_empty() {
            true => json!([]),
            false => json!([from]),
        };
        self.layers.push(json!({
            "name": name,
            "class_name": class,
            "config": config,
            "inbound_nodes": nodes,
        }));
        name.to_owned()
    }

    /// Weights of a convolution, in 16 bits if few bytes are wanted.
    fn kernel(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        const LEVELS: f64 = u16::MAX as f64;
        if !self.small {
            return self.exact(name, shape, values);
        }
        let low = f64::from(values.iter().copied().fold(0.0, f32::min));
        let high = f64::from(values.iter().copied().fold(0.0, f32::max));
        let scale = ((high - low) / LEVELS).max(f64::MIN_POSITIVE);
        let levels = values
            .iter()
            .map(|v| ((f64::from(*v) - low) / scale).round() as u16);
        self.bytes.extend(levels.flat_map(u16::to_le_bytes));
        let quantisation = json!({ "dtype": "uint16", "scale": scale, "min": low });
        self.weights.push(json!({
            "name": name,
            "shape": shape,
            "dtype": "float32",
            "quantization": quantisation,
        }));
    }

    fn exact(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        self.bytes
            .extend(values.iter().flat_map(|v| v.to_le_bytes()));
        let weight = json!({ "name": name, "shape": shape, "dtype": "float32" });
        self.weights.push(weight);
    }
}

/// What every convolution's configuration has.
fn filter(side: usize, stride: usize) -> Value {
    json!({
        "kernel_size": [side, side],
        "strides": [stride, stride],
        "padding": "same",
        "data_format": "channels_last",
        "dilation_rate": [1, 1],
        "activation": "linear",
        "use_bias": true,
    })
}

/// A piece of the broken line: it rises by `rise` between two numbers.
struct Segment {
    from: f64,
    to: f64,
    rise: f64,
}

/// The square root of numbers from 0 to 6 within 4e-5 of itself, below 1e-7 within 8e-5: from one corner to the next by the same
/// factor, so that no root is worse than another, and raised by half of what a chord stays below its arc.
fn segments() -> Vec<Segment> {
    const CORNERS: i32 = 384;
    const FIRST: f64 = 1e-7;
    let last = f64::from(data::backbone::LARGEST_ENTRY);
    let factor = (last / FIRST).powf(1.0 / f64::from(CORNERS - 1));
    // A chord from 1 to `factor` is lowest beside its arc at the arc's geometric middle.
    let middle = factor.sqrt();
    let chord = 1.0 + (middle - 1.0) * (factor.sqrt() - 1.0) / (factor - 1.0);
    let raised = 1.0 + (middle.sqrt() / chord - 1.0) / 2.0;
    let corner = |i: i32| FIRST * factor.powi(i);
    let corners = (0..CORNERS).map(corner);
    let mut from = 0.0_f64;
    corners
        .map(|to| {
            let rise = raised * (to.sqrt() - from.sqrt());
            let segment = Segment { from, to, rise };
            from = to;
            segment
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_broken_line_is_the_square_root() {
        let segments = segments();
        let root = |x: f32| -> f32 {
            let steps = segments.iter().map(|s| {
                let (slope, start) = (6.0 / (s.to - s.from), -6.0 * s.from / (s.to - s.from));
                let step = (x * slope as f32 + start as f32).clamp(0.0, 6.0);
                step * (s.rise / 6.0) as f32
            });
            steps.sum()
        };
        assert_eq!(root(0.0), 0.0);
        for i in 0..=60_000 {
            let x = 6.0 * (i as f32 / 60_000.0).powi(4);
            let off = (root(x) - x.sqrt()).abs();
            let allowed = if x < 1e-7 { 8e-5 } else { 4e-5 * x.sqrt() };
            assert!(off <= allowed + 3e-7, "{x}: {off}");
        }
    }
}
