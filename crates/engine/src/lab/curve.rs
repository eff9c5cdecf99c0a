//! "Do I have enough samples?": accuracy against samples a class, over repeated draws.

use std::collections::HashMap;
use std::future::ready;
use std::rc::Rc;
use std::sync::Arc;

use super::outlook::outlook;
use crate::host_request::{Gathering, Input};
use crate::modality::{Data, Modality};
use crate::run::STEP;
use crate::task::{Kind, Step, Stepping, Task};
use crate::tuning::lost_sample;
use crate::{Engine, Handled, Output, Reply, SampleFile, plain};
use data::class::ClassId;
use data::lab::{CurveSize, FeatureCurve, Features, LearningCurve, once};
use data::problem::{LabProblem, Problem};
use data::protocol::{Event, Job};
use data::settings::TrainSettings;
use data::split::{self, Candidate};
use data::transfer::Method;
use learn::gram::{Draw, Gram};
use learn::memory;
use learn::tuner::Picture;
use network::frozen::Frozen;
use network::weights::Layers;

/// Samples a class that are tried, as far as there are enough.
const SIZES: [usize; 12] = [1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 75, 100];
/// Of each size.
const DRAWS: usize = 8;
/// Samples of a class at most, a third of them to measure on.
const MOST: usize = 150;
/// Samples in all at most: their products with each other must fit into memory.
const MOST_IN_ALL: usize = 2000;
/// Side of the random network's input, pixels.
const RANDOM_SIDE: usize = 96;
/// Samples that give the random network its scale.
const SCALED_ON: usize = 16;
/// Samples embedded in one step, and samples of which the pixels are taken.
const BATCH: usize = 4;
const PIXELS_BATCH: usize = 64;

const ALL: [Features; 3] = [Features::Pretrained, Features::Random, Features::Pixels];

/// Indices of samples, each with its class.
type Marked = Vec<(usize, usize)>;

pub struct Measurement {
    curve: LearningCurve,
    /// Samples of the smallest class, all of them.
    smallest: usize,
    plan: Plan,
    gathering: Gathering,
    stage: Stage,
    seed: u64,
    layers: Arc<Layers>,
}

/// Which samples are measured on, and which are learned from each time.
struct Plan {
    classes: usize,
    held_out: Marked,
    /// Samples a class, and which; those of one size follow each other.
    draws: Vec<(usize, Marked)>,
}

enum Stage {
    /// The samples themselves, for the features that the project has not cached.
    Gather,
    Embed {
        net: Box<Frozen>,
        inputs: Vec<Input>,
        found: Vec<Rc<[f32]>>,
    },
    Pixels {
        inputs: Vec<Input>,
        found: Vec<Rc<[f32]>>,
    },
    /// Inputs are for the features after these.
    Multiply(Box<Gram>, Vec<Input>),
    Draw {
        gram: Box<Gram>,
        hits: Vec<usize>,
        /// The one under way.
        draw: Option<Box<Draw>>,
        inputs: Vec<Input>,
    },
}

impl Plan {
    /// A third of each class measures every draw, in whole groups; `chosen` are all samples,
    /// of which the plan speaks by their indices. An error is the class whose samples are all of one group.
    fn new(chosen: &[Candidate], classes: usize, seed: u64) -> Result<Self, usize> {
        let mut held_out = Vec::new();
        let mut pool = Vec::new();
        for (class, groups) in split::grouped(chosen, seed).into_iter().enumerate() {
            let mut learn = groups.concat();
            let held = split::fitting(&groups, (learn.len() / 3).max(1));
            if held.is_empty() {
                return Err(class);
            }
            learn.retain(|i| !held.contains(i));
            held_out.extend(held.iter().map(|i| (*i, class)));
            pool.extend_from_slice(&learn);
        }
        let pooled: Vec<_> = pool.iter().map(|i| chosen[*i]).collect();
        let mut draws = Vec::new();
        for size in SIZES {
            for draw in 1..=DRAWS as u64 {
                let seed = seed.wrapping_add(draw);
                let ranked = split::ranked(&pooled, classes, seed);
                if ranked.iter().any(|members| members.len() < size) {
                    break;
                }
                let marked = ranked.iter().enumerate().flat_map(|(class, members)| {
                    let first = members.iter().take(size);
                    first.map(|i| (pool[*i], class)).collect::<Vec<_>>()
                });
                draws.push((size, marked.collect()));
                // All there are: every draw would be the same.
                if ranked.iter().all(|members| members.len() == size) {
                    break;
                }
            }
        }
        Ok(Self {
            classes,
            held_out,
            draws,
        })
    }
}

impl Task for Measurement {
    fn kind(&self) -> Kind {
        Kind::Experiment
    }

    fn need(&self) -> Option<&str> {
        match self.stage {
            Stage::Gather => self.gathering.next(),
            _ => None,
        }
    }

