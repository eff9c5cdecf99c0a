//! Softmax regression over many samples: the loss of a linear classifier and its slopes. Each
//! sample is read once for both, by tiles of four samples and two classes.

use crate::LANES;
use crate::lanes::{F32x4, load, store};
pub use crate::linear::SAMPLES;
use crate::linear::{add, adds, dot, dots};

/// Classes of one tile.
const CLASSES: usize = 2;

/// A linear classifier: `weight` is `[classes, width]`, `bias` is `[classes]`.
#[derive(Clone, Copy)]
pub struct Linear<'a> {
    pub weight: &'a [f32],
    pub bias: &'a [f32],
}

/// What it comes to on some samples. Sums, not means.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Judged {
    /// Cross-entropy, nats.
    pub loss: f64,
    /// How many have their largest logit at their label.
    pub hits: usize,
}

/// Adds the loss on samples `[n, width]` to `judged`. Sums of portions that are multiples of [`SAMPLES`] are those of all at
/// once, bit for bit.
pub fn judge(model: Linear, values: &[f32], labels: &[usize], judged: &mut Judged) {
    pass(model, values, labels, judged, |_, _| {});
}

/// The same, and adds the loss' slopes by weights and biases to `slopes` and `bias_slopes`.
pub fn learn(
    model: Linear,
    values: &[f32],
    labels: &[usize],
    slopes: &mut [f32],
    bias_slopes: &mut [f32],
    judged: &mut Judged,
) {
    let width = slopes.len() / bias_slopes.len();
    pass(model, values, labels, judged, |rows, probabilities| {
        for probability in probabilities.chunks_exact(bias_slopes.len()) {
            add(bias_slopes, 1.0, probability);
        }
        backward(rows, probabilities, slopes, width);
    });
}

/// Calls `then` with a few samples and, for each of them and each class, its probability by the softmax
/// minus 1 where the class is the sample's.
#[inline(always)]
fn pass(
    model: Linear,
    values: &[f32],
    labels: &[usize],
    judged: &mut Judged,
    mut then: impl FnMut(&[&[f32]], &[f32]),
) {
    let classes = model.bias.len();
    let width = model.weight.len() / classes;
    let mut probabilities = vec![0.0; SAMPLES * classes];
    let samples = values.chunks(SAMPLES * width);
    for (values, labels) in samples.zip(labels.chunks(SAMPLES)) {
        let rows: [&[f32]; SAMPLES] =
            std::array::from_fn(|n| values.get(n * width..(n + 1) * width).unwrap_or(&[]));
        let rows = &rows[..labels.len()];
        let probabilities = &mut probabilities[..labels.len() * classes];
        forward(model, rows, width, probabilities);
        for (logits, label) in probabilities.chunks_exact_mut(classes).zip(labels) {
            judged.hits += usize::from(largest(logits) == *label);
            judged.loss += to_shares(logits, *label);
            logits[*label] -= 1.0;
        }
        then(rows, probabilities);
    }
}

/// Logits of a few samples, `[rows, classes]`.
#[inline(always)]
fn forward(model: Linear, rows: &[&[f32]], width: usize, logits: &mut [f32]) {
    let classes = model.bias.len();
    let weight = |class: usize| &model.weight[class * width..][..width];
    let mut set = |sample: usize, class: usize, sum: f32| {
        logits[sample * classes + class] = model.bias[class] + sum;
    };
    let &[a, b, c, d] = rows else {
        for (sample, row) in rows.iter().enumerate() {
            (0..classes).for_each(|class| set(sample, class, dot(weight(class), row)));
        }
        return;
    };
    let mut class = 0;
    while class + CLASSES <= classes {
        let sums = dots_of_two([weight(class), weight(class + 1)], [a, b, c, d]);
        for (k, sums) in sums.into_iter().enumerate() {
            (0..SAMPLES).for_each(|sample| set(sample, class + k, sums[sample]));
        }
        class += CLASSES;
    }
    if class < classes {
        let sums = dots(weight(class), [a, b, c, d]);
        (0..SAMPLES).for_each(|sample| set(sample, class, sums[sample]));
    }
}

