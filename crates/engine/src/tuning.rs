//! Tuning the backbone together with a head: a head first, on embeddings (in closed form, where that is how heads are made), then
//! both. Samples come one by one and are sent through the frozen part at once, so that no more than one of them is in memory.

mod judging;

use std::collections::HashMap;
use std::rc::Rc;

use super::discriminants;
use super::host_request::input;
use super::knowing::Knowing;
use super::run::STEP;
use super::task::{Kind, Step, Stepping, Task};
use super::training::{Findings, Item, Lesson};
use super::{Engine, Handled, Output, Reply, SampleFile, plain};
use data::classifier::Head;
use data::problem::{Problem, StorageProblem, TrainingProblem};
use data::protocol::{Event, Job};
use data::settings::{Measure, Optimiser, TrainSettings};
use data::split;
use data::transfer::{Method, TuneSettings};
use data::tuned_layers::TunedLayers;
use judging::{Asked, Judging};
use learn::lda::{Alone, Refused};
use learn::memory;
use learn::trainer::{Preparation, Trainer};
use learn::tuner::service::{Link, Run, TunerHandle};
use learn::tuner::{Keeping, Picture, TuneStep};
use network::backbone::Backbone;

/// Samples that are judged in one step.
const JUDGED_A_STEP: usize = 4;

pub(super) struct Tuning {
    plan: Plan,
    stage: Stage,
}

/// What stays the same from the first sample to the last.
struct Plan {
    lesson: Lesson,
    settings: TuneSettings,
    /// True for each training sample that decides when tuning ends; the others are learned from.
    decides: Vec<bool>,
    keeping: Keeping,
    /// Side of the network's input, pixels.
    size: usize,
    /// Who tunes, if not this worker.
    link: Option<Rc<dyn Link>>,
    stopped: bool,
}

enum Stage {
    /// A head on the embeddings of what is learned from, in closed form.
    Closed(Box<Alone>),
    /// The same by gradients.
    Prepare(Box<Preparation<Rc<[f32]>>>),
    Head(Box<Trainer>),
    /// The head with the network. So many of the training samples have come.
    Tune(Box<TunerHandle>, usize),
    /// Samples of both kinds, by the best that came out.
    Judge(Box<Judging>),
    /// What else is to be known of it, and the network.
    Know(Box<Knowing>, TunedLayers, Box<Backbone>),
}

impl Task for Tuning {
    fn kind(&self) -> Kind {
        Kind::Training
    }

    fn need(&self) -> Option<&str> {
        let Lesson { train, apart, .. } = &self.plan.lesson;
        let item = match &self.stage {
            Stage::Tune(tuner, came) if tuner.wants_sample() && !self.plan.stopped => {
                train.get(*came)
            }
            Stage::Judge(judging) if judging.waiting.len() < JUDGED_A_STEP => {
                judging.asked.get(judging.at).map(|asked| match asked {
                    Asked::Apart(i) => &apart[*i],
                    Asked::Train(i) => &train[*i],
                })
            }
            _ => None,
        };
        item.map(|item| item.hash.0.as_str())
    }

    fn take(&mut self, file: Option<SampleFile>) -> Vec<Output> {
        let input = input(file, self.plan.size);
        let mut outputs = Vec::new();
        // Of those that it was to learn from, it was said when they were asked for first.
        let again = |judging: &Judging| matches!(judging.asked[judging.at], Asked::Train(_));
        if input.is_none() && !matches!(&self.stage, Stage::Judge(judging) if again(judging)) {
            outputs.push(lost_sample());
        }
        match &mut self.stage {
            Stage::Tune(tuner, came) => {
                let (i, total) = (*came, self.plan.lesson.train.len());
                *came += 1;
                if let Some(rgb) = input {
                    let class = self.plan.lesson.train[i].class;
                    tuner.add(Picture { rgb, class }, self.plan.decides[i]);
                }
                if *came == total {
                    tuner.complete();
                }
                let (job, done) = (Job::Prepare, *came);
                outputs.insert(0, plain(Event::Progress { job, done, total }));
            }
            Stage::Judge(judging) => {
                let (asked, total) = (judging.asked[judging.at], judging.asked.len());
                judging.at += 1;
                judging.waiting.extend(input.map(|input| (asked, input)));
                let (job, done) = (Job::Prepare, judging.at);
                outputs.insert(0, plain(Event::Progress { job, done, total }));
            }
            Stage::Closed(_) | Stage::Prepare(_) | Stage::Head(_) | Stage::Know(..) => {}
        }
        outputs
    }

