//! A head in closed form of more samples than [`super::MOST`]: computed over features (`learn::lda::primal`), in a time that goes with
//! the samples' number and not with its cube.
//!
//! What the head sees is chosen as ever, on a thousand of the samples, among what can be had in time and memory: layers make it several
//! times as wide, and take that squared, up to [`MOST_WORK`]. Each moment is left out by itself, not in ten folds: that is exact at no
//! more cost, and follows an update.

mod draft;

use super::findings::{measured, told, unseen};
use super::kept::parts;
use super::moments;
use crate::knowing::known;
use crate::run::{Run, STEP};
use crate::task::{Kind, Step, Stepping, Task, Then};
use crate::training::{Findings, Item, Lesson};
use crate::{Engine, plain};
use data::class::ClassId;
use data::classifier::{Head, Part};
use data::head::Choice;
use data::protocol::{Event, Job};
use data::sample::SampleId;
use data::split;
use data::transfer::Method;
use data::unknown::Unknown;
use draft::Draft;
use learn::lda::choose::{self, Candidate, Choosing};
use learn::lda::primal::{self, Fit, Fitting, LeavingOut, Observation};
use learn::lda::temperature::Sharpening;
use learn::lda::{LeftOut, Products, Refused, Sample};
use learn::memory::{self, ClosedForm, Form};
use learn::unknown;
use network::backbone::Backbone;

/// Multiply-adds of a head, at most: half a minute in a browser.
const MOST_WORK: u64 = 250_000_000_000;

/// Samples that a choice is made on: more than of few samples, since layers tell more the more samples there are, and all else takes
/// longer than that.
const CHOOSING: usize = 1_000;

/// Whether such a head of the embedding is to be had, in time and memory.
pub(crate) fn are_affordable(items: &[Item], classes: usize, backbone: &Backbone) -> bool {
    Size::of(items.len(), classes, largest(&moments(items)), backbone).is_affordable(0)
}

/// What decides how long it takes and how much memory.
struct Size {
    samples: usize,
    classes: usize,
    /// Samples of the largest group.
    together: usize,
    /// Numbers of the embedding.
    width: usize,
    /// What the choice takes.
    choosing: u64,
}

impl Size {
    fn of(samples: usize, classes: usize, together: usize, backbone: &Backbone) -> Self {
        let widths = backbone.layer_widths();
        let width = backbone.spec().width;
        let choosing = ClosedForm {
            samples: CHOOSING.max(2 * classes).min(samples),
            width,
            layers: widths.iter().sum(),
            parts: widths.len() + 1,
            classes,
            form: Form::Dual,
        };
        Self {
            samples,
            classes,
            together,
            width,
            choosing: memory::needed(&memory::Task::ClosedForm(choosing)),
        }
    }

    /// Of a head that sees so many numbers of layers beside the embedding.
    fn is_affordable(&self, layers: usize) -> bool {
        let fit = ClosedForm {
            samples: self.samples,
            width: self.width,
            layers,
            parts: 0,
            classes: self.classes,
            form: Form::Primal {
                together: self.together,
            },
        };
        let memory = memory::needed(&memory::Task::ClosedForm(fit)) + self.choosing;
        let work = primal::work(self.samples, self.width + layers, self.classes);
        work <= MOST_WORK && memory <= memory::MOST
    }
}

/// Samples of the largest group.
fn largest(groups: &[usize]) -> usize {
    let mut counts = vec![0; groups.iter().max().map_or(0, |most| most + 1)];
    groups.iter().for_each(|group| counts[*group] += 1);
    counts.into_iter().max().unwrap_or(0)
}

/// Such a head on its way.
pub(crate) struct Many {
    lesson: Lesson,
    /// Of each sample, the same for those of one moment.
    groups: Vec<usize>,
    /// By which the rule for what is unknown leaves it out; none where its class would be gone.
    folds: Vec<Option<usize>>,
    choice: Option<Choice>,
    stage: Stage,
}

/// The last head, in the numbers that follow a change.
pub(crate) struct Before {
    fit: Fit,
    factor: f64,
    samples: Vec<SampleId>,
    classes: Vec<ClassId>,
    backbone: &'static str,
    choice: Option<Choice>,
    unknown: Option<Unknown>,
}

/// Products of the samples that the choice is made on, with their indices.
struct Chosen {
    products: Products,
    samples: Vec<usize>,
}

enum Stage {
    Begin,
    /// The head before follows what changed, to be in use until the one from zero is there.
    Draft(Box<Draft>),
    Multiply(Chosen),
    Choose(Chosen, Box<Choosing>),
    Fit(Box<Fitting>),
    LeaveOut(Box<Fit>, Box<LeavingOut>),
    Sharpen(Box<Fit>, LeftOut, Box<Sharpening>),
    Known(Box<Found>, Box<unknown::Fitting>),
    /// It is put into use, in a step of its own.
    Keep(Box<Found>, Option<Unknown>),
}

/// A head, and what its like said of samples that they had not seen.
struct Found {
    head: Head,
    fit: Fit,
    /// By what logits are multiplied.
    factor: f64,
    unseen: Vec<Option<Vec<f32>>>,
}

