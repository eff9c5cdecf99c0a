//! The page from top to bottom.

use leptos::prelude::*;

use super::collect::Collect;
use super::notices::Notices;
use super::state::State;
use super::text;
use super::topbar::TopBar;
use super::train::Train;
use super::try_it::TryIt;

#[component]
pub fn App() -> impl IntoView {
    let state = State::start();
    provide_context(state);
    view! {
        <div
            class="app"
            data-testid="app"
            data-state=move || state.name()
            data-device=move || state.device.get().map(|d| d.kind.name())
            data-backbone=move || state.backbone.get()
        >
            <TopBar />
            <Work />
            <main class="columns">
                <Collect />
                <Train />
                <TryIt />
            </main>
            <Notices />
        </div>
    }
}

/// Long work and how far it is. Its place is kept, so nothing below moves.
#[component]
fn Work() -> impl IntoView {
    let state = super::state::state();
    let bar = move || {
        state.progress.get().map(|(job, done, total)| {
            let words = text::job(job, done, total);
            let label = words.clone();
            view! {
                <div
                    class="bar"
                    role="progressbar"
                    data-testid="progress"
                    aria-label=label
                    aria-valuemin="0"
                    aria-valuenow=done.to_string()
                    aria-valuemax=total.to_string()
                >
                    <progress value=done.to_string() max=total.to_string() aria-hidden="true"></progress>
                    <span>{words}</span>
                </div>
            }
        })
    };
    view! { <div class="work">{bar}</div> }
}
