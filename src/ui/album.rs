//! The page's photos: in which class they are, and their thumbnails.

use std::collections::{BTreeMap, HashMap, HashSet};

use js_sys::Uint8Array;
use leptos::prelude::*;

use super::files;
use super::state::State;
use crate::data::class::{ClassId, ClassView};
use crate::data::photo::{PhotoId, PhotoView};
use crate::protocol::Request;

/// As many deletions keep their thumbnails, for an undo.
const KEPT_DELETIONS: usize = 3;

#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    pub id: PhotoId,
    pub name: String,
    /// Blob URL of the thumbnail; empty until it came.
    pub url: ArcRwSignal<String>,
}

impl Photo {
    fn forget(&self) {
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
    pub photos: RwSignal<BTreeMap<ClassId, Vec<Photo>>>,
    /// The last one at the end.
    trash: StoredValue<Vec<Deletion>>,
    /// Thumbnails to ask for, at once.
    wanted: StoredValue<Vec<PhotoId>>,
}

impl Album {
    pub fn new() -> Self {
        Self {
            photos: RwSignal::new(BTreeMap::new()),
            trash: StoredValue::new(Vec::new()),
            wanted: StoredValue::new(Vec::new()),
        }
    }

    pub fn add(self, views: Vec<PhotoView>, payloads: &[Uint8Array]) {
        self.photos.update(|all| {
            let known: HashMap<PhotoId, ClassId> = all
                .iter()
                .flat_map(|(class, photos)| photos.iter().map(|p| (p.id, *class)))
                .collect();
            for (i, view) in views.into_iter().enumerate() {
                let bytes = payloads.get(i).filter(|b| b.length() > 0);
                let url = bytes.map(|b| files::url(b, "image/jpeg"));
                let class = all.entry(view.class).or_default();
                let here = (known.get(&view.id) == Some(&view.class))
                    .then(|| class.iter_mut().find(|p| p.id == view.id))
                    .flatten();
                match here {
                    Some(photo) => {
                        if let Some(url) = url {
                            photo.forget();
                            photo.url.set(url);
                        }
                    }
                    None => {
                        // Ids grow: each has its place.
                        let place = class.partition_point(|p| p.id < view.id);
                        let photo = Photo {
                            id: view.id,
                            name: view.name,
                            url: ArcRwSignal::new(url.unwrap_or_default()),
                        };
                        class.insert(place, photo);
                    }
                }
            }
        });
    }

    pub fn thumbnails(self, ids: &[PhotoId], payloads: &[Uint8Array]) {
        let found = self.find(ids);
        for (id, bytes) in ids.iter().zip(payloads) {
            if let Some(photo) = found.get(id) {
                photo.forget();
                photo.url.set(files::url(bytes, "image/jpeg"));
            }
        }
    }

    /// Those of the photos that are still there.
    pub fn find(self, ids: &[PhotoId]) -> HashMap<PhotoId, Photo> {
        let wanted: HashSet<_> = ids.iter().collect();
        self.photos.with_untracked(|all| {
            let photos = all.values().flatten().filter(|p| wanted.contains(&p.id));
            photos.map(|p| (p.id, p.clone())).collect()
        })
    }

    pub fn remove(self, ids: &[PhotoId]) {
        let taken = self.take(ids);
        self.throw(taken);
    }

    /// A deleted class takes its photos along.
    pub fn keep_classes(self, classes: &[ClassView]) {
        let there: HashSet<ClassId> = classes.iter().map(|c| c.class.id).collect();
        let gone = |id: &ClassId| !there.contains(id);
        if self.photos.with_untracked(|all| all.keys().any(gone)) {
            let mut thrown = Vec::new();
            self.photos.update(|all| {
                for (class, photos) in all.extract_if(.., |id, _| gone(id)) {
                    thrown.extend(photos.into_iter().map(|p| (class, p)));
                }
            });
            self.throw(thrown);
        }
    }

    pub fn restore(self, ids: &[PhotoId]) {
        let wanted: HashSet<_> = ids.iter().copied().collect();
        let mut back = Vec::new();
        self.trash.update_value(|trash| {
            for deletion in trash {
                back.extend(deletion.extract_if(.., |(_, p)| wanted.contains(&p.id)));
            }
        });
        self.photos.update(|all| {
            for (class, photo) in back {
                let photos = all.entry(class).or_default();
                photos.push(photo);
                // Ids grow: each is where it was.
                photos.sort_by_key(|p| p.id);
            }
        });
    }

    pub fn shift(self, ids: &[PhotoId], to: ClassId) {
        let moved = self.take(ids);
        self.photos.update(|all| {
            let photos = all.entry(to).or_default();
            photos.extend(moved.into_iter().map(|(_, p)| p));
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
        self.photos.update(|all| {
            all.values().flatten().for_each(Photo::forget);
            all.clear();
        });
    }

    /// No undo brings these back.
    pub fn empty_trash(self) {
        self.trash.update_value(|trash| {
            trash.iter().flatten().for_each(|(_, p)| p.forget());
            trash.clear();
        });
    }

    fn throw(self, photos: Deletion) {
        if photos.is_empty() {
            return;
        }
        self.trash.update_value(|trash| {
            trash.push(photos);
            let surplus = trash.len().saturating_sub(KEPT_DELETIONS);
            for (_, photo) in trash.drain(..surplus).flatten() {
                photo.forget();
            }
        });
    }

    fn take(self, ids: &[PhotoId]) -> Deletion {
        let wanted: HashSet<_> = ids.iter().copied().collect();
        let mut taken = Vec::new();
        self.photos.update(|all| {
            for (class, photos) in all {
                let found = photos.extract_if(.., |p| wanted.contains(&p.id));
                taken.extend(found.map(|p| (*class, p)));
            }
        });
        taken
    }
}
