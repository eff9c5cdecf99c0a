//! Training a head in closed form (`learn::lda`): on all samples, judged by what it says of each without those of its moment.

mod findings;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::run::{Run, STEP};
use super::task::{Kind, Step, Stepping, Task, Then};
use super::training::{Findings, Item, Lesson, Measured, test};
use super::{Engine, Output, plain};
use data::classifier::{Head, Part};
use data::features::Features;
use data::head::{Choice, How};
use data::protocol::{Event, Job};
use data::sample::SampleId;
use data::settings::Measure;
use data::split;
use data::transfer::Method;
use data::unknown::Unknown;
use findings::{calibrated, judged, told};
use learn::lda::choose::{self, Candidate, Choosing};
use learn::lda::temperature::{Sharpening, unmeasured};
use learn::lda::{
    Fit, Fitting, Heading, LeavingOut, LeftOut, Products, Refused, Sample, Setting, Spreads,
};
use learn::trainer::{NUMBER, PORTION};
use learn::unknown::{self, Known};
use network::backbone::Backbone;

/// More samples would take too long with their number cubed, and gradients find as good a head where there are that many.
pub(super) const MOST: usize = 2_000;

/// Products of samples, which stay from one training to the next.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) products: Products,
    backbone: &'static str,
    places: HashMap<SampleId, usize>,
}

impl Kept {
    /// Has these samples and no others; where each has its place.
    pub(super) fn hold(
        &mut self,
        items: &[Item],
        backbone: &Backbone,
    ) -> Result<Vec<usize>, Refused> {
        let layers = items.iter().all(|item| item.layers.is_some());
        let parts = parts(backbone, layers);
        if self.products.parts() != parts || self.backbone != backbone.spec().id {
            *self = Self {
                products: Products::new(parts),
                backbone: backbone.spec().id,
                places: HashMap::new(),
            };
        }
        let wanted: HashSet<SampleId> = items.iter().map(|item| item.sample).collect();
        let products = &mut self.products;
        self.places.retain(|id, place| {
            let stays = wanted.contains(id);
            if !stays {
                products.remove(*place);
            }
            stays
        });
        let place = |item: &Item| match self.places.get(&item.sample) {
            Some(place) => Ok(*place),
            None => {
                let place = products.add(&item.features())?;
                self.places.insert(item.sample, place);
                Ok(place)
            }
        };
        items.iter().map(place).collect()
    }
}

/// All that a head could see, the embedding last.
pub(super) fn parts(backbone: &Backbone, layers: bool) -> Vec<Part> {
    let mut to = 0;
    let widths = backbone.layer_widths();
    let pooled = widths.iter().filter(|_| layers).map(|width| {
        let from = to;
        to += width;
        Part::Layers { from, to }
    });
    let mut parts: Vec<Part> = pooled.collect();
    parts.push(Part::Embedding);
    parts
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
    stage: Stage,
}

enum Stage {
    Multiply,
    Choose(Box<Choosing>),
    Spread(Candidate, Box<Spreads>),
    Fit(Box<Fitting>),
    LeaveOut(Box<Fit>, Box<LeavingOut>),
    Sharpen(Box<Fit>, LeftOut, Box<Sharpening>),
    /// With what logits are multiplied by.
    Head(Box<Fit>, LeftOut, f64, Heading),
    /// Cosines of samples with each other, row by row as far as they are there.
    Cosines(Box<Found>, Vec<f32>),
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
}

/// What a portion led to.
enum Next {
    Stage(Stage),
    /// It is in use.
    Over(Vec<Output>),
}

/// Steps of which the page is told.
const STAGES: usize = 8;

