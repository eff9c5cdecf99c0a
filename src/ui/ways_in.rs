//! Where files go that were picked, dropped or pasted.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ClipboardEvent, DragEvent, Element, File};

use super::drop::Dropped;
use super::files::{self, Found};
use super::state::State;
use super::text;
use data::class::ClassId;
use data::folders::labels;
use data::folders::route::{Named, Place, Project, Step, labelled, route};
use data::problem::{Problem, SampleProblem};
use data::protocol::{Request, Target};
use data::sample::SampleId;

impl State {
    /// A table of labels among files for the page names their classes.
    pub fn hand_over(self, place: Place, files: Vec<Found>) {
        let is_table = |found: &&Found| {
            labels::is_table(&found.path) && found.file.size() <= labels::LARGEST as f64
        };
        let table = files.iter().find(is_table).map(|found| found.file.clone());
        let Some(table) = table.filter(|_| place == Place::Page) else {
            return self.hand_on(place, files);
        };
        // Reading takes a moment; the page is not done before.
        self.gathering.update(|n| *n += 1);
        spawn_local(async move {
            let text = JsFuture::from(table.text()).await.ok();
            let text = text.and_then(|text| text.as_string());
            let paths: Vec<String> = files.iter().map(|found| found.path.clone()).collect();
            match text.and_then(|text| labelled(&text, &paths)) {
                Some(named) => {
                    let of = |(name, i): (String, usize)| (name, files[i].file.clone());
                    let named = named.into_iter().map(of).collect();
                    self.add_photos(Target::Folders, named);
                }
                None => self.hand_on(place, files),
            }
            self.gathering.update(|n| *n = n.saturating_sub(1));
        });
    }

    fn hand_on(self, place: Place, files: Vec<Found>) {
        let paths: Vec<String> = files.iter().map(|found| found.path.clone()).collect();
        let has_head = self.head.with_untracked(Option::is_some);
        let head = self.head.with_untracked(|head| {
            let classes = head.as_ref().map(|head| head.info.classes.clone());
            classes.unwrap_or_default()
        });
        let steps = self.classes.with_untracked(|classes| {
            let project = Project {
                classes: classes.as_slice(),
                has_head,
                head_classes: &head,
            };
            route(place, &paths, project)
        });
        let these = |named: Named| -> Vec<(String, File)> {
            let of = |(name, i): (String, usize)| (name, files[i].file.clone());
            named.into_iter().map(of).collect()
        };
        for step in steps {
            match step {
                Step::OpenHead(i) => self.open_head(files[i].file.name(), files[i].file.clone()),
                Step::OpenProject(i) => self.look_into(files[i].clone()),
                Step::Add(to, named) => self.add_photos(to, these(named)),
                Step::Try(named) => self.try_photos(these(named)),
                Step::Batch(named) => self.classify_photos(these(named)),
                Step::NothingThere => self.warn(text::drop_nothing()),
                Step::NoHead => self.warn(text::classifier_none()),
                Step::WhichTestClass => self.warn(text::test_set_which_class()),
                Step::WhichClass => self.warn(text::drop_which_class()),
                Step::Report(problem) => self.report(problem),
            }
        }
    }

    fn warn(self, words: impl Into<String>) {
        self.notify(text::Kind::Warning, words.into());
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
                let why = SampleProblem::Unreadable(why.into());
                self.report(Problem::Sample { file, why });
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
            None => self.warn(text::paste_where()),
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

    pub fn move_photos(self, ids: Vec<SampleId>, to: ClassId) {
        let elsewhere = |id: &SampleId| self.album.class_of(*id) != Some(to);
        let ids: Vec<_> = ids.into_iter().filter(elsewhere).collect();
        if !ids.is_empty() {
            self.send(Request::MoveSamples { ids, to });
        }
    }
}
