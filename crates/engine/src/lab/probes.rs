//! "Which layer tells your samples apart?": heads in closed form that see one depth of the network each.

use std::collections::HashMap;

use crate::discriminants::parts;
use crate::run::STEP;
use crate::task::{Kind, Step, Stepping, Task, Then};
use crate::training::Item;
use crate::{Engine, Handled, Output, Reply, plain};
use data::class::ClassId;
use data::classifier::Part;
use data::lab::once;
use data::metrics::Interval;
use data::probes::{Finding, LayerProbe, LayerProbes, SIGNIFICANCE};
use data::problem::{LabProblem, Problem};
use data::protocol::{Event, Job};
use data::settings::{Measure, TrainSettings};
use data::split::{self, Candidate};
use data::transfer::Method;
use learn::evaluation::two_sided;
use learn::lda::{Fit, Fitting, LeavingOut, Products, Refused, Sample, Setting, Spreads};
use network::backbone::Backbone;

/// Samples in all at most: a head on each depth takes time with their number cubed.
const MOST: usize = 1000;
/// Of every head, so that no choice is made on the samples that judge.
const SHRINKAGE: f64 = 0.6;

/// Measuring on its way.
pub struct Probing {
    probes: LayerProbes,
    samples: Vec<Sample>,
    classes: usize,
    /// In which each sample is left out; none where its class would be gone.
    folds: Vec<Option<usize>>,
    /// The same, numbered on for those that are in none.
    left_out: Vec<usize>,
    /// Of each depth whose turn was, whether each sample that was left out was recognised.
    hits: Vec<Vec<bool>>,
    stage: Stage,
}

enum Stage {
    Multiply,
    Spread(Box<Spreads>),
    /// The next depth begins.
    Next(Box<Spreads>),
    Fit(Box<Spreads>, Box<Fitting>),
    LeaveOut(Box<Spreads>, Box<Fit>, Box<LeavingOut>),
}

impl Task for Probing {
    fn kind(&self) -> Kind {
        Kind::Experiment
    }

    fn step(self: Box<Self>, engine: &mut Engine) -> Stepping<'_> {
        Box::pin(async move { self.portions(engine) })
    }

    /// It takes seconds at most, and a part of the depths says nothing of the others.
    fn stop(self: Box<Self>, _: &mut Engine, only: Option<Method>) -> Step {
        match only {
            None => Step::last(vec![self.progress(self.total())]),
            Some(_) => Step::of(Some(*self), Vec::new()),
        }
    }
}

impl Probing {
    fn depths(&self) -> usize {
        self.probes.layers.len()
    }

    /// The products are one more.
    fn total(&self) -> usize {
        self.depths() + 1
    }

    fn progress(&self, done: usize) -> Output {
        let (job, total) = (Job::Lab, self.total());
        plain(Event::Progress { job, done, total })
    }

    /// Portions of work until a step is long enough.
    fn portions(mut self, engine: &mut Engine) -> Step {
        let begun = (engine.clock)();
        let before = self.hits.len();
        while self.hits.len() < self.depths() {
            let stage = std::mem::replace(&mut self.stage, Stage::Multiply);
            match self.portion(stage, &mut engine.kept.products) {
                Ok(stage) => self.stage = stage,
                Err(why) => {
                    let then = Then::Refuse(Problem::Internal(format!("{why:?}").into()));
                    let outputs = Vec::new();
                    return Step { outputs, then };
                }
            }
            if (engine.clock)() - begun >= STEP {
                break;
            }
        }
        let done = self.hits.len();
        if done < self.depths() {
            let told = (done > before).then(|| self.progress(done + 1));
            return Step::of(Some(self), told.into_iter().collect());
        }
        let progress = self.progress(self.total());
        Step::last(vec![plain(Event::LayerProbes(self.found())), progress])
    }

