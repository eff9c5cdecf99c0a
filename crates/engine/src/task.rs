//! Long work: done in steps, one task at a time, begun by a request and ended early by another one.
//!
//! A task is a module of its own: a type that is a [`Task`], and a method of [`Engine`] that answers a request with
//! [`Engine::begin`]. What is common to all is here; nothing else of the engine knows which tasks there are.

use std::pin::Pin;

use super::{Engine, Output, SampleFile, done, plain, refused};
use data::problem::{LabProblem, Problem};
use data::protocol::{Event, HeadRequest, Request};
use data::transfer::Method;

/// What a task is to the page, which decides what ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It trains what is put into use: it may be paused, [`Request::StopTraining`] ends it, and [`Event::TrainingEnded`] tells
    /// of that.
    Training,
    /// It measures, for the Lab: [`Request::StopLab`] ends it.
    Experiment,
}

impl Kind {
    /// Of the task that a request begins.
    fn begun_by(request: &Request) -> Option<Self> {
        match request {
            Request::Train { .. }
            | Request::Tune { .. }
            | Request::Heads(HeadRequest::GoOn { .. }) => Some(Self::Training),
            Request::RunLab { .. } | Request::MeasureCurve { .. } | Request::ProbeLayers { .. } => {
                Some(Self::Experiment)
            }
            _ => None,
        }
    }

    /// Why no other task begins meanwhile.
    fn under_way(self) -> Problem {
        Problem::Lab(match self {
            Self::Training => LabProblem::Training,
            Self::Experiment => LabProblem::Running,
        })
    }
}

/// Work that takes many steps. A step is bounded, so that messages are read between two of them: pause, stop and progress
/// need no other mechanism.
pub(super) trait Task {
    fn kind(&self) -> Kind;

    /// The key of the file that has to come before the next step, by [`Self::take`].
    fn need(&self) -> Option<&str> {
        None
    }

    /// The file that it [needs](Self::need); none where storage lost it.
    fn take(&mut self, _file: Option<SampleFile>) -> Vec<Output> {
        Vec::new()
    }

    /// A bounded piece of work.
    fn step(self: Box<Self>, engine: &mut Engine) -> Stepping<'_>;

    /// Comes to an early end that keeps what is good by now; steps may follow that judge it. With a method, only its part of
    /// the work ends: a task that has none goes on.
    fn stop(self: Box<Self>, engine: &mut Engine, only: Option<Method>) -> Step;

    /// Samples or classes changed since it began.
    fn outdate(&mut self) {}
}

/// A step that is being done.
pub(super) type Stepping<'a> = Pin<Box<dyn Future<Output = Step> + 'a>>;

/// What came of a step.
pub(super) struct Step {
    pub outputs: Vec<Output>,
    pub then: Then,
}

pub(super) enum Then {
    GoOn(Box<dyn Task>),
    /// The task is over.
    End,
    /// The task is over, and nothing came of it.
    Refuse(Problem),
}

impl Step {
    /// The last one.
    pub fn last(outputs: Vec<Output>) -> Self {
        let then = Then::End;
        Self { outputs, then }
    }

    /// Another one follows where something is left.
    pub fn of(left: Option<impl Task + 'static>, outputs: Vec<Output>) -> Self {
        let then = left.map_or(Then::End, |task| Then::GoOn(Box::new(task)));
        Self { outputs, then }
    }
}

/// The task under way.
pub(super) struct Running {
    /// The request that began it.
    id: u64,
    task: Box<dyn Task>,
    /// It waits for [`Request::PauseTraining`].
    paused: bool,
}

impl Engine {
    /// A task begins, for this request, which ends with it.
    pub(super) fn begin(&mut self, id: u64, task: impl Task + 'static) {
        let (task, paused) = (Box::new(task), false);
        self.running = Some(Running { id, task, paused });
    }

    /// A task may begin.
    pub(super) fn unoccupied(&self) -> Result<(), Problem> {
        match &self.running {
            None => Ok(()),
            // The page's button is off.
            Some(running) => Err(running.task.kind().under_way()),
        }
    }

    /// Long work is under way, which would be lost with this engine.
    pub fn working(&self) -> bool {
        self.running.is_some()
    }

    /// A step of the task would be next.
    pub(super) fn task_goes_on(&self) -> bool {
        self.running.as_ref().is_some_and(|running| !running.paused)
    }

    /// The key of the file that the task waits for.
    pub(super) fn needed_by_task(&self) -> Option<&str> {
        let running = self.running.as_ref().filter(|running| !running.paused);
        running?.task.need()
    }

    pub(super) fn give_to_task(&mut self, file: Option<SampleFile>) -> Vec<Output> {
        let running = self.running.as_mut();
        running.map_or_else(Vec::new, |running| running.task.take(file))
    }

    pub(super) async fn step_task(&mut self) -> Vec<Output> {
        let Some(Running { id, task, .. }) = self.running.take_if(|running| !running.paused) else {
            return Vec::new();
        };
        let step = task.step(self).await;
        self.stepped(id, step)
    }

    fn stepped(&mut self, id: u64, step: Step) -> Vec<Output> {
        let Step { mut outputs, then } = step;
        match then {
            Then::GoOn(task) => {
                let paused = false;
                self.running = Some(Running { id, task, paused });
            }
            Then::End => outputs.push(done(id)),
            Then::Refuse(problem) => outputs.push(refused(id, problem)),
        }
        outputs
    }

    /// Samples or classes changed.
    pub(super) fn outdate_task(&mut self) {
        if let Some(running) = &mut self.running {
            running.task.outdate();
        }
    }

    /// Training waits, or goes on.
    pub(super) fn pause(&mut self, paused: bool) -> Vec<Output> {
        let training = |running: &&mut Running| running.task.kind() == Kind::Training;
        let Some(running) = self.running.as_mut().filter(training) else {
            return Vec::new();
        };
        running.paused = paused;
        vec![plain(Event::TrainingPaused(paused))]
    }

    /// Ends the task, or a method's part of it, where it is of this kind; what of this kind has not begun will not.
    pub(super) fn stop(&mut self, kind: Kind, only: Option<Method>) -> Vec<Output> {
        let mut outputs = match only {
            None => self.drop_deferred(|request| Kind::begun_by(request) == Some(kind)),
            Some(_) => Vec::new(),
        };
        if let Some(running) = self.running.take_if(|running| running.task.kind() == kind) {
            outputs.extend(self.stopped(running, only));
        }
        outputs
    }

    /// Ends the task, whatever it is, and what has not begun will not.
    pub(super) fn stop_any(&mut self) -> Vec<Output> {
        let mut outputs = self.drop_deferred(|_| true);
        if let Some(running) = self.running.take() {
            outputs.extend(self.stopped(running, None));
        }
        outputs
    }

    fn stopped(&mut self, running: Running, only: Option<Method>) -> Vec<Output> {
        let step = running.task.stop(self, only);
        self.stepped(running.id, step)
    }

    /// Ends the task without an outcome, and what has not begun will not.
    pub(super) fn abandon_task(&mut self) -> Vec<Output> {
        let mut outputs = self.drop_deferred(|_| true);
        if let Some(Running { id, task, .. }) = self.running.take() {
            if task.kind() == Kind::Training {
                outputs.push(plain(Event::TrainingEnded { stopped: true }));
            }
            outputs.push(done(id));
        }
        outputs
    }
}
