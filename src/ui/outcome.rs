//! How good the head in use is: its accuracy, what it confuses, and on which photos.

mod picture;

use leptos::prelude::*;
use picture::picture;

use super::folded::others;
use super::groups::Groups;
use super::state::{State, state};
use super::text;
use data::head::{How, TestResult};
use data::metrics::{Confusion, Interval};
use data::protocol::HeadView;
use data::settings::Measure;

/// Classes of a table that can be read; of more it is drawn as a picture.
const LARGEST_TABLE: usize = 20;
/// Mistakes listed beside a picture.
const WORST: usize = 20;
/// Photos listed at once.
const PHOTOS: usize = 60;

/// A cell of the table: the true class and the predicted one.
type Cell = (usize, usize);

#[component]
pub fn Outcome() -> impl IntoView {
    let state = state();
    // A large head's table has a million cells: it is not copied to be looked at.
    let measured = move |head: &HeadView| match &head.info.validation {
        None if !head.opened && state.training.get() => {
            view! { <p class="quiet">{text::accuracy_measuring()}</p> }.into_any()
        }
        None => {
            let settings = &head.info.settings;
            let whole = settings.measure == Measure::CrossValidation;
            let asked = !head.opened && (whole || settings.validation_fraction > 0.0);
            view! {
                <p>{text::accuracy_none()}</p>
                {asked.then(|| view! { <p class="quiet">{text::accuracy_none_alike()}</p> })}
            }
            .into_any()
        }
        Some(v) => view! {
            <Accuracy of=v.accuracy how=v.how />
            {(!head.opened).then(|| view! { <Groups /> })}
            {confused(state, head, &v.confusion)}
        }
        .into_any(),
    };
    move || {
        state.head.with(|head| {
            head.as_ref().map(|head| {
                view! {
                    <div class="card outcome">
                        {head.opened.then(|| view! { <p class="quiet">{text::head_opened()}</p> })}
                        {measured(head)}
                    </div>
                }
            })
        })
    }
}

#[component]
fn Accuracy(of: Interval, how: How) -> impl IntoView {
    let (value, rest) = text::accuracy(&of, how);
    let word = match how {
        How::HeldOut => "held-out",
        How::CrossValidated => "cross-validated",
    };
    let place = |fraction: f64| format!("{}%", fraction * 100.0);
    view! {
        <p
            class="accuracy"
            data-testid="validation-accuracy"
            data-value=of.value.to_string()
            data-low=of.low.to_string()
            data-high=of.high.to_string()
            data-n=of.n.to_string()
            data-how=word
        >
            <strong>{value}</strong>
            " "
            <span>{rest}</span>
        </p>
        <div
            class="range" aria-hidden="true"
            style=("--low", place(of.low)) style=("--high", place(of.high)) style=("--value", place(of.value))
        ></div>
        <p class="quiet">{text::accuracy_means(how)}</p>
    }
}

/// What it confuses, as a table or, of many classes, as a picture with the worst of it as a list.
fn confused(state: State, head: &HeadView, confusion: &Confusion) -> impl IntoView + use<> {
    let chosen = RwSignal::new(None::<Cell>);
    let names: Vec<String> = head.info.classes.iter().map(|c| c.name.clone()).collect();
    let wrong = head.tested.iter().filter(|t| t.actual != t.predicted);
    let wrong: Vec<TestResult> = wrong.copied().collect();
    let with_photos = !head.tested.is_empty();
    let table = match names.len() > LARGEST_TABLE {
        true => drawn(confusion, &names, chosen, with_photos).into_any(),
        false => table(confusion, &names, chosen, with_photos).into_any(),
    };
    let (tested, all_names) = (head.tested.clone(), names.clone());
    let cell = move || {
        chosen.get().map(|(actual, predicted)| {
            let here = |t: &&TestResult| (t.actual, t.predicted) == (actual, predicted);
            let photos: Vec<TestResult> = tested.iter().filter(here).copied().collect();
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
                <summary>{text::wrong_photos(count)}</summary>
                {if any { list(state, wrong, &names).into_any() } else { view! { <p class="quiet">{text::wrong_photos_none()}</p> }.into_any() }}
            </details>
        }
    });
    view! {
        {table}
        {cell}
        {mistakes}
    }
}

/// Chooses a cell, or puts it down again.
fn press(
    chosen: RwSignal<Option<Cell>>,
    at: Cell,
    label: String,
    inside: impl IntoView + 'static,
) -> impl IntoView {
    let press = move |_| chosen.update(|c| *c = (*c != Some(at)).then_some(at));
    view! {
        <button class="plain" aria-label=label aria-pressed=move || (chosen.get() == Some(at)).to_string() on:click=press>
            {inside}
        </button>
    }
}

