//! The head in use as a link: how long it is, how surely it answers the same, and the ways to hand it on.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::state::{State, state};
use super::text;
use crate::ui::erased::{Show, memo};
use data::protocol::{HeadLink, Request, ShareRequest};
use data::share::Qr;

/// A QR code needs a light edge of four modules (ISO/IEC 18004, 5.3.8).
const QUIET: usize = 4;

/// Copied freely: every field is a handle.
#[derive(Clone, Copy)]
pub struct Sharing {
    /// The request that makes a link.
    making: RwSignal<Option<u64>>,
    pub link: RwSignal<Option<HeadLink>>,
    /// It always answers.
    short: RwSignal<bool>,
    open: RwSignal<bool>,
}

impl Sharing {
    pub fn new() -> Self {
        Self {
            making: RwSignal::new(None),
            link: RwSignal::new(None),
            short: RwSignal::new(false),
            open: RwSignal::new(false),
        }
    }

    /// Something is on its way.
    pub fn is_busy(self) -> bool {
        self.making.with(Option::is_some)
    }

    /// Unless the head that was asked for is another one by now.
    pub fn made(self, link: HeadLink) {
        if self.making.with_untracked(Option::is_some) {
            self.link.set(Some(link));
        }
    }

    pub fn ended(self, id: u64) {
        if self.making.get_untracked() == Some(id) {
            self.making.set(None);
        }
    }

    /// Another head: the link is not its.
    pub fn forget(self) {
        self.making.set(None);
        self.link.set(None);
        self.open.set(false);
    }
}

impl State {
    fn make_link(self) {
        let location = window().location();
        let [origin, path] =
            [location.origin(), location.pathname()].map(Result::unwrap_or_default);
        let make = ShareRequest::Make {
            address: origin + &path,
            unknown: !self.sharing.short.get_untracked(),
        };
        self.sharing.link.set(None);
        let id = self.ask(Request::Share(make));
        self.sharing.making.set(Some(id));
    }
}

/// A button that makes the link.
#[component]
pub fn ShareButton() -> impl IntoView {
    let state = state();
    let sharing = state.sharing;
    let without_head = memo(move || state.head.with(Option::is_none));
    let press = move |_| {
        sharing.open.update(|open| *open = !*open);
        if sharing.open.get_untracked() && sharing.link.with_untracked(Option::is_none) {
            state.make_link();
        }
    };
    let shown = move || sharing.open.get() && !without_head.get();
    view! {
        <button
            class="small" data-testid="head-link" disabled=move || without_head.get()
            title=move || without_head.get().then_some(text::classifier_none())
            data-link=move || sharing.link.get().map(|link| link.url)
            aria-expanded=move || shown().to_string() aria-controls="head-link-panel" on:click=press
        >
            {text::head_link()}
        </button>
        <div id="head-link-panel" class="export">
            <Show when=shown><Panel /></Show>
        </div>
    }
}

#[component]
fn Panel() -> impl IntoView {
    let state = state();
    let sharing = state.sharing;
    let can_be_short = move || {
        let unknown = |head: &data::protocol::HeadView| head.info.unknown.is_some();
        state.head.with(|head| head.as_ref().is_some_and(unknown))
    };
    let shorten = move |event| {
        sharing.short.set(event_target_checked(&event));
        state.make_link();
    };
    let made = move || sharing.link.get().map(|link| made(&link));
    view! {
        <p class="quiet">{text::head_link_means()}</p>
        <p class="quiet" role="status">{move || sharing.is_busy().then(text::head_link_making)}</p>
        {made}
        <Show when=can_be_short>
            <label class="tick">
                <input
                    type="checkbox" data-testid="head-link-short" prop:checked=sharing.short
                    disabled=move || sharing.is_busy() on:change=shorten
                />
                <span>{text::head_link_short()}<small class="quiet">{text::head_link_short_means()}</small></span>
            </label>
        </Show>
    }
}

fn made(link: &HeadLink) -> impl IntoView + use<> {
    let url = StoredValue::new(link.url.clone());
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let writing = navigator("clipboard", "writeText", &url.get_value().into());
        leptos::task::spawn_local(async move {
            if let Some(writing) = writing {
                copied.set(JsFuture::from(writing).await.is_ok());
            }
        });
    };
    let share = move |_| {
        let what = js_sys::Object::new();
        for (key, value) in [
            ("url", url.get_value()),
            ("title", text::head_link_title().into()),
        ] {
            let _ = js_sys::Reflect::set(&what, &key.into(), &value.into()); // a plain object takes all
        }
        if let Some(sharing) = navigator("", "share", &what) {
            // Whoever changes their mind is no error.
            leptos::task::spawn_local(async move { drop(JsFuture::from(sharing).await) });
        }
    };
    let select = move |event: web_sys::FocusEvent| {
        let field: web_sys::HtmlInputElement = event_target(&event);
        field.select();
    };
    view! {
        <input
            type="text" readonly=true data-testid="head-link-text" aria-label=text::head_link_label()
            prop:value=link.url.clone() on:focus=select
        />
        <div class="row">
            {has("clipboard", "writeText").then(|| view! {
                <button class="small" data-testid="head-link-copy" on:click=copy>
                    {move || if copied.get() { text::head_link_copied() } else { text::head_link_copy() }}
                </button>
            })}
            {has("", "share").then(|| view! {
                <button class="small" data-testid="head-link-share" on:click=share>{text::head_link_share()}</button>
            })}
        </div>
        <p class="quiet" data-testid="head-link-length" data-length=link.url.len().to_string()>{text::link_length(link.url.len())}</p>
        <p class="quiet" data-testid="head-link-same" data-samples=link.samples.to_string()>
            {text::link_same(link.precision, link.samples, link.difference)}
        </p>
        {link.qr.as_ref().map(picture)}
    }
}

/// Dark on light in either theme, as cameras need it.
fn picture(qr: &Qr) -> impl IntoView + use<> {
    let side = qr.side + 2 * QUIET;
    let moved = format!("translate({QUIET} {QUIET})");
    view! {
        <figure class="qr" data-testid="head-link-qr">
            <svg viewBox=format!("0 0 {side} {side}") role="img" aria-label=text::head_link_qr() shape-rendering="crispEdges">
                <rect fill="#fff" width=side height=side />
                <path fill="#000" transform=moved d=qr.path.clone() />
            </svg>
            <figcaption class="quiet">{text::head_link_qr_means()}</figcaption>
        </figure>
    }
}

/// The browser's navigator, or a part of it, and a function of that; none where this browser lacks it.
fn function(part: &str, name: &str) -> Option<(JsValue, js_sys::Function)> {
    use leptos::wasm_bindgen::JsCast;
    let navigator = JsValue::from(window().navigator());
    let of = match part {
        "" => navigator,
        part => js_sys::Reflect::get(&navigator, &part.into()).ok()?,
    };
    let function = js_sys::Reflect::get(&of, &name.into()).ok()?;
    Some((of, function.dyn_into().ok()?))
}

fn has(part: &str, name: &str) -> bool {
    function(part, name).is_some()
}

fn navigator(part: &str, name: &str, argument: &JsValue) -> Option<js_sys::Promise> {
    use leptos::wasm_bindgen::JsCast;
    let (of, function) = function(part, name)?;
    function.call1(&of, argument).ok()?.dyn_into().ok()
}
