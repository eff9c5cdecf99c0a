//! TensorFlow Lite: `[1, size, size, 3]` bytes, RGB, to `[1, classes]`. What a model knows of what it does not know stays behind.

mod metadata;
mod schema;

use data::export::Order;
use data::network::Kind;
use formats::bundle;

use crate::graph::{Conv, Graph, Node, Shape};
use crate::texts;
use schema::{Field, Operation, RELU, RELU6, Table, Type, Writer};

/// The model, with its metadata, and behind it the classes' names as a zip, as apps look for them. With
/// [`small`](Order::small), matrices at each pixel have weights of 8 bits, with a scale for each channel; filters of single
/// channels and the first layer stay as they are, because they lose most by it.
pub fn model(order: &Order, graph: &Graph) -> Vec<u8> {
    let mut model = Model::default();
    let input = model.begin(graph);
    // The tensor of each value.
    let mut values = vec![input];
    for (i, node) in graph.nodes.iter().enumerate() {
        let value = model.node(graph, node, i + 1, &values, order.small);
        values.push(value);
    }
    let output = values[graph.outputs[0].1];
    let bytes = model.finish(output, &metadata::metadata(order));
    let labels = texts::labels(order, false);
    bundle::zip_behind(bytes, &[(metadata::LABELS.into(), labels)])
}

/// The tables that a model consists of, under construction.
#[derive(Default)]
struct Model<'a> {
    writer: Writer<'a>,
    buffers: Vec<Table>,
    tensors: Vec<Table>,
    /// With their versions.
    operations: Vec<(Operation, i32)>,
    operators: Vec<Table>,
}

