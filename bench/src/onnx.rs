//! Our weights as an ONNX model, for the peer: EfficientNet-Lite0 with batch norm folded, `[n, 3, 224, 224]` -> `[n, 1280]`.
//!
//! ONNX is protocol buffers (`onnx.proto` of the ONNX project names the fields); the few that a network of convolutions
//! needs are written by hand here.

use anyhow::{Context, Result, ensure};
use half::f16;
use safetensors::{Dtype, SafeTensors};

/// Blocks whose filter moves by two pixels: the first of EfficientNet-B0's stages 2, 3, 4 and 6 (Tan and Le 2019).
const HALVING: [usize; 4] = [1, 3, 5, 11];
const BLOCKS: usize = 16;
const SIDE: usize = 224;
/// Of the operations used here, whose meaning has not changed since: opset 17, IR version 8.
const OPSET: u64 = 17;
const IR_VERSION: u64 = 8;

/// A protocol buffer message under construction.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// Wire type 0.
    fn number(mut self, field: u64, value: u64) -> Self {
        self.varint(field << 3);
        self.varint(value);
        self
    }

    /// Wire type 2: text, bytes and messages in messages.
    fn bytes(mut self, field: u64, value: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    fn text(self, field: u64, value: &str) -> Self {
        self.bytes(field, value.as_bytes())
    }

    fn message(self, field: u64, value: Message) -> Self {
        self.bytes(field, &value.0)
    }
}

struct Graph<'a> {
    weights: SafeTensors<'a>,
    message: Message,
    /// The value that the next layer reads, and its side.
    at: String,
    side: usize,
    nodes: usize,
}

/// The model's bytes, from those of a weights file.
pub fn lite0(weights: &[u8]) -> Result<Vec<u8>> {
    let mut graph = Graph {
        weights: SafeTensors::deserialize(weights)?,
        message: Message::default().text(2, "efficientnet-lite0"),
        at: "input".into(),
        side: SIDE,
        nodes: 0,
    };
    graph.constant("zero", &[], &[0.0]);
    graph.constant("six", &[], &[6.0]);
    graph.conv("stem", 2, true)?;
    for block in 0..BLOCKS {
        let (start, name) = (graph.at.clone(), format!("blocks.{block}"));
        let stride = if HALVING.contains(&block) { 2 } else { 1 };
        let mut inputs = None;
        if graph.has(&format!("{name}.expand")) {
            inputs = Some(graph.conv(&format!("{name}.expand"), 1, true)?.1);
        }
        graph.conv(&format!("{name}.depthwise"), stride, true)?;
        let (outputs, _) = graph.conv(&format!("{name}.project"), 1, false)?;
        if stride == 1 && inputs == Some(outputs) {
            let end = graph.at.clone();
            graph.node("Add", &[&end, &start], Vec::new());
        }
    }
    graph.conv("head", 1, true)?;
    let features = graph.at.clone();
    graph.node("GlobalAveragePool", &[&features], Vec::new());
    let pooled = graph.at.clone();
    graph.at = "embedding".into();
    graph.named_node("Flatten", &[&pooled], "embedding", Vec::new());
    Ok(graph.model().0)
}