    fn portion(&mut self, stage: Stage, products: &mut Products) -> Result<Stage, Refused> {
        Ok(match stage {
            Stage::Multiply => match products.step() {
                true => Stage::Multiply,
                false => Stage::Spread(Box::new(Spreads::new(self.samples.clone(), self.classes)?)),
            },
            Stage::Spread(mut spreads) => match spreads.step(products) {
                true => Stage::Spread(spreads),
                false => Stage::Next(spreads),
            },
            Stage::Next(spreads) => {
                let setting = Setting {
                    parts: vec![self.hits.len()],
                    shrinkage: SHRINKAGE,
                };
                let scales = spreads.scales(products, &setting);
                let fitting = Fitting::new(self.samples.clone(), self.classes, scales)?;
                Stage::Fit(spreads, Box::new(fitting))
            }
            Stage::Fit(spreads, mut fitting) => match fitting.advance(products)? {
                None => Stage::Fit(spreads, fitting),
                Some(fit) => {
                    let leaving = LeavingOut::new(&fit, &self.left_out);
                    Stage::LeaveOut(spreads, Box::new(fit), Box::new(leaving))
                }
            },
            Stage::LeaveOut(spreads, fit, mut leaving) => match leaving.advance(&fit)? {
                None => Stage::LeaveOut(spreads, fit, leaving),
                Some(left_out) => {
                    let rows = left_out.rows().zip(&self.samples).zip(&self.folds);
                    let judged = rows.filter(|(_, fold)| fold.is_some());
                    let right = |(row, sample): (&[f64], &Sample)| {
                        let own = row[sample.1];
                        own.is_finite() && row.iter().all(|logit| *logit <= own)
                    };
                    self.hits
                        .push(judged.map(|(pair, _)| right(pair)).collect());
                    Stage::Next(spreads)
                }
            },
        })
    }

    fn found(mut self) -> LayerProbes {
        for (layer, hits) in self.probes.layers.iter_mut().zip(&self.hits) {
            let right = hits.iter().filter(|hit| **hit).count();
            layer.accuracy = Interval::wilson(right, hits.len());
        }
        (self.probes.best, self.probes.finding) = finding(&self.hits);
        self.probes
    }
}

/// The most accurate depth, and what is sure of it. `hits`: of each depth, the embedding last, whether it recognised each sample.
fn finding(hits: &[Vec<bool>]) -> (usize, Finding) {
    let right = |depth: &usize| hits[*depth].iter().filter(|hit| **hit).count();
    // Among equals the last.
    let best_of = |some: std::ops::Range<usize>| some.max_by_key(right);
    let best = best_of(0..hits.len()).unwrap_or_default();
    let Some(end) = hits.len().checked_sub(1).filter(|end| *end > 0) else {
        return (best, Finding::Open);
    };
    // The better of these was looked for among the others: each of them was a chance to find one.
    let is_more = |one: usize, other: usize| {
        let pairs = || hits[one].iter().zip(&hits[other]);
        let only_one = pairs().filter(|(a, b)| **a && !**b).count();
        let only_other = pairs().filter(|(a, b)| !**a && **b).count();
        only_one > only_other && two_sided(only_one, only_other) * (end as f64) < SIGNIFICANCE
    };
    let finding = match best {
        _ if best + 1 < end && is_more(best, end) => Finding::Middle,
        _ if best + 1 == end && is_more(best, end) => Finding::BeforeEnd,
        _ if best_of(0..end.div_ceil(2)).is_some_and(|early| is_more(end, early)) => Finding::End,
        _ => Finding::Open,
    };
    (best, finding)
}

/// Depths with their places in the network, nothing measured yet.
fn layers(backbone: &Backbone, parts: &[Part]) -> (usize, Vec<LayerProbe>) {
    let network = backbone.layers().network();
    let (blocks, taps) = (network.blocks(), network.taps());
    let probe = |(i, part): (usize, &Part)| {
        let last = blocks.len().saturating_sub(1);
        let (at, width) = match part {
            Part::Layers { from, to } => {
                let op = taps[i].op;
                let holds = |block: &data::network::Block| (block.start..block.end()).contains(&op);
                (blocks.iter().position(holds).unwrap_or(last), to - from)
            }
            Part::Embedding => (last, backbone.spec().width),
        };
        LayerProbe {
            layer: blocks
                .get(at)
                .map_or_else(String::new, |b| b.name.to_owned()),
            block: at + 1,
            width,
            accuracy: Interval::wilson(0, 0),
        }
    };
    (blocks.len(), parts.iter().enumerate().map(probe).collect())
}

