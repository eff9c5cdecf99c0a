//! The page's photos: in which class they are, and their thumbnails.

use std::collections::{HashMap, HashSet};

use js_sys::Uint8Array;
use leptos::prelude::*;

use super::files;
use super::state::State;
use data::class::{ClassId, ClassView};
use data::order::sort_by_key;
use data::protocol::Request;
use data::sample::{SampleId, SampleView};

/// As many deletions keep their thumbnails, for an undo.
const KEPT_DELETIONS: usize = 3;

#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    pub id: SampleId,
    pub name: String,
    /// Blob URL of the thumbnail; empty until it came.
    pub url: ArcRwSignal<String>,
    /// Of its own: of thousands that are shown, one is drawn anew.
    pub ticked: ArcRwSignal<bool>,
}

impl Photo {
    pub fn new(id: SampleId, name: String, url: String) -> Self {
        Self {
            id,
            name,
            url: ArcRwSignal::new(url),
            ticked: ArcRwSignal::new(false),
        }
    }

    /// Its thumbnail came.
    pub fn show(&self, bytes: &Uint8Array) {
        self.forget();
        self.url.set(files::url(bytes, "image/jpeg"));
    }

    pub fn forget(&self) {
        let url = self.url.get_untracked();
        if !url.is_empty() {
            files::forget(&url);
        }
    }
}

type Deletion = Vec<(ClassId, Photo)>;

/// Copied freely: every field is a handle.
#[derive(Clone, Copy)]
pub struct Album {
    /// How many photos there are.
    pub count: RwSignal<usize>,
    /// A signal for each class: a photo more touches one of them, not a thousand.
    classes: StoredValue<HashMap<ClassId, ArcRwSignal<Vec<Photo>>>>,
    /// Classes whose card is out of sight: what a browser takes to show a thumbnail is saved there.
    far: StoredValue<HashSet<ClassId>>,
    /// The class that each photo is in.
    places: StoredValue<HashMap<SampleId, ClassId>>,
    ticked: StoredValue<HashSet<SampleId>>,
    /// The last one at the end.
    trash: StoredValue<Vec<Deletion>>,
    /// Thumbnails to ask for, at once.
    wanted: StoredValue<Vec<SampleId>>,
}

impl Album {
    pub fn new() -> Self {
        Self {
            count: RwSignal::new(0),
            classes: StoredValue::new(HashMap::new()),
            far: StoredValue::new(HashSet::new()),
            places: StoredValue::new(HashMap::new()),
            ticked: StoredValue::new(HashSet::new()),
            trash: StoredValue::new(Vec::new()),
            wanted: StoredValue::new(Vec::new()),
        }
    }

    /// The photos of a class, by number.
    pub fn of(self, class: ClassId) -> ArcRwSignal<Vec<Photo>> {
        self.classes
            .try_update_value(|all| all.entry(class).or_default().clone())
            .unwrap_or_default()
    }

    pub fn add(self, views: Vec<SampleView>, payloads: &[Uint8Array]) {
        let mut fresh: HashMap<ClassId, Vec<Photo>> = HashMap::new();
        let known = self.find(&views.iter().map(|view| view.id).collect::<Vec<_>>());
        for (i, view) in views.into_iter().enumerate() {
            let far = self.far.with_value(|far| far.contains(&view.class));
            let bytes = payloads.get(i).filter(|b| b.length() > 0 && !far);
            let url = bytes.map(|b| files::url(b, "image/jpeg"));
            match known.get(&view.id) {
                Some(photo) => {
                    if let Some(url) = url {
                        photo.forget();
                        photo.url.set(url);
                    }
                }
                None => {
                    let photo = Photo::new(view.id, view.name, url.unwrap_or_default());
                    fresh.entry(view.class).or_default().push(photo);
                }
            }
        }
        for (class, photos) in fresh {
            self.put(class, photos);
        }
    }

    pub fn thumbnails(self, ids: &[SampleId], payloads: &[Uint8Array]) {
        let found = self.find(ids);
        for (id, bytes) in ids.iter().zip(payloads) {
            if let Some(photo) = found.get(id) {
                photo.show(bytes);
            }
        }
    }

    /// Those of the photos that are still there.
    pub fn find(self, ids: &[SampleId]) -> HashMap<SampleId, Photo> {
        let mut found = HashMap::new();
        for (class, ids) in self.by_class(ids) {
            self.of(class).with_untracked(|photos| {
                let wanted = photos.iter().filter(|p| ids.contains(&p.id));
                found.extend(wanted.map(|p| (p.id, p.clone())));
            });
        }
        found
    }

    pub fn class_of(self, id: SampleId) -> Option<ClassId> {
        self.places.with_value(|places| places.get(&id).copied())
    }

    pub fn remove(self, ids: &[SampleId]) {
        let taken = self.take(ids);
        self.throw(taken);
    }

    /// A deleted class takes its photos along.
    pub fn keep_classes(self, classes: &[ClassView]) {
        let there: HashSet<ClassId> = classes.iter().map(|c| c.class.id).collect();
        let mut thrown = Vec::new();
        for (class, photos) in self.signals() {
            if !there.contains(&class) {
                thrown.extend(emptied(&photos).into_iter().map(|p| (class, p)));
            }
        }
        if thrown.is_empty() {
            return;
        }
        self.forget_places(&thrown);
        self.throw(thrown);
    }

    pub fn restore(self, ids: &[SampleId]) {
        let wanted: HashSet<_> = ids.iter().copied().collect();
        let mut back: HashMap<ClassId, Vec<Photo>> = HashMap::new();
        self.trash.update_value(|trash| {
            for deletion in trash {
                for (class, photo) in deletion.extract_if(.., |(_, p)| wanted.contains(&p.id)) {
                    back.entry(class).or_default().push(photo);
                }
            }
        });
        for (class, photos) in back {
            self.put(class, photos);
        }
    }

