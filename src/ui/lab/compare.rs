//! The comparison: its form, its button, and what came out.

use leptos::prelude::*;

use super::arms::Arms;
use super::chart::Chart;
use super::export::{SaveAs, Saved};
use super::form::Form;
use super::reports::Reports;
use crate::charts::plot::Paper;
use crate::charts::{as_csv, over_time};
use crate::ui::erased::{Show, memo};
use crate::ui::state::state;
use crate::ui::text;
use data::lab::LabReport;
use data::protocol::Request;

#[component]
pub fn Compare() -> impl IntoView {
    let state = state();
    let runs = memo(move || state.lab.runs());
    let hint = memo(move || state.lab_hint());
    let action = move || {
        if runs.get() {
            let stop = move |_| state.send(Request::StopLab { method: None });
            view! { <button class="primary large" data-testid="lab-stop" on:click=stop>{text::lab_run_stop()}</button> }.into_any()
        } else {
            view! {
                <button
                    class="primary large" data-testid="lab-run" aria-describedby="lab-hint"
                    disabled=move || hint.with(Option::is_some) on:click=move |_| state.run_lab()
                >
                    {text::lab_run()}
                </button>
            }
            .into_any()
        }
    };
    let advice = move || match (runs.get(), hint.get()) {
        (true, _) => text::lab_run_running().into(),
        (_, Some(hint)) => hint,
        _ => text::lab_run_ready().into(),
    };
    view! {
        <section class="lab-section" aria-labelledby="compare">
            <h3 id="compare">{text::lab_compare()}</h3>
            <p class="quiet about">{text::lab_compare_about()}</p>
            <div class="lab-columns">
                <div class="card">
                    <Form />
                </div>
                <div class="lab-results">
                    <div class="lab-go">
                        {action}
                        <p class="quiet two-lines" id="lab-hint" data-testid="lab-hint" aria-live="polite">{advice}</p>
                    </div>
                    <Outcome />
                    <Reports />
                </div>
            </div>
        </section>
    }
}

#[component]
fn Outcome() -> impl IntoView {
    let state = state();
    let report = memo(move || state.lab.report());
    let any = memo(move || report.with(Option::is_some));
    let about = move || report.with(|r| r.as_ref().map(text::about));
    let reading = move || {
        let sentences = report.with(|r| r.as_ref().map(text::reading));
        let one = |s: String| view! { <p>{s}</p> };
        sentences.into_iter().flatten().map(one).collect_view()
    };
    let plot = Signal::derive_local(move || report.with(|r| r.as_ref().map(over_time)));
    let save = move || {
        let saved = |r: &LabReport| Saved {
            name: format!("graft-lab-{}", r.id + 1), // as on the page
            csv: as_csv(r),
            svg: over_time(r).svg(Paper::File),
        };
        report.with_untracked(|r| r.as_ref().map(saved))
    };
    view! {
        <Show
            when=move || any.get()
            fallback=|| view! { <p class="empty results-empty">{text::lab_results_empty()}</p> }
        >
            <div class="card" data-testid="lab-report">
                <p class="quiet">{about}</p>
                <Arms report />
                <figure class="figure">
                    <Chart plot />
                    <figcaption class="quiet">{text::lab_chart()}</figcaption>
                </figure>
                <div class="reading" data-testid="lab-reading" aria-live="polite">{reading}</div>
                <SaveAs ids=["lab-csv", "lab-svg", "lab-png"] what=save />
            </div>
        </Show>
    }
}
