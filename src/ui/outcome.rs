//! How good the head in use is: its accuracy, what it confuses, and on which photos.

use leptos::prelude::*;

use super::state::{State, state};
use super::text;
use crate::data::head::{HeadInfo, Tested};
use crate::data::metrics::Interval;
use crate::protocol::HeadView;

/// A cell of the table: the true class and the predicted one.
type Cell = (usize, usize);

#[component]
pub fn Outcome() -> impl IntoView {
    let state = state();
    move || {
        state.head.get().map(|head| {
            let measured = match &head.info.validation {
                None => {
                    let asked = !head.opened && head.info.settings.validation_share > 0.0;
                    view! {
                        <p>{text::NOT_MEASURED}</p>
                        {asked.then(|| view! { <p class="quiet">{text::ALL_ALIKE}</p> })}
                    }
                    .into_any()
                }
                Some(v) => view! {
                    <Accuracy of=v.accuracy />
                    <Confused head=head.clone() />
                }
                .into_any(),
            };
            view! {
                <div class="card outcome">
                    {head.opened.then(|| view! { <p class="quiet">{text::OPENED}</p> })}
                    {measured}
                </div>
            }
        })
    }
}

#[component]
fn Accuracy(of: Interval) -> impl IntoView {
    let (value, rest) = text::accuracy(&of);
    let place = |share: f64| format!("{}%", share * 100.0);
    view! {
        <p
            class="accuracy"
            data-testid="validation-accuracy"
            data-value=of.value.to_string()
            data-low=of.low.to_string()
            data-high=of.high.to_string()
            data-n=of.n.to_string()
        >
            <strong>{value}</strong>
            " "
            <span>{rest}</span>
        </p>
        <div
            class="range" aria-hidden="true"
            style=("--low", place(of.low)) style=("--high", place(of.high)) style=("--value", place(of.value))
        ></div>
        <p class="quiet">{text::RANGE}</p>
    }
}

#[component]
fn Confused(head: HeadView) -> impl IntoView {
    let state = state();
    let chosen = RwSignal::new(None::<Cell>);
    let names: Vec<String> = head.info.classes.iter().map(|c| c.name.clone()).collect();
    let wrong: Vec<Tested> = head
        .tested
        .iter()
        .filter(|t| t.actual != t.predicted)
        .copied()
        .collect();
    let with_photos = !head.tested.is_empty();
    let (tested, all_names) = (head.tested.clone(), names.clone());
    let cell = move || {
        chosen.get().map(|(actual, predicted)| {
            let here = |t: &&Tested| (t.actual, t.predicted) == (actual, predicted);
            let photos: Vec<Tested> = tested.iter().filter(here).copied().collect();
            let name = |i: usize| all_names.get(i).cloned().unwrap_or_default();
            view! {
                <div class="cell-photos">
                    <p class="cell-title" role="status">{text::cell(&name(actual), &name(predicted), photos.len())}</p>
                    <div data-testid="confusion-photos">{list(state, photos, &all_names)}</div>
                </div>
            }
        })
    };
    let mistakes = with_photos.then(|| {
        let (count, any) = (wrong.len(), !wrong.is_empty());
        view! {
            <details class="wrong" open=any>
                <summary>{text::wrong(count)}</summary>
                {if any { list(state, wrong, &names).into_any() } else { view! { <p class="quiet">{text::NONE_WRONG}</p> }.into_any() }}
            </details>
        }
    });
    view! {
        {table(&head.info, chosen, with_photos)}
        {cell}
        {mistakes}
    }
}

fn table(
    info: &HeadInfo,
    chosen: RwSignal<Option<Cell>>,
    with_photos: bool,
) -> Option<impl IntoView + use<>> {
    let matrix = info.validation.as_ref()?.confusion.clone();
    let names: Vec<String> = info.classes.iter().map(|c| c.name.clone()).collect();
    let most = matrix.counts.iter().copied().max().unwrap_or(0).max(1);
    let columns = names
        .iter()
        .map(|n| view! { <th scope="col">{n.clone()}</th> })
        .collect_view();
    let one = |row: usize, column: usize, count: u32| {
        let at = (row, column);
        let (actual, predicted) = (names[row].clone(), names[column].clone());
        let inside = if with_photos && count > 0 {
            let label = text::cell(&actual, &predicted, count as usize);
            let press = move |_| chosen.update(|c| *c = (*c != Some(at)).then_some(at));
            view! {
                <button class="plain" aria-label=label aria-pressed=move || (chosen.get() == Some(at)).to_string() on:click=press>
                    {count}
                </button>
            }
            .into_any()
        } else {
            count.into_any()
        };
        view! {
            <td
                data-testid="confusion-cell"
                data-actual=actual
                data-predicted=predicted
                data-count=count.to_string()
                class:right=row == column
                style=("--share", format!("{}%", 55 * count / most))
            >
                {inside}
            </td>
        }
    };
    let rows = matrix
        .counts
        .chunks(matrix.classes.max(1))
        .enumerate()
        .take(names.len());
    let rows = rows.map(|(row, counts)| {
        let cells = counts.iter().enumerate().take(names.len());
        let cells = cells
            .map(|(column, count)| one(row, column, *count))
            .collect_view();
        view! { <tr><th scope="row">{names[row].clone()}</th>{cells}</tr> }
    });
    let rows = rows.collect_view();
    Some(view! {
        <p class="quiet" id="confusion-about">{if with_photos { text::CONFUSION_PHOTOS } else { text::CONFUSION }}</p>
        <div class="scroll">
            <table class="confusion" aria-describedby="confusion-about">
                <thead><tr><td class="corner">{text::IS_SAYS}</td>{columns}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    })
}

/// Photos with what the head said of them.
fn list(state: State, tested: Vec<Tested>, names: &[String]) -> impl IntoView + use<> {
    let ids: Vec<_> = tested.iter().map(|t| t.photo).collect();
    let found = state.album.find(&ids);
    let name = |i: usize| names.get(i).cloned().unwrap_or_default();
    let one = |t: Tested| {
        let photo = found.get(&t.photo).cloned();
        let file = photo
            .as_ref()
            .map_or_else(|| text::GONE.to_owned(), |p| p.name.clone());
        let picture = photo.map(|photo| {
            state.album.want(state, &photo);
            let (url, alt) = (photo.url, photo.name);
            view! { <img src=move || Some(url.get()).filter(|u| !u.is_empty()) alt=alt loading="lazy" /> }
        });
        let says = text::says(&name(t.predicted), t.confidence);
        let is = (t.actual != t.predicted).then(|| text::is(&name(t.actual)));
        view! {
            <li class="tested">
                {picture}
                <span class="said">{says}</span>
                {is.map(|is| view! { <span class="quiet">{is}</span> })}
                <span class="quiet file" title=file.clone()>{file.clone()}</span>
            </li>
        }
    };
    view! { <ul class="tested-list">{tested.into_iter().map(one).collect_view()}</ul> }
}