fn table(
    confusion: &Confusion,
    names: &[String],
    chosen: RwSignal<Option<Cell>>,
    with_photos: bool,
) -> impl IntoView + use<> {
    let most = confusion.counts.iter().copied().max().unwrap_or(0).max(1);
    let columns = names
        .iter()
        .map(|n| view! { <th scope="col"><bdi>{n.clone()}</bdi></th> });
    let columns = columns.collect_view();
    let one = |row: usize, column: usize, count: u32| {
        let (actual, predicted) = (names[row].clone(), names[column].clone());
        let inside = if with_photos && count > 0 {
            let label = text::cell(&actual, &predicted, count as usize);
            press(chosen, (row, column), label, count).into_any()
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
                style=("--share", format!("{:.0}%", 40.0 * f64::from(count) / f64::from(most)))
            >
                {inside}
            </td>
        }
    };
    let rows = confusion
        .counts
        .chunks(confusion.classes.max(1))
        .enumerate()
        .take(names.len());
    let rows = rows.map(|(row, counts)| {
        let cells = counts.iter().enumerate().take(names.len());
        let cells = cells
            .map(|(column, count)| one(row, column, *count))
            .collect_view();
        view! { <tr><th scope="row"><bdi>{names[row].clone()}</bdi></th>{cells}</tr> }
    });
    let rows = rows.collect_view();
    view! {
        <p class="quiet" id="confusion-about">{if with_photos { text::confusion_photos() } else { text::confusion() }}</p>
        <div class="scroll">
            <table class="confusion" aria-describedby="confusion-about">
                <thead><tr><td class="corner">{text::confusion_corner()}</td>{columns}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// A picture, and the most frequent mistakes.
fn drawn(
    confusion: &Confusion,
    names: &[String],
    chosen: RwSignal<Option<Cell>>,
    with_photos: bool,
) -> impl IntoView + use<> {
    let worst = confusion.mistakes(WORST);
    let one = |(row, column, count): &(usize, usize, u32)| {
        let name = |i: usize| names.get(i).cloned().unwrap_or_default();
        let (actual, predicted) = (name(*row), name(*column));
        let words = text::cell(&actual, &predicted, *count as usize);
        let inside = match with_photos {
            true => press(chosen, (*row, *column), words.clone(), words).into_any(),
            false => words.into_any(),
        };
        view! {
            <li
                data-testid="confusion-cell"
                data-actual=actual
                data-predicted=predicted
                data-count=count.to_string()
            >
                {inside}
            </li>
        }
    };
    let list = (!worst.is_empty()).then(|| {
        view! {
            <p class="cell-title">{text::mistakes(worst.len(), WORST)}</p>
            <ul class="mistakes">{worst.iter().map(one).collect_view()}</ul>
        }
    });
    view! {
        <p class="quiet">{text::confusion_drawn()}</p>
        {picture(confusion)}
        {list}
    }
}

/// Photos with what the head said of them.
fn list(state: State, mut tested: Vec<TestResult>, names: &[String]) -> impl IntoView + use<> {
    let rest = tested.split_off(tested.len().min(PHOTOS));
    let names = names.to_vec();
    let first = photos(state, tested, &names);
    view! {
        {first}
        {others(rest.len(), text::other_photos, move || photos(state, rest.clone(), &names))}
    }
}

fn photos(state: State, tested: Vec<TestResult>, names: &[String]) -> impl IntoView + use<> {
    let ids: Vec<_> = tested.iter().map(|t| t.sample).collect();
    let found = state.album.find(&ids);
    let names = names.to_vec();
    let one = move |(_, t): (usize, TestResult)| {
        let name = |i: usize| names.get(i).cloned().unwrap_or_default();
        let photo = found.get(&t.sample).cloned();
        let file = photo
            .as_ref()
            .map_or_else(|| text::tested_gone().to_owned(), |p| p.name.clone());
        let picture = photo.map(|photo| {
            state.album.want(state, &photo);
            let (url, alt) = (photo.url, photo.name);
            view! { <img src=move || Some(url.get()).filter(|u| !u.is_empty()) alt=alt loading="lazy" /> }
        });
        let says = text::says(&name(t.predicted), t.confidence);
        let is = (t.actual != t.predicted).then(|| text::tested_is(&name(t.actual)));
        view! {
            <li class="tested">
                {picture}
                <span class="said">{says}</span>
                {is.map(|is| view! { <span class="quiet">{is}</span> })}
                <span class="quiet file" title=file.clone()>{file.clone()}</span>
            </li>
        }
    };
    let tested = tested.into_iter().enumerate().collect::<Vec<_>>();
    let drawn = state.drawing.portions(12, Signal::stored(tested));
    view! {
        <ul class="tested-list">
            <For each=move || drawn.get() key=|(i, _)| *i children=one />
        </ul>
    }
}
