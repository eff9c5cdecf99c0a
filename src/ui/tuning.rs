//! Fine-tuning: whether, how much of the network, how, and how long it will take.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

use super::depth::DepthChoice;
use super::settings::{Field, field, reset, row};
use super::state::{State, state};
use super::text;
use crate::ui::erased::{Show, memo};
use crate::web::address::query;
use data::backbone::DeviceKind;
use data::protocol::Request;
use data::ranges::tuning as ranges;
use data::settings::TrainSettings;
use data::transfer::{Chosen, Method, TuneSettings};

/// A person still turning a knob is not answered at every notch.
const AT_REST: Duration = Duration::from_millis(300);

/// Copied freely: every field is a handle.
#[derive(Clone, Copy)]
pub struct Tuning {
    /// Chosen in the Train column, [`Method::FeatureExtraction`] or [`Method::FineTuning`].
    pub method: RwSignal<Method>,
    pub settings: RwSignal<TuneSettings>,
    pub estimate: RwSignal<Option<(f64, DeviceKind)>>,
    /// What trains now is a tuning.
    pub under_way: RwSignal<bool>,
    pub paused: RwSignal<bool>,
}

impl Tuning {
    pub fn new() -> Self {
        Self {
            method: RwSignal::new(Method::FeatureExtraction),
            settings: RwSignal::new(TuneSettings::default()),
            estimate: RwSignal::new(None),
            under_way: RwSignal::new(false),
            paused: RwSignal::new(false),
        }
    }

    pub fn chosen(self) -> bool {
        self.method.get() == Method::FineTuning
    }

    pub fn over(self) {
        self.under_way.set(false);
        self.paused.set(false);
    }

    /// Answers to what was asked before the last change are of no use any more.
    pub fn take_estimate(self, tune: &TuneSettings, seconds: f64, device: DeviceKind) {
        let same = |now: &TuneSettings| {
            let work = |t: &TuneSettings| (t.depth, t.epochs, t.batch_size, t.augment);
            work(&now.clamped()) == work(tune)
        };
        if self.settings.with_untracked(same) {
            self.estimate.set(Some((seconds, device)));
        }
    }
}

impl State {
    /// One seed decides about all: the split, the order of photos, and how they are changed.
    fn tune_request(self, settings: &TrainSettings) -> TuneSettings {
        TuneSettings {
            seed: settings.seed,
            ..self.tuning.settings.get().clamped()
        }
    }

    pub fn train(self) {
        let settings = self.settings.get_untracked().clamped();
        let tuned = untrack(move || self.tuning.chosen());
        self.tuning.under_way.set(tuned);
        let id = self.ask(match tuned {
            true => {
                let tune = untrack(|| self.tune_request(&settings));
                Request::Tune { settings, tune }
            }
            false => Request::Train { settings },
        });
        self.trains.set_value(Some(id));
    }

    fn chosen_settings(self) -> Chosen {
        Chosen {
            method: self.tuning.method.get(),
            settings: self.settings.get(),
            tune: self.tuning.settings.get(),
        }
        .clamped()
    }

    /// As the project keeps them. A seed in the address comes first.
    pub(super) fn take_settings(self, chosen: Chosen) {
        let mut settings = chosen.settings.clone();
        if query("seed").is_some() {
            settings.seed = self.defaults.with_value(|usual| usual.seed);
        }
        self.kept_settings.set_value(Some(Chosen {
            settings: settings.clone(),
            ..chosen.clone()
        }));
        self.settings.set(settings);
        self.tuning.method.set(chosen.method);
        self.tuning.settings.set(chosen.tune);
    }

    /// Another project, of which nothing is known yet.
    pub(super) fn usual_settings(self) {
        self.kept_settings.set_value(None);
        self.settings.set(self.defaults.get_value());
        self.tuning.method.set(Method::FeatureExtraction);
        self.tuning.settings.set(TuneSettings::default());
    }

    /// Whatever is changed is kept with the project.
    pub fn keep_settings(self) {
        Effect::new(move |_| {
            let chosen = self.chosen_settings();
            let usual = Chosen {
                method: Method::FeatureExtraction,
                settings: self.defaults.get_value(),
                tune: TuneSettings::default(),
            };
            let kept = self
                .kept_settings
                .get_value()
                .unwrap_or_else(|| usual.clamped());
            let ours =
                self.device.with_untracked(Option::is_some) && untrack(move || self.may_change());
            if chosen != kept && ours {
                self.kept_settings.set_value(Some(chosen.clone()));
                self.send(Request::KeepSettings(Box::new(chosen)));
            }
        });
    }

