//! Each class in a signal of its own: a photo touches what is drawn of one class, not of a thousand.

use std::collections::HashMap;
use std::time::Duration;

use leptos::prelude::*;

use data::class::{ClassId, ClassView};

/// A class and its place among the others.
pub type Placed = (usize, ClassView);

/// So many classes are told of their changes before the browser may do something else: a thousand cards at once would hold up a
/// click for longer than anyone should wait.
const AT_ONCE: usize = 100;

type Change = (ArcRwSignal<Placed>, Placed);

/// Copied freely: every field is a handle.
#[derive(Clone, Copy)]
pub struct EachClass {
    /// In their order.
    pub ids: RwSignal<Vec<ClassId>>,
    each: StoredValue<HashMap<ClassId, ArcRwSignal<Placed>>>,
    /// What classes have not been told of yet, the next one last.
    changes: StoredValue<Vec<Change>>,
}

impl EachClass {
    pub fn new() -> Self {
        Self {
            ids: RwSignal::new(Vec::new()),
            each: StoredValue::new(HashMap::new()),
            changes: StoredValue::new(Vec::new()),
        }
    }

    pub fn update(self, all: &[ClassView]) {
        let mut changes = Vec::new();
        self.each.update_value(|each| {
            let mut before = std::mem::take(each);
            for (place, class) in all.iter().enumerate() {
                let id = class.class.id;
                let new = || ArcRwSignal::new((place, class.clone()));
                let signal = before.remove(&id).unwrap_or_else(new);
                if signal.with_untracked(|(p, c)| (*p, c) != (place, class)) {
                    changes.push((signal.clone(), (place, class.clone())));
                }
                each.insert(id, signal);
            }
        });
        let same = |ids: &Vec<ClassId>| ids.iter().eq(all.iter().map(|c| &c.class.id));
        if !self.ids.with_untracked(same) {
            self.ids.set(all.iter().map(|c| c.class.id).collect());
        }
        changes.reverse();
        // All that differs is among the new ones, so what was left of those before is out of date.
        let waited = self
            .changes
            .try_update_value(|left| !std::mem::replace(left, changes).is_empty());
        if waited != Some(true) {
            self.tell();
        }
    }

    /// Tells some classes of their changes, and the others when the browser had its turn.
    fn tell(self) {
        let some = self.changes.try_update_value(|left| {
            let kept = left.len().saturating_sub(AT_ONCE);
            (left.split_off(kept), kept > 0)
        });
        let (some, more) = some.unwrap_or_default();
        for (signal, value) in some.into_iter().rev() {
            signal.set(value);
        }
        if more {
            set_timeout(move || self.tell(), Duration::ZERO);
        }
    }

    /// None for a class that is gone.
    pub fn find(self, id: ClassId) -> Option<RwSignal<Placed>> {
        let found = self.each.with_value(|each| each.get(&id).cloned());
        found.map(RwSignal::from)
    }
}
