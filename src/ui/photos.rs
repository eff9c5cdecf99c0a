//! The thumbnails of one class, newest first.

use leptos::prelude::*;

use super::state::{Photo, state};
use super::text;
use crate::data::class::ClassId;
use crate::protocol::Request;

const SHOWN: usize = 60;

#[component]
pub fn Photos(class: ClassId) -> impl IntoView {
    let state = state();
    let all = RwSignal::new(false);
    let total = Memo::new(move |_| state.photos.with(|p| p.get(&class).map_or(0, Vec::len)));
    let shown = Memo::new(move |_| {
        let most = if all.get() { usize::MAX } else { SHOWN };
        state.photos.with(|p| {
            p.get(&class)
                .map(|v| v.iter().rev().take(most).cloned().collect::<Vec<_>>())
                .unwrap_or_default()
        })
    });
    let one = move |photo: Photo| {
        let id = photo.id;
        view! {
            <li class="photo" data-testid="photo" data-photo-id=id.0.to_string()>
                <img src=photo.url alt=photo.name.clone() title=photo.name.clone() loading="lazy" />
                <button
                    class="photo-delete"
                    data-testid="photo-delete"
                    aria-label=text::delete("photo", &photo.name)
                    on:click=move |_| state.send(Request::DeletePhotos { ids: vec![id] })
                >
                    "×"
                </button>
            </li>
        }
    };
    view! {
        <ul class="photos">
            <For each=move || shown.get() key=|p| (p.id, p.url.clone()) children=one />
        </ul>
        <Show when=move || { total.get() > SHOWN && !all.get() }>
            <button class="small" on:click=move |_| all.set(true)>{move || text::show_all(total.get())}</button>
        </Show>
    }
}
