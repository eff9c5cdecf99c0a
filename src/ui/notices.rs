//! What the person should hear of: at the bottom, over the page, never moving it.

use leptos::prelude::*;

use super::state::{Notice, state};
use super::text;

#[component]
pub fn Notices() -> impl IntoView {
    let state = state();
    let one = move |notice: Notice| {
        let key = notice.key;
        let role = if notice.kind == text::Kind::Error {
            "alert"
        } else {
            "status"
        };
        view! {
            <li class="notice" role=role data-testid="notice" data-kind=notice.kind.name()>
                <span>{notice.words}</span>
                <button
                    class="plain"
                    aria-label=text::DISMISS
                    on:click=move |_| state.notices.update(|all| all.retain(|n| n.key != key))
                >
                    "×"
                </button>
            </li>
        }
    };
    view! {
        <ul class="notices" aria-label=text::NOTICES>
            <For each=move || state.notices.get() key=|n| n.key children=one />
        </ul>
    }
}
