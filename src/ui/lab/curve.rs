//! "Do I have enough photos?": accuracy against photos a class.

use leptos::prelude::*;

use super::chart::Chart;
use crate::charts::plot::{Look, swatch};
use crate::charts::{against_photos, look};
use crate::ui::erased::{Show, memo};
use crate::ui::state::state;
use crate::ui::text;
use data::lab::{Features, LearningCurve};
use data::transfer::Method;

#[component]
pub fn EnoughPhotos() -> impl IntoView {
    let state = state();
    let lab = state.lab;
    let hint = memo(move || state.curve_hint());
    let measuring = memo(move || lab.measures());
    let advice = move || match (measuring.get(), hint.get()) {
        (true, _) => text::lab_measuring().into(),
        (_, Some(hint)) => hint,
        _ => text::lab_enough_ready().into(),
    };
    let plot = Signal::derive_local(move || lab.curve.with(|c| c.as_ref().map(against_photos)));
    let points = move || {
        let count = |c: &LearningCurve| c.curves.iter().map(|f| f.sizes.len()).sum::<usize>();
        lab.curve
            .with(|c| c.as_ref().map(count))
            .map(|n| n.to_string())
    };
    let about = move || lab.curve.with(|c| c.as_ref().map(text::curve_about));
    let outlook = move || lab.curve.with(|c| c.as_ref().map(text::outlook));
    let legend = move || {
        let kinds = |c: &LearningCurve| c.curves.iter().map(|f| f.features).collect::<Vec<_>>();
        let kinds = lab
            .curve
            .with(|c| c.as_ref().map(kinds))
            .unwrap_or_default();
        kinds.into_iter().map(entry).collect_view()
    };
    view! {
        <section class="lab-section" aria-labelledby="enough">
            <h3 id="enough">{text::lab_enough()}</h3>
            <p class="quiet about">{text::lab_enough_about()}</p>
            <div class="row">
                <button
                    data-testid="curve-run" aria-describedby="curve-hint" on:click=move |_| state.measure_curve()
                    disabled=move || measuring.get() || hint.with(Option::is_some)
                >
                    {text::lab_enough_measure()}
                </button>
                <span class="quiet" id="curve-hint" data-testid="curve-hint" aria-live="polite">{advice}</span>
            </div>
            <Show when=move || lab.curve.with(Option::is_some)>
                <figure class="card figure" data-testid="learning-curve" data-points=points>
                    <p class="outlook" data-testid="outlook">{outlook}</p>
                    <ul class="row legend">{legend}</ul>
                    <Chart plot />
                    <figcaption class="quiet">{about}</figcaption>
                    <details class="numbers">
                        <summary>{text::lab_enough_table()}</summary>
                        {move || lab.curve.with(|c| c.as_ref().map(table))}
                    </details>
                </figure>
            </Show>
        </section>
    }
}

/// The same looks as in the chart of the methods that use these features.
pub fn features_look(features: Features) -> Look {
    look(match features {
        Features::Pretrained => Method::FeatureExtraction,
        Features::Random => Method::RandomFeatures,
        Features::Pixels => Method::FromScratch,
    })
}

fn entry(features: Features) -> impl IntoView {
    view! {
        <li class="row">
            <span class="swatch" inner_html=swatch(&features_look(features))></span>
            {text::features(features)}
        </li>
    }
}

/// The chart's numbers, to read and to copy.
fn table(curve: &LearningCurve) -> impl IntoView + use<> {
    let sizes = curve.curves.first().map(|c| c.sizes.clone());
    let heads = sizes.unwrap_or_default().into_iter();
    let heads = heads.map(|s| view! { <th scope="col">{s.samples}</th> });
    let rows = curve.curves.iter().map(|one| {
        let cells = one
            .sizes
            .iter()
            .map(|s| view! { <td>{text::percent(s.mean)}</td> });
        let (name, cells) = (text::features(one.features), cells.collect_view());
        view! { <tr><th scope="row">{name}</th>{cells}</tr> }
    });
    let (heads, rows) = (heads.collect_view(), rows.collect_view());
    view! {
        <div class="scroll">
            <table data-testid="curve-table">
                <thead><tr><th scope="col">{text::lab_photos()}</th>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
