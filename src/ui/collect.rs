//! Collect: the classes and their photos.

use std::collections::HashSet;

use leptos::prelude::*;

use super::card::Card;
use super::files;
use super::keyed::keyed;
use super::state::state;
use super::steps::Heading;
use super::text;
use crate::ui::erased::{Show, memo};
use crate::web::address::of;
use data::folders::route::Place;
use data::protocol::{Job, Request};

const FEW: usize = 10;

/// Id of a ready-made set, and a few of its photos to show.
type Samples = (&'static str, [&'static str; 4]);

const SAMPLE_SETS: &[Samples] = &[
    (
        "fruit-birds",
        [
            "fruit/lemon",
            "birds/peacock",
            "fruit/strawberry",
            "birds/pink_flamingo",
        ],
    ),
    (
        "garden",
        [
            "fruit/pear",
            "vegetables/carrot",
            "flowers/daffodil",
            "vegetables/tomato",
        ],
    ),
    // Drawings: far from the photos that the network learned from, where the others are close.
    (
        "letters",
        [
            "capitals/B_filled",
            "small-letters/g_outline",
            "hand-signs/asl_y",
            "hand-signs/asl_v",
        ],
    ),
];

#[component]
pub fn Collect() -> impl IntoView {
    let state = state();
    let empty = memo(move || state.classes.with(Vec::is_empty));
    let ids = state.drawing.portions(6, state.each_class.ids);
    let add = move |_| {
        let name = state.classes.with_untracked(|all| {
            let taken: HashSet<&str> = all.iter().map(|c| c.class.name.as_str()).collect();
            (1..)
                .map(|number: usize| text::new_class(number))
                .find(|name| !taken.contains(name.as_str()))
                .expect("a list of classes ends")
        });
        state.send(Request::AddClass { name });
    };
    let open_folder = move |event| state.hand_over(Place::Page, files::picked(&event));
    let open_files = move |event| state.hand_over(Place::Page, files::picked(&event));
    // A few photos are read before anyone has found the button.
    let reading = memo(move || {
        let many = |(job, _, total): (Job, usize, usize)| job == Job::Embed && total > FEW;
        state.progress.with(|p| p.is_some_and(many))
    });
    let stop = move |_| state.send(Request::StopReading { tried: false });
    let undo = move || {
        state.undoable.get().map(|what| {
            view! {
                <button class="small" data-testid="undo" on:click=move |_| state.send(Request::Undo)>{text::undo(&what)}</button>
            }
        })
    };
    view! {
        <section class="column" id="collect-column" aria-labelledby="collect">
            <Heading id="collect" number=1 name=text::collect() about=text::collect_about()>
                <div class="undo">
                    {undo}
                    <Show when=move || reading.get()>
                        <button
                            class="small" data-testid="read-stop" aria-label=text::read_stop() title=text::read_stop() on:click=stop
                        >
                            {text::read_stop_short()}
                        </button>
                    </Show>
                </div>
            </Heading>
            <Show when=move || empty.get()>
                <div class="empty welcome">
                    <p class="lead">{text::collect_empty()}</p>
                    <p>{text::collect_empty_sets()}</p>
                    <SampleSets />
                </div>
            </Show>
            {keyed(move || ids.get(), |id| id.0.into(), move |id| view! { <Card id /> })}
            <button class:primary=move || state.classes.with(|c| c.len() < 2) data-testid="class-add" on:click=add>
                {text::add_class()}
            </button>
            <div class="row more">
                <label class="button small" title=text::open_folder_means()>
                    {text::open_folder()}
                    <input
                        type="file" class="hidden" data-testid="dataset-folder" multiple=true
                        prop:webkitdirectory=true on:change=open_folder
                    />
                </label>
                <label class="button small" title=text::open_zip_means()>
                    {text::open_zip()}
                    <input
                        type="file" class="hidden" data-testid="dataset-files" multiple=true
                        accept=".zip,.tm,application/zip,image/*" on:change=open_files
                    />
                </label>
                <Show when=move || !empty.get()>
                    <details class="pop menu up">
                        <summary class="button small">{text::samples()}</summary>
                        <div class="popover"><SampleSets /></div>
                    </details>
                </Show>
            </div>
            <p class="quiet">{text::drop_hint()}</p>
        </section>
    }
}

/// A button a ready-made set: all, or these.
#[component]
pub fn SampleSets(#[prop(optional)] only: Option<&'static [&'static str]>) -> impl IntoView {
    let state = state();
    let set = |(id, photos): &Samples| {
        let id = *id;
        let send = move |_| {
            state.send(Request::AddSampleSet {
                id: id.into(),
                first: 0,
            })
        };
        let pictures = photos.map(|photo| {
            let source = of(&format!("samples/photos/{photo}.jpg"));
            view! { <img src=source alt="" loading="lazy" width="64" height="64" /> }
        });
        view! {
            <button class="sample-set" data-testid="sample-set" data-name=id on:click=send>
                <span class="strip">{pictures.into_iter().collect_view()}</span>
                {text::sample_name(id)}
            </button>
        }
    };
    let wanted = move |id: &str| only.is_none_or(|only| only.contains(&id));
    let sets = SAMPLE_SETS.iter().filter(|(id, ..)| wanted(id));
    view! { <div class="sample-sets">{sets.map(set).collect_view()}</div> }
}