    /// Asks how long tuning would take, when what decides that has stayed as it is for a moment.
    pub fn keep_estimating(self) {
        let photos = memo(move || {
            let count =
                |all: &Vec<data::class::ClassView>| all.iter().map(|c| c.count).collect::<Vec<_>>();
            self.classes.with(count)
        });
        let possible = memo(move || {
            self.tuning.chosen() && !self.training.get() && self.train_hint().is_none()
        });
        Effect::new(move |before: Option<Option<TimeoutHandle>>| {
            if let Some(Some(waiting)) = before {
                waiting.clear();
            }
            self.tuning.estimate.set(None);
            photos.track();
            if !possible.get() {
                return None;
            }
            let settings = self.settings.get().clamped();
            let tune = self.tune_request(&settings);
            let ask = move || self.send(Request::EstimateTuning { settings, tune });
            set_timeout_with_handle(ask, AT_REST).ok()
        });
    }
}

/// Which of the two ways, and what it means.
#[component]
pub fn MethodChoice() -> impl IntoView {
    let state = state();
    let tuning = state.tuning;
    let option = move |method: Method, id: &'static str| {
        view! {
            <label>
                <input
                    type="radio" name="method" data-testid=id
                    prop:checked=move || tuning.method.get() == method
                    on:change=move |_| tuning.method.set(method)
                />
                <span>{text::method(method)}</span>
            </label>
        }
    };
    view! {
        <fieldset class="method" disabled=move || state.training.get()>
            <legend class="quiet">{text::tune_method()}</legend>
            <div class="segmented">
                {option(Method::FeatureExtraction, "method-feature-extraction")}
                {option(Method::FineTuning, "method-fine-tuning")}
            </div>
            <p class="quiet">{move || text::method_means(tuning.method.get())}</p>
        </fieldset>
        <Show when=move || tuning.chosen()>
            <div class="tune">
                <DepthChoice
                    id="tune-depth"
                    depth=Signal::derive(move || tuning.settings.with(|s| s.depth))
                    choose=move |depth| tuning.settings.update(|s| s.depth = depth)
                    disabled=state.training
                />
                <p
                    class="estimate" data-testid="tune-estimate" role="status"
                    data-seconds=move || tuning.estimate.get().map(|(seconds, _)| decimal::shortest(seconds))
                    data-device=move || tuning.estimate.get().map(|(_, device)| device.name())
                >
                    {move || estimate(state)}
                </p>
            </div>
        </Show>
    }
}

fn estimate(state: State) -> String {
    match state.tuning.estimate.get() {
        Some((seconds, device)) => text::estimate(seconds, device),
        None if state.training.get() => text::tune_under_way().into(),
        None if state.train_hint().is_some() => text::tune_estimate_later().into(),
        None => text::tune_estimating().into(),
    }
}

/// Waits, and goes on.
#[component]
pub fn Pause() -> impl IntoView {
    let state = state();
    let paused = state.tuning.paused;
    let press = move |_| {
        let paused = !paused.get_untracked();
        state.send(Request::PauseTraining { paused });
    };
    view! {
        <Show when=move || state.tuning.under_way.get()>
            <button class="large" data-testid="train-pause" data-paused=move || paused.get().to_string() on:click=press>
                {move || if paused.get() { text::tune_resume() } else { text::tune_pause() }}
            </button>
        </Show>
    }
}

const FIELDS: &[Field<TuneSettings>] = &[
    field!(
        epochs,
        Some(ranges::EPOCHS.as_real()),
        "tune-epochs",
        text::tune_epochs,
        text::tune_epochs_means
    ),
    field!(
        learning_rate,
        Some(ranges::LEARNING_RATE),
        "tune-learning-rate",
        text::tune_learning_rate,
        text::tune_learning_rate_means
    ),
    field!(
        rate_decay,
        Some(ranges::RATE_DECAY),
        "tune-rate-decay",
        text::tune_rate_decay,
        text::tune_rate_decay_means
    ),
    field!(
        batch_size,
        Some(ranges::BATCH_SIZE.as_real()),
        "tune-batch-size",
        text::tune_batch_size,
        text::tune_batch_size_means
    ),
    field!(
        patience,
        Some(ranges::PATIENCE.as_real()),
        "tune-patience",
        text::tune_patience,
        text::tune_patience_means
    ),
];

/// How the layers are tuned, among the advanced settings.
#[component]
pub fn TuneFields() -> impl IntoView {
    let settings = state().tuning.settings;
    let defaults = TuneSettings::default();
    let rows = FIELDS.iter().map(|f| {
        let usual = (f.read)(&defaults);
        row(f, settings, TuneSettings::clamped, usual)
    });
    let (name, means) = (text::tune_augment(), text::tune_augment_means());
    let augment = memo(move || settings.with(|s| s.augment));
    let usual = defaults.augment;
    view! {
        {rows.collect_view()}
        <div class="setting">
            <label class="field">
                <span>{name}</span>
                <input
                    type="checkbox" data-testid="tune-augment" prop:checked=augment
                    on:change=move |event| settings.update(|s| s.augment = event_target_checked(&event))
                />
                <small class="quiet">{means}</small>
            </label>
            {reset(name, Signal::derive(move || augment.get() == usual), move || settings.update(|s| s.augment = usual))}
        </div>
    }
}
