//! What the scripts beside this program tell of its tab (`public/offline.js`): what it has sent, whether it works without a network,
//! and whether there is a newer build.

use js_sys::Reflect;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsValue;

use super::state::{State, state};
use super::text;
use crate::ui::erased::{Show, memo};

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Told {
    /// Bytes.
    sent: f64,
    /// Files of this site that were asked for.
    files: f64,
    /// Requests to other addresses.
    elsewhere: f64,
    /// All that is in use is kept on this computer.
    offline: bool,
    /// There is a newer build.
    update: bool,
}

impl Told {
    fn now() -> Self {
        let get = |object: &JsValue, key: &str| Reflect::get(object, &key.into());
        let told = get(&js_sys::global(), "graftSite").and_then(|site| get(&site, "told"));
        let get = |key: &str| get(told.as_ref().ok()?, key).ok();
        let number = |key: &str| get(key).and_then(|n| n.as_f64()).unwrap_or_default();
        let is = |key: &str| get(key).is_some_and(|value| value.is_truthy());
        Self {
            sent: number("sent"),
            files: number("files"),
            elsewhere: number("elsewhere"),
            offline: is("offline"),
            update: is("update"),
        }
    }
}

#[derive(Clone, Copy)]
pub struct Tab(RwSignal<Told>);

impl Tab {
    /// Listens from now on, and tells the scripts when the page has all that it needs.
    pub fn of(state: State) -> Self {
        let told = RwSignal::new(Told::now());
        window_event_listener_untyped("graft-told", move |_| {
            let now = Told::now();
            if now != told.get_untracked() {
                told.set(now);
            }
        });
        Effect::new(move |before: Option<bool>| {
            let before = before == Some(true);
            let ready = before || state.name() == "ready";
            if ready && !before {
                say("graft-ready");
            }
            ready
        });
        Self(told)
    }

    /// As in `data-offline`.
    pub fn offline(self) -> Option<&'static str> {
        self.0.get().offline.then_some("ready")
    }
}

/// To the scripts.
fn say(what: &str) {
    if let Ok(event) = web_sys::Event::new(what) {
        let _ = window().dispatch_event(&event); // nobody cancels it
    }
}

/// What the tab has sent, always in sight.
#[component]
pub fn SentChip() -> impl IntoView {
    let Tab(told) = expect_context();
    let sent = move || told.get().sent;
    let nothing = move || sent() == 0.0 && told.get().elsewhere == 0.0;
    let site = window().location().host().unwrap_or_default();
    let files = move || text::sent_files(told.get().files as usize, &site);
    view! {
        <details class="pop chip sent" class:off=move || !nothing()>
            <summary
                data-testid="sent-bytes" data-value=move || decimal::shortest(sent())
                title=move || text::sent_short(sent())
                data-files=move || decimal::shortest(told.get().files)
            >
                <span class="wide-only">{move || text::sent_short(sent())}</span>
                <span class="narrow-only">{move || text::sent_number(sent())}</span>
            </summary>
            <div class="popover">
                <p><strong>{move || text::sent_so_far(sent())}</strong></p>
                <p>{files}</p>
                <p>
                    {move || match nothing() {
                        true => text::sent_rule().to_owned(),
                        false => text::sent_by_others(told.get().elsewhere as usize),
                    }}
                </p>
                <p class="quiet">
                    {move || if told.get().offline { text::offline_ready() } else { text::offline_not() }}
                </p>
            </div>
        </details>
    }
}

/// Offers a newer build, while nothing is under way that it would cut off.
#[component]
pub fn Update() -> impl IntoView {
    let Tab(told) = expect_context();
    let state = state();
    let idle = move || state.storage.all.get() && matches!(state.name(), "ready" | "failed");
    let offered = memo(move || told.get().update && idle());
    view! {
        <Show when=move || offered.get()>
            <div class="banner calm" role="status" data-testid="update">
                <p>{text::update_ready()}</p>
                <button class="small" data-testid="update-now" on:click=|_| say("graft-update")>
                    {text::update_now()}
                </button>
            </div>
        </Show>
    }
}
