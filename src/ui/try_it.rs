//! Try: what the head says of photos it has not seen.

use leptos::prelude::*;

use super::batch::ManyPhotos;
use super::beside::BesideSite;
use super::camera::Purpose;
use super::drop;
use super::export::Export;
use super::files;
use super::folded::others;
use super::kept::{GoOn, Keep, KeptHeads};
use super::keyed::keyed;
use super::live::Live;
use super::predictions::Predictions;
use super::share::ShareButton;
use super::state::{Tried, state};
use super::steps::Heading;
use super::text;
use crate::ui::erased::{Show, memo};
use data::csv;
use data::folders::route::Place;
use data::head::{HeadClass, HeadInfo, Reach};
use data::prediction::top;
use data::protocol::{Access, HeadView, Request, Undoable};

/// Classes of a head that are named at once; the others of more are folded away.
const ALL: usize = 24;

#[component]
pub fn TryIt() -> impl IntoView {
    let state = state();
    let over = RwSignal::new(false);
    let without_head = memo(move || state.head.with(Option::is_none));
    let why = move || without_head.get().then_some(text::classifier_none());
    let clear = move |_| {
        state.send(Request::StopReading { tried: true });
        let all = state.results.try_update(std::mem::take);
        all.iter().flatten().for_each(|r| files::forget(&r.url));
    };
    let live = move || state.camera.is_for(Purpose::Try);
    let drag_over = move |event: web_sys::DragEvent| {
        if drop::brings_files(&event) && state.dragged.with_untracked(Vec::is_empty) {
            event.prevent_default();
            over.set(true);
        }
    };
    view! {
        <section
            class="column" id="try-column" aria-labelledby="try"
            on:dragover=drag_over
            on:dragleave=move |event| if drop::left(&event) { over.set(false) }
            on:drop=move |event| { over.set(false); state.drop_on(Place::Try, &event); }
        >
            <Heading id="try" number=3 name=text::try_it() about=text::try_it_about() />
            <div class="drop" class:over=move || over.get()>
                <p>{move || if without_head.get() { text::try_empty() } else { text::try_ready() }}</p>
                <div class="row">
                    <label class="button" class:primary=move || !without_head.get()>
                        {text::try_files()}
                        <input
                            type="file" class="hidden" data-testid="try-files" multiple=true accept="image/*"
                            disabled=move || without_head.get()
                            on:change=move |event| state.hand_over(Place::Try, files::picked(&event))
                        />
                    </label>
                    <button
                        data-testid="try-camera" disabled=move || without_head.get() && !live() title=why
                        aria-pressed=move || live().to_string()
                        on:click=move |_| state.camera.toggle(Purpose::Try)
                    >
                        {move || if live() { text::camera_stop() } else { text::camera_live() }}
                    </button>
                </div>
            </div>
            <Show when=live>
                <Live />
            </Show>
            <Classifier />
            <ManyPhotos />
            <Show when=move || state.results.with(|r| !r.is_empty())>
                <div class="row results-head">
                    <h3>{text::results()}</h3>
                    <button
                        class="small" data-testid="results-csv"
                        on:click=move |_| state.results.with_untracked(|r| save_answers(r, state.kept.get_untracked()))
                    >
                        {text::results_csv()}
                    </button>
                    <button class="small" data-testid="results-clear" on:click=clear>{text::results_clear()}</button>
                </div>
            </Show>
            {keyed(move || state.results.get(), |r| r.key as u64, result)}
        </section>
    }
}

/// What the head in use knows, and its file.
#[component]
fn Classifier() -> impl IntoView {
    let state = state();
    let without_head = memo(move || state.head.with(Option::is_none));
    let save = move |_| {
        let names = state.head.with_untracked(|h| h.as_ref().map(file_name));
        if let Some(name) = names {
            state.send(Request::SaveHead { name });
        }
    };
    let open = move |event| {
        for found in files::picked(&event) {
            state.open_head(found.file.name(), found.file);
        }
    };
    let info = move || {
        state
            .head
            .with(|head| head.as_ref().map(|head| known(&head.info, "head-info")))
    };
    let of_heads = |what: &Undoable| matches!(what, Undoable::Head | Undoable::KeptHead { .. });
    let before = memo(move || state.undoable.get().filter(of_heads));
    view! {
        <div class="card classifier">
            <h3>{text::classifier()}</h3>
            {info}
            <HowOften />
            <Show when=move || without_head.get()><p class="quiet">{text::classifier_empty()}</p></Show>
            <div class="row">
                <button
                    class="small" data-testid="head-save" disabled=move || without_head.get()
                    title=move || without_head.get().then_some(text::classifier_none()) on:click=save
                >
                    {text::classifier_save()}
                </button>
                <Keep />
                <label class="button small">
                    {text::classifier_open()}
                    <input type="file" class="hidden" data-testid="head-open" accept=".safetensors" on:change=open />
                </label>
                <BesideSite />
                <ShareButton />
                <Export />
                <GoOn />
                <Show when=move || before.with(Option::is_some)>
                    <button class="small" data-testid="head-undo" on:click=move |_| state.send(Request::Undo)>
                        {move || before.with(|what| what.as_ref().map(text::undo))}
                    </button>
                </Show>
            </div>
            <KeptHeads />
        </div>
    }
}