    fn step(self: Box<Self>, engine: &mut Engine) -> Stepping<'_> {
        Box::pin(self.advance(engine))
    }

    /// Goes over to judging what there is, or ends where there is nothing.
    fn stop(mut self: Box<Self>, _: &mut Engine, _: Option<Method>) -> Step {
        self.plan.stopped = true;
        match self.stage {
            Stage::Closed(_) | Stage::Prepare(_) | Stage::Head(_) => {
                Step::last(vec![plain(Event::TrainingEnded { stopped: true })])
            }
            Stage::Tune(..) | Stage::Judge(_) | Stage::Know(..) => {
                Step::of(Some(*self), Vec::new())
            }
        }
    }

    fn outdate(&mut self) {
        self.plan.lesson.stale = true;
    }
}

/// A stored sample is not there any more, or cannot be read.
pub(super) fn lost_sample() -> Output {
    let what = StorageProblem::FilesGone { samples: 1 };
    plain(Event::Problem(Problem::Storage(what)))
}

/// How the head is trained that tuning begins with.
pub(super) fn for_tuning(settings: &TrainSettings) -> TrainSettings {
    let mut settings = settings.clamped();
    // One layer behind the embedding: what is tuned below it is the hidden part.
    settings.hidden = 0;
    // Tuning once for each fold would take minutes.
    settings.measure = Measure::HeldOut;
    settings
}

impl Plan {
    fn learned(&self) -> impl Iterator<Item = &Item> {
        let samples = self.lesson.train.iter().zip(&self.decides);
        samples
            .filter(|(_, decides)| !**decides)
            .map(|(item, _)| item)
    }

    /// How the head is made: in closed form, unless gradients were asked for or there are too many samples.
    fn head(&self) -> Stage {
        let closed = self.lesson.settings.optimiser_used() == Optimiser::Lda;
        let few = self.learned().count() <= discriminants::MOST;
        let closed = (closed && few).then(|| self.closed()).and_then(Result::ok);
        closed.map_or_else(|| self.by_gradients(), |head| Stage::Closed(Box::new(head)))
    }

    fn closed(&self) -> Result<Alone, Refused> {
        let samples = self
            .learned()
            .map(|item| (item.embedding.clone(), item.class));
        let mut numbers = HashMap::new();
        let groups = self.learned().map(|item| {
            let next = numbers.len();
            *numbers.entry((item.class, item.group)).or_insert(next)
        });
        let samples: Vec<_> = samples.collect();
        Alone::new(&samples, groups.collect(), self.lesson.classes.len())
    }

    fn by_gradients(&self) -> Stage {
        Stage::Prepare(Box::new(self.preparation()))
    }

    fn preparation(&self) -> Preparation<Rc<[f32]>> {
        let train = self
            .learned()
            .map(|item| (item.embedding.clone(), item.class));
        let classes = self.lesson.classes.len();
        Preparation::new(train.collect(), Vec::new(), classes, &self.lesson.settings)
    }

    fn tuner(&self, head: Option<Head>, backbone: &Backbone) -> TunerHandle {
        let run = Run {
            layers: backbone.layers(),
            random: None,
            size: self.size,
            classes: self.lesson.classes.len(),
            head,
            settings: &self.settings,
            keeping: self.keeping,
        };
        TunerHandle::new(run, self.link.as_ref())
    }
}

impl Engine {
    pub(super) async fn start_tuning(
        &mut self,
        id: u64,
        settings: &TrainSettings,
        tune: &TuneSettings,
    ) -> Handled {
        self.unoccupied()?;
        self.few_enough_classes()?;
        let settings = for_tuning(settings);
        let lesson = self.lesson(&settings)?;
        let settings = tune.clamped();
        let candidates: Vec<_> = lesson.train.iter().map(Item::candidate).collect();
        let decides = split::deciding(&candidates, settings.seed);
        let deciding = decides.iter().filter(|decides| **decides).count();
        let size = self.backbone.spec().input_size;
        let tuning = memory::Tuning {
            layers: self.backbone.layers(),
            size,
            train: lesson.train.len() - deciding,
            deciding,
            classes: lesson.classes.len(),
            settings: &settings,
        };
        let Some(keeping) = tuning.fits() else {
            let samples = lesson.train.len();
            let why = TrainingProblem::TuningTooLarge { samples };
            return Err(Problem::Training(why));
        };
        let link = self.tuning_link().await;
        let plan = Plan {
            lesson,
            settings,
            decides,
            keeping,
            size,
            link,
            stopped: false,
        };
        let stage = plan.head();
        self.begin(id, Tuning { plan, stage });
        self.note_earlier();
        let mut outputs = vec![plain(Event::TrainingStarted)];
        outputs.extend(self.forget_before());
        Ok(Reply::UnderWay(outputs))
    }
}

