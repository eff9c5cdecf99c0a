//! What the Lab knows, and what a person chose there.

use std::collections::HashSet;

use js_sys::Uint8Array;
use leptos::prelude::*;

use crate::ui::files;
use crate::ui::state::State;
use crate::ui::text;
use data::class::{ClassId, ClassView};
use data::lab::{ArmState, FeatureMaps, LabReport, LabSettings, LearningCurve};
use data::prediction::Prediction;
use data::probes::LayerProbes;
use data::protocol::Request;
use data::sample::SampleId;

/// A layer's maps, and the blob URL of their picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Maps {
    pub layer: FeatureMaps,
    pub url: String,
}

/// Copied freely: every field is a handle.
#[derive(Clone, Copy)]
pub struct Lab {
    /// Its classes are filled in when it is sent.
    pub settings: RwSignal<LabSettings>,
    /// Classes without a tick; a new class has one.
    pub left_out: RwSignal<HashSet<ClassId>>,
    /// The newest last.
    pub reports: RwSignal<Vec<LabReport>>,
    pub shown: RwSignal<Option<u32>>,
    /// The request for the comparison under way, and its report.
    compares: RwSignal<Option<u64>>,
    running: RwSignal<Option<u32>>,
    /// Waits for the next picture on screen.
    fresh: StoredValue<Option<LabReport>>,
    pub curve: RwSignal<Option<LearningCurve>>,
    /// The request for the curve under way.
    measures: RwSignal<Option<u64>>,
    pub probes: RwSignal<Option<LayerProbes>>,
    /// The request for them under way.
    probing: RwSignal<Option<u64>>,
    pub photo: RwSignal<Option<SampleId>>,
    pub old_head: RwSignal<Option<Vec<Prediction>>>,
    pub maps: RwSignal<Vec<Maps>>,
    /// The requests about that photo.
    looks: StoredValue<Vec<u64>>,
    /// One of them went wrong: what has not come will not.
    pub silent: RwSignal<bool>,
}

impl Lab {
    pub fn new(seed: Option<u64>) -> Self {
        let defaults = LabSettings::default();
        let settings = LabSettings {
            seed: seed.unwrap_or(defaults.seed),
            ..defaults
        };
        Self {
            settings: RwSignal::new(settings),
            left_out: RwSignal::new(HashSet::new()),
            reports: RwSignal::new(Vec::new()),
            shown: RwSignal::new(None),
            compares: RwSignal::new(None),
            running: RwSignal::new(None),
            fresh: StoredValue::new(None),
            curve: RwSignal::new(None),
            measures: RwSignal::new(None),
            probes: RwSignal::new(None),
            probing: RwSignal::new(None),
            photo: RwSignal::new(None),
            old_head: RwSignal::new(None),
            maps: RwSignal::new(Vec::new()),
            looks: StoredValue::new(Vec::new()),
            silent: RwSignal::new(false),
        }
    }

    /// A comparison runs or is about to.
    pub fn runs(self) -> bool {
        self.compares.with(Option::is_some)
    }

    /// The curve is being measured.
    pub fn measures(self) -> bool {
        self.measures.with(Option::is_some)
    }

    /// Layers are being measured.
    pub fn probes_layers(self) -> bool {
        self.probing.with(Option::is_some)
    }

    pub fn is_busy(self) -> bool {
        self.runs() || self.measures() || self.probes_layers()
    }

    /// The comparison on screen.
    pub fn report(self) -> Option<LabReport> {
        let id = self.shown.get()?;
        self.reports
            .with(|all| all.iter().find(|r| r.id == id).cloned())
    }

    /// One drawing a picture on screen, however often a method is measured; the end at once.
    pub fn take_report(self, report: LabReport) {
        if report.is_over() {
            self.fresh.set_value(None);
            self.running.set(None);
            return self.put(report);
        }
        if self.running.get_untracked() != Some(report.id) {
            self.running.set(Some(report.id));
        }
        let waits = self.fresh.with_value(Option::is_some);
        self.fresh.set_value(Some(report));
        if !waits {
            request_animation_frame(move || {
                if let Some(report) = self.fresh.try_update_value(Option::take).flatten() {
                    self.put(report);
                }
            });
        }
    }

