//! Training a head in closed form (`learn::lda`): on all samples, judged by what it says of each without those of its moment.

mod draft;
pub(super) mod findings;
mod kept;
pub(super) mod many;
mod on;

use std::collections::HashMap;
use std::rc::Rc;

use super::run::{Run, STEP};
use super::task::{Kind, Step, Stepping, Task, Then};
use super::training::{Findings, Item, Lesson, Measured};
use super::{Engine, Output, plain};
use data::classifier::Head;
use data::features::Features;
use data::head::Choice;
use data::protocol::{Event, Job};
use data::split;
use data::statistics::Statistics;
use data::transfer::Method;
use data::unknown::Unknown;
use draft::Draft;
use findings::{measured, told, unseen};
use kept::Before;
pub(super) use kept::{Kept, parts};
use learn::lda::choose::{self, Candidate, Choosing};
use learn::lda::temperature::{Sharpening, unmeasured};
use learn::lda::{
    Fit, Fitting, Heading, LeavingOut, LeftOut, Products, Refused, Running, Sample, Scales,
    Setting, Spreads, Summing,
};
use learn::memory::{self, ClosedForm, Form};
use learn::trainer::{NUMBER, PORTION};
use learn::unknown::{self, Known};
use network::backbone::Backbone;

/// More samples would take too long with their number cubed, and too much memory to keep for the next training (a worker that has grown by
/// 512 MB is replaced).
pub(super) const MOST: usize = 2_500;

/// Whether a head in closed form is to be had of so many samples and classes, in time and memory.
pub(super) fn are_few(samples: usize, classes: usize, backbone: &Backbone) -> bool {
    let widths = backbone.layer_widths();
    let closed = ClosedForm {
        samples,
        width: backbone.spec().width,
        layers: widths.iter().sum(),
        parts: widths.len() + 1,
        classes,
        form: Form::Dual,
    };
    samples <= MOST && memory::needed(&memory::Task::ClosedForm(closed)) <= memory::MOST
}

/// A head in closed form on its way.
pub(super) struct Discriminants {
    lesson: Lesson,
    samples: Vec<Sample>,
    /// Of each sample that is learned from, the same for those of one moment.
    groups: Vec<usize>,
    /// In which it is left out; none where its class would be gone.
    folds: Vec<Option<usize>>,
    choice: Option<Choice>,
    /// Of all parts, where the head sees some.
    scales: Scales,
    stage: Stage,
}

enum Stage {
    Multiply,
    /// The head before follows what changed, to be in use until the one from zero is there.
    Draft(Box<Draft>),
    Choose(Box<Choosing>),
    Spread(Candidate, Box<Spreads>),
    Fit(Box<Fitting>),
    LeaveOut(Box<Fit>, Box<LeavingOut>),
    Sharpen(Box<Fit>, LeftOut, Box<Sharpening>),
    /// With what logits are multiplied by.
    Sum(Box<Fit>, LeftOut, f64, Box<Summing>),
    Head(Box<Fit>, LeftOut, f64, Box<Statistics>, Heading),
    /// Products of samples with each other, row by row as far as they are there.
    Cosines(Box<Found>, Vec<f32>, usize),
    Known(Box<Found>, Box<unknown::Fitting>),
    /// It is put into use, in a step of its own.
    Keep(Box<Found>, Option<Unknown>),
}

/// A head, and what its like said of samples that they had not seen.
struct Found {
    head: Head,
    left_out: LeftOut,
    /// By what their logits are multiplied.
    factor: f64,
    /// Of what the head was made of; none of a draft.
    statistics: Option<Box<Statistics>>,
    /// For the next training; none where it would take too much.
    running: Option<Running>,
}

/// What a portion led to.
enum Next {
    Stage(Stage),
    /// A draft is in use.
    Drafted(Vec<Output>),
    /// It is in use.
    Over(Vec<Output>),
}

/// Multiply-adds that may be spent on making a head follow its samples, beside making it.
const RUNNING: usize = 4 * PORTION;

