//! What the person should hear of: at the bottom, over the page, never moving it.

use std::mem::discriminant;
use std::time::Duration;

use leptos::prelude::*;

use super::state::{State, state};
use super::text;
use crate::data::problem::{PhotoProblem, Problem};

const MOST: usize = 5;
/// Good to know, but nothing to do about.
const INFO_STAYS: Duration = Duration::from_secs(8);

#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub key: usize,
    pub kind: text::Kind,
    pub words: String,
    /// Photos with the same problem share a notice: which problem, and how many have it.
    photos: Option<(PhotoProblem, usize)>,
}

impl Notice {
    fn is_like(&self, other: &Self) -> bool {
        match (&self.photos, &other.photos) {
            (Some((a, _)), Some((b, _))) => discriminant(a) == discriminant(b),
            _ => self.words == other.words,
        }
    }
}

impl State {
    pub fn notify(self, kind: text::Kind, words: String) {
        self.show(kind, words, None);
    }

    /// The same, with the key by which it can be dismissed.
    pub fn notify_for_now(self, kind: text::Kind, words: String) -> usize {
        self.show(kind, words, None)
    }

    pub fn report(self, problem: Problem) {
        let (kind, words) = (text::kind(&problem), text::problem(&problem));
        let Problem::Photo { why, .. } = problem else {
            return self.notify(kind, words);
        };
        let before = self.notices.with_untracked(|all| {
            let alike = all.iter().filter_map(|n| n.photos.as_ref());
            let same =
                |(other, _): &&(PhotoProblem, usize)| discriminant(other) == discriminant(&why);
            alike.into_iter().find(same).map_or(0, |(_, n)| *n)
        });
        let count = before + 1;
        let words = if count > 1 {
            text::many(&why, count)
        } else {
            words
        };
        self.show(kind, words, Some((why, count)));
    }

    /// A notice like one that is there takes its place, as a new one, so that it is read out.
    fn show(self, kind: text::Kind, words: String, photos: Option<(PhotoProblem, usize)>) -> usize {
        let key = self.key();
        let new = Notice {
            key,
            kind,
            words,
            photos,
        };
        self.notices.update(|all| {
            all.retain(|n| !n.is_like(&new));
            all.push(new);
            let surplus = all.len().saturating_sub(MOST);
            all.drain(..surplus);
        });
        if kind == text::Kind::Info {
            set_timeout(move || self.dismiss(key), INFO_STAYS);
        }
        key
    }

    pub(super) fn dismiss(self, key: usize) {
        self.notices.update(|all| all.retain(|n| n.key != key));
    }
}

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
            <div class="notice" role=role data-testid="notice" data-kind=notice.kind.name()>
                <span>{notice.words}</span>
                <button class="plain" aria-label=text::DISMISS on:click=move |_| state.dismiss(key)>
                    "×"
                </button>
            </div>
        }
    };
    view! {
        <div class="notices" role="region" aria-label=text::NOTICES>
            <For each=move || state.notices.get() key=|n| n.key children=one />
        </div>
    }
}
