//! 1×1 convolution on tiles: a matrix product with bias, activation and residual in one pass.
//!
//! A tile is four pixels that follow each other, channel by channel: `[pixels / 4][channels][4]`, the last one filled up
//! when pixels do not come in fours. One step of the product reads one short piece of the tile and one of the weights,
//! and both go on in memory.

use crate::LANES;
use crate::lanes::{F32x4, Lanes, load, store, turn};

/// Pixels of one tile: 4 × 8 sums live in registers.
pub const PIXELS: usize = 4;
/// One channel of a tile.
pub type Tile = [f32; PIXELS];

/// Tiles that go through all output channels before the next ones come: they stay in the cache.
const PANEL: usize = 16;

/// Weights packed for the tiles: `[out / 8][in][8]`.
pub struct Matrix {
    inputs: usize,
    outputs: usize,
    weight: Vec<Lanes>,
    bias: Vec<Lanes>,
    relu6: bool,
}

impl Matrix {
    /// `weight` is `[out, in]`. `out` must be a multiple of 8.
    pub fn new(weight: &[f32], bias: &[f32], relu6: bool) -> Self {
        let outputs = bias.len();
        let inputs = weight.len() / outputs;
        assert!(
            outputs.is_multiple_of(LANES) && weight.len() == inputs * outputs,
            "{outputs} outputs do not fill blocks of {LANES}"
        );
        let pack = |block: usize, i: usize| -> Lanes {
            std::array::from_fn(|lane| weight[(block * LANES + lane) * inputs + i])
        };
        let blocks = 0..outputs / LANES;
        Self {
            inputs,
            outputs,
            weight: blocks
                .flat_map(|block| (0..inputs).map(move |i| pack(block, i)))
                .collect(),
            bias: bias.as_chunks().0.to_vec(),
            relu6,
        }
    }

    pub fn inputs(&self) -> usize {
        self.inputs
    }

    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// One block of output channels: `[tiles][in][4]` -> `[any pixels][8]`, where pixel `p` goes to `places[p]`.
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    pub fn to_plane(&self, block: usize, input: &[Tile], plane: &mut [Lanes], places: &[u32]) {
        let weight = &self.weight[block * self.inputs..][..self.inputs];
        let tiles = input.chunks_exact(self.inputs);
        for (tile, places) in tiles.zip(places.chunks(PIXELS)) {
            let sums = sums(tile, weight, &self.bias[block]);
            for (sum, place) in sums.into_iter().zip(places) {
                let sum = if self.relu6 {
                    sum.map(F32x4::relu6)
                } else {
                    sum
                };
                store(sum, &mut plane[*place as usize]);
            }
        }
    }

    /// All output channels: `[tiles][in][4]` -> `[tiles][out][4]`; `residual`, of the output's shape, is added at the end.
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    pub fn to_tiles(&self, input: &[Tile], residual: Option<&[Tile]>, output: &mut [Tile]) {
        let panels = input.chunks(PANEL * self.inputs);
        let panels = panels.zip(output.chunks_mut(PANEL * self.outputs));
        for (panel, (input, output)) in panels.enumerate() {
            let blocks = self.weight.chunks_exact(self.inputs).zip(&self.bias);
            for (block, (weight, bias)) in blocks.enumerate() {
                let tiles = input.chunks_exact(self.inputs);
                let tiles = tiles.zip(output.chunks_exact_mut(self.outputs));
                for (tile, (input, output)) in tiles.enumerate() {
                    let mut done = turn(sums(input, weight, bias));
                    if let Some(residual) = residual {
                        let at = (panel * PANEL + tile) * self.outputs + block * LANES;
                        let more = residual[at..][..LANES].iter();
                        done.iter_mut()
                            .zip(more)
                            .for_each(|(d, r)| *d = *d + F32x4::load(r));
                    }
                    if self.relu6 {
                        done = done.map(F32x4::relu6);
                    }
                    put(done, output, block);
                }
            }
        }
    }
}

