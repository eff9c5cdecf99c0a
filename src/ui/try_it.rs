//! Try: what the head says of photos it has not seen.

use leptos::prelude::*;

use super::files;
use super::predictions::Predictions;
use super::state::{Tried, state};
use super::text;
use crate::data::prediction::top;
use crate::protocol::Request;

#[component]
pub fn TryIt() -> impl IntoView {
    let state = state();
    let over = RwSignal::new(false);
    let without_head = Memo::new(move |_| state.head.with(Option::is_none));
    let why = move || without_head.get().then_some(text::NO_HEAD);
    let try_files = move |files: Vec<web_sys::File>| {
        let names = files.iter().map(web_sys::File::name).collect();
        state.send_files(Request::TryPhotos { names, first: 0 }, files);
    };
    let open = move |event| {
        for file in files::picked(&event) {
            state.send_files(Request::OpenHead { name: file.name() }, vec![file]);
        }
    };
    let save = move |_| {
        state.send(Request::SaveHead {
            name: "graft-head.safetensors".into(),
        })
    };
    let info = move || {
        state.head.get().map(|head| {
            let classes: Vec<String> = head.info.classes.iter().map(|c| c.name.clone()).collect();
            view! {
                <p
                    class="quiet"
                    data-testid="head-info"
                    data-classes=classes.join(",")
                    data-backbone=head.info.backbone.clone()
                >
                    {classes.join(", ")}" · "{head.info.backbone.clone()}
                </p>
            }
        })
    };
    view! {
        <section class="column" aria-labelledby="try">
            <h2 id="try">{text::TRY}</h2>
            <div
                class="drop"
                class:over=move || over.get()
                on:dragover=move |event| { event.prevent_default(); over.set(true); }
                on:dragleave=move |_| over.set(false)
                on:drop=move |event| { over.set(false); try_files(files::dropped(&event)); }
            >
                <p>{move || if without_head.get() { text::TRY_EMPTY } else { text::TRY_READY }}</p>
                <label class="button primary">
                    {text::TRY_FILES}
                    <input
                        type="file" class="hidden" data-testid="try-files" multiple=true accept="image/*"
                        disabled=move || without_head.get()
                        on:change=move |event| try_files(files::picked(&event))
                    />
                </label>
            </div>
            <div class="row">
                <button data-testid="head-save" disabled=move || without_head.get() title=why on:click=save>
                    {text::SAVE_HEAD}
                </button>
                <label class="button">
                    {text::OPEN_HEAD}
                    <input type="file" class="hidden" data-testid="head-open" accept=".safetensors" on:change=open />
                </label>
                <Show when=move || state.results.with(|r| !r.is_empty())>
                    <button
                        data-testid="results-csv"
                        on:click=move |_| files::download_text("graft-results.csv", "text/csv", &state.results.with_untracked(|r| csv(r)))
                    >
                        {text::CSV}
                    </button>
                </Show>
            </div>
            {info}
            <For each=move || state.results.get() key=|r| r.key children=result />
        </section>
    }
}

fn result(tried: Tried) -> impl IntoView {
    let best = top(&tried.predictions)
        .map(|p| p.class.clone())
        .unwrap_or_default();
    let file = tried.file.clone();
    view! {
        <article class="card result" data-testid="result" data-file=file data-top=best>
            <img src=tried.url alt="" loading="lazy" />
            <div>
                <p class="quiet file">{tried.file}</p>
                <Predictions predictions=tried.predictions />
            </div>
        </article>
    }
}

/// One line a photo, one column a class; heads may have changed between photos.
fn csv(results: &[Tried]) -> String {
    // A leading = + - @ would make a spreadsheet run the cell.
    let quote = |s: &str| {
        let guard = if s.starts_with(['=', '+', '-', '@']) {
            "'"
        } else {
            ""
        };
        format!("\"{guard}{}\"", s.replace('"', "\"\""))
    };
    let mut classes: Vec<&str> = Vec::new();
    for p in results.iter().flat_map(|r| &r.predictions) {
        if !classes.contains(&p.class.as_str()) {
            classes.push(&p.class);
        }
    }
    let header: Vec<String> = ["file", "top"]
        .iter()
        .chain(&classes)
        .map(|c| quote(c))
        .collect();
    let mut text = header.join(",") + "\r\n";
    for r in results.iter().rev() {
        let best = top(&r.predictions).map_or("", |p| &p.class);
        let share = |c: &&str| {
            let found = r.predictions.iter().find(|p| p.class == *c);
            found.map(|p| p.confidence.to_string()).unwrap_or_default()
        };
        let cells = [quote(&r.file), quote(best)]
            .into_iter()
            .chain(classes.iter().map(share));
        text += &(cells.collect::<Vec<_>>().join(",") + "\r\n");
    }
    text
}
