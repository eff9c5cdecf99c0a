//! The network in our own CPU kernels, photo by photo, block by block.

use kernels::Lanes;
use kernels::depthwise::Padded;
use kernels::planes::{Filter, mean};
use kernels::tiles::{Matrix, Tile, pack, patches, rows, tiles};

use super::weights::{self, Layers, WIDTH};

struct Block {
    /// None in the first block, which filters what the stem gives.
    expand: Option<Matrix>,
    filter: Filter,
    project: Matrix,
    residual: bool,
    /// The plane that the filter reads, and where its inside lies.
    padded: Padded,
    places: Vec<u32>,
    /// Pixels of the output.
    pixels: usize,
}

pub struct CpuNet {
    stem: Matrix,
    stem_padding: Padded,
    blocks: Vec<Block>,
    head: Matrix,
}

fn matrix(conv: &weights::Conv, relu6: bool) -> Matrix {
    Matrix::new(&conv.weight, &conv.bias, relu6)
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
        let blocks = layers.blocks.iter().map(|block| {
            let filter = &block.depthwise;
            let padded = Padded::same(side, filter.kernel, filter.stride);
            side = side.div_ceil(filter.stride);
            Block {
                expand: block.expand.as_ref().map(|c| matrix(c, true)),
                filter: Filter::new(&filter.weight, &filter.bias, filter.kernel, filter.stride),
                project: matrix(&block.project, false),
                residual: block.residual,
                places: padded.places(),
                padded,
                pixels: side * side,
            }
        });
        Self {
            stem: Matrix::new(&patch_weight, &stem.bias, true),
            stem_padding: Padded::same(size, stem.kernel, stem.stride),
            blocks: blocks.collect(),
            head: matrix(&layers.head, true),
        }
    }

    /// One embedding, from `[3, size, size]` normalised values.
    pub fn embed(&self, input: &[f32]) -> Vec<f32> {
        let x = self.tiles_of(input, self.blocks.len()); // [7 * 7, 320]
        let pixels = self.blocks.last().expect("the network has blocks").pixels;
        let places: Vec<u32> = (0..pixels as u32).collect();
        let mut features = vec![Lanes::default(); pixels * WIDTH / Lanes::default().len()];
        for (block, plane) in features.chunks_exact_mut(pixels).enumerate() {
            self.head.to_plane(block, &x, plane, &places); // -> [7 * 7, 1280]
        }
        mean(&features, pixels)
    }

    /// What leaves the stem: `[side * side, channels]`.
    pub fn stem(&self, input: &[f32]) -> Vec<f32> {
        let x = patches(input, 3, self.stem_padding, 3, 2); // [112 * 112, 27]
        let (pixels, channels) = (self.blocks[0].places.len(), self.stem.outputs());
        let mut out = vec![Tile::default(); tiles(pixels) * channels];
        self.stem.to_tiles(&x, None, &mut out);
        rows(&out, channels, pixels)
    }

    /// What leaves the first `count` blocks, at least one: `[side * side, channels]`.
    pub fn blocks(&self, input: &[f32], count: usize) -> Vec<f32> {
        let last = &self.blocks[count - 1];
        let x = self.tiles_of(input, count);
        rows(&x, last.project.outputs(), last.pixels)
    }

    /// The same as tiles.
    fn tiles_of(&self, input: &[f32], count: usize) -> Vec<Tile> {
        let mut x = patches(input, 3, self.stem_padding, 3, 2); // [112 * 112, 27]
        let mut room = Room::default();
        for block in &self.blocks[..count] {
            let expand = block.expand.as_ref().unwrap_or(&self.stem);
            x = block.run(expand, &x, &mut room);
        }
        x
    }
}

/// What a block needs while it runs, used again by the next one.
#[derive(Default)]
struct Room {
    /// Eight channels, padded and filtered.
    plane: Vec<Lanes>,
    filtered: Vec<Lanes>,
    /// All channels, filtered.
    wide: Vec<Tile>,
}

impl Block {
    /// `[h * w, in]` -> `[h * w / stride², out]`. Eight of the wide channels at a time go through expand and filter: they never
    /// leave the cache.
    fn run(&self, expand: &Matrix, x: &[Tile], room: &mut Room) -> Vec<Tile> {
        let (wide, tiles) = (expand.outputs(), tiles(self.pixels));
        // The border is zero, and only the inside is written.
        room.plane.clear();
        room.plane.resize(self.padded.pixels(), Lanes::default());
        room.filtered.resize(self.pixels, Lanes::default());
        room.wide.resize(tiles * wide, Tile::default());
        for channels in 0..self.filter.blocks() {
            expand.to_plane(channels, x, &mut room.plane, &self.places);
            let filtered = &mut room.filtered[..self.pixels];
            self.filter
                .run(channels, &room.plane, self.padded, filtered);
            pack(filtered, channels, wide, &mut room.wide);
        }
        let mut out = vec![Tile::default(); tiles * self.project.outputs()];
        let residual = self.residual.then_some(x);
        self.project
            .to_tiles(&room.wide[..tiles * wide], residual, &mut out);
        out
    }
}
