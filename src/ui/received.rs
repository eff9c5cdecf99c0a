//! A head that somebody was sent, or found beside the site: what it says of itself, and whether it is to be used. Until then nothing
//! is changed.

use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsValue;

use super::question::open_while;
use super::state::{State, state};
use super::text;
use super::try_it::known;
use data::head::HeadInfo;
use data::protocol::{Request, ShareRequest};
use data::share::KEY;

/// Where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Link,
    /// By its name in the list.
    Site(String),
}

#[derive(Debug, Clone, PartialEq)]
struct Found {
    name: String,
    info: HeadInfo,
    origin: Origin,
}

/// Copied freely: every field is a handle.
#[derive(Clone, Copy)]
pub struct Received {
    found: RwSignal<Option<Found>>,
    file: StoredValue<Option<Uint8Array>, LocalStorage>,
    /// What is looked into, by which request.
    looks: RwSignal<Option<(u64, Origin)>>,
    /// The link of the address was looked into, or there was none.
    looked: StoredValue<bool>,
}

impl Received {
    pub fn new() -> Self {
        Self {
            found: RwSignal::new(None),
            file: StoredValue::new_local(None),
            looks: RwSignal::new(None),
            looked: StoredValue::new(false),
        }
    }

    pub fn is_busy(self) -> bool {
        self.looks.with(Option::is_some)
    }
}

impl State {
    /// The link that the page was opened with; once, when the worker can read it.
    pub(super) fn look_at_address(self) {
        if self
            .received
            .looked
            .try_update_value(|l| std::mem::replace(l, true))
            == Some(false)
        {
            self.look_at_link();
        }
    }

    /// The head in the address, if there is one.
    pub(super) fn look_at_link(self) {
        let hash = window().location().hash().unwrap_or_default();
        let text = hash.trim_start_matches('#').strip_prefix(KEY);
        if let Some(text) = text {
            let name = text::link_name().into();
            let link = Some(text.to_owned());
            let id = self.ask(Request::Share(ShareRequest::Look { name, link }));
            self.received.looks.set(Some((id, Origin::Link)));
        }
    }

    /// A head's file from beside the site.
    pub(super) fn look_at_file(self, listed: String, file: web_sys::File) {
        let look = ShareRequest::Look {
            name: file.name(),
            link: None,
        };
        let id = self.ask_with(Request::Share(look), vec![file]);
        self.received.looks.set(Some((id, Origin::Site(listed))));
    }

    pub(super) fn take_found(self, name: String, info: HeadInfo, file: Option<Uint8Array>) {
        let looks = self.received.looks.get_untracked();
        if let Some((_, origin)) = looks {
            self.received.file.set_value(file);
            self.received.found.set(Some(Found { name, info, origin }));
        }
    }

    /// A look is over, one way or the other: a reload does not ask again.
    pub(super) fn looked(self, id: u64) {
        let looks = self.received.looks.get_untracked();
        if let Some((_, origin)) = looks.filter(|(of, _)| *of == id) {
            self.received.looks.set(None);
            if origin == Origin::Link {
                forget_link();
            }
        }
    }

    /// Another worker: what was looked into comes no more.
    pub(super) fn look_no_more(self) {
        self.received.looks.set(None);
    }

    fn use_found(self) {
        let file = self.received.file.try_update_value(Option::take).flatten();
        let found = self.received.found.try_update(Option::take).flatten();
        if let Some((file, Found { name, .. })) = file.zip(found) {
            let parts = js_sys::Array::of1(&file);
            if let Ok(file) = web_sys::File::new_with_u8_array_sequence(&parts, &name) {
                self.open_head(name, file);
            }
        }
    }
}

/// Takes the head out of the address, and leaves the rest as it is.
fn forget_link() {
    let location = window().location();
    let [path, query] = [location.pathname(), location.search()].map(Result::unwrap_or_default);
    let history = window().history();
    // Where there is no history, the address stays, and a reload asks again.
    let _ = history.and_then(|history| {
        history.replace_state_with_url(&JsValue::NULL, "", Some(&(path + &query)))
    });
}

/// Asks whether a head is to be used.
#[component]
pub fn ReceivedDialog() -> impl IntoView {
    let state = state();
    let found = state.received.found;
    let dialog = open_while(move || found.with(Option::is_some));
    let inside = move || {
        let Found { info, origin, .. } = found.get()?;
        let from = match &origin {
            Origin::Link => text::head_found_link().to_owned(),
            Origin::Site(name) => text::head_found_site(name),
        };
        let photos = info
            .classes
            .iter()
            .map(|class| class.samples)
            .sum::<usize>();
        let accuracy = info.validation.as_ref().map(|v| (v.accuracy, v.how));
        let accuracy = accuracy.map(|(of, how)| {
            let (value, rest) = text::accuracy(&of, how);
            view! {
                <p class="accuracy" data-testid="head-found-accuracy"><strong>{value}</strong>" "<span>{rest}</span></p>
                <p class="quiet">{text::accuracy_means(how)}</p>
            }
        });
        let why_not = move || (!state.may_change()).then_some(text::train_read_only());
        Some(view! {
            <h2>{text::head_found()}</h2>
            <p>{from}</p>
            {known(&info, "head-found")}
            {match accuracy {
                Some(shown) => shown.into_any(),
                None => view! { <p>{text::accuracy_none()}</p> }.into_any(),
            }}
            <p class="quiet">{text::head_found_photos(photos)}</p>
            <button
                class="primary" data-testid="head-found-use" disabled=move || !state.may_change()
                title=why_not on:click=move |_| state.use_found()
            >
                {text::head_found_use()}
            </button>
            <p class="quiet">{move || why_not().unwrap_or(text::head_found_use_means())}</p>
            <button data-testid="head-found-leave" on:click=move |_| found.set(None)>{text::head_found_leave()}</button>
        })
    };
    view! {
        <dialog class="ask" data-testid="head-found-ask" node_ref=dialog on:close=move |_| found.set(None)>
            {inside}
        </dialog>
    }
}