impl Tuning {
    async fn advance(self, engine: &mut Engine) -> Step {
        let Self { mut plan, stage } = self;
        let mut outputs = Vec::new();
        let next = match stage {
            Stage::Closed(mut alone) => Some(match engine.advance(&mut alone) {
                Ok(None) => Stage::Closed(alone),
                Ok(head) => Stage::Tune(Box::new(plan.tuner(head, &engine.backbone)), 0),
                // Gradients find a head where there is no closed form.
                Err(_) => plan.by_gradients(),
            }),
            Stage::Prepare(mut preparation) => Some(match preparation.advance() {
                None => Stage::Prepare(preparation),
                Some(trainer) => Stage::Head(Box::new(trainer)),
            }),
            Stage::Head(mut trainer) => Some(match engine.train_a_step(&mut trainer).await {
                false => Stage::Head(trainer),
                true => {
                    let tuner = plan.tuner(trainer.into_best(), &engine.backbone);
                    Stage::Tune(Box::new(tuner), 0)
                }
            }),
            // All samples are lost.
            Stage::Tune(tuner, _) if plan.stopped => engine.judging(*tuner, &plan).await,
            Stage::Tune(tuner, came) if tuner.is_empty() && came == plan.lesson.train.len() => None,
            Stage::Tune(mut tuner, came) => match tuner.step().await {
                Ok(step) => {
                    outputs.extend(told(step));
                    match tuner.done() {
                        true => engine.judging(*tuner, &plan).await,
                        false => Some(Stage::Tune(tuner, came)),
                    }
                }
                Err(e) if plan.link.is_some() => return Step::last(engine.device_lost(&e)),
                Err(_) => {
                    outputs.push(plain(Event::Problem(Problem::TrainingDiverged)));
                    plan.stopped = true;
                    engine.judging(*tuner, &plan).await
                }
            },
            Stage::Judge(mut judging) => {
                if let Err(e) = plan.judge(&mut judging).await {
                    if engine.runs_on_gpu() {
                        return Step::last(engine.device_lost(&e));
                    }
                    outputs.push(plain(Event::Problem(Problem::computation(&e))));
                }
                Some(match judging.at < judging.asked.len() {
                    true => Stage::Judge(judging),
                    false => judging.knowing(),
                })
            }
            Stage::Know(mut knowing, layers, backbone) => match knowing.advance() {
                false => Some(Stage::Know(knowing, layers, backbone)),
                true => return Step::last(engine.end_tuning(plan, *knowing, layers, *backbone)),
            },
        };
        if next.is_none() {
            outputs.push(plain(Event::TrainingEnded { stopped: true }));
        }
        Step::of(next.map(|stage| Self { plan, stage }), outputs)
    }
}

impl Engine {
    /// Portions until a step is long enough.
    fn advance(&self, alone: &mut Alone) -> Result<Option<Head>, Refused> {
        let begun = (self.clock)();
        loop {
            let head = alone.advance()?;
            if head.is_some() || (self.clock)() - begun >= STEP {
                return Ok(head);
            }
        }
    }

    /// True when there is nothing left to do. Where it runs off, the best from before is as good a start.
    async fn train_a_step(&self, trainer: &mut Trainer) -> bool {
        let begun = (self.clock)();
        while trainer.advance().await.is_ok() && !trainer.done() {
            if (self.clock)() - begun >= STEP {
                return false;
            }
        }
        true
    }

    fn end_tuning(
        &mut self,
        plan: Plan,
        knowing: Knowing,
        layers: TunedLayers,
        backbone: Backbone,
    ) -> Vec<Output> {
        let stopped = plan.stopped;
        let (head, findings) = knowing.ended();
        let findings = Findings {
            tuned: Some((plan.settings, layers, backbone)),
            ..findings
        };
        let mut outputs = self.install_head(&plan.lesson, head, findings);
        outputs.push(plain(Event::TrainingEnded { stopped }));
        outputs
    }
}

fn told(step: TuneStep) -> Option<Output> {
    match step {
        TuneStep::Batch { done, total } => {
            let job = Job::Tune;
            Some(plain(Event::Progress { job, done, total }))
        }
        TuneStep::Epoch(report) => Some(plain(Event::Epoch(report))),
        TuneStep::Prepared { .. } | TuneStep::Measured { .. } => None,
    }
}
