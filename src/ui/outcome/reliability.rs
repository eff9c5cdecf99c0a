//! Whether percentages mean what they say: a reliability diagram, and its numbers as a table.

use leptos::prelude::*;

use crate::charts::plot::{Paper, swatch};
use crate::charts::reliability::{self, reliability};
use crate::charts::rows::{Row, table};
use crate::ui::text;
use data::evaluation::Bin;
use data::head::Calibrated;

#[component]
pub fn Reliability(calibrated: Calibrated, on: String) -> impl IntoView {
    let of = StoredValue::new(calibrated);
    let (before, after) = of.with_value(|of| (of.ece_before, of.ece));
    let drawn = of.with_value(|of| of.bins.iter().any(Option::is_some));
    // Drawn where somebody looks: a chart that nobody sees takes time, too.
    let open = RwSignal::new(false);
    let show = move |_| open.set(true);
    let entry = |look, words: &str| {
        view! { <li class="row"><span class="swatch" inner_html=swatch(&look)></span>{words.to_owned()}</li> }
    };
    let diagram = move || {
        (drawn && open.get()).then(|| {
            let bins = of.with_value(|of| of.bins.iter().flatten().copied().collect::<Vec<Bin>>());
            let rows: Vec<Row> = bins.iter().map(row).collect();
            let heads = [
                text::calibration_said(),
                text::calibration_right(),
                text::scores_photos(),
            ];
            let numbers = table(&heads, &rows);
            // A column is never wider than a phone is.
            let chart = of.with_value(reliability).svg(Paper::Phone);
            view! {
                <p>{text::fullest_bin(&bins)}</p>
                <ul class="row legend">
                    {entry(reliability::AFTER, text::calibration_after())}
                    {before.map(|_| entry(reliability::BEFORE, text::calibration_before()))}
                    {entry(reliability::IDEAL, text::calibration_ideal())}
                </ul>
                <div class="chart" inner_html=chart></div>
                <details class="numbers">
                    <summary>{text::calibration_table()}</summary>
                    <div inner_html=numbers></div>
                </details>
            }
        })
    };
    view! {
        <details
            class="more-numbers" data-testid="reliability" on:toggle=show
            data-ece=decimal::shortest(after) data-ece-before=before.map(decimal::shortest)
        >
            <summary>{text::calibration()}</summary>
            <p class="quiet">{text::calibration_means()}</p>
            <p>{text::calibration_off(after, before)}</p>
            <p class="quiet">{on}</p>
            {diagram}
        </details>
    }
}

fn row(bin: &Bin) -> Row {
    Row {
        test_id: "reliability-bin",
        data: vec![
            ("confidence", decimal::shortest(bin.confidence)),
            ("accuracy", decimal::shortest(bin.accuracy)),
        ],
        head: text::percent(bin.confidence),
        cells: vec![text::percent(bin.accuracy), text::whole(bin.count)],
    }
}
