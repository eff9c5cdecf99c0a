//! Where the frozen part of the network ends and the learning part begins.

use super::weights::{Block, Conv, Layers};
use data::transfer::Depth;

/// The first unit that learns. Units, from the input: 0 is the stem, then one a block, then the
/// 1×1 convolution behind the blocks, then the classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut(pub usize);

impl Cut {
    pub fn of(depth: Depth, layers: &Layers) -> Self {
        let blocks = layers.blocks.len();
        // Blocks that halve the resolution, from the input.
        let halving: Vec<usize> = (0..blocks)
            .filter(|i| layers.blocks[*i].depthwise.stride > 1)
            .collect();
        let stage = |from_end: usize| {
            let at = halving.len().checked_sub(from_end);
            at.map_or(0, |i| halving[i] + 1)
        };
        Self(match depth {
            Depth::Head => blocks + 2,
            Depth::LastBlock => blocks,
            Depth::LastStage => stage(1),
            Depth::LastTwoStages => stage(2),
            Depth::All => 0,
        })
    }

    /// Nothing lies before it: what enters is the picture itself.
    pub fn is_start(self) -> bool {
        self.0 == 0
    }

    /// The block that the learning part begins with; as many as there are blocks if with none.
    pub fn first_block(self, layers: &Layers) -> usize {
        self.0.saturating_sub(1).min(layers.blocks.len())
    }

    pub fn has_head(self, layers: &Layers) -> bool {
        self.0 <= layers.blocks.len() + 1
    }

    /// Numbers of one photo that enter here.
    pub fn entering(self, layers: &Layers, size: usize) -> usize {
        if self.is_start() {
            return 3 * size * size;
        }
        if !self.has_head(layers) {
            return layers.head.bias.len();
        }
        let before = &layers.blocks[..self.first_block(layers)];
        let halved = |side: usize, block: &Block| side.div_ceil(block.depthwise.stride);
        let side = before
            .iter()
            .fold(size.div_ceil(layers.stem.stride), halved);
        let last = before.last().map_or(&layers.stem, |block| &block.project);
        last.bias.len() * side * side
    }
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
    pub fn of(layers: &Layers, size: usize, cut: Cut) -> Self {
        let numbers = |conv: &Conv| conv.weight.len() + conv.bias.len();
        let (mut all, mut learning, mut planes) = (0, 0, Vec::new());
        let mut count = |unit: usize, convs: &[&Conv], traced: &[usize]| {
            let sum: usize = convs.iter().map(|conv| numbers(conv)).sum();
            all += sum;
            if unit >= cut.0 {
                learning += sum;
                planes.extend_from_slice(traced);
            }
        };
        let mut side = size.div_ceil(layers.stem.stride);
        let taps = layers.stem.weight.len() / layers.stem.bias.len();
        let plane = |channels: usize, side: usize| channels * side * side;
        // Patches, and what they become.
        let stem = plane(layers.stem.bias.len(), side);
        count(0, &[&layers.stem], &[plane(taps, side), stem]);
        for (i, block) in layers.blocks.iter().enumerate() {
            let convs = block
                .expand
                .iter()
                .chain([&block.depthwise, &block.project]);
            let convs: Vec<&Conv> = convs.collect();
            let wide = block.depthwise.bias.len();
            let before = side;
            side = side.div_ceil(block.depthwise.stride);
            let mut traced = vec![plane(convs[0].group, before), plane(wide, side)];
            match block.expand {
                Some(_) => traced.push(plane(wide, before)),
                None => traced[0] = plane(wide, before),
            }
            count(i + 1, &convs, &traced);
        }
        let (input, output) = (layers.head.group, layers.head.bias.len());
        let traced = [plane(input, side), plane(output, side)];
        count(layers.blocks.len() + 1, &[&layers.head], &traced);
        Self {
            all,
            learning,
            trace: planes.iter().sum(),
            widest: planes.into_iter().max().unwrap_or(0),
        }
    }
}

/// How many blocks lie between this unit and the output; the last block, the convolution behind
/// it and the classifier count as nearest.
pub fn distance(unit: usize, layers: &Layers) -> usize {
    layers.blocks.len().saturating_sub(unit)
}

/// Multiply-adds of one photo up to the cut and behind it, without the classifier.
pub fn multiply_adds_at(layers: &Layers, size: usize, cut: Cut) -> (f64, f64) {
    let mut parts = (0.0, 0.0);
    let mut count = |unit: usize, conv: &Conv, side: usize| {
        let work = (conv.weight.len() * side * side) as f64;
        match unit < cut.0 {
            true => parts.0 += work,
            false => parts.1 += work,
        }
    };
    let mut side = size.div_ceil(layers.stem.stride);
    count(0, &layers.stem, side);
    for (i, block) in layers.blocks.iter().enumerate() {
        if let Some(expand) = &block.expand {
            count(i + 1, expand, side);
        }
        side = side.div_ceil(block.depthwise.stride);
        count(i + 1, &block.depthwise, side);
        count(i + 1, &block.project, side);
    }
    count(layers.blocks.len() + 1, &layers.head, side);
    parts
}

/// Of one photo through the whole network, without a classifier.
pub fn multiply_adds(layers: &Layers, size: usize) -> f64 {
    multiply_adds_at(layers, size, Cut(0)).1
}