/// Adds `probabilities` by samples to the slopes, `[classes, width]`.
#[inline(always)]
fn backward(rows: &[&[f32]], probabilities: &[f32], slopes: &mut [f32], width: usize) {
    let classes = probabilities.len() / rows.len();
    let &[a, b, c, d] = rows else {
        for (class, slope) in slopes.chunks_exact_mut(width).enumerate() {
            for (sample, row) in rows.iter().enumerate() {
                add(slope, probabilities[sample * classes + class], row);
            }
        }
        return;
    };
    let by = |class: usize| -> [f32; SAMPLES] {
        std::array::from_fn(|sample| probabilities[sample * classes + class])
    };
    for (pair, slopes) in slopes.chunks_mut(CLASSES * width).enumerate() {
        let class = pair * CLASSES;
        match slopes.split_at_mut(width) {
            (one, []) => adds(one, by(class), [a, b, c, d]),
            (one, two) => adds_to_two([one, two], [by(class), by(class + 1)], [a, b, c, d]),
        }
    }
}

/// Turns logits into probabilities; the cross-entropy of the label. In f64: near 0 an f32 has no digits
/// left.
fn to_shares(logits: &mut [f32], label: usize) -> f64 {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let of_label = f64::from(logits[label] - max);
    let mut sum = 0.0;
    for logit in logits.iter_mut() {
        let power = f64::from(*logit - max).exp();
        sum += power;
        *logit = power as f32;
    }
    let scale = (1.0 / sum) as f32;
    logits.iter_mut().for_each(|power| *power *= scale);
    sum.ln() - of_label
}

