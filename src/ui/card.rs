//! One class: its name, its colour, its photos and the ways to add some.

use js_sys::Reflect;
use leptos::prelude::*;
use web_sys::DragEvent;

use super::camera::Purpose;
use super::drop;
use super::each_class::Placed;
use super::files;
use super::photos::{Photos, PhotosBar};
use super::record::Recorder;
use super::state::{State, state};
use super::text;
use crate::ui::erased::{Show, memo};
use data::class::{ClassId, ClassView, PALETTE};
use data::folders::route::Place;
use data::limits::LONGEST_NAME;
use data::protocol::Request;

#[component]
pub fn Card(id: ClassId) -> impl IntoView {
    let found = state().each_class.find(id);
    found.map(|found| view! { <OfClass id found /> })
}

#[component]
fn OfClass(id: ClassId, found: RwSignal<Placed>) -> impl IntoView {
    let state = state();
    let over = RwSignal::new(false);
    let get = move |read: fn(&ClassView) -> String| found.with(|(_, c)| read(c));
    let name = move || get(|c| c.class.name.clone());
    let colour = memo(move || {
        let colour = found.with(|(_, c)| c.class.colour);
        PALETTE.iter().position(|p| *p == colour)
    });
    let glyph = move || found.with(|(i, _)| text::glyph(*i));
    let pick = move |event| state.hand_over(Place::Class(id), files::picked(&event));
    let rename = move |event: web_sys::Event| {
        let written = event_target_value(&event).trim().to_owned();
        if !written.is_empty() && written != get(|c| c.class.name.clone()) {
            state.send(Request::RenameClass { id, name: written });
        }
    };
    let drag_over = move |event: DragEvent| {
        if drop::brings_files(&event) || state.dragged.with_untracked(|d| !d.is_empty()) {
            event.prevent_default();
            over.set(true);
        }
    };
    let purpose = Purpose::Class(id);
    on_cleanup(move || {
        if state.camera.purpose.get_untracked() == Some(purpose) {
            state.camera.close();
        }
    });
    let empty = memo(move || {
        found.with(|(_, c)| c.count + c.pending == 0) && !state.camera.is_for(purpose)
    });
    let near = RwSignal::new(sees_all(state));
    let look = move |event| {
        if let Some(out_of_sight) = is_skipped(&event) {
            near.set(!out_of_sight || sees_all(state));
        }
    };
    let count = Signal::derive(move || found.with(|(_, c)| text::count(c.count, c.pending)));
    view! {
        <article
            class="card class-card"
            class:over=move || over.get()
            data-testid="class-card"
            data-class-id=id.0.to_string()
            data-class-name=name
            data-count=move || get(|c| c.count.to_string())
            data-pending=move || get(|c| c.pending.to_string())
            style=("--class-colour", move || get(|c| c.class.colour.hex()))
            on:contentvisibilityautostatechange=look
            on:focusin=move |_| state.last_class.set(Some(id))
            on:dragover=drag_over
            on:dragleave=move |event| if drop::left(&event) { over.set(false) }
            on:drop=move |event| { over.set(false); state.drop_on(Place::Class(id), &event); }
        >
            <div class="class-head">
                <Colours id name=Signal::derive(name) colour>{glyph}</Colours>
                <input
                    class="class-name"
                    data-testid="class-name"
                    aria-label=text::class_name()
                    maxlength=LONGEST_NAME.to_string()
                    prop:value=name
                    on:change=rename
                />
                <button
                    class="plain"
                    data-testid="class-delete"
                    aria-label=move || text::class_delete(&name())
                    title=move || text::class_delete(&name())
                    on:click=move |_| state.send(Request::DeleteClass { id })
                >
                    "×"
                </button>
            </div>
            <PhotosBar class=id count />
            <Show when=move || state.camera.is_for(purpose)>
                <Recorder class=id />
            </Show>
            <Photos class=id near />
            <Show when=move || empty.get()>
                <p class="empty">{text::class_empty()}</p>
            </Show>
            <div class="row ways">
                <label class="button">
                    {text::class_photos()}
                    <input
                        type="file" class="hidden" data-testid="class-files" multiple=true accept="image/*"
                        on:change=pick
                    />
                </label>
                <button
                    data-testid="class-camera" aria-pressed=move || state.camera.is_for(purpose).to_string()
                    on:click=move |_| state.camera.toggle(purpose)
                >
                    {text::camera()}
                </button>
                <label class="button">
                    {text::class_folder()}
                    <input
                        type="file" class="hidden" data-testid="class-folder" multiple=true prop:webkitdirectory=true
                        on:change=pick
                    />
                </label>
            </div>
        </article>
    }
}

/// With few classes, or where the browser does not tell what is in sight, all photos have their thumbnail at once.
fn sees_all(state: State) -> bool {
    const FEW: usize = 30;
    let few = state.classes.with_untracked(|all| all.len() <= FEW);
    let told = || Reflect::has(&document(), &"oncontentvisibilityautostatechange".into());
    few || !told().unwrap_or(false)
}

/// Whether the browser draws the card no more (CSS Containment level 2, `ContentVisibilityAutoStateChangeEvent`).
fn is_skipped(event: &web_sys::Event) -> Option<bool> {
    Reflect::get(event, &"skipped".into()).ok()?.as_bool()
}

/// The class's sign, and over it, unseen, the browser's own choice of colours.
#[component]
fn Colours(
    id: ClassId,
    name: Signal<String>,
    /// Its place in the palette.
    colour: Memo<Option<usize>>,
    children: Children,
) -> impl IntoView {
    let state = state();
    let choose = move |event| {
        let index = event_target_value(&event).parse::<usize>().ok();
        if let Some(colour) = index.and_then(|i| PALETTE.get(i)).copied() {
            state.send(Request::RecolourClass { id, colour });
        }
    };
    let option = |i: usize| view! { <option value=i.to_string() selected=move || colour.get() == Some(i)>{text::colour(i)}</option> };
    let options = (0..PALETTE.len()).map(option);
    view! {
        <div class="colours" title=move || text::class_colour(&name.get())>
            <span class="glyph" aria-hidden="true">{children()}</span>
            <select data-testid="class-colour" aria-label=move || text::class_colour(&name.get()) on:change=choose>
                {options.collect_view()}
            </select>
        </div>
    }
}
