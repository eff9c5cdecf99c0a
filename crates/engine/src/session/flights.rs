//! Samples that the embedders have: they go out and come in in the same order, so that the same samples make the same project.

use std::collections::VecDeque;

use super::Session;
use super::platform::{EmbedJob, Embedders, Platform};
use super::queue::QueuedSample;
use crate::PreparedSample;
use data::problem::SampleProblem;

type Prepared = Result<PreparedSample, SampleProblem>;

pub struct Flights<P: Platform> {
    out: VecDeque<Flight<P>>,
    /// The number of the next job; none is used twice.
    next: u64,
}

struct Flight<P: Platform> {
    job: u64,
    sample: QueuedSample<P>,
    prepared: Option<Prepared>,
}

impl<P: Platform> Default for Flights<P> {
    fn default() -> Self {
        let out = VecDeque::new();
        Self { out, next: 0 }
    }
}

impl<P: Platform> Flights<P> {
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// The next sample in order, if it is prepared.
    pub fn next(&mut self) -> Option<(QueuedSample<P>, Prepared)> {
        self.out.front()?.prepared.as_ref()?;
        let flight = self.out.pop_front()?;
        Some((flight.sample, flight.prepared?))
    }

    /// A sample is prepared; one that was called back is passed over.
    pub fn landed(&mut self, job: u64, prepared: Prepared) {
        if let Some(flight) = self.out.iter_mut().find(|flight| flight.job == job) {
            flight.prepared = Some(prepared);
        }
    }

    /// How many are out.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// The number of the next job.
    pub fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// All that are out, to be given out anew.
    pub fn call_back(&mut self) -> Vec<QueuedSample<P>> {
        self.out.drain(..).map(|flight| flight.sample).collect()
    }
}

impl<P: Platform> Session<P> {
    /// Gives samples to the embedders, or takes one itself where there are none. False where there is no sample to work at.
    pub(super) async fn work_at_samples(&mut self) -> bool {
        if !self.platform.embedders().take(self.queue.waiting()) {
            let Some(sample) = self.queue.next_to_add() else {
                return false;
            };
            self.platform.tell(sample.begun().into_iter().collect());
            let outputs = sample.deliver(&mut self.engine, &self.platform).await;
            self.publish(outputs).await;
            return true;
        }
        let embed = !self.engine.runs_on_gpu();
        let asked = self.batch.out();
        while self.flights.out.len() + asked < self.platform.embedders().room()
            && let Some(sample) = self.queue.next_to_add()
        {
            self.platform.tell(sample.begun().into_iter().collect());
            let job = self.flights.number();
            let prepared = match sample.job_source() {
                Ok(source) => {
                    self.platform.embedders().give(EmbedJob {
                        job,
                        source,
                        backbone: self.engine.backbone(),
                        embed,
                        keep: true,
                    });
                    None
                }
                Err(why) => Some(Err(why)),
            };
            self.flights.out.push_back(Flight {
                job,
                sample,
                prepared,
            });
        }
        false
    }
}
