//! The next head from the one before. Where a sample came or went, the minimum is a few passes away instead of twenty to
//! thirty. What is found depends, in its last digits, on all heads before it: something to work with until training
//! from zero has the head that depends on the samples alone.

use super::lbfgs::Lbfgs;
use super::{Solver, Trainer};
use data::classifier::Head;

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
        let Solver::Linear(linear) = &self.solver else {
            return None;
        };
        if before.hidden.is_some() || before.mean.len() != self.mean.len() {
            return None;
        }
        let (weight, bias) = self.by_this_scale(before, outputs);
        Some(Draft {
            lbfgs: linear.lbfgs.draft(&weight, &bias),
            passes: 0,
        })
    }

    /// Weights `[classes, width]` and biases that give the logits of the head before with this training's mean and scale.
    fn by_this_scale(&self, before: &Head, outputs: &[usize]) -> (Vec<f32>, Vec<f32>) {
        let (classes, width) = (outputs.len(), self.mean.len());
        let stretch = self.scale / before.scale;
        let mut weight = vec![0.0; classes * width];
        let mut moved = vec![0f32; classes];
        // Row by row, as the head keeps its weights: a column at a time would miss the cache.
        let rows = before.out.weight.chunks(before.classes());
        let means = self.mean.iter().zip(&before.mean);
        for (feature, (row, (now, then))) in rows.zip(means).enumerate() {
            for (class, output) in outputs.iter().enumerate() {
                weight[class * width + feature] = row[*output] * stretch;
                moved[class] += row[*output] * (now - then);
            }
        }
        let pairs = outputs.iter().zip(&moved);
        let bias = pairs
            .map(|(output, moved)| before.out.bias[*output] + moved / before.scale)
            .collect();
        (weight, bias)
    }

    /// A pass of a draft of this training's.
    pub fn pass(&self, draft: &mut Draft) -> Drafted {
        loop {
            if let Some(drafted) = self.advance_draft(draft) {
                return drafted;
            }
        }
    }

    /// A portion of such a pass; what the pass came to, when it is over.
    pub fn advance_draft(&self, draft: &mut Draft) -> Option<Drafted> {
        let Solver::Linear(linear) = &self.solver else {
            return Some(Drafted::Dropped);
        };
        if !draft.lbfgs.advance(&linear.train) {
            return None;
        }
        draft.passes += 1;
        Some(if !draft.lbfgs.is_finite() {
            // Training from zero says so; the head in use stays.
            Drafted::Dropped
        } else if draft.lbfgs.converged() {
            Drafted::Head(self.head_of(None, draft.lbfgs.dense()))
        } else if draft.passes == PASSES {
            Drafted::Dropped
        } else {
            Drafted::Going
        })
    }
}
