//! A comparison under way: its samples, then one method after the other.

use std::collections::HashMap;

use super::arm::{Arm, Extraction};
use super::bench::Bench;
use crate::host_request::Gathering;
use crate::project::Project;
use crate::task::{Kind, Step, Stepping, Task, Then};
use crate::tuning::lost_sample;
use crate::{Engine, Handled, Output, Reply, SampleFile, plain};
use data::choose::{Lacking, choose};
use data::class::ClassId;
use data::lab::{ArmReport, ArmState, Budget, LabReport, LabSettings};
use data::problem::{LabProblem, Problem};
use data::protocol::{Event, Job};
use data::split::Candidate;
use data::transfer::Method;
use learn::memory;
use learn::tuner::Picture;
use network::ComputeError;

pub struct Comparison {
    report: LabReport,
    bench: Bench,
    /// Samples on their way, and the class of each; the first `report.train` are learned from.
    gathering: Option<(Gathering, Vec<usize>)>,
    arm: Option<Arm>,
    extraction: Option<Extraction>,
}

/// What a step changed.
#[derive(Default)]
struct Change {
    /// The page should see it.
    visible: bool,
    /// A method is over, by itself or not: worth storing.
    ended: bool,
    problem: Option<Problem>,
    /// Nothing came of the whole comparison.
    failed: Option<Problem>,
    error: Option<ComputeError>,
}

impl Task for Comparison {
    fn kind(&self) -> Kind {
        Kind::Experiment
    }

    fn need(&self) -> Option<&str> {
        self.gathering.as_ref()?.0.next()
    }

    fn take(&mut self, file: Option<SampleFile>) -> Vec<Output> {
        let Some((gathering, _)) = &mut self.gathering else {
            return Vec::new();
        };
        let found = gathering.take(file);
        let (done, total) = gathering.progress();
        let job = Job::Prepare;
        let mut outputs = vec![plain(Event::Progress { job, done, total })];
        if !found {
            outputs.push(lost_sample());
        }
        outputs
    }

    fn step(self: Box<Self>, engine: &mut Engine) -> Stepping<'_> {
        Box::pin(self.told_step(engine))
    }

    /// Ends a method, or all of them.
    fn stop(mut self: Box<Self>, engine: &mut Engine, only: Option<Method>) -> Step {
        self.end(only);
        let outputs = engine.show(&self, true, true);
        Step::of((!self.over()).then_some(*self), outputs)
    }
}

impl Comparison {
    async fn told_step(mut self, engine: &mut Engine) -> Step {
        let change = self.advance().await;
        if let (Some(e), true) = (&change.error, self.bench.link.is_some()) {
            return Step::last(engine.device_lost(e));
        }
        let mut outputs = Vec::new();
        if let Some(problem) = change.problem {
            outputs.push(plain(Event::Problem(problem)));
        }
        outputs.extend(engine.show(&self, change.visible, change.ended));
        match change.failed {
            Some(problem) => Step {
                outputs,
                then: Then::Refuse(problem),
            },
            None => Step::of((!self.over()).then_some(self), outputs),
        }
    }

    fn over(&self) -> bool {
        let under_way =
            |arm: &ArmReport| matches!(arm.state, ArmState::Waiting | ArmState::Running);
        !self.report.arms.iter().any(under_way)
    }

    /// Ends a method, or all of them.
    fn end(&mut self, method: Option<Method>) {
        for row in &mut self.report.arms {
            if method.is_none_or(|m| m == row.method) {
                match row.state {
                    ArmState::Running => self.arm = None,
                    ArmState::Waiting => {}
                    ArmState::Done | ArmState::Stopped => continue,
                }
                row.state = ArmState::Stopped;
            }
        }
    }

    async fn advance(&mut self) -> Change {
        let mut change = Change::default();
        if let Some((gathering, classes)) = self.gathering.take() {
            change.failed = self.settle(gathering, &classes);
            change.visible = change.failed.is_none();
            return change;
        }
        let next =
            |row: &&mut ArmReport| matches!(row.state, ArmState::Waiting | ArmState::Running);
        let Some(row) = self.report.arms.iter_mut().find(next) else {
            return change;
        };
        let Some(arm) = &mut self.arm else {
            row.state = ArmState::Running;
            self.arm = Some(Arm::new(
                row.method,
                self.extraction.clone(),
                &self.bench,
                row,
            ));
            change.visible = true;
            return change;
        };
        let points = row.curve.len();
        match arm.step(&self.bench, row).await {
            Ok(step) => {
                self.extraction = step.extraction.or(self.extraction.take());
                change.ended = step.done;
                if step.done {
                    row.state = ArmState::Done;
                }
            }
            // On the CPU that is learning that ran off to infinity.
            Err(e) => {
                row.state = ArmState::Stopped;
                change.ended = true;
                change.problem = Some(Problem::TrainingDiverged);
                change.error = Some(e);
            }
        }
        change.visible = change.ended || row.curve.len() != points;
        if change.ended {
            self.arm = None;
        }
        change
    }

