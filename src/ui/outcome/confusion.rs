//! What a head confuses: as a table or, of many classes, as a picture with the worst of it as a list; and on which photos.

use leptos::prelude::*;

use super::picture::picture;
use crate::ui::folded::others;
use crate::ui::keyed::keyed;
use crate::ui::state::{State, state};
use crate::ui::text;
use data::head::TestResult;
use data::metrics::Confusion;

/// Classes of a table that can be read; of more it is drawn as a picture.
const LARGEST_TABLE: usize = 20;
/// Mistakes listed beside a picture.
const WORST: usize = 20;
/// Photos listed at once.
const PHOTOS: usize = 60;

/// A cell of the table: the true class and the predicted one.
type Cell = (usize, usize);

/// What is shown of a table, and how.
#[derive(Clone, Copy)]
struct Choice {
    cell: RwSignal<Option<Cell>>,
    /// Cells as fractions of their rows.
    percent: RwSignal<bool>,
    /// The photos behind a cell are known.
    photos: bool,
}

pub fn confused(
    names: Vec<String>,
    confusion: &Confusion,
    tested: Vec<TestResult>,
) -> impl IntoView + use<> {
    let state = state();
    let choice = Choice {
        cell: RwSignal::new(None),
        percent: RwSignal::new(false),
        photos: !tested.is_empty(),
    };
    let chosen = choice.cell;
    let wrong = tested.iter().filter(|t| t.actual != t.predicted);
    let wrong: Vec<TestResult> = wrong.copied().collect();
    let table = match names.len() > LARGEST_TABLE {
        true => drawn(confusion, &names, choice).into_any(),
        false => table(confusion, &names, choice).into_any(),
    };
    let all_names = names.clone();
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
    let mistakes = choice.photos.then(|| {
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
    label: impl Fn() -> String + Send + 'static,
    inside: impl IntoView + 'static,
) -> impl IntoView {
    let press = move |_| chosen.update(|c| *c = (*c != Some(at)).then_some(at));
    view! {
        <button class="plain" aria-label=label aria-pressed=move || (chosen.get() == Some(at)).to_string() on:click=press>
            {inside}
        </button>
    }
}

/// Numbers of photos, or percentages of what is in a row.
fn unit(percent: RwSignal<bool>) -> impl IntoView {
    view! {
        <label class="check">
            <input
                type="checkbox" data-testid="confusion-percent" prop:checked=move || percent.get()
                on:change=move |event| percent.set(event_target_checked(&event))
            />
            <span>{text::confusion_percent()}</span>
        </label>
    }
}

/// Samples of each class that were judged.
fn judged(confusion: &Confusion) -> Vec<u64> {
    let rows = confusion.counts.chunks(confusion.classes.max(1));
    rows.map(|row| row.iter().map(|n| u64::from(*n)).sum())
        .collect()
}

fn fraction(count: u32, of: u64) -> f64 {
    f64::from(count) / of.max(1) as f64
}

fn table(confusion: &Confusion, names: &[String], choice: Choice) -> impl IntoView + use<> {
    let most = confusion.counts.iter().copied().max().unwrap_or(0).max(1);
    let columns = names
        .iter()
        .map(|n| view! { <th scope="col"><bdi>{n.clone()}</bdi></th> });
    let columns = columns.collect_view();
    let all = judged(confusion);
    let one = |row: usize, column: usize, count: u32| {
        let (actual, predicted) = (names[row].clone(), names[column].clone());
        let fraction = fraction(count, all[row]);
        let number = move || match choice.percent.get() {
            true => text::percent(fraction),
            false => text::whole(count),
        };
        let inside = if choice.photos && count > 0 {
            let label = text::cell(&actual, &predicted, count as usize);
            press(choice.cell, (row, column), move || label.clone(), number).into_any()
        } else {
            number.into_any()
        };
        view! {
            <td
                data-testid="confusion-cell"
                data-actual=actual
                data-predicted=predicted
                data-count=count.to_string()
                data-fraction=decimal::shortest(fraction)
                class:right=row == column
                style=("--share", format!("{}%", 40 * u64::from(count) / u64::from(most)))
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
        <p class="quiet" id="confusion-about">{if choice.photos { text::confusion_photos() } else { text::confusion() }}</p>
        {unit(choice.percent)}
        <div class="scroll">
            <table class="confusion" aria-describedby="confusion-about">
                <thead><tr><td class="corner">{text::confusion_corner()}</td>{columns}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// A picture, and the most frequent mistakes.
fn drawn(confusion: &Confusion, names: &[String], choice: Choice) -> impl IntoView + use<> {
    let all = judged(confusion);
    let worst = confusion.mistakes(WORST);
    let one = |(row, column, count): &(usize, usize, u32)| {
        let name = |i: usize| names.get(i).cloned().unwrap_or_default();
        let (actual, predicted) = (name(*row), name(*column));
        let fraction = fraction(*count, all[*row]);
        let count_words = text::cell(&actual, &predicted, *count as usize);
        let percent_words = text::confused_fraction(&actual, &predicted, fraction);
        let words = move || match choice.percent.get() {
            true => percent_words.clone(),
            false => count_words.clone(),
        };
        let inside = match choice.photos {
            true => press(choice.cell, (*row, *column), words.clone(), words).into_any(),
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
        {unit(choice.percent)}
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
        let photo = photo.or_else(|| state.test.find(t.sample));
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
            {keyed(move || drawn.get(), |(i, _)| *i as u64, one)}
        </ul>
    }
}
