//! Advanced: how training goes, each with what it means.

use leptos::prelude::*;

use super::state::state;
use super::text;
use super::tuning::TuneFields;
use crate::ui::erased::{Show, memo};
use data::ranges::{Range, training};
use data::settings::{Measure, Optimiser, TrainSettings};
use data::transfer::TuneSettings;

/// A number among the settings `S`.
pub struct Field<S: 'static> {
    /// Test id of its input.
    pub id: &'static str,
    /// In the language that is spoken: its name, and a sentence.
    pub name: fn() -> &'static str,
    pub means: fn() -> &'static str,
    /// None where every whole number will do.
    pub range: Option<Range<f64>>,
    pub read: fn(&S) -> String,
    pub write: fn(&mut S, &str) -> Option<()>,
}

/// A [`Field`] for one member: text that is no number changes nothing.
macro_rules! field {
    ($member:ident, $range:expr, $id:literal, $name:path, $means:path) => {
        Field {
            id: $id,
            name: $name,
            means: $means,
            range: $range,
            read: |s| decimal::Number::written(&s.$member),
            write: |s, written| {
                s.$member = decimal::Number::read(written)?;
                Some(())
            },
        }
    };
}
pub(super) use field;

const FIELDS: &[Field<TrainSettings>] = &[
    field!(
        epochs,
        Some(training::EPOCHS.as_real()),
        "train-epochs",
        text::setting_epochs,
        text::setting_epochs_means
    ),
    field!(
        learning_rate,
        Some(training::LEARNING_RATE),
        "train-learning-rate",
        text::setting_learning_rate,
        text::setting_learning_rate_means
    ),
    field!(
        batch_size,
        Some(training::BATCH_SIZE.as_real()),
        "train-batch-size",
        text::setting_batch_size,
        text::setting_batch_size_means
    ),
    field!(
        l2,
        Some(training::L2),
        "train-l2",
        text::setting_l2,
        text::setting_l2_means
    ),
    field!(
        hidden,
        Some(training::HIDDEN.as_real()),
        "train-hidden",
        text::setting_hidden,
        text::setting_hidden_means
    ),
    field!(
        validation_fraction,
        Some(training::VALIDATION),
        "train-validation-share",
        text::setting_validation,
        text::setting_validation_means
    ),
    field!(
        seed,
        None,
        "train-seed",
        text::setting_seed,
        text::setting_seed_means
    ),
];

#[component]
pub fn Advanced() -> impl IntoView {
    let state = state();
    let defaults = state.defaults.get_value();
    let tuning = state.tuning;
    let tuned = move || {
        let usual = TuneSettings {
            depth: tuning.settings.with(|s| s.depth), // a choice of its own, not of these
            ..TuneSettings::default()
        };
        tuning.settings.with(|s| *s != usual)
    };
    let changed = {
        let defaults = defaults.clone();
        memo(move || state.settings.with(|s| *s != defaults) || tuned())
    };
    let reset_all = {
        let defaults = defaults.clone();
        move |_| {
            state.settings.set(defaults.clone());
            tuning.settings.update(|s| {
                let depth = s.depth;
                *s = TuneSettings {
                    depth,
                    ..TuneSettings::default()
                };
            });
        }
    };
    let rows = FIELDS.iter().map(|f| {
        let usual = (f.read)(&defaults);
        row(f, state.settings, TrainSettings::clamped, usual)
    });
    view! {
        <details class="advanced">
            <summary>{text::advanced()}</summary>
            <Show when=move || tuning.chosen()>
                <h3>{text::advanced_layers()}</h3>
                <TuneFields />
                <h3>{text::advanced_head()}</h3>
            </Show>
            {optimiser(state.settings, defaults.optimiser)}
            {measure(state.settings, defaults.measure)}
            {rows.collect_view()}
            <button class="small" data-testid="settings-reset" disabled=move || !changed.get() on:click=reset_all>
                {text::advanced_reset()}
            </button>
        </details>
    }
}

/// As in the choice's values.
fn value(optimiser: Optimiser) -> &'static str {
    match optimiser {
        Optimiser::Lda => "lda",
        Optimiser::Lbfgs => "lbfgs",
        Optimiser::Adam => "adam",
    }
}

