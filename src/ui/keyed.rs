//! A list whose elements keep their place in the document for as long as their key is in it. leptos' `For` is compiled anew for each
//! kind of element, 5 kB each time; this is it, compiled once.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use leptos::prelude::*;

/// Draws the element at a place.
type Draw = Arc<dyn Fn(usize) -> AnyView + Send + Sync>;
type All = Box<dyn Fn() -> Vec<One> + Send + Sync>;

#[derive(Clone)]
struct One {
    key: u64,
    place: usize,
    draw: Draw,
}

/// `draw` is asked for an element once, when its key is new. Keys that are no numbers: [`hashed`].
pub fn keyed<T, V>(
    all: impl Fn() -> Vec<T> + Send + Sync + 'static,
    key: fn(&T) -> u64,
    draw: impl Fn(T) -> V + Send + Sync + 'static,
) -> AnyView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let draw = Arc::new(draw);
    erased(Box::new(move || {
        let all = all();
        let keys: Vec<u64> = all.iter().map(key).collect();
        let draw = Arc::clone(&draw);
        let draw: Draw = Arc::new(move |place| draw(all[place].clone()).into_any());
        let one = |(place, key)| One {
            key,
            place,
            draw: Arc::clone(&draw),
        };
        keys.into_iter().enumerate().map(one).collect()
    }))
}

fn erased(all: All) -> AnyView {
    view! { <For each=move || all() key=|one| one.key children=|one| (one.draw)(one.place) /> }
        .into_any()
}

/// A number for what is none: two of a page's list have the same once in 2^64.
pub fn hashed(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}
