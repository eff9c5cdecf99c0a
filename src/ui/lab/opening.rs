//! The Lab's place in the page. Its program comes when somebody opens it; this is the page's own.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::draw;
use crate::ui::erased::Show;
use crate::ui::pages::Page;
use crate::ui::state::state;
use crate::ui::text;
use crate::web::part;

/// Fetched by those who open the Lab (`splitting`).
const PART: &str = "lab.wasm";

#[component]
pub fn LabPage() -> impl IntoView {
    let state = state();
    let address = part::find(PART);
    let there = RwSignal::new(address.is_none());
    let failed = RwSignal::new(false);
    let asked = StoredValue::new(false);
    // Each time that the Lab is opened, until it is there.
    Effect::new(move |_| {
        let opened = state.page.get() == Page::Lab && !there.get_untracked();
        let Some(address) = address.clone().filter(|_| opened && !asked.get_value()) else {
            return;
        };
        asked.set_value(true);
        failed.set(false);
        spawn_local(async move {
            let fetched = part::fetch(&address).await;
            asked.set_value(false);
            match fetched {
                Ok(()) => there.set(true),
                Err(why) => {
                    leptos::logging::warn!("the Lab: {why:?}");
                    failed.set(true);
                }
            }
        });
    });
    let waiting = move || match failed.get() {
        true => text::lab_not_there(),
        false => text::loading(),
    };
    view! {
        <Show when=move || there.get() fallback=move || view! { <p class="empty" role="status">{waiting}</p> }>
            {draw()}
        </Show>
    }
}
