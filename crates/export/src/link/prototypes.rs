//! What a head knows, as directions of length 1: whole numbers of steps, and of each prototype what it is beside the mean of all.

use data::share::Precision;

use super::{floats, halves, put_floats, put_halves, take};

/// A step by which directions are measured; their numbers are about 0.03, and no more than 1.
fn step(precision: Precision) -> Option<f32> {
    match precision {
        Precision::Coarse => Some(1.0 / 256.0),
        Precision::Middle => Some(1.0 / 512.0),
        Precision::Fine => Some(1.0 / 1024.0),
        Precision::Half | Precision::Exact => None,
    }
}

/// `[n, width]`
pub fn write(prototypes: &[f32], width: usize, precision: Precision, into: &mut Vec<u8>) {
    let Some(step) = step(precision) else {
        return put_halves(prototypes.iter().copied(), into);
    };
    let largest = prototypes.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    let step = step.max(largest / 127.0);
    let whole = prototypes.iter().map(|v| (v / step).round());
    let whole: Vec<i8> = whole.map(|v| v.clamp(-127.0, 127.0) as i8).collect();
    let count = (whole.len() / width.max(1)).max(1) as i32;
    let mean = (0..width).map(|i| {
        let sum: i32 = whole[i..]
            .iter()
            .step_by(width)
            .map(|v| i32::from(*v))
            .sum();
        (sum / count) as i8
    });
    let mean: Vec<i8> = mean.collect();
    put_floats(&[step], into);
    into.extend(mean.iter().map(|v| *v as u8));
    for prototype in whole.chunks(width.max(1)) {
        let beside = prototype.iter().zip(&mean);
        into.extend(beside.map(|(v, mean)| v.wrapping_sub(*mean) as u8));
    }
}

pub fn read(
    count: usize,
    width: usize,
    precision: Precision,
    bytes: &mut &[u8],
) -> Option<Vec<f32>> {
    if step(precision).is_none() {
        return halves(bytes, count * width);
    }
    let step = floats(bytes, 1)?[0];
    let mean = take(bytes, width)?;
    let beside = take(bytes, count * width)?;
    let all = beside.chunks(width.max(1)).flat_map(|prototype| {
        let both = prototype.iter().zip(mean);
        both.map(|(v, mean)| f32::from((*v as i8).wrapping_add(*mean as i8)) * step)
    });
    Some(all.collect())
}