/// The sums of one tile, `[4 pixels][8 channels]`: each weight that is loaded is used four times.
#[inline(always)]
fn sums(tile: &[Tile], weight: &[Lanes], bias: &Lanes) -> [[F32x4; 2]; PIXELS] {
    let mut sums = [load(bias); PIXELS];
    // Not unrolled, and better so: what the compiler would load ahead does not fit into the registers.
    for (x, w) in tile.iter().zip(weight) {
        let w = load(w);
        for (sum, x) in sums.iter_mut().zip(x) {
            let x = F32x4::splat(x);
            *sum = [sum[0].fused(x, w[0]), sum[1].fused(x, w[1])];
        }
    }
    sums
}

#[inline(always)]
fn put(channels: [F32x4; LANES], tile: &mut [Tile], block: usize) {
    let to = tile[block * LANES..][..LANES].iter_mut();
    channels.into_iter().zip(to).for_each(|(c, to)| c.store(to));
}

/// How many tiles so many pixels take.
pub fn tiles(pixels: usize) -> usize {
    pixels.div_ceil(PIXELS)
}

/// Puts a block of channels, `[pixels][8]`, into tiles of `channels`.
pub fn pack(plane: &[Lanes], block: usize, channels: usize, tiles: &mut [Tile]) {
    for (pixels, tile) in plane.chunks(PIXELS).zip(tiles.chunks_exact_mut(channels)) {
        let last = pixels.len() - 1;
        let four = std::array::from_fn(|n| load(&pixels[n.min(last)]));
        put(turn(four), tile, block);
    }
}

/// Takes a block of channels out of tiles of `channels`: `[tiles][channels][4]` -> `[any pixels][8]`, where pixel `p` goes to
/// `places[p]`.
pub fn unpack(tiles: &[Tile], block: usize, channels: usize, plane: &mut [Lanes], places: &[u32]) {
    for (tile, places) in tiles.chunks_exact(channels).zip(places.chunks(PIXELS)) {
        let tile = &tile[block * LANES..][..LANES];
        for (pixel, place) in places.iter().enumerate() {
            plane[*place as usize] = std::array::from_fn(|lane| tile[lane][pixel]);
        }
    }
}

/// `[tiles][channels][4]` -> `[pixels, channels]`.
pub fn rows(tiles: &[Tile], channels: usize, pixels: usize) -> Vec<f32> {
    let at = |p: usize| {
        tiles[p / PIXELS * channels..][..channels]
            .iter()
            .map(move |t| t[p % PIXELS])
    };
    (0..pixels).flat_map(at).collect()
}

/// The patches that a small convolution on few channels looks at, as tiles: `[channels, size, size]` ->
/// `[outputs / 4][kernel * kernel * channels][4]`, a patch pixel after pixel, zeros outside.
pub fn patches(
    input: &[f32],
    channels: usize,
    padded: crate::depthwise::Padded,
    kernel: usize,
    stride: usize,
) -> Vec<Tile> {
    let size = padded.size;
    let row = padded.row() * channels;
    let mut plane = vec![0.0; padded.row() * row];
    for (i, line) in input.chunks_exact(size).enumerate() {
        let (channel, y) = (i / size, i % size);
        let from = (y + padded.before) * row + padded.before * channels + channel;
        for (to, v) in plane[from..].iter_mut().step_by(channels).zip(line) {
            *to = *v;
        }
    }
    let (side, line) = (size.div_ceil(stride), kernel * channels);
    let taps = kernel * line;
    let mut patches = vec![[0.0; PIXELS]; tiles(side * side) * taps];
    for p in 0..side * side {
        let (y, x) = (p / side, p % side);
        let tile = &mut patches[p / PIXELS * taps..][..taps];
        for (k, part) in tile.chunks_exact_mut(line).enumerate() {
            let from = (y * stride + k) * row + x * stride * channels;
            for (to, v) in part.iter_mut().zip(&plane[from..from + line]) {
                to[p % PIXELS] = *v;
            }
        }
    }
    patches
}
