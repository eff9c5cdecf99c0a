//! The same heads from many samples: discriminants by their definition, over features instead of over samples.
//!
//! With the scatter `S` of the samples about the means of their classes, `M = S + γ I`, `[width, width]`, and the means `U`,
//! `[classes, width]`, it takes `M⁻¹`, `W = U M⁻¹` and `R = W Uᵀ`: the logit of a class is `n ((W x)_c - ½ R_cc)`. Time goes with the
//! samples' number and the width squared, where [`super::Fitting`]'s goes with the samples' number cubed.
//!
//! What is left out: let `g` be samples of one class `y`, `x_i` one of them and `T_ic = (W x_i)_c`, `Q_ij = x_i M⁻¹ x_jᵀ`. Then
//! `E_ij = δ_ij - 1/n_y - (Q_ij - T_iy - T_jy + R_yy)` and `F_ic = δ_yc / n_y + R_yc - T_ic` are what [`super::left_out`] calls `γ E`
//! and `F_g`, `1/n_c + R_cc` what it calls `P⁻¹ / γ`, and the rest is said there.
//!
//! A sample more or less changes `M` by one rank, as its class' mean moves: `M + a v vᵀ` of its distance `v` from that mean. So
//! `M⁻¹`, `W`, `R`, `T` and the diagonal of `Q` follow by Sherman and Morrison's formula (1950), in `width (2 width + n)`
//! multiply-adds.

mod fit;
mod inputs;
mod left_out;
mod scatter;
mod update;

use std::rc::Rc;

use data::classifier::Part;

pub use fit::{Fit, Fitting};
pub use left_out::LeavingOut;

/// A sample that is learned from, by what the network says of it.
#[derive(Debug, Clone)]
pub struct Observation {
    pub embedding: Rc<[f32]>,
    /// Empty where no part of them counts.
    pub layers: Rc<[f32]>,
    pub class: usize,
}

impl Observation {
    /// None where it is not known.
    fn part(&self, part: Part) -> Option<&[f32]> {
        match part {
            Part::Embedding => Some(&self.embedding),
            Part::Layers { from, to } => self.layers.get(from..to),
        }
    }
}

/// Multiply-adds of a fit and of leaving out each sample, as f32.
pub fn work(samples: usize, width: usize, classes: usize) -> u64 {
    let (n, d, classes) = (samples as u64, width as u64, classes as u64);
    // Half of the scatter, all of Q, and an inverse in f64, which takes half of a cube.
    n * d * d * 3 / 2 + d * d * (d + 2 * classes) + n * d * classes
}