    fn put(self, report: LabReport) {
        let id = report.id;
        let new = self.reports.try_update(|all| {
            let old = all.iter_mut().find(|r| r.id == id);
            match old {
                Some(old) => {
                    *old = report;
                    false
                }
                None => {
                    all.push(report);
                    true
                }
            }
        });
        if new == Some(true) {
            self.shown.set(Some(id));
        }
    }

    /// All that the project keeps. What runs may not be among them yet.
    pub fn take_reports(self, mut kept: Vec<LabReport>) {
        let running = self.running.get_untracked();
        // A page that was closed in the middle stopped what ran then.
        let old = kept.iter_mut().filter(|r| Some(r.id) != running);
        for arm in old.flat_map(|r| &mut r.arms) {
            if matches!(arm.state, ArmState::Waiting | ArmState::Running) {
                arm.state = ArmState::Stopped;
            }
        }
        self.reports.update(|all| {
            all.retain(|r| Some(r.id) == running && kept.iter().all(|k| k.id != r.id));
            kept.append(all);
            *all = kept;
        });
        let there = |id: u32| {
            self.reports
                .with_untracked(|all| all.iter().any(|r| r.id == id))
        };
        if !self.shown.get_untracked().is_some_and(there) {
            let last = self.reports.with_untracked(|all| all.last().map(|r| r.id));
            self.shown.set(last);
        }
    }

    pub fn take_curve(self, curve: LearningCurve) {
        self.curve.set(Some(curve));
    }

    /// An answer about a photo that is not looked at any more is of no use.
    pub fn take_old_head(self, photo: SampleId, predictions: Vec<Prediction>) {
        if self.photo.get_untracked() == Some(photo) {
            self.old_head.set(Some(predictions));
        }
    }

    pub fn take_maps(self, photo: SampleId, layers: Vec<FeatureMaps>, pictures: &[Uint8Array]) {
        if self.photo.get_untracked() != Some(photo) {
            return;
        }
        let maps = layers.into_iter().zip(pictures).map(|(layer, png)| Maps {
            layer,
            url: files::url(png, "image/png"),
        });
        self.show_maps(maps.collect());
    }

    fn show_maps(self, maps: Vec<Maps>) {
        let old = self.maps.try_update(|m| std::mem::replace(m, maps));
        old.iter().flatten().for_each(|m| files::forget(&m.url));
    }

    /// A request is over.
    pub fn ended(self, id: u64) {
        for request in [self.compares, self.measures, self.probing] {
            if request.get_untracked() == Some(id) {
                request.set(None);
            }
        }
    }

    /// What was asked for and refused will not come. [`Self::ended`] is next.
    pub fn refused(self, id: u64) {
        if self.looks.with_value(|looks| looks.contains(&id)) {
            self.silent.set(true);
        }
    }

    /// The worker broke: what it was asked for will not come.
    pub fn interrupted(self) {
        self.compares.set(None);
        self.measures.set(None);
        self.probing.set(None);
        self.silent.set(true);
    }

    /// A new worker: what ran in the one before it is over, and nothing is known.
    pub fn start_over(self) {
        self.running.set(None);
        self.fresh.set_value(None);
        self.reports.set(Vec::new());
        self.show_photo(None);
    }

    /// Another project comes.
    pub fn leave_project(self) {
        self.interrupted();
        self.start_over();
        self.shown.set(None);
        self.curve.set(None);
        self.left_out.set(Default::default());
    }

    fn show_photo(self, photo: Option<SampleId>) {
        self.photo.set(photo);
        self.silent.set(false);
        self.old_head.set(None);
        self.show_maps(Vec::new());
    }
}

