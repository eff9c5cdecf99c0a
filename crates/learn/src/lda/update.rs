//! A fit with one sample more or less, at once, in `n²` multiply-adds: what an inverse needs is its border (Golub and Van Loan, Matrix
//! Computations, 2.1.4).
//!
//! `γ` and the parts' factors stay those of the fit. So this is a draft, which a fit of all samples with scales of their own follows.
//!
//! With the products `k` of the new sample with the others, `u = A k` and `s = k_nn + γ - kᵀ u`, the inverse becomes `A + w wᵀ / s` of
//! `w = (u, -1)`, a sample of no products before. `P` and `F` change by one rank with it. A sample that goes takes its part away.

use kernels::symmetric::{add, dot};

use super::head::Weights;
use super::{Fit, Products, Refused, Sample};
use data::classifier::Head;
use kernels::symmetric::add_f32;

/// Samples that there will be room for when there is none.
pub(crate) const ROOM: usize = 64;

/// A fit with the weights of its head, which follow it.
pub struct Running {
    fit: Fit,
    weights: Weights,
    /// `Xᵀ B`, as [`Weights`] are `Xᵀ F`: `[classes, width]`
    sums: Vec<f64>,
}

/// By what a fit changed.
struct Change {
    /// Of each sample its place and its number in `w`.
    border: Vec<(usize, f64)>,
    s: f64,
    /// `Yᵀ w`
    of_classes: Vec<f64>,
    /// `P⁻¹ Yᵀ w`
    turned: Vec<f64>,
    /// `s + wᵀ Y P⁻¹ Yᵀ w`
    whole: f64,
}

impl Running {
    pub fn new(fit: Fit, weights: Weights) -> Self {
        let (classes, width) = (fit.classes(), weights.sums.len() / fit.classes());
        let mut sums = vec![0.0; weights.sums.len()];
        // B = F P
        for (row, means) in sums
            .chunks_exact_mut(width)
            .zip(fit.class_sums().chunks_exact(classes))
        {
            let columns = weights.sums.chunks_exact(width);
            columns
                .zip(means)
                .for_each(|(column, mean)| add(row, *mean, column));
        }
        Self { fit, weights, sums }
    }

    pub fn fit(&self) -> &Fit {
        &self.fit
    }

    /// As [`Weights::head`].
    pub fn head(&self, products: &Products, sharpness: f64) -> Result<Head, Refused> {
        self.weights.head(&self.fit, products, sharpness)
    }

    /// As [`Fit::put_in`].
    pub fn put_in(&mut self, products: &Products, sample: Sample) -> Result<(), Refused> {
        let change = self.fit.put(products, sample)?;
        self.follow(products, &change);
        Ok(())
    }

    /// As [`Fit::take_out`]. The sample must still have its place.
    pub fn take_out(&mut self, products: &Products, i: usize) -> Result<(), Refused> {
        let change = self.fit.take(i)?;
        self.follow(products, &change);
        Ok(())
    }

    fn follow(&mut self, products: &Products, change: &Change) {
        let width = self.sums.len() / self.fit.classes();
        // Xᵀ w
        let mut features = vec![0.0; width];
        for (place, value) in &change.border {
            let mut rest = &mut features[..];
            for (part, _) in &self.fit.scales.squares {
                let (own, later) = rest.split_at_mut(products.widths()[*part]);
                add_f32(own, *value, &products.roots(*place)[products.range(*part)]);
                rest = later;
            }
        }
        let mut turned = features.clone();
        for (row, value) in self.sums.chunks_exact(width).zip(&change.turned) {
            add(&mut turned, -value, row);
        }
        let rows = self.weights.sums.chunks_exact_mut(width);
        for (row, value) in rows.zip(&change.turned) {
            add(row, value / change.whole, &turned);
        }
        let rows = self.sums.chunks_exact_mut(width);
        for (row, value) in rows.zip(&change.of_classes) {
            add(row, value / change.s, &features);
        }
    }
}

impl Fit {
    /// A sample more, of a class that has one; it becomes the last. Its products must be there.
    pub fn put_in(&mut self, products: &Products, sample: Sample) -> Result<(), Refused> {
        self.put(products, sample).map(|_| ())
    }

