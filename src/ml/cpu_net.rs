//! The network in our own CPU kernels, photo by photo, layer by layer.

use kernels::depthwise::{Depthwise, Padded};
use kernels::patches::{mean, patches};
use kernels::pointwise::Pointwise;

use super::weights::{self, Layers, WIDTH};

struct Block {
    expand: Option<Pointwise>,
    depthwise: Depthwise,
    project: Pointwise,
    residual: bool,
    /// The plane that the depthwise filter reads, and where its inside lies.
    padded: Padded,
    places: Vec<u32>,
    /// Side and places of the output, which has no padding.
    side: usize,
    dense: Vec<u32>,
    /// Channels between expand and project.
    wide: usize,
}

pub struct CpuNet {
    stem: Pointwise,
    stem_padding: Padded,
    stem_places: Vec<u32>,
    blocks: Vec<Block>,
    head: Pointwise,
}

fn dense(side: usize) -> Vec<u32> {
    (0..(side * side) as u32).collect()
}

fn pointwise(conv: &weights::Conv, relu6: bool) -> Pointwise {
    Pointwise::new(&conv.weight, &conv.bias, relu6)
}

impl CpuNet {
    /// For photos of `size` × `size` pixels.
    pub fn new(layers: &Layers, size: usize) -> Self {
        let stem = &layers.stem;
        let taps = stem.kernel * stem.kernel;
        // [out, 3, k, k] -> [out, k, k, 3]: a patch of the photo, pixel after pixel.
        let at = |out: usize, i: usize| stem.weight[(out * 3 + i % 3) * taps + i / 3];
        let patch_weight: Vec<f32> = (0..stem.bias.len())
            .flat_map(|out| (0..3 * taps).map(move |i| at(out, i)))
            .collect();
        let mut side = size.div_ceil(stem.stride);
        let first = Padded::same(side, layers.blocks[0].depthwise.kernel, 1);
        let blocks = layers.blocks.iter().map(|block| {
            let filter = &block.depthwise;
            let padded = Padded::same(side, filter.kernel, filter.stride);
            side = side.div_ceil(filter.stride);
            Block {
                expand: block.expand.as_ref().map(|c| pointwise(c, true)),
                depthwise: Depthwise::new(
                    &filter.weight,
                    &filter.bias,
                    filter.kernel,
                    filter.stride,
                ),
                project: pointwise(&block.project, false),
                residual: block.residual,
                places: padded.places(),
                padded,
                side,
                dense: dense(side),
                wide: filter.groups,
            }
        });
        Self {
            stem: Pointwise::new(&patch_weight, &stem.bias, true),
            stem_padding: Padded::same(size, stem.kernel, stem.stride),
            stem_places: first.places(),
            blocks: blocks.collect(),
            head: pointwise(&layers.head, true),
        }
    }

    /// One embedding, from `[3, size, size]` normalised values.
    pub fn embed(&self, input: &[f32]) -> Vec<f32> {
        let x = self.blocks(input, self.blocks.len());
        let last = self.blocks.last().expect("the network has blocks");
        let mut features = vec![0.0; last.side * last.side * WIDTH];
        self.head.run(&x, None, &mut features, &last.dense); // -> [7 * 7, 1280]
        mean(&features, WIDTH)
    }

    /// What leaves the stem: `[side * side, channels]`.
    pub fn stem(&self, input: &[f32]) -> Vec<f32> {
        let patches = patches(input, 3, self.stem_padding, 3, 2); // [112 * 112, 27]
        let places = dense(self.stem_places.len().isqrt());
        let mut out = vec![0.0; places.len() * self.stem.outputs()];
        self.stem.run(&patches, None, &mut out, &places);
        out
    }

    /// What leaves the first `count` blocks, at least one: `[side * side, channels]`.
    pub fn blocks(&self, input: &[f32], count: usize) -> Vec<f32> {
        let patches = patches(input, 3, self.stem_padding, 3, 2); // [112 * 112, 27]
        // The first block does not expand: the stem writes into its padded plane.
        let first = &self.blocks[0];
        let mut wide = vec![0.0; first.padded.pixels() * first.wide];
        self.stem.run(&patches, None, &mut wide, &self.stem_places);
        let mut x = Vec::new();
        let mut filtered = Vec::new();
        for block in &self.blocks[..count] {
            if let Some(expand) = &block.expand {
                wide.clear();
                wide.resize(block.padded.pixels() * block.wide, 0.0);
                expand.run(&x, None, &mut wide, &block.places); // [h * w, in] -> padded, 6 in
            }
            let pixels = block.side * block.side;
            filtered.resize(pixels * block.wide, 0.0);
            block.depthwise.run(&wide, block.padded, &mut filtered);
            let mut out = vec![0.0; pixels * block.project.outputs()];
            let residual = block.residual.then_some(x.as_slice());
            block
                .project
                .run(&filtered, residual, &mut out, &block.dense);
            x = out;
        }
        x
    }
}
