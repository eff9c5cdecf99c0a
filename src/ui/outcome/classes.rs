//! How well each class is told from the others: precision, recall and F1, in words first.

use leptos::prelude::*;

use crate::ui::state::state;
use crate::ui::text;
use data::evaluation::ClassScores;
use data::head::Validation;
use data::metrics::Interval;
use data::order::sort_by;

/// A class with its scores, the weakest first.
type Row = (String, ClassScores);

pub fn scores(names: &[String], of: &Validation) -> impl IntoView + use<> {
    let state = state();
    let all = ClassScores::all(&of.confusion);
    let macro_f1 = ClassScores::macro_f1(&all);
    let f1 = |scores: &ClassScores| scores.f1.unwrap_or(1.0);
    let mut rows: Vec<Row> = names.iter().cloned().zip(all).collect();
    sort_by(&mut rows, |a, b| f1(&a.1).total_cmp(&f1(&b.1)));
    let weakest = rows.first().cloned().map(|(name, scores)| {
        view! {
            <p>{text::precision(&name, &scores)}</p>
            <p>{text::recall(&name, &scores)}</p>
        }
    });
    let n = of.accuracy.n;
    let top2 = of.calibration.as_ref().and_then(|c| c.top2);
    let top2 = top2.map(|value| {
        let of = Interval::wilson((value * n as f64).round() as usize, n);
        view! { <p data-testid="top-2" data-value=decimal::shortest(of.value) data-n=n.to_string()>{text::top_two(&of)}</p> }
    });
    let rows: Vec<(usize, Row)> = rows.into_iter().enumerate().collect();
    let drawn = state.drawing.portions(50, Signal::stored(rows));
    view! {
        <details class="more-numbers" data-testid="class-scores">
            <summary>{text::scores()}</summary>
            <div class="numbers">
                {weakest}
                <p class="quiet">{text::scores_f1_means()}</p>
                <p data-testid="macro-f1" data-value=decimal::shortest(macro_f1)>{text::scores_macro(&text::percent(macro_f1))}</p>
                {top2}
                <div class="scroll">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">{text::scores_class()}</th>
                                <th scope="col">{text::scores_precision()}</th>
                                <th scope="col">{text::scores_recall()}</th>
                                <th scope="col">{text::scores_f1()}</th>
                                <th scope="col">{text::scores_photos()}</th>
                            </tr>
                        </thead>
                        <tbody><For each=move || drawn.get() key=|(i, _)| *i children=row /></tbody>
                    </table>
                </div>
            </div>
        </details>
    }
}

fn row((_, (name, scores)): (usize, Row)) -> impl IntoView {
    let words =
        |score: Option<f64>| score.map_or_else(|| text::scores_none().into(), text::percent);
    let number = |score: Option<f64>| score.map(decimal::shortest);
    let written = name.clone();
    view! {
        <tr
            data-testid="class-score" data-class-name=written
            data-precision=number(scores.precision) data-recall=number(scores.recall) data-f1=number(scores.f1)
        >
            <th scope="row"><bdi>{name}</bdi></th>
            <td>{words(scores.precision)}</td>
            <td>{words(scores.recall)}</td>
            <td>{words(scores.f1)}</td>
            <td>{text::whole(scores.support)}</td>
        </tr>
    }
}
