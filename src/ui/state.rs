//! What the page knows: signals that mirror the worker's events, and nothing else.

use std::collections::{BTreeMap, HashSet};

use js_sys::Uint8Array;
use leptos::prelude::*;

use super::{files, text};
use crate::data::backbone::DeviceReport;
use crate::data::class::{ClassId, ClassView};
use crate::data::photo::PhotoId;
use crate::data::prediction::Prediction;
use crate::data::problem::Problem;
use crate::data::settings::{EpochReport, TrainSettings};
use crate::protocol::{Event, HeadView, Job, Request, Undoable};
use crate::web::client::{Client, query, start_options};

const MOST_NOTICES: usize = 5;

#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    pub id: PhotoId,
    pub name: String,
    /// Blob URL of the thumbnail.
    pub url: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    pub key: usize,
    pub file: String,
    pub url: String,
    pub predictions: Vec<Prediction>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub key: usize,
    pub kind: text::Kind,
    pub words: String,
}

/// Copied freely: every field is a handle.
#[derive(Clone, Copy)]
pub struct State {
    pub device: RwSignal<Option<DeviceReport>>,
    pub backbone: RwSignal<String>,
    pub failed: RwSignal<Option<Problem>>,
    pub progress: RwSignal<Option<(Job, usize, usize)>>,
    pub classes: RwSignal<Vec<ClassView>>,
    pub photos: RwSignal<BTreeMap<ClassId, Vec<Photo>>>,
    pub undoable: RwSignal<Option<Undoable>>,
    pub training: RwSignal<bool>,
    pub epochs: RwSignal<Vec<EpochReport>>,
    pub head: RwSignal<Option<HeadView>>,
    pub results: RwSignal<Vec<Tried>>,
    pub notices: RwSignal<Vec<Notice>>,
    pub settings: RwSignal<TrainSettings>,
    /// Thumbnails of deleted photos: an undo may want them back.
    trash: StoredValue<Vec<(ClassId, Photo)>>,
    next_key: StoredValue<usize>,
    client: StoredValue<Option<Client>, LocalStorage>,
}

impl State {
    pub fn start() -> Self {
        let seed = query("seed").and_then(|s| s.parse().ok());
        let defaults = TrainSettings::default();
        let settings = TrainSettings {
            seed: seed.unwrap_or(defaults.seed),
            ..defaults
        };
        let state = Self {
            device: RwSignal::new(None),
            backbone: RwSignal::new(String::new()),
            failed: RwSignal::new(None),
            progress: RwSignal::new(None),
            classes: RwSignal::new(Vec::new()),
            photos: RwSignal::new(BTreeMap::new()),
            undoable: RwSignal::new(None),
            training: RwSignal::new(false),
            epochs: RwSignal::new(Vec::new()),
            head: RwSignal::new(None),
            results: RwSignal::new(Vec::new()),
            notices: RwSignal::new(Vec::new()),
            settings: RwSignal::new(settings),
            trash: StoredValue::new(Vec::new()),
            next_key: StoredValue::new(0),
            client: StoredValue::new_local(None),
        };
        let client = Client::start(start_options(), move |event, payloads| {
            state.take(event, payloads)
        });
        state.client.set_value(Some(client));
        state
    }

    pub fn send(self, request: Request) {
        self.client
            .with_value(|c| c.iter().for_each(|c| c.send(request.clone())));
    }

    pub fn send_files(self, request: Request, files: Vec<web_sys::File>) {
        if !files.is_empty() {
            self.client.with_value(|c| {
                c.iter()
                    .for_each(|c| c.send_files(request.clone(), files.clone()))
            });
        }
    }