    fn take(&mut self, file: Option<SampleFile>) -> Vec<Output> {
        let found = self.gathering.take(file);
        let (done, total) = self.gathering.progress();
        let job = Job::Prepare;
        let mut outputs = vec![plain(Event::Progress { job, done, total })];
        if !found {
            outputs.push(lost_sample());
        }
        outputs
    }

    fn step(self: Box<Self>, engine: &mut Engine) -> Stepping<'_> {
        Box::pin(ready(self.portions(engine.clock)))
    }

    fn stop(self: Box<Self>, _: &mut Engine, only: Option<Method>) -> Step {
        match only {
            None => Step::last(self.ended()),
            Some(_) => Step::of(Some(*self), Vec::new()),
        }
    }
}

impl Measurement {
    /// Portions of work until a step is long enough.
    fn portions(self, clock: fn() -> f64) -> Step {
        let begun = clock();
        let mut outputs = Vec::new();
        let mut left = Some(self);
        // Small heads take a few portions of next to nothing.
        while let Some(next) = left.take_if(|m| m.need().is_none()) {
            left = next.portion(&mut outputs);
            if clock() - begun >= STEP {
                break;
            }
        }
        Step::of(left, outputs)
    }

    /// The answer, whole or as far as it came.
    fn ended(&self) -> Vec<Output> {
        let curve = plain(Event::LearningCurve(self.curve.clone()));
        vec![curve, self.progress(self.total())]
    }

    fn total(&self) -> usize {
        ALL.len() * self.plan.draws.len()
    }

    fn progress(&self, done: usize) -> Output {
        plain(Event::Progress {
            job: Job::Lab,
            done,
            total: self.total(),
        })
    }

    /// Accuracies of one kind of features, from the hits of each draw.
    fn add_curve(&mut self, hits: &[usize]) {
        let all = self.curve.held_out as f64;
        let drawn: Vec<(usize, f64)> = self
            .plan
            .draws
            .iter()
            .zip(hits)
            .map(|((samples, _), hits)| (*samples, *hits as f64 / all))
            .collect();
        let size = |of: &[(usize, f64)]| CurveSize {
            samples: of[0].0,
            mean: of.iter().map(|d| d.1).sum::<f64>() / of.len() as f64,
            low: of.iter().map(|d| d.1).fold(1.0, f64::min),
            high: of.iter().map(|d| d.1).fold(0.0, f64::max),
            draws: of.len(),
        };
        let sizes: Vec<CurveSize> = drawn.chunk_by(|a, b| a.0 == b.0).map(size).collect();
        let features = ALL[self.curve.curves.len()];
        if features == Features::Pretrained {
            self.curve.outlook = outlook(&sizes, self.smallest);
        }
        self.curve.curves.push(FeatureCurve { features, sizes });
    }

    /// One bounded piece of work; none when it was the last.
    fn portion(mut self, outputs: &mut Vec<Output>) -> Option<Self> {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Gather) {
            Stage::Gather => {
                let empty = Gathering::new(Vec::new(), RANDOM_SIDE);
                let inputs = std::mem::replace(&mut self.gathering, empty).inputs();
                // Without all samples these features cannot be told beside the others.
                let Some(inputs) = inputs.into_iter().collect::<Option<Vec<_>>>() else {
                    outputs.extend(self.ended());
                    return None;
                };
                let some = inputs.iter().step_by(inputs.len().div_ceil(SCALED_ON));
                let class = 0; // of no meaning here
                let picture = |rgb: &Input| Picture {
                    rgb: rgb.clone(),
                    class,
                };
                let pictures: Vec<Picture> = some.map(picture).collect();
                let random = Layers::random(&self.layers, self.seed, &pictures, RANDOM_SIDE);
                Stage::Embed {
                    net: Box::new(Frozen::new(&random, RANDOM_SIDE)),
                    inputs,
                    found: Vec::new(),
                }
            }
            Stage::Embed {
                net,
                inputs,
                mut found,
            } => {
                for input in inputs.iter().skip(found.len()).take(BATCH) {
                    match net.embed(input) {
                        Ok(embedding) => found.push(embedding.into()),
                        Err(e) => {
                            let problem = Problem::computation(&e);
                            outputs.push(plain(Event::Problem(problem)));
                            outputs.extend(self.ended());
                            return None;
                        }
                    }
                }
                let (job, done, total) = (Job::Prepare, found.len(), inputs.len());
                outputs.push(plain(Event::Progress { job, done, total }));
                match done < total {
                    true => Stage::Embed { net, inputs, found },
                    false => Stage::Multiply(Box::new(Gram::new(found)), inputs),
                }
            }
            Stage::Multiply(mut gram, inputs) => match gram.step() {
                true => Stage::Multiply(gram, inputs),
                false => Stage::Draw {
                    gram,
                    hits: Vec::new(),
                    draw: None,
                    inputs,
                },
            },
            Stage::Pixels { inputs, mut found } => {
                let next = inputs.iter().skip(found.len()).take(PIXELS_BATCH);
                found.extend(next.map(|input| Rc::from(Data::raw_features(input, RANDOM_SIDE))));
                match found.len() < inputs.len() {
                    true => Stage::Pixels { inputs, found },
                    false => Stage::Multiply(Box::new(Gram::new(found)), Vec::new()),
                }
            }
            Stage::Draw {
                gram,
                mut hits,
                draw,
                inputs,
            } => {
                let plan = &self.plan;
                let mut draw = draw.unwrap_or_else(|| {
                    let l2 = TrainSettings::default().l2;
                    let (_, learned) = &plan.draws[hits.len()];
                    Box::new(Draw::new(learned, plan.classes, l2))
                });
                let hit = draw.advance(&gram, &plan.held_out);
                let under_way = hit.is_none().then_some(draw);
                hits.extend(hit);
                if hits.len() < plan.draws.len() {
                    if hit.is_some() {
                        let done = self.curve.curves.len() * plan.draws.len() + hits.len();
                        outputs.push(self.progress(done));
                    }
                    Stage::Draw {
                        gram,
                        hits,
                        draw: under_way,
                        inputs,
                    }
                } else {
                    self.add_curve(&hits);
                    match ALL.get(self.curve.curves.len()) {
                        None => {
                            outputs.extend(self.ended());
                            return None;
                        }
                        Some(Features::Pretrained | Features::Random) => Stage::Gather,
                        Some(Features::Pixels) => {
                            let found = Vec::new();
                            Stage::Pixels { inputs, found }
                        }
                    }
                }
            }
        };
        Some(self)
    }
}

