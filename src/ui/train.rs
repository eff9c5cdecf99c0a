//! Train: one button, its curve, and what came out.

use leptos::prelude::*;

use super::curve::Curve;
use super::outcome::Outcome;
use super::settings::Advanced;
use super::state::state;
use super::steps::Heading;
use super::text;
use crate::protocol::Request;

#[component]
pub fn Train() -> impl IntoView {
    let state = state();
    let hint = Memo::new(move |_| state.train_hint());
    let stale = Memo::new(move |_| state.head.with(|h| h.as_ref().is_some_and(|h| h.stale)));
    let advice = move || match hint.get() {
        Some(hint) => hint,
        None if stale.get() => text::STALE.into(),
        None => text::TRAIN_EMPTY.into(),
    };
    let action = move || {
        if state.training.get() {
            let stop = move |_| state.send(Request::StopTraining);
            view! { <button class="primary large" data-testid="train-stop" on:click=stop>{text::STOP}</button> }.into_any()
        } else {
            view! {
                <button
                    class="primary large"
                    data-testid="train"
                    aria-describedby="train-hint"
                    disabled=move || hint.with(Option::is_some)
                    on:click=move |_| state.train()
                >
                    {text::TRAIN}
                </button>
            }
            .into_any()
        }
    };
    view! {
        <section class="column" id="train-column" aria-labelledby="train">
            <Heading id="train" number=2 name=text::TRAIN about=text::TRAIN_ABOUT />
            {action}
            <p
                class="quiet hint" class:stale=move || stale.get() && hint.with(Option::is_none)
                id="train-hint" data-testid="train-hint" aria-live="polite"
            >
                {advice}
            </p>
            <Advanced />
            <Curve />
            <Outcome />
        </section>
    }
}
