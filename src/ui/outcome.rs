//! How good the head in use is: its accuracy and what else was measured, each with what it was measured on.

mod classes;
mod comparing;
mod confusion;
mod picture;
mod reliability;

use leptos::prelude::*;

use super::groups::Groups;
use super::state::{State, state};
use super::text;
use crate::ui::erased::{Show, memo};
use classes::scores;
use comparing::CompareHeads;
use confusion::confused;
use data::head::{HeadInfo, How, TestResult, Validation};
use data::metrics::Interval;
use data::protocol::HeadView;
use data::settings::Measure;
use data::test_set::TestReport;
use reliability::Reliability;

#[component]
pub fn Outcome() -> impl IntoView {
    let state = state();
    // What is told in detail: the photos that it was trained with, though there is a test set.
    let own = RwSignal::new(false);
    move || {
        state.head.with(|head| {
            head.as_ref().map(|head| {
                view! {
                    <div class="card outcome">
                        {head.opened.then(|| {
                            let says = if head.merged { text::head_opened_merged() } else { text::head_opened() };
                            view! { <p class="quiet">{says}</p> }
                        })}
                        {numbers(state, own)}
                        {move || all_details(state, own.get())}
                        <CompareHeads />
                    </div>
                }
            })
        })
    }
}

/// The test set's accuracy, where there is one, beside that of the photos that the head was trained with.
fn numbers(state: State, own: RwSignal<bool>) -> impl IntoView {
    let of_tests = move || {
        state.test.report.with(|report| {
            let report = report.as_ref()?;
            let accuracy = report.validation.as_ref().map(|v| v.accuracy);
            let accuracy = accuracy.map(|of| view! { <Accuracy of how=How::TestSet /> });
            Some(view! {
                {accuracy}
                {text::test_set_notes(report).into_iter().map(|note| view! { <p class="quiet">{note}</p> }).collect_view()}
            })
        })
    };
    // A large head's table has a million cells: it is not copied to be looked at.
    let of_own = move || {
        state.head.with(|head| {
            let head = head.as_ref()?;
            Some(match &head.info.validation {
                Some(v) => view! { <Accuracy of=v.accuracy how=v.how /> }.into_any(),
                None => without(state, head).into_any(),
            })
        })
    };
    let both = memo(move || {
        let own = state
            .head
            .with(|h| h.as_ref().is_some_and(|h| h.info.validation.is_some()));
        own && state
            .test
            .report
            .with(|report| validation(report.as_deref()).is_some())
    });
    let judged_here = memo(move || {
        let judged = |head: &HeadView| !head.opened && head.info.validation.is_some();
        state.head.with(|head| head.as_ref().is_some_and(judged))
    });
    let choice = move |of_own: bool, words: &'static str| {
        view! {
            <button
                class="small" data-testid=if of_own { "details-own" } else { "details-test-set" }
                aria-pressed=move || (own.get() == of_own).to_string() on:click=move |_| own.set(of_own)
            >
                {words}
            </button>
        }
    };
    view! {
        <div class="measures">
            <div class="measure">{of_tests}</div>
            <div class="measure">{of_own}</div>
        </div>
        <Show when=move || judged_here.get()><Groups /></Show>
        <Show when=move || both.get()>
            <div class="row" role="group" aria-label=text::details_of()>
                <span class="quiet" aria-hidden="true">{text::details_of()}</span>
                {choice(false, text::details_of_tests())}
                {choice(true, text::details_of_own())}
            </div>
        </Show>
    }
}

fn validation(report: Option<&TestReport>) -> Option<&Validation> {
    report?.validation.as_ref()
}

/// Nothing was measured.
fn without(state: State, head: &HeadView) -> impl IntoView + use<> {
    if !head.opened && state.training.get() {
        return view! { <p class="quiet">{text::accuracy_measuring()}</p> }.into_any();
    }
    let settings = &head.info.settings;
    let whole = settings.measure == Measure::CrossValidation;
    let asked = !head.opened && (whole || settings.validation_fraction > 0.0);
    view! {
        <p>{text::accuracy_none()}</p>
        {asked.then(|| view! { <p class="quiet">{text::accuracy_none_alike()}</p> })}
    }
    .into_any()
}

/// As in `data-how`.
fn word(how: How) -> &'static str {
    match how {
        How::HeldOut => "held-out",
        How::CrossValidated => "cross-validated",
        How::TestSet => "test-set",
    }
}

#[component]
fn Accuracy(of: Interval, how: How) -> impl IntoView {
    let (value, rest) = text::accuracy(&of, how);
    let place = |fraction: f64| decimal::shortest(fraction * 100.0) + "%";
    view! {
        <p
            class="accuracy"
            data-testid="validation-accuracy"
            data-value=decimal::shortest(of.value)
            data-low=decimal::shortest(of.low)
            data-high=decimal::shortest(of.high)
            data-n=of.n.to_string()
            data-how=word(how)
        >
            <strong>{value}</strong>
            " "
            <span>{rest}</span>
        </p>
        <div
            class="range" aria-hidden="true"
            style=("--low", place(of.low)) style=("--high", place(of.high)) style=("--value", place(of.value))
        ></div>
        <p class="quiet">{text::accuracy_means(how)}</p>
    }
}

/// Of the test set or, where there is none or somebody chose it, of the photos that the head was trained with.
fn all_details(state: State, own: bool) -> Option<impl IntoView> {
    state.head.with(|head| {
        let head = head.as_ref()?;
        state.test.report.with(|report| {
            let report = report.as_deref();
            let mine = head.info.validation.as_deref();
            let tests = validation(report).filter(|_| !own || mine.is_none());
            match (tests, report) {
                (Some(tests), Some(report)) => Some(details(&head.info, tests, &report.tested)),
                _ => mine.map(|mine| details(&head.info, mine, &head.tested)),
            }
        })
    })
}

/// What else was measured on the same photos: folded, so that a pupil first sees how often it is right.
fn details(info: &HeadInfo, of: &Validation, tested: &[TestResult]) -> impl IntoView + use<> {
    let names: Vec<String> = info.classes.iter().map(|c| c.name.clone()).collect();
    let on = text::measured_on(of.how, of.accuracy.n);
    let scores = scores(&names, of, on.clone());
    let reliability = of.calibration.clone();
    let reliability = reliability.map(|calibrated| view! { <Reliability calibrated on /> });
    view! {
        {confused(names, &of.confusion, tested.to_vec())}
        {scores}
        {reliability}
    }
}
