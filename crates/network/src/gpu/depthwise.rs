//! Depthwise convolution and ReLU6: every channel is filtered alone.

use super::kernel::{Kernel, WEIGHTS, each};
use super::tiles::Tiles;

/// `x` is `[photos, side, side, width]`, `w` is `[kernel, kernel, width]` and then the bias, `y` is
/// `[photos, out, out, width]`, all of `vec4f` but `w`; `dims` is photos × out, side, out, width, and the
/// padding before the first pixel.
pub fn depthwise(kernel: usize, stride: usize, half: bool, tiles: &Tiles) -> Kernel {
    let tile = tiles.row;
    let sums = each(tile, |p| format!("var sum{p} = bias;"));
    let weights = each(kernel, |k| {
        format!("let w{k} = vec4f(w[(ky * {kernel}u + {k}u) * width + channel]);")
    });
    // Each pixel of the row is loaded once, for all outputs that look at it. Outside is zero; what
    // lies before the first wraps around to a large number.
    let columns = each((tile - 1) * stride + kernel, |c| {
        let looks = (0..tile).filter_map(|p| {
            let k = c.checked_sub(p * stride).filter(|k| *k < kernel)?;
            Some(format!("sum{p} = fma(x{c}, w{k}, sum{p});\n"))
        });
        format!(
            "let c{c} = left + {c}u;
let x{c} = select(vec4f(), x[row + min(c{c}, side - 1u) * width], c{c} < side);
{}",
            looks.collect::<String>()
        )
    });
    let stores = each(tile, |p| {
        format!(
            "if (first + {p}u < out) {{ y[(line * out + first + {p}u) * width + channel] = \
             clamp(sum{p}, vec4f(), vec4f(6.0)); }}"
        )
    });
    let body = format!(
        "let side = dims[1];
let out = dims[2];
let width = dims[3];
let padding = dims[4];
let channel = thread % width;
let tiles = (out + {}u) / {tile}u;
let first = thread / width % tiles * {tile}u;
let line = thread / width / tiles;
if (line >= dims[0]) {{ return; }}
let photo = line / out;
let top = line % out * {stride}u - padding;
let left = first * {stride}u - padding;
let bias = vec4f(w[{}u * width + channel]);
{sums}for (var ky = 0u; ky < {kernel}u; ky++) {{
let line = top + ky;
if (line >= side) {{ continue; }}
let row = (photo * side + line) * side * width + channel;
{weights}{columns}}}
{stores}",
        tile - 1,
        kernel * kernel
    );
    let buffers = [("x", "vec4f"), ("w", WEIGHTS)];
    Kernel::new(&buffers, half, tiles.workgroup, &body)
}

/// `[channels, 1, kernel, kernel]` and the bias as [`depthwise`] reads them: `[kernel * kernel + 1, channels]`.
pub fn weights(weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let (channels, taps) = (bias.len(), weight.len() / bias.len());
    let filters = (0..taps).flat_map(|t| (0..channels).map(move |c| weight[c * taps + t]));
    filters.chain(bias.iter().copied()).collect()
}
