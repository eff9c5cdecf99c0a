//! The network in our own CPU kernels, photo by photo. Ops that follow each other are compiled into steps, so that the wide
//! values in the middle of a block never leave the cache.

mod compile;

use std::collections::BTreeMap;

use kernels::depthwise::Padded;
use kernels::planes::{Filter, mean};
use kernels::tiles::{Matrix, Tile, pack, patches, rows, tiles, unpack};
use kernels::{LANES, Lanes};

use super::backbone::Features;
use super::weights::Layers;
use data::network::Plane;

/// A network, or the first ops of one, ready to run on photos of one size.
pub struct CpuNet {
    patches: Patches,
    steps: Vec<Step>,
    /// The size of each value.
    planes: Vec<Plane>,
}

/// What the first convolution, a matrix product, looks at.
struct Patches {
    padded: Padded,
    channels: usize,
    kernel: usize,
    stride: usize,
}

/// Some ops, run together.
struct Step {
    run: Run,
    /// The value that it reads, and the one that it gives.
    from: usize,
    to: usize,
    /// The value that is added to its result.
    adds: Option<usize>,
    /// What it reads is added by a step after it.
    keeps: bool,
}

enum Run {
    /// A matrix at each pixel.
    Pointwise(Matrix),
    Wide(Box<Wide>),
}

/// Ops on many channels, run eight channels at a time.
struct Wide {
    /// None where the value that is read has these channels already.
    expand: Option<Matrix>,
    channels: usize,
    /// The plane of eight channels that `expand` writes, and where in it the inside lies.
    padded: Padded,
    places: Vec<u32>,
    filter: Option<Filter>,
    /// What leaves the filter is pooled: [`data::network::Network::taps`].
    tapped: bool,
    /// Pixels of the result.
    pixels: usize,
    then: Then,
}

/// What becomes of the channels, eight after eight.
enum Then {
    /// They are multiplied with a matrix when all are there.
    Project(Matrix),
    Keep,
    Mean,
}

/// What a step needs while it runs, used again by the next one.
#[derive(Default)]
struct Scratch {
    /// Eight channels, padded and filtered.
    plane: Vec<Lanes>,
    filtered: Vec<Lanes>,
    /// All channels, filtered.
    wide: Vec<Tile>,
}

impl CpuNet {
    /// The whole network, for photos of `size` × `size` pixels.
    pub fn new(layers: &Layers, size: usize) -> Self {
        Self::until(layers, size, layers.network().ops().len())
    }

    /// The first `end` ops, at least one.
    pub fn until(layers: &Layers, size: usize, end: usize) -> Self {
        compile::net(layers, size, end, &[])
    }

    /// The first ops, up to the last of these values, so that each of them can be seen with [`Self::views`].
    pub fn with_views(layers: &Layers, size: usize, values: &[usize]) -> Self {
        let end = values.iter().copied().max().unwrap_or(1);
        compile::net(layers, size, end, values)
    }

    /// From `[3, size, size]` normalised values to the last op's: `[side * side, channels]`, or the embedding, `[width]`.
    pub fn run(&self, input: &[f32]) -> Vec<f32> {
        self.run_showing(input, None, |_, _| {})
    }

    /// From `[3, size, size]` normalised values to the embedding, with the pooled layers on the way there.
    pub fn features(&self, input: &[f32]) -> Features {
        let mut layers = Vec::new();
        Features {
            embedding: self.run_showing(input, Some(&mut layers), |_, _| {}),
            layers,
        }
    }

    /// The values that the network was made to show, in the order of the network: `[side * side, channels]` each.
    pub fn views(&self, input: &[f32], values: &[usize]) -> Vec<Vec<f32>> {
        let mut views = Vec::new();
        self.run_showing(input, None, |value, tiles| {
            if values.contains(&value) {
                let plane = self.planes[value];
                views.push(rows(tiles, plane.channels, plane.pixels()));
            }
        });
        views
    }

    fn run_showing(
        &self,
        input: &[f32],
        mut pooled: Option<&mut Vec<f32>>,
        mut show: impl FnMut(usize, &[Tile]),
    ) -> Vec<f32> {
        let Patches {
            padded,
            channels,
            kernel,
            stride,
        } = self.patches;
        let mut x = patches(input, channels, padded, kernel, stride);
        let (mut end, mut scratch) = (0, Scratch::default());
        let mut kept: BTreeMap<usize, Vec<Tile>> = BTreeMap::new();
        for step in &self.steps {
            let residual = step.adds.map(|value| match value == step.from {
                true => x.as_slice(),
                false => kept[&value].as_slice(),
            });
            let out = match &step.run {
                Run::Pointwise(matrix) => product(matrix, &x, residual),
                Run::Wide(wide) => {
                    match wide.run(&x, residual, pooled.as_deref_mut(), &mut scratch) {
                        Out::Tiles(tiles) => tiles,
                        Out::Mean(embedding) => return embedding,
                    }
                }
            };
            let before = std::mem::replace(&mut x, out);
            if step.keeps {
                kept.insert(step.from, before);
            }
            end = step.to;
            show(end, &x);
        }
        let plane = self.planes[end];
        rows(&x, plane.channels, plane.pixels())
    }
}

/// `[tiles][in][4]` -> `[tiles][out][4]`
fn product(matrix: &Matrix, x: &[Tile], residual: Option<&[Tile]>) -> Vec<Tile> {
    let mut out = vec![Tile::default(); x.len() / matrix.inputs() * matrix.outputs()];
    matrix.to_tiles(x, residual, &mut out);
    out
}

enum Out {
    Tiles(Vec<Tile>),
    Mean(Vec<f32>),
}

impl Wide {
    /// `[h * w, in]` -> `[h * w / stride², out]`. Eight of the wide channels at a time go through expand and filter: they never
    /// leave the cache, and are pooled while they are there.
    fn run(
        &self,
        x: &[Tile],
        residual: Option<&[Tile]>,
        mut pooled: Option<&mut Vec<f32>>,
        scratch: &mut Scratch,
    ) -> Out {
        let (channels, tiles) = (self.channels, tiles(self.pixels));
        // The border is zero, and only the inside is written.
        scratch.plane.clear();
        scratch.plane.resize(self.padded.pixels(), Lanes::default());
        scratch.filtered.resize(self.pixels, Lanes::default());
        let mut means = Vec::new();
        if !matches!(self.then, Then::Mean) {
            scratch.wide.resize(tiles * channels, Tile::default());
        }
        for block in 0..channels / LANES {
            match &self.expand {
                Some(expand) => expand.to_plane(block, x, &mut scratch.plane, &self.places),
                None => unpack(x, block, channels, &mut scratch.plane, &self.places),
            }
            let plane = match &self.filter {
                Some(filter) => {
                    let filtered = &mut scratch.filtered[..self.pixels];
                    filter.run(block, &scratch.plane, self.padded, filtered);
                    if let (true, Some(pooled)) = (self.tapped, &mut pooled) {
                        pooled.extend(mean(filtered, self.pixels));
                    }
                    &*filtered
                }
                None => &scratch.plane[..],
            };
            match self.then {
                Then::Mean => means.extend(mean(plane, self.pixels)),
                Then::Project(_) | Then::Keep => pack(plane, block, channels, &mut scratch.wide),
            }
        }
        let wide = || &scratch.wide[..tiles * channels];
        match &self.then {
            Then::Mean => Out::Mean(means),
            Then::Keep => Out::Tiles(wide().to_vec()),
            Then::Project(matrix) => Out::Tiles(product(matrix, wide(), residual)),
        }
    }
}