impl State {
    /// Classes with photos and a tick, and how many photos each has.
    pub fn lab_classes(self) -> Vec<(ClassId, usize)> {
        let left_out = self.lab.left_out.get();
        let counts = |all: &Vec<ClassView>| {
            let all = all.iter().map(|c| (c.class.id, c.count));
            all.filter(|(id, count)| *count > 0 && !left_out.contains(id))
                .collect()
        };
        self.classes.with(counts)
    }

    /// Why nothing can be measured now.
    fn lab_waits(self) -> Option<String> {
        let pending: usize = self.classes.with(|all| all.iter().map(|c| c.pending).sum());
        match () {
            () if self.device.with(Option::is_none) => Some(text::loading().into()),
            () if pending > 0 => Some(text::lab_embedding(pending)),
            () if self.training.get() => Some(text::lab_training().into()),
            () if self.lab_classes().len() < 2 => {
                let any = self.classes.with(|all| all.iter().any(|c| c.count > 0));
                let why = match any {
                    true => text::lab_choose_classes(),
                    false => text::lab_needs_classes(),
                };
                Some(why.into())
            }
            () => None,
        }
    }

    /// Why a comparison cannot start now.
    pub fn lab_hint(self) -> Option<String> {
        let (photos, none) = self
            .lab
            .settings
            .with(|s| (s.samples, s.methods.is_empty()));
        let classes = self.lab_classes();
        let smallest = classes.iter().min_by_key(|(_, count)| *count);
        let short = smallest.filter(|(_, count)| *count <= photos);
        let name = |id: ClassId| {
            let find = |all: &Vec<ClassView>| {
                let class = all.iter().find(|c| c.class.id == id);
                class.map(|c| c.class.name.clone())
            };
            self.classes.with(find).unwrap_or_default()
        };
        match () {
            () if self.lab.measures() => Some(text::lab_measuring().into()),
            () if self.lab.probes_layers() => Some(text::lab_depth_measuring().into()),
            () if none => Some(text::lab_no_method().into()),
            () => self.lab_waits().or_else(|| {
                short.map(|(id, count)| text::lab_too_few_photos(&name(*id), *count, photos))
            }),
        }
    }

    /// Why the learning curve cannot be measured now.
    pub fn curve_hint(self) -> Option<String> {
        match () {
            () if self.lab.runs() => Some(text::lab_comparing().into()),
            () if self.lab.probes_layers() => Some(text::lab_depth_measuring().into()),
            () => self.lab_waits(),
        }
    }

    /// Why layers cannot be measured now.
    pub fn depth_hint(self) -> Option<String> {
        match () {
            () if self.lab.runs() => Some(text::lab_comparing().into()),
            () if self.lab.measures() => Some(text::lab_measuring().into()),
            () => self.lab_waits(),
        }
    }

    pub fn run_lab(self) {
        let classes = untrack(|| self.lab_classes());
        let settings = LabSettings {
            classes: classes.iter().map(|(id, _)| *id).collect(),
            ..self.lab.settings.get_untracked()
        };
        let id = self.ask(Request::RunLab { settings });
        self.lab.compares.set(Some(id));
    }

    pub fn measure_curve(self) {
        let classes = untrack(|| self.lab_classes());
        let seed = self.lab.settings.with_untracked(|s| s.seed);
        let classes = classes.iter().map(|(id, _)| *id).collect();
        let id = self.ask(Request::MeasureCurve { classes, seed });
        self.lab.measures.set(Some(id));
    }

    pub fn probe_layers(self) {
        let classes = untrack(|| self.lab_classes());
        let seed = self.lab.settings.with_untracked(|s| s.seed);
        let classes = classes.iter().map(|(id, _)| *id).collect();
        let id = self.ask(Request::ProbeLayers { classes, seed });
        self.lab.probing.set(Some(id));
    }

    pub fn look_at(self, photo: SampleId) {
        self.lab.show_photo(Some(photo));
        let asked = [
            Request::AskOldHead { sample: photo },
            Request::ShowMaps { sample: photo },
        ];
        let ids = asked.map(|request| self.ask(request)).to_vec();
        self.lab.looks.set_value(ids);
    }
}
