//! Discriminants by their definition, over features: means, scatter, elimination.

use data::features::Features;

use super::{PARTS, Scales};

/// `None` of a class without samples.
pub struct Plain {
    /// `M⁻¹ μ` and `- ½ μᵀ M⁻¹ μ`.
    classes: Vec<Option<(Vec<f64>, f64)>>,
    n: f64,
}

/// Scaled square roots of a sample's parts.
fn inputs(features: &Features, scales: &Scales) -> Vec<f64> {
    let mut inputs = Vec::new();
    for (part, square) in &scales.squares {
        let values = PARTS[*part].of(features).expect("it is there");
        // As f32, as the products have them.
        inputs.extend(values.iter().map(|v| f64::from(v.sqrt()) * square.sqrt()));
    }
    inputs
}

/// By Gauss' elimination with pivots.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let d = right.len();
    for i in 0..d {
        let pivot = (i..d).max_by(|a, b| matrix[*a][i].abs().total_cmp(&matrix[*b][i].abs()));
        let pivot = pivot.expect("there is a row");
        matrix.swap(i, pivot);
        right.swap(i, pivot);
        for j in i + 1..d {
            let factor = matrix[j][i] / matrix[i][i];
            let upper = matrix[i].clone();
            for (lower, upper) in matrix[j].iter_mut().zip(&upper) {
                *lower -= factor * upper;
            }
            right[j] -= factor * right[i];
        }
    }
    for i in (0..d).rev() {
        let known: f64 = (i + 1..d).map(|j| matrix[i][j] * right[j]).sum();
        right[i] = (right[i] - known) / matrix[i][i];
    }
    right
}

impl Plain {
    pub fn of(samples: &[(&Features, usize)], classes: usize, scales: &Scales) -> Self {
        let rows: Vec<(Vec<f64>, usize)> = samples
            .iter()
            .map(|(features, class)| (inputs(features, scales), *class))
            .collect();
        let d = rows.first().map_or(0, |(row, _)| row.len());
        let mean = |class: usize| {
            let of_class: Vec<_> = rows.iter().filter(|(_, of)| *of == class).collect();
            let sum = |i: usize| of_class.iter().map(|(row, _)| row[i]).sum::<f64>();
            let n = of_class.len() as f64;
            (n > 0.0).then(|| (0..d).map(|i| sum(i) / n).collect::<Vec<f64>>())
        };
        let means: Vec<Option<Vec<f64>>> = (0..classes).map(mean).collect();
        let mut scatter = vec![vec![0.0; d]; d];
        for (row, class) in &rows {
            let mean = means[*class].as_ref().expect("it has this sample");
            for i in 0..d {
                for j in 0..d {
                    scatter[i][j] += (row[i] - mean[i]) * (row[j] - mean[j]);
                }
            }
        }
        (0..d).for_each(|i| scatter[i][i] += scales.gamma);
        let class = |mean: Option<Vec<f64>>| {
            let mean = mean?;
            let weight = solve(scatter.clone(), mean.clone());
            let square: f64 = mean.iter().zip(&weight).map(|(m, w)| m * w).sum();
            Some((weight, -0.5 * square))
        };
        Self {
            classes: means.into_iter().map(class).collect(),
            n: rows.len() as f64,
        }
    }

    pub fn logits(&self, features: &Features, scales: &Scales) -> Vec<f64> {
        let x = inputs(features, scales);
        let logit = |class: &Option<(Vec<f64>, f64)>| match class {
            None => f64::NEG_INFINITY,
            Some((weight, bias)) => {
                let product: f64 = weight.iter().zip(&x).map(|(w, x)| w * x).sum();
                self.n * (product + bias)
            }
        };
        self.classes.iter().map(logit).collect()
    }
}
