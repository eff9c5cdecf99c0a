//! What lies beside the site: heads and projects that somebody put there for others, such as a teacher for a class. The list is
//! fetched when somebody looks for it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use web_sys::HtmlDetailsElement;

use super::files::Found;
use super::state::{State, state};
use super::text;
use crate::web::address;
use data::protocol::{Request, ShareRequest};
use data::share::{FOLDER, Listed, ListedKind, Listing};

/// None before it was fetched.
pub type Beside = RwSignal<Option<Listing>>;

impl State {
    fn open_listed(self, entry: Listed) {
        self.gathering.update(|n| *n += 1);
        spawn_local(async move {
            let file = address::fetch_file(&format!("{FOLDER}{}", entry.file), &entry.file).await;
            self.gathering.update(|n| *n = n.saturating_sub(1));
            let warn = |words| self.notify(text::Kind::Error, words);
            match file {
                None => warn(text::gallery_missing(&entry.file)),
                Some(file) if entry.bytes.is_some_and(|bytes| bytes as f64 != file.size()) => {
                    warn(text::gallery_size_differs(&entry.file));
                }
                Some(file) => match entry.kind {
                    ListedKind::Head => self.look_at_file(entry.name, file),
                    ListedKind::Project => self.look_into(Found::loose(file)),
                },
            }
        });
    }
}

/// A place that holds the list.
#[component]
pub fn BesideSite() -> impl IntoView {
    let state = state();
    let look = move |event: web_sys::Event| {
        let details: HtmlDetailsElement = event_target(&event);
        if details.open() {
            state.send(Request::Share(ShareRequest::List));
        }
    };
    let close = move |event: &web_sys::MouseEvent| {
        let button: web_sys::Element = event_target(event);
        if let Ok(Some(details)) = button.closest("details") {
            details
                .unchecked_into::<HtmlDetailsElement>()
                .set_open(false);
        }
    };
    let entry = move |entry: Listed| {
        let about =
            (!entry.about.is_empty()).then(|| view! { <p><bdi>{entry.about.clone()}</bdi></p> });
        let (name, file, says) = (entry.name.clone(), entry.file.clone(), text::listed(&entry));
        let kind = match entry.kind {
            ListedKind::Head => "head",
            ListedKind::Project => "project",
        };
        let open = move |event| {
            close(&event);
            state.open_listed(entry.clone());
        };
        view! {
            <li data-testid="gallery-item" data-file=file data-kind=kind>
                <button class="small" on:click=open><bdi>{name}</bdi></button>
                <p class="quiet">{says}</p>
                {about}
            </li>
        }
    };
    let all = move || match state.beside.get() {
        None => view! { <p class="quiet">{text::gallery_loading()}</p> }.into_any(),
        Some(listing) => {
            let nothing = listing.entries.is_empty() && listing.faults.is_empty();
            let more = listing.left_out.saturating_sub(listing.faults.len());
            view! {
                {nothing.then(|| view! { <p data-testid="gallery-empty">{text::gallery_empty()}</p> })}
                <ul class="formats">{listing.entries.into_iter().map(entry).collect_view()}</ul>
                {listing.faults.iter().map(|fault| view! {
                    <p class="quiet" data-testid="gallery-fault">{text::gallery_fault(fault)}</p>
                }).collect_view()}
                {(more > 0).then(|| view! { <p class="quiet">{text::files_more(more)}</p> })}
            }
            .into_any()
        }
    };
    view! {
        <details class="pop menu up" on:toggle=look>
            <summary class="button small" data-testid="gallery">{text::gallery()}</summary>
            <div class="popover wide">
                <p class="quiet">{text::gallery_means()}</p>
                {all}
            </div>
        </details>
    }
}
