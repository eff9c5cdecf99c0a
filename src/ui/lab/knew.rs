//! What the network already knew: its old head's answers to a photo, and its maps of it.

use leptos::prelude::*;

use super::state::Maps;
use crate::ui::album::Photo;
use crate::ui::erased::{Show, memo};
use crate::ui::keyed::keyed;
use crate::ui::pages::Page;
use crate::ui::predictions::Predictions;
use crate::ui::state::state;
use crate::ui::text;
use data::class::ClassId;

/// Of each class; more would only be in the way.
const MOST: usize = 40;
/// Of all classes together.
const ALL: usize = 400;

#[component]
pub fn AlreadyKnew() -> impl IntoView {
    let state = state();
    let lab = state.lab;
    // Thumbnails of hundreds of photos are not asked for before somebody comes here.
    let visited = Memo::new(move |before: Option<&bool>| {
        before.copied().unwrap_or(false) || state.page.get() == Page::Lab
    });
    let none = memo(move || state.album.count.get() == 0);
    view! {
        <section class="lab-section" aria-labelledby="knew">
            <h3 id="knew">{text::lab_knew()}</h3>
            <p class="quiet about">{text::lab_knew_about()}</p>
            <Show when=move || none.get()>
                <p class="empty">{text::lab_knew_empty()}</p>
            </Show>
            <Show when=move || visited.get() && !none.get()>
                <Picker />
            </Show>
            <Show when=move || lab.photo.with(Option::is_some)>
                <div class="lab-columns knew">
                    <OldHead />
                    <FeatureMaps />
                </div>
            </Show>
        </section>
    }
}

/// Some photos of each class, to choose one.
#[component]
fn Picker() -> impl IntoView {
    let state = state();
    // With hundreds of classes, few photos of each.
    let shown = memo(move || {
        let ids = state.each_class.ids.get();
        let few = (ALL / ids.len().max(1)).clamp(1, MOST);
        let first = |id: ClassId| {
            let photos = state.album.of(id);
            photos.with(|all| all.iter().rev().take(few).cloned().collect::<Vec<_>>())
        };
        ids.into_iter()
            .flat_map(first)
            .take(ALL)
            .collect::<Vec<_>>()
    });
    let drawn = state.drawing.portions(24, shown);
    view! {
        <ul class="picker" aria-label=text::lab_knew_choose()>
            {keyed(move || drawn.get(), |p| p.id.0.into(), |photo| view! { <Pick photo /> })}
        </ul>
    }
}

#[component]
fn Pick(photo: Photo) -> impl IntoView {
    let state = state();
    let id = photo.id;
    state.album.want(state, &photo);
    let url = photo.url.clone();
    let source = move || Some(url.get()).filter(|u| !u.is_empty());
    view! {
        <li>
            <button
                class="pick" data-testid="lab-photo" data-photo-id=id.0.to_string()
                aria-pressed=move || (state.lab.photo.get() == Some(id)).to_string()
                title=photo.name.clone() on:click=move |_| state.look_at(id)
            >
                <img src=source alt=text::lab_look_at(&photo.name) loading="lazy" decoding="async" />
            </button>
        </li>
    }
}

#[component]
fn OldHead() -> impl IntoView {
    let state = state();
    let lab = state.lab;
    let picture = move || {
        let id = lab.photo.get()?;
        let photo = state.album.of(state.album.class_of(id)?);
        let photo = photo.with(|all| all.iter().find(|p| p.id == id).cloned())?;
        let (url, name) = (photo.url, photo.name);
        let source = move || Some(url.get()).filter(|u| !u.is_empty());
        Some(view! { <img class="looked-at" src=source alt=name /> })
    };
    let answers = move || {
        lab.old_head.get().map_or_else(
            || waiting().into_any(),
            |predictions| view! { <Predictions predictions /> }.into_any(),
        )
    };
    view! {
        <div class="card" data-testid="old-head" data-answers=move || lab.old_head.with(|o| o.as_ref().map(|p| p.len().to_string()))>
            {picture}
            <h4>{text::lab_knew_old_head()}</h4>
            {answers}
            <p>{text::lab_knew_graft()}</p>
        </div>
    }
}

/// In the place of an answer.
fn waiting() -> impl IntoView {
    let silent = state().lab.silent;
    let words = move || match silent.get() {
        true => text::lab_knew_no_answer(),
        false => text::lab_knew_asking(),
    };
    view! { <p class="quiet">{words}</p> }
}

#[component]
fn FeatureMaps() -> impl IntoView {
    let lab = state().lab;
    let rows = move || {
        let maps = lab.maps.get();
        if maps.is_empty() {
            return waiting().into_any();
        }
        let count = maps.len();
        let one = |(i, maps): (usize, Maps)| {
            let (name, words) = text::maps(&maps.layer, i, count);
            let alt = text::maps_alt(&maps.layer);
            view! {
                <figure class="maps">
                    <figcaption><strong>{name}</strong>" "<span class="quiet">{words}</span></figcaption>
                    <img src=maps.url alt=alt />
                </figure>
            }
        };
        maps.into_iter()
            .enumerate()
            .map(one)
            .collect_view()
            .into_any()
    };
    view! {
        <div class="card" data-testid="feature-maps" data-layers=move || lab.maps.with(Vec::len).to_string()>
            <h4>{text::lab_maps()}</h4>
            <p class="quiet">{text::lab_maps_about()}</p>
            {rows}
        </div>
    }
}
