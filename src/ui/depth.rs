//! How much of the network learns: the same choice for tuning and in the Lab.

use leptos::prelude::*;

use super::text;
use data::transfer::Depth;

/// `id` is its test id; it also ties the sentence to the choice.
#[component]
pub fn DepthChoice(
    id: &'static str,
    #[prop(into)] depth: Signal<Depth>,
    choose: impl Fn(Depth) + 'static,
    #[prop(into)] disabled: Signal<bool>,
) -> impl IntoView {
    let chosen = move |event| {
        let written = event_target_value(&event);
        if let Some(depth) = Depth::ALL.into_iter().find(|d| d.name() == written) {
            choose(depth);
        }
    };
    let option = |d: Depth| {
        view! { <option value=d.name() selected=move || depth.get() == d>{text::depth(d).0}</option> }
    };
    view! {
        <label class="field wide">
            <span>{text::tune_depth()}</span>
            <select
                data-testid=id disabled=move || disabled.get()
                prop:value=move || depth.get().name() on:change=chosen
            >
                {Depth::ALL.map(option).into_iter().collect_view()}
            </select>
            <small class="quiet two-lines">{move || text::depth(depth.get()).1}</small>
        </label>
    }
}