impl Model<'_> {
    /// From bytes to numbers from -1 to 1; the tensor of those.
    fn begin(&mut self, graph: &Graph) -> i32 {
        // The first buffer is empty, by convention: what has no numbers of its own refers to it.
        let nothing = self.writer.table(&[]);
        self.buffers.push(nothing);
        let shape = dimensions(graph.shape(0));
        let image = self.tensor("image", &shape, Type::Uint8, 0, None);
        let (from, to) = (Type::Uint8.code(), Type::Float32.code());
        let numbers = self.value("numbers", &shape);
        self.operator(
            Operation::Cast,
            &[image],
            numbers,
            &[(0, from), (1, to)],
            false,
        );
        let step = self.floats("step", &[1], &[1.0 / 127.5]);
        let scaled = self.value("scaled", &shape);
        self.operator(Operation::Mul, &[numbers, step], scaled, &[], false);
        let start = self.floats("start", &[1], &[-1.0]);
        let input = self.value("input", &shape);
        self.operator(Operation::Add, &[scaled, start], input, &[], false);
        input
    }

    /// The tensor that a node gives.
    fn node(
        &mut self,
        graph: &Graph,
        node: &Node,
        value: usize,
        values: &[i32],
        small: bool,
    ) -> i32 {
        let shape = dimensions(graph.shape(value));
        let name = match node {
            Node::Conv(conv) => conv.op.name.clone(),
            Node::Softmax { .. } => "probability".into(),
            _ => format!("value{value}"),
        };
        let out = self.value(&name, &shape);
        match node {
            Node::Conv(conv) => self.conv(conv, values[conv.from], out, small),
            Node::Add { from: [a, b] } => {
                self.operator(Operation::Add, &[values[*a], values[*b]], out, &[], false);
            }
            Node::Mean { from } => {
                let axes: Vec<u8> = [1_i32, 2].iter().flat_map(|v| v.to_le_bytes()).collect();
                let name = format!("axes{value}");
                let axes = self.constant(&name, &[2], Type::Int32, &axes, None);
                self.operator(Operation::Mean, &[values[*from], axes], out, &[], false);
            }
            Node::Concat { from } => {
                let from: Vec<i32> = from.iter().map(|from| values[*from]).collect();
                let axis = [(0, Field::Int(1))];
                self.operator(Operation::Concatenation, &from, out, &axis, false);
            }
            Node::Root { from } => {
                self.operator(Operation::Sqrt, &[values[*from]], out, &[], false);
            }
            Node::Dense { from, dense, relu } => {
                let outputs = dense.bias.len();
                let inputs = dense.weight.len() / outputs;
                let by_output = (0..outputs)
                    .flat_map(|o| (0..inputs).map(move |i| dense.weight[i * outputs + o]));
                let by_output: Vec<f32> = by_output.collect();
                let shape = [outputs as i32, inputs as i32];
                let weight = self.floats(&format!("{name}.weight"), &shape, &by_output);
                let bias = self.floats(&format!("{name}.bias"), &shape[..1], &dense.bias);
                let activation: &[_] = if *relu { &[(0, RELU)] } else { &[] };
                let inputs = [values[*from], weight, bias];
                self.operator(Operation::FullyConnected, &inputs, out, activation, false);
            }
            Node::Softmax { from } => {
                let beta = [(0, Field::Float(1.0))];
                self.operator(Operation::Softmax, &[values[*from]], out, &beta, false);
            }
            // The format's graphs have none: see `Format::tells_unknown`.
            Node::Strangeness { .. } => {}
        }
        out
    }

    fn conv(&mut self, conv: &Conv, from: i32, out: i32, small: bool) {
        let op = &conv.op;
        let (outputs, inputs, side) = (op.outputs, op.in_per_group(), op.kernel);
        let depthwise = op.kind() == Kind::Depthwise;
        let places = side * side;
        let at = |out: usize, input: usize, place: usize| {
            conv.weight[(out * inputs + input) * places + place]
        };
        // Channels come last: [out, y, x, in], and of depthwise ones [1, y, x, channels].
        let (shape, weight): (_, Vec<f32>) = match depthwise {
            true => {
                let all = (0..places).flat_map(|p| (0..outputs).map(move |o| at(o, 0, p)));
                ([1, side, side, outputs], all.collect())
            }
            false => {
                let of = |o| (0..places).flat_map(move |p| (0..inputs).map(move |i| at(o, i, p)));
                let all = (0..outputs).flat_map(of);
                ([outputs, side, side, inputs], all.collect())
            }
        };
        let shape = shape.map(|n| n as i32);
        let name = format!("{}.weight", op.name);
        let eight_bits = small && !depthwise && side == 1;
        let weight = match eight_bits {
            true => self.bytes(&name, &shape, &weight),
            false => self.floats(&name, &shape, &weight),
        };
        let bias = self.floats(&format!("{}.bias", op.name), &[outputs as i32], &conv.bias);
        let stride = Field::Int(op.stride as i32);
        let mut options = vec![(1, stride), (2, stride)];
        let operation = match depthwise {
            true => {
                options.push((3, Field::Int(1)));
                Operation::DepthwiseConv2d
            }
            false => Operation::Conv2d,
        };
        if op.is_relu6() {
            options.push((if depthwise { 4 } else { 3 }, RELU6));
        }
        self.operator(operation, &[from, weight, bias], out, &options, eight_bits);
    }

    /// What an operator gives: floats.
    fn value(&mut self, name: &str, shape: &[i32]) -> i32 {
        self.tensor(name, shape, Type::Float32, 0, None)
    }

    fn floats(&mut self, name: &str, shape: &[i32], values: &[f32]) -> i32 {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(name, shape, Type::Float32, &bytes, None)
    }

    /// Weights of a convolution in 8 bits: of each output channel the largest one is 127 or -127.
    fn bytes(&mut self, name: &str, shape: &[i32; 4], weight: &[f32]) -> i32 {
        let per_output = weight.len() / shape[0] as usize;
        let (mut scales, mut bytes) = (Vec::new(), Vec::new());
        for channel in weight.chunks_exact(per_output) {
            let largest = channel.iter().fold(0.0_f32, |most, w| most.max(w.abs()));
            let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
            scales.push(scale);
            bytes.extend(channel.iter().map(|w| (w / scale).round() as i8 as u8));
        }
        self.constant(name, shape, Type::Int8, &bytes, Some(&scales))
    }

    /// Numbers of the model's own.
    fn constant(
        &mut self,
        name: &str,
        shape: &[i32],
        kind: Type,
        bytes: &[u8],
        scales: Option<&[f32]>,
    ) -> i32 {
        let data = self.writer.aligned(bytes);
        let buffer = self.writer.table(&[(0, data)]);
        self.buffers.push(buffer);
        self.tensor(name, shape, kind, self.buffers.len() - 1, scales)
    }

    fn tensor(
        &mut self,
        name: &str,
        shape: &[i32],
        kind: Type,
        buffer: usize,
        scales: Option<&[f32]>,
    ) -> i32 {
        let mut fields = vec![
            (0, self.writer.vector(shape)),
            (1, kind.code()),
            (2, Field::Int(buffer as i32)),
            (3, self.writer.text(name)),
        ];
        if let Some(scales) = scales {
            let (scale, zero) = (
                self.writer.vector(scales),
                self.writer.vector(&vec![0_i64; scales.len()]),
            );
            let quantisation = self.writer.table(&[(2, scale), (3, zero)]);
            fields.push((4, Field::At(quantisation.as_union_value())));
        }
        let tensor = self.writer.table(&fields);
        self.tensors.push(tensor);
        self.tensors.len() as i32 - 1
    }

    fn operator(
        &mut self,
        operation: Operation,
        inputs: &[i32],
        output: i32,
        options: &[(u16, Field)],
        eight_bits: bool,
    ) {
        let code = (operation, operation.version(eight_bits));
        let known = self.operations.iter().position(|known| *known == code);
        let index = known.unwrap_or_else(|| {
            self.operations.push(code);
            self.operations.len() - 1
        });
        let mut fields = vec![
            (0, Field::Int(index as i32)),
            (1, self.writer.vector(inputs)),
            (2, self.writer.vector(&[output])),
        ];
        if operation.options() > 0 {
            let options = self.writer.table(options);
            fields.push((3, Field::Byte(operation.options())));
            fields.push((4, Field::At(options.as_union_value())));
        }
        let operator = self.writer.table(&fields);
        self.operators.push(operator);
    }

    fn finish(mut self, output: i32, metadata: &[u8]) -> Vec<u8> {
        let data = self.writer.aligned(metadata);
        let buffer = self.writer.table(&[(0, data)]);
        self.buffers.push(buffer);
        let place = Field::Int(self.buffers.len() as i32 - 1);
        let writer = &mut self.writer;
        let name = writer.text(metadata::NAME);
        let metadata = writer.table(&[(0, name), (1, place)]);
        let metadata = writer.tables(&[metadata]);
        let operations = self.operations.iter().map(|(operation, version)| {
            let code = operation.code();
            writer.table(&[
                (0, Field::Byte(code)),
                (2, Field::Int(*version)),
                (3, Field::Int(code.into())),
            ])
        });
        let operations: Vec<Table> = operations.collect();
        let operations = writer.tables(&operations);
        let fields = [
            (0, writer.tables(&self.tensors)),
            (1, writer.vector(&[0_i32])),
            (2, writer.vector(&[output])),
            (3, writer.tables(&self.operators)),
            (4, writer.text("main")),
        ];
        let subgraph = writer.table(&fields);
        let model = [
            (0, Field::Int(3)),
            (1, operations),
            (2, writer.tables(&[subgraph])),
            (3, writer.text("Graft")),
            (4, writer.tables(&self.buffers)),
            (6, metadata),
        ];
        let model = writer.table(&model);
        self.writer.finish(model, "TFL3")
    }
}

/// Of one photo.
fn dimensions(shape: Shape) -> Vec<i32> {
    match shape {
        Shape::Plane(plane) => vec![
            1,
            plane.side as i32,
            plane.side as i32,
            plane.channels as i32,
        ],
        Shape::Vector(width) => vec![1, width as i32],
    }
}
