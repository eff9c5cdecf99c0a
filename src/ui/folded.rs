//! Long lists: the first of them, and the others when somebody asks for them.

use leptos::prelude::*;

/// So many others are there from the start, though folded away; more are built when they are unfolded, because elements
/// by the thousand slow a page down also where nobody sees them.
const BUILT: usize = 100;

/// The fold with the others of a list; none where there are none.
pub fn others<V: IntoView + 'static>(
    count: usize,
    words: impl Fn(usize) -> String,
    build: impl Fn() -> V + Send + 'static,
) -> Option<impl IntoView> {
    let built = RwSignal::new(count <= BUILT);
    let unfold = move |_| {
        if !built.get_untracked() {
            built.set(true);
        }
    };
    (count > 0).then(|| {
        view! {
            <details class="others" data-testid="others" on:toggle=unfold>
                <summary>{words(count)}</summary>
                {move || built.get().then(&build)}
            </details>
        }
    })
}
