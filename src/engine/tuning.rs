//! Tuning the backbone together with a head: a head first, on embeddings, then both.

use super::need::Gathering;
use super::training::{Item, Lesson, test};
use super::{Engine, Output, PhotoFile, Task, plain};
use crate::data::changed::Changed;
use crate::data::classifier::Head;
use crate::data::head::Tested;
use crate::data::problem::{Problem, StorageProblem};
use crate::data::settings::TrainSettings;
use crate::data::split;
use crate::data::transfer::TuneSettings;
use crate::ml::Device;
use crate::ml::backbone::Backbone;
use crate::ml::trainer::{Labelled, Trainer};
use crate::ml::tuner::{Picture, TuneStep, Tuner};
use crate::protocol::{Event, Job};

/// Photos kept apart that are judged in one step.
const JUDGED_A_STEP: usize = 4;

pub(super) struct Tuning {
    pub plan: Plan,
    stage: Stage,
}

/// What stays the same from the first photo to the last.
pub(super) struct Plan {
    pub lesson: Lesson,
    settings: TuneSettings,
    /// True for each training photo that decides when tuning ends; the others are learned from.
    decides: Vec<bool>,
    /// Of the photos kept apart, once they are there; none for a lost one.
    apart: Squares,
    stopped: bool,
}

type Squares = Vec<Option<Vec<u8>>>;

enum Stage {
    /// All squares: those to learn from, then those kept apart.
    Gather(Gathering),
    /// A head on the embeddings of what is learned from.
    Head(Box<Trainer>, Squares),
    Tune(Box<Tuner>),
    /// The photos kept apart, by the best that came out.
    Judge(Box<Judging>),
}

struct Judging {
    head: Head,
    changed: Changed,
    backbone: Backbone,
    /// How many were looked at.
    at: usize,
    tested: Vec<Tested>,
}

impl Tuning {
    pub fn need(&self) -> Option<&str> {
        match &self.stage {
            Stage::Gather(gathering) => gathering.next(),
            _ => None,
        }
    }

    pub fn take(&mut self, photo: Option<PhotoFile>) -> Vec<Output> {
        let Stage::Gather(gathering) = &mut self.stage else {
            return Vec::new();
        };
        let found = gathering.take(photo);
        let (done, total) = gathering.progress();
        // As much again is made ready from the squares.
        let mut outputs = vec![preparing(done, 2 * total)];
        if !found {
            outputs.push(lost_photo());
        }
        outputs
    }
}

fn preparing(done: usize, total: usize) -> Output {
    plain(Event::Progress {
        job: Job::Prepare,
        done,
        total,
    })
}

/// A stored photo is not there any more, or cannot be read.
pub(super) fn lost_photo() -> Output {
    let what = StorageProblem::Damaged("a photo's file is gone".into());
    plain(Event::Problem(Problem::Storage(what)))
}

impl Plan {
    fn trainer(&self) -> Trainer {
        let photos = self.lesson.train.iter().zip(&self.decides);
        let learned = photos.filter(|(_, decides)| !**decides);
        let train: Vec<Labelled> = learned
            .map(|(item, _)| (&*item.embedding, item.class))
            .collect();
        let classes = self.lesson.classes.len();
        Trainer::new(&train, &[], classes, &self.lesson.settings)
    }

    /// None where all photos are lost.
    fn tuner(
        &self,
        squares: Squares,
        head: Option<Head>,
        backbone: &Backbone,
        device: &Device,
    ) -> Option<Tuner> {
        let (mut train, mut decide) = (Vec::new(), Vec::new());
        let photos = self.lesson.train.iter().zip(&self.decides);
        for ((item, decides), square) in photos.zip(squares) {
            let Some(rgb) = square else { continue };
            let class = item.class;
            let to = if *decides { &mut decide } else { &mut train };
            to.push(Picture { rgb, class });
        }
        (!train.is_empty()).then(|| {
            Tuner::new(
                backbone.layers(),
                backbone.spec().input_size,
                train,
                decide,
                self.lesson.classes.len(),
                &self.settings,
                head,
                device,
            )
        })
    }
}

impl Engine {
    pub(super) fn start_tuning(
        &mut self,
        settings: &TrainSettings,
        tune: &TuneSettings,
    ) -> Vec<Output> {
        if let Some(problem) = self.occupied() {
            return problem;
        }
        // One layer behind the embedding: what is tuned below it is the hidden part.
        let mut settings = settings.clamped();
        settings.hidden = 0;
        let Some(lesson) = self.lesson(&settings) else {
            return Vec::new();
        };
        let settings = tune.clamped();
        let candidates: Vec<_> = lesson.train.iter().map(Item::candidate).collect();
        let decides = split::deciding(&candidates, settings.seed);
        let photos = lesson.train.iter().chain(&lesson.apart);
        let keys = photos.map(|i| i.hash.0.clone()).collect();
        let stage = Stage::Gather(Gathering::new(keys, self.backbone.spec().input_size));
        let plan = Plan {
            lesson,
            settings,
            decides,
            apart: Vec::new(),
            stopped: false,
        };
        self.task = Some(Task::Tune(Box::new(Tuning { plan, stage })));
        self.paused = false;
        vec![plain(Event::TrainingStarted)]
    }

