//! The projects of this browser: a row of them under the bar, and what can be done with each.

use leptos::prelude::*;

use super::files;
use super::keyed::{hashed, keyed};
use super::project_file::{Asked, Dialog, Handed};
use super::state::{State, state};
use super::text;
use crate::ui::erased::{Show, memo};
use data::protocol::{Job, ProjectEvent, ProjectRequest, ProjectView, Request};

/// Copied freely: every field is a handle.
#[derive(Clone, Copy)]
pub struct Projects {
    all: RwSignal<Vec<ProjectView>>,
    /// Photos leave with what their files say of place, time and device.
    pub(super) metadata: RwSignal<bool>,
    /// A file that somebody wants to open, and has to say how.
    pub(super) asked: RwSignal<Option<Asked>>,
    /// The file that the worker looks into, or that the next project is to get.
    pub(super) handed: StoredValue<Option<Handed>, LocalStorage>,
}

impl Projects {
    pub fn new() -> Self {
        Self {
            all: RwSignal::new(Vec::new()),
            metadata: RwSignal::new(false),
            asked: RwSignal::new(None),
            handed: StoredValue::new_local(None),
        }
    }

    /// What this project is called.
    pub fn name(self) -> String {
        let current =
            |all: &Vec<ProjectView>| all.iter().find(|view| view.current).map(text::project_name);
        self.all
            .with(current)
            .unwrap_or_else(|| text::project_unnamed().into())
    }
}

impl State {
    pub fn of_projects(self, request: ProjectRequest) {
        self.send(Request::Projects(request));
    }

    pub fn take_project_event(self, event: ProjectEvent) {
        match event {
            ProjectEvent::List(all) => self.projects.all.set(all),
            ProjectEvent::Found(view) => self.ask_about(view),
            ProjectEvent::GoTo { .. } => self.leave_project(),
            ProjectEvent::Saved { name, url } => files::download(&name, &url),
        }
    }

    /// Another project comes: nothing of this one stays on the page.
    fn leave_project(self) {
        self.device.set(None);
        self.camera.close();
        self.album.empty_trash();
        self.results
            .update(|all| all.drain(..).for_each(|tried| files::forget(&tried.url)));
        self.frame.set((0, Vec::new()));
        self.epochs.set(Vec::new());
        self.last_class.set(None);
        self.head.set(None);
        self.kept_heads.set(Vec::new());
        self.lab.leave_project();
        self.usual_settings();
        self.goes_over.set_value(false);
        self.hand_to_next();
    }

    /// Why another project cannot be opened now.
    fn stays(self) -> Option<&'static str> {
        (self.name() != "ready").then(text::project_busy)
    }
}

#[component]
pub fn ProjectBar() -> impl IntoView {
    let state = state();
    let projects = state.projects;
    let shown = move || {
        let all = projects.all.get().into_iter();
        all.filter(|view| !view.deleted).collect::<Vec<_>>()
    };
    let stays = memo(move || state.stays());
    let new = move |_| {
        let taken: Vec<_> = untrack(move || shown().iter().map(text::project_name).collect());
        let number = (taken.len() + 1..).map(text::project_new_name);
        let name = number.into_iter().find(|name| !taken.contains(name));
        let name = name.expect("numbers do not end");
        state.of_projects(ProjectRequest::New { name });
    };
    let save = move |_| {
        let (name, metadata) = untrack(move || (projects.name(), projects.metadata.get()));
        state.of_projects(ProjectRequest::Save { name, metadata });
    };
    let open = move |event| {
        if let Some(found) = files::picked(&event).into_iter().next() {
            state.look_into(found);
        }
    };
    let works = memo(move || {
        let of_projects = |(job, ..): (Job, usize, usize)| {
            matches!(
                job,
                Job::SaveProject | Job::OpenProject | Job::CopyProject | Job::Sort
            )
        };
        state.progress.with(|p| p.is_some_and(of_projects))
    });
    view! {
        <nav class="projects" aria-label=text::projects()>
            <ul data-testid="project-list">
                {keyed(shown, hashed, move |view| item(state, stays, view))}
            </ul>
            <Show when=move || works.get()>
                <button class="small" data-testid="project-stop" on:click=move |_| state.of_projects(ProjectRequest::Stop)>
                    {text::project_stop()}
                </button>
            </Show>
            <button
                class="small" data-testid="project-new" disabled=move || stays.get().is_some()
                title=move || stays.get().unwrap_or(text::project_new_means()) on:click=new
            >
                {text::project_new()}
            </button>
            <label class="button small" title=text::project_open_means()>
                {text::project_open()}
                <input type="file" class="hidden" data-testid="project-open" accept=".zip,.tm,application/zip" on:change=open />
            </label>
            <button
                class="small" data-testid="project-save" disabled=move || works.get() || state.device.with(Option::is_none)
                title=text::project_save_means() on:click=save
            >
                {text::project_save()}
            </button>
            <details class="pop menu" on:toggle=move |_| state.of_projects(ProjectRequest::List { sizes: true })>
                <summary class="button small" data-testid="project-manage" aria-label=text::project_manage() title=text::project_manage()>"⋯"</summary>
                <div class="popover wide">
                    <ul class="managed">
                        {keyed(move || projects.all.get(), hashed, move |view| managed(state, stays, view))}
                    </ul>
                    <label class="check" title=text::project_metadata_means()>
                        <input type="checkbox" data-testid="project-metadata" prop:checked=projects.metadata
                            on:change=move |event| projects.metadata.set(event_target_checked(&event)) />
                        {text::project_metadata()}
                    </label>
                </div>
            </details>
        </nav>
        <Dialog />
    }
}