/// What a portion led to.
enum Next {
    Stage(Stage),
    /// Something is in use; then what follows, if anything.
    InUse(Vec<crate::Output>, Option<Stage>),
}

/// Hundredths of the work that are done before a fit, with it, and when all is left out.
const BEFORE: f64 = 5.0;
const FITTED: f64 = 45.0;
const LEFT_OUT: f64 = 95.0;

impl Stage {
    /// Of 100.
    fn done(&self) -> usize {
        let done = match self {
            Self::Begin | Self::Draft(_) | Self::Multiply(_) | Self::Choose(..) => 0.0,
            Self::Fit(fitting) => BEFORE + (FITTED - BEFORE) * fitting.done(),
            Self::LeaveOut(_, leaving) => FITTED + (LEFT_OUT - FITTED) * leaving.done(),
            Self::Sharpen(..) | Self::Known(..) | Self::Keep(..) => LEFT_OUT,
        };
        done as usize
    }
}

impl Many {
    pub fn new(lesson: Lesson) -> Self {
        let candidates: Vec<_> = lesson.train.iter().map(Item::candidate).collect();
        let folds = split::folds(&candidates, lesson.settings.seed);
        Self {
            groups: moments(&lesson.train),
            folds,
            choice: None,
            stage: Stage::Begin,
            lesson,
        }
    }

    fn classes(&self) -> usize {
        self.lesson.classes.len()
    }

    /// Of each sample the number of those that are left out with it; none where that would be all of its class.
    fn left_out_together(&self) -> Vec<Option<usize>> {
        let pairs = self.groups.iter().zip(&self.folds);
        pairs.map(|(group, fold)| fold.map(|_| *group)).collect()
    }

    /// Portions of work until a step is long enough.
    fn portions(mut self, engine: &mut Engine) -> Step {
        let begun = (engine.clock)();
        let before = self.stage.done();
        let mut stage = std::mem::replace(&mut self.stage, Stage::Begin);
        loop {
            let keeps = matches!(stage, Stage::Keep(..));
            stage = match self.portion(stage, engine) {
                Ok(Next::Stage(stage)) => stage,
                Ok(Next::InUse(outputs, None)) => return Step::last(outputs),
                Ok(Next::InUse(outputs, Some(stage))) => {
                    self.stage = stage;
                    return Step::of(Some(self), outputs);
                }
                // Gradients find a head where there is no closed form.
                Err(Refused::Features | Refused::EmptyClass | Refused::Singular) => {
                    return Step {
                        outputs: Vec::new(),
                        then: Then::GoOn(Box::new(Run::of(self.lesson))),
                    };
                }
            };
            if keeps || matches!(stage, Stage::Keep(..)) || (engine.clock)() - begun >= STEP {
                break;
            }
        }
        let done = stage.done();
        let told = (done > before).then(|| {
            plain(Event::Progress {
                job: Job::Train,
                done,
                total: 100,
            })
        });
        self.stage = stage;
        Step::of(Some(self), told.into_iter().collect())
    }

    fn portion(&mut self, stage: Stage, engine: &mut Engine) -> Result<Next, Refused> {
        Ok(Next::Stage(match stage {
            Stage::Begin => match self.draft(engine) {
                Some(draft) => Stage::Draft(Box::new(draft)),
                None => Stage::Multiply(self.chosen(&engine.backbone)?),
            },
            Stage::Draft(draft) => return self.drafting(*draft, engine),
            Stage::Multiply(mut chosen) => match chosen.products.step() {
                true => Stage::Multiply(chosen),
                false => {
                    let choosing = self.choosing(&chosen, &engine.backbone)?;
                    Stage::Choose(chosen, Box::new(choosing))
                }
            },
            Stage::Choose(chosen, mut choosing) => match choosing.advance(&chosen.products)? {
                None => Stage::Choose(chosen, choosing),
                Some(choice) => {
                    let choice = choice.ok_or(Refused::EmptyClass)?;
                    let candidate = choice.best().candidate;
                    self.choice = Some(told(&choice));
                    let parts = seen(candidate, &chosen.products);
                    let items = self.lesson.train.iter();
                    let samples = items.map(Item::observation).collect();
                    let shrinkage = candidate.shrinkage;
                    let fitting = Fitting::new(samples, self.classes(), &parts, shrinkage)?;
                    Stage::Fit(Box::new(fitting))
                }
            },
            Stage::Fit(mut fitting) => match fitting.advance()? {
                None => Stage::Fit(fitting),
                Some(fit) => {
                    let leaving = LeavingOut::new(&fit, &self.left_out_together());
                    Stage::LeaveOut(Box::new(fit), Box::new(leaving))
                }
            },
            Stage::LeaveOut(mut fit, mut leaving) => match leaving.advance(&mut fit)? {
                None => Stage::LeaveOut(fit, leaving),
                Some(left_out) => {
                    let labels = self.lesson.train.iter().map(|item| item.class);
                    let sharpening = Sharpening::new(&left_out, labels);
                    Stage::Sharpen(fit, left_out, Box::new(sharpening))
                }
            },
            Stage::Sharpen(fit, left_out, mut sharpening) => match sharpening.advance(&left_out) {
                None => Stage::Sharpen(fit, left_out, sharpening),
                Some(sharpness) => {
                    // Where no class has samples of two moments, nothing says how sure a head may be.
                    let factor = sharpness.ok_or(Refused::EmptyClass)?.factor;
                    let factor = factor.max(f64::MIN_POSITIVE);
                    let found = Found {
                        head: fit.head(factor)?,
                        fit: *fit,
                        factor,
                        unseen: unseen(&left_out, factor, &self.folds),
                    };
                    self.knowing(Box::new(found))
                }
            },
            Stage::Known(found, mut fitting) => match fitting.advance() {
                None => Stage::Known(found, fitting),
                Some(unknown) => Stage::Keep(found, Some(unknown)),
            },
            Stage::Keep(found, unknown) => {
                let Found {
                    head,
                    fit,
                    factor,
                    unseen,
                } = *found;
                let findings = self.findings(&head, unseen, factor, unknown.clone());
                engine.kept.many = Some(Before {
                    fit,
                    factor,
                    samples: self.lesson.train.iter().map(|item| item.sample).collect(),
                    classes: self.lesson.ids.clone(),
                    backbone: engine.backbone.spec().id,
                    choice: self.choice,
                    unknown,
                });
                let mut outputs = engine.install_head(&self.lesson, head, findings);
                outputs.push(plain(Event::TrainingEnded { stopped: false }));
                return Ok(Next::InUse(outputs, None));
            }
        }))
    }

