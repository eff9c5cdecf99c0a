//! A head that is trained on: what the project's samples say, put together with what it says of those that it was made of.

use super::{Discriminants, Found};
use crate::heads::{Known, Merged, together};
use crate::training::{Findings, Measured, test};
use crate::{Engine, Output, plain};
use data::problem::{KeptProblem, Problem};
use data::protocol::Event;
use data::unknown::Unknown;

/// Nothing came of it.
pub(super) fn apart() -> Vec<Output> {
    failed(KeptProblem::Apart)
}

fn failed(why: KeptProblem) -> Vec<Output> {
    vec![
        plain(Event::Problem(Problem::Kept(why))),
        plain(Event::TrainingEnded { stopped: true }),
    ]
}

impl Discriminants {
    /// The head of the project's samples is there.
    pub(super) fn went_on(
        &mut self,
        found: Found,
        unknown: Option<Unknown>,
        engine: &mut Engine,
    ) -> Vec<Output> {
        let Some(on) = self.lesson.on.take() else {
            return apart();
        };
        let new = Known {
            name: "",
            head: &found.head,
            classes: &self.lesson.classes,
            unknown: unknown.as_ref(),
            statistics: found.statistics.as_deref(),
        };
        let old = Known {
            name: "",
            head: &on.head,
            classes: &on.info.classes,
            unknown: on.info.unknown.as_deref(),
            statistics: on.statistics.as_deref(),
        };
        let Merged {
            head,
            classes,
            unknown,
            statistics,
        } = match together(engine.backbone.spec(), [new, old]) {
            Ok(merged) => merged,
            Err(why) => return failed(why),
        };
        // It has samples of those before it, too.
        for (own, all) in self.lesson.classes.iter_mut().zip(classes) {
            own.samples = all.samples;
        }
        let apart = self.lesson.apart.iter();
        let tested = apart.filter_map(|item| test(&head, item, &item.features()));
        let findings = Findings {
            unknown: unknown.map(|unknown| *unknown),
            statistics: Some(statistics),
            ..Measured::held_out(tested.collect()).into()
        };
        let mut outputs = engine.install_head(&self.lesson, head, findings);
        outputs.push(plain(Event::TrainingEnded { stopped: false }));
        outputs
    }
}
