//! Where files go that were picked, dropped or pasted.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{ClipboardEvent, DragEvent, Element};

use super::drop::Dropped;
use super::files::{self, Found};
use super::state::State;
use super::text;
use crate::data::class::ClassId;
use crate::data::photo::is_junk;
use crate::protocol::{Request, Target};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Class(ClassId),
    Try,
    /// Nowhere in particular: folders and zips say themselves which classes they hold.
    Page,
}

impl State {
    pub fn hand_over(self, place: Place, files: Vec<Found>) {
        let came = !files.is_empty();
        let mut photos = Vec::new();
        let mut folders = Vec::new();
        let mut loose = Vec::new();
        let mut heads = 0;
        for found in files.into_iter().filter(is_meant) {
            if found.ends(".safetensors") {
                heads += 1;
                self.open_head(found.file.name(), found.file);
            } else if found.ends(".zip") {
                folders.push((found.path, found.file));
            } else {
                match place {
                    Place::Page if found.in_folder() => folders.push((found.path, found.file)),
                    Place::Page => loose.push(found),
                    _ => photos.push((found.file.name(), found.file)),
                }
            }
        }
        if came && heads + photos.len() + folders.len() + loose.len() == 0 {
            self.notify(text::Kind::Warning, text::NOTHING_THERE.into());
        }
        self.add_photos(Target::Folders, folders);
        match place {
            Place::Class(id) => self.add_photos(Target::Class(id), photos),
            Place::Try if photos.is_empty() => {}
            Place::Try if self.head.with_untracked(Option::is_none) => {
                self.notify(text::Kind::Warning, text::NO_HEAD.into());
            }
            Place::Try => self.try_photos(photos),
            Place::Page => self.add_loose(loose),
        }
    }

    /// Photos that nobody said the class of.
    fn add_loose(self, files: Vec<Found>) {
        if files.is_empty() {
            return;
        }
        match self.only_class() {
            Some(id) => {
                let files = files.into_iter().map(|f| (f.path, f.file)).collect();
                self.add_photos(Target::Class(id), files);
            }
            None => self.notify(text::Kind::Warning, text::WHICH_CLASS.into()),
        }
    }

    fn only_class(self) -> Option<ClassId> {
        self.classes.with_untracked(|all| match all.as_slice() {
            [one] => Some(one.class.id),
            _ => None,
        })
    }

    /// A drop from outside, or of photos of this page on another class.
    pub fn drop_on(self, place: Place, event: &DragEvent) {
        event.prevent_default();
        event.stop_propagation();
        let mut moved = Vec::new();
        self.dragged.update(|ids| moved.append(ids));
        if !moved.is_empty() {
            if let Place::Class(to) = place {
                self.move_photos(moved, to);
            }
            return;
        }
        let Some(data) = event.data_transfer() else {
            return;
        };
        let dropped = Dropped::of(&data);
        // Walking folders takes a while; the page is not done before.
        self.outstanding.update(|n| *n += 1);
        spawn_local(async move {
            let files = dropped.files().await;
            self.hand_over(place, files);
            self.outstanding.update(|n| *n = n.saturating_sub(1));
        });
    }

    pub fn paste(self, event: &ClipboardEvent) {
        let pasted = files::list(event.clipboard_data().and_then(|d| d.files()));
        if pasted.is_empty() {
            return; // text into a field
        }
        event.prevent_default();
        let pasted = pasted.into_iter().map(Found::loose).collect();
        match self.place_of_focus() {
            Some(place) => self.hand_over(place, pasted),
            None => self.notify(text::Kind::Warning, text::PASTE_WHERE.into()),
        }
    }

    fn place_of_focus(self) -> Option<Place> {
        let focus = document().active_element();
        let around = |selector| {
            let focus: &Element = focus.as_ref()?;
            focus.closest(selector).ok().flatten()
        };
        let there = |id: &ClassId| {
            self.classes
                .with_untracked(|all| all.iter().any(|c| c.class.id == *id))
        };
        if around("#try-column").is_some() && self.head.with_untracked(Option::is_some) {
            return Some(Place::Try);
        }
        around("[data-class-id]")
            .and_then(|card| card.get_attribute("data-class-id")?.parse().ok())
            .map(ClassId)
            .or(self.last_class.get_untracked())
            .filter(there)
            .or_else(|| self.only_class())
            .map(Place::Class)
    }

    pub fn move_photos(self, ids: Vec<crate::data::photo::PhotoId>, to: ClassId) {
        let staying = |all: &std::collections::BTreeMap<ClassId, Vec<super::album::Photo>>| {
            let there = all.get(&to).into_iter().flatten();
            there
                .map(|p| p.id)
                .collect::<std::collections::HashSet<_>>()
        };
        let staying = self.album.photos.with_untracked(staying);
        let ids: Vec<_> = ids.into_iter().filter(|id| !staying.contains(id)).collect();
        if !ids.is_empty() {
            self.send(Request::MovePhotos { ids, to });
        }
    }
}

/// Not what systems leave in folders, nor videos and texts among the photos of one.
fn is_meant(found: &Found) -> bool {
    let kind = found.file.type_();
    let other = found.in_folder() && !kind.is_empty() && !kind.starts_with("image/");
    !is_junk(&found.path) && !other
}
