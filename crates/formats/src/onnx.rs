//! A network as an ONNX model: `[n, 3, size, size]`, normalised, to `[n, width]`, and to its pooled layers where they are wanted.
//!
//! ONNX is protocol buffers (`onnx.proto` of the ONNX project names the fields); the few that a network of convolutions
//! needs are written by hand here.
//!
//! ```
//! use data::network::{Activation, ConvOp, Network, Op};
//! use formats::onnx;
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
//! let model = onnx::model(&network, 32, values)?; // [n, 3, 32, 32] -> [n, 16]
//! assert!(model.windows(4).any(|bytes| bytes == b"Conv"));
//! # Ok::<(), String>(())
//! ```

use data::network::{ConvOp, Network, Op, Plane, Tap};

/// The versions of ONNX whose operations are used here; their meaning has not changed since.
const OPSET: u64 = 17;
const IR_VERSION: u64 = 8;

/// The model's bytes. `tensor` gives the values of a tensor by its name in a weights file, as many as the op asks for.
pub fn model<E>(
    network: &Network,
    size: usize,
    tensor: impl FnMut(&str) -> Result<Vec<f32>, E>,
) -> Result<Vec<u8>, E> {
    write(network, size, &[], tensor)
}

/// As [`model`], with a second output behind `embedding`: `layers`, the mean over all positions of each tap
/// ([`Network::taps`]), one after the other. A network without taps has none.
pub fn model_with_layers<E>(
    network: &Network,
    size: usize,
    tensor: impl FnMut(&str) -> Result<Vec<f32>, E>,
) -> Result<Vec<u8>, E> {
    write(network, size, &network.taps(), tensor)
}

fn write<E>(
    network: &Network,
    size: usize,
    taps: &[Tap],
    mut tensor: impl FnMut(&str) -> Result<Vec<f32>, E>,
) -> Result<Vec<u8>, E> {
    let planes = network.planes(size);
    let mut graph = Graph::default();
    graph.constant("zero", &[], &[0.0]);
    graph.constant("six", &[], &[6.0]);
    // The name of each value.
    let mut values = vec!["input".to_owned()];
    for (i, op) in network.ops().iter().enumerate() {
        let from = values[i].clone();
        values.push(match op {
            Op::Conv(conv) => {
                for (name, shape) in conv.tensors() {
                    graph.constant(&name, &shape, &tensor(&name)?);
                }
                graph.conv(conv, planes[i], &from)
            }
            Op::Add { from: other } => graph.node("Add", &[&from, &values[*other]], Vec::new()),
            Op::MeanPool => {
                let pooled = graph.node("GlobalAveragePool", &[&from], Vec::new());
                graph.named_node("Flatten", &[&pooled], "embedding", Vec::new())
            }
        });
    }
    let mut outputs = vec![("embedding", network.width())];
    if !taps.is_empty() {
        let values = taps.iter().map(|tap| &values[tap.op + 1]);
        let pooled = values.map(|value| graph.node("GlobalAveragePool", &[value], Vec::new()));
        let pooled: Vec<String> = pooled.collect();
        let pooled: Vec<&str> = pooled.iter().map(String::as_str).collect();
        let along_channels = vec![number_attribute("axis", 1)];
        let all = graph.node("Concat", &pooled, along_channels);
        graph.named_node("Flatten", &[&all], "layers", Vec::new());
        outputs.push(("layers", taps.iter().map(|tap| tap.channels).sum()));
    }
    Ok(graph.model(planes[0], &outputs).0)
}

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

/// The GraphProto under construction.
#[derive(Default)]
struct Graph {
    message: Message,
    nodes: usize,
}

impl Graph {
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

    /// A convolution with its activation, on a value of this size; what leaves it.
    fn conv(&mut self, conv: &ConvOp, plane: Plane, from: &str) -> String {
        // TensorFlow's SAME: the larger half of an odd padding comes after.
        let side = plane.side.div_ceil(conv.stride);
        let total = ((side - 1) * conv.stride + conv.kernel).saturating_sub(plane.side);
        let (before, after) = (total / 2, total - total / 2);
        let attributes = vec![
            attribute("kernel_shape", &[conv.kernel; 2]),
            attribute("strides", &[conv.stride; 2]),
            attribute("pads", &[before, before, after, after]),
            number_attribute("group", conv.groups),
        ];
        let [(weight, _), (bias, _)] = conv.tensors();
        let out = self.node("Conv", &[from, &weight, &bias], attributes);
        match conv.is_relu6() {
            true => self.node("Clip", &[&out, "zero", "six"], Vec::new()),
            false => out,
        }
    }

