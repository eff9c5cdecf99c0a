//! The thumbnails of one class, newest first: to look at, tick, drag away, delete.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element, HtmlElement, MouseEvent};

use super::album::Photo;
use super::keyed::{hashed, keyed};
use super::state::state;
use super::text;
use crate::ui::erased::{Show, memo};
use data::class::{ClassId, ClassView};
use data::groups::Regroup;
use data::protocol::Request;

const SHOWN: usize = 60;

#[component]
pub fn Photos(class: ClassId, near: RwSignal<bool>) -> impl IntoView {
    let state = state();
    let all = RwSignal::new(false);
    let photos = RwSignal::from(state.album.of(class));
    let total = memo(move || photos.with(Vec::len));
    let shown = memo(move || {
        let most = if all.get() { usize::MAX } else { SHOWN };
        photos.with(|p| p.iter().rev().take(most).cloned().collect::<Vec<_>>())
    });
    let shown = state.drawing.portions(16, shown);
    Effect::new(move || {
        state.album.in_sight(class, near.get());
        if near.get() {
            shown.with(|all| all.iter().for_each(|photo| state.album.want(state, photo)));
        }
    });
    view! {
        <ul class="photos">
            {keyed(move || shown.get(), |p| p.id.0.into(), |photo| view! { <One photo /> })}
        </ul>
        <Show when=move || { total.get() > SHOWN && !all.get() }>
            <button class="small" on:click=move |_| all.set(true)>{move || text::photos_all(total.get())}</button>
        </Show>
    }
}

#[component]
fn One(photo: Photo) -> impl IntoView {
    let state = state();
    let id = photo.id;
    let ticked = RwSignal::from(photo.ticked.clone());
    let tick = {
        let photo = photo.clone();
        move |event| state.album.tick(&photo, event_target_checked(&event))
    };
    // With a tick the whole selection comes along.
    let take = move |event: DragEvent| {
        let ids = match ticked.get_untracked() {
            true => state.album.ticked(),
            false => vec![id],
        };
        if let Some(data) = event.data_transfer() {
            let _ = data.set_data("text/plain", &photo_count(&ids)); // Firefox drags only data
            data.set_effect_allowed("move");
        }
        state.dragged.set(ids);
    };
    let delete = move |event: MouseEvent| {
        focus_neighbour(&event);
        state.send(Request::DeleteSamples { ids: vec![id] });
    };
    let (url, name) = (photo.url, photo.name);
    let source = move || Some(url.get()).filter(|u| !u.is_empty());
    view! {
        <li
            class="photo" data-testid="photo" data-photo-id=id.0.to_string()
            class:selected=ticked draggable="true"
            on:dragstart=take on:dragend=move |_| state.dragged.set(Vec::new())
        >
            <label title=name.clone()>
                <img src=source alt=name.clone() loading="lazy" decoding="async" draggable="false" />
                <input
                    type="checkbox" class="photo-select" data-testid="photo-select"
                    aria-label=text::photo_select(&name) prop:checked=ticked on:change=tick
                />
            </label>
            <button
                class="photo-delete" data-testid="photo-delete" aria-label=text::photo_delete(&name)
                on:click=delete
            >
                "×"
            </button>
        </li>
    }
}

/// The photo is about to go: a keyboard goes on at the next one, not at the page's start.
fn focus_neighbour(event: &MouseEvent) {
    let button: Option<Element> = event.current_target().and_then(|t| t.dyn_into().ok());
    let photo = button.and_then(|b| b.closest("li").ok().flatten());
    let next = photo.and_then(|p| p.next_element_sibling().or(p.previous_element_sibling()));
    let button = next.and_then(|n| n.query_selector(".photo-delete").ok().flatten());
    if let Some(button) = button {
        let _ = button.unchecked_into::<HtmlElement>().focus(); // buttons take the focus
    }
}

fn photo_count(ids: &[data::sample::SampleId]) -> String {
    text::count(ids.len(), 0)
}

/// How many photos the class has, or what can be done with those that have a tick. Its place
/// stays as high as it is.
#[component]
pub fn PhotosBar(class: ClassId, #[prop(into)] count: Signal<String>) -> impl IntoView {
    let state = state();
    let photos = RwSignal::from(state.album.of(class));
    let ticked = memo(move || {
        photos.with(|all| {
            let ticked = all.iter().filter(|photo| photo.ticked.get());
            ticked.map(|photo| photo.id).collect::<Vec<_>>()
        })
    });
    let forget = move || state.album.untick(&ticked.get_untracked());
    let shift = move |event| {
        let to = event_target_value(&event).parse().ok().map(ClassId);
        if let Some(to) = to {
            let ids = ticked.get_untracked();
            forget();
            state.move_photos(ids, to);
        }
    };
    let join = move |_| {
        let (ids, how) = (ticked.get_untracked(), Regroup::Join);
        forget();
        state.send(Request::Regroup { ids, how });
    };
    let delete = move |_| {
        let ids = ticked.get_untracked();
        forget();
        state.send(Request::DeleteSamples { ids });
    };
    let any = memo(move || ticked.with(|t| !t.is_empty()));
    view! {
        <div class="photos-bar">
            {move || if any.get() {
                view! {
                    <span role="status">{move || text::photos_selected(ticked.with(Vec::len))}</span>
                    <select
                        data-testid="photos-move" aria-label=text::photos_move_label() prop:value="" on:change=shift
                        disabled=move || state.classes.with(|c| c.len() < 2)
                    >
                        <option value="">{text::photos_move()}</option>
                        <Others than=class />
                    </select>
                    <button
                        class="small" data-testid="photos-group" title=text::photos_group_means() on:click=join
                        disabled=move || ticked.with(|t| t.len() < 2)
                    >
                        {text::photos_group()}
                    </button>
                    <button class="small" data-testid="photos-delete" on:click=delete>{text::photos_delete()}</button>
                    <button class="plain small" data-testid="photos-unselect" aria-label=text::photos_unselect() on:click=move |_| forget()>"×"</button>
                }.into_any()
            } else {
                view! { <p class="quiet" aria-live="polite">{move || count.get()}</p> }.into_any()
            }}
        </div>
    }
}

/// The classes but for one, to choose from.
#[component]
pub fn Others(#[prop(optional)] than: Option<ClassId>) -> impl IntoView {
    let state = state();
    let others = memo(move || {
        let named = |c: &ClassView| (c.class.id, c.class.name.clone());
        let all: Vec<_> = state.classes.with(|all| all.iter().map(named).collect());
        all.into_iter()
            .filter(|(id, _)| Some(*id) != than)
            .collect::<Vec<_>>()
    });
    let drawn = state.drawing.portions(50, others);
    let one =
        |(id, name): (ClassId, String)| view! { <option value=id.0.to_string()>{name}</option> };
    keyed(move || drawn.get(), hashed, one)
}
