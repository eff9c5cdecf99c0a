//! The next head from the one before. Where a photo came or went, the minimum is a few passes away instead of twenty to
//! thirty. What is found depends, in its last digits, on all heads before it: something to work with until training
//! from zero has the head that depends on the photos alone.

use super::lbfgs::Lbfgs;
use super::{Solver, Trainer};
use crate::data::classifier::Head;

/// After so many the minimum is not near, and training from zero is as fast.
const PASSES: usize = 15;

pub struct Draft {
    lbfgs: Lbfgs,
    passes: usize,
}

/// What a pass came to.
pub enum Drafted {
    Going,
    /// The minimum is reached, nearly as well as from zero.
    Head(Head),
    /// It is not near, or something is not a number.
    Dropped,
}

impl Trainer {
    /// From the head before this training: `outputs` are the outputs of it that the classes had. None where one of the two
    /// heads is not linear.
    pub fn draft(&self, before: &Head, outputs: &[usize]) -> Option<Draft> {
        let Solver::Lbfgs(from_zero, train, _) = &self.solver else {
            return None;
        };
        if before.hidden.is_some() || before.mean.len() != self.mean.len() {
            return None;
        }
        let (weight, bias) = self.by_this_centring(before, outputs);
        Some(Draft {
            lbfgs: from_zero.draft(train, &weight, &bias),
            passes: 0,
        })
    }

    /// The same logits by this training's mean and scale: weights `[classes, width]` and biases.
    fn by_this_centring(&self, before: &Head, outputs: &[usize]) -> (Vec<f32>, Vec<f32>) {
        let weights = |output: usize| {
            let rows = before.out.weight.chunks(before.classes());
            rows.map(move |row| row[output])
        };
        let stretch = self.scale / before.scale;
        let weight = outputs
            .iter()
            .flat_map(|o| weights(*o).map(|w| w * stretch))
            .collect();
        let moved = |output: usize| -> f32 {
            let means = self.mean.iter().zip(&before.mean);
            let sum: f32 = weights(output)
                .zip(means)
                .map(|(w, (now, then))| w * (now - then))
                .sum();
            sum / before.scale
        };
        let bias = outputs
            .iter()
            .map(|o| before.out.bias[*o] + moved(*o))
            .collect();
        (weight, bias)
    }

    /// A pass of a draft of this training's.
    pub fn pass(&self, draft: &mut Draft) -> Drafted {
        let Solver::Lbfgs(_, train, _) = &self.solver else {
            return Drafted::Dropped;
        };
        draft.lbfgs.step(train);
        draft.passes += 1;
        if !draft.lbfgs.is_finite() {
            // Training from zero says so; the head in use stays.
            Drafted::Dropped
        } else if draft.lbfgs.settled() {
            Drafted::Head(self.head_of(None, draft.lbfgs.dense()))
        } else if draft.passes == PASSES {
            Drafted::Dropped
        } else {
            Drafted::Going
        }
    }
}
