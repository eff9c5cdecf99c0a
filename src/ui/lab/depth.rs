//! "Which layer tells your photos apart?": accuracy against the network's depth.

use leptos::prelude::*;

use super::chart::Chart;
use super::export::{SaveAs, Saved};
use crate::charts::plot::Paper;
use crate::charts::{against_depth, depth_as_csv, depth_as_html};
use crate::ui::erased::{Show, memo};
use crate::ui::state::state;
use crate::ui::text;
use data::probes::LayerProbes;

#[component]
pub fn WhichLayer() -> impl IntoView {
    let state = state();
    let probes = state.lab.probes;
    let hint = memo(move || state.depth_hint());
    let measuring = memo(move || state.lab.probes_layers());
    let advice = move || match (measuring.get(), hint.get()) {
        (true, _) => text::lab_depth_measuring().into(),
        (_, Some(hint)) => hint,
        _ => text::lab_depth_ready().into(),
    };
    let of = move |read: fn(&LayerProbes) -> String| probes.with(|p| p.as_ref().map(read));
    let plot = Signal::derive_local(move || probes.with(|p| p.as_ref().map(against_depth)));
    let best = |p: &LayerProbes| {
        p.layers
            .get(p.best)
            .map_or_else(String::new, |l| l.layer.clone())
    };
    let save = move || {
        let saved = |p: &LayerProbes| Saved {
            name: "graft-layers".into(),
            csv: depth_as_csv(p),
            svg: against_depth(p).svg(Paper::File),
        };
        probes.with_untracked(|p| p.as_ref().map(saved))
    };
    view! {
        <section class="lab-section" aria-labelledby="depth">
            <h3 id="depth">{text::lab_depth()}</h3>
            <p class="quiet about">{text::lab_depth_about()}</p>
            <div class="row">
                <button
                    data-testid="lab-depth-run" aria-describedby="depth-hint" on:click=move |_| state.probe_layers()
                    disabled=move || measuring.get() || hint.with(Option::is_some)
                >
                    {text::lab_depth_measure()}
                </button>
                <span class="quiet" id="depth-hint" data-testid="lab-depth-hint" aria-live="polite">{advice}</span>
            </div>
            <Show when=move || probes.with(Option::is_some)>
                <figure class="card figure" data-testid="lab-depth" data-best=move || of(best)>
                    <p class="outlook" data-testid="lab-depth-finding">{move || of(text::depth_finding)}</p>
                    <Chart plot />
                    <figcaption class="quiet">{move || of(text::depth_about)}</figcaption>
                    <details class="numbers">
                        <summary>{text::lab_depth_table()}</summary>
                        <div class="scroll" inner_html=move || of(depth_as_html)></div>
                    </details>
                    <SaveAs ids=["lab-depth-csv", "lab-depth-svg", "lab-depth-png"] what=save />
                </figure>
            </Show>
        </section>
    }
}
