//! The first kernel, from a photo's bytes, and the last ones, to its features.

use super::kernel::{Kernel, WEIGHTS, each};
use super::tiles::Tiles;

/// What a thread of the first kernel computes: neighbouring pixels of a row, and vectors of four
/// channels.
pub const STEM_TILE: (usize, usize) = (4, 2);

/// Convolution of RGB8 with ReLU6. A byte counts as `x / 127.5 - 1` (see `preprocess::normalise`). `x` is
/// `[photos, side, side, 3]` bytes, `w` is `[kernel, kernel, 3, width]` and then the bias, `y` is
/// `[photos, out, out, width]`; `dims` is photos × out, side, out, width, and the padding before the
/// first pixel.
pub fn stem(kernel: usize, stride: usize, half: bool, tiles: &Tiles) -> Kernel {
    let (tile, vectors) = STEM_TILE;
    let (row, taps) = (kernel * 3, kernel * kernel * 3);
    let bias = each(vectors, |v| {
        let sums = each(tile, |p| format!("var sum{p}_{v} = bias{v};"));
        format!("let bias{v} = vec4f(w[{taps}u * width + lane + {v}u * lanes]);\n{sums}")
    });
    let weights = each(row, |k| {
        each(vectors, |v| {
            format!("let w{k}_{v} = vec4f(w[(ky * {row}u + {k}u) * width + lane + {v}u * lanes]);")
        })
    });
    let columns = each((tile - 1) * stride + kernel, |c| {
        let bytes = each(3, |i| {
            format!(
                "let b{c}_{i} = f32((x[(at{c} + {i}u) / 4u] >> ((at{c} + {i}u) % 4u * 8u)) & 255u);"
            )
        });
        let looks = (0..tile).filter_map(|p| {
            let k = c.checked_sub(p * stride).filter(|k| *k < kernel)? * 3;
            Some(each(vectors, |v| {
                format!(
                    "sum{p}_{v} = fma(vec4f(x{c}.z), w{}_{v}, fma(vec4f(x{c}.y), w{}_{v}, \
                     fma(vec4f(x{c}.x), w{k}_{v}, sum{p}_{v})));",
                    k + 2,
                    k + 1
                )
            }))
        });
        format!(
            "let c{c} = left + {c}u;
let at{c} = row + min(c{c}, side - 1u) * 3u;
{bytes}let x{c} = select(vec3f(), vec3f(b{c}_0, b{c}_1, b{c}_2) / 127.5 - 1.0, c{c} < side);
{}",
            looks.collect::<String>()
        )
    });
    let stores = each(tile, |p| {
        let stores = each(vectors, |v| {
            format!("y[out + lane + {v}u * lanes] = clamp(sum{p}_{v}, vec4f(), vec4f(6.0));")
        });
        format!(
            "if (first + {p}u < outs) {{\nlet out = (line * outs + first + {p}u) * width;\n{stores}}}"
        )
    });
    let body = format!(
        "let side = dims[1];
let outs = dims[2];
let width = dims[3];
let padding = dims[4];
let lanes = width / {vectors}u;
let lane = thread % lanes;
let tiles = (outs + {}u) / {tile}u;
let first = thread / lanes % tiles * {tile}u;
let line = thread / lanes / tiles;
if (line >= dims[0]) {{ return; }}
let photo = line / outs;
let top = line % outs * {stride}u - padding;
let left = first * {stride}u - padding;
{bias}for (var ky = 0u; ky < {kernel}u; ky++) {{
let line = top + ky;
if (line >= side) {{ continue; }}
let row = (photo * side + line) * side * 3u;
{weights}{columns}}}
{stores}",
        tile - 1
    );
    let buffers = [("x", "u32"), ("w", WEIGHTS)];
    Kernel::new(&buffers, half, tiles.workgroup, &body)
}

/// `[out, 3, kernel, kernel]`, channels of the photo first, and the bias as [`stem`] reads them.
pub fn stem_weights(weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let (outputs, taps) = (bias.len(), weight.len() / bias.len());
    let area = taps / 3;
    let at = |tap: usize, output: usize| weight[(output * 3 + tap % 3) * area + tap / 3];
    let taps = (0..taps).flat_map(|tap| (0..outputs).map(move |output| at(tap, output)));
    taps.chain(bias.iter().copied()).collect()
}

/// The mean over all pixels: `x` is `[photos, pixels, width]`, `y` is `[photos, row]`, of which the first `width` are written;
/// `dims` is photos × width, pixels, width, row.
pub fn mean(tiles: &Tiles) -> Kernel {
    let body = "let pixels = dims[1];
let width = dims[2];
if (thread >= dims[0]) { return; }
let first = thread / width * pixels * width + thread % width;
var sum = vec4f();
for (var i = 0u; i < pixels; i++) { sum += x[first + i * width]; }
y[thread / width * dims[3] + thread % width] = sum / f32(pixels);
";
    Kernel::new(&[("x", "vec4f")], false, tiles.workgroup, body)
}

/// Threads of [`pool`] that share two vectors of four channels.
pub const POOL_THREADS: u32 = 64;

/// The means over all pixels of several values at once, since a launch for each would take a GPU longer than the sums. `x`
/// holds them one after the other, each `[photos, pixels, width]`; `y` is `[photos, row]`, whose last are written. `dims` is
/// photos × pairs of vectors in all values, these pairs, row, and for each value the pairs up to its end, where it begins in
/// `x` for one photo, pixels and width.
pub fn pool() -> Kernel {
    let body = format!(
        "let pairs = dims[1];
let group = thread / {POOL_THREADS}u;
let lane = thread % {POOL_THREADS}u;
let photo = group / pairs;
let pair = group % pairs;
var first = 0u;
var value = 3u;
while (pair >= dims[value]) {{
first = dims[value];
value += 4u;
}}
let pixels = dims[value + 2u];
let width = dims[value + 3u];
let at = dims[0] / pairs * dims[value + 1u] + photo * pixels * width + (pair - first) * 2u + lane % 2u;
var sum = vec4f();
for (var i = lane / 2u; i < pixels; i += {POOL_THREADS}u / 2u) {{ sum += x[at + i * width]; }}
sums[lane] = sum;
workgroupBarrier();
if (lane < 2u) {{
for (var i = lane + 2u; i < {POOL_THREADS}u; i += 2u) {{ sum += sums[i]; }}
y[(photo + 1u) * dims[2] - (pairs - pair) * 2u + lane] = sum / f32(pixels);
}}
"
    );
    let kernel = Kernel::new(&[("x", "vec4f")], false, POOL_THREADS, &body);
    kernel.sharing(&format!(
        "var<workgroup> sums: array<vec4f, {POOL_THREADS}>;"
    ))
}
