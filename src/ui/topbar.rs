//! The name, what is under way, and which device runs and why.

use leptos::prelude::*;

use super::pages::Nav;
use super::sent::SentChip;
use super::state::state;
use super::storage::StorageChip;
use super::text;
use crate::web::address::of;
use data::backbone::BACKBONES;
use data::protocol::Request;

#[component]
pub fn TopBar() -> impl IntoView {
    let state = state();
    let chip = move || {
        match state.device.get() {
        None => view! { <span class="chip">{text::loading()}</span> }.into_any(),
        Some(report) => view! {
            <details class="pop chip">
                <summary><span class="wide-only">{text::runs_on()}</span>{text::device(report.kind)}</summary>
                <div class="popover">
                    <p>{text::reason(&report.reason)}</p>
                    {(!report.adapter.is_empty()).then(|| view! { <p class="quiet">{report.adapter.clone()}</p> })}
                    <Backbone />
                    <p class="quiet">{text::private()}</p>
                </div>
            </details>
        }
        .into_any(),
    }
    };
    view! {
        <header class="topbar">
            <h1><img src=of("icon.svg") alt="" width="28" height="28" />{text::graft()}</h1>
            <Nav />
            <Work />
            <SentChip />
            <StorageChip />
            {chip}
        </header>
    }
}

/// Long work and how far it is, in the place of the tagline, so that nothing moves.
#[component]
fn Work() -> impl IntoView {
    let state = state();
    let bar = move || match state.progress.get() {
        None => view! { <p class="quiet tagline">{text::tagline()}</p> }.into_any(),
        Some((job, done, total)) => {
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
            .into_any()
        }
    };
    view! { <div class="work">{bar}</div> }
}

/// Which network sees for the head.
#[component]
fn Backbone() -> impl IntoView {
    let state = state();
    let choose = move |event| {
        let id = event_target_value(&event);
        if id != state.backbone.get_untracked() {
            state.send(Request::UseBackbone { id });
        }
    };
    let option = move |id: &'static str| {
        let chosen = move || state.backbone.get() == id;
        view! { <option value=id selected=chosen>{text::backbone_name(id)}</option> }
    };
    view! {
        <label class="field">
            <span>{text::backbone()}</span>
            <select
                data-testid="backbone-select" on:change=choose
                prop:value=move || state.backbone.get()
                disabled=move || state.training.get() || state.lab.runs()
            >
                {BACKBONES.iter().map(|b| option(b.id)).collect_view()}
            </select>
            <small class="quiet">{text::backbone_means()}</small>
        </label>
    }
}
