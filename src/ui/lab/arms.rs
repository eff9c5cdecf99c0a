//! One row a method: how right it is and how sure that is, what it cost, and whether it runs.

use leptos::prelude::*;

use crate::charts::look;
use crate::charts::plot::swatch;
use crate::ui::erased::memo;
use crate::ui::keyed::keyed;
use crate::ui::state::state;
use crate::ui::text;
use data::lab::{ArmReport, ArmState, LabReport};
use data::protocol::Request;
use data::transfer::Method;

#[component]
pub fn Arms(report: Memo<Option<LabReport>>) -> impl IntoView {
    let methods = memo(move || {
        let methods = |r: &LabReport| r.arms.iter().map(|a| a.method).collect::<Vec<_>>();
        report.with(|r| r.as_ref().map(methods).unwrap_or_default())
    });
    let row = move |method: Method| {
        let arm = memo(move || {
            let found = report.with(|r| r.as_ref().and_then(|r| r.arm(method).cloned()));
            found.unwrap_or_else(|| ArmReport::waiting(method))
        });
        view! { <Row method arm /> }
    };
    view! {
        <ul class="arms">
            {keyed(move || methods.get(), |m| *m as u64, row)}
        </ul>
    }
}

#[component]
fn Row(method: Method, arm: Memo<ArmReport>) -> impl IntoView {
    let state = state();
    let accuracy = move || arm.with(|a| a.accuracy);
    let place = |fraction: f64| decimal::shortest(fraction * 100.0) + "%";
    let value = move || place(accuracy().map_or(0.0, |a| a.value));
    let low = move || place(accuracy().map_or(0.0, |a| a.low));
    let high = move || place(accuracy().map_or(0.0, |a| a.high));
    let runs = memo(move || arm.with(|a| a.state == ArmState::Running));
    let stop = move |_| {
        let method = Some(method);
        state.send(Request::StopLab { method });
    };
    view! {
        <li
            class=format!("arm {}", look(method).class)
            data-testid="lab-arm"
            data-arm=method.name()
            data-state=move || arm.with(|a| a.state.name())
            data-accuracy=move || accuracy().map(|a| decimal::shortest(a.value))
            data-seconds=move || arm.with(|a| decimal::shortest(a.seconds))
            data-trained-parameters=move || arm.with(|a| a.trained_parameters.to_string())
        >
            <div class="arm-head">
                <span class="swatch" inner_html=swatch(&look(method))></span>
                <h4>{text::method(method)}</h4>
                <span class="quiet">{move || arm.with(|a| text::state(a.state))}</span>
                <button
                    class="small" class:unseen-place=move || !runs.get() disabled=move || !runs.get()
                    data-testid="lab-arm-stop" aria-label=text::lab_stop_method(text::method_inside(method)) on:click=stop
                >
                    {text::lab_run_stop_one()}
                </button>
            </div>
            <p class="arm-accuracy">
                <strong>{move || accuracy().map_or_else(|| "–".into(), |a| text::percent(a.value))}</strong>
                <span class="quiet">{move || accuracy().map(|a| text::range(&a))}</span>
            </p>
            <div
                class="arm-bar" aria-hidden="true" class:unknown=move || accuracy().is_none()
                style=("--value", value) style=("--low", low) style=("--high", high)
            ></div>
            <p class="quiet arm-cost">{move || arm.with(text::cost)}</p>
        </li>
    }
}
