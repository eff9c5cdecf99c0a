//! What the page knows: signals that mirror the worker's events (`ui::events`), and what a
//! person chose on the page.

use std::time::Duration;

use js_sys::Uint8Array;
use leptos::prelude::*;

use super::album::Album;
use super::beside::Beside;
use super::camera::Camera;
use super::each_class::EachClass;
use super::lab::Lab;
use super::notices::Notice;
use super::pages::Page;
use super::portions::Drawing;
use super::projects::Projects;
use super::received::Received;
use super::share::Sharing;
use super::storage::Storage;
use super::test_set::TestSet;
use super::text;
use super::tuning::Tuning;
use crate::web::address::{query, start_options};
use crate::web::client::Client;
use data::backbone::DeviceReport;
use data::class::{ClassId, ClassView};
use data::groups::ClassGroups;
use data::limits::LARGEST_HEAD;
use data::prediction::Prediction;
use data::problem::{HeadProblem, Problem};
use data::protocol::{Access, BatchView, HeadView, Job, KeptHeadView, Request, Target, Undoable};
use data::sample::SampleId;
use data::settings::{EpochReport, TrainSettings};
use data::transfer::Chosen;
use data::unknown::KEPT;

/// Files that go to the worker in one message: a browser takes a seventh of a millisecond to hand one over, 10,000 at once
/// would stop the page for more than a second.
const PORTION: usize = 100;

#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    pub key: usize,
    pub file: String,
    pub url: String,
    pub predictions: Vec<Prediction>,
    /// Where the slider must stand at least for an answer, as [`data::unknown::Unknown::needs`] says.
    pub needs: f32,
}