/// One to go to.
fn item(state: State, stays: Memo<Option<&'static str>>, view: ProjectView) -> impl IntoView {
    let name = text::project_name(&view);
    let (id, current) = (view.id.clone(), view.current);
    let go = move |_| {
        if !current {
            state.of_projects(ProjectRequest::GoTo { id: id.clone() });
        }
    };
    let why = {
        let name = name.clone();
        move || match stays.get() {
            _ if current => name.clone(),
            Some(why) => why.into(),
            None => text::project_go(&name),
        }
    };
    view! {
        <li>
            <button
                class="project" data-testid="project-item" data-project-name=name.clone() data-current=current.to_string()
                aria-current=current.then_some("true") disabled=move || !current && stays.get().is_some() title=why on:click=go
            >
                {name.clone()}
            </button>
        </li>
    }
}

/// What can be done with one.
fn managed(state: State, stays: Memo<Option<&'static str>>, view: ProjectView) -> impl IntoView {
    let name = text::project_name(&view);
    let ask = {
        let id = view.id.clone();
        move |request: fn(String) -> ProjectRequest| state.of_projects(request(id.clone()))
    };
    if view.deleted {
        let (restore, forget) = (ask.clone(), ask);
        return view! {
            <li data-testid="project-deleted" data-project-name=name.clone()>
                <p class="quiet">{text::project_deleted(&name)}</p>
                <div class="row">
                    <button class="small" data-testid="project-restore"
                        on:click=move |_| restore(|id| ProjectRequest::Restore { id })>{text::project_restore()}</button>
                    <button class="small" data-testid="project-delete-now"
                        on:click=move |_| forget(|id| ProjectRequest::DeleteForGood { id })>{text::project_delete_now()}</button>
                </div>
            </li>
        }
        .into_any();
    }
    let rename = {
        let id = view.id.clone();
        move |event| {
            let name = event_target_value(&event);
            state.of_projects(ProjectRequest::Rename {
                id: id.clone(),
                name,
            });
        }
    };
    let copy = {
        let (id, name) = (view.id.clone(), text::project_copy_name(&name));
        move |_| {
            let (id, name) = (id.clone(), name.clone());
            state.of_projects(ProjectRequest::Duplicate { id, name });
        }
    };
    // The one that is open has to be left first.
    let current = view.current;
    let waits = move || current && stays.get().is_some();
    view! {
        <li data-testid="project-row" data-project-name=name.clone()>
            <input
                type="text" data-testid="project-name" aria-label=text::project_name_label() maxlength="60"
                prop:value=name.clone() on:change=rename
            />
            <p class="quiet">{text::project_size(&view)}</p>
            <div class="row">
                <button class="small" data-testid="project-copy" on:click=copy>{text::project_copy()}</button>
                <button
                    class="small" data-testid="project-delete" disabled=waits title=move || waits().then(text::project_busy)
                    on:click=move |_| ask(|id| ProjectRequest::Delete { id })
                >
                    {text::project_delete()}
                </button>
            </div>
        </li>
    }
    .into_any()
}
