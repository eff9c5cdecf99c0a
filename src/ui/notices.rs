//! What the person should hear of: at the bottom, over the page, never moving it.

use std::mem::{Discriminant, discriminant};
use std::time::Duration;

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::HtmlDetailsElement;

use super::keyed::keyed;
use super::state::{State, state};
use super::text;
use crate::ui::erased::{Show, memo};
use data::problem::{LeftOut, Listed, Problem, SampleProblem};

const MOST: usize = 5;
/// Good to know, but nothing to do about.
const INFO_STAYS: Duration = Duration::from_secs(8);

#[derive(Debug, Clone)]
pub struct Notice {
    pub key: usize,
    pub kind: text::Kind,
    words: ArcRwSignal<String>,
    files: ArcRwSignal<Files>,
    /// The list of files is open: somebody reads it.
    open: ArcRwSignal<bool>,
    /// Photos with the same problem share a notice.
    problem: Option<Discriminant<SampleProblem>>,
}

/// The files that a notice is about, and what each has where they differ.
#[derive(Debug, Clone, Default)]
struct Files {
    first: Vec<(String, String)>,
    count: usize,
}

impl From<Listed> for Files {
    fn from(listed: Listed) -> Self {
        let first = listed.first.into_iter().map(|file| (file, String::new()));
        Self {
            first: first.collect(),
            count: listed.count,
        }
    }
}

impl Files {
    fn push(&mut self, file: String, fault: String) {
        self.count += 1;
        if self.first.len() < Listed::MOST {
            self.first.push((file, fault));
        }
    }
}

impl State {
    pub fn notify(self, kind: text::Kind, words: String) {
        self.show(kind, words, Files::default(), None);
    }

    /// The same, with the key by which it can be dismissed.
    pub fn notify_for_now(self, kind: text::Kind, words: String) -> usize {
        self.show(kind, words, Files::default(), None)
    }

    pub fn report(self, problem: Problem) {
        if let Some(detail) = problem.detail() {
            // For whoever looks into it; a person reads the sentence.
            leptos::logging::log!("{detail}");
        }
        let (kind, words) = (text::kind(&problem), text::problem(&problem));
        match problem {
            Problem::Sample { file, why } => self.report_photo(kind, words, file, &why),
            Problem::LeftOut {
                what: LeftOut::NotSamples(all) | LeftOut::Archives(all) | LeftOut::Loose(all),
                ..
            } => {
                self.show(kind, words, all.into(), None);
            }
            _ => self.notify(kind, words),
        }
    }

    /// One more photo that was refused; several with the same problem are one notice, which counts them.
    fn report_photo(self, kind: text::Kind, words: String, file: String, why: &SampleProblem) {
        let fault = text::fault(why);
        let problem = Some(discriminant(why));
        let alike = |all: &Vec<Notice>| all.iter().find(|n| n.problem == problem).cloned();
        match self.notices.with_untracked(alike) {
            Some(notice) => {
                notice.files.update(|files| files.push(file, fault));
                let count = notice.files.with_untracked(|files| files.count);
                notice.words.set(text::many(why, count));
            }
            None => {
                let mut files = Files::default();
                files.push(file, fault);
                self.show(kind, words, files, problem);
            }
        }
    }

    /// A notice of the same words takes the place of one that is there, as a new one, so that it is read out. Its key.
    fn show(
        self,
        kind: text::Kind,
        words: String,
        files: Files,
        problem: Option<Discriminant<SampleProblem>>,
    ) -> usize {
        let key = self.key();
        let count = files.count;
        self.notices.update(|all| {
            all.retain(|n| n.words.with_untracked(|other| *other != words));
            all.push(Notice {
                key,
                kind,
                words: ArcRwSignal::new(words),
                files: ArcRwSignal::new(files),
                open: ArcRwSignal::new(false),
                problem,
            });
            let surplus = all.len().saturating_sub(MOST);
            all.drain(..surplus);
        });
        if kind == text::Kind::Info {
            self.dismiss_later(key, count);
        }
        key
    }

    /// When nothing has been added to it for a while, and nobody reads what is in it.
    fn dismiss_later(self, key: usize, count: usize) {
        let look = move || {
            let notice = |all: &Vec<Notice>| all.iter().find(|n| n.key == key).cloned();
            let Some(notice) = self.notices.with_untracked(notice) else {
                return;
            };
            let now = notice.files.with_untracked(|files| files.count);
            match now == count && !notice.open.get_untracked() {
                true => self.dismiss(key),
                false => self.dismiss_later(key, now),
            }
        };
        set_timeout(look, INFO_STAYS);
    }

    pub(super) fn dismiss(self, key: usize) {
        self.notices.update(|all| all.retain(|n| n.key != key));
    }
}

#[component]
pub fn Notices() -> impl IntoView {
    let state = state();
    let one = move |notice: Notice| {
        let (key, kind) = (notice.key, notice.kind);
        let role = if kind == text::Kind::Error {
            "alert"
        } else {
            "status"
        };
        let words = notice.words.clone();
        // What changes in it is read out, not all of it again.
        view! {
            <div class="notice" role=role aria-atomic="false" data-testid="notice" data-kind=kind.name()>
                <span>{move || words.get()}</span>
                <button class="plain" aria-label=text::dismiss() on:click=move |_| state.dismiss(key)>
                    "×"
                </button>
                <Files notice />
            </div>
        }
    };
    view! {
        <div class="notices" role="region" aria-label=text::notices()>
            {keyed(move || state.notices.get(), |n| n.key as u64, one)}
        </div>
    }
}

/// Which files a notice counts. Of one alone the sentence has said all, except where it only counts.
#[component]
fn Files(notice: Notice) -> impl IntoView {
    let Notice { files, open, .. } = notice;
    let count = files.clone();
    let several = memo(move || count.with(|f| f.count > 1));
    let list = move || {
        let (open, files, more) = (open.clone(), files.clone(), files.clone());
        let toggle = move |event: web_sys::Event| {
            let details = event.current_target().map(JsCast::unchecked_into);
            open.set(details.is_some_and(|d: HtmlDetailsElement| d.open()));
        };
        let first = move || files.with(|f| f.first.iter().cloned().enumerate().collect::<Vec<_>>());
        let more = move || more.with(|f| f.count - f.first.len());
        let rest = more.clone();
        let one = |(_, (file, fault)): (usize, (String, String))| {
            view! { <li><b>{file}</b>" "<span class="quiet">{fault}</span></li> }
        };
        // The list can be scrolled by the keyboard.
        view! {
            <details class="notice-details" aria-live="off" on:toggle=toggle>
                <summary>{text::which_files()}</summary>
                <ul data-testid="notice-files" tabindex="0" aria-label=text::files()>
                    {keyed(first, |(i, _)| *i as u64, one)}
                    <Show when=move || { more() > 0 }>
                        <li class="quiet">{text::files_more(rest())}</li>
                    </Show>
                </ul>
            </details>
        }
    };
    view! { <Show when=move || several.get()>{list.clone()}</Show> }
}