impl Stage {
    fn number(&self) -> usize {
        match self {
            Self::Multiply => 0,
            Self::Choose(_) => 1,
            Self::Spread(..) => 2,
            Self::Fit(_) => 3,
            Self::LeaveOut(..) => 4,
            Self::Sharpen(..) => 5,
            Self::Head(..) => 6,
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
        let mut numbers = HashMap::new();
        let number = |item: &Item| {
            let next = numbers.len();
            *numbers.entry((item.class, item.group)).or_insert(next)
        };
        let groups = lesson.train.iter().map(number).collect();
        let candidates: Vec<_> = lesson.train.iter().map(Item::candidate).collect();
        let folds = split::folds(&candidates, lesson.settings.seed);
        Ok(Self {
            samples,
            groups,
            folds,
            choice: None,
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

    fn portion(&mut self, stage: Stage, engine: &mut Engine) -> Result<Next, Refused> {
        let products = &mut engine.kept.products;
        Ok(Next::Stage(match stage {
            Stage::Multiply => match products.step() {
                true => Stage::Multiply,
                false => Stage::Choose(Box::new(self.choosing(products)?)),
            },
            Stage::Choose(mut choosing) => match choosing.advance(products)? {
                None => Stage::Choose(choosing),
                Some(choice) => {
                    // Nothing can be judged with one sample a class.
                    let choice = choice.ok_or(Refused::EmptyClass)?;
                    let candidate = choice.best().candidate;
                    self.choice = told(&choice);
                    let spreads = Spreads::new(self.samples.clone(), self.classes())?;
                    Stage::Spread(candidate, Box::new(spreads))
                }
            },
            Stage::Spread(candidate, mut spreads) => match spreads.step(products) {
                true => Stage::Spread(candidate, spreads),
                false => {
                    let setting: Option<Setting> = candidate.setting(products);
                    let scales = spreads.scales(products, &setting.ok_or(Refused::Features)?);
                    let fitting = Fitting::new(self.samples.clone(), self.classes(), scales)?;
                    Stage::Fit(Box::new(fitting))
                }
            },
            Stage::Fit(mut fitting) => match fitting.advance(products)? {
                None => Stage::Fit(fitting),
                Some(fit) => {
                    let train = self.lesson.train.iter();
                    let candidates: Vec<_> = train.map(Item::candidate).collect();
                    let together = split::left_out_together(&candidates, &self.folds);
                    let leaving = LeavingOut::new(&fit, &together);
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
                    Stage::Head(fit, left_out, factor, Heading::new(factor))
                }
            },
            Stage::Head(fit, left_out, factor, mut heading) => {
                match heading.advance(&fit, products)? {
                    None => Stage::Head(fit, left_out, factor, heading),
                    Some(head) => {
                        let found = Found {
                            head,
                            left_out,
                            factor,
                        };
                        Stage::Cosines(Box::new(found), Vec::new())
                    }
                }
            }
            Stage::Cosines(found, mut cosines) => {
                let (from, n) = (cosines.len() / self.samples.len(), self.samples.len());
                let rows = (PORTION / (NUMBER * n)).max(1);
                for (i, _) in self.samples.iter().skip(from).take(rows) {
                    let row = self.samples.iter().map(|(j, _)| products.cosine(*i, *j));
                    cosines.extend(row);
                }
                match cosines.len() < n * n {
                    true => Stage::Cosines(found, cosines),
                    false => self.knowing(found, cosines),
                }
            }
            Stage::Known(found, mut fitting) => match fitting.advance() {
                None => Stage::Known(found, fitting),
                Some(unknown) => Stage::Keep(found, Some(unknown)),
            },
            Stage::Keep(found, unknown) => {
                let measured = self.measured(&found);
                let findings = Findings {
                    choice: self.choice,
                    unknown,
                    ..measured.into()
                };
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

    /// What is said of each sample by a head that had not seen it, in the order of samples; none of those in no fold.
    fn unseen(&self, found: &Found) -> Vec<Option<Vec<f32>>> {
        let rows = found.left_out.rows().zip(&self.folds);
        let unseen = rows.map(|(row, fold)| {
            fold.filter(|_| row.iter().all(|logit| logit.is_finite()))?;
            let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let logits = row
                .iter()
                .map(|logit| (found.factor * (logit - largest)) as f32);
            Some(logits.collect())
        });
        unseen.collect()
    }

    /// What is unknown will be told by these samples; where no sample was left out, the head always answers.
    fn knowing(&self, found: Box<Found>, cosines: Vec<f32>) -> Stage {
        let unseen = self.unseen(&found).into_iter().zip(&self.lesson.train);
        let known = unseen.zip(&self.folds).map(|((logits, item), fold)| Known {
            features: item.embedding.to_vec(),
            class: item.class,
            fold: fold.filter(|_| logits.is_some()),
            logits: logits.unwrap_or_default(),
        });
        match unknown::Fitting::new(known.collect(), self.classes(), Some(cosines)) {
            Ok(fitting) => Stage::Known(found, Box::new(fitting)),
            Err(_) => Stage::Keep(found, None),
        }
    }

    /// What the head, or those that had not seen a sample, say of what they are judged by.
    fn measured(&self, found: &Found) -> Measured {
        if self.lesson.settings.measure == Measure::HeldOut {
            let apart = self.lesson.apart.iter();
            let tested = apart.filter_map(|item| test(&found.head, item, &item.features()));
            return Measured::held_out(tested.collect());
        }
        let factor = found.factor;
        let unseen = self.unseen(found).into_iter().zip(&self.lesson.train);
        let seen = unseen.filter_map(|(logits, item)| Some((item, logits?)));
        let seen: Vec<(&Item, Vec<f32>)> = seen.collect();
        let tested = seen.iter().map(|(item, logits)| judged(item, logits));
        let shrinkage = self.choice.map_or(0.0, |choice| choice.shrinkage);
        Measured {
            how: How::CrossValidated,
            tested: tested.collect(),
            calibration: calibrated(&seen, factor * (1.0 - shrinkage)),
        }
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

impl Item {
    pub fn features(&self) -> Features {
        let owned = |part: &Rc<[f32]>| part.to_vec();
        Features {
            embedding: owned(&self.embedding),
            layers: self.layers.as_ref().map(owned).unwrap_or_default(),
        }
    }
}