    fn node(&mut self, operation: &str, inputs: &[&str], attributes: Vec<Message>) -> String {
        self.nodes += 1;
        let output = format!("{operation}_{}", self.nodes);
        self.named_node(operation, inputs, &output, attributes)
    }

    /// A NodeProto; the name of what it gives.
    fn named_node(
        &mut self,
        operation: &str,
        inputs: &[&str],
        output: &str,
        attributes: Vec<Message>,
    ) -> String {
        let mut node = Message::default();
        for input in inputs {
            node = node.text(1, input);
        }
        node = node.text(2, output).text(3, output).text(4, operation);
        for attribute in attributes {
            node = node.message(5, attribute);
        }
        self.message = std::mem::take(&mut self.message).message(1, node);
        output.to_owned()
    }

    /// The ModelProto, of photos of this size, with these outputs of so many numbers.
    fn model(self, photo: Plane, outputs: &[(&str, usize)]) -> Message {
        let number = |n: usize| Dimension::Number(n as u64);
        let (channels, side) = (number(photo.channels), number(photo.side));
        let photos = [Dimension::Name("n"), channels, side, side];
        let graph = (self.message.text(2, "network")).message(11, value_info("input", &photos));
        let graph = outputs.iter().fold(graph, |graph, (name, width)| {
            let shape = [Dimension::Name("n"), number(*width)];
            graph.message(12, value_info(name, &shape))
        });
        let opset = Message::default().number(2, OPSET);
        Message::default()
            .number(1, IR_VERSION)
            .text(2, "graft")
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

/// An AttributeProto that is a whole number.
fn number_attribute(name: &str, value: usize) -> Message {
    const INT: u64 = 2;
    Message::default()
        .text(1, name)
        .number(3, value as u64)
        .number(20, INT)
}

#[derive(Clone, Copy)]
enum Dimension<'a> {
    Number(u64),
    Name(&'a str),
}

/// A ValueInfoProto of floats.
fn value_info(name: &str, shape: &[Dimension]) -> Message {
    const FLOAT: u64 = 1;
    let dimensions = shape.iter().fold(Message::default(), |dimensions, size| {
        let dimension = match size {
            Dimension::Number(number) => Message::default().number(1, *number),
            Dimension::Name(name) => Message::default().text(2, name),
        };
        dimensions.message(1, dimension)
    });
    let tensor = Message::default().number(1, FLOAT).message(2, dimensions);
    Message::default()
        .text(1, name)
        .message(2, Message::default().message(1, tensor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use half::f16;
    use safetensors::SafeTensors;
    use sha2::{Digest, Sha256};

    /// These are the bytes that ONNX Runtime read: it computed from them, bit for bit, what it computes from the model that
    /// `tests/fixtures/make_tiny.py --check MODEL 48` makes itself. `GRAFT_ONNX` names a folder for them.
    #[test]
    fn the_made_up_network_is_written_as_onnx_runtime_read_it() {
        let file = include_bytes!("../../../tests/fixtures/tiny.safetensors");
        let (_, header) = SafeTensors::read_metadata(file).expect("the fixture is safetensors");
        let about = header.metadata().as_ref().expect("it says what it is");
        let ops = serde_json::from_str(&about["network"]).expect("it describes its network");
        let network = Network::new(ops).expect("it keeps the rules");
        let tensors = SafeTensors::deserialize(file).expect("the fixture is safetensors");
        let values = |name: &str| {
            let halves = tensors.tensor(name)?.data().as_chunks().0.iter();
            Ok::<_, safetensors::SafeTensorError>(
                halves.map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
            )
        };
        for (name, model, hash) in [
            (
                "tiny",
                model(&network, 48, values),
                "f64ff244cd061489a6fd1f73239ce82e5a903899150a7aa0096aa6b157d5c100",
            ),
            (
                "tiny-layers",
                model_with_layers(&network, 48, values),
                "a1a2dfd8a42e046758718810962246fa89b6c969c76c184540bca8aefe5b2e8c",
            ),
        ] {
            let model = model.expect("all tensors are there");
            if let Ok(folder) = std::env::var("GRAFT_ONNX") {
                let path = format!("{folder}/{name}.onnx");
                std::fs::write(path, &model).expect("the model can be written");
            }
            let found = Sha256::digest(&model);
            let found: String = found.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(found, hash, "{name}");
        }
    }
}
