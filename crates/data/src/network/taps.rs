//! Pooled layers on the way through a network: what is told of an input beside its embedding.

use super::{Kind, Network, Op};

/// A value on the way whose mean over all positions is a feature of its own: what leaves a depthwise convolution, after
/// ReLU6, and enters a matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tap {
    /// The convolution's name, as in the weights file.
    pub name: String,
    /// The op, which gives value `op + 1`.
    pub op: usize,
    pub channels: usize,
}

impl Tap {
    /// Multiply-adds of one input of `size` × `size` pixels until this value is there.
    pub fn multiply_adds(&self, network: &Network, size: usize) -> f64 {
        network.multiply_adds(size)[..=self.op].iter().sum()
    }
}

impl Network {
    /// The values that are pooled, in order: the last depthwise convolution of the first block of each stage, from the second
    /// stage on. A stage begins with a block that adds nothing, since only between values of one size there is an addition;
    /// the blocks behind it refine what it made. The first block that looks around a pixel sees little more than the input.
    /// A matrix follows: what the embedding itself is the mean of would be told twice, and what another filter reads is not
    /// finished. Where no block filters, there are none.
    ///
    /// In EfficientNet-Lite0 these are the blocks 1, 3, 5, 8, 11 and 15: 96, 144, 240, 480, 672 and 1152 channels.
    pub fn taps(&self) -> Vec<Tap> {
        let blocks = self.blocks();
        let filtering = blocks.iter().filter(|block| block.looks_around());
        let begins_a_stage = filtering.skip(1).filter(|block| {
            let adds = |op: &Op| matches!(op, Op::Add { .. });
            !block.ops.iter().any(adds)
        });
        let taps = begins_a_stage.filter_map(|block| {
            let within = block.ops.iter().rposition(is_depthwise)?;
            let op = block.start + within;
            match (&self.ops[op], self.ops.get(op + 1)) {
                (Op::Conv(conv), Some(Op::Conv(next))) if next.kind() == Kind::Dense => Some(Tap {
                    name: conv.name.clone(),
                    op,
                    channels: conv.outputs,
                }),
                _ => None,
            }
        });
        taps.collect()
    }
}

fn is_depthwise(op: &Op) -> bool {
    matches!(op, Op::Conv(conv) if conv.kind() == Kind::Depthwise)
}

#[cfg(test)]
mod tests {
    use super::super::{Activation, ConvOp, lite};
    use super::*;

    fn published(id: &str) -> Network {
        lite::published(id).expect("it is in the table")
    }

    #[test]
    fn the_published_networks_are_tapped_where_each_stage_begins() {
        for (id, blocks, channels) in [
            (
                "efficientnet-lite0",
                [1, 3, 5, 8, 11, 15],
                [96, 144, 240, 480, 672, 1152],
            ),
            (
                "efficientnet-lite1",
                [1, 4, 7, 11, 15, 20],
                [96, 144, 240, 480, 672, 1152],
            ),
            (
                "efficientnet-lite2",
                [1, 4, 7, 11, 15, 20],
                [96, 144, 288, 528, 720, 1248],
            ),
        ] {
            let taps = published(id).taps();
            let names: Vec<&str> = taps.iter().map(|tap| tap.name.as_str()).collect();
            assert_eq!(
                names,
                blocks.map(|b| format!("blocks.{b}.depthwise")),
                "{id}"
            );
            let found: Vec<usize> = taps.iter().map(|tap| tap.channels).collect();
            assert_eq!(found, channels, "{id}");
        }
    }

    #[test]
    fn the_work_up_to_a_tap_grows_and_stays_below_the_whole() {
        let network = published("efficientnet-lite0");
        let whole: f64 = network.multiply_adds(224).iter().sum();
        let taps = network.taps();
        let parts = taps.iter().map(|tap| tap.multiply_adds(&network, 224));
        let parts: Vec<f64> = parts.collect();
        assert!(parts.is_sorted() && parts[0] > 0.0 && parts[5] < whole);
        // Stem, first block, expansion and depthwise convolution of the second, in pixels times weights of a pixel.
        let by_hand = 112 * 112 * (32 * 27 + 32 * 9 + 32 * 16 + 16 * 96) + 56 * 56 * 96 * 9;
        assert_eq!(parts[0], f64::from(by_hand));
    }

    fn conv(name: &str, [inputs, outputs]: [usize; 2], kernel: usize, groups: usize) -> Op {
        Op::Conv(ConvOp {
            name: name.into(),
            inputs,
            outputs,
            kernel,
            stride: 1,
            groups,
            activation: match name.ends_with("narrow") {
                true => Activation::Linear,
                false => Activation::Relu6,
            },
        })
    }

    fn names(ops: Vec<Op>) -> Vec<String> {
        let network = Network::new(ops).expect("it keeps the rules");
        network.taps().into_iter().map(|tap| tap.name).collect()
    }

    #[test]
    fn odd_networks_have_few_taps_or_none() {
        let filter = |name: &str| conv(name, [8, 8], 3, 8);
        let matrix = |name: &str| conv(name, [8, 8], 1, 1);
        let (first, last) = (|| conv("first", [3, 8], 3, 1), || matrix("last"));
        let none: [String; 0] = [];
        // Matrices alone, and a single block that looks around.
        assert_eq!(names(vec![first(), last(), Op::MeanPool]), none);
        let single = vec![first(), filter("a.filter"), last(), Op::MeanPool];
        assert_eq!(names(single), none);
        // Every block adds.
        let adding = |block: &str, from: usize| {
            let (filter, narrow) = (format!("{block}.filter"), format!("{block}.narrow"));
            [
                self::conv(&filter, [8, 8], 3, 8),
                self::conv(&narrow, [8, 8], 1, 1),
                Op::Add { from },
            ]
        };
        let mut ops = vec![first()];
        ops.extend(adding("a", 1));
        ops.extend(adding("b", 4));
        ops.extend([last(), Op::MeanPool]);
        assert_eq!(names(ops), none);
        // Of two filters of a block the last one; not what another block filters, nor what the embedding is the mean of.
        let two = [first(), filter("a.filter"), filter("b.filter")];
        let two = two.into_iter().chain([
            filter("b.again"),
            matrix("b.mix"),
            filter("c.filter"),
            filter("d.filter"),
            Op::MeanPool,
        ]);
        assert_eq!(names(two.collect()), ["b.again"]);
    }
}
