//! Cross-validation of a head that gradients found: its like are trained without a fold of the samples each.

use std::rc::Rc;

use super::knowing::{Knowing, known, logits};
use super::training::{Item, Lesson};
use super::{Output, plain};
use data::classifier::Head;
use data::head::How;
use data::protocol::{Event, Job};
use data::settings::Measure;
use data::split::{self, Round};
use learn::trainer::{Preparation, Trainer};

/// Trainings on their way, one after the other.
pub(super) struct Validating {
    /// What is judged: it learned from all samples.
    head: Head,
    rounds: Vec<Round>,
    at: usize,
    stage: Stage,
    /// Of each sample its fold and what was said of it there, as far as it was its turn.
    said: Vec<Option<(usize, Vec<f32>)>>,
}

enum Stage {
    Begin,
    Prepare(Box<Preparation<Rc<[f32]>>>),
    Train(Box<Trainer>),
}

impl Validating {
    /// None where samples were kept apart, and where no class has samples of two moments.
    pub fn of(lesson: &Lesson, head: &Head) -> Option<Self> {
        let wanted = lesson.settings.measure == Measure::CrossValidation;
        let candidates: Vec<_> = lesson.train.iter().map(Item::candidate).collect();
        let folds = wanted.then(|| split::folds(&candidates, lesson.settings.seed))?;
        let rounds = split::rounds(&folds);
        (!rounds.is_empty()).then(|| Self {
            head: head.clone(),
            rounds,
            at: 0,
            stage: Stage::Begin,
            said: vec![None; lesson.train.len()],
        })
    }

    /// A portion of the work; true when all samples were judged, and then no more.
    pub async fn advance(&mut self, lesson: &Lesson) -> bool {
        let Some(round) = self.rounds.get(self.at) else {
            return true;
        };
        self.stage = match std::mem::replace(&mut self.stage, Stage::Begin) {
            Stage::Begin => {
                let learned = round.train.iter().map(|i| &lesson.train[*i]);
                let learned = learned.map(|item| (item.embedding.clone(), item.class));
                Stage::Prepare(Box::new(Preparation::new(
                    learned.collect(),
                    Vec::new(),
                    lesson.classes.len(),
                    &lesson.settings,
                )))
            }
            Stage::Prepare(mut preparation) => match preparation.advance() {
                None => Stage::Prepare(preparation),
                Some(trainer) => Stage::Train(Box::new(trainer)),
            },
            Stage::Train(mut trainer) => {
                let failed = trainer.advance().await.is_err();
                match failed || trainer.done() {
                    false => Stage::Train(trainer),
                    true => {
                        let head = trainer.into_best();
                        for i in &round.test {
                            let logits = head.as_ref().and_then(|h| logits(h, &lesson.train[*i]));
                            self.said[*i] = logits.map(|logits| (self.at, logits));
                        }
                        self.at += 1;
                        Stage::Begin
                    }
                }
            }
        };
        self.at == self.rounds.len()
    }

    /// To be told when a training begins.
    pub fn progress(&self) -> Option<Output> {
        let (job, done, total) = (Job::Train, self.at, self.rounds.len());
        matches!(self.stage, Stage::Begin).then(|| plain(Event::Progress { job, done, total }))
    }

    /// What follows from what was said.
    pub fn ended(self, lesson: &Lesson) -> Knowing {
        let known = known(&lesson.train, &self.said, |_| true);
        let pairs = lesson.train.iter().zip(self.said);
        let said = pairs.filter_map(|(item, said)| Some((item.clone(), said?.1)));
        Knowing::of(self.head, How::CrossValidated, said.collect(), known)
    }
}
