//! The test set: photos that nothing learns from, with the ways to add some and to take them out again.

use std::collections::{BTreeMap, BTreeSet};

use js_sys::Uint8Array;
use leptos::prelude::*;
use web_sys::DragEvent;

use super::album::Photo;
use super::drop;
use super::files;
use super::keyed::keyed;
use super::photos::Others;
use super::state::state;
use super::text;
use crate::ui::erased::memo;
use data::class::{ClassId, ClassView};
use data::folders::route::Place;
use data::protocol::Request;
use data::sample::{SampleId, SampleView};
use data::test_set::{HeadsCompared, TestReport};

/// Copied freely: every field is a handle.
#[derive(Clone, Copy)]
pub struct TestSet {
    photos: RwSignal<BTreeMap<SampleId, (ClassId, Photo)>>,
    /// How the head in use does on them; none while that is not known.
    pub report: RwSignal<Option<Box<TestReport>>>,
    /// The head in use beside the one before it.
    pub compared: RwSignal<Option<HeadsCompared>>,
}

impl TestSet {
    pub fn new() -> Self {
        Self {
            photos: RwSignal::new(BTreeMap::new()),
            report: RwSignal::new(None),
            compared: RwSignal::new(None),
        }
    }

    pub fn add(self, views: Vec<SampleView>, payloads: &[Uint8Array]) {
        self.photos.update(|all| {
            for (i, view) in views.into_iter().enumerate() {
                let bytes = payloads.get(i).filter(|bytes| bytes.length() > 0);
                let url = bytes.map(|bytes| files::url(bytes, "image/jpeg"));
                let photo = Photo::new(view.id, view.name, url.unwrap_or_default());
                all.insert(view.id, (view.class, photo));
            }
        });
    }

    pub fn remove(self, ids: &[SampleId]) {
        self.photos.update(|all| {
            let gone = ids.iter().filter_map(|id| all.remove(id));
            gone.for_each(|(_, photo)| photo.forget());
        });
    }

    /// Another worker tells everything anew.
    pub fn clear(self) {
        let all = self.photos.try_update(std::mem::take).unwrap_or_default();
        all.values().for_each(|(_, photo)| photo.forget());
        self.report.set(None);
        self.compared.set(None);
    }

    pub fn find(self, id: SampleId) -> Option<Photo> {
        self.photos
            .with_untracked(|all| all.get(&id).map(|(_, photo)| photo.clone()))
    }

    pub fn thumbnails(self, ids: &[SampleId], payloads: &[Uint8Array]) {
        for (id, bytes) in ids.iter().zip(payloads) {
            if let Some(photo) = self.find(*id) {
                photo.show(bytes);
            }
        }
    }

    fn of(self, class: ClassId) -> Vec<Photo> {
        self.photos.with(|all| {
            let of_class = all.values().filter(|(of, _)| *of == class);
            of_class.map(|(_, photo)| photo.clone()).collect()
        })
    }
}

