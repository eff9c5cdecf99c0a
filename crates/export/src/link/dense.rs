//! A head's layers. But for [`Precision::Exact`], what is taken off and divided by before the first layer is counted into it, and
//! the last layer holds what its outputs are above that of the last class: answers depend on differences alone. Steps are an
//! output's own, and its bias makes up for what they move at the mean of the photos.

use data::classifier::{Dense, Head};
use data::share::Precision;

use super::{floats, halves, put_floats, put_halves, take};

/// What a whole number of steps goes up to.
const MOST: f64 = 127.0;

pub struct Shape {
    /// Numbers that the head sees.
    pub seen: usize,
    pub hidden: Option<usize>,
    pub classes: usize,
}

/// Steps to the root mean square of an output's weights.
fn steps(precision: Precision) -> Option<f64> {
    match precision {
        Precision::Coarse => Some(8.0),
        Precision::Middle => Some(16.0),
        Precision::Fine => Some(32.0),
        Precision::Half | Precision::Exact => None,
    }
}

pub fn write(head: &Head, precision: Precision, into: &mut Vec<u8>) {
    if precision == Precision::Exact {
        put_floats(&head.mean, into);
        put_floats(&[head.scale], into);
        for dense in head.hidden.iter().chain([&head.out]) {
            put_floats(&dense.weight, into);
            put_floats(&dense.bias, into);
        }
        return;
    }
    let mean: Vec<f64> = head.mean.iter().map(|m| f64::from(*m)).collect();
    let scale = f64::from(head.scale);
    match &head.hidden {
        Some(hidden) => {
            columns(hidden, (&mean, scale), false, precision, into);
            columns(&head.out, (&[], 1.0), true, precision, into);
        }
        None => columns(&head.out, (&mean, scale), true, precision, into),
    }
}

/// A layer, output by output: how large a step is, the bias, the weights. Before it its inputs have `mean` taken off, where there is one,
/// and are divided by `scale`.
fn columns(
    dense: &Dense,
    (mean, scale): (&[f64], f64),
    relative: bool,
    precision: Precision,
    into: &mut Vec<u8>,
) {
    let outputs = dense.bias.len();
    let last = outputs - 1;
    for output in 0..outputs - usize::from(relative) {
        let above = |values: &[f32]| {
            let base = if relative {
                f64::from(values[last])
            } else {
                0.0
            };
            f64::from(values[output]) - base
        };
        let rows = dense.weight.chunks(outputs);
        let weights: Vec<f64> = rows.map(|row| above(row) / scale).collect();
        let (step, whole, kept) = match steps(precision) {
            Some(steps) => {
                let step = step(&weights, steps);
                let whole = weights.iter().map(|w| (w / f64::from(step)).round());
                let whole: Vec<i8> = whole.map(|w| w.clamp(-MOST, MOST) as i8).collect();
                let kept: Vec<f64> = whole.iter().map(|w| f64::from(of_step(*w, step))).collect();
                (Some(step), whole, kept)
            }
            None => {
                let half = |w: &f64| half::f16::from_f64(*w).to_f64();
                (None, Vec::new(), weights.iter().map(half).collect())
            }
        };
        let off: f64 = mean.iter().zip(&kept).map(|(mean, w)| mean * w).sum();
        put_floats(&[(above(&dense.bias) - off) as f32], into);
        match step {
            Some(step) => {
                put_floats(&[step], into);
                into.extend(whole.iter().map(|w| *w as u8));
            }
            None => put_halves(kept.iter().map(|w| *w as f32), into),
        }
    }
}

fn of_step(whole: i8, step: f32) -> f32 {
    f32::from(whole) * step
}

/// A positive number, so that the largest weight is no more than a byte holds.
fn step(weights: &[f64], steps: f64) -> f32 {
    let squares: f64 = weights.iter().map(|w| w * w).sum();
    let largest = weights.iter().fold(0.0_f64, |most, w| most.max(w.abs()));
    let step = (squares / weights.len().max(1) as f64).sqrt() / steps;
    (step.max(largest / MOST) as f32).max(f32::MIN_POSITIVE)
}

pub fn read(shape: Shape, precision: Precision, bytes: &mut &[u8]) -> Option<Head> {
    let Shape {
        seen,
        hidden,
        classes,
    } = shape;
    let (mut mean, mut scale) = (vec![0.0; seen], 1.0);
    if precision == Precision::Exact {
        mean = floats(bytes, seen)?;
        scale = floats(bytes, 1)?[0];
    }
    let mut layer =
        |inputs: usize, outputs: usize, relative: bool| match precision == Precision::Exact {
            true => Some(Dense {
                weight: floats(bytes, inputs * outputs)?,
                bias: floats(bytes, outputs)?,
            }),
            false => read_columns([inputs, outputs], relative, precision, bytes),
        };
    let hidden = match hidden {
        Some(units) => Some(layer(seen, units, false)?),
        None => None,
    };
    let width = hidden.as_ref().map_or(seen, |hidden| hidden.bias.len());
    let out = layer(width, classes, true)?;
    Some(Head {
        input: Default::default(),
        mean,
        scale,
        hidden,
        out,
    })
}

fn read_columns(
    [inputs, outputs]: [usize; 2],
    relative: bool,
    precision: Precision,
    bytes: &mut &[u8],
) -> Option<Dense> {
    let (mut weight, mut bias) = (vec![0.0; inputs * outputs], vec![0.0; outputs]);
    for output in 0..outputs - usize::from(relative) {
        bias[output] = floats(bytes, 1)?[0];
        let column = match steps(precision) {
            Some(_) => {
                let step = floats(bytes, 1)?[0];
                let whole = take(bytes, inputs)?.iter();
                whole.map(|w| of_step(*w as i8, step)).collect()
            }
            None => halves(bytes, inputs)?,
        };
        for (row, w) in weight.chunks_mut(outputs).zip(column) {
            row[output] = w;
        }
    }
    if relative {
        // Around 0, as training leaves them.
        for row in weight.chunks_mut(outputs).chain([&mut bias[..]]) {
            let mean = row.iter().sum::<f32>() / outputs as f32;
            row.iter_mut().for_each(|w| *w -= mean);
        }
    }
    Some(Dense { weight, bias })
}
