//! Collect: the classes and their photos.

use leptos::prelude::*;

use super::files;
use super::photos::Photos;
use super::state::state;
use super::text;
use crate::data::class::{ClassId, ClassView, PALETTE};
use crate::protocol::{Request, Target};

#[component]
pub fn Collect() -> impl IntoView {
    let state = state();
    let empty = Memo::new(move |_| state.classes.with(Vec::is_empty));
    let ids = Memo::new(move |_| {
        state
            .classes
            .with(|all| all.iter().map(|c| c.class.id).collect::<Vec<_>>())
    });
    let add = move |_| {
        let name = state.classes.with_untracked(|all| {
            let taken = |name: &String| all.iter().any(|c| &c.class.name == name);
            (1..)
                .map(text::new_class)
                .find(|n| !taken(n))
                .expect("a list of classes ends")
        });
        state.send(Request::AddClass { name });
    };
    let open = move |event| {
        let files = files::picked(&event);
        let names = files.iter().map(files::path).collect();
        state.send_files(
            Request::AddPhotos {
                to: Target::Folders,
                names,
                first: 0,
            },
            files,
        );
    };
    let undo = move || {
        state.undoable.get().map(|what| {
            view! {
                <button data-testid="undo" on:click=move |_| state.send(Request::Undo)>{text::undo(&what)}</button>
            }
        })
    };
    view! {
        <section class="column" aria-labelledby="collect">
            <h2 id="collect">{text::COLLECT}</h2>
            <div class="row">
                <label class="button" title=text::DATASET_FOLDER_HINT>
                    {text::DATASET_FOLDER}
                    <input
                        type="file" class="hidden" data-testid="dataset-folder" multiple=true
                        prop:webkitdirectory=true on:change=open
                    />
                </label>
                {undo}
            </div>
            {move || if empty.get() {
                view! { <div class="empty"><p>{text::COLLECT_EMPTY}</p><SampleSets /></div> }.into_any()
            } else {
                view! { <details class="menu"><summary>{text::SAMPLE_MENU}</summary><SampleSets /></details> }.into_any()
            }}
            <For each=move || ids.get() key=|id| *id children=|id| view! { <Card id /> } />
            <button class="primary" data-testid="class-add" on:click=add>{text::ADD_CLASS}</button>
        </section>
    }
}

#[component]
fn SampleSets() -> impl IntoView {
    let state = state();
    let set = |(id, name): &(&'static str, &'static str)| {
        let (id, name) = (*id, *name);
        let send = move |_| {
            state.send(Request::AddSampleSet {
                id: id.into(),
                first: 0,
            })
        };
        view! { <button data-testid="sample-set" data-name=id on:click=send>{name}</button> }
    };
    view! { <div class="row">{text::SAMPLE_SETS.iter().map(set).collect_view()}</div> }
}

#[component]
fn Card(id: ClassId) -> impl IntoView {
    let state = state();
    let over = RwSignal::new(false);
    let found = Memo::new(move |_| {
        state.classes.with(|all| {
            all.iter()
                .enumerate()
                .find(|(_, c)| c.class.id == id)
                .map(|(i, c)| (i, c.clone()))
        })
    });
    let get = move |read: fn(&ClassView) -> String| {
        found.with(|f| f.as_ref().map(|(_, c)| read(c)).unwrap_or_default())
    };
    let name = move || get(|c| c.class.name.clone());
    let add = move |files: Vec<web_sys::File>| {
        let names = files.iter().map(web_sys::File::name).collect();
        state.send_files(
            Request::AddPhotos {
                to: Target::Class(id),
                names,
                first: 0,
            },
            files,
        );
    };
    let rename = move |event: web_sys::Event| {
        let written = event_target_value(&event).trim().to_owned();
        if !written.is_empty() && written != get(|c| c.class.name.clone()) {
            state.send(Request::RenameClass { id, name: written });
        }
    };
    let recolour = move |event: web_sys::Event| {
        let index = event_target_value(&event).parse::<usize>().ok();
        if let Some(colour) = index.and_then(|i| PALETTE.get(i)) {
            state.send(Request::RecolourClass {
                id,
                colour: *colour,
            });
        }
    };
    let colours = text::COLOUR_NAMES
        .iter()
        .zip(PALETTE)
        .enumerate()
        .map(|(i, (name, colour))| {
            let chosen =
                move || found.with(|f| f.as_ref().is_some_and(|(_, c)| c.class.colour == colour));
            view! { <option value=i.to_string() selected=chosen>{*name}</option> }
        });
    view! {
        <article
            class="card class-card"
            class:over=move || over.get()
            data-testid="class-card"
            data-class-name=name
            data-count=move || get(|c| c.count.to_string())
            data-pending=move || get(|c| c.pending.to_string())
            style=("--class-colour", move || get(|c| c.class.colour.hex()))
            on:dragover=move |event| { event.prevent_default(); over.set(true); }
            on:dragleave=move |_| over.set(false)
            on:drop=move |event| { over.set(false); add(files::dropped(&event)); }
        >
            <div class="row head">
                <span class="glyph" aria-hidden="true">
                    {move || found.with(|f| text::glyph(f.as_ref().map_or(0, |(i, _)| *i)))}
                </span>
                <input
                    class="class-name"
                    data-testid="class-name"
                    aria-label=text::CLASS_NAME
                    maxlength="80"
                    prop:value=name
                    on:change=rename
                />
                <select aria-label=text::COLOUR on:change=recolour>{colours.collect_view()}</select>
                <button
                    class="plain"
                    data-testid="class-delete"
                    aria-label=move || text::delete("class", &name())
                    on:click=move |_| state.send(Request::DeleteClass { id })
                >
                    "×"
                </button>
            </div>
            <p class="quiet" aria-live="polite">
                {move || found.with(|f| f.as_ref().map(|(_, c)| text::count(c.count, c.pending)))}
            </p>
            <Photos class=id />
            <Show when=move || found.with(|f| f.as_ref().is_some_and(|(_, c)| c.count + c.pending == 0))>
                <p class="empty">{text::CARD_EMPTY}</p>
            </Show>
            <div class="row">
                <label class="button">
                    {text::PHOTOS}
                    <input
                        type="file" class="hidden" data-testid="class-files" multiple=true accept="image/*"
                        on:change=move |event| add(files::picked(&event))
                    />
                </label>
                <label class="button">
                    {text::FOLDER}
                    <input
                        type="file" class="hidden" data-testid="class-folder" multiple=true prop:webkitdirectory=true
                        on:change=move |event| add(files::picked(&event))
                    />
                </label>
            </div>
        </article>
    }
}
