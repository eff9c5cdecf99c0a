//! What the page is told of the classes and of samples on their way.

use super::{Engine, Output, plain};
use data::class::{ClassCount, ClassView};
use data::protocol::{Event, Job};

/// So many classes are told of whenever their samples are counted anew.
const FEW_CLASSES: usize = 50;
/// Milliseconds until more of them are told of again, each.
const PAUSE_A_CLASS: f64 = 0.25;

impl Engine {
    /// The classes and how far the samples are. Many classes are counted now and then only, while samples are on their way.
    pub fn overview(&mut self) -> Vec<Output> {
        let progress = self.progress();
        let going = matches!(progress.0, Event::Progress { done, total, .. } if done < total);
        let classes = self.project.classes();
        let (told, at) = &self.told;
        if going && classes == told.len() && classes > FEW_CLASSES {
            let pause = classes as f64 * PAUSE_A_CLASS;
            if (self.clock)() - at < pause {
                return vec![progress];
            }
        }
        self.classes().into_iter().chain([progress]).collect()
    }

    /// What the page does not know of the classes yet: of a thousand, mostly the counts of a few.
    pub(super) fn classes(&mut self) -> Option<Output> {
        let views = self.project.views();
        let event = news(&self.told.0, &views);
        self.told = (views, (self.clock)());
        event.map(plain)
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

/// What tells a page that knows these classes of those; none where they are the same.
fn news(known: &[ClassView], views: &[ClassView]) -> Option<Event> {
    let same = known.len() == views.len()
        && known
            .iter()
            .zip(views)
            .all(|(before, now)| before.class == now.class);
    if !same {
        return Some(Event::Classes(views.to_vec()));
    }
    let changed = views
        .iter()
        .zip(known)
        .filter(|(now, before)| now != before);
    let count = |(view, _): (&ClassView, _)| ClassCount {
        id: view.class.id,
        count: view.count,
        pending: view.pending,
    };
    let counts: Vec<ClassCount> = changed.map(count).collect();
    (!counts.is_empty()).then_some(Event::Counts(counts))
}
