//! Long lists are drawn in portions: between two of them the browser shows what is there and answers to the person.

use crate::ui::erased::memo;
use std::time::Duration;

use leptos::prelude::*;

/// Milliseconds that a portion should take, the browser's layout included. A pause of 50 is what the Long Tasks specification
/// calls long.
const BRISK: f64 = 16.0;
/// A portion is at most so many times the one before it.
const GROWTH: f64 = 1.5;

/// How many lists are not drawn as a whole yet. Copied freely.
#[derive(Clone, Copy)]
pub struct Drawing(RwSignal<usize>);

impl Drawing {
    pub fn new() -> Self {
        Self(RwSignal::new(0))
    }

    pub fn is_under_way(self) -> bool {
        self.0.get() > 0
    }

    /// What of a list is to be drawn now: its `first` elements, and soon all of them.
    pub fn portions<T>(self, first: usize, all: impl Into<Signal<Vec<T>>>) -> Memo<Vec<T>>
    where
        T: Clone + PartialEq + Send + Sync + 'static,
    {
        let all = all.into();
        let list = List {
            drawing: self.0,
            total: memo(move || all.with(Vec::len)),
            drawn: RwSignal::new(first),
            stepping: StoredValue::new(false),
        };
        Effect::new(move || {
            let (total, drawn) = (list.total.get(), list.drawn.get_untracked());
            if total < drawn {
                list.drawn.set(total.max(first));
            } else if total > drawn && !list.stepping.get_value() {
                list.stepping.set_value(true);
                self.0.update(|n| *n += 1);
                list.step(first);
            }
        });
        memo(move || all.with(|all| all.iter().take(list.drawn.get()).cloned().collect()))
    }
}

#[derive(Clone, Copy)]
struct List {
    drawing: RwSignal<usize>,
    total: Memo<usize>,
    drawn: RwSignal<usize>,
    /// A step is on its way.
    stepping: StoredValue<bool>,
}

impl List {
    /// Draws so many more, as soon as the browser has done what is more urgent.
    fn step(self, portion: usize) {
        set_timeout(move || self.draw(portion), Duration::ZERO);
    }

    fn draw(self, portion: usize) {
        // The list may be gone.
        let left = self.total.try_get_untracked();
        let left = left.map_or(0, |all| all.saturating_sub(self.drawn.get_untracked()));
        if left == 0 {
            let _ = self.stepping.try_set_value(false);
            self.drawing.update(|n| *n = n.saturating_sub(1));
            return;
        }
        let started = js_sys::Date::now();
        self.drawn.update(|n| *n += portion.min(left));
        // By the next timeout it has been laid out.
        let measure = move || {
            let took = js_sys::Date::now() - started;
            // Timers of a page that nobody looks at are slow, whatever it does.
            let scale = match document().hidden() {
                true => GROWTH,
                false => (BRISK / took).min(GROWTH),
            };
            let next = (portion as f64 * scale).ceil() as usize;
            self.step(next);
        };
        set_timeout(measure, Duration::ZERO);
    }
}
