//! The next head of many samples from the one before, as [`super::super::draft`] makes it of few.

use std::collections::HashMap;

use super::super::kept::{Change, changes};
use super::{Before, Many, Next, Stage};
use crate::Engine;
use crate::discriminants::findings::unseen;
use crate::heads::InUse;
use learn::lda::primal::LeavingOut;
use learn::lda::{LeftOut, Refused};

/// Of this many samples one may have changed: each change reads all samples.
const FEW: usize = 200;

/// A draft on its way.
pub(super) struct Draft {
    before: Before,
    /// To be made, the next one last.
    changes: Vec<Change>,
    leaving: Option<Box<LeavingOut>>,
    /// Of each sample of the fit, its index among those that are learned from.
    indices: Vec<usize>,
}

impl Many {
    /// Of the head before; none where there is none, where it is not in use, or where too much changed.
    pub(super) fn draft(&self, engine: &mut Engine) -> Option<Draft> {
        let before = engine.kept.many.take();
        // Products of few samples take the place that is needed now.
        engine.kept = Default::default();
        let before = before?;
        let in_use = |head: &InUse| head.ids == self.lesson.ids && head.backbone.is_none();
        let in_use = engine.head.as_ref().is_some_and(in_use);
        let same = before.backbone == engine.backbone.spec().id;
        let known = before.samples.iter().copied();
        let known = known.zip(before.fit.samples().iter().map(|sample| sample.class));
        let mut changes = changes(known, &self.lesson.train);
        let few = !changes.is_empty() && changes.len() * FEW <= self.lesson.train.len();
        if !(in_use && same && few && before.classes == self.lesson.ids) {
            return None;
        }
        changes.reverse();
        Some(Draft {
            before,
            changes,
            leaving: None,
            indices: Vec::new(),
        })
    }

    /// A portion of a draft's work. One that cannot be had is left out.
    pub(super) fn drafting(&mut self, draft: Draft, engine: &mut Engine) -> Result<Next, Refused> {
        match self.drafted(draft, engine) {
            Some(next) => Ok(next),
            None => Ok(Next::Stage(Stage::Multiply(self.chosen(&engine.backbone)?))),
        }
    }

    fn drafted(&mut self, mut draft: Draft, engine: &mut Engine) -> Option<Next> {
        if let Some(change) = draft.changes.pop() {
            draft.before.change(change, self).ok()?;
            return Some(Next::Stage(Stage::Draft(Box::new(draft))));
        }
        let Draft {
            mut before,
            leaving,
            mut indices,
            ..
        } = draft;
        let mut leaving = match leaving {
            Some(leaving) => leaving,
            None => {
                let items = self.lesson.train.iter().enumerate();
                let places: HashMap<_, usize> = items.map(|(i, item)| (item.sample, i)).collect();
                let found = before.samples.iter().map(|id| places.get(id).copied());
                indices = found.collect::<Option<_>>()?;
                let together = self.left_out_together();
                let groups: Vec<Option<usize>> = indices.iter().map(|i| together[*i]).collect();
                Box::new(LeavingOut::new(&before.fit, &groups))
            }
        };
        let Some(left_out) = leaving.advance(&mut before.fit).ok()? else {
            let draft = Draft {
                before,
                changes: Vec::new(),
                leaving: Some(leaving),
                indices,
            };
            return Some(Next::Stage(Stage::Draft(Box::new(draft))));
        };
        let classes = left_out.classes;
        let mut logits = vec![0.0; left_out.logits.len()];
        for (row, to) in left_out.rows().zip(&indices) {
            logits[to * classes..][..classes].copy_from_slice(row);
        }
        let left_out = LeftOut { classes, logits };
        let head = before.fit.head(before.factor).ok()?;
        self.choice = before.choice;
        let unseen = unseen(&left_out, before.factor, &self.folds);
        let findings = self.findings(&head, unseen, before.factor, before.unknown.clone());
        let outputs = engine.install_head(&self.lesson, head, findings);
        // Should training be stopped, the next draft follows this one.
        engine.kept.many = Some(before);
        let chosen = self.chosen(&engine.backbone).ok()?;
        Some(Next::InUse(outputs, Some(Stage::Multiply(chosen))))
    }
}

impl Before {
    fn change(&mut self, change: Change, many: &Many) -> Result<(), Refused> {
        match change {
            Change::Come(i) => {
                let item = &many.lesson.train[i];
                self.fit.put_in(item.observation())?;
                self.samples.push(item.sample);
            }
            Change::Gone(id, class) => {
                let samples = self.samples.iter().zip(self.fit.samples());
                let mut is_it = samples.map(|(of, sample)| *of == id && sample.class == class);
                let at = is_it.position(|is_it| is_it).ok_or(Refused::EmptyClass)?;
                self.fit.take_out(at)?;
                self.samples.swap_remove(at);
            }
        }
        Ok(())
    }
}
