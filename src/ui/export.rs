//! The classifier for other programs: for what each format is, and what it cannot carry, before it is saved.

use leptos::prelude::*;

use super::state::{State, state};
use super::text;
use super::try_it::file_name;
use crate::ui::erased::{Show, memo};
use data::backbone::find_backbone;
use data::export::Format;
use data::protocol::Request;

/// What the programs that take Teachable Machine's models mostly expect, pixels.
const USUAL_SIZE: usize = 224;

/// A button that opens the choice.
#[component]
pub fn Export() -> impl IntoView {
    let state = state();
    let open = RwSignal::new(false);
    let without_head = memo(move || state.head.with(Option::is_none));
    let shown = move || open.get() && !without_head.get();
    view! {
        <button
            class="small" data-testid="export" disabled=move || without_head.get()
            title=move || without_head.get().then_some(text::classifier_none())
            aria-expanded=move || shown().to_string() aria-controls="export-choice"
            on:click=move |_| open.update(|open| *open = !*open)
        >
            {text::export()}
        </button>
        <div id="export-choice" class="export">
            <Show when=shown><Choice /></Show>
        </div>
    }
}

#[component]
fn Choice() -> impl IntoView {
    let state = state();
    let (small, samples) = (RwSignal::new(false), RwSignal::new(true));
    let save = move |format| {
        let name = state
            .head
            .with_untracked(|head| head.as_ref().map(file_name));
        let Some(name) = name else { return };
        let date = String::from(js_sys::Date::new_0().to_iso_string());
        let id = state.ask(Request::Export {
            name,
            format,
            small: small.get_untracked(),
            samples: samples.get_untracked(),
            date: date.chars().take(10).collect(),
        });
        state.exporting.set(Some(id));
    };
    let one = move |format: Format| {
        let about = format!("export-{}-about", format.name());
        let test_id = format!("export-{}", format.name());
        view! {
            <li>
                <button
                    class="small" data-testid=test_id aria-describedby=about.clone()
                    disabled=move || state.exporting.with(Option::is_some)
                    on:click=move |_| save(format)
                >
                    {text::export_name(format)}
                </button>
                <div id=about>
                    <p>{text::export_for(format)}</p>
                    {text::export_lacks(format).map(|lacks| view! { <p class="quiet">{lacks}</p> })}
                    {move || of_size(state, format).map(|says| view! { <p class="quiet">{says}</p> })}
                </div>
            </li>
        }
    };
    let tick = |value: RwSignal<bool>, test_id, label, means| {
        view! {
            <label class="tick">
                <input
                    type="checkbox" data-testid=test_id prop:checked=value
                    on:change=move |event| value.set(event_target_checked(&event))
                />
                <span>{label}<small class="quiet">{means}</small></span>
            </label>
        }
    };
    view! {
        <p class="quiet">{text::export_means()}</p>
        <ul class="formats">{Format::ALL.map(one).collect_view()}</ul>
        {tick(small, "export-small", text::export_small(), text::export_small_means())}
        {tick(samples, "export-photos", text::export_photos(), text::export_photos_means())}
        <p class="quiet" role="status">
            {move || state.exporting.with(Option::is_some).then(text::export_writing)}
        </p>
    }
}

/// A model of another size than usual says so where that matters.
fn of_size(state: State, format: Format) -> Option<String> {
    let size = state.head.with(|head| {
        let spec = find_backbone(&head.as_ref()?.info.backbone)?;
        Some(spec.input_size)
    })?;
    let matters = format == Format::TeachableMachine && size != USUAL_SIZE;
    matters.then(|| text::export_size(size))
}
