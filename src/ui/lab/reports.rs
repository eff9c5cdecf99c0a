//! Earlier comparisons: to open again, or to forget.

use leptos::prelude::*;

use crate::ui::erased::{Show, memo};
use crate::ui::keyed::keyed;
use crate::ui::state::state;
use crate::ui::text;
use data::lab::LabReport;
use data::protocol::Request;

#[component]
pub fn Reports() -> impl IntoView {
    let state = state();
    let lab = state.lab;
    let ids = memo(move || {
        lab.reports
            .with(|all| all.iter().rev().map(|r| r.id).collect::<Vec<_>>())
    });
    let one = move |id: u32| {
        let find = move |read: fn(&LabReport) -> String| {
            lab.reports.with(|all| {
                let found = all.iter().find(|r| r.id == id);
                found.map(read).unwrap_or_default()
            })
        };
        let runs = memo(move || {
            lab.reports
                .with(|all| all.iter().any(|r| r.id == id && !r.is_over()))
        });
        let name = move || find(text::report_name);
        view! {
            <li class="report" data-testid="lab-earlier" data-report=id.to_string()>
                <button
                    class="report-open" data-testid="lab-open" aria-pressed=move || (lab.shown.get() == Some(id)).to_string()
                    on:click=move |_| lab.shown.set(Some(id))
                >
                    <span>{name}</span>
                    <span class="quiet">{move || find(text::report_about)}</span>
                </button>
                <button
                    class="plain" data-testid="lab-delete" disabled=move || runs.get()
                    aria-label=move || text::lab_delete(&name())
                    title=move || if runs.get() { text::lab_delete_running().to_owned() } else { text::lab_delete(&name()) }
                    on:click=move |_| state.send(Request::DeleteLab { id })
                >
                    "×"
                </button>
            </li>
        }
    };
    view! {
        <Show when=move || ids.with(|i| i.len() > 1)>
            <h4>{text::lab_earlier()}</h4>
        </Show>
        <ul class="reports">
            {keyed(move || ids.get(), |id| (*id).into(), one)}
        </ul>
    }
}