    fn findings(
        &self,
        head: &Head,
        unseen: Vec<Option<Vec<f32>>>,
        factor: f64,
        unknown: Option<Unknown>,
    ) -> Findings {
        let shrinkage = self.choice.map_or(0.0, |choice| choice.shrinkage);
        let sharpened = factor * (1.0 - shrinkage);
        Findings {
            choice: self.choice,
            unknown,
            ..measured(&self.lesson, head, unseen, sharpened).into()
        }
    }

    /// Samples to choose on.
    fn chosen(&self, backbone: &Backbone) -> Result<Chosen, Refused> {
        let items = &self.lesson.train;
        let labelled = items.iter().map(|item| item.class).enumerate();
        let labelled: Vec<Sample> = labelled.collect();
        let samples = choose::at_most(CHOOSING, &labelled, &self.groups, self.classes());
        let layers = items.iter().all(|item| item.layers.is_some());
        let mut products = Products::new(parts(backbone, layers));
        for i in &samples {
            products.add(&items[*i].features())?;
        }
        Ok(Chosen { products, samples })
    }

    fn choosing(&self, chosen: &Chosen, backbone: &Backbone) -> Result<Choosing, Refused> {
        let Chosen { products, samples } = chosen;
        let classes = samples.iter().map(|i| self.lesson.train[*i].class);
        let labelled = classes.enumerate().collect();
        let groups = samples.iter().map(|i| self.groups[*i]).collect();
        let (n, together) = (self.lesson.train.len(), largest(&self.groups));
        let size = Size::of(n, self.classes(), together, backbone);
        let affordable = |candidate: &Candidate| {
            let parts = candidate.setting(products).parts;
            let width: usize = parts.iter().map(|part| products.widths()[*part]).sum();
            size.is_affordable(width - size.width)
        };
        let mut candidates = choose::candidates(products);
        candidates.retain(affordable);
        Choosing::new(labelled, groups, self.classes(), candidates)
    }

    /// What is unknown will be told by some of these samples; where none was left out, the head always answers.
    fn knowing(&self, found: Box<Found>) -> Stage {
        let pairs = found.unseen.iter().zip(&self.folds);
        let said = pairs.map(|(logits, fold)| Some(((*fold)?, logits.clone()?)));
        let said: Vec<_> = said.collect();
        let known = known(&self.lesson.train, &said, |_| true);
        match unknown::Fitting::new(known, self.classes(), None) {
            Ok(fitting) => Stage::Known(found, Box::new(fitting)),
            Err(_) => Stage::Keep(found, None),
        }
    }
}

/// The parts that a candidate sees.
fn seen(candidate: Candidate, products: &Products) -> Vec<Part> {
    let parts = candidate.setting(products).parts.into_iter();
    parts.map(|part| products.parts()[part]).collect()
}

impl Task for Many {
    fn kind(&self) -> Kind {
        Kind::Training
    }

    fn step(self: Box<Self>, engine: &mut Engine) -> Stepping<'_> {
        Box::pin(async move { self.portions(engine) })
    }

    /// Half of it is of no use; a draft stays.
    fn stop(self: Box<Self>, _: &mut Engine, _: Option<Method>) -> Step {
        Step::last(vec![plain(Event::TrainingEnded { stopped: true })])
    }

    fn outdate(&mut self) {
        self.lesson.stale = true;
    }
}

impl Item {
    fn observation(&self) -> Observation {
        Observation {
            embedding: self.embedding.clone(),
            layers: self.layers.clone().unwrap_or_default(),
            class: self.class,
        }
    }
}
