//! 1×1 convolution: a matrix product with bias, activation and residual in one pass.

use crate::{LANES, relu6};

/// Pixels of one tile: 4 × 8 sums live in registers.
const PIXELS: usize = 4;
/// Pixels that go through all output channels before the next ones come: their inputs stay in
/// the cache.
const PANEL: usize = 64;

/// Weights packed for the tiles: `[out / 8][in][8]`.
pub struct Pointwise {
    inputs: usize,
    outputs: usize,
    weight: Vec<[f32; LANES]>,
    bias: Vec<[f32; LANES]>,
    relu6: bool,
}

impl Pointwise {
    /// `weight` is `[out, in]`. `out` must be a multiple of 8.
    pub fn new(weight: &[f32], bias: &[f32], relu6: bool) -> Self {
        let outputs = bias.len();
        let inputs = weight.len() / outputs;
        assert!(
            outputs.is_multiple_of(LANES) && weight.len() == inputs * outputs,
            "{outputs} outputs do not fill tiles of {LANES}"
        );
        let pack = |block: usize, i: usize| -> [f32; LANES] {
            std::array::from_fn(|lane| weight[(block * LANES + lane) * inputs + i])
        };
        // An iterator that does not know its length would take three times the memory on its way.
        let mut packed = Vec::with_capacity(outputs / LANES * inputs);
        for block in 0..outputs / LANES {
            packed.extend((0..inputs).map(|i| pack(block, i)));
        }
        Self {
            inputs,
            outputs,
            weight: packed,
            bias: bias.as_chunks().0.to_vec(),
            relu6,
        }
    }

    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// `input` is `[pixels, in]`. Pixel `p` of the output goes to the pixel `places[p]` of
    /// `output`, which is `[any, out]`; `residual` is `[pixels, out]` and added at the end.
    pub fn run(&self, input: &[f32], residual: Option<&[f32]>, output: &mut [f32], places: &[u32]) {
        let panels = input.chunks(PANEL * self.inputs);
        for (panel, input) in panels.enumerate() {
            let blocks = self.weight.chunks_exact(self.inputs).zip(&self.bias);
            for (block, (weight, bias)) in blocks.enumerate() {
                let mut tiles = input.chunks_exact(PIXELS * self.inputs);
                let mut pixel = panel * PANEL;
                for tile in &mut tiles {
                    let sums = four(tile, self.inputs, weight, bias);
                    for sum in sums {
                        self.store(sum, pixel, block, residual, output, places);
                        pixel += 1;
                    }
                }
                for row in tiles.remainder().chunks_exact(self.inputs) {
                    let sum = one(row, weight, bias);
                    self.store(sum, pixel, block, residual, output, places);
                    pixel += 1;
                }
            }
        }
    }

    #[inline(always)]
    fn store(
        &self,
        mut sum: [f32; LANES],
        pixel: usize,
        block: usize,
        residual: Option<&[f32]>,
        output: &mut [f32],
        places: &[u32],
    ) {
        if let Some(residual) = residual {
            let at = pixel * self.outputs + block * LANES;
            let row: &[f32; LANES] = residual[at..].first_chunk().expect("a residual a pixel");
            sum = std::array::from_fn(|lane| sum[lane] + row[lane]);
        }
        if self.relu6 {
            sum = sum.map(relu6);
        }
        let at = places[pixel] as usize * self.outputs + block * LANES;
        *output[at..]
            .first_chunk_mut()
            .expect("every place lies in the output") = sum;
    }
}

/// Four pixels at once: each weight that is loaded is used four times.
#[inline(always)]
fn four(
    tile: &[f32],
    inputs: usize,
    weight: &[[f32; LANES]],
    bias: &[f32; LANES],
) -> [[f32; LANES]; PIXELS] {
    let (a, rest) = tile.split_at(inputs);
    let (b, rest) = rest.split_at(inputs);
    let (c, d) = rest.split_at(inputs);
    let mut sums = [*bias; PIXELS];
    for ((((w, a), b), c), d) in weight.iter().zip(a).zip(b).zip(c).zip(d) {
        let x = [*a, *b, *c, *d];
        for (sum, x) in sums.iter_mut().zip(x) {
            for (s, w) in sum.iter_mut().zip(w) {
                *s += x * w;
            }
        }
    }
    sums
}

#[inline(always)]
fn one(row: &[f32], weight: &[[f32; LANES]], bias: &[f32; LANES]) -> [f32; LANES] {
    let mut sum = *bias;
    for (w, x) in weight.iter().zip(row) {
        for (s, w) in sum.iter_mut().zip(w) {
            *s += x * w;
        }
    }
    sum
}
