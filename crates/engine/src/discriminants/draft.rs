//! The next head from the one before, where few samples came or went: in use at once. It depends, in its last digits and by what it
//! took over from the head before, on all that was trained before it; the head from zero, which depends on its samples
//! alone, takes its place.

use std::collections::HashMap;

use super::kept::{Before, Change};
use super::{Discriminants, Found, Next, Stage};
use crate::Engine;
use crate::heads::InUse;
use crate::training::Findings;
use learn::lda::{LeavingOut, LeftOut};

/// A draft on its way.
pub(super) struct Draft {
    before: Before,
    /// To be made, the next one last.
    changes: Vec<Change>,
    leaving: Option<Box<LeavingOut>>,
}

impl Discriminants {
    /// Of the head before; none where there is none, where it is not in use, or where a head from zero is there as soon.
    pub(super) fn draft(&self, engine: &mut Engine) -> Option<Draft> {
        let items = &self.lesson.train;
        let followed = engine.kept.follow(items, &self.lesson.ids);
        let in_use = |head: &InUse| head.ids == self.lesson.ids && head.backbone.is_none();
        let in_use = engine.head.as_ref().is_some_and(in_use);
        let Some((before, mut changes)) = followed.filter(|_| in_use) else {
            engine.kept.let_go();
            return None;
        };
        changes.reverse();
        let leaving = None;
        Some(Draft {
            before,
            changes,
            leaving,
        })
    }

    /// A portion of a draft's work. One that cannot be had is left out.
    pub(super) fn drafting(&mut self, draft: Draft, engine: &mut Engine) -> Next {
        match self.drafted(draft, engine) {
            Some(next) => next,
            None => {
                engine.kept.let_go();
                Next::Drafted(Vec::new())
            }
        }
    }

    fn drafted(&mut self, mut draft: Draft, engine: &mut Engine) -> Option<Next> {
        let products = &engine.kept.products;
        if let Some(change) = draft.changes.pop() {
            let changed = draft
                .before
                .change(products, change, &self.lesson.train, &self.samples);
            changed.ok()?;
            return Some(Next::Stage(Stage::Draft(Box::new(draft))));
        }
        let leaving = draft.leaving.take();
        let before = &draft.before;
        let fit = before.running.fit();
        let indices = self.lesson.train.iter().enumerate();
        let indices: HashMap<_, usize> = indices.map(|(i, item)| (item.sample, i)).collect();
        let indices = before.samples.iter().map(|id| indices.get(id).copied());
        let indices: Vec<usize> = indices.collect::<Option<_>>()?;
        let mut leaving = leaving.unwrap_or_else(|| {
            let together = self.left_out_together();
            let groups: Vec<usize> = indices.iter().map(|i| together[*i]).collect();
            Box::new(LeavingOut::new(fit, &groups))
        });
        let Some(left_out) = leaving.advance(fit).ok()? else {
            draft.leaving = Some(leaving);
            return Some(Next::Stage(Stage::Draft(Box::new(draft))));
        };
        let found = Found {
            head: before.running.head(products, before.factor).ok()?,
            left_out: in_order(&left_out, &indices),
            factor: before.factor,
            statistics: None,
            running: None,
        };
        self.choice = before.choice;
        let findings = Findings {
            choice: before.choice,
            unknown: before.unknown.clone(),
            ..self.measured(&found).into()
        };
        engine.kept.keep(draft.before);
        engine.kept.let_go();
        Some(Next::Drafted(engine.install_head(
            &self.lesson,
            found.head,
            findings,
        )))
    }
}

/// Rows that are given in another order, the `i`th one to stand at `indices[i]`.
fn in_order(left_out: &LeftOut, indices: &[usize]) -> LeftOut {
    let classes = left_out.classes;
    let mut logits = vec![0.0; left_out.logits.len()];
    for (row, to) in left_out.rows().zip(indices) {
        logits[to * classes..][..classes].copy_from_slice(row);
    }
    LeftOut { classes, logits }
}