    /// Where networks learn.
    pub(super) fn tuning_device(&self) -> Device {
        self.gpu.clone().unwrap_or_else(crate::ml::device::cpu)
    }

    pub(super) async fn tune(&mut self, tuning: Box<Tuning>) -> Vec<Output> {
        let Tuning { mut plan, stage } = *tuning;
        let mut outputs = Vec::new();
        let next = match stage {
            Stage::Gather(gathering) => {
                let mut squares = gathering.squares();
                plan.apart = squares.split_off(plan.lesson.train.len());
                Some(Stage::Head(Box::new(plan.trainer()), squares))
            }
            Stage::Head(mut trainer, squares) => {
                // Where it runs off, the best from before is as good a start.
                if trainer.step().await.is_ok() && !trainer.done() {
                    Some(Stage::Head(trainer, squares))
                } else {
                    let device = self.tuning_device();
                    let head = trainer.into_best();
                    let tuner = plan.tuner(squares, head, &self.backbone, &device);
                    tuner.map(|tuner| Stage::Tune(Box::new(tuner)))
                }
            }
            Stage::Tune(mut tuner) => match tuner.step().await {
                Ok(step) => {
                    outputs = told(step, &plan);
                    match tuner.done() {
                        true => self.judging(*tuner),
                        false => Some(Stage::Tune(tuner)),
                    }
                }
                Err(e) if self.gpu.is_some() => return self.device_lost(&e),
                Err(_) => {
                    outputs.push(plain(Event::Problem(Problem::TrainingDiverged)));
                    plan.stopped = true;
                    self.judging(*tuner)
                }
            },
            Stage::Judge(mut judging) => {
                if let Err(e) = plan.judge(&mut judging).await {
                    if self.gpu.is_some() {
                        return self.device_lost(&e);
                    }
                    outputs.push(plain(Event::Problem(Problem::Computation(e.to_string()))));
                }
                if judging.at < plan.apart.len() {
                    Some(Stage::Judge(judging))
                } else {
                    return self.end_tuning(plan, *judging);
                }
            }
        };
        match next {
            Some(stage) => self.task = Some(Task::Tune(Box::new(Tuning { plan, stage }))),
            None => outputs.push(plain(Event::TrainingEnded { stopped: true })),
        }
        outputs
    }

    /// None where nothing good came out.
    fn judging(&self, tuner: Tuner) -> Option<Stage> {
        let tuned = tuner.into_best()?;
        // Its layers are our own, so they fit.
        let backbone = self.backbone.tuned(&tuned.changed).ok()?;
        Some(Stage::Judge(Box::new(Judging {
            head: tuned.head,
            changed: tuned.changed,
            backbone,
            at: 0,
            tested: Vec::new(),
        })))
    }

    fn end_tuning(&mut self, plan: Plan, judging: Judging) -> Vec<Output> {
        let stopped = plan.stopped;
        let tuned = (plan.settings, judging.changed, judging.backbone);
        let head = self.adopt(&plan.lesson, judging.head, judging.tested, Some(tuned));
        vec![head, plain(Event::TrainingEnded { stopped })]
    }

    /// Goes over to judging what there is, or ends where there is nothing.
    pub(super) fn stop_tuning(&mut self, tuning: Tuning) -> Vec<Output> {
        let Tuning { mut plan, stage } = tuning;
        plan.stopped = true;
        let next = match stage {
            Stage::Gather(_) | Stage::Head(..) => None,
            Stage::Tune(tuner) => self.judging(*tuner),
            judge @ Stage::Judge(_) => Some(judge),
        };
        match next {
            Some(stage) => {
                self.task = Some(Task::Tune(Box::new(Tuning { plan, stage })));
                Vec::new()
            }
            None => vec![plain(Event::TrainingEnded { stopped: true })],
        }
    }
}

impl Plan {
    /// A few of the photos kept apart.
    async fn judge(&self, judging: &mut Judging) -> Result<(), crate::ml::ComputeError> {
        let end = (judging.at + JUDGED_A_STEP).min(self.apart.len());
        let range = judging.at..end;
        judging.at = end;
        let photos = self.lesson.apart[range.clone()]
            .iter()
            .zip(&self.apart[range]);
        let (items, squares): (Vec<_>, Vec<&[u8]>) = photos
            .filter_map(|(item, square)| Some((item, square.as_deref()?)))
            .unzip();
        if squares.is_empty() {
            return Ok(());
        }
        let embeddings = judging.backbone.embed(&squares).await?;
        let pairs = items.into_iter().zip(&embeddings);
        let tested = pairs.map(|(item, embedding)| test(&judging.head, item, embedding));
        judging.tested.extend(tested);
        Ok(())
    }
}

fn told(step: TuneStep, plan: &Plan) -> Vec<Output> {
    match step {
        TuneStep::Prepared { done, total } => {
            let photos = plan.lesson.train.len() + plan.apart.len();
            vec![preparing(photos + photos * done / total.max(1), 2 * photos)]
        }
        TuneStep::Batch { done, total } => vec![plain(Event::Progress {
            job: Job::Tune,
            done,
            total,
        })],
        TuneStep::Measured { .. } => Vec::new(),
        TuneStep::Epoch(report) => vec![plain(Event::Epoch(report))],
    }
}
