//! Train: one button, its curve, and what came out.

use leptos::prelude::*;

use super::curve::Curve;
use super::outcome::Outcome;
use super::settings::Advanced;
use super::state::{State, state};
use super::steps::Heading;
use super::test_set::TestPhotos;
use super::text;
use super::tuning::{MethodChoice, Pause};
use crate::ui::erased::{Show, memo};
use data::class::ClassView;
use data::protocol::Request;
use data::settings::Optimiser;

#[component]
pub fn Train() -> impl IntoView {
    let state = state();
    let hint = memo(move || state.train_hint());
    let stale = memo(move || state.head.with(|h| h.as_ref().is_some_and(|h| h.stale)));
    let advice = move || match hint.get() {
        _ if state.tuning.paused.get() => text::tune_paused().into(),
        Some(hint) => hint,
        None if stale.get() => text::train_stale().into(),
        None => ready(state),
    };
    let action = move || {
        if state.training.get() {
            let stop = move |_| state.send(Request::StopTraining);
            view! {
                <div class="row actions">
                    <button class="primary large" data-testid="train-stop" on:click=stop>{text::train_stop()}</button>
                    <Pause />
                </div>
            }
            .into_any()
        } else {
            view! {
                <button
                    class="primary large"
                    data-testid="train"
                    aria-describedby="train-hint"
                    disabled=move || hint.with(Option::is_some)
                    on:click=move |_| state.train()
                >
                    {text::train()}
                </button>
            }
            .into_any()
        }
    };
    // A head in closed form is there at once.
    let passes = move || {
        let by_gradients = state
            .settings
            .with(|s| s.optimiser_used() != Optimiser::Lda);
        by_gradients || state.tuning.chosen() || state.epochs.with(|all| !all.is_empty())
    };
    view! {
        <section class="column" id="train-column" aria-labelledby="train">
            <Heading id="train" number=2 name=text::train() about=text::train_about() />
            <MethodChoice />
            {action}
            <p
                class="quiet hint" class:stale=move || stale.get() && hint.with(Option::is_none)
                id="train-hint" data-testid="train-hint" aria-live="polite"
            >
                {advice}
            </p>
            <Advanced />
            <Show when=passes><Curve /></Show>
            <Outcome />
            <TestPhotos />
        </section>
    }
}

fn ready(state: State) -> String {
    let counts = |all: &Vec<ClassView>| all.iter().map(|c| c.count).filter(|n| *n > 0).collect();
    let counts: Vec<usize> = state.classes.with(counts);
    text::train_ready(counts.len(), counts.iter().sum::<usize>())
}
