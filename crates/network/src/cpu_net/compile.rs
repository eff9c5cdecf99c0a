//! Ops into steps: what reads a value that nothing else needs runs together with what makes it.

use kernels::depthwise::Padded;
use kernels::patches::patch_order;
use kernels::planes::Filter;
use kernels::tiles::Matrix;

use super::{CpuNet, Patches, Run, Step, Then, Wide};
use crate::weights::{Conv, Layers};
use data::network::{Kind, Op, Plane};

/// The first `end` ops. The values in `views` lie between two steps.
pub fn net(layers: &Layers, size: usize, end: usize, views: &[usize]) -> CpuNet {
    let network = layers.network();
    let first = network.convs().next().expect("a network has a convolution");
    let added_before_the_end = |value| network.added_by(value).is_some_and(|add| add < end);
    let mut compiler = Compiler {
        ops: layers.ops().take(end).collect(),
        planes: network.planes(size),
        apart: (0..=end)
            .map(|value| views.contains(&value) || added_before_the_end(value))
            .collect(),
        taps: network.taps().into_iter().map(|tap| tap.op).collect(),
        at: 0,
    };
    let mut steps: Vec<Step> = Vec::new();
    while compiler.at < end {
        steps.push(compiler.step());
    }
    for i in 0..steps.len() {
        let from = steps[i].from;
        steps[i].keeps = steps[i + 1..].iter().any(|later| later.adds == Some(from));
    }
    CpuNet {
        patches: Patches {
            padded: Padded::same(size, first.kernel, first.stride),
            channels: first.inputs,
            kernel: first.kernel,
            stride: first.stride,
        },
        steps,
        planes: compiler.planes,
    }
}

struct Compiler<'a> {
    ops: Vec<Op<&'a Conv>>,
    planes: Vec<Plane>,
    /// For each value, whether more than the next op needs it.
    apart: Vec<bool>,
    /// The ops whose results are pooled.
    taps: Vec<usize>,
    /// The next op, and the number of the value that it reads.
    at: usize,
}

impl<'a> Compiler<'a> {
    fn step(&mut self) -> Step {
        let from = self.at;
        let matrix = self.conv(Kind::Dense, from);
        let matrix = matrix.map(|conv| self::matrix(conv, from == 0));
        let entering = self.planes[self.at];
        let filter = self.conv(Kind::Depthwise, from);
        let tapped = filter.is_some() && self.taps.contains(&(self.at - 1));
        let is_mean = self.mean(from);
        let (run, adds) = match (matrix, filter) {
            (Some(matrix), None) if !is_mean => (Run::Pointwise(matrix), self.add()),
            (expand, filter) => {
                let Plane { channels, .. } = self.planes[self.at];
                let pixels = match is_mean {
                    true => self.planes[self.at - 1].pixels(),
                    false => self.planes[self.at].pixels(),
                };
                let (then, adds) = match (is_mean, self.conv(Kind::Dense, from)) {
                    (true, _) => (Then::Mean, None),
                    (false, Some(conv)) => (Then::Project(self::matrix(conv, false)), self.add()),
                    (false, None) => (Then::Keep, None),
                };
                let padded = match filter {
                    Some(conv) => Padded::same(entering.side, conv.op.kernel, conv.op.stride),
                    None => Padded {
                        size: entering.side,
                        before: 0,
                        after: 0,
                    },
                };
                let wide = Wide {
                    expand,
                    channels,
                    padded,
                    places: padded.places(),
                    filter: filter.map(|conv| {
                        Filter::new(&conv.weight, &conv.bias, conv.op.kernel, conv.op.stride)
                    }),
                    tapped,
                    pixels,
                    then,
                };
                (Run::Wide(Box::new(wide)), adds)
            }
        };
        Step {
            run,
            from,
            to: self.at,
            adds,
            keeps: false,
        }
    }

    /// Whether the next op may join the step that began at `from`.
    fn joins(&self, from: usize) -> bool {
        self.at == from || !self.apart[self.at]
    }

    /// The next op, if it is a convolution of this kind that may join.
    fn conv(&mut self, kind: Kind, from: usize) -> Option<&'a Conv> {
        match self.ops.get(self.at) {
            Some(Op::Conv(conv)) if conv.op.kind() == kind && self.joins(from) => {
                self.at += 1;
                Some(*conv)
            }
            _ => None,
        }
    }

    fn mean(&mut self, from: usize) -> bool {
        let is_mean = matches!(self.ops.get(self.at), Some(Op::MeanPool)) && self.joins(from);
        self.at += usize::from(is_mean);
        is_mean
    }

    /// An addition always joins: it takes the value before it along, and no one else may have that.
    fn add(&mut self) -> Option<usize> {
        match self.ops.get(self.at) {
            Some(Op::Add { from }) => {
                self.at += 1;
                Some(*from)
            }
            _ => None,
        }
    }
}

/// The first convolution reads patches of the photo, pixel after pixel.
fn matrix(conv: &Conv, first: bool) -> Matrix {
    let relu6 = conv.op.is_relu6();
    match first {
        true => {
            let weight = patch_order(&conv.weight, conv.op.inputs, conv.op.kernel);
            Matrix::new(&weight, &conv.bias, relu6)
        }
        false => Matrix::new(&conv.weight, &conv.bias, relu6),
    }
}