    /// Without its `i`th sample, whose place the last one takes. Its class must have another.
    pub fn take_out(&mut self, i: usize) -> Result<(), Refused> {
        self.take(i).map(|_| ())
    }

    fn put(&mut self, products: &Products, sample: Sample) -> Result<Change, Refused> {
        let (place, class) = sample;
        if class >= self.classes() {
            return Err(Refused::EmptyClass);
        }
        let of = |others: &[usize]| self.scales.products(products, place, others);
        let own = of(&[place])[0] + self.scales.gamma;
        let others = of(&self.places());
        let rows = self.inverse.chunks_exact(self.stride);
        let rows = rows.take(others.len());
        let mut border: Vec<f64> = rows.map(|row| dot(&row[..others.len()], &others)).collect();
        let rest = own - dot(&border, &others);
        if !(rest > 0.0 && rest.is_finite()) {
            return Err(Refused::Singular);
        }
        border.push(-1.0);
        self.grow();
        self.samples.push(sample);
        self.counts[class] += 1;
        self.sums.resize(self.sums.len() + self.counts.len(), 0.0);
        self.shares.resize(self.sums.len(), 0.0);
        Ok(self.change(&border, rest))
    }

    fn take(&mut self, i: usize) -> Result<Change, Refused> {
        let n = self.samples.len();
        let class = self.samples[i].1;
        if self.counts[class] < 2 {
            return Err(Refused::EmptyClass);
        }
        let row = &self.inverse[i * self.stride..][..n];
        let rest = 1.0 / row[i];
        let border: Vec<f64> = row.iter().map(|value| -rest * value).collect();
        let change = self.change(&border, -rest);
        self.samples.swap_remove(i);
        self.counts[class] -= 1;
        let (classes, last) = (self.classes(), n - 1);
        for rows in [&mut self.sums, &mut self.shares] {
            rows.copy_within(last * classes.., i * classes);
            rows.truncate(last * classes);
        }
        for row in 0..n {
            self.inverse[row * self.stride + i] = self.inverse[row * self.stride + last];
        }
        let from = last * self.stride;
        self.inverse
            .copy_within(from..from + self.stride, i * self.stride);
        Ok(change)
    }

    /// Room for more rows and columns.
    pub(super) fn make_room(&mut self) {
        let stride = self.stride + ROOM;
        let mut inverse = vec![0.0; stride * stride];
        let rows = self.inverse.chunks_exact(self.stride);
        for (to, row) in inverse.chunks_exact_mut(stride).zip(rows) {
            to[..self.stride].copy_from_slice(row);
        }
        (self.inverse, self.stride) = (inverse, stride);
    }

    /// One more row and column, of zeros.
    fn grow(&mut self) {
        let n = self.samples.len();
        if n == self.stride {
            self.make_room();
        }
        for row in 0..n {
            self.inverse[row * self.stride + n] = 0.0;
        }
        self.inverse[n * self.stride..][..=n].fill(0.0);
    }

    /// The inverse becomes `A + w wᵀ / s`, and the rest what follows from it.
    fn change(&mut self, w: &[f64], s: f64) -> Change {
        let classes = self.classes();
        let rows = self.inverse.chunks_exact_mut(self.stride);
        for (row, value) in rows.zip(w) {
            add(&mut row[..w.len()], value / s, w);
        }
        // Yᵀ w
        let mut of_classes = vec![0.0; classes];
        for ((_, class), value) in self.samples.iter().zip(w) {
            of_classes[*class] += value;
        }
        let means = self.means.chunks_exact(classes);
        let turned: Vec<f64> = means.map(|row| dot(row, &of_classes)).collect();
        let whole = s + dot(&turned, &of_classes);
        let rows = self.means.chunks_exact_mut(classes).zip(&turned);
        rows.for_each(|(row, value)| add(row, -value / whole, &turned));
        let sums = self.sums.chunks_exact_mut(classes);
        let rows = sums.zip(self.shares.chunks_exact_mut(classes)).zip(w);
        for ((sums, share), value) in rows {
            add(share, (value - dot(sums, &turned)) / whole, &turned);
            add(sums, value / s, &of_classes);
        }
        let places = self.samples.iter().map(|(place, _)| *place);
        Change {
            border: places.zip(w.iter().copied()).collect(),
            s,
            of_classes,
            turned,
            whole,
        }
    }
}
