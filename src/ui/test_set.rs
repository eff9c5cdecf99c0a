//! The test set: photos that nothing learns from, with the ways to add some and to take them out again.

use std::collections::BTreeMap;

use js_sys::Uint8Array;
use leptos::prelude::*;
use web_sys::DragEvent;

use super::album::Photo;
use super::drop;
use super::files;
use super::state::{State, state};
use super::text;
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

/// A class that is tested, by its name, with how many photos.
type Tested = (ClassId, String, usize);

#[component]
pub fn TestPhotos() -> impl IntoView {
    let state = state();
    let over = RwSignal::new(false);
    let class = RwSignal::new(None::<ClassId>);
    let total = Memo::new(move |_| state.test.photos.with(BTreeMap::len));
    let tested = Memo::new(move |_| tested(state));
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
                <For each=move || tested.get() key=Clone::clone children=|of| view! { <OfClass of /> } />
            </ul>
        </details>
    }
}

/// In the order of the classes.
fn tested(state: State) -> Vec<Tested> {
    let mut counts: BTreeMap<ClassId, usize> = BTreeMap::new();
    state.test.photos.with(|all| {
        for (class, _) in all.values() {
            *counts.entry(*class).or_default() += 1;
        }
    });
    let of = |c: &ClassView| {
        let count = counts.get(&c.class.id)?;
        Some((c.class.id, c.class.name.clone(), *count))
    };
    state
        .classes
        .with(|all| all.iter().filter_map(of).collect())
}

/// Of which class the next photos are: what their folders say, or this one.
#[component]
fn Classes(chosen: RwSignal<Option<ClassId>>) -> impl IntoView {
    let state = state();
    let named = Memo::new(move |_| {
        let named = |c: &ClassView| (c.class.id, c.class.name.clone());
        state
            .classes
            .with(|all| all.iter().map(named).collect::<Vec<_>>())
    });
    let drawn = state.drawing.portions(50, named);
    let one =
        |(id, name): (ClassId, String)| view! { <option value=id.0.to_string()>{name}</option> };
    let choose = move |event| chosen.set(event_target_value(&event).parse().ok().map(ClassId));
    view! {
        <label class="field wide">
            <span>{text::test_set_class()}</span>
            <select data-testid="test-class" on:change=choose>
                <option value="">{text::test_set_folders()}</option>
                <For each=move || drawn.get() key=|other| other.clone() children=one />
            </select>
        </label>
    }
}

#[component]
fn OfClass(of: Tested) -> impl IntoView {
    let state = state();
    let (class, name, count) = of;
    // Thumbnails are asked for where somebody looks.
    let open = RwSignal::new(false);
    let photos = Memo::new(move |_| match open.get() {
        true => state.test.of(class),
        false => Vec::new(),
    });
    let drawn = state.drawing.portions(16, photos);
    Effect::new(move || drawn.with(|all| all.iter().for_each(|p| state.album.want(state, p))));
    let delete = move |_| {
        let of_class = state.test.of(class);
        let ids = of_class.iter().map(|photo| photo.id).collect();
        state.send(Request::DeleteSamples { ids });
    };
    let label = text::test_set_delete(&name);
    let written = name.clone();
    view! {
        <li data-testid="test-of-class" data-class-name=written data-count=count.to_string()>
            <details on:toggle=move |_| open.set(true)>
                <summary><bdi>{name}</bdi> " " <span class="quiet">{text::count(count, 0)}</span></summary>
                <ul class="photos">
                    <For each=move || drawn.get() key=|p| p.id children=one />
                </ul>
            </details>
            <button class="plain" data-testid="test-delete" aria-label=label.clone() title=label on:click=delete>"×"</button>
        </li>
    }
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