/// Copied freely: every field is a handle.
#[derive(Clone, Copy)]
pub struct State {
    pub device: RwSignal<Option<DeviceReport>>,
    pub backbone: RwSignal<String>,
    pub failed: RwSignal<Option<Problem>>,
    /// What this tab may do with the project.
    pub access: RwSignal<Access>,
    pub storage: Storage,
    pub projects: Projects,
    /// The head in use as a link.
    pub sharing: Sharing,
    /// A head that somebody was sent.
    pub received: Received,
    pub beside: Beside,
    pub progress: RwSignal<Option<(Job, usize, usize)>>,
    pub classes: RwSignal<Vec<ClassView>>,
    pub each_class: EachClass,
    /// Lists that are not on the page as a whole yet.
    pub drawing: Drawing,
    pub album: Album,
    pub undoable: RwSignal<Option<Undoable>>,
    pub page: RwSignal<Page>,
    pub lab: Lab,
    pub tuning: Tuning,
    pub training: RwSignal<bool>,
    pub epochs: RwSignal<Vec<EpochReport>>,
    pub head: RwSignal<Option<HeadView>>,
    /// Those that the project keeps, the newest first.
    pub kept_heads: RwSignal<Vec<KeptHeadView>>,
    pub test: TestSet,
    /// Of each class; empty before they were asked for.
    pub groups: RwSignal<Vec<ClassGroups>>,
    /// They are unfolded: every change of a group tells of the head anew, which draws its card anew.
    pub groups_open: RwSignal<bool>,
    pub results: RwSignal<Vec<Tried>>,
    pub batch: RwSignal<Option<BatchView>>,
    /// What the head says of the camera's last frame, and how many came before it.
    pub frame: RwSignal<(usize, Vec<Prediction>)>,
    /// Where the slider must stand at least for an answer to that frame.
    pub frame_needs: RwSignal<f32>,
    /// Where it stands: so large a part of what the head knows gets an answer.
    pub kept: RwSignal<f32>,
    pub notices: RwSignal<Vec<Notice>>,
    pub settings: RwSignal<TrainSettings>,
    pub defaults: StoredValue<TrainSettings>,
    /// What the project keeps of the settings.
    pub(super) kept_settings: StoredValue<Option<Chosen>>,
    /// Photos on their way to another class, by hand.
    pub dragged: RwSignal<Vec<SampleId>>,
    pub camera: Camera,
    /// Where a pasted photo goes when the focus says nothing.
    pub last_class: RwSignal<Option<ClassId>>,
    /// Files that the worker was handed and is not done with.
    files_under_way: RwSignal<usize>,
    /// Folders and long lists of files on their way to the worker.
    pub(super) gathering: RwSignal<usize>,
    /// The request that writes a file for other programs.
    pub(super) exporting: RwSignal<Option<u64>>,
    /// The request that trains.
    pub(super) trains: StoredValue<Option<u64>>,
    /// The next worker goes on with what this one was asked for last.
    pub(super) goes_over: StoredValue<bool>,
    /// Epochs that wait for the next picture on screen.
    pub(super) fresh_epochs: StoredValue<Vec<EpochReport>>,
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
        let each_class = EachClass::new();
        let state = Self {
            device: RwSignal::new(None),
            backbone: RwSignal::new(String::new()),
            failed: RwSignal::new(None),
            access: RwSignal::new(Access::Writer),
            storage: Storage::new(),
            projects: Projects::new(),
            sharing: Sharing::new(),
            received: Received::new(),
            beside: RwSignal::new(None),
            progress: RwSignal::new(None),
            classes: each_class.all,
            each_class,
            drawing: Drawing::new(),
            album: Album::new(),
            undoable: RwSignal::new(None),
            page: RwSignal::new(Page::of_address()),
            lab: Lab::new(seed),
            tuning: Tuning::new(),
            training: RwSignal::new(false),
            epochs: RwSignal::new(Vec::new()),
            head: RwSignal::new(None),
            kept_heads: RwSignal::new(Vec::new()),
            test: TestSet::new(),
            groups: RwSignal::new(Vec::new()),
            groups_open: RwSignal::new(false),
            results: RwSignal::new(Vec::new()),
            batch: RwSignal::new(None),
            frame: RwSignal::new((0, Vec::new())),
            frame_needs: RwSignal::new(0.0),
            kept: RwSignal::new(KEPT),
            notices: RwSignal::new(Vec::new()),
            settings: RwSignal::new(settings.clone()),
            defaults: StoredValue::new(settings),
            kept_settings: StoredValue::new(None),
            dragged: RwSignal::new(Vec::new()),
            camera: Camera::new(),
            last_class: RwSignal::new(None),
            files_under_way: RwSignal::new(0),
            gathering: RwSignal::new(0),
            exporting: RwSignal::new(None),
            trains: StoredValue::new(None),
            goes_over: StoredValue::new(false),
            fresh_epochs: StoredValue::new(Vec::new()),
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
        self.ask(request);
    }

    /// The same, with the request's id: its end comes as [`Event::Done`](data::protocol::Event) or `Refused`.
    pub fn ask(self, request: Request) -> u64 {
        self.with_client(|client| client.send(request))
    }

    pub fn send_files(self, request: Request, files: Vec<web_sys::File>) {
        if !files.is_empty() {
            self.with_client(|client| client.send_files(request, files));
        }
    }

    /// The same, with the request's id.
    pub fn ask_with(self, request: Request, files: Vec<web_sys::File>) -> u64 {
        self.with_client(|client| client.send_files(request, files))
    }

    /// Hands a buffer over; it is empty afterwards.
    pub fn send_bytes(self, request: Request, bytes: &Uint8Array) {
        self.with_client(|client| client.send_bytes(request, bytes));
    }

    fn with_client(self, send: impl FnOnce(&Client) -> u64) -> u64 {
        let id = self.client.with_value(|client| client.as_ref().map(send));
        self.count_files();
        id.unwrap_or_default()
    }