/// Of a head that was not chosen among others.
const SHRINKAGE: f64 = 0.6;

/// Steps of which the page is told.
const STAGES: usize = 8;

impl Stage {
    fn number(&self) -> usize {
        match self {
            Self::Multiply | Self::Draft(_) => 0,
            Self::Choose(_) => 1,
            Self::Spread(..) => 2,
            Self::Fit(_) => 3,
            Self::LeaveOut(..) => 4,
            Self::Sharpen(..) => 5,
            Self::Sum(..) | Self::Head(..) => 6,
            Self::Cosines(..) | Self::Known(..) | Self::Keep(..) => 7,
        }
    }
}

impl Discriminants {
    /// The lesson back where a head is not to be had in this way.
    pub fn new(lesson: Lesson, kept: &mut Kept, backbone: &Backbone) -> Result<Self, Box<Lesson>> {
        let Ok(places) = kept.hold(&lesson.train, backbone) else {
            return Err(Box::new(lesson));
        };
        let classes = lesson.train.iter().map(|item| item.class);
        let samples = places.into_iter().zip(classes).collect();
        kept.many = None;
        let groups = moments(&lesson.train);
        let candidates: Vec<_> = lesson.train.iter().map(Item::candidate).collect();
        let folds = split::folds(&candidates, lesson.settings.seed);
        Ok(Self {
            samples,
            groups,
            folds,
            choice: None,
            scales: Scales::default(),
            stage: Stage::Multiply,
            lesson,
        })
    }

    fn classes(&self) -> usize {
        self.lesson.classes.len()
    }

