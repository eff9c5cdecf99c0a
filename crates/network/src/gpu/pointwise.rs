//! 1×1 convolution: at each pixel a matrix times the channels, then limits or a sum with an earlier
//! value.

use super::kernel::{Kernel, WEIGHTS, each};
use super::tiles::Tiles;

/// What follows the matrix.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Epilogue {
    Nothing,
    Relu6,
    /// An earlier value is added: the block's input.
    Residual,
}

/// `x` is `[pixels, depth]`, `w` is `[4 * depth + 1, width]` with the bias last, `y` and `residual`
/// are `[pixels, width]`, all of `vec4f` but `w`; `dims` is pixels, depth, width and an [`Epilogue`]. One kernel
/// for all three, as each takes its time to compile. A thread computes `vectors` of the width.
pub fn pointwise(vectors: usize, half: bool, tiles: &Tiles) -> Kernel {
    let buffers = [("x", "vec4f"), ("w", WEIGHTS), ("residual", "vec4f")];
    let tile = tiles.pixels;
    // A tile that reaches over the end computes the last pixel again, and does not store it.
    let places = each(tile, |p| {
        format!("let at{p} = min(first + {p}u, pixels - 1u) * depth;")
    });
    // The vectors of a thread lie `lanes` apart: neighbouring threads read neighbouring weights.
    let weights = each(4, |c| {
        each(vectors, |v| {
            format!("let w{c}_{v} = vec4f(w[row + {c}u * width + {v}u * lanes]);")
        })
    });
    let sums = each(tile, |p| {
        let load = format!("let x{p} = x[at{p} + i];\n");
        let sums = each(vectors, |v| {
            let sum = format!("sums[{}]", p * vectors + v);
            format!(
                "{sum} = fma(vec4f(x{p}.w), w3_{v}, fma(vec4f(x{p}.z), w2_{v}, \
                 fma(vec4f(x{p}.y), w1_{v}, fma(vec4f(x{p}.x), w0_{v}, {sum}))));"
            )
        });
        load + &sums
    });
    let store = |p: &str, v: &str| {
        format!(
            "let at = (first + {p}) * width + lane + {v} * lanes;
var sum = sums[{p} * {vectors}u + {v}] + vec4f(w[4u * depth * width + lane + {v} * lanes]);
if (then == {RELU6}u) {{ sum = clamp(sum, vec4f(), vec4f(6.0)); }}
if (then == {RESIDUAL}u) {{ sum += residual[at]; }}
y[at] = sum;
",
            RELU6 = Epilogue::Relu6 as u32,
            RESIDUAL = Epilogue::Residual as u32,
        )
    };
    let stores = match tiles.unrolled {
        true => each(tile, |p| {
            let all = each(vectors, |v| {
                format!("{{\n{}}}", store(&format!("{p}u"), &format!("{v}u")))
            });
            format!("if (first + {p}u < pixels) {{\n{all}}}")
        }),
        false => format!(
            "for (var p = 0u; p < min({tile}u, pixels - first); p++) {{
for (var v = 0u; v < {vectors}u; v++) {{
{}}}
}}
",
            store("p", "v")
        ),
    };
    let body = format!(
        "let pixels = dims[0];
let depth = dims[1];
let width = dims[2];
let then = dims[3];
let lanes = width / {vectors}u;
let lane = thread % lanes;
let first = thread / lanes * {tile}u;
if (first >= pixels) {{ return; }}
var sums: array<vec4f, {}>;
{places}for (var i = 0u; i < depth; i++) {{
let row = 4u * i * width + lane;
{weights}{sums}}}
{stores}",
        tile * vectors
    );
    Kernel::new(&buffers, half, tiles.workgroup, &body)
}

/// `[out, in]` and the bias as [`pointwise`] reads them: `[in + 1, out]`.
pub fn weights(weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let (outputs, inputs) = (bias.len(), weight.len() / bias.len());
    let columns = (0..inputs).flat_map(|i| (0..outputs).map(move |o| weight[o * inputs + i]));
    columns.chain(bias.iter().copied()).collect()
}
