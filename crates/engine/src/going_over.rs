//! Another backbone, and the end of what needs the one in use.

use std::collections::BTreeMap;

use super::heads::Wanted;
use super::{Engine, Output, Reply, done, ended, refused};
use data::backbone::{BackboneSpec, DeviceReport};
use data::problem::Problem;
use data::protocol::Request;
use network::backbone::Backbone;

impl Engine {
    /// Another backbone should come; what needs the one in use ends.
    pub(super) fn want(
        &mut self,
        id: u64,
        spec: &'static BackboneSpec,
        what_for: Wanted,
    ) -> Vec<Output> {
        let mut outputs = self.want_no_more();
        self.wanted = Some((spec, what_for, id));
        outputs.extend(self.stop_any());
        outputs
    }

    /// What waited for another backbone is over.
    pub(super) fn want_no_more(&mut self) -> Vec<Output> {
        let wanted = self.wanted.take();
        wanted.map(|(.., id)| done(id)).into_iter().collect()
    }

    /// Long work comes to an end that can be stored.
    pub fn stop_all(&mut self) -> Vec<Output> {
        let mut outputs = self.want_no_more();
        outputs.extend(self.stop_any());
        outputs.extend(self.drop_comparison());
        outputs
    }

    /// What is under way ends without an outcome: another session has the project, and nothing of it could be stored.
    pub fn abandon(&mut self) -> Vec<Output> {
        let mut outputs = self.want_no_more();
        outputs.extend(self.abandon_task());
        outputs.extend(self.drop_waiting());
        outputs.extend(self.drop_comparison());
        outputs
    }

    /// Of what waited for samples to be compared, these requests are over.
    pub(super) fn drop_deferred(&mut self, which: impl Fn(&Request) -> bool) -> Vec<Output> {
        let deferred = self.deferred.extract_if(.., |(_, request)| which(request));
        deferred.map(|(id, _)| done(id)).collect()
    }

    /// The backbone that the session should fetch now; none while something still needs the old one.
    pub fn wanted(&self) -> Option<&'static BackboneSpec> {
        let free = self.waiting.is_empty() && !self.working();
        self.wanted
            .as_ref()
            .map(|(spec, ..)| *spec)
            .filter(|_| free)
    }

    /// Another backbone was asked for and is not there yet.
    pub fn changes_backbone(&self) -> bool {
        self.wanted.is_some()
    }

    /// The wanted backbone, ready to run, or why there is none. `stored` is the table
    /// `project`: it may hold a head of that backbone. [`Self::load_embedding`] is next.
    pub fn use_backbone(
        &mut self,
        backbone: Result<(Backbone, DeviceReport), Problem>,
        stored: &BTreeMap<String, Vec<u8>>,
    ) -> Vec<Output> {
        let Some((_, what_for, id)) = self.wanted.take() else {
            return Vec::new();
        };
        let (backbone, device) = match backbone {
            Ok(loaded) => loaded,
            Err(problem) => return vec![refused(id, problem)],
        };
        let left = self.head.as_ref().map(|_| self.backbone.spec());
        self.project.use_backbone(backbone.spec().id);
        (self.backbone, self.device) = (backbone, device);
        let mut outputs = vec![self.ready()];
        outputs.extend(self.drop_comparison());
        outputs.extend(self.restore_head(stored));
        let reply = match what_for {
            Wanted::Head { name, head } => {
                let opened = self.put_into_use(id, &name, head);
                self.go_back_to(left, true);
                opened
            }
            Wanted::Before => {
                self.go_back_to(left, false);
                Ok(Reply::Done(Vec::new()))
            }
            Wanted::Itself => Ok(Reply::Done(Vec::new())),
        };
        outputs.extend(ended(id, reply));
        // Behind what opening a head says of it: by now there is a network to go back to.
        outputs.push(self.undo_event());
        outputs
    }
}
