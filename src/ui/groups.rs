//! Which photos stay together when the classifier is tested: to look at, and to change.

use leptos::prelude::*;

use super::state::{State, state};
use super::text;
use crate::ui::erased::memo;
use data::class::ClassView;
use data::groups::{ClassGroups, Regroup, Together};
use data::protocol::Request;
use data::sample::SampleId;

/// Groups of a class that are shown, of all classes together, and photos of each; more of them are counted.
const GROUPS: usize = 30;
const ALL: usize = 300;
const PHOTOS: usize = 12;

#[component]
pub fn Groups() -> impl IntoView {
    let state = state();
    let all = state.groups;
    let open = state.groups_open;
    // Photos and groups.
    let counts = memo(move || {
        all.with(|all| {
            let groups = || all.iter().flat_map(|class| &class.groups);
            (groups().map(Vec::len).sum::<usize>(), groups().count())
        })
    });
    let inside = move || {
        let classes = all.get();
        let most = (ALL / classes.len().max(1)).clamp(2, GROUPS);
        let shown = classes
            .into_iter()
            .map(|class| of_class(state, class, most));
        view! {
            <p class="quiet">{text::groups_about()}</p>
            {shown.collect_view()}
        }
    };
    view! {
        <details
            class="groups" data-testid="groups" hidden=move || counts.get().0 == 0
            data-photos=move || counts.get().0.to_string() data-groups=move || counts.get().1.to_string()
            prop:open=open.get_untracked() on:toggle=move |event| open.set(is_open(&event))
        >
            <summary>{move || text::groups(counts.get().0, counts.get().1)}</summary>
            {move || open.get().then(inside)}
        </details>
    }
}

fn is_open(event: &leptos::ev::Event) -> bool {
    event_target::<web_sys::HtmlDetailsElement>(event).open()
}

fn of_class(state: State, class: ClassGroups, most: usize) -> impl IntoView {
    let id = class.class;
    let named = |all: &Vec<ClassView>| {
        let found = all.iter().find(|c| c.class.id == id);
        found.map_or_else(String::new, |c| c.class.name.clone())
    };
    let name = state.classes.with_untracked(named);
    let photos: Vec<SampleId> = class.groups.concat();
    let about = text::groups_of_class(photos.len(), class.groups.len());
    let why = class.undivided.map(|together| match together {
        Together::Folder => text::groups_folder(),
        Together::Hour => text::groups_hour(),
        Together::Minutes => text::groups_minutes(),
    });
    let as_found = class.by_hand.then(|| {
        let reset = move |_| {
            let (ids, how) = (photos.clone(), Regroup::AsFound);
            state.send(Request::Regroup { ids, how });
        };
        view! { <button class="small" data-testid="groups-as-found" on:click=reset>{text::groups_as_found()}</button> }
    });
    let alone = class.groups.iter().filter(|group| group.len() == 1).count();
    let mut several: Vec<Vec<SampleId>> = class.groups;
    several.retain(|group| group.len() > 1);
    let more = several.len().saturating_sub(most);
    several.truncate(most);
    let any = !several.is_empty();
    let shown = several
        .into_iter()
        .map(|group| one(state, group, &name))
        .collect_view();
    let rest = (more > 0).then(|| view! { <p class="quiet">{text::groups_more(more)}</p> });
    let alone =
        (any && alone > 0).then(|| view! { <p class="quiet">{text::groups_alone(alone)}</p> });
    view! {
        <section class="groups-of-class" data-testid="groups-of-class" data-class-name=name.clone()>
            <p class="cell-title"><bdi>{name.clone()}</bdi>": "{about}</p>
            {why.map(|why| view! { <p class="quiet" data-testid="groups-why">{why}</p> })}
            <ul>{shown}</ul>
            {rest}
            {alone}
            {as_found}
        </section>
    }
}

fn one(state: State, group: Vec<SampleId>, class: &str) -> impl IntoView + use<> {
    let found = state.album.find(&group);
    let pictures = group
        .iter()
        .take(PHOTOS)
        .filter_map(|id| found.get(id).cloned());
    let pictures = pictures.map(|photo| {
        state.album.want(state, &photo);
        let (url, alt) = (photo.url, photo.name);
        view! { <img src=move || Some(url.get()).filter(|u| !u.is_empty()) alt=alt.clone() title=alt loading="lazy" /> }
    });
    let pictures = pictures.collect_view();
    let count = group.len();
    let more = count.saturating_sub(PHOTOS);
    let label = text::groups_split_label(count, class);
    let split = move |_| {
        let (ids, how) = (group.clone(), Regroup::Split);
        state.send(Request::Regroup { ids, how });
    };
    view! {
        <li class="group" data-testid="group" data-size=count.to_string()>
            {pictures}
            {(more > 0).then(|| view! { <span class="quiet">{text::count_more(more)}</span> })}
            <button class="small" data-testid="group-split" aria-label=label on:click=split>{text::groups_split()}</button>
        </li>
    }
}
