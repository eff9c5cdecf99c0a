//! A chart on the page.

use leptos::prelude::*;

use crate::charts::plot::{Paper, Plot};
use crate::ui::erased::memo;

/// Narrower pages get a drawing of their own, so that its letters stay readable.
const NARROW: f64 = 720.0;

/// A chart on the page, drawn anew where the page's width asks for it.
#[component]
pub fn Chart(#[prop(into)] plot: Signal<Option<Plot>, LocalStorage>) -> impl IntoView {
    let narrow = use_narrow();
    let svg = move || {
        let paper = match narrow.get() {
            true => Paper::Phone,
            false => Paper::Screen,
        };
        plot.with(|p| p.as_ref().map(|p| p.svg(paper)).unwrap_or_default())
    };
    view! { <div class="chart" inner_html=svg></div> }
}

fn use_narrow() -> Memo<bool> {
    let width = || window().inner_width().ok().and_then(|w| w.as_f64());
    let now = RwSignal::new(width());
    let listening = window_event_listener(leptos::ev::resize, move |_| now.set(width()));
    on_cleanup(move || listening.remove());
    memo(move || now.get().is_some_and(|w| w < NARROW))
}
