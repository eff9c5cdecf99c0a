//! The page from top to bottom, and what happens anywhere on it.

use leptos::ev;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element, HtmlDetailsElement, Node};

use super::collect::Collect;
use super::drop;
use super::lab::LabPage;
use super::notices::Notices;
use super::pages::Page;
use super::projects::ProjectBar;
use super::received::ReceivedDialog;
use super::sent::Tab;
use super::state::State;
use super::steps::Steps;
use super::storage::Banners;
use super::text;
use super::topbar::TopBar;
use super::train::Train;
use super::try_it::TryIt;

#[component]
pub fn App() -> impl IntoView {
    let state = State::start();
    provide_context(state);
    let tab = Tab::of(state);
    provide_context(tab);
    state.follow_address();
    state.keep_estimating();
    state.keep_settings();
    let over = RwSignal::new(false);
    let away = move |page: Page| state.page.get() != page;
    let drag_over = move |event: DragEvent| {
        if drop::brings_files(&event) && state.dragged.with_untracked(Vec::is_empty) {
            event.prevent_default();
            over.set(true);
        }
    };
    window_event_listener(ev::paste, move |event| state.paste(&event));
    window_event_listener(ev::pointerdown, |event| {
        close_popovers(event.target().and_then(|t| t.dyn_into().ok()));
    });
    window_event_listener(ev::keydown, |event| {
        if event.key() == "Escape" {
            close_popovers(None);
        }
    });
    // Nobody is filmed by a page that is not looked at.
    window_event_listener_untyped("pagehide", move |_| state.camera.close());
    let _ = document().add_event_listener_with_callback("visibilitychange", &on_hide(state));
    view! {
        <div
            class="app"
            class:dragging=move || over.get()
            class:noticed=move || state.notices.with(|all| !all.is_empty())
            data-testid="app"
            data-state=move || state.name()
            data-device=move || state.device.get().map(|d| d.kind.name())
            data-backbone=move || state.backbone.get()
            data-writer=move || state.may_change().to_string()
            data-offline=move || tab.offline()
            data-stored=move || state.storage.all.get().to_string()
            on:dragover=drag_over
            on:dragleave=move |event| if drop::left(&event) { over.set(false) }
            on:drop:capture=move |_| over.set(false)
            on:drop=move |event| state.drop_on(Place::Page, &event)
        >
            <TopBar />
            <ProjectBar />
            <Banners />
            <main class="columns" hidden=move || away(Page::Workbench)>
                <fieldset class="may-change" prop:disabled=move || !state.may_change()>
                    <Collect />
                    <Train />
                </fieldset>
                <TryIt />
            </main>
            <main class="lab" hidden=move || away(Page::Lab)>
                <LabPage />
            </main>
            <Steps />
            <Notices />
            <ReceivedDialog />
            <p class="drop-note" aria-hidden="true">{text::drop_anywhere()}</p>
        </div>
    }
}

/// For as long as the page lives.
fn on_hide(state: State) -> js_sys::Function {
    use leptos::wasm_bindgen::closure::Closure;
    let hide = Closure::<dyn Fn()>::new(move || {
        if document().hidden() {
            state.camera.close();
        }
    });
    hide.into_js_value().unchecked_into()
}
use data::folders::route::Place;

/// All but the one that holds what was pressed.
fn close_popovers(pressed: Option<Node>) {
    let Ok(open) = document().query_selector_all("details.pop[open]") else {
        return;
    };
    for details in (0..open.length()).filter_map(|i| open.get(i)) {
        if pressed.as_ref().is_some_and(|p| details.contains(Some(p))) {
            continue;
        }
        let focus = document().active_element();
        let held = focus.is_some_and(|f: Element| details.contains(Some(&f)));
        let details: HtmlDetailsElement = details.unchecked_into();
        details.set_open(false);
        if held && let Ok(Some(summary)) = details.query_selector("summary") {
            let _ = summary.unchecked_into::<web_sys::HtmlElement>().focus(); // back to where it came from
        }
    }
}
