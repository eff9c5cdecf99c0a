//! A training run, in portions.

use std::rc::Rc;

use super::knowing::{Knowing, known, logits, results};
use super::task::{Kind, Step, Stepping, Task};
use super::training::{Item, Lesson, Measured};
use super::validating::Validating;
use super::{Engine, Output, plain};
use data::classifier::Head;
use data::head::How;
use data::problem::Problem;
use data::protocol::{Event, Job};
use data::transfer::Method;
use learn::trainer::{Draft, Drafted, PORTION, Preparation, Trainer};

/// Milliseconds that training computes before the page is told and messages are read, and at most a portion more: a pass
/// is short, and telling takes time as well.
pub(super) const STEP: f64 = 10.0;

/// Weights of a head that takes a step of its own to be put into use.
const LARGE: usize = 100_000;

/// A training run.
pub(super) struct Run {
    lesson: Lesson,
    stage: Stage,
    draft: Drafting,
}

impl Run {
    pub fn of(lesson: Lesson) -> Self {
        let preparation = Preparation::new(
            Lesson::labelled(&lesson.train),
            Lesson::labelled(&lesson.apart),
            lesson.classes.len(),
            &lesson.settings,
        );
        Self {
            lesson,
            stage: Stage::Prepare(Box::new(preparation)),
            draft: Drafting::Waiting,
        }
    }

    /// What is next is to put a large head into use.
    fn keeps(&self) -> bool {
        match &self.stage {
            Stage::Keep(judging, _) => judging.head.out.weight.len() > LARGE,
            _ => false,
        }
    }
}

enum Stage {
    Prepare(Box<Preparation<Rc<[f32]>>>),
    Train(Box<Trainer>),
    /// A head is there and is tried on the samples kept apart.
    Judge(Judging, After),
    /// It is put into use, in a step of its own: of a thousand classes it is a file of 8 MB.
    Keep(Judging, After),
    /// It is in use, and its like are trained without some samples each, to be judged by these.
    Validate(Box<Validating>),
    /// What else is to be known of it.
    Know(Box<Knowing>),
}

/// A head, and what it says of the samples kept apart, as far as it was asked.
struct Judging {
    head: Head,
    said: Vec<(Item, Vec<f32>)>,
}

/// What follows when a head is judged and in use.
enum After {
    /// It was a draft: training from zero.
    Train(Box<Trainer>),
    End {
        stopped: bool,
    },
}

/// The head that the one before leads to, shown before the head from zero is there.
enum Drafting {
    /// Training has to be made ready first.
    Waiting,
    Going(Box<Draft>),
    /// It is in use.
    Done,
    None,
}

impl Judging {
    fn of(head: Head) -> Self {
        let said = Vec::new();
        Self { head, said }
    }

    /// Some more of the samples kept apart; true when all were tried.
    fn advance(&mut self, lesson: &Lesson) -> bool {
        // Each weight is read, and each sum read and written.
        let head = 2 * self.head.mean.len() * self.head.classes();
        let apart = &lesson.apart[self.said.len()..];
        let some = apart.iter().take((PORTION / head).max(1));
        // Heads of gradients see the embedding, which is known of all of them.
        let said = some.filter_map(|item| Some((item.clone(), logits(&self.head, item)?)));
        let before = self.said.len();
        self.said.extend(said);
        self.said.len() == lesson.apart.len() || self.said.len() == before
    }

    /// What else is to be known by the samples kept apart; none where there are none.
    fn knowing(self, lesson: &Lesson) -> Option<Stage> {
        if self.said.is_empty() {
            return None;
        }
        let items: Vec<Item> = self.said.iter().map(|(item, _)| item.clone()).collect();
        let said: Vec<_> = self
            .said
            .iter()
            .map(|(_, l)| Some((0, l.clone())))
            .collect();
        let mut all = known(&items, &said, |_| false);
        all.extend(known(
            &lesson.train,
            &vec![None; lesson.train.len()],
            |_| true,
        ));
        let knowing = Knowing::of(self.head, How::HeldOut, self.said, all);
        Some(Stage::Know(Box::new(knowing)))
    }
}

/// A portion on the way to a draft.
fn draft_portion(trainer: Box<Trainer>, drafting: &mut Drafting) -> Stage {
    let Drafting::Going(draft) = drafting else {
        return Stage::Train(trainer);
    };
    match trainer.advance_draft(draft) {
        None | Some(Drafted::Going) => Stage::Train(trainer),
        Some(Drafted::Dropped) => {
            *drafting = Drafting::None;
            Stage::Train(trainer)
        }
        Some(Drafted::Head(head)) => {
            *drafting = Drafting::Done;
            Stage::Judge(Judging::of(head), After::Train(trainer))
        }
    }
}

/// The best head is judged; none where there is nothing to judge.
fn end(
    trainer: Trainer,
    draft: &Drafting,
    stopped: bool,
    outputs: &mut Vec<Output>,
) -> Option<Stage> {
    // A draft is better than what is half-way there.
    let keep = stopped && matches!(draft, Drafting::Done);
    let head = trainer.into_best().filter(|_| !keep);
    let judge = |head| Stage::Judge(Judging::of(head), After::End { stopped });
    let stage = head.map(judge);
    if stage.is_none() {
        outputs.push(plain(Event::TrainingEnded { stopped }));
    }
    stage
}

