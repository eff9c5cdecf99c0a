//! The three steps: their headings, and on a narrow screen a bar with the next one in reach.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::pages::Page;
use super::state::state;
use super::text;
use crate::ui::erased::memo;

#[component]
pub fn Heading(
    id: &'static str,
    number: usize,
    name: &'static str,
    about: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="heading">
            <span class="number" aria-hidden="true">{number}</span>
            <h2 id=id tabindex="-1">{name}</h2>
            <p class="quiet about">{about}</p>
            {children.map(|c| c())}
        </header>
    }
}

/// Takes eye and focus to a step.
fn go(id: &str) {
    let Some(heading) = document().get_element_by_id(id) else {
        return;
    };
    // The focus first: it scrolls on its own, and less far.
    let _ = heading.unchecked_ref::<HtmlElement>().focus(); // headings take it
    heading.scroll_into_view();
}

#[component]
pub fn Steps() -> impl IntoView {
    let state = state();
    let can_train = memo(move || state.train_hint().is_none());
    let trained = memo(move || state.head.with(|h| h.as_ref().is_some_and(|h| !h.stale)));
    let step = |id: &'static str, number: usize, name: &'static str| {
        view! {
            <button class="plain step" on:click=move |_| go(id)>
                <span class="number" aria-hidden="true">{number}</span>
                {name}
            </button>
        }
    };
    // What comes next, as the work stands.
    let next = move || {
        match () {
        () if state.training.get() => view! {
            <button class="primary" on:click=move |_| go("train")>{text::training()}</button>
        }
        .into_any(),
        () if trained.get() => view! {
            <button class="primary" on:click=move |_| go("try")>{text::try_it_next()}</button>
        }
        .into_any(),
        () if can_train.get() => view! {
            <button class="primary" on:click=move |_| { state.train(); go("train") }>{text::train_next()}</button>
        }
        .into_any(),
        () => view! {
            <button class="primary" on:click=move |_| go("collect")>{text::collect_next()}</button>
        }
        .into_any(),
    }
    };
    view! {
        <nav class="steps" aria-label=text::steps() hidden=move || state.page.get() != Page::Workbench>
            {step("collect", 1, text::collect())}
            {step("train", 2, text::train())}
            {step("try", 3, text::try_it())}
            {next}
        </nav>
    }
}
