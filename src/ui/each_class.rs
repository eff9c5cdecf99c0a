//! Each class in a signal of its own: a photo touches what is drawn of one class, not of a thousand.

use std::collections::HashMap;

use leptos::prelude::*;

use data::class::{ClassId, ClassView};

/// A class and its place among the others.
pub type Placed = (usize, ClassView);

/// Copied freely: every field is a handle.
#[derive(Clone, Copy)]
pub struct EachClass {
    /// In their order.
    pub ids: RwSignal<Vec<ClassId>>,
    each: StoredValue<HashMap<ClassId, ArcRwSignal<Placed>>>,
}

impl EachClass {
    pub fn new() -> Self {
        Self {
            ids: RwSignal::new(Vec::new()),
            each: StoredValue::new(HashMap::new()),
        }
    }

    pub fn update(self, all: &[ClassView]) {
        self.each.update_value(|each| {
            let mut before = std::mem::take(each);
            for (place, class) in all.iter().enumerate() {
                let id = class.class.id;
                let new = || ArcRwSignal::new((place, class.clone()));
                let signal = before.remove(&id).unwrap_or_else(new);
                if signal.with_untracked(|(p, c)| (*p, c) != (place, class)) {
                    signal.set((place, class.clone()));
                }
                each.insert(id, signal);
            }
        });
        let same = |ids: &Vec<ClassId>| ids.iter().eq(all.iter().map(|c| &c.class.id));
        if !self.ids.with_untracked(same) {
            self.ids.set(all.iter().map(|c| c.class.id).collect());
        }
    }

    /// None for a class that is gone.
    pub fn find(self, id: ClassId) -> Option<RwSignal<Placed>> {
        let found = self.each.with_value(|each| each.get(&id).cloned());
        found.map(RwSignal::from)
    }
}
