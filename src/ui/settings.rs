//! Advanced: how training goes, each with what it means.

use leptos::prelude::*;

use super::state::state;
use super::text;
use crate::data::settings::TrainSettings;

struct Field {
    name: &'static str,
    means: &'static str,
    read: fn(&TrainSettings) -> String,
    write: fn(&mut TrainSettings, &str) -> Option<()>,
}

/// `Field`'s writer for one member: text that is no number changes nothing.
macro_rules! field {
    ($member:ident, $name:literal, $means:literal) => {
        Field {
            name: $name,
            means: $means,
            read: |s| s.$member.to_string(),
            write: |s, written| {
                s.$member = written.trim().parse().ok()?;
                Some(())
            },
        }
    };
}

const FIELDS: &[Field] = &[
    field!(
        epochs,
        "Passes",
        "How often training goes through all photos (1 to 2000)."
    ),
    field!(
        learning_rate,
        "Learning rate",
        "How big each step is: too small is slow, too big overshoots (0.00001 to 1)."
    ),
    field!(
        batch_size,
        "Batch size",
        "Photos looked at before each step; 0 means all at once."
    ),
    field!(
        l2,
        "L2 strength",
        "Holds weights small, which helps when photos are few (0 to 1000)."
    ),
    field!(
        hidden,
        "Hidden units",
        "An extra layer for harder cases; 0 means none (up to 512)."
    ),
    field!(
        validation_share,
        "Kept apart",
        "Share of photos used only to measure accuracy (0 to 0.5)."
    ),
    field!(
        seed,
        "Seed",
        "The same number gives the same training again."
    ),
];

#[component]
pub fn Advanced() -> impl IntoView {
    let state = state();
    let defaults = state.defaults.get_value();
    let changed = {
        let defaults = defaults.clone();
        Memo::new(move |_| state.settings.with(|s| *s != defaults))
    };
    let reset = {
        let defaults = defaults.clone();
        move |_| state.settings.set(defaults.clone())
    };
    let rows = FIELDS
        .iter()
        .map(|field| view! { <Row field usual=(field.read)(&defaults) /> });
    view! {
        <details class="advanced">
            <summary>{text::ADVANCED}</summary>
            {rows.collect_view()}
            <button class="small" data-testid="settings-reset" disabled=move || !changed.get() on:click=reset>
                {text::RESET}
            </button>
        </details>
    }
}

/// One setting, and a way back to its `usual` value.
#[component]
fn Row(field: &'static Field, usual: String) -> impl IntoView {
    let state = state();
    let value = Memo::new(move |_| state.settings.with(field.read));
    let write = move |written: &str| {
        // Notifies also when nothing changed, so that the input shows what counts.
        state.settings.update(|s| {
            let mut next = s.clone();
            if (field.write)(&mut next, written).is_some() {
                *s = next.clamped();
            }
        });
    };
    let shown = move || state.settings.with(field.read);
    let (same, back) = (usual.clone(), usual);
    view! {
        <div class="setting">
            <label class="field">
                <span>{field.name}</span>
                <input
                    type="number" step="any" min="0" prop:value=shown
                    on:change=move |event| write(&event_target_value(&event))
                />
                <small class="quiet">{field.means}</small>
            </label>
            <button
                class="plain small reset" class:unchanged=move || value.with(|v| *v == same)
                aria-label=text::reset(field.name) title=text::reset(field.name)
                data-testid="setting-reset" on:click=move |_| write(&back)
            >
                "↺"
            </button>
        </div>
    }
}
