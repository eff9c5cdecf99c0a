//! Samples are compared with each other while nothing else is to do: what shares them out has to know which are of one moment.

use super::run::STEP;
use super::{Engine, Output, plain};
use data::protocol::{Event, Job, Request};

impl Engine {
    /// Holds a request back until the samples it shares out are compared.
    pub(super) fn unless_deferred(&mut self, id: u64, request: Request) -> Option<Request> {
        if request.shares_out() && !self.project.compared() {
            self.deferred.push((id, request));
            return None;
        }
        Some(request)
    }

    /// Compares samples for a step, and goes on with what waited for it.
    pub(super) async fn compare_samples(&mut self) -> Vec<Output> {
        let (begun, clock) = ((self.clock)(), self.clock);
        self.project.compare(|| clock() - begun < STEP);
        let mut outputs = Vec::new();
        if !self.deferred.is_empty() {
            let (done, total) = self.project.comparing();
            let job = Job::Prepare;
            outputs.push(plain(Event::Progress { job, done, total }));
        }
        if self.project.compared() {
            for (id, request) in std::mem::take(&mut self.deferred) {
                outputs.extend(self.handle(id, request, Vec::new()).await);
            }
        }
        outputs
    }
}