/// Index of the largest value; the first of equals.
pub fn largest(values: &[f32]) -> usize {
    (0..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}

/// Products of each of two rows of weights with each of the samples.
fn dots_of_two(w: [&[f32]; CLASSES], x: [&[f32]; SAMPLES]) -> [[f32; SAMPLES]; CLASSES] {
    let weights = w.map(|w| w.as_chunks::<LANES>());
    let rows = x.map(|row| row.as_chunks::<LANES>());
    let steps = weights[0].0.len();
    // Cut to one length, so that the loop checks nothing.
    let weight_lanes = weights.map(|(lanes, _)| &lanes[..steps]);
    let row_lanes = rows.map(|(lanes, _)| &lanes[..steps]);
    let mut sums = [[F32x4::splat(&0.0); SAMPLES]; CLASSES];
    for i in 0..steps {
        let weights = weight_lanes.map(|w| load(&w[i]));
        for (n, row) in row_lanes.iter().enumerate() {
            let v = load(&row[i]);
            for (sums, w) in sums.iter_mut().zip(&weights) {
                sums[n] = sums[n].plus(w[0], v[0]).plus(w[1], v[1]);
            }
        }
    }
    std::array::from_fn(|k| {
        std::array::from_fn(|n| {
            let mut lanes = [0.0; LANES];
            store([sums[k][n], F32x4::splat(&0.0)], &mut lanes);
            let rest = weights[k].1.iter().zip(rows[n].1);
            lanes.iter().sum::<f32>() + rest.map(|(w, v)| w * v).sum::<f32>()
        })
    })
}

/// `y[k] += a[k][0] x[0] + a[k][1] x[1] + …` for both.
fn adds_to_two(y: [&mut [f32]; CLASSES], a: [[f32; SAMPLES]; CLASSES], x: [&[f32]; SAMPLES]) {
    let [one, two] = y.map(|y| y.as_chunks_mut::<LANES>());
    let rows = x.map(|row| row.as_chunks::<LANES>());
    let row_lanes = rows.map(|(lanes, _)| &lanes[..one.0.len()]);
    let factors = a.map(|a| a.map(|a| F32x4::splat(&a)));
    for (i, (one, two)) in one.0.iter_mut().zip(two.0.iter_mut()).enumerate() {
        let mut sums = [load(one), load(two)];
        for (n, row) in row_lanes.iter().enumerate() {
            let v = load(&row[i]);
            for (sum, a) in sums.iter_mut().zip(&factors) {
                *sum = [sum[0].plus(a[n], v[0]), sum[1].plus(a[n], v[1])];
            }
        }
        store(sums[0], one);
        store(sums[1], two);
    }
    for (y, a) in [one.1, two.1].into_iter().zip(a) {
        for (a, (_, rest)) in a.iter().zip(&rows) {
            y.iter_mut().zip(*rest).for_each(|(y, v)| *y += a * v);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shapes with rests everywhere: of samples, of classes, of a row.
    const SHAPES: [(usize, usize, usize); 5] =
        [(4, 2, 16), (1, 3, 7), (7, 5, 20), (12, 1, 9), (9, 6, 35)];

    fn made_up(n: usize, seed: usize) -> Vec<f32> {
        let value = |i: usize| ((i * 37 + seed * 11) % 101) as f32 / 50.0 - 1.0;
        (0..n).map(value).collect()
    }

    /// The textbook's sums, one after the other, in f64: loss, hits, slopes by weight and by bias.
    fn plainly(
        model: Linear,
        values: &[f32],
        labels: &[usize],
    ) -> (f64, usize, Vec<f64>, Vec<f64>) {
        let classes = model.bias.len();
        let width = model.weight.len() / classes;
        let (mut loss, mut hits) = (0.0, 0);
        let mut slopes = vec![0.0; classes * width];
        let mut bias_slopes = vec![0.0; classes];
        for (row, label) in values.chunks(width).zip(labels) {
            let logit = |class: usize| -> f64 {
                let weight = &model.weight[class * width..][..width];
                let products = weight.iter().zip(row);
                let sum: f64 = products.map(|(w, v)| f64::from(*w) * f64::from(*v)).sum();
                sum + f64::from(model.bias[class])
            };
            let logits: Vec<f64> = (0..classes).map(logit).collect();
            let sum: f64 = logits.iter().map(|l| l.exp()).sum();
            loss -= (logits[*label].exp() / sum).ln();
            hits += usize::from(logits.iter().all(|l| *l <= logits[*label]));
            for class in 0..classes {
                let probability = logits[class].exp() / sum - f64::from(u8::from(class == *label));
                bias_slopes[class] += probability;
                for (slope, v) in slopes[class * width..].iter_mut().zip(row) {
                    *slope += probability * f64::from(*v);
                }
            }
        }
        (loss, hits, slopes, bias_slopes)
    }

    fn close(ours: &[f32], truth: &[f64]) {
        for (ours, truth) in ours.iter().zip(truth) {
            assert!(
                (f64::from(*ours) - truth).abs() < 1e-5 * (1.0 + truth.abs()),
                "{ours}, {truth}"
            );
        }
    }

    #[test]
    fn losses_and_slopes_are_the_plain_sums() {
        for (n, classes, width) in SHAPES {
            let (values, weight) = (made_up(n * width, 1), made_up(classes * width, 2));
            let bias = made_up(classes, 3);
            let labels: Vec<usize> = (0..n).map(|i| i * 5 % classes).collect();
            let model = Linear {
                weight: &weight,
                bias: &bias,
            };
            let (mut slopes, mut bias_slopes) = (vec![0.0; classes * width], vec![0.0; classes]);
            let mut judged = Judged::default();
            learn(
                model,
                &values,
                &labels,
                &mut slopes,
                &mut bias_slopes,
                &mut judged,
            );
            let (loss, hits, by_weight, by_bias) = plainly(model, &values, &labels);
            assert!(
                (judged.loss - loss).abs() < 1e-5 * (1.0 + loss),
                "{judged:?}, {loss}"
            );
            assert_eq!(judged.hits, hits);
            close(&slopes, &by_weight);
            close(&bias_slopes, &by_bias);
            let mut again = Judged::default();
            judge(model, &values, &labels, &mut again);
            assert_eq!(again, judged);
        }
    }

    #[test]
    fn portions_come_to_the_same_bit_for_bit() {
        for (n, classes, width) in SHAPES {
            let (values, weight) = (made_up(n * width, 4), made_up(classes * width, 5));
            let bias = made_up(classes, 6);
            let labels: Vec<usize> = (0..n).map(|i| i * 3 % classes).collect();
            let model = Linear {
                weight: &weight,
                bias: &bias,
            };
            let learned = |portion: usize| {
                let (mut slopes, mut bias_slopes) =
                    (vec![0.0; classes * width], vec![0.0; classes]);
                let mut judged = Judged::default();
                let portions = values.chunks(portion * width).zip(labels.chunks(portion));
                for (values, labels) in portions {
                    let (slopes, bias_slopes) = (&mut slopes, &mut bias_slopes);
                    learn(model, values, labels, slopes, bias_slopes, &mut judged);
                }
                (slopes, bias_slopes, judged)
            };
            assert_eq!(learned(SAMPLES), learned(n));
        }
    }

    #[test]
    fn a_loss_near_zero_keeps_its_digits() {
        let model = Linear {
            weight: &[20.0, 0.0],
            bias: &[0.0, 0.0],
        };
        let mut judged = Judged::default();
        judge(model, &[1.0], &[0], &mut judged);
        let loss = judged.loss;
        assert!((loss / (-20f64).exp() - 1.0).abs() < 1e-3, "{loss}");
    }
}
