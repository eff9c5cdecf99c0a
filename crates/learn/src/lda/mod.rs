//! Linear discriminant analysis as a head in closed form, with exact predictions for samples left out.
//!
//! Classes are normal with means μ and one covariance (Fisher 1936; Rao 1948), shrunk towards a multiple of the identity
//! (Friedman 1989): with the within-class scatter `S = Σ (x - μ)(x - μ)ᵀ` and `M = S + γ I`, the logit of a class is
//! `n (μᵀ M⁻¹ x - ½ μᵀ M⁻¹ μ)`, all classes alike before a sample is seen. The features `x` are square roots of the network's,
//! scaled part by part.
//!
//! There are fewer samples than features, so all of it is computed from the samples' products `K`, `[n, n]`. Let `Y`, `[n,
//! classes]`, be 1 where a sample is of a class, and
//! `A = (K + γ I)⁻¹`, `B = A Y`, `P = Yᵀ B`, `F = B P⁻¹`.
//! The scatter is the samples' uncentred one less a matrix of as many ranks as classes, and what Woodbury's formula leaves of that
//! is little: with `k` the products of `x` with the samples, and `n_c` the samples of class `c`, the logit is
//! `n/γ ((k F)_c - ½ (P⁻¹)_cc) + n / (2 n_c)`, up to a number that is the same for all classes. [`left_out`] tells what becomes of it
//! without some of the samples.
//!
//! Nothing here is centred: a shift of all samples changes each logit of a sample by the same.
//!
//! [`Products`] keeps products from one training to the next, [`Spreads`] and [`Scales`] say how parts and covariance are scaled,
//! [`Fitting`] leads to a [`Fit`], [`LeavingOut`] to what it says of samples it did not see, [`temperature`] from that to how sure
//! it may be, [`Heading`] to a head; [`choose`] decides which head that is. All but the update of a fit by one sample go in portions of
//! about [`crate::trainer::PORTION`]. Of many samples [`primal`] makes the same.

mod alone;
pub mod choose;
mod fit;
mod head;
pub mod left_out;
pub mod merge;
pub mod primal;
mod products;
mod scales;
mod statistics;
pub mod temperature;
#[cfg(test)]
mod tests;
mod update;

pub use alone::Alone;
pub use fit::{Fit, Fitting};
pub use head::{Heading, Weights};
pub use left_out::{LeavingOut, LeftOut};
pub use products::Products;
pub use scales::{Scales, Setting, Spreads};
pub use statistics::Summing;
pub(crate) use update::ROOM;
pub use update::Running;

use crate::trainer::PORTION;

/// A sample that is learned from: its place among the [`Products`], and its class.
pub type Sample = (usize, usize);

/// Why there is no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Features are negative or no numbers, or lack a part.
    Features,
    /// A class has no sample to learn from.
    EmptyClass,
    /// Numbers are so far apart that f64 does not hold them.
    Singular,
}

/// Multiply-adds left of a portion of work.
struct Budget(usize);

impl Budget {
    fn portion() -> Self {
        Self(PORTION)
    }

    /// Takes so much; false where nothing was left before.
    fn take(&mut self, work: usize) -> bool {
        let any = self.0 > 0;
        self.0 = self.0.saturating_sub(work.max(1));
        any
    }
}

/// What an f64 costs that is multiplied and added, in multiply-adds of f32: half as many fit into a register.
const DOUBLE: usize = 2;
