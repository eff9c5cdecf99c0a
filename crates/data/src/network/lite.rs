//! The EfficientNet-Lite family (Google, 2020): the published table of stages, and what each of its networks makes of it.

use super::{Activation, ConvOp, Network, Op};

/// (expand ratio, kernel, stride of the first, channels out, repeats): the table of EfficientNet-B0 (Tan and Le 2019), which
/// the Lite networks keep without squeeze-and-excite.
const STAGES: [(usize, usize, usize, usize, usize); 7] = [
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
];
/// Channels behind the first convolution, and behind the last: the same in all of them (`fix_head_stem`).
const STEM: usize = 32;
const HEAD: usize = 1280;

/// By the `id` in a weights file: how much wider and deeper than the table, in tenths (`efficientnet_lite_builder.py`).
const FAMILY: [(&str, usize, usize); 3] = [
    ("efficientnet-lite0", 10, 10),
    ("efficientnet-lite1", 10, 11),
    ("efficientnet-lite2", 11, 12),
];

/// The network of this name.
pub fn published(id: &str) -> Option<Network> {
    let (_, width, depth) = *FAMILY.iter().find(|(known, ..)| *known == id)?;
    let network = Network::new(ops(width, depth));
    Some(network.expect("the published networks keep the rules"))
}

fn ops(width: usize, depth: usize) -> Vec<Op> {
    let mut ops = vec![conv("stem".into(), [3, STEM], 3, 2, 1, Activation::Relu6)];
    let (mut input, mut blocks) = (STEM, 0);
    for (stage, (ratio, kernel, stride, out, repeats)) in STAGES.into_iter().enumerate() {
        let output = scaled(out, width);
        // The first and the last stage keep their one block.
        let repeats = match stage {
            0 | 6 => repeats,
            _ => (repeats * depth).div_ceil(10),
        };
        for repeat in 0..repeats {
            let stride = if repeat == 0 { stride } else { 1 };
            let (wide, from) = (input * ratio, ops.len());
            let name = |part: &str| format!("blocks.{blocks}.{part}");
            if ratio > 1 {
                ops.push(conv(
                    name("expand"),
                    [input, wide],
                    1,
                    1,
                    1,
                    Activation::Relu6,
                ));
            }
            ops.push(conv(
                name("depthwise"),
                [wide; 2],
                kernel,
                stride,
                wide,
                Activation::Relu6,
            ));
            ops.push(conv(
                name("project"),
                [wide, output],
                1,
                1,
                1,
                Activation::Linear,
            ));
            if stride == 1 && input == output {
                ops.push(Op::Add { from });
            }
            input = output;
            blocks += 1;
        }
    }
    ops.push(conv(
        "head".into(),
        [input, HEAD],
        1,
        1,
        1,
        Activation::Relu6,
    ));
    ops.push(Op::MeanPool);
    ops
}

fn conv(
    name: String,
    [inputs, outputs]: [usize; 2],
    kernel: usize,
    stride: usize,
    groups: usize,
    activation: Activation,
) -> Op {
    Op::Conv(ConvOp {
        name,
        inputs,
        outputs,
        kernel,
        stride,
        groups,
        activation,
    })
}

/// Times so many tenths, to the nearest multiple of 8, but never less than nine tenths of that (`round_filters`).
fn scaled(channels: usize, tenths: usize) -> usize {
    let wanted = channels * tenths; // tenths of channels
    let rounded = (wanted + 40) / 80 * 8;
    match 100 * rounded < 9 * wanted {
        true => rounded + 8,
        false => rounded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Channels behind each stage and blocks of it, as the published checkpoints have them.
    #[test]
    fn each_network_has_the_published_widths_and_depths() {
        for (id, channels, repeats) in [
            (
                "efficientnet-lite0",
                [16, 24, 40, 80, 112, 192, 320],
                [1, 2, 2, 3, 3, 4, 1],
            ),
            (
                "efficientnet-lite1",
                [16, 24, 40, 80, 112, 192, 320],
                [1, 3, 3, 4, 4, 5, 1],
            ),
            (
                "efficientnet-lite2",
                [16, 24, 48, 88, 120, 208, 352],
                [1, 3, 3, 4, 4, 5, 1],
            ),
        ] {
            let network = published(id).expect("it is in the table");
            let ends: Vec<usize> = network
                .convs()
                .filter(|conv| conv.name.ends_with("project"))
                .map(|conv| conv.outputs)
                .collect();
            let expected: Vec<usize> = (channels.into_iter().zip(repeats))
                .flat_map(|(channels, repeats)| vec![channels; repeats])
                .collect();
            assert_eq!(ends, expected, "{id}");
            assert_eq!(network.width(), 1280);
        }
        assert_eq!(published("efficientnet-lite9"), None);
    }
}
