//! A fit with one sample more or less, at once, in `n²` multiply-adds: what an inverse needs is its border (Golub and Van Loan, Matrix
//! Computations, 2.1.4).
//!
//! `γ` and the parts' factors stay those of the fit. So this is a draft, which a fit of all samples with scales of their own follows.
//!
//! With the products `k` of the new sample with the others, `u = A k` and `s = k_nn + γ - kᵀ u`, the inverse becomes `A + w wᵀ / s` of
//! `w = (u, -1)`, a sample of no products before. `P` and `F` change by one rank with it. A sample that goes takes its part away.

use kernels::symmetric::{add, dot};

use super::{Fit, Products, Refused, Sample};

/// Samples that there will be room for when there is none.
const ROOM: usize = 64;

impl Fit {
    /// A sample more, of a class that has one; it becomes the last. Its products must be there.
    pub fn put_in(&mut self, products: &Products, sample: Sample) -> Result<(), Refused> {
        let (place, class) = sample;
        if class >= self.classes() {
            return Err(Refused::EmptyClass);
        }
        let product = |other: usize| self.scales.product(products, place, other);
        let own = product(place) + self.scales.gamma;
        let others = self.samples.iter();
        let others: Vec<f64> = others.map(|(other, _)| product(*other)).collect();
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
        self.change(&border, rest);
        Ok(())
    }

    /// Without its `i`th sample, whose place the last one takes. Its class must have another.
    pub fn take_out(&mut self, i: usize) -> Result<(), Refused> {
        let n = self.samples.len();
        let class = self.samples[i].1;
        if self.counts[class] < 2 {
            return Err(Refused::EmptyClass);
        }
        let row = &self.inverse[i * self.stride..][..n];
        let rest = 1.0 / row[i];
        let border: Vec<f64> = row.iter().map(|value| -rest * value).collect();
        self.change(&border, -rest);
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
        Ok(())
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
    fn change(&mut self, w: &[f64], s: f64) {
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
    }
}
