//! Before the first batch: pictures through the frozen part, and a centre for a head without one.

use std::sync::Arc;

use super::{Job, Phase, Picture, Plane, Shown, TOGETHER, TuneStep, Tuner, augment, zero_head};
use crate::standardise::mean_and_scale;
use network::ComputeError;

impl Tuner {
    /// A picture to learn from, or one that decides when to end.
    pub fn add(&mut self, picture: Picture, validates: bool) {
        let (pictures, ways) = match validates {
            true => (&mut self.validation, 1),
            false => (&mut self.train, self.keeping.ways),
        };
        let number = pictures.len();
        pictures.push(picture);
        // Where every layer learns, only the centre of a head without one is looked for.
        let ways = match (self.cut.is_start(), self.needs_centre && !validates) {
            (true, false) => 0,
            (true, true) => 1,
            (false, _) => ways,
        };
        for way in 0..ways {
            self.jobs.push_back(Job {
                validates,
                picture: number,
                way,
            });
        }
        self.prepared.1 += ways;
        if !validates {
            self.shown.push(Vec::new());
        }
    }

    /// All pictures were added.
    pub fn complete(&mut self) {
        self.complete = true;
        self.begin();
    }

    /// There is nothing to do before another picture is added.
    pub fn wants_sample(&self) -> bool {
        self.jobs.is_empty() && !self.complete
    }

    /// There is no picture to learn from.
    pub fn is_empty(&self) -> bool {
        self.train.is_empty()
    }

    /// What the pictures to learn from became on their way through the frozen part; complete once the
    /// first batch was learnt from, and empty where every layer learns.
    pub fn shown(&self) -> Shown {
        Shown(self.shown.clone())
    }

    /// Takes what another run with the same cut and size made of the same pictures, so that they need
    /// not be sent through the frozen part again. Only where that is all there is to prepare: with
    /// a head to begin from and without validation.
    pub fn prepared(mut self, shown: Shown) -> Self {
        let fits = shown.0.len() == self.train.len() && shown.0.iter().all(|ways| !ways.is_empty());
        let all = self.validation.is_empty() && !self.needs_centre && !self.cut.is_start();
        if fits && all {
            let ways: usize = shown.0.iter().map(Vec::len).sum();
            self.spent += ways as f64 * self.work.0;
            self.shown = shown.0;
            self.jobs.clear();
            self.phase = Phase::Train;
        }
        self
    }

    pub(super) async fn prepare(&mut self) -> Result<TuneStep, ComputeError> {
        let jobs: Vec<Job> = self.jobs.drain(..TOGETHER.min(self.jobs.len())).collect();
        let mut squares = Vec::new();
        for job in &jobs {
            let picture = match job.validates {
                false => &self.train[job.picture],
                true => &self.validation[job.picture],
            };
            let square = augment::variant(picture, self.size, job.way, &mut self.random);
            squares.push(square);
        }
        let entered = self.frozen.run(&squares).await?;
        for (job, plane) in jobs.iter().zip(entered) {
            self.take(job, plane).await?;
        }
        self.prepared.0 += jobs.len();
        self.begin();
        let (done, total) = self.prepared;
        Ok(TuneStep::Prepared { done, total })
    }

    /// Keeps what entered at the cut, and of the picture no more than that.
    async fn take(&mut self, job: &Job, plane: Vec<f32>) -> Result<(), ComputeError> {
        if !job.validates {
            self.spent += self.work.0;
            if job.way == 0 && self.needs_centre {
                self.spent += self.work.1;
                self.embeddings.push(self.learner.embed(&[&plane]).await?);
            }
        }
        if self.cut.is_start() {
            return Ok(());
        }
        let plane = Plane::new(plane, self.keeping.half);
        let (picture, is_last) = match job.validates {
            true => {
                self.held.push(plane);
                (&mut self.validation[job.picture], true)
            }
            false => {
                self.shown[job.picture].push(plane);
                let is_last = job.way + 1 == self.keeping.ways;
                (&mut self.train[job.picture], is_last)
            }
        };
        if is_last {
            picture.rgb = Arc::default();
        }
        Ok(())
    }

    /// Training follows when all pictures are there and ready.
    fn begin(&mut self) {
        let waits = matches!(self.phase, Phase::Prepare) && self.complete;
        if waits && self.jobs.is_empty() {
            self.centre();
            self.phase = Phase::Train;
        }
    }

    /// Centres a head that begins at zero on the embeddings as they are before tuning.
    fn centre(&mut self) {
        let embeddings = std::mem::take(&mut self.embeddings);
        if !self.needs_centre || embeddings.is_empty() {
            return;
        }
        let all: Vec<&[f32]> = embeddings.iter().map(Vec::as_slice).collect();
        let (mean, scale) = mean_and_scale(&all);
        self.learner.set_head(&zero_head(mean, scale, self.classes));
        self.needs_centre = false;
    }
}