/// What looks for the best head.
fn optimiser(settings: RwSignal<TrainSettings>, usual: Optimiser) -> impl IntoView {
    let (name, means) = (text::setting_optimiser(), text::setting_optimiser_means());
    let chosen = move || settings.with(|s| s.optimiser);
    let set = move |optimiser| settings.update(|s| s.optimiser = optimiser);
    let option = move |one: Optimiser| {
        view! { <option value=value(one) selected=move || chosen() == one>{text::optimiser(one)}</option> }
    };
    let all = [Optimiser::Lda, Optimiser::Lbfgs, Optimiser::Adam];
    let choose = move |event| {
        let written = event_target_value(&event);
        let found = all.into_iter().find(|o| value(*o) == written);
        found.into_iter().for_each(set);
    };
    view! {
        <div class="setting">
            <label class="field">
                <span>{name}</span>
                <select data-testid="train-optimiser" on:change=choose prop:value=move || value(chosen())>
                    {all.map(option).into_iter().collect_view()}
                </select>
                <small class="quiet">{means}</small>
            </label>
            {reset(name, Signal::derive(move || chosen() == usual), move || set(usual))}
        </div>
    }
}

/// What accuracy is measured on.
fn measure(settings: RwSignal<TrainSettings>, usual: Measure) -> impl IntoView {
    let (name, means) = (text::setting_measure(), text::setting_measure_means());
    let all = [
        ("cross-validation", Measure::CrossValidation),
        ("held-out", Measure::HeldOut),
    ];
    let chosen = move || settings.with(|s| s.measure);
    let value = move || {
        all.iter()
            .find(|(_, m)| *m == chosen())
            .map(|(value, _)| *value)
    };
    let set = move |measure| settings.update(|s| s.measure = measure);
    let option = move |(value, one): (&'static str, Measure)| {
        view! { <option value=value selected=move || chosen() == one>{text::measure(one)}</option> }
    };
    let choose = move |event| {
        let written = event_target_value(&event);
        let found = all.into_iter().find(|(value, _)| *value == written);
        found.into_iter().for_each(|(_, measure)| set(measure));
    };
    view! {
        <div class="setting">
            <label class="field">
                <span>{name}</span>
                <select data-testid="train-measure" on:change=choose prop:value=value>
                    {all.map(option).into_iter().collect_view()}
                </select>
                <small class="quiet">{means}</small>
            </label>
            {reset(name, Signal::derive(move || chosen() == usual), move || set(usual))}
        </div>
    }
}

/// What a number's field says of its range, in HTML's attributes.
pub struct Limits {
    pub min: String,
    /// None where there is no limit.
    pub max: Option<String>,
    pub step: String,
}

impl Limits {
    /// Every whole number from zero on where there is no range.
    pub fn of(range: Option<Range<f64>>) -> Self {
        let step = range.map_or(Some(1.0), |range| range.step);
        Self {
            min: decimal::shortest(range.map_or(0.0, |range| range.min)),
            max: range.map(|range| decimal::shortest(range.max)),
            step: step.map_or_else(|| "any".into(), decimal::shortest),
        }
    }
}

/// One setting, and a way back to its `usual` value.
pub fn row<S: Clone + Send + Sync + 'static>(
    field: &'static Field<S>,
    settings: RwSignal<S>,
    clamped: fn(&S) -> S,
    usual: String,
) -> impl IntoView {
    let value = memo(move || settings.with(field.read));
    let write = move |written: &str| {
        // Notifies also when nothing changed, so that the input shows what counts.
        settings.update(|s| {
            let mut next = s.clone();
            if (field.write)(&mut next, written).is_some() {
                *s = clamped(&next);
            }
        });
    };
    let shown = move || settings.with(field.read);
    let (same, back) = (usual.clone(), usual);
    let (name, means) = ((field.name)(), (field.means)());
    let Limits { min, max, step } = Limits::of(field.range);
    view! {
        <div class="setting">
            <label class="field">
                <span>{name}</span>
                <input
                    type="number" min=min max=max step=step data-testid=field.id prop:value=shown
                    on:change=move |event| write(&event_target_value(&event))
                />
                <small class="quiet">{means} {field.range.map(|range| format!(" {}", text::limits(&range)))}</small>
            </label>
            {reset(name, Signal::derive(move || value.with(|v| *v == same)), move || write(&back))}
        </div>
    }
}

/// The way back; its place stays where nothing was changed.
pub fn reset(name: &str, unchanged: Signal<bool>, back: impl Fn() + 'static) -> impl IntoView {
    view! {
        <button
            class="plain small reset" class:unchanged=move || unchanged.get()
            aria-label=text::setting_reset(name) title=text::setting_reset(name)
            data-testid="setting-reset" on:click=move |_| back()
        >
            "↺"
        </button>
    }
}
