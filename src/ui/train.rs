//! Train: one button, its curve, and what came out.

use leptos::prelude::*;

use super::settings::Advanced;
use super::state::state;
use super::text;
use crate::data::head::HeadInfo;
use crate::data::settings::EpochReport;
use crate::protocol::Request;

#[component]
pub fn Train() -> impl IntoView {
    let state = state();
    // Why training cannot start now.
    let hint = Memo::new(move |_| {
        let (with_photos, pending) = state.classes.with(|all| {
            (
                all.iter().filter(|c| c.count > 0).count(),
                all.iter().map(|c| c.pending).sum::<usize>(),
            )
        });
        match () {
            () if state.device.with(Option::is_none) => Some(text::LOADING.to_owned()),
            () if pending > 0 => Some(text::still_embedding(pending)),
            () if with_photos < 2 => Some(text::too_few_classes(with_photos)),
            () => None,
        }
    });
    let train = move |_| {
        let settings = state.settings.get_untracked().clamped();
        state.send(Request::Train { settings });
    };
    let action = move || {
        if state.training.get() {
            let stop = move |_| state.send(Request::StopTraining);
            view! { <button class="primary" data-testid="train-stop" on:click=stop>{text::STOP}</button> }.into_any()
        } else {
            view! {
                <button
                    class="primary"
                    data-testid="train"
                    aria-describedby="train-hint"
                    disabled=move || hint.with(Option::is_some)
                    on:click=train
                >
                    {text::TRAIN}
                </button>
            }
            .into_any()
        }
    };
    view! {
        <section class="column" aria-labelledby="train">
            <h2 id="train">{text::TRAIN}</h2>
            {action}
            <p class="quiet" id="train-hint" data-testid="train-hint">
                {move || hint.get().unwrap_or_else(|| text::TRAIN_EMPTY.into())}
            </p>
            <Curve />
            <Outcome />
            <Advanced />
        </section>
    }
}

const WIDTH: f32 = 300.0;
const HEIGHT: f32 = 120.0;

/// Points of a polyline over all epochs; `most` is the top.
fn points(all: &[EpochReport], most: f32, read: impl Fn(&EpochReport) -> f32) -> String {
    let place = |r: &EpochReport| {
        let x = r.epoch as f32 / r.epochs.max(1) as f32 * WIDTH;
        let y = HEIGHT - (read(r) / most).clamp(0.0, 1.0) * HEIGHT;
        format!("{x:.1},{y:.1}")
    };
    all.iter().map(place).collect::<Vec<_>>().join(" ")
}

#[component]
fn Curve() -> impl IntoView {
    let state = state();
    let loss = move || {
        state.epochs.with(|all| {
            let most = all.iter().map(|r| r.loss).fold(f32::EPSILON, f32::max);
            points(all, most, |r| r.loss)
        })
    };
    let accuracy = move || {
        state
            .epochs
            .with(|all| points(all, 1.0, |r| r.validation_accuracy.unwrap_or(r.accuracy)))
    };
    let last = move || {
        let last = state.epochs.with(|all| all.last().copied());
        last.map(|r| text::epoch(r.epoch, r.epochs, r.loss, r.accuracy))
    };
    view! {
        <Show when=move || state.epochs.with(|all| !all.is_empty())>
            <figure class="curve">
                <svg viewBox="0 -2 300 124" role="img" aria-label=text::CURVE>
                    <polyline class="loss" points=loss></polyline>
                    <polyline class="accuracy" points=accuracy></polyline>
                </svg>
                <figcaption class="quiet">
                    <span class="key loss">{text::LOSS}</span>
                    <span class="key accuracy">{text::ACCURACY}</span>
                    <p>{last}</p>
                </figcaption>
            </figure>
        </Show>
    }
}

/// How good the head in use is.
#[component]
fn Outcome() -> impl IntoView {
    let state = state();
    move || {
        state.head.get().map(|head| {
            let measured = match &head.info.validation {
                None => view! { <p>{text::NOT_MEASURED}</p> }.into_any(),
                Some(v) => view! {
                    <p
                        class="accuracy-line"
                        data-testid="validation-accuracy"
                        data-value=v.accuracy.value.to_string()
                        data-low=v.accuracy.low.to_string()
                        data-high=v.accuracy.high.to_string()
                        data-n=v.accuracy.n.to_string()
                    >
                        {text::accuracy(&v.accuracy)}
                    </p>
                    {confusion(&head.info)}
                }
                .into_any(),
            };
            view! {
                <div class="card">
                    {head.opened.then(|| view! { <p class="quiet">{text::OPENED}</p> })}
                    {head.stale.then(|| view! { <p class="stale">{text::STALE}</p> })}
                    {measured}
                </div>
            }
        })
    }
}

fn confusion(info: &HeadInfo) -> Option<impl IntoView + use<>> {
    let matrix = info.validation.as_ref()?.confusion.clone();
    let names: Vec<String> = info.classes.iter().map(|c| c.name.clone()).collect();
    let most = matrix.counts.iter().copied().max().unwrap_or(0).max(1);
    let columns = names
        .iter()
        .map(|n| view! { <th scope="col">{n.clone()}</th> })
        .collect_view();
    let rows = matrix
        .counts
        .chunks(matrix.classes.max(1))
        .zip(&names)
        .map(|(counts, actual)| {
            let cells = counts.iter().zip(&names).map(|(count, predicted)| {
                view! {
                    <td
                        data-testid="confusion-cell"
                        data-actual=actual.clone()
                        data-predicted=predicted.clone()
                        data-count=count.to_string()
                        class:right=actual == predicted
                        style=("--share", format!("{}%", 60 * count / most))
                    >
                        {*count}
                    </td>
                }
            });
            view! { <tr><th scope="row">{actual.clone()}</th>{cells.collect_view()}</tr> }
        });
    Some(view! {
        <div class="scroll">
            <table class="confusion">
                <caption class="quiet">{text::CONFUSION}</caption>
                <thead><tr><td></td>{columns}</tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    })
}
