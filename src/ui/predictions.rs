//! Bars: how sure the head is of each class.

use leptos::prelude::*;

use super::folded::others;
use super::text;
use crate::ui::erased::memo;
use data::class::Colour;
use data::order::sort_by;
use data::prediction::Prediction;

/// Of so many classes all are shown at once; of more, the surest few.
const ALL: usize = 12;
const FEW: usize = 6;

/// With its place among the head's classes.
type Placed = (usize, Prediction);

fn surest_first(predictions: Vec<Prediction>) -> Vec<Placed> {
    let mut rows: Vec<Placed> = predictions.into_iter().enumerate().collect();
    sort_by(&mut rows, |a, b| b.1.confidence.total_cmp(&a.1.confidence));
    rows
}

/// The surest first.
#[component]
pub fn Predictions(predictions: Vec<Prediction>) -> impl IntoView {
    let mut rows = surest_first(predictions);
    let rest = match rows.len() > ALL {
        true => rows.split_off(FEW),
        false => Vec::new(),
    };
    let count = rest.len();
    view! {
        {still(rows)}
        {others(count, text::other_classes, move || still(rest.clone()))}
    }
}

/// Bars that do not move.
fn still(rows: Vec<Placed>) -> impl IntoView {
    let row = |(index, p): Placed| row(index, p.class, p.colour, Signal::stored(p.confidence));
    view! { <ul class="predictions">{rows.into_iter().map(row).collect_view()}</ul> }
}

/// In the order of the head's classes, which stays while the bars move; of many classes, the surest few of the moment.
#[component]
pub fn LivePredictions(predictions: Signal<Vec<Prediction>>) -> impl IntoView {
    let many = memo(move || predictions.with(|all| all.len() > ALL));
    move || match many.get() {
        true => (move || {
            let mut rows = surest_first(predictions.get());
            rows.truncate(FEW);
            still(rows)
        })
        .into_any(),
        false => moving(predictions).into_any(),
    }
}

fn moving(predictions: Signal<Vec<Prediction>>) -> impl IntoView {
    let classes = memo(move || {
        predictions.with(|all| {
            let class = |p: &Prediction| (p.class.clone(), p.colour);
            all.iter().map(class).collect::<Vec<_>>()
        })
    });
    let rows = move || {
        let row = |(index, (class, colour)): (usize, (String, Colour))| {
            let probability =
                move || predictions.with(|p| p.get(index).map_or(0.0, |p| p.confidence));
            row(index, class, colour, Signal::derive(probability))
        };
        classes
            .get()
            .into_iter()
            .enumerate()
            .map(row)
            .collect_view()
    };
    view! { <ul class="predictions">{rows}</ul> }
}

fn row(index: usize, class: String, colour: Colour, probability: Signal<f32>) -> impl IntoView {
    let name = class.clone();
    view! {
        <li
            class="prediction"
            data-testid="prediction"
            data-class-name=name
            data-confidence=move || decimal::shortest(probability.get().into())
            style=("--class-colour", colour.hex())
            style=("--share", move || decimal::shortest(probability.get().into()))
        >
            <span class="glyph" aria-hidden="true">{text::glyph(index)}</span>
            <bdi class="who">{class}</bdi>
            <span class="share">{move || text::percent(f64::from(probability.get()))}</span>
            <span class="fill" aria-hidden="true"></span>
        </li>
    }
}