    fn labels(&self) -> impl Iterator<Item = usize> + use<'_> {
        self.samples.iter().map(|(_, class)| *class)
    }

    /// Portions of work until a step is long enough.
    fn portions(mut self, engine: &mut Engine) -> Step {
        let begun = (engine.clock)();
        let before = self.stage.number();
        let mut stage = std::mem::replace(&mut self.stage, Stage::Multiply);
        loop {
            let keeps = matches!(stage, Stage::Keep(..));
            stage = match self.portion(stage, engine) {
                Ok(Next::Stage(stage)) => stage,
                Ok(Next::Over(outputs)) => return Step::last(outputs),
                Ok(Next::Drafted(outputs)) => {
                    let products = &engine.kept.products;
                    let Ok(choosing) = self.choosing(products) else {
                        return self.by_gradients();
                    };
                    self.stage = Stage::Choose(Box::new(choosing));
                    return Step::of(Some(self), outputs);
                }
                // Gradients find a head where there is no closed form.
                Err(Refused::Features | Refused::EmptyClass | Refused::Singular) => {
                    return self.by_gradients();
                }
            };
            if keeps || matches!(stage, Stage::Keep(..)) || (engine.clock)() - begun >= STEP {
                break;
            }
        }
        let told = (stage.number() > before).then(|| {
            plain(Event::Progress {
                job: Job::Train,
                done: stage.number(),
                total: STAGES,
            })
        });
        self.stage = stage;
        Step::of(Some(self), told.into_iter().collect())
    }

    fn by_gradients(self) -> Step {
        // They cannot begin where a head in closed form ended.
        if self.lesson.on.is_some() {
            return Step::last(on::apart());
        }
        Step {
            outputs: Vec::new(),
            then: Then::GoOn(Box::new(Run::of(self.lesson))),
        }
    }

    fn portion(&mut self, stage: Stage, engine: &mut Engine) -> Result<Next, Refused> {
        let products = &mut engine.kept.products;
        Ok(Next::Stage(match stage {
            Stage::Multiply => match products.step() {
                true => Stage::Multiply,
                false => match self.draft(engine) {
                    Some(draft) => Stage::Draft(Box::new(draft)),
                    None => Stage::Choose(Box::new(self.choosing(&engine.kept.products)?)),
                },
            },
            Stage::Draft(draft) => return Ok(self.drafting(*draft, engine)),
            Stage::Choose(mut choosing) => match choosing.advance(products)? {
                None => Stage::Choose(choosing),
                Some(choice) => {
                    // Nothing can be judged with one sample a class.
                    let choice = choice.ok_or(Refused::EmptyClass)?;
                    let candidate = choice.best().candidate;
                    self.choice = Some(told(&choice));
                    let spreads = Spreads::new(self.samples.clone(), self.classes())?;
                    Stage::Spread(candidate, Box::new(spreads))
                }
            },
            Stage::Spread(candidate, mut spreads) => match spreads.step(products) {
                true => Stage::Spread(candidate, spreads),
                false => {
                    let setting = candidate.setting(products);
                    let parts = (0..products.parts().len()).collect();
                    let whole = Setting { parts, ..setting };
                    self.scales = spreads.scales(products, &whole);
                    let scales = spreads.scales(products, &candidate.setting(products));
                    let fitting = Fitting::new(self.samples.clone(), self.classes(), scales)?;
                    Stage::Fit(Box::new(fitting))
                }
            },
            Stage::Fit(mut fitting) => match fitting.advance(products)? {
                None => Stage::Fit(fitting),
                Some(fit) => {
                    let leaving = LeavingOut::new(&fit, &self.left_out_together());
                    Stage::LeaveOut(Box::new(fit), Box::new(leaving))
                }
            },
            Stage::LeaveOut(fit, mut leaving) => match leaving.advance(&fit)? {
                None => Stage::LeaveOut(fit, leaving),
                Some(left_out) => {
                    let sharpening = Sharpening::new(&left_out, self.labels());
                    Stage::Sharpen(fit, left_out, Box::new(sharpening))
                }
            },
            Stage::Sharpen(fit, left_out, mut sharpening) => match sharpening.advance(&left_out) {
                None => Stage::Sharpen(fit, left_out, sharpening),
                Some(sharpness) => {
                    let factor = sharpness.map_or_else(|| unmeasured(&fit), |found| found.factor);
                    // A head that says the same of everything is none that could be kept.
                    let factor = factor.max(f64::MIN_POSITIVE);
                    let scales = std::mem::take(&mut self.scales);
                    let summing = Box::new(Summing::new(&fit, scales));
                    Stage::Sum(fit, left_out, factor, summing)
                }
            },
            Stage::Sum(fit, left_out, factor, mut summing) => {
                let shrinkage = self.choice.map_or(SHRINKAGE, |choice| choice.shrinkage);
                match summing.advance(&fit, products, (shrinkage, factor)) {
                    None => Stage::Sum(fit, left_out, factor, summing),
                    Some(found) => {
                        let heading = Heading::new();
                        Stage::Head(fit, left_out, factor, Box::new(found), heading)
                    }
                }
            }
            Stage::Head(fit, left_out, factor, statistics, mut heading) => {
                match heading.advance(&fit, products) {
                    None => Stage::Head(fit, left_out, factor, statistics, heading),
                    Some(weights) => {
                        let head = weights.head(&fit, products, factor)?;
                        let work = self.classes().pow(2) * head.mean.len();
                        let running = (work <= RUNNING).then(|| Running::new(*fit, weights));
                        let found = Found {
                            head,
                            left_out,
                            factor,
                            statistics: Some(statistics),
                            running,
                        };
                        Stage::Cosines(Box::new(found), Vec::new(), 0)
                    }
                }
            }
            Stage::Cosines(found, mut cosines, from) => {
                let places: Vec<usize> = self.samples.iter().map(|(place, _)| *place).collect();
                let rows = (PORTION / (NUMBER * places.len())).max(1);
                let until = (from + rows).min(places.len());
                for i in from..until {
                    products.of_last(places[i], &places[..=i], &mut cosines);
                }
                match until < places.len() {
                    true => Stage::Cosines(found, cosines, until),
                    false => self.knowing(found, cosines),
                }
            }
            Stage::Known(found, mut fitting) => match fitting.advance() {
                None => Stage::Known(found, fitting),
                Some(unknown) => Stage::Keep(found, Some(unknown)),
            },
            Stage::Keep(mut found, unknown) => {
                if self.lesson.on.is_some() {
                    return Ok(Next::Over(self.went_on(*found, unknown, engine)));
                }
                let findings = Findings {
                    choice: self.choice,
                    unknown: unknown.clone(),
                    statistics: found.statistics.take(),
                    ..self.measured(&found).into()
                };
                if let Some(running) = found.running {
                    engine.kept.keep(Before {
                        running,
                        factor: found.factor,
                        samples: self.lesson.train.iter().map(|item| item.sample).collect(),
                        classes: self.lesson.ids.clone(),
                        choice: self.choice,
                        unknown,
                    });
                }
                let mut outputs = engine.install_head(&self.lesson, found.head, findings);
                outputs.push(plain(Event::TrainingEnded { stopped: false }));
                return Ok(Next::Over(outputs));
            }
        }))
    }

    fn choosing(&self, products: &Products) -> Result<Choosing, Refused> {
        let chosen = choose::subset(&self.samples, &self.groups, self.classes());
        let samples = chosen.iter().map(|i| self.samples[*i]).collect();
        let groups = chosen.iter().map(|i| self.groups[*i]).collect();
        Choosing::new(
            samples,
            groups,
            self.classes(),
            choose::candidates(products),
        )
    }

    /// Of each sample the number of those that are left out with it.
    fn left_out_together(&self) -> Vec<usize> {
        let train = self.lesson.train.iter();
        let candidates: Vec<_> = train.map(Item::candidate).collect();
        split::left_out_together(&candidates, &self.folds)
    }

    /// What is said of each sample by a head that had not seen it, in the order of samples; none of those in no fold.
    fn unseen(&self, found: &Found) -> Vec<Option<Vec<f32>>> {
        unseen(&found.left_out, found.factor, &self.folds)
    }

    /// What is unknown will be told by these samples; where no sample was left out, the head always answers.
    fn knowing(&self, found: Box<Found>, cosines: Vec<f32>) -> Stage {
        let unseen = self.unseen(&found).into_iter().zip(&self.lesson.train);
        let known = unseen.zip(&self.folds).map(|((logits, item), fold)| Known {
            features: item.embedding.to_vec(),
            class: item.class,
            fold: fold.filter(|_| logits.is_some()),
            logits: logits.unwrap_or_default(),
            learned: true,
        });
        match unknown::Fitting::new(known.collect(), self.classes(), Some(cosines)) {
            Ok(fitting) => Stage::Known(found, Box::new(fitting)),
            Err(_) => Stage::Keep(found, None),
        }
    }

    fn measured(&self, found: &Found) -> Measured {
        let shrinkage = self.choice.map_or(0.0, |choice| choice.shrinkage);
        let sharpened = found.factor * (1.0 - shrinkage);
        measured(&self.lesson, &found.head, self.unseen(found), sharpened)
    }
}

impl Task for Discriminants {
    fn kind(&self) -> Kind {
        Kind::Training
    }

    fn step(self: Box<Self>, engine: &mut Engine) -> Stepping<'_> {
        Box::pin(async move { self.portions(engine) })
    }

    /// It takes a second at most, and half of it is of no use.
    fn stop(self: Box<Self>, _: &mut Engine, _: Option<Method>) -> Step {
        Step::last(vec![plain(Event::TrainingEnded { stopped: true })])
    }

    fn outdate(&mut self) {
        self.lesson.stale = true;
    }
}

/// Of each sample a number that is the same for those of one class and moment.
fn moments(items: &[Item]) -> Vec<usize> {
    let mut numbers = HashMap::new();
    let number = |item: &Item| {
        let next = numbers.len();
        *numbers.entry((item.class, item.group)).or_insert(next)
    };
    items.iter().map(number).collect()
}

impl Item {
    pub fn features(&self) -> Features {
        let owned = |part: &Rc<[f32]>| part.to_vec();
        Features {
            embedding: owned(&self.embedding),
            layers: self.layers.as_ref().map(owned).unwrap_or_default(),
        }
    }
}