    /// `loading`, `ready`, `busy` or `failed`.
    pub fn name(self) -> &'static str {
        let pending = self.classes.with(|all| all.iter().any(|c| c.pending > 0));
        let working = self.training.get() || self.progress.with(Option::is_some) || pending;
        match () {
            () if self.failed.with(Option::is_some) => "failed",
            () if self.device.with(Option::is_none) => "loading",
            () if working => "busy",
            () => "ready",
        }
    }

    pub fn notify(self, kind: text::Kind, words: String) {
        let key = self.key();
        self.notices.update(|all| {
            all.retain(|n| n.words != words);
            all.push(Notice { key, kind, words });
            let surplus = all.len().saturating_sub(MOST_NOTICES);
            all.drain(..surplus);
        });
    }

    fn key(self) -> usize {
        self.next_key.update_value(|k| *k += 1);
        self.next_key.get_value()
    }

    fn take(self, event: Event, payloads: Vec<Uint8Array>) {
        match event {
            Event::Started
            | Event::Embedding
            | Event::Settled { .. }
            | Event::Thumbnails(_)
            | Event::Frame { .. } => {}
            Event::Progress { job, done, total } => {
                self.progress
                    .set((done < total).then_some((job, done, total)));
            }
            Event::Ready { device, backbone } => {
                self.backbone.set(backbone);
                self.device.set(Some(device));
            }
            Event::Failed(problem) => {
                self.notify(text::Kind::Error, text::problem(&problem));
                self.failed.set(Some(problem));
            }
            Event::Classes(classes) => {
                let gone = |id: &ClassId| classes.iter().all(|c| c.class.id != *id);
                self.photos.update(|all| {
                    for (class, photos) in all.extract_if(.., |id, _| gone(id)) {
                        self.trash
                            .update_value(|t| t.extend(photos.into_iter().map(|p| (class, p))));
                    }
                });
                self.classes.set(classes);
            }
            Event::PhotosAdded(views) => self.photos.update(|all| {
                for (view, bytes) in views.into_iter().zip(&payloads) {
                    let photo = Photo {
                        id: view.id,
                        name: view.name,
                        url: files::url(bytes, "image/jpeg"),
                    };
                    let class = all.entry(view.class).or_default();
                    class.retain(|p| p.id != photo.id);
                    class.push(photo);
                }
            }),
            Event::PhotosRemoved(ids) => {
                let taken = self.take_photos(&ids);
                self.trash.update_value(|t| t.extend(taken));
            }
            Event::PhotosRestored(ids) => {
                let wanted: HashSet<_> = ids.into_iter().collect();
                let mut back = Vec::new();
                self.trash.update_value(|t| {
                    back.extend(t.extract_if(.., |(_, p)| wanted.contains(&p.id)))
                });
                self.photos.update(|all| {
                    for (class, photo) in back {
                        all.entry(class).or_default().push(photo);
                    }
                });
            }
            Event::PhotosMoved { ids, to } => {
                let moved = self.take_photos(&ids);
                self.photos.update(|all| {
                    all.entry(to)
                        .or_default()
                        .extend(moved.into_iter().map(|(_, p)| p))
                });
            }
            Event::Undoable(what) => self.undoable.set(what),
            Event::TrainingStarted => {
                self.epochs.set(Vec::new());
                self.training.set(true);
            }
            Event::Epoch(report) => self.epochs.update(|all| all.push(report)),
            Event::TrainingEnded { .. } => {
                self.training.set(false);
                self.progress
                    .update(|p| *p = p.filter(|(job, ..)| *job != Job::Train));
            }
            Event::Head(head) => self.head.set(head),
            Event::Tried { name, predictions } => {
                let url = payloads
                    .first()
                    .map(|b| files::url(b, "image/jpeg"))
                    .unwrap_or_default();
                let tried = Tried {
                    key: self.key(),
                    file: name,
                    url,
                    predictions,
                };
                self.results.update(|all| all.insert(0, tried));
            }
            Event::File { name, mime } => {
                if let Some(bytes) = payloads.first() {
                    files::download(&name, &files::url(bytes, &mime));
                }
            }
            Event::Problem(problem) => self.notify(text::kind(&problem), text::problem(&problem)),
        }
    }

    fn take_photos(self, ids: &[PhotoId]) -> Vec<(ClassId, Photo)> {
        let wanted: HashSet<_> = ids.iter().copied().collect();
        let mut taken = Vec::new();
        self.photos.update(|all| {
            for (class, photos) in all {
                taken.extend(
                    photos
                        .extract_if(.., |p| wanted.contains(&p.id))
                        .map(|p| (*class, p)),
                );
            }
        });
        taken
    }
}

pub fn state() -> State {
    expect_context()
}