/// How often it answers: what it says else is "I don't know".
#[component]
fn HowOften() -> impl IntoView {
    let state = state();
    let unknown = memo(move || {
        let of = |head: &Option<HeadView>| head.as_ref()?.info.unknown.clone();
        state.head.with(of)
    });
    let slide = move |event| {
        if let Some(percent) = decimal::parse(&event_target_value(&event)) {
            state.kept.set((percent / 100.0) as f32);
        }
    };
    // Where another tab has the project, it is only looked at.
    let keep = move |_| {
        if state.access.get_untracked() == Access::Writer {
            let kept = state.kept.get_untracked();
            state.send(Request::KeepKnown { kept });
            state.sharing.forget();
        }
    };
    move || {
        unknown.get().map(|unknown| {
            let stored = StoredValue::new(unknown);
            let position = move || {
                let kept = state.kept.get();
                stored.with_value(|unknown| (unknown.position(kept).copied(), unknown.caught(kept)))
            };
            let kept = move || decimal::shortest(position().0.map_or(1.0, |p| p.kept).into());
            let caught = move || decimal::shortest(position().1.unwrap_or(0.0).into());
            let says = move || {
                let (position, caught) = position();
                position.map(|position| text::unknown_means(&position, caught))
            };
            view! {
                <label class="field wide how-often">
                    <span>{text::unknown()}</span>
                    <input
                        type="range" data-testid="unknown-limit" min="50" max="100" step="1"
                        prop:value=move || ((state.kept.get() * 100.0).round() as u8).to_string()
                        data-kept=kept data-caught=caught
                        on:input=slide on:change=keep
                    />
                    <small class="quiet">{says}</small>
                    <small class="quiet">{text::unknown_limits()}</small>
                </label>
            }
        })
    }
}

/// What a head tells apart, and on which network.
pub(super) fn known(info: &HeadInfo, test_id: &'static str) -> impl IntoView + use<> {
    let names: Vec<&str> = info.classes.iter().map(|c| c.name.as_str()).collect();
    let mut tags: Vec<(usize, HeadClass)> = info.classes.iter().cloned().enumerate().collect();
    let rest = match tags.len() > ALL {
        true => tags.split_off(ALL),
        false => Vec::new(),
    };
    let tuned = info.tuned.as_ref();
    view! {
        <div
            class="head-info"
            data-testid=test_id
            data-classes=names.join(",")
            data-backbone=info.backbone.clone()
            data-tuned=tuned.is_some().to_string()
            data-kind=if info.choice.is_some() { "lda" } else { "softmax" }
            data-layers=info.choice.map_or("embedding", |choice| match choice.reach {
                Reach::Embedding => "embedding",
                Reach::Late => "late",
                Reach::All => "all",
            })
        >
            <p class="quiet">{text::classifier_knows()}</p>
            {classes(tags)}
            {others(rest.len(), text::other_classes, move || classes(rest.clone()))}
            <p class="quiet">{text::on_backbone(&info.backbone)}</p>
            <p class="quiet">{text::tuned(tuned)}</p>
            {info.choice.map(|choice| view! { <p class="quiet">{text::reach(&choice)}</p> })}
        </div>
    }
}

fn classes(classes: Vec<(usize, HeadClass)>) -> impl IntoView {
    let one = |(i, class): (usize, HeadClass)| {
        view! {
            <li class="tag" style=("--class-colour", class.colour.hex())>
                <span class="glyph" aria-hidden="true">{text::glyph(i)}</span>
                <bdi>{class.name}</bdi>
            </li>
        }
    };
    view! { <ul class="row tags">{classes.into_iter().map(one).collect_view()}</ul> }
}

/// The oldest first.
fn save_answers(results: &[Tried], kept: f32) {
    let photos = results.iter().rev();
    let photos = photos.map(|r| csv::Answer {
        file: &r.file,
        predictions: &r.predictions,
        refused: r.needs > kept,
    });
    let names = [text::csv_file(), text::csv_top(), text::csv_unknown()];
    let table = csv::answers(names, photos);
    files::download_text("graft-results.csv", "text/csv", &table);
}

/// `apples-pears`, from the names of the classes.
pub(super) fn file_name(head: &HeadView) -> String {
    const LONGEST: usize = 60;
    let mut name = String::new();
    for class in &head.info.classes {
        let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
        let words: String = nfc::lowercase(&class.name).chars().map(plain).collect();
        let words = words
            .split('-')
            .filter(|w| !w.is_empty())
            .collect::<Vec<_>>()
            .join("-");
        let long = name.chars().count() + words.chars().count() >= LONGEST;
        if long && !name.is_empty() {
            return name + "-" + text::file_name_and_more();
        }
        if !name.is_empty() && !words.is_empty() {
            name.push('-');
        }
        name.extend(words.chars().take(LONGEST));
    }
    if name.is_empty() {
        text::file_name().into()
    } else {
        name
    }
}

fn result(tried: Tried) -> impl IntoView {
    let state = state();
    let best = top(&tried.predictions)
        .map(|p| p.class.clone())
        .unwrap_or_default();
    let (file, said) = (tried.file.clone(), best.clone());
    let needs = tried.needs;
    let refused = memo(move || needs > state.kept.get());
    let tops = move || match refused.get() {
        true => "unknown".to_owned(),
        false => best.clone(),
    };
    let said = move || match refused.get() {
        true => text::unknown_said().to_owned(),
        false => said.clone(),
    };
    view! {
        <article class="card result" class:refused=refused data-testid="result" data-file=file data-top=tops>
            <img src=tried.url alt="" loading="lazy" />
            <div>
                <p class="best"><bdi>{said}</bdi></p>
                <Predictions predictions=tried.predictions />
                <p class="quiet file" title=tried.file.clone()>{tried.file.clone()}</p>
            </div>
        </article>
    }
}
