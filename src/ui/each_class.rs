//! The classes, all in one signal and each in one of its own: a photo touches what is drawn of one class, not of a thousand.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use leptos::prelude::*;

use data::class::{ClassCount, ClassId, ClassView};

/// A class and its place among the others.
pub type Placed = (usize, ClassView);

/// So many classes are told of their changes before the browser may do something else: a thousand cards at once would hold up a
/// click for longer than anyone should wait.
const AT_ONCE: usize = 40;

struct One {
    place: usize,
    drawn: ArcRwSignal<Placed>,
    /// It is among those that wait.
    waits: bool,
}

/// Copied freely: every field is a handle.
#[derive(Clone, Copy)]
pub struct EachClass {
    /// In their order.
    pub ids: RwSignal<Vec<ClassId>>,
    /// As they are, while their own signals may still wait.
    pub all: RwSignal<Vec<ClassView>>,
    each: StoredValue<HashMap<ClassId, One>>,
    /// Classes that have not been told of their changes yet.
    waiting: StoredValue<VecDeque<ClassId>>,
}

impl EachClass {
    pub fn new() -> Self {
        Self {
            ids: RwSignal::new(Vec::new()),
            all: RwSignal::new(Vec::new()),
            each: StoredValue::new(HashMap::new()),
            waiting: StoredValue::new(VecDeque::new()),
        }
    }

    /// These are all.
    pub fn replace(self, all: Vec<ClassView>) {
        let mut changed = Vec::new();
        self.each.update_value(|each| {
            let mut before = std::mem::take(each);
            for (place, class) in all.iter().enumerate() {
                let id = class.class.id;
                let new = || One {
                    place,
                    drawn: ArcRwSignal::new((place, class.clone())),
                    waits: false,
                };
                let mut one = before.remove(&id).unwrap_or_else(new);
                one.place = place;
                if one.drawn.with_untracked(|(p, c)| (*p, c) != (place, class)) {
                    changed.push(id);
                }
                each.insert(id, one);
            }
        });
        let same = |ids: &Vec<ClassId>| ids.iter().eq(all.iter().map(|c| &c.class.id));
        let ids = (!self.ids.with_untracked(same)).then(|| all.iter().map(|c| c.class.id));
        let ids: Option<Vec<_>> = ids.map(Iterator::collect);
        self.all.set(all);
        if let Some(ids) = ids {
            self.ids.set(ids);
        }
        self.wait(changed);
    }

    /// These have other counts now.
    pub fn count(self, counts: Vec<ClassCount>) {
        let place = |id| {
            self.each
                .with_value(|each| each.get(&id).map(|one| one.place))
        };
        self.all.update(|all| {
            for new in &counts {
                if let Some(view) = place(new.id).and_then(|place| all.get_mut(place)) {
                    (view.count, view.pending) = (new.count, new.pending);
                }
            }
        });
        self.wait(counts.into_iter().map(|new| new.id).collect());
    }

    /// These are to be told of their changes.
    fn wait(self, changed: Vec<ClassId>) {
        let mut fresh = Vec::new();
        self.each.update_value(|each| {
            for id in changed {
                if let Some(one) = each.get_mut(&id).filter(|one| !one.waits) {
                    one.waits = true;
                    fresh.push(id);
                }
            }
        });
        let waited = self.waiting.with_value(|waiting| !waiting.is_empty());
        self.waiting.update_value(|waiting| waiting.extend(fresh));
        if !waited {
            self.tell();
        }
    }

    /// Tells some classes of their changes, and the others when the browser had its turn.
    fn tell(self) {
        let some = self.waiting.try_update_value(|waiting| {
            let some: Vec<ClassId> = waiting.drain(..waiting.len().min(AT_ONCE)).collect();
            (some, !waiting.is_empty())
        });
        let (some, more) = some.unwrap_or_default();
        for id in some {
            self.tell_one(id);
        }
        if more {
            set_timeout(move || self.tell(), Duration::ZERO);
        }
    }

    /// As it is now, unless it is gone.
    fn tell_one(self, id: ClassId) {
        let found = self.each.try_update_value(|each| {
            let one = each.get_mut(&id)?;
            one.waits = false;
            Some((one.place, one.drawn.clone()))
        });
        if let Some((place, drawn)) = found.flatten()
            && let Some(view) = self.all.with_untracked(|all| all.get(place).cloned())
        {
            drawn.set((place, view));
        }
    }

    /// None for a class that is gone.
    pub fn find(self, id: ClassId) -> Option<RwSignal<Placed>> {
        let found = |each: &HashMap<ClassId, One>| each.get(&id).map(|one| one.drawn.clone());
        self.each.with_value(found).map(RwSignal::from)
    }
}
