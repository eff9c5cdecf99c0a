//! Where the frozen part of the network ends and the learning part begins.

use data::network::{Block, Network, Op};
use data::transfer::Depth;

/// The first op that learns, which also numbers the value that enters there. A cut lies between two blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut(pub usize);

impl Cut {
    pub fn of(depth: Depth, network: &Network) -> Self {
        let blocks = network.blocks();
        // Where the resolution is halved, from the input.
        let halving = blocks.iter().filter(|block| block.shrinks());
        let halving: Vec<usize> = halving.map(|block| block.start).collect();
        let stage = |from_end: usize| {
            let at = halving.len().checked_sub(from_end);
            at.map_or(0, |i| halving[i])
        };
        Self(match depth {
            Depth::Head => network.ops().len(),
            Depth::LastBlock => blocks[last_looking(&blocks)].start,
            Depth::LastStage => stage(1),
            Depth::LastTwoStages => stage(2),
            Depth::All => 0,
        })
    }

    /// Nothing lies before it: what enters is the picture itself.
    pub fn is_start(self) -> bool {
        self.0 == 0
    }

    /// Whether an op learns; behind the last one comes the classifier, which always does.
    pub fn learns(self, op: usize) -> bool {
        op >= self.0
    }

    /// Numbers of one photo that enter here.
    pub fn entering(self, network: &Network, size: usize) -> usize {
        network.planes(size)[self.0].values()
    }
}

/// The last block that looks around a pixel. What comes behind it are matrices at each pixel.
pub(crate) fn last_looking(blocks: &[Block]) -> usize {
    let last = blocks.iter().rposition(Block::looks_around);
    last.unwrap_or(blocks.len() - 1)
}

/// How many blocks lie between each op and the output; the last block that looks around a pixel and all behind it count as
/// nearest.
pub fn distances(network: &Network) -> Vec<usize> {
    let blocks = network.blocks();
    let last = last_looking(&blocks);
    let of_ops = blocks.iter().enumerate();
    of_ops
        .flat_map(|(i, block)| block.ops.iter().map(move |_| last.saturating_sub(i)))
        .collect()
}

/// How many numbers a network has, and how many a photo becomes on its way there and back.
pub struct Size {
    /// Weights and biases of all layers, and of those behind the cut.
    pub all: usize,
    pub learning: usize,
    /// What the way back needs to know of one photo's way behind the cut.
    pub trace: usize,
    /// The largest plane among that.
    pub widest: usize,
}

impl Size {
    pub fn of(network: &Network, size: usize, cut: Cut) -> Self {
        let (mut all, mut learning, mut traced) = (0, 0, Vec::new());
        let planes = network.planes(size);
        for (i, op) in network.ops().iter().enumerate() {
            let Op::Conv(conv) = op else { continue };
            let numbers = conv.weights() + conv.outputs;
            all += numbers;
            if !cut.learns(i) {
                continue;
            }
            learning += numbers;
            traced.push(match i {
                // The stem learns from patches of the photo.
                0 => conv.weights() / conv.outputs * planes[1].pixels(),
                _ => planes[i].values(),
            });
        }
        if learning > 0 {
            // What the mean is taken of.
            traced.push(planes[network.ops().len() - 1].values());
        }
        Self {
            all,
            learning,
            trace: traced.iter().sum(),
            widest: traced.into_iter().max().unwrap_or(0),
        }
    }
}

/// Multiply-adds of one photo up to the cut and behind it, without the classifier.
pub fn multiply_adds_at(network: &Network, size: usize, cut: Cut) -> (f64, f64) {
    let work = network.multiply_adds(size);
    let (before, behind) = work.split_at(cut.0);
    (before.iter().sum(), behind.iter().sum())
}
