//! The name, and which device runs and why.

use leptos::prelude::*;

use super::state::state;
use super::text;

#[component]
pub fn TopBar() -> impl IntoView {
    let state = state();
    let chip = move || {
        match state.device.get() {
        None => view! { <span class="chip">{text::LOADING}</span> }.into_any(),
        Some(report) => view! {
            <details class="chip">
                <summary>{text::device(report.kind)}</summary>
                <div class="popover">
                    <p>{text::reason(&report.reason)}</p>
                    {(!report.adapter.is_empty()).then(|| view! { <p class="quiet">{report.adapter.clone()}</p> })}
                    <p class="quiet">{text::PRIVATE}</p>
                </div>
            </details>
        }
        .into_any(),
    }
    };
    view! {
        <header class="topbar">
            <h1><img src="icon.svg" alt="" width="24" height="24" />{text::NAME}</h1>
            <p class="quiet tagline">{text::TAGLINE}</p>
            {chip}
        </header>
    }
}
