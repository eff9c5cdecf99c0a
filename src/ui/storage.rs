//! Where the project is: whether the browser keeps it, how much room there is, and what stands in the way.

use js_sys::Reflect;
use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::StorageManager;

use super::sent::Update;
use super::state::{State, state};
use super::text;
use crate::web::address::query;
use data::problem::{Problem, StorageProblem};
use data::protocol::{Access, Request};

/// Less than this part of what the browser grants is little, and so is less than this many bytes (a hundred photos).
const LITTLE: (f64, f64) = (0.1, 20e6);
/// In the browser's small storage: that it may clear the project was said here before.
const SAID: &str = "graft-said-not-persistent";

/// Copied freely: every field is a handle.
#[derive(Clone, Copy)]
pub struct Storage {
    /// All that is shown is stored.
    pub all: RwSignal<bool>,
    /// Bytes used and granted, where the browser tells.
    space: RwSignal<Option<(f64, f64)>>,
    /// The browser promised to keep it.
    persistent: RwSignal<bool>,
    /// What stays true of this project as long as it is open.
    standing: RwSignal<Vec<StorageProblem>>,
    asked: StoredValue<bool>,
    /// The notice that the browser may delete what is stored.
    not_persistent: StoredValue<Option<usize>>,
    /// The notice that storage is nearly full.
    nearly_full: StoredValue<Option<usize>>,
}

impl Storage {
    pub fn new() -> Self {
        Self {
            all: RwSignal::new(true),
            space: RwSignal::new(None),
            persistent: RwSignal::new(false),
            standing: RwSignal::new(Vec::new()),
            asked: StoredValue::new(false),
            not_persistent: StoredValue::new(None),
            nearly_full: StoredValue::new(None),
        }
    }

    /// Another worker tells anew what stays true. Whether all is stored, too: until then it is as it was.
    pub fn start_over(self) {
        self.standing.update(Vec::clear);
    }
}

impl State {
    /// A problem of storage: in a banner if it stays, else in a notice.
    pub fn report_storage(self, why: StorageProblem) {
        let stays = matches!(
            why,
            StorageProblem::Unreadable { .. }
                | StorageProblem::Unread
                | StorageProblem::Newer
                | StorageProblem::Safe { .. }
                | StorageProblem::Cleared
        );
        if why == StorageProblem::Cleared
            && let Some(key) = self.storage.not_persistent.get_value()
        {
            self.dismiss(key);
        }
        // The banner says all there is to say.
        let said = why == StorageProblem::TakenOver { waiting: 0 };
        match why {
            _ if said => {}
            why if stays => self.storage.standing.update(|all| {
                all.retain(|other| std::mem::discriminant(other) != std::mem::discriminant(&why));
                all.push(why);
            }),
            why => {
                if why == StorageProblem::Full {
                    self.forget_nearly_full();
                }
                self.report(Problem::Storage(why));
            }
        }
    }

    /// Asks the browser how much room there is; little is said once.
    pub fn look_at_storage(self) {
        spawn_local(async move {
            let Some((used, granted)) = estimate().await else {
                return;
            };
            self.storage.space.set(Some((used, granted)));
            let free = (granted - used).max(0.0);
            let little = free < LITTLE.0 * granted || free < LITTLE.1;
            let known = self.storage.nearly_full.with_value(Option::is_some);
            if little && !known && self.storage.all.get_untracked() {
                let problem = Problem::Storage(StorageProblem::NearlyFull { free: free as u64 });
                let key = self.notify_for_now(text::kind(&problem), text::problem(&problem));
                self.storage.nearly_full.set_value(Some(key));
            }
        });
    }

    fn forget_nearly_full(self) {
        if let Some(key) = self.storage.nearly_full.get_value() {
            self.dismiss(key);
        }
    }

