//! Bars: how sure the head is of each class.

use leptos::prelude::*;

use super::text;
use crate::data::class::Colour;
use crate::data::prediction::Prediction;

/// The surest first.
#[component]
pub fn Predictions(predictions: Vec<Prediction>) -> impl IntoView {
    let mut rows: Vec<(usize, Prediction)> = predictions.into_iter().enumerate().collect();
    rows.sort_by(|a, b| b.1.confidence.total_cmp(&a.1.confidence));
    let row = |(index, p): (usize, Prediction)| {
        row(index, p.class, p.colour, Signal::stored(p.confidence))
    };
    view! { <ul class="predictions">{rows.into_iter().map(row).collect_view()}</ul> }
}

/// In the order of the head's classes, which stays while the bars move.
#[component]
pub fn LivePredictions(predictions: Signal<Vec<Prediction>>) -> impl IntoView {
    let classes = Memo::new(move |_| {
        predictions.with(|all| {
            let class = |p: &Prediction| (p.class.clone(), p.colour);
            all.iter().map(class).collect::<Vec<_>>()
        })
    });
    let rows = move || {
        let row = |(index, (class, colour)): (usize, (String, Colour))| {
            let share = move || predictions.with(|p| p.get(index).map_or(0.0, |p| p.confidence));
            row(index, class, colour, Signal::derive(share))
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

fn row(index: usize, class: String, colour: Colour, share: Signal<f32>) -> impl IntoView {
    let name = class.clone();
    view! {
        <li
            class="prediction"
            data-testid="prediction"
            data-class-name=name
            data-confidence=move || share.get().to_string()
            style=("--class-colour", colour.hex())
            style=("--share", move || share.get().to_string())
        >
            <span class="glyph" aria-hidden="true">{text::glyph(index)}</span>
            <span class="who">{class}</span>
            <span class="share">{move || text::percent(f64::from(share.get()))}</span>
            <span class="fill" aria-hidden="true"></span>
        </li>
    }
}