impl Graph<'_> {
    fn has(&self, name: &str) -> bool {
        self.weights.tensor(&format!("{name}.weight")).is_ok()
    }

    fn values(&self, name: &str) -> Result<(Vec<usize>, Vec<f32>)> {
        let tensor = self.weights.tensor(name).with_context(|| name.to_owned())?;
        ensure!(tensor.dtype() == Dtype::F16, "{name} is not f16");
        let halves = tensor.data().as_chunks().0.iter();
        let values = halves.map(|b| f16::from_le_bytes(*b).to_f32()).collect();
        Ok((tensor.shape().to_vec(), values))
    }

    /// A TensorProto among the graph's initializers.
    fn constant(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        const FLOAT: u64 = 1;
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let mut tensor = Message::default();
        for dimension in shape {
            tensor = tensor.number(1, *dimension as u64);
        }
        let tensor = tensor.number(2, FLOAT).text(8, name).bytes(9, &bytes);
        self.message = std::mem::take(&mut self.message).message(5, tensor);
    }

    /// A convolution of the weights file; its channels out, and in a group.
    fn conv(&mut self, name: &str, stride: usize, relu6: bool) -> Result<(usize, usize)> {
        let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
        for part in [&weight, &bias] {
            let (shape, values) = self.values(part)?;
            self.constant(part, &shape, &values);
        }
        let (shape, _) = self.values(&weight)?;
        let [outputs, group, kernel, _] = shape[..] else {
            anyhow::bail!("{name} is no convolution");
        };
        // TensorFlow's SAME: the larger half of an odd padding comes after.
        let side = self.side.div_ceil(stride);
        let total = ((side - 1) * stride + kernel).saturating_sub(self.side);
        let (before, after) = (total / 2, total - total / 2);
        self.side = side;
        let attributes = vec![
            attribute("kernel_shape", &[kernel; 2]),
            attribute("strides", &[stride; 2]),
            attribute("pads", &[before, before, after, after]),
            // A filter on one channel of many is a depthwise one.
            group_attribute(if group == 1 { outputs } else { 1 }),
        ];
        let input = self.at.clone();
        self.node("Conv", &[&input, &weight, &bias], attributes);
        if relu6 {
            let input = self.at.clone();
            self.node("Clip", &[&input, "zero", "six"], Vec::new());
        }
        Ok((outputs, group))
    }

    fn node(&mut self, operation: &str, inputs: &[&str], attributes: Vec<Message>) {
        self.nodes += 1;
        let output = format!("{operation}_{}", self.nodes);
        self.named_node(operation, inputs, &output, attributes);
    }

    /// A NodeProto that becomes the current value.
    fn named_node(
        &mut self,
        operation: &str,
        inputs: &[&str],
        output: &str,
        attributes: Vec<Message>,
    ) {
        let mut node = Message::default();
        for input in inputs {
            node = node.text(1, input);
        }
        node = node.text(2, output).text(3, output).text(4, operation);
        for attribute in attributes {
            node = node.message(5, attribute);
        }
        self.message = std::mem::take(&mut self.message).message(1, node);
        self.at = output.to_owned();
    }

    /// The ModelProto.
    fn model(self) -> Message {
        let side = SIDE.to_string();
        let graph = self
            .message
            .message(11, value_info("input", &["n", "3", &side, &side]))
            .message(12, value_info("embedding", &["n", "1280"]));
        let opset = Message::default().number(2, OPSET);
        Message::default()
            .number(1, IR_VERSION)
            .text(2, "graft-bench")
            .message(7, graph)
            .message(8, opset)
    }
}

/// An AttributeProto that is a list of whole numbers.
fn attribute(name: &str, values: &[usize]) -> Message {
    const INTS: u64 = 7;
    let mut attribute = Message::default().text(1, name);
    for value in values {
        attribute = attribute.number(8, *value as u64);
    }
    attribute.number(20, INTS)
}

fn group_attribute(groups: usize) -> Message {
    const INT: u64 = 2;
    Message::default()
        .text(1, "group")
        .number(3, groups as u64)
        .number(20, INT)
}

/// A ValueInfoProto of floats; a dimension that is no number has a name.
fn value_info(name: &str, shape: &[&str]) -> Message {
    const FLOAT: u64 = 1;
    let dimensions = shape.iter().fold(Message::default(), |dimensions, text| {
        let dimension = match text.parse() {
            Ok(number) => Message::default().number(1, number),
            Err(_) => Message::default().text(2, text),
        };
        dimensions.message(1, dimension)
    });
    let tensor = Message::default().number(1, FLOAT).message(2, dimensions);
    Message::default()
        .text(1, name)
        .message(2, Message::default().message(1, tensor))
}
