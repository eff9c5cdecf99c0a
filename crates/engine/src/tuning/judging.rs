//! What a tuned network says of samples that it did not learn from, and of enough of the others to tell what is unknown to it.

use super::{Plan, Stage};
use crate::Engine;
use crate::host_request::Input;
use crate::knowing::{Knowing, some_of_each};
use crate::training::{Item, Lesson};
use data::classifier::Head;
use data::head::How;
use data::tuned_layers::TunedLayers;
use learn::tuner::service::TunerHandle;
use learn::unknown::Known;
use network::ComputeError;
use network::backbone::Backbone;

/// Samples of the training that the tuned network sees once more, so that it knows what is unknown to it; a few more where they are
/// shared out by classes. A CPU takes a twentieth of a second for each.
const SEEN_ANEW: usize = 300;

/// Which samples the tuned network is asked about.
#[derive(Clone, Copy)]
pub(super) enum Asked {
    /// By its place among those kept apart.
    Apart(usize),
    /// Among those to train with: one that decided when tuning ended, or that it learned from.
    Train(usize),
}

pub(super) struct Judging {
    pub(super) head: Head,
    pub(super) tuned_layers: TunedLayers,
    pub(super) backbone: Backbone,
    /// Those kept apart first.
    pub(super) asked: Vec<Asked>,
    /// How many have come.
    pub(super) at: usize,
    /// Those that were not looked at yet, with their inputs.
    pub(super) waiting: Vec<(Asked, Input)>,
    /// What is said of those kept apart.
    pub(super) said: Vec<(Item, Vec<f32>)>,
    /// All of them as the tuned network sees them.
    pub(super) known: Vec<Known>,
}

impl Engine {
    /// None where nothing good came out.
    pub(super) async fn judging(&self, tuner: TunerHandle, plan: &Plan) -> Option<Stage> {
        let tuned = tuner.into_best().await.ok().flatten()?;
        // Its layers are our own, so they fit.
        let backbone = self.backbone.tuned(&tuned.tuned_layers).ok()?;
        Some(Stage::Judge(Box::new(Judging {
            head: tuned.head,
            tuned_layers: tuned.tuned_layers,
            backbone,
            asked: plan.asked(),
            at: 0,
            waiting: Vec::new(),
            said: Vec::new(),
            known: Vec::new(),
        })))
    }
}

impl Judging {
    /// All have been asked about.
    pub(super) fn knowing(self) -> Stage {
        let knowing = Knowing::of(self.head, How::HeldOut, self.said, self.known);
        Stage::Know(
            Box::new(knowing),
            self.tuned_layers,
            Box::new(self.backbone),
        )
    }
}

impl Plan {
    /// All that are kept apart, and of the others as many as prototypes ask for: the tuned network has to see each anew.
    pub(super) fn asked(&self) -> Vec<Asked> {
        let Lesson { train, apart, .. } = &self.lesson;
        let mut asked: Vec<Asked> = (0..apart.len()).map(Asked::Apart).collect();
        for deciding in [true, false] {
            let these = (0..train.len()).filter(|i| self.decides[*i] == deciding);
            let these: Vec<usize> = these.collect();
            let classes = these.iter().map(|i| train[*i].class);
            let some = some_of_each(classes, these.len(), SEEN_ANEW);
            asked.extend(some.into_iter().map(|at| Asked::Train(these[at])));
        }
        asked
    }

    /// Those that have come.
    pub(super) async fn judge(&self, judging: &mut Judging) -> Result<(), ComputeError> {
        let waiting = std::mem::take(&mut judging.waiting);
        if waiting.is_empty() {
            return Ok(());
        }
        let inputs: Vec<&[u8]> = waiting.iter().map(|(_, input)| &input[..]).collect();
        let features = judging.backbone.embed(&inputs).await?;
        for ((asked, _), found) in waiting.iter().zip(features) {
            let (item, learned) = match asked {
                Asked::Apart(i) => (&self.lesson.apart[*i], false),
                Asked::Train(i) => (&self.lesson.train[*i], !self.decides[*i]),
            };
            let logits = judging.head.logits(&found);
            let logits = logits.filter(|logits| logits.iter().all(|v| v.is_finite()));
            if let (Asked::Apart(_), Some(logits)) = (asked, &logits) {
                judging.said.push((item.clone(), logits.clone()));
            }
            let left_out = logits.filter(|_| !learned);
            judging.known.push(Known {
                features: found.embedding,
                class: item.class,
                fold: left_out.as_ref().map(|_| 0),
                logits: left_out.unwrap_or_default(),
                learned,
            });
        }
        Ok(())
    }
}
