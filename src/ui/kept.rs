//! The classifiers that a project keeps beside the one in use.

use js_sys::{Date, Object, Reflect};
use leptos::prelude::*;

use super::keyed::{hashed, keyed};
use super::state::{State, state};
use super::text;
use crate::ui::erased::{Show, memo};
use data::protocol::{HeadRequest, KeptHeadView, KeptId, Request};

impl State {
    fn of_heads(self, request: HeadRequest) {
        self.send(Request::Heads(request));
    }

    /// Which of the kept ones is in use.
    fn kept_in_use(self) -> Option<KeptId> {
        self.head.with(|head| head.as_ref()?.kept)
    }
}

/// Keeps the one in use.
#[component]
pub fn Keep() -> impl IntoView {
    let state = state();
    let off = memo(move || state.head.with(Option::is_none) || state.kept_in_use().is_some());
    let keep = move |_| {
        let name = state.kept_heads.with_untracked(|all| {
            let taken = |name: &String| all.iter().any(|view| view.name == *name);
            let mut names = (all.len() + 1..).map(text::kept_name);
            names.find(|name| !taken(name))
        });
        let name = name.expect("numbers do not end");
        let now = js_sys::Date::now();
        state.of_heads(HeadRequest::Keep { name, now });
    };
    view! {
        <button class="small" data-testid="head-keep" disabled=move || off.get() title=text::kept_keep_means() on:click=keep>
            {text::kept_keep()}
        </button>
    }
}

/// Trains the one in use, which came from a file, on.
#[component]
pub fn GoOn() -> impl IntoView {
    let state = state();
    let opened = memo(move || {
        let opened = state
            .head
            .with(|head| head.as_ref().is_some_and(|head| head.opened));
        opened && !state.training.get() && state.train_hint().is_none()
    });
    let go_on = move |_| {
        let settings = state.settings.get_untracked();
        state.of_heads(HeadRequest::GoOn { settings });
    };
    view! {
        <Show when=move || opened.get()>
            <button class="small" data-testid="head-go-on" title=text::go_on_means() on:click=go_on>{text::go_on()}</button>
        </Show>
    }
}

#[component]
pub fn KeptHeads() -> impl IntoView {
    let state = state();
    let any = memo(move || state.kept_heads.with(|all| !all.is_empty()));
    view! {
        <Show when=move || any.get()>
            <h4>{text::kept()}</h4>
            <ul class="kept" data-testid="head-list">
                {keyed(
                    move || state.kept_heads.get(),
                    |view| hashed(&(view.id, view.name.clone())),
                    move |view| item(state, view),
                )}
            </ul>
        </Show>
    }
}

fn item(state: State, view: KeptHeadView) -> impl IntoView {
    let KeptHeadView { id, ref name, .. } = view;
    let current = memo(move || state.kept_in_use() == Some(id));
    let rename = move |event| {
        let name = event_target_value(&event);
        state.of_heads(HeadRequest::Rename { id, name });
    };
    let button = move |test_id: &'static str, words: &'static str, request: HeadRequest| {
        let of_other = matches!(request, HeadRequest::Use { .. } | HeadRequest::Merge { .. });
        let is_it = match request {
            HeadRequest::Use { .. } => text::kept_in_use(),
            _ => words,
        };
        let means = matches!(request, HeadRequest::Merge { .. }).then(text::merge_means);
        view! {
            <button
                class="small" data-testid=test_id title=means disabled=move || of_other && current.get()
                on:click=move |_| state.of_heads(request.clone())
            >
                {move || if current.get() { is_it } else { words }}
            </button>
        }
    };
    let measured = |of: fn(f64, usize) -> String| {
        let interval = view.accuracy.map(|(_, interval)| interval);
        interval.map(|interval| of(interval.value, interval.n))
    };
    let date = date(id);
    let save = HeadRequest::Save {
        id,
        name: name.clone(),
    };
    view! {
        <li
            data-testid="head-item" data-name=name.clone() data-current=move || current.get().to_string()
            data-accuracy=measured(|value, _| decimal::shortest(value)) data-n=measured(|_, n| n.to_string())
            data-classes=view.classes.join(",") data-backbone=view.backbone.clone()
        >
            <input
                type="text" data-testid="head-rename" aria-label=text::kept_name_label() maxlength="60"
                prop:value=name.clone() on:change=rename
            />
            <p class="quiet">{text::kept_line(&view, &date)}</p>
            <div class="row">
                {button("head-use", text::kept_use(), HeadRequest::Use { id })}
                {button("head-merge", text::merge(), HeadRequest::Merge { id })}
                {button("head-item-save", text::kept_save(), save)}
                {button("head-delete", text::kept_delete(), HeadRequest::Delete { id })}
            </div>
        </li>
    }
}

/// The day when it was kept, as the language writes it.
fn date(of: KeptId) -> String {
    let options = Object::new();
    let _ = Reflect::set(&options, &"dateStyle".into(), &"medium".into()); // a new object takes all
    let moment = Date::new(&(of.0 as f64).into());
    let day = moment.to_locale_date_string(text::language(), &options);
    day.into()
}
