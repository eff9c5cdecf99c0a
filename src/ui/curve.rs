//! Loss and accuracy, pass by pass.

use leptos::prelude::*;

use super::state::state;
use super::text;
use crate::ui::erased::{Show, memo};
use data::settings::EpochReport;

/// The drawing's own units.
const VIEW: &str = "0 0 360 160";
const LEFT: f32 = 40.0;
const RIGHT: f32 = 324.0;
const TOP: f32 = 8.0;
const BOTTOM: f32 = 128.0;
/// More points than this are not seen, however many passes there are.
const MOST_POINTS: usize = 240;

fn at(place: f32) -> String {
    decimal::tenths(place.into())
}

/// Points of a polyline; `most` is at the top and pass `end` at the right. The last pass is always
/// among them.
fn points(
    all: &[EpochReport],
    end: usize,
    most: f32,
    read: impl Fn(&EpochReport) -> Option<f32>,
) -> String {
    let place = |r: &EpochReport| {
        let last = end.saturating_sub(1).max(1) as f32;
        let x = LEFT + (r.epoch.saturating_sub(1)) as f32 / last * (RIGHT - LEFT);
        let y = BOTTOM - (read(r)? / most).clamp(0.0, 1.0) * (BOTTOM - TOP);
        Some(at(x) + "," + &at(y))
    };
    let step = all.len().div_ceil(MOST_POINTS).max(1);
    let few = all.iter().step_by(step).chain(all.last());
    few.filter_map(place).collect::<Vec<_>>().join(" ")
}

#[component]
pub fn Curve() -> impl IntoView {
    let state = state();
    let epochs = state.epochs;
    let most = memo(move || {
        let losses = epochs.with(|all| all.iter().map(|r| r.loss).fold(0.0, f32::max));
        // Halves, so that the axis keeps still while training goes on.
        (losses * 2.0).ceil().max(1.0) / 2.0
    });
    let any = memo(move || epochs.with(|all| !all.is_empty()));
    let apart = memo(move || {
        epochs.with(|all| all.first().is_some_and(|r| r.validation_accuracy.is_some()))
    });
    // All passes there may be while it trains; those that it took when it is over.
    let end = memo(move || {
        let last = epochs.with(|all| all.last().copied());
        let passes = |r: EpochReport| match state.training.get() {
            true => r.epochs,
            false => r.epoch,
        };
        last.map_or(0, passes)
    });
    let line_of = move |most: f32, read: fn(&EpochReport) -> Option<f32>| {
        epochs.with(|all| points(all, end.get(), most, read))
    };
    let loss = move || line_of(most.get(), |r| Some(r.loss));
    let learned = move || line_of(1.0, |r| Some(r.accuracy));
    let kept = move || line_of(1.0, |r| r.validation_accuracy);
    let last = move || {
        let last = epochs.with(|all| all.last().copied());
        last.map_or_else(
            || text::curve_empty().to_owned(),
            |r| text::epoch(r.epoch, r.loss, r.accuracy),
        )
    };
    let passes = move || any.get().then(|| text::axis_number(end.get()));
    let line = |fraction: f32, class: &'static str| {
        let y = BOTTOM - fraction * (BOTTOM - TOP);
        view! { <line class=class x1=at(LEFT) x2=at(RIGHT) y1=at(y) y2=at(y)></line> }
    };
    let label = |fraction: f32| {
        let y = BOTTOM - fraction * (BOTTOM - TOP) + 4.0;
        view! { <text x=at(LEFT - 6.0) y=at(y) text-anchor="end">{text::percent(fraction.into())}</text> }
    };
    let below = BOTTOM + 15.0;
    view! {
        <figure class="curve">
            <svg viewBox=VIEW role="img" aria-label=text::curve()>
                {line(1.0, "grid")} {line(0.5, "grid")} {line(0.0, "axis")}
                {label(1.0)} {label(0.5)} {label(0.0)}
                <text x=at(LEFT) y=at(below)>{move || any.get().then(|| text::axis_number(1_usize))}</text>
                <text x=at((LEFT + RIGHT) / 2.0) y=at(below + 8.0) text-anchor="middle">{text::curve_passes()}</text>
                <text x=at(RIGHT) y=at(below) text-anchor="end">{passes}</text>
                <text class="loss" x=at(RIGHT + 5.0) y=at(TOP + 4.0)>{move || any.get().then(|| text::curve_most(most.get()))}</text>
                <text class="loss" x=at(RIGHT + 5.0) y=at(BOTTOM + 4.0)>{move || any.get().then(|| text::axis_number(0_usize))}</text>
                <polyline class="loss" points=loss></polyline>
                <polyline class="learned" points=learned></polyline>
                <polyline class="kept" points=kept></polyline>
            </svg>
            <figcaption class="quiet">
                <span class="key loss">{text::curve_loss()}</span>
                <span class="key learned">{text::curve_learned()}</span>
                <Show when=move || apart.get() || !any.get()><span class="key kept">{text::curve_kept()}</span></Show>
                <p class="last">{last}</p>
            </figcaption>
        </figure>
    }
}