#[component]
pub fn TestPhotos() -> impl IntoView {
    let state = state();
    let over = RwSignal::new(false);
    let class = RwSignal::new(None::<ClassId>);
    let total = memo(move || state.test.photos.with(BTreeMap::len));
    // In the order of the classes.
    let tested = memo(move || {
        let there = state.test.photos.with(|all| {
            let classes = all.values().map(|(class, _)| *class);
            classes.collect::<BTreeSet<ClassId>>()
        });
        let ids = |all: &Vec<ClassView>| -> Vec<ClassId> {
            let ids = all.iter().map(|c| c.class.id);
            ids.filter(|id| there.contains(id)).collect()
        };
        state.classes.with(ids)
    });
    let place = move || Place::Test(class.get_untracked());
    let pick = move |event| state.hand_over(place(), files::picked(&event));
    let drag_over = move |event: DragEvent| {
        if drop::brings_files(&event) && state.dragged.with_untracked(Vec::is_empty) {
            event.prevent_default();
            over.set(true);
        }
    };
    view! {
        <details
            class="card test-set" class:over=move || over.get()
            data-testid="test-set" data-count=move || total.get().to_string()
            on:dragover=drag_over
            on:dragleave=move |event| if drop::left(&event) { over.set(false) }
            on:drop=move |event| { over.set(false); state.drop_on(place(), &event); }
        >
            <summary>
                {text::test_set()} " "
                <span class="quiet">{move || (total.get() > 0).then(|| text::count(total.get(), 0))}</span>
            </summary>
            <p class="quiet">{text::test_set_means()}</p>
            <Classes chosen=class />
            <div class="row ways">
                <label class="button small">
                    {text::test_set_files()}
                    <input
                        type="file" class="hidden" data-testid="test-files" multiple=true
                        accept=".zip,application/zip,image/*" on:change=pick
                    />
                </label>
                <label class="button small">
                    {text::class_folder()}
                    <input
                        type="file" class="hidden" data-testid="test-folder" multiple=true prop:webkitdirectory=true
                        on:change=pick
                    />
                </label>
            </div>
            <ul class="tests">
                {keyed(move || tested.get(), |id| id.0.into(), |class| view! { <OfClass class /> })}
            </ul>
        </details>
    }
}

/// Of which class the next photos are: what their folders say, or this one.
#[component]
fn Classes(chosen: RwSignal<Option<ClassId>>) -> impl IntoView {
    let choose = move |event| chosen.set(event_target_value(&event).parse().ok().map(ClassId));
    view! {
        <label class="field wide">
            <span>{text::test_set_class()}</span>
            <select data-testid="test-class" on:change=choose>
                <option value="">{text::test_set_folders()}</option>
                <Others />
            </select>
        </label>
    }
}

#[component]
fn OfClass(class: ClassId) -> impl IntoView {
    let state = state();
    let of_class = memo(move || state.test.of(class));
    let count = memo(move || of_class.with(Vec::len));
    let name = memo(move || {
        let find = |all: &Vec<ClassView>| all.iter().find(|c| c.class.id == class).map(named);
        state.classes.with(find).unwrap_or_default()
    });
    // Thumbnails are asked for where somebody looks.
    let open = RwSignal::new(false);
    let photos = memo(move || match open.get() {
        true => of_class.get(),
        false => Vec::new(),
    });
    let drawn = state.drawing.portions(16, photos);
    Effect::new(move || drawn.with(|all| all.iter().for_each(|p| state.album.want(state, p))));
    let delete = move |_| {
        let ids = of_class.with_untracked(|all| all.iter().map(|photo| photo.id).collect());
        state.send(Request::DeleteSamples { ids });
    };
    let label = move || text::test_set_delete(&name.get());
    view! {
        <li data-testid="test-of-class" data-class-name=move || name.get() data-count=move || count.get().to_string()>
            <details on:toggle=move |_| open.set(true)>
                <summary>
                    <bdi>{move || name.get()}</bdi> " " <span class="quiet">{move || text::count(count.get(), 0)}</span>
                </summary>
                <ul class="photos">
                    {keyed(move || drawn.get(), |p| p.id.0.into(), one)}
                </ul>
            </details>
            <button class="plain" data-testid="test-delete" aria-label=label title=label on:click=delete>"×"</button>
        </li>
    }
}

fn named(of: &ClassView) -> String {
    of.class.name.clone()
}

fn one(photo: Photo) -> impl IntoView {
    let state = state();
    let (id, url, name) = (photo.id, photo.url, photo.name);
    let delete = move |_| state.send(Request::DeleteSamples { ids: vec![id] });
    view! {
        <li class="photo" data-testid="test-photo" data-photo-id=id.0.to_string()>
            <img
                src=move || Some(url.get()).filter(|u| !u.is_empty()) alt=name.clone() title=name.clone()
                loading="lazy" decoding="async"
            />
            <button class="photo-delete" data-testid="test-photo-delete" aria-label=text::photo_delete(&name) on:click=delete>
                "×"
            </button>
        </li>
    }
}