    /// Asks the browser to keep the project, once there is something to keep; says once what a no means.
    pub fn ask_to_persist(self) {
        if query("fresh").is_some() || !self.storage.all.get_untracked() {
            return;
        }
        let asked = self
            .storage
            .asked
            .try_update_value(|a| std::mem::replace(a, true));
        if asked != Some(false) {
            return;
        }
        spawn_local(async move {
            let Some(promised) = persist().await else {
                return;
            };
            self.storage.persistent.set(promised);
            let small = window().local_storage().ok().flatten();
            let said = small
                .as_ref()
                .is_some_and(|s| s.get_item(SAID).ok().flatten().is_some());
            if !promised && !said {
                let key =
                    self.notify_for_now(text::Kind::Info, text::stored_not_persistent().into());
                self.storage.not_persistent.set_value(Some(key));
                // Else it is said again the next time.
                let _ = small.map(|small| small.set_item(SAID, "yes"));
            }
        });
    }
}

fn manager() -> Option<StorageManager> {
    let found = Reflect::get(&window().navigator(), &"storage".into()).ok()?;
    found.is_object().then(|| found.unchecked_into())
}

/// Bytes used and granted.
async fn estimate() -> Option<(f64, f64)> {
    let estimate = JsFuture::from(manager()?.estimate().ok()?).await.ok()?;
    let number = |key: &str| Reflect::get(&estimate, &key.into()).ok()?.as_f64();
    Some((number("usage")?, number("quota")?))
}

/// Whether the browser promised to keep what is stored; none where it cannot be asked.
async fn persist() -> Option<bool> {
    let manager = manager()?;
    let there = Reflect::has(&manager, &JsValue::from_str("persist"));
    let promise = manager.persist().ok().filter(|_| there == Ok(true))?;
    JsFuture::from(promise).await.ok()?.as_bool()
}

/// Whether the project is stored, always in sight.
#[component]
pub fn StorageChip() -> impl IntoView {
    let state = state();
    let kept = move || match state.access.get() {
        Access::Writer => state.storage.all.get(),
        Access::Reader | Access::Closed => true,
    };
    let about = move || match (kept(), state.storage.persistent.get()) {
        (false, _) => text::not_stored_means(),
        (true, true) => text::stored_persistent(),
        (true, false) => text::stored_means(),
    };
    let space = move || {
        let space = state.storage.space.get();
        space.map(|(used, granted)| {
            let full = (100.0 * used / granted) as u8;
            view! {
                <p class="quiet">{text::space(used, granted)}</p>
                <progress max="100" value=full.to_string() aria-hidden="true"></progress>
            }
        })
    };
    view! {
        <details class="pop chip storage" class:off=move || !kept() data-testid="storage"
            on:toggle=move |_| state.look_at_storage()>
            <summary>{move || if kept() { text::stored() } else { text::not_stored() }}</summary>
            <div class="popover">
                <p>{about}</p>
                {space}
            </div>
        </details>
    }
}

/// What stays true of the project, above everything.
#[component]
pub fn Banners() -> impl IntoView {
    let state = state();
    let elsewhere = move || {
        (state.access.get() == Access::Reader).then(|| {
            view! {
                <div class="banner" role="status" data-testid="notice" data-kind="warning">
                    <p>{text::elsewhere()}</p>
                    <button class="small" data-testid="take-over" on:click=move |_| state.take_over()>
                        {text::take_over()}
                    </button>
                </div>
            }
        })
    };
    let standing = move || {
        let all = state.storage.standing.get();
        all.into_iter().map(|why| banner(state, why)).collect_view()
    };
    view! { <div class="banners">{elsewhere}{standing}<Update /></div> }
}

/// The page with an empty project, in the language that was asked for.
fn fresh() -> String {
    match query("lang") {
        Some(_) => format!("?fresh&lang={}", words::language()),
        None => "?fresh".into(),
    }
}

fn banner(state: State, why: StorageProblem) -> impl IntoView {
    let words = text::problem(&Problem::Storage(why.clone()));
    let saves = matches!(why, StorageProblem::Unreadable { .. });
    let closed = matches!(why, StorageProblem::Unread | StorageProblem::Newer);
    view! {
        <div class="banner" role="alert" data-testid="notice" data-kind="warning">
            <p>{words}</p>
            {saves.then(|| view! {
                <button class="small" data-testid="save-unread" on:click=move |_| state.send(Request::SaveUnread)>
                    {text::save_unread()}
                </button>
            })}
            {closed.then(|| view! {
                <a class="button small" href=fresh() data-testid="open-fresh">{text::open_fresh()}</a>
            })}
        </div>
    }
}
