//! Bars: how sure the head is of each class.

use leptos::prelude::*;

use super::text;
use crate::data::prediction::Prediction;

#[component]
pub fn Predictions(predictions: Vec<Prediction>) -> impl IntoView {
    let mut rows: Vec<(usize, Prediction)> = predictions.into_iter().enumerate().collect();
    rows.sort_by(|a, b| b.1.confidence.total_cmp(&a.1.confidence));
    let row = |(index, p): (usize, Prediction)| {
        let name = p.class.clone();
        view! {
            <li
                class="prediction"
                data-testid="prediction"
                data-class-name=name
                data-confidence=p.confidence.to_string()
                style=("--class-colour", p.colour.hex())
                style=("--share", p.confidence.to_string())
            >
                <span class="glyph" aria-hidden="true">{text::glyph(index)}</span>
                <span class="who">{p.class}</span>
                <span class="share">{text::percent(f64::from(p.confidence))}</span>
                <span class="fill" aria-hidden="true"></span>
            </li>
        }
    };
    view! { <ul class="predictions">{rows.into_iter().map(row).collect_view()}</ul> }
}