    /// All samples are here: lost ones are left out.
    fn settle(&mut self, gathering: Gathering, classes: &[usize]) -> Option<Problem> {
        let inputs = gathering.inputs().into_iter().zip(classes).enumerate();
        for (i, (input, class)) in inputs {
            if let Some(rgb) = input {
                let class = *class;
                let to = match i < self.report.train {
                    true => &mut self.bench.train,
                    false => &mut self.bench.held_out,
                };
                to.push(Picture { rgb, class });
            }
        }
        self.report.train = self.bench.train.len();
        self.report.held_out = self.bench.held_out.len();
        let mut found = vec![(0, 0); self.report.class_names.len()];
        let Bench {
            train, held_out, ..
        } = &self.bench;
        train.iter().for_each(|sample| found[sample.class].0 += 1);
        held_out
            .iter()
            .for_each(|sample| found[sample.class].1 += 1);
        let lacks = |(train, held_out): &(usize, usize)| *train == 0 || *held_out == 0;
        let class = found.iter().position(lacks)?;
        let name = self.report.class_names[class].clone();
        let (train, held_out) = found[class];
        self.end(None);
        Some(Problem::Lab(LabProblem::TooFewSamples {
            class: name,
            samples: train + held_out,
            needed: self.bench.settings.samples + 1,
        }))
    }

    fn progress(&self) -> Output {
        let unit = match self.bench.settings.budget {
            Budget::Epochs(epochs) => epochs as f64,
            Budget::Seconds(seconds) => seconds.ceil(),
        };
        let share = |row: &ArmReport| match (row.state, &self.arm) {
            (ArmState::Done | ArmState::Stopped, _) => 1.0,
            (ArmState::Running, Some(arm)) => arm.share(&self.bench, row),
            _ => 0.0,
        };
        let total = unit as usize * self.report.arms.len();
        let done = self.report.arms.iter().map(share).sum::<f64>() * unit;
        // Only what is over is done.
        let done = match self.over() {
            true => total,
            false => (done as usize).min(total - 1),
        };
        let job = Job::Lab;
        plain(Event::Progress { job, done, total })
    }
}

/// The samples of these classes.
pub fn samples_of<'a>(project: &'a Project, classes: &[ClassId]) -> Vec<Candidate<'a>> {
    let numbers: HashMap<ClassId, usize> = classes.iter().copied().zip(0..).collect();
    let groups = project.groups();
    let rows = project.samples().iter().map(|s| &s.row);
    rows.filter_map(|row| {
        Some(Candidate {
            class: *numbers.get(&row.class)?,
            hash: &row.hash,
            group: groups.of(row.id),
        })
    })
    .collect()
}

impl Engine {
    pub(crate) async fn start_lab(&mut self, id: u64, settings: &LabSettings) -> Handled {
        self.unoccupied()?;
        let mut settings = settings.clamped();
        settings
            .classes
            .retain(|id| self.project.class(*id).is_some());
        if settings.classes.len() < 2 {
            return Err(Problem::Lab(LabProblem::TooFewClasses));
        }
        if settings.methods.is_empty() {
            return Err(Problem::Lab(LabProblem::NoMethod));
        }
        let names = settings.classes.iter().map(|id| self.project.name(*id));
        let class_names: Vec<String> = names.flatten().map(str::to_owned).collect();
        let samples = samples_of(&self.project, &settings.classes);
        let (classes, n) = (settings.classes.len(), settings.samples);
        let chosen = match choose(&samples, classes, n, settings.seed) {
            Ok(chosen) => chosen,
            Err(Lacking::Samples { class }) => {
                return Err(Problem::Lab(LabProblem::TooFewSamples {
                    class: class_names[class].clone(),
                    samples: samples.iter().filter(|p| p.class == class).count(),
                    needed: n + 1,
                }));
            }
            Err(Lacking::Groups { class }) => {
                let class = class_names[class].clone();
                return Err(Problem::Lab(LabProblem::TooAlike { class }));
            }
        };
        let size = memory::Comparison {
            layers: self.backbone.layers(),
            train: chosen.train.len(),
            held_out: chosen.held_out.len(),
            settings: &settings,
        };
        let Some(keeping) = size.fits() else {
            return Err(Problem::Lab(LabProblem::TooLarge));
        };
        let order = chosen.train.iter().chain(&chosen.held_out);
        let (of, keys) = order
            .map(|i| (samples[*i].class, samples[*i].hash.0.clone()))
            .unzip();
        let link = self.tuning_link().await;
        let report = LabReport {
            id: self.labs.new_id(&mut self.project.journal),
            class_names,
            train: chosen.train.len(),
            held_out: chosen.held_out.len(),
            arms: settings
                .methods
                .iter()
                .map(|m| ArmReport::waiting(*m))
                .collect(),
            settings: settings.clone(),
        };
        let told = plain(Event::Lab(report.clone()));
        let comparison = Comparison {
            report,
            gathering: Some((Gathering::new(keys, settings.resolution), of)),
            bench: Bench {
                settings,
                layers: self.backbone.layers().clone(),
                train: Vec::new(),
                held_out: Vec::new(),
                keeping,
                clock: self.clock,
                link,
            },
            arm: None,
            extraction: None,
        };
        self.begin(id, comparison);
        Ok(Reply::UnderWay(vec![told]))
    }

    /// Tells of a comparison, and stores it.
    fn show(&mut self, comparison: &Comparison, visible: bool, ended: bool) -> Vec<Output> {
        let mut outputs = Vec::new();
        let report = &comparison.report;
        let measured = report.arms.iter().any(|arm| arm.accuracy.is_some());
        let dropped = ended && measured && self.labs.keep(report, &mut self.project.journal);
        if visible || comparison.over() {
            outputs.push(plain(Event::Lab(report.clone())));
        }
        if dropped {
            outputs.push(self.labs.told());
        }
        outputs.push(comparison.progress());
        outputs
    }
}
