//! How well each class is told from the others: precision, recall and F1, in words first.

use leptos::prelude::*;

use crate::charts::rows::{Row, table};
use crate::ui::text;
use data::evaluation::ClassScores;
use data::head::Validation;
use data::metrics::Interval;
use data::order::sort_by;

pub fn scores(names: &[String], of: &Validation, on: String) -> impl IntoView + use<> {
    let all = ClassScores::all(&of.confusion);
    let macro_f1 = ClassScores::macro_f1(&all);
    let f1 = |scores: &ClassScores| scores.f1.unwrap_or(1.0);
    let mut rows: Vec<(String, ClassScores)> = names.iter().cloned().zip(all).collect();
    // The weakest first.
    sort_by(&mut rows, |a, b| f1(&a.1).total_cmp(&f1(&b.1)));
    let weakest = rows.first().map(|(name, scores)| {
        let (precision, recall) = (text::precision(name, scores), text::recall(name, scores));
        view! {
            <p>{precision}</p>
            <p>{recall}</p>
        }
    });
    let n = of.accuracy.n;
    let top2 = of.calibration.as_ref().and_then(|c| c.top2);
    let top2 = top2.map(|value| {
        let of = Interval::wilson((value * n as f64).round() as usize, n);
        view! { <p data-testid="top-2" data-value=decimal::shortest(of.value) data-n=n.to_string()>{text::top_two(&of)}</p> }
    });
    // Of a thousand classes it is a large table: it is built where somebody looks.
    let open = RwSignal::new(false);
    let drawn = move || match open.get() {
        true => {
            let rows: Vec<Row> = rows
                .iter()
                .map(|(name, scores)| row(name, scores))
                .collect();
            table(&heads(), &rows)
        }
        false => String::new(),
    };
    view! {
        <details class="more-numbers" data-testid="class-scores" on:toggle=move |_| open.set(true)>
            <summary>{text::scores()}</summary>
            <div class="numbers">
                {weakest}
                <p class="quiet">{text::scores_f1_means()}</p>
                <p data-testid="macro-f1" data-value=decimal::shortest(macro_f1)>{text::scores_macro(&text::percent(macro_f1))}</p>
                {top2}
                <p class="quiet">{on}</p>
                <div class="scroll" inner_html=drawn></div>
            </div>
        </details>
    }
}

fn heads() -> [&'static str; 5] {
    [
        text::scores_class(),
        text::scores_precision(),
        text::scores_recall(),
        text::scores_f1(),
        text::scores_photos(),
    ]
}

fn row(name: &str, of: &ClassScores) -> Row {
    let words =
        |score: Option<f64>| score.map_or_else(|| text::scores_none().into(), text::percent);
    let number = |score: Option<f64>| score.map_or_else(String::new, decimal::shortest);
    Row {
        test_id: "class-score",
        data: vec![
            ("class-name", name.into()),
            ("precision", number(of.precision)),
            ("recall", number(of.recall)),
            ("f1", number(of.f1)),
        ],
        head: name.into(),
        cells: vec![
            words(of.precision),
            words(of.recall),
            words(of.f1),
            text::whole(of.support),
        ],
    }
}
