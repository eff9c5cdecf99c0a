//! A file that somebody wants to open: a project, or photos in folders. Where there is something on the page already, the person
//! says what is to become of it.

use leptos::prelude::*;

use super::files::Found;
use super::question::open_while;
use super::state::{State, state};
use super::text;
use data::protocol::{ProjectFileView, ProjectRequest, Request, Target};

/// A file that was looked into.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub view: ProjectFileView,
}

/// A file, and whether it waits for the next project.
pub struct Handed {
    found: Found,
    for_next: bool,
}

impl State {
    /// What is in it, the worker says.
    pub fn look_into(self, found: Found) {
        let (name, file) = (found.file.name(), found.file.clone());
        let for_next = false;
        self.projects
            .handed
            .set_value(Some(Handed { found, for_next }));
        let look = ProjectRequest::Look { name };
        self.send_files(Request::Projects(look), vec![file]);
    }

    pub(super) fn ask_about(self, view: ProjectFileView) {
        let empty = self.classes.with_untracked(Vec::is_empty)
            && self.head.with_untracked(Option::is_none)
            && self.lab.reports.with_untracked(Vec::is_empty);
        match (empty, view.project) {
            (true, true) => self.open_project(),
            (true, false) => self.merge_photos(),
            (false, _) => self.projects.asked.set(Some(Asked { view })),
        }
    }

    fn taken(self) -> Option<Found> {
        let handed = self
            .projects
            .handed
            .try_update_value(Option::take)
            .flatten();
        handed.map(|handed| handed.found)
    }

    /// It becomes a project of its own.
    fn open_project(self) {
        if let Some(found) = self.taken() {
            let name = found.file.name();
            let open = ProjectRequest::Open { name };
            self.send_files(Request::Projects(open), vec![found.file]);
        }
    }

    fn merge_project(self) {
        if let Some(found) = self.taken() {
            let name = found.file.name();
            let merge = ProjectRequest::Merge { name };
            self.send_files(Request::Projects(merge), vec![found.file]);
        }
    }

    fn merge_photos(self) {
        if let Some(found) = self.taken() {
            // By its own name: its folders name the classes.
            self.add_photos(Target::Folders, vec![(found.file.name(), found.file)]);
        }
    }

    /// Photos for a new project: it is made, and gets them.
    fn photos_for_new(self, name: String) {
        self.projects.handed.update_value(|handed| {
            if let Some(handed) = handed {
                handed.for_next = true;
            }
        });
        self.of_projects(ProjectRequest::New { name });
    }

    /// The project that photos were waiting for is on its way.
    pub(super) fn hand_to_next(self) {
        let waits = |handed: &Option<Handed>| handed.as_ref().is_some_and(|handed| handed.for_next);
        if self.projects.handed.with_value(waits) {
            self.merge_photos();
        }
    }

    fn forget_file(self) {
        self.projects.handed.set_value(None);
        self.projects.asked.set(None);
    }
}

/// Asks what is to become of a file.
#[component]
pub fn Dialog() -> impl IntoView {
    let state = state();
    let asked = state.projects.asked;
    let dialog = open_while(move || asked.with(Option::is_some));
    let answer = move |act: fn(State, &ProjectFileView)| {
        move |_| {
            if let Some(Asked { view }) = asked.get_untracked() {
                asked.set(None);
                act(state, &view);
            }
        }
    };
    let own = answer(|state, view| match view.project {
        true => state.open_project(),
        false => state.photos_for_new(view.name.clone()),
    });
    let merge = answer(|state, view| match view.project {
        true => state.merge_project(),
        false => state.merge_photos(),
    });
    let inside = move || {
        let Asked { view } = asked.get()?;
        let means = match view.project {
            true => text::project_merge_means(),
            false => text::project_merge_photos(),
        };
        Some(view! {
            <h2>{text::project_ask(&view.name)}</h2>
            <p>{text::holds(&view)}</p>
            <button class="primary" data-testid="project-own" on:click=own>{text::project_own()}</button>
            <p class="quiet">{text::project_own_means()}</p>
            <button data-testid="project-merge" disabled=move || !state.may_change() on:click=merge>{text::project_merge()}</button>
            <p class="quiet">{means}</p>
            <button class="small" data-testid="project-cancel" on:click=move |_| state.forget_file()>{text::project_cancel()}</button>
        })
    };
    view! {
        <dialog class="ask" data-testid="project-ask" node_ref=dialog on:close=move |_| asked.set(None)>
            {inside}
        </dialog>
    }
}