impl Engine {
    pub(crate) fn start_curve(&mut self, id: u64, classes: &[ClassId], seed: u64) -> Handled {
        self.unoccupied()?;
        let mut classes = once(classes);
        classes.retain(|id| self.project.class(*id).is_some());
        let names = classes.iter().map(|id| self.project.name(*id));
        let class_names: Vec<String> = names.flatten().map(str::to_owned).collect();
        if classes.len() < 2 {
            return Err(Problem::Lab(LabProblem::TooFewClasses));
        }
        let numbers: HashMap<ClassId, usize> = classes.iter().copied().zip(0..).collect();
        let groups = self.project.groups();
        let samples = self.project.samples().iter();
        let (samples, embeddings): (Vec<Candidate>, Vec<&Rc<[f32]>>) = samples
            .filter_map(|s| {
                let sample = Candidate {
                    class: *numbers.get(&s.row.class)?,
                    hash: &s.row.hash,
                    group: groups.of(s.row.id),
                };
                Some((sample, s.embedding.as_ref()?))
            })
            .unzip();
        let mut ranked = split::ranked(&samples, classes.len(), seed);
        if let Some(class) = ranked.iter().position(|samples| samples.len() < 2) {
            return Err(Problem::Lab(LabProblem::TooFewSamples {
                class: class_names[class].clone(),
                samples: ranked[class].len(),
                needed: 2,
            }));
        }
        let smallest = ranked.iter().map(Vec::len).min().unwrap_or(0);
        let most = MOST.min(MOST_IN_ALL / classes.len()).max(2);
        ranked.iter_mut().for_each(|samples| samples.truncate(most));
        let chosen = ranked.concat();
        let samples: Vec<_> = chosen.iter().map(|i| samples[*i]).collect();
        let plan = match Plan::new(&samples, classes.len(), seed) {
            Ok(plan) => plan,
            Err(class) => {
                let class = class_names[class].clone();
                return Err(Problem::Lab(LabProblem::TooAlike { class }));
            }
        };
        let size = memory::Curve {
            samples: chosen.len(),
            width: self.backbone.spec().width,
            learned: plan.draws.last().map_or(0, |(_, learned)| learned.len()),
            classes: classes.len(),
            side: RANDOM_SIDE,
        };
        if memory::needed(&memory::Task::Curve(size)) > memory::MOST {
            return Err(Problem::Lab(LabProblem::TooLarge));
        }
        let embeddings = chosen.iter().map(|i| embeddings[*i].clone()).collect();
        let keys = samples.iter().map(|sample| sample.hash.0.clone()).collect();
        let measurement = Measurement {
            curve: LearningCurve {
                class_names,
                held_out: plan.held_out.len(),
                curves: Vec::new(),
                outlook: None,
            },
            smallest,
            plan,
            gathering: Gathering::new(keys, RANDOM_SIDE),
            stage: Stage::Multiply(Box::new(Gram::new(embeddings)), Vec::new()),
            seed,
            layers: self.backbone.layers().clone(),
        };
        let outputs = vec![measurement.progress(0)];
        self.begin(id, measurement);
        Ok(Reply::UnderWay(outputs))
    }
}
