//! A model in ONNX under construction. ONNX is protocol buffers; `onnx.proto` of the ONNX project names the fields.

use half::f16;

use super::protobuf::Message;

/// The versions of ONNX whose operations are used here; later ones say the axes of reductions otherwise.
const OPSET: u64 = 17;
const IR_VERSION: u64 = 8;

/// Types of numbers, as `TensorProto.DataType` counts them.
#[derive(Clone, Copy)]
pub enum Type {
    Float = 1,
    Uint8 = 2,
    Int64 = 7,
}
const FLOAT16: u64 = 10;

/// A dimension of an input or output.
#[derive(Clone, Copy)]
pub enum Dimension<'a> {
    Number(usize),
    /// It may differ from call to call.
    Name(&'a str),
}

/// An attribute of a node.
pub enum Attribute<'a> {
    Int(usize),
    Ints(&'a [usize]),
}

#[derive(Default)]
pub struct Model {
    graph: Message,
    nodes: usize,
    metadata: Vec<(String, String)>,
}

impl Model {
    /// Numbers of the model's own, by this name.
    pub fn constant(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.tensor(name, Type::Float as u64, shape, &bytes);
    }

    /// As [`Self::constant`], kept as numbers of 16 bits: a node makes them as wide as all others, once, when the model is
    /// loaded.
    pub fn half_constant(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let halves = values.iter().map(|v| f16::from_f32(*v));
        let bytes: Vec<u8> = halves.flat_map(f16::to_le_bytes).collect();
        let narrow = format!("{name}.half");
        self.tensor(&narrow, FLOAT16, shape, &bytes);
        let to_float = [("to", Attribute::Int(Type::Float as usize))];
        self.named_node("Cast", &[&narrow], name, &to_float);
    }

    /// A whole number.
    pub fn int(&mut self, name: &str, value: i64) {
        self.tensor(name, Type::Int64 as u64, &[], &value.to_le_bytes());
    }

    /// Whole numbers: `[n]`.
    pub fn int_constant(&mut self, name: &str, values: &[i64]) {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.tensor(name, Type::Int64 as u64, &[values.len()], &bytes);
    }

    /// A TensorProto among the graph's initializers.
    fn tensor(&mut self, name: &str, kind: u64, shape: &[usize], bytes: &[u8]) {
        let mut tensor = Message::default();
        for dimension in shape {
            tensor = tensor.number(1, *dimension as u64);
        }
        let tensor = tensor.number(2, kind).text(8, name).bytes(9, bytes);
        self.graph = std::mem::take(&mut self.graph).message(5, &tensor);
    }

    /// The name of what it gives.
    pub fn node(
        &mut self,
        operation: &str,
        inputs: &[&str],
        attributes: &[(&str, Attribute)],
    ) -> String {
        self.nodes += 1;
        let output = format!("{operation}_{}", self.nodes);
        self.named_node(operation, inputs, &output, attributes)
    }

    /// A NodeProto.
    pub fn named_node(
        &mut self,
        operation: &str,
        inputs: &[&str],
        output: &str,
        attributes: &[(&str, Attribute)],
    ) -> String {
        let mut node = Message::default();
        for input in inputs {
            node = node.text(1, input);
        }
        node = node.text(2, output).text(3, output).text(4, operation);
        for (name, value) in attributes {
            node = node.message(5, &attribute(name, value));
        }
        self.graph = std::mem::take(&mut self.graph).message(1, &node);
        output.to_owned()
    }

    pub fn input(&mut self, name: &str, kind: Type, shape: &[Dimension]) {
        let info = value_info(name, kind, shape);
        self.graph = std::mem::take(&mut self.graph).message(11, &info);
    }

    /// Floats.
    pub fn output(&mut self, name: &str, shape: &[Dimension]) {
        let info = value_info(name, Type::Float, shape);
        self.graph = std::mem::take(&mut self.graph).message(12, &info);
    }

    /// What the model says of itself to whoever asks.
    pub fn says(&mut self, key: &str, value: String) {
        self.metadata.push((key.to_owned(), value));
    }

    /// The ModelProto.
    pub fn bytes(self) -> Vec<u8> {
        let graph = self.graph.text(2, "network");
        let opset = Message::default().number(2, OPSET);
        let mut model = Message::default()
            .number(1, IR_VERSION)
            .text(2, "graft")
            .message(7, &graph)
            .message(8, &opset);
        for (key, value) in &self.metadata {
            let entry = Message::default().text(1, key).text(2, value);
            model = model.message(14, &entry);
        }
        model.0
    }
}

/// An AttributeProto.
fn attribute(name: &str, value: &Attribute) -> Message {
    const INT: u64 = 2;
    const INTS: u64 = 7;
    let attribute = Message::default().text(1, name);
    match value {
        Attribute::Int(value) => attribute.number(3, *value as u64).number(20, INT),
        Attribute::Ints(values) => {
            let all = values.iter();
            let attribute = all.fold(attribute, |a, value| a.number(8, *value as u64));
            attribute.number(20, INTS)
        }
    }
}

/// A ValueInfoProto.
fn value_info(name: &str, kind: Type, shape: &[Dimension]) -> Message {
    let dimensions = shape.iter().fold(Message::default(), |dimensions, size| {
        let dimension = match size {
            Dimension::Number(number) => Message::default().number(1, *number as u64),
            Dimension::Name(name) => Message::default().text(2, name),
        };
        dimensions.message(1, &dimension)
    });
    let tensor = Message::default()
        .number(1, kind as u64)
        .message(2, &dimensions);
    Message::default()
        .text(1, name)
        .message(2, &Message::default().message(1, &tensor))
}
