//! Samples of a batch on their way to an answer.

use super::super::Session;
use super::super::platform::{EmbedJob, Embedders, Platform};
use super::{Asked, Flight, Row, Seen, stored};
use crate::asking::Said;
use crate::{NetworkInput, Output, PreparedSample, SampleFile, done, plain};
use data::problem::{Problem, SampleProblem};
use data::protocol::Event;

/// Answers are stored when so many are there, or so many milliseconds after the last ones.
const AT_ONCE: usize = 64;
const WITHIN: f64 = 1000.0;

impl<P: Platform> Session<P> {
    /// A piece of work at the batch; none where there is nothing to do now.
    pub(in super::super) async fn answer_some(&mut self) -> Option<Vec<Output>> {
        if self.batch.look && self.compare_head() {
            let mut outputs = self.store_answers();
            if self.batch.other_head {
                outputs.extend(self.batch.let_wait());
            }
            outputs.extend(self.batch.told());
            return Some(outputs);
        }
        if !self.batch.goes_on() {
            return None;
        }
        let elsewhere = self.platform.embedders().take(self.batch.waiting.len());
        let mut worked = !elsewhere;
        if elsewhere {
            worked = self.take_in();
            self.give_out();
        } else if let Some(asked) = self.batch.waiting.pop_front() {
            self.prepare(asked).await;
        }
        let batch = &self.batch;
        let last = batch.waiting.is_empty() && batch.out.is_empty();
        let ready = batch.seen.len() >= self.engine.asked_at_once();
        if ready || last && !batch.seen.is_empty() {
            worked = true;
            if let Err(problem) = self.see().await {
                return Some(self.stumbled(problem));
            }
        }
        let since = (self.platform.clock())() - self.batch.stored_at;
        let (fresh, over) = (self.batch.fresh.len(), self.batch.pending.is_empty());
        if fresh >= AT_ONCE || fresh > 0 && (since >= WITHIN || over) {
            let mut outputs = self.store_answers();
            outputs.extend(self.batch.told());
            return Some(outputs);
        }
        // Nothing but waiting for the embedders is left.
        worked.then(Vec::new)
    }

    /// To the embedders, as many as they take.
    fn give_out(&mut self) {
        let embed = self.engine.may_embed_elsewhere();
        let room = self.platform.embedders().room();
        while self.flights.len() + self.batch.out.len() < room
            && let Some(asked) = self.batch.waiting.pop_front()
        {
            self.platform.tell(asked.begun());
            let job = self.flights.number();
            let prepared = match asked.sample.job_source() {
                Ok(source) => {
                    self.platform.embedders().give(EmbedJob {
                        job,
                        source,
                        backbone: self.engine.backbone(),
                        embed,
                        keep: false,
                    });
                    None
                }
                Err(why) => Some(Err(why)),
            };
            self.batch.out.push(Flight {
                job,
                asked,
                prepared,
            });
        }
    }

    /// What the embedders are done with; false where that is nothing.
    fn take_in(&mut self) -> bool {
        let out = std::mem::take(&mut self.batch.out);
        let before = out.len();
        for mut flight in out {
            match flight.prepared.take() {
                Some(prepared) => self.take_prepared(flight.asked, prepared, None),
                None => self.batch.out.push(flight),
            }
        }
        self.batch.out.len() < before
    }

    /// Reads it here.
    async fn prepare(&mut self, asked: Asked<P>) {
        self.platform.tell(asked.begun());
        let clock = self.platform.clock();
        let start = clock();
        let size = self.engine.input_size();
        let prepared = match asked.sample.source.read(&self.platform).await {
            Ok(bytes) => {
                let file: SampleFile = self.platform.decode(bytes).await;
                PreparedSample::to_ask(&file, size)
            }
            Err(why) => Err(why),
        };
        self.take_prepared(asked, prepared, Some(clock() - start));
    }

    fn take_prepared(
        &mut self,
        asked: Asked<P>,
        prepared: Result<PreparedSample, SampleProblem>,
        took: Option<f64>,
    ) {
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(why) => return self.note(asked, Err(why), took),
        };
        let took = took.or(prepared.milliseconds);
        match prepared.input {
            NetworkInput::Features(features) => {
                let Some(said) = self.engine.says(&features) else {
                    return self.batch.waiting.push_front(asked);
                };
                self.note(asked, Ok(said), took);
            }
            NetworkInput::Bytes(input) => self.batch.seen.push(Seen {
                asked,
                input,
                milliseconds: took.unwrap_or(0.0),
            }),
        }
    }

    /// The network sees what waits for it.
    async fn see(&mut self) -> Result<(), Problem> {
        let clock = self.platform.clock();
        let start = clock();
        let n = self.batch.seen.len().min(self.engine.asked_at_once());
        let inputs: Vec<&[u8]> = self.batch.seen[..n]
            .iter()
            .map(|seen| seen.input.as_slice())
            .collect();
        let features = self.engine.see(&inputs).await?;
        let each = (clock() - start) / n as f64;
        let seen: Vec<Seen<P>> = self.batch.seen.drain(..n).collect();
        for (seen, features) in seen.into_iter().zip(features) {
            match self.engine.says(&features) {
                Some(said) => self.note(seen.asked, Ok(said), Some(seen.milliseconds + each)),
                None => self.batch.waiting.push_front(seen.asked),
            }
        }
        Ok(())
    }

    fn note(
        &mut self,
        asked: Asked<P>,
        outcome: Result<Said, SampleProblem>,
        milliseconds: Option<f64>,
    ) {
        let batch = &mut self.batch;
        batch.pending.remove(&asked.path);
        if !asked.ended {
            batch.ends.push(asked.sample.file);
        }
        let Some(run) = &mut batch.run else { return };
        let row = Row {
            stamp: asked.stamp,
            outcome,
            seconds: milliseconds.map(|ms| ms / 1e3),
        };
        run.rows.insert(asked.path.clone(), row);
        batch.fresh.push(asked.path);
    }

    /// The network cannot compute: the batch waits, with all that has no answer.
    fn stumbled(&mut self, problem: Problem) -> Vec<Output> {
        // A new worker is handed all files once more.
        if problem == Problem::DeviceLost {
            return vec![plain(Event::Problem(problem))];
        }
        self.batch.paused = true;
        let mut outputs = self.store_answers();
        outputs.extend(self.batch.let_wait());
        outputs.extend(self.batch.told());
        outputs.push(plain(Event::Problem(problem)));
        outputs
    }

    /// What has an answer by now is stored, and ends for the page.
    pub(in super::super) fn store_answers(&mut self) -> Vec<Output> {
        let now = (self.platform.clock())();
        let batch = &mut self.batch;
        let Some(run) = batch.run.as_mut().filter(|_| !batch.fresh.is_empty()) else {
            return Vec::new();
        };
        batch.stored_at = now;
        let fresh = std::mem::take(&mut batch.fresh);
        batch.writes.push(stored::add(run, fresh.iter()));
        batch.ends.drain(..).map(done).collect()
    }
}

impl<P: Platform> Asked<P> {
    /// What may break a worker is told before it is read.
    fn begun(&self) -> Vec<Output> {
        self.sample.begun().into_iter().collect()
    }
}
