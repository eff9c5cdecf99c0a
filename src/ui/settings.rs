//! Advanced: how training goes, each with what it means.

use leptos::prelude::*;

use super::state::state;
use super::text;
use super::tuning::TuneFields;
use data::settings::{Optimiser, TrainSettings};
use data::transfer::TuneSettings;

/// A number among the settings `S`.
pub struct Field<S: 'static> {
    /// Test id of its input.
    pub id: &'static str,
    /// Its name and a sentence.
    pub words: (&'static str, &'static str),
    pub read: fn(&S) -> String,
    pub write: fn(&mut S, &str) -> Option<()>,
}

/// A [`Field`] for one member: text that is no number changes nothing.
macro_rules! field {
    ($member:ident, $id:literal, $words:expr) => {
        Field {
            id: $id,
            words: $words,
            read: |s| s.$member.to_string(),
            write: |s, written| {
                s.$member = written.trim().parse().ok()?;
                Some(())
            },
        }
    };
}
pub(super) use field;

const FIELDS: &[Field<TrainSettings>] = &[
    field!(epochs, "train-epochs", text::settings::EPOCHS),
    field!(
        learning_rate,
        "train-learning-rate",
        text::settings::LEARNING_RATE
    ),
    field!(batch_size, "train-batch-size", text::settings::BATCH_SIZE),
    field!(l2, "train-l2", text::settings::L2),
    field!(hidden, "train-hidden", text::settings::HIDDEN),
    field!(
        validation_share,
        "train-validation-share",
        text::settings::VALIDATION_SHARE
    ),
    field!(seed, "train-seed", text::settings::SEED),
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
        Memo::new(move |_| state.settings.with(|s| *s != defaults) || tuned())
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
            <summary>{text::ADVANCED}</summary>
            <Show when=move || tuning.chosen()>
                <h3>{text::tuning::LAYERS}</h3>
                <TuneFields />
                <h3>{text::tuning::HEAD}</h3>
            </Show>
            {optimiser(state.settings, defaults.optimiser)}
            {rows.collect_view()}
            <button class="small" data-testid="settings-reset" disabled=move || !changed.get() on:click=reset_all>
                {text::RESET}
            </button>
        </details>
    }
}

/// What looks for the best head.
fn optimiser(settings: RwSignal<TrainSettings>, usual: Optimiser) -> impl IntoView {
    let (name, means) = text::settings::OPTIMISER;
    let chosen = move || settings.with(|s| s.optimiser);
    let set = move |optimiser| settings.update(|s| s.optimiser = optimiser);
    let option = move |one: Optimiser| {
        let name = text::settings::optimiser(one);
        view! { <option value=name selected=move || chosen() == one>{name}</option> }
    };
    let all = [Optimiser::Lbfgs, Optimiser::Adam];
    let choose = move |event| {
        let written = event_target_value(&event);
        let found = all
            .into_iter()
            .find(|o| text::settings::optimiser(*o) == written);
        found.into_iter().for_each(set);
    };
    view! {
        <div class="setting">
            <label class="field">
                <span>{name}</span>
                <select data-testid="train-optimiser" on:change=choose prop:value=move || text::settings::optimiser(chosen())>
                    {all.map(option).into_iter().collect_view()}
                </select>
                <small class="quiet">{means}</small>
            </label>
            {reset(name, Signal::derive(move || chosen() == usual), move || set(usual))}
        </div>
    }
}

/// One setting, and a way back to its `usual` value.
pub fn row<S: Clone + Send + Sync + 'static>(
    field: &'static Field<S>,
    settings: RwSignal<S>,
    clamped: fn(&S) -> S,
    usual: String,
) -> impl IntoView {
    let value = Memo::new(move |_| settings.with(field.read));
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
    let (name, means) = field.words;
    view! {
        <div class="setting">
            <label class="field">
                <span>{name}</span>
                <input
                    type="number" step="any" min="0" data-testid=field.id prop:value=shown
                    on:change=move |event| write(&event_target_value(&event))
                />
                <small class="quiet">{means}</small>
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
            aria-label=text::reset(name) title=text::reset(name)
            data-testid="setting-reset" on:click=move |_| back()
        >
            "↺"
        </button>
    }
}
