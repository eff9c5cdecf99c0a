//! Where files go that were picked, dropped or pasted.

use std::collections::HashSet;

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{ClipboardEvent, DragEvent, Element, File};

use super::drop::Dropped;
use super::files::{self, Found};
use super::state::State;
use super::text;
use data::class::ClassId;
use data::folders::{self, Group, Kind, Purpose, Sorted, kind};
use data::limits::MOST_CLASSES;
use data::photo::PhotoId;
use data::problem::{PhotoProblem, Problem};
use data::protocol::{Request, Target};

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
        let (mut heads, mut zips) = (Vec::new(), Vec::new());
        let (mut loose, mut inside) = (Vec::new(), Vec::new());
        for found in files {
            match kind(&found.path) {
                Kind::System => {}
                _ if found.ends(".safetensors") => heads.push(found),
                Kind::Archive => zips.push((found.file.name(), found.file)),
                _ if found.in_folder() => inside.push(found),
                _ => loose.push(found),
            }
        }
        let sorted = self.sort(place, inside);
        if came && heads.len() + zips.len() + loose.len() == 0 && sorted.is_none() {
            return self.notify(text::Kind::Warning, text::drop_nothing().into());
        }
        for found in heads {
            self.open_head(found.file.name(), found.file);
        }
        let mut all = zips;
        all.extend(sorted.into_iter().flatten());
        if place == Place::Page {
            self.add_photos(Target::Folders, all);
            return self.add_loose(loose);
        }
        all.extend(loose.into_iter().map(|f| (f.path, f.file)));
        match place {
            Place::Class(id) => self.add_photos(Target::Class(id), all),
            Place::Try if !all.is_empty() && self.head.with_untracked(Option::is_none) => {
                self.notify(text::Kind::Warning, text::classifier_none().into());
            }
            Place::Try => self.try_photos(all),
            Place::Page => {}
        }
    }

    /// The photos of folders and the names to hand them over by; says what is left out. None where there is no photo.
    fn sort(self, place: Place, inside: Vec<Found>) -> Option<Vec<(String, File)>> {
        let paths: Vec<String> = inside.iter().map(|f| f.path.clone()).collect();
        let from = paths.first()?.split('/').next()?.to_owned();
        let sorted = folders::sort(&paths, &from);
        let purpose = match place {
            Place::Page => Purpose::Classes,
            Place::Class(_) => Purpose::OneClass,
            Place::Try => Purpose::Try,
        };
        let file = |i: usize| inside[i].file.clone();
        let chosen: Vec<(String, File)> = match purpose {
            Purpose::Classes => {
                let classes = self.classes_with(&sorted);
                if classes > MOST_CLASSES {
                    self.report(Problem::TooManyClasses { classes });
                    return Some(Vec::new());
                }
                let named = |group: &Group| {
                    // A slash ends the name.
                    let class = group.name.replace('/', "-");
                    let photos = group.photos.iter();
                    let named = photos.map(|i| (format!("{class}/{}", paths[*i]), file(*i)));
                    named.collect::<Vec<_>>()
                };
                sorted.classes.iter().flat_map(named).collect()
            }
            _ => {
                let photos = sorted.photos(purpose).into_iter();
                photos.map(|i| (paths[i].clone(), file(i))).collect()
            }
        };
        if chosen.is_empty() {
            return None;
        }
        for what in sorted.left_out(&paths, purpose) {
            let from = from.clone();
            self.report(Problem::LeftOut { from, what });
        }
        Some(chosen)
    }

    /// How many classes there will be with these.
    fn classes_with(self, sorted: &Sorted) -> usize {
        self.classes.with_untracked(|all| {
            let there: HashSet<&str> = all.iter().map(|c| c.class.name.as_str()).collect();
            let new = sorted.classes.iter();
            there.len() + new.filter(|g| !there.contains(g.name.as_str())).count()
        })
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
            None => self.notify(text::Kind::Warning, text::drop_which_class().into()),
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
        self.gathering.update(|n| *n += 1);
        spawn_local(async move {
            let (files, unread) = dropped.files().await;
            for (file, why) in unread {
                let why = PhotoProblem::Unreadable(why.into());
                self.report(Problem::Photo { file, why });
            }
            self.hand_over(place, files);
            self.gathering.update(|n| *n = n.saturating_sub(1));
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
            None => self.notify(text::Kind::Warning, text::paste_where().into()),
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

    pub fn move_photos(self, ids: Vec<PhotoId>, to: ClassId) {
        let elsewhere = |id: &PhotoId| self.album.class_of(*id) != Some(to);
        let ids: Vec<_> = ids.into_iter().filter(elsewhere).collect();
        if !ids.is_empty() {
            self.send(Request::MovePhotos { ids, to });
        }
    }
}
