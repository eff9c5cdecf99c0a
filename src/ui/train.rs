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
            <p class="quiet hint" id="train-hint" data-testid="train-hint">
                {move || hint.get().unwrap_or_else(|| text::TRAIN_EMPTY.into())}
            </p>
            <Outcome />
            <Curve />
            <Advanced />
        </section>
    }
}
