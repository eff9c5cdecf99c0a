//! Many photos at once: a table of answers, and the photos in a folder for each answer.

use leptos::prelude::*;

use super::files;
use super::state::{State, state};
use super::text;
use super::try_it::file_name;
use crate::ui::erased::{Show, memo};
use data::folders::route::Place;
use data::protocol::{BatchRequest, BatchState, BatchView, Request, TableWords};

#[component]
pub fn ManyPhotos() -> impl IntoView {
    let state = state();
    let there = memo(move || state.batch.with(Option::is_some));
    let without_head = memo(move || state.head.with(Option::is_none));
    let pick = move |event| state.hand_over(Place::Batch, files::picked(&event));
    view! {
        <details
            class="card test-set batch" data-testid="batch" prop:open=move || there.get()
            on:drop=move |event| state.drop_on(Place::Batch, &event)
        >
            <summary>{text::batch()}</summary>
            <p class="quiet">{text::batch_about()}</p>
            <div class="row ways">
                <label class="button small">
                    {text::try_files()}
                    <input
                        type="file" class="hidden" data-testid="batch-files" multiple=true
                        accept=".zip,application/zip,image/*" disabled=move || without_head.get() on:change=pick
                    />
                </label>
                <label class="button small">
                    {text::batch_folder()}
                    <input
                        type="file" class="hidden" data-testid="batch-folder" multiple=true prop:webkitdirectory=true
                        disabled=move || without_head.get() on:change=pick
                    />
                </label>
            </div>
            {move || without_head.get().then(|| view! { <p class="quiet">{text::classifier_none()}</p> })}
            <Show when=move || there.get()><Answers /></Show>
        </details>
    }
}

/// How far it is, and what can be done with the answers.
#[component]
fn Answers() -> impl IntoView {
    let state = state();
    let of =
        move |get: fn(&BatchView) -> usize| state.batch.with(|batch| batch.as_ref().map_or(0, get));
    let stands = memo(move || state.batch.with(|batch| batch.as_ref().map(|b| b.state)));
    let is = move |wanted| stands.get() == Some(wanted);
    let (done, all, unread) = (
        move || of(|b| b.done),
        move || of(|b| b.of),
        move || of(|b| b.unread),
    );
    let gone = move || of(|b| b.done - b.unread - b.here) > 0;
    let says = move || match stands.get() {
        Some(BatchState::Missing) => text::batch_missing(),
        Some(BatchState::OtherHead) => text::batch_other_head(),
        _ if gone() => text::batch_not_here(),
        _ => "",
    };
    let ask = move |request: fn() -> BatchRequest| move |_| state.send(Request::Batch(request()));
    let goes_on = move || is(BatchState::Running);
    view! {
        <p
            data-testid="batch-progress" data-done=move || done().to_string() data-of=move || all().to_string()
            data-state=move || stands.get().map(BatchState::name)
        >
            {move || text::batch_progress(done(), all())} " "
            {move || (unread() > 0).then(|| text::batch_unread(unread()))}
        </p>
        <p role="status">{says}</p>
        <div class="row">
            <Show when=move || goes_on() || is(BatchState::Paused)>
                <button
                    class="small" data-testid="batch-pause"
                    on:click=move |_| {
                        let paused = untrack(goes_on);
                        state.send(Request::Batch(BatchRequest::Pause { paused }));
                    }
                >
                    {move || if goes_on() { text::tune_pause() } else { text::tune_resume() }}
                </button>
            </Show>
            <Show when=move || is(BatchState::OtherHead)>
                <button class="small" data-testid="batch-again" on:click=ask(|| BatchRequest::Restart)>
                    {text::batch_again()}
                </button>
            </Show>
            <button
                class="small" data-testid="batch-csv" disabled=move || done() == 0
                on:click=move |_| save(state, true)
            >
                {text::batch_table()}
            </button>
            <button
                class="small" data-testid="batch-sorted" title=text::batch_sorted_means()
                disabled=move || of(|b| b.here) == 0 || goes_on() on:click=move |_| save(state, false)
            >
                {text::batch_sorted()}
            </button>
            <button class="small" data-testid="batch-forget" on:click=ask(|| BatchRequest::Forget)>
                {text::batch_forget()}
            </button>
        </div>
        <label class="check" title=text::project_metadata_means()>
            <input type="checkbox" data-testid="batch-metadata" prop:checked=state.projects.metadata
                on:change=move |event| state.projects.metadata.set(event_target_checked(&event)) />
            <small class="quiet">{text::project_metadata()}</small>
        </label>
    }
}

/// The table, or the photos.
fn save(state: State, table: bool) {
    let head = state
        .head
        .with_untracked(|head| head.as_ref().map(file_name));
    let name = head.unwrap_or_else(|| text::file_name().into()) + "-" + text::batch_file();
    let unknown = text::csv_unknown().to_owned();
    let reasons = |batch: &Option<BatchView>| {
        let reasons = batch.iter().flat_map(|batch| &batch.reasons);
        reasons.map(text::fault).collect()
    };
    let request = match table {
        true => BatchRequest::Table {
            name,
            words: TableWords {
                columns: [
                    text::csv_file(),
                    text::csv_answer(),
                    text::csv_unknown(),
                    text::csv_seconds(),
                    text::csv_problem(),
                ]
                .map(str::to_owned),
                reasons: state.batch.with_untracked(reasons),
                unknown,
            },
        },
        false => BatchRequest::Sort {
            name,
            unknown,
            metadata: state.projects.metadata.get_untracked(),
        },
    };
    state.send(Request::Batch(request));
}