    pub fn shift(self, ids: &[SampleId], to: ClassId) {
        let moved = self.take(ids);
        // The newest first is how they are shown: these are seen where they came to.
        self.append(to, moved.into_iter().map(|(_, photo)| photo).collect());
    }

    pub fn tick(self, photo: &Photo, on: bool) {
        photo.ticked.set(on);
        self.ticked.update_value(|ids| {
            match on {
                true => ids.insert(photo.id),
                false => ids.remove(&photo.id),
            };
        });
    }

    /// All that have a tick, by number.
    pub fn ticked(self) -> Vec<SampleId> {
        let mut ids = self.ticked.with_value(|ids| ids.iter().copied().collect());
        sort_by_key(&mut ids, |id| *id);
        ids
    }

    pub fn untick(self, ids: &[SampleId]) {
        if self.ticked.with_value(HashSet::is_empty) {
            return;
        }
        let found = self.find(ids);
        let gone = |id: &&SampleId| !found.contains_key(id);
        self.ticked.update_value(|ticked| {
            for id in ids.iter().filter(gone) {
                ticked.remove(id);
            }
        });
        for photo in found.values() {
            if photo.ticked.get_untracked() {
                self.tick(photo, false);
            }
        }
    }

    pub fn untick_all(self) {
        self.untick(&self.ticked());
    }

    /// The card of this class came into sight, or went.
    pub fn in_sight(self, class: ClassId, near: bool) {
        self.far.update_value(|far| {
            match near {
                true => far.remove(&class),
                false => far.insert(class),
            };
        });
    }

    /// Asks for a thumbnail that is shown and was never sent; many at once become one request.
    pub fn want(self, state: State, photo: &Photo) {
        if !photo.url.with_untracked(String::is_empty) {
            return;
        }
        let first = self.wanted.with_value(Vec::is_empty);
        self.wanted.update_value(|ids| ids.push(photo.id));
        if first {
            queue_microtask(move || {
                let mut ids = Vec::new();
                self.wanted.update_value(|all| ids.append(all));
                state.send(Request::Thumbnails { ids });
            });
        }
    }

    /// Another worker tells everything anew.
    pub fn clear(self) {
        for (_, photos) in self.signals() {
            emptied(&photos).iter().for_each(Photo::forget);
        }
        self.places.update_value(HashMap::clear);
        self.count.set(0);
    }

    /// No undo brings these back.
    pub fn empty_trash(self) {
        self.trash.update_value(|trash| {
            trash.iter().flatten().for_each(|(_, p)| p.forget());
            trash.clear();
        });
    }

    /// One for each class that was ever shown: a card may still hold that of a class that is gone.
    fn signals(self) -> Vec<(ClassId, ArcRwSignal<Vec<Photo>>)> {
        self.classes.with_value(|all| {
            all.iter()
                .map(|(id, photos)| (*id, photos.clone()))
                .collect()
        })
    }

    /// Numbers grow: each photo has its place.
    fn put(self, class: ClassId, mut fresh: Vec<Photo>) {
        sort_by_key(&mut fresh, |photo| photo.id);
        let photos = self.of(class);
        let last = photos.with_untracked(|all| all.iter().map(|photo| photo.id).max());
        let late = fresh.first().map(|photo| photo.id) < last;
        self.append(class, fresh);
        if late {
            photos.update(|all| sort_by_key(all, |photo| photo.id));
        }
    }

    fn append(self, class: ClassId, fresh: Vec<Photo>) {
        let places = fresh.iter().map(|photo| (photo.id, class));
        self.places.update_value(|all| all.extend(places));
        self.of(class).update(|photos| photos.extend(fresh));
        self.recount();
    }

    fn throw(self, photos: Deletion) {
        if photos.is_empty() {
            return;
        }
        let ticked = |(_, photo): &&(ClassId, Photo)| photo.ticked.get_untracked();
        for (_, photo) in photos.iter().filter(ticked) {
            self.tick(photo, false);
        }
        self.trash.update_value(|trash| {
            trash.push(photos);
            let surplus = trash.len().saturating_sub(KEPT_DELETIONS);
            for (_, photo) in trash.drain(..surplus).flatten() {
                photo.forget();
            }
        });
    }

    fn take(self, ids: &[SampleId]) -> Deletion {
        let mut taken = Vec::new();
        for (class, ids) in self.by_class(ids) {
            self.of(class).update(|photos| {
                let found = photos.extract_if(.., |photo| ids.contains(&photo.id));
                taken.extend(found.map(|photo| (class, photo)));
            });
        }
        self.forget_places(&taken);
        taken
    }

    fn forget_places(self, taken: &Deletion) {
        self.places.update_value(|places| {
            for (_, photo) in taken {
                places.remove(&photo.id);
            }
        });
        self.recount();
    }

    fn recount(self) {
        let count = self.places.with_value(HashMap::len);
        if self.count.get_untracked() != count {
            self.count.set(count);
        }
    }

    fn by_class(self, ids: &[SampleId]) -> HashMap<ClassId, HashSet<SampleId>> {
        let mut found: HashMap<_, HashSet<_>> = HashMap::new();
        for id in ids {
            if let Some(class) = self.class_of(*id) {
                found.entry(class).or_default().insert(*id);
            }
        }
        found
    }
}

fn emptied(photos: &ArcRwSignal<Vec<Photo>>) -> Vec<Photo> {
    match photos.with_untracked(Vec::is_empty) {
        true => Vec::new(),
        false => photos.try_update(std::mem::take).unwrap_or_default(),
    }
}
