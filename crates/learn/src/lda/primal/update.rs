//! A fit with one sample more or less, at once. `γ`, the parts' factors and what rows are counted from stay those of the fit: so this is
//! a draft, which a fit of all samples with scales of their own follows.

use kernels::linear;
use kernels::symmetric::{add, dot};

use super::fit::four;
use super::{Fit, Observation};
use crate::lda::Refused;

/// By what a fit changes with a sample of a class: the scatter by `a v vᵀ`, the class' mean by `e v`.
struct Change {
    class: usize,
    /// `x`
    row: Vec<f32>,
    /// `v`
    distance: Vec<f64>,
    a: f64,
    e: f64,
}

impl Fit {
    /// A sample more, of a class that has one; it becomes the last. Its parts must be there.
    pub fn put_in(&mut self, sample: Observation) -> Result<(), Refused> {
        let class = sample.class;
        let wanted: usize = self
            .inputs
            .parts()
            .filter_map(|p| Some(sample.part(p)?.len()))
            .sum();
        if class >= self.classes() || wanted != self.width() {
            return Err(Refused::EmptyClass);
        }
        let count = self.counts[class] as f64;
        let change = self.change(&sample, count / (count + 1.0), 1.0 / (count + 1.0));
        // M⁻¹ x and what it comes to
        let (row, weights) = (
            doubles(&change.row),
            self.weights.chunks_exact(self.width()),
        );
        let turned: Vec<f64> = weights.map(|weights| dot(weights, &row)).collect();
        let of_row = self.turn(&change.row);
        self.samples.push(sample);
        self.counts[class] += 1;
        self.turned.extend(turned);
        self.lengths.push(dot(&of_row, &row));
        self.follow(&change)
    }

    /// Without its `i`th sample, whose place the last one takes. Its class must have another.
    pub fn take_out(&mut self, i: usize) -> Result<(), Refused> {
        let sample = self.samples[i].clone();
        if self.counts[sample.class] < 2 {
            return Err(Refused::EmptyClass);
        }
        let count = self.counts[sample.class] as f64;
        let change = self.change(&sample, -count / (count - 1.0), -1.0 / (count - 1.0));
        let (classes, last) = (self.classes(), self.samples.len() - 1);
        self.samples.swap_remove(i);
        self.lengths.swap_remove(i);
        self.turned.copy_within(last * classes.., i * classes);
        self.turned.truncate(last * classes);
        self.counts[sample.class] -= 1;
        self.follow(&change)
    }

    fn change(&self, sample: &Observation, a: f64, e: f64) -> Change {
        let width = self.width();
        let mut row = vec![0.0; width];
        self.inputs.row(sample, &self.shift, &mut row);
        let mut distance = doubles(&row);
        add(
            &mut distance,
            -1.0,
            &self.means[sample.class * width..][..width],
        );
        Change {
            class: sample.class,
            row,
            distance,
            a,
            e,
        }
    }

    /// `M⁻¹ v`
    fn turn(&self, v: &[f32]) -> Vec<f64> {
        let width = self.width();
        let mut turned = Vec::with_capacity(width.next_multiple_of(4));
        for first in (0..width).step_by(4) {
            turned.extend(four(&self.inverse, width, first, [v, v])[0]);
        }
        turned.truncate(width);
        turned
    }

    fn follow(&mut self, change: &Change) -> Result<(), Refused> {
        let (classes, width) = (self.classes(), self.width());
        let Change {
            class,
            distance,
            a,
            e,
            ..
        } = change;
        let small: Vec<f32> = distance.iter().map(|v| *v as f32).collect();
        let turned = self.turn(&small);
        let square = dot(distance, &turned);
        let whole = 1.0 + a * square;
        if !(whole > 0.0 && whole.is_finite()) {
            return Err(Refused::Singular);
        }
        let factor = a / whole;
        // U M⁻¹ v, before the mean moves and after
        let means = self.means.chunks_exact(width);
        let mut of_means: Vec<f64> = means.map(|mean| dot(mean, &turned)).collect();
        for (c, value) in of_means.iter().enumerate() {
            self.squares[class * classes + c] += e * value;
            self.squares[c * classes + class] += e * value;
        }
        self.squares[class * classes + class] += e * e * square;
        of_means[*class] += e * square;
        add(&mut self.means[class * width..][..width], *e, distance);
        add(&mut self.weights[class * width..][..width], *e, &turned);
        let rows = self.squares.chunks_exact_mut(classes).zip(&of_means);
        rows.for_each(|(row, value)| add(row, -factor * value, &of_means));
        let rows = self.weights.chunks_exact_mut(width).zip(&of_means);
        rows.for_each(|(row, value)| add(row, -factor * value, &turned));
        let small: Vec<f32> = turned.iter().map(|v| *v as f32).collect();
        let rows = self.inverse.chunks_exact_mut(width).zip(&turned);
        rows.for_each(|(row, value)| linear::add(row, (-factor * value) as f32, &small));
        // x M⁻¹ v of each sample
        let mut row = vec![0.0; width];
        let samples = self
            .samples
            .iter()
            .zip(self.turned.chunks_exact_mut(classes));
        for ((sample, turned), length) in samples.zip(&mut self.lengths) {
            self.inputs.row(sample, &self.shift, &mut row);
            let value = f64::from(linear::dot(&small, &row));
            turned[*class] += e * value;
            add(turned, -factor * value, &of_means);
            *length -= factor * value * value;
        }
        Ok(())
    }
}

fn doubles(row: &[f32]) -> Vec<f64> {
    row.iter().map(|v| f64::from(*v)).collect()
}