    /// Files come to an end, or were handed over.
    pub(super) fn count_files(self) {
        let count = |client: &Option<Client>| client.as_ref().map(Client::files_under_way);
        let count = self.client.with_value(count).unwrap_or_default();
        if self.files_under_way.get_untracked() != count {
            self.files_under_way.set(count);
        }
    }

    /// Files and the names they go by.
    pub fn add_photos(self, to: Target, files: Vec<(String, web_sys::File)>) {
        if let Target::Class(id) = to {
            self.last_class.set(Some(id));
        }
        self.add_portion(Some(to), files);
    }

    /// Files for a batch, and the names they go by.
    pub fn classify_photos(self, files: Vec<(String, web_sys::File)>) {
        self.add_portion(None, files);
    }

    /// The first of them, the others when the browser has had time for the user.
    fn add_portion(self, to: Option<Target>, mut files: Vec<(String, web_sys::File)>) {
        let rest = files.split_off(files.len().min(PORTION));
        if !rest.is_empty() {
            let to = to.clone();
            // The page is not done before they are on their way.
            self.gathering.update(|n| *n += 1);
            let go_on = move || {
                self.add_portion(to, rest);
                self.gathering.update(|n| *n = n.saturating_sub(1));
            };
            set_timeout(go_on, Duration::ZERO);
        }
        let (names, files) = files.into_iter().unzip();
        let first = 0; // the client counts
        let request = match to {
            Some(to) => Request::AddSamples { to, names, first },
            None => Request::Classify { names, first },
        };
        self.send_files(request, files);
    }

    pub fn try_photos(self, files: Vec<(String, web_sys::File)>) {
        let (names, files) = files.into_iter().unzip();
        self.send_files(Request::TrySamples { names, first: 0 }, files);
    }

    /// Asks the tab that has the project for it.
    pub fn take_over(self) {
        self.client
            .with_value(|c| c.iter().for_each(Client::take_over));
    }

    pub fn may_change(self) -> bool {
        self.access.get() == Access::Writer
    }

    pub fn open_head(self, name: String, file: web_sys::File) {
        if file.size() > LARGEST_HEAD as f64 {
            let why = HeadProblem::TooLarge(format!("{} bytes", file.size() as u64).into());
            return self.report(Problem::Head { file: name, why });
        }
        self.send_files(Request::OpenHead { name }, vec![file]);
    }

    /// `loading`, `ready`, `busy` or `failed`.
    pub fn name(self) -> &'static str {
        let pending = self.classes.with(|all| all.iter().any(|c| c.pending > 0));
        let working = self.training.get()
            || self.progress.with(Option::is_some)
            || self.lab.is_busy()
            || pending
            || self.drawing.is_under_way()
            || self.files_under_way.get() > 0
            || self.exporting.with(Option::is_some)
            || self.sharing.is_busy()
            || self.received.is_busy()
            || self.gathering.get() > 0;
        match () {
            () if self.failed.with(Option::is_some) => "failed",
            () if self.device.with(Option::is_none) => "loading",
            () if working => "busy",
            () => "ready",
        }
    }

    /// Why training cannot start now.
    pub fn train_hint(self) -> Option<String> {
        let (with_photos, pending) = self.classes.with(|all| {
            (
                all.iter().filter(|c| c.count > 0).count(),
                all.iter().map(|c| c.pending).sum::<usize>(),
            )
        });
        match () {
            () if self.device.with(Option::is_none) => Some(text::loading().to_owned()),
            () if !self.may_change() => Some(text::train_read_only().to_owned()),
            () if pending > 0 => Some(text::train_embedding(pending)),
            () if self.lab.is_busy() => Some(text::train_lab_runs().to_owned()),
            () if with_photos < 2 => Some(text::too_few_classes(with_photos).to_owned()),
            () => None,
        }
    }

    pub(super) fn key(self) -> usize {
        self.next_key.update_value(|k| *k += 1);
        self.next_key.get_value()
    }
}

pub fn state() -> State {
    expect_context()
}
