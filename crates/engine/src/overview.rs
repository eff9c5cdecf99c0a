//! What the page is told of the classes and of samples on their way.

use super::{Engine, Output, plain};
use data::protocol::{Event, Job};

/// So many classes are told of whenever their samples are counted anew.
const FEW_CLASSES: usize = 50;
/// Milliseconds until more of them are told of again, each.
const PAUSE_A_CLASS: f64 = 0.25;

impl Engine {
    /// The classes and how far the samples are. Many classes are told of now and then only, while samples are on their way: to
    /// tell of a thousand takes as long as to embed a sample, and to draw them longer.
    pub fn overview(&mut self) -> Vec<Output> {
        let progress = self.progress();
        let going = matches!(progress.0, Event::Progress { done, total, .. } if done < total);
        let classes = self.project.classes();
        let (told, at) = self.told;
        if going && classes == told && classes > FEW_CLASSES {
            let pause = classes as f64 * PAUSE_A_CLASS;
            if (self.clock)() - at < pause {
                return vec![progress];
            }
        }
        vec![self.classes(), progress]
    }

    pub(super) fn classes(&mut self) -> Output {
        let views = self.project.views();
        self.told = (views.len(), (self.clock)());
        plain(Event::Classes(views))
    }

    fn progress(&mut self) -> Output {
        let again = self.project.missing().count();
        if self.outstanding == 0 && again == 0 {
            let done = self.announced.max(self.re_embedding);
            (self.announced, self.re_embedding) = (0, 0);
            return plain(Event::Progress {
                job: Job::Embed,
                done,
                total: done,
            });
        }
        self.re_embedding = self.re_embedding.max(again);
        let total = self.announced + self.re_embedding;
        plain(Event::Progress {
            job: Job::Embed,
            done: total - self.outstanding - again,
            total,
        })
    }
}