impl Engine {
    pub(crate) fn start_probes(&mut self, id: u64, classes: &[ClassId], seed: u64) -> Handled {
        self.unoccupied()?;
        let settings = TrainSettings {
            measure: Measure::CrossValidation,
            seed,
            ..TrainSettings::default()
        };
        let mut classes = once(classes);
        let too_few = || Problem::Lab(LabProblem::TooFewClasses);
        let lesson = self.lesson(&settings).map_err(|_| too_few())?;
        classes.retain(|id| lesson.ids.contains(id));
        if classes.len() < 2 {
            return Err(too_few());
        }
        let class_names: Vec<String> = classes
            .iter()
            .filter_map(|id| self.project.name(*id))
            .map(str::to_owned)
            .collect();
        let numbers: HashMap<ClassId, usize> = classes.iter().copied().zip(0..).collect();
        let whole = self.backbone.layer_widths().is_empty();
        let (train, ids) = (lesson.train, lesson.ids);
        let numbered = train.into_iter().filter_map(|item| {
            let class = *numbers.get(&ids[item.class])?;
            (whole || item.layers.is_some()).then_some(Item { class, ..item })
        });
        let mut items: Vec<Item> = numbered.collect();
        let candidates: Vec<Candidate> = items.iter().map(Item::candidate).collect();
        let ranked = split::ranked(&candidates, classes.len(), seed);
        if let Some(class) = ranked.iter().position(|samples| samples.len() < 2) {
            return Err(Problem::Lab(LabProblem::TooFewSamples {
                class: class_names[class].clone(),
                samples: ranked[class].len(),
                needed: 2,
            }));
        }
        let most = (MOST / classes.len()).max(2);
        let mut chosen = vec![false; items.len()];
        let some = ranked.iter().flat_map(|samples| samples.iter().take(most));
        some.for_each(|i| chosen[*i] = true);
        let mut chosen = chosen.into_iter();
        items.retain(|_| chosen.next() == Some(true));
        let candidates: Vec<Candidate> = items.iter().map(Item::candidate).collect();
        let folds = split::folds(&candidates, seed);
        if folds.iter().all(Option::is_none) {
            let class = class_names[items[0].class].clone();
            return Err(Problem::Lab(LabProblem::TooAlike { class }));
        }
        let left_out = split::left_out_together(&candidates, &folds);
        let places = self.kept.hold(&items, &self.backbone);
        let places = places.map_err(|why| Problem::Internal(format!("{why:?}").into()))?;
        let parts = parts(&self.backbone, !whole);
        let (blocks, layers) = layers(&self.backbone, &parts);
        let probing = Probing {
            probes: LayerProbes {
                class_names,
                blocks,
                layers,
                best: 0,
                finding: Finding::Open,
            },
            samples: places
                .into_iter()
                .zip(items.iter().map(|i| i.class))
                .collect(),
            classes: classes.len(),
            folds,
            left_out,
            hits: Vec::new(),
            stage: Stage::Multiply,
        };
        let outputs = vec![probing.progress(0)];
        self.begin(id, probing);
        Ok(Reply::UnderWay(outputs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 40 samples, the first so many.
    fn first(right: usize) -> Vec<bool> {
        (0..40).map(|i| i < right).collect()
    }

    fn check(right: [usize; 7], expected: (usize, Finding)) {
        let hits: Vec<Vec<bool>> = right.map(first).into();
        assert_eq!(finding(&hits), expected, "{right:?}");
    }

    #[test]
    fn only_what_is_no_chance_is_a_finding() {
        check([10, 20, 25, 36, 34, 30, 20], (3, Finding::Middle));
        check([10, 20, 25, 30, 34, 36, 20], (5, Finding::BeforeEnd));
        check([10, 20, 25, 30, 34, 36, 38], (6, Finding::End));
        // Seven samples: p is 0.016, and six layers were compared.
        check([30, 30, 30, 37, 30, 30, 30], (3, Finding::Open));
        // Nine: 0.004.
        check([30, 30, 30, 39, 30, 30, 30], (3, Finding::Middle));
        // The best by a little is not the end, but the end is far ahead of the beginning.
        check([10, 12, 14, 30, 38, 36, 37], (4, Finding::End));
        check([40; 7], (6, Finding::Open));
        assert_eq!(finding(&[first(3)]), (0, Finding::Open));
        assert_eq!(finding(&[]), (0, Finding::Open));
    }
}