impl Task for Run {
    fn kind(&self) -> Kind {
        Kind::Training
    }

    fn step(self: Box<Self>, engine: &mut Engine) -> Stepping<'_> {
        Box::pin(self.portions(engine))
    }

    fn stop(self: Box<Self>, _: &mut Engine, _: Option<Method>) -> Step {
        let Self {
            lesson,
            stage,
            draft,
        } = *self;
        let mut outputs = Vec::new();
        let stage = match stage {
            Stage::Prepare(_) => {
                outputs.push(plain(Event::TrainingEnded { stopped: true }));
                None
            }
            Stage::Train(trainer) => end(*trainer, &draft, true, &mut outputs),
            Stage::Judge(judging, After::Train(_)) => {
                Some(Stage::Judge(judging, After::End { stopped: true }))
            }
            Stage::Keep(judged, After::Train(_)) => {
                Some(Stage::Keep(judged, After::End { stopped: true }))
            }
            last @ (Stage::Judge(..) | Stage::Keep(..)) => Some(last),
            // The head stays, and how good it is remains unknown.
            Stage::Validate(_) | Stage::Know(_) => {
                outputs.push(plain(Event::TrainingEnded { stopped: true }));
                None
            }
        };
        let run = stage.map(|stage| Self {
            lesson,
            stage,
            draft,
        });
        Step::of(run, outputs)
    }

    fn outdate(&mut self) {
        self.lesson.stale = true;
    }
}

impl Run {
    /// Portions of work until a step is long enough.
    async fn portions(self, engine: &mut Engine) -> Step {
        let begun = (engine.clock)();
        let mut outputs = Vec::new();
        let mut run = Some(self);
        while let Some(under_way) = run.take() {
            run = under_way.portion(engine, &mut outputs).await;
            // A head is put into use and told of at once, and with nothing else.
            let head = |(event, _): &Output| matches!(event, Event::Head(_));
            let keeps = run.as_ref().is_some_and(Run::keeps);
            if keeps || outputs.iter().any(head) || (engine.clock)() - begun >= STEP {
                break;
            }
        }
        let mut epochs = outputs.iter().enumerate().rev();
        let last = epochs.find_map(|(i, (event, _))| match event {
            Event::Epoch(report) => Some((i, *report)),
            _ => None,
        });
        if let Some((i, report)) = last {
            let progress = Event::Progress {
                job: Job::Train,
                done: report.epoch,
                total: report.epochs,
            };
            outputs.insert(i + 1, plain(progress));
        }
        Step::of(run, outputs)
    }

    /// None when training is over.
    async fn portion(self, engine: &mut Engine, outputs: &mut Vec<Output>) -> Option<Self> {
        let Self {
            lesson,
            stage,
            mut draft,
        } = self;
        let stage = match stage {
            Stage::Prepare(mut preparation) => match preparation.advance() {
                None => Stage::Prepare(preparation),
                Some(trainer) => {
                    let begun = engine.draft(&trainer, &lesson).map(Box::new);
                    draft = begun.map_or(Drafting::None, Drafting::Going);
                    Stage::Train(Box::new(trainer))
                }
            },
            Stage::Train(trainer) if matches!(draft, Drafting::Going(_)) => {
                draft_portion(trainer, &mut draft)
            }
            Stage::Train(mut trainer) => match trainer.advance().await {
                Ok(None) => Stage::Train(trainer),
                Ok(Some(report)) => {
                    outputs.push(plain(Event::Epoch(report)));
                    match trainer.done() {
                        true => end(*trainer, &draft, false, outputs)?,
                        false => Stage::Train(trainer),
                    }
                }
                Err(_) => {
                    // The best head from before it went wrong is kept.
                    outputs.push(plain(Event::Problem(Problem::TrainingDiverged)));
                    end(*trainer, &draft, true, outputs)?
                }
            },
            Stage::Judge(mut judging, after) => match judging.advance(&lesson) {
                true => Stage::Keep(judging, after),
                false => Stage::Judge(judging, after),
            },
            Stage::Keep(judging, after) => {
                let head = judging.head.clone();
                let measured = Measured::held_out(results(&judging.said));
                let next = match after {
                    After::End { stopped: false } => Validating::of(&lesson, &head)
                        .map(|validating| Stage::Validate(Box::new(validating)))
                        .or_else(|| judging.knowing(&lesson)),
                    _ => None,
                };
                outputs.extend(engine.install_head(&lesson, head, measured.into()));
                match (after, next) {
                    (After::Train(trainer), _) => Stage::Train(trainer),
                    (After::End { .. }, Some(next)) => next,
                    (After::End { stopped }, None) => {
                        outputs.push(plain(Event::TrainingEnded { stopped }));
                        return None;
                    }
                }
            }
            Stage::Validate(mut validating) => match validating.advance(&lesson).await {
                false => {
                    outputs.extend(validating.progress());
                    Stage::Validate(validating)
                }
                true => Stage::Know(Box::new(validating.ended(&lesson))),
            },
            Stage::Know(mut knowing) => match knowing.advance() {
                false => Stage::Know(knowing),
                true => {
                    let (head, findings) = knowing.ended();
                    outputs.extend(engine.install_head(&lesson, head, findings));
                    outputs.push(plain(Event::TrainingEnded { stopped: false }));
                    return None;
                }
            },
        };
        Some(Self {
            lesson,
            stage,
            draft,
        })
    }
}
