//! What to compare: classes, photos, resolution, budget, methods.

use leptos::prelude::*;

use crate::ui::collect::SampleSets;
use crate::ui::depth::DepthChoice;
use crate::ui::each_class::Placed;
use crate::ui::erased::{Show, memo};
use crate::ui::keyed::keyed;
use crate::ui::pages::Page;
use crate::ui::settings::Limits;
use crate::ui::state::{State, state};
use crate::ui::text;
use data::class::ClassId;
use data::lab::{Budget, LabSettings};
use data::ranges::lab::{EPOCHS, RESOLUTIONS, SAMPLES, SECONDS};
use data::transfer::Method;

const QUICK: [usize; 4] = [2, 5, 10, 20];

#[component]
pub fn Form() -> impl IntoView {
    let state = state();
    let settings = state.lab.settings;
    let runs = memo(move || state.lab.runs());
    let tunes = memo(move || settings.with(|s| s.methods.contains(&Method::FineTuning)));
    let seed = Limits::of(None);
    view! {
        <fieldset class="lab-form" disabled=move || runs.get()>
            <legend class="unseen">{text::lab_compare_settings()}</legend>
            <Classes />
            <Photos />
            <label class="field">
                <span>{text::lab_resolution()}</span>
                <select
                    data-testid="lab-resolution" on:change=move |event| resolution(settings, &event_target_value(&event))
                    prop:value=move || settings.with(|s| s.resolution.to_string())
                >
                    {RESOLUTIONS.map(|r| option(settings, r)).into_iter().collect_view()}
                </select>
                <small class="quiet">{text::lab_resolution_means()}</small>
            </label>
            <BudgetFields />
            <Methods />
            <Show when=move || tunes.get()>
                <DepthChoice
                    id="lab-tune-depth"
                    depth=Signal::derive(move || settings.with(|s| s.depth))
                    choose=move |depth| settings.update(|s| s.depth = depth)
                    disabled=runs
                />
            </Show>
            <label class="field">
                <span>{text::setting_seed()}</span>
                <input
                    type="number" min=seed.min step=seed.step data-testid="lab-seed"
                    prop:value=move || settings.with(|s| s.seed.to_string())
                    on:change=move |event| written(settings, &event, |s, seed| s.seed = seed)
                />
                <small class="quiet">{text::setting_seed_means_in_lab()}</small>
            </label>
        </fieldset>
    }
}

/// Puts a number into the settings; notifies also when it is none, so that the input shows
/// what counts.
fn written<T: decimal::Number>(
    settings: RwSignal<LabSettings>,
    event: &web_sys::Event,
    put: impl FnOnce(&mut LabSettings, T),
) {
    let value = T::read(&event_target_value(event));
    settings.update(|s| {
        if let Some(value) = value {
            put(s, value);
        }
    });
}

fn resolution(settings: RwSignal<LabSettings>, written: &str) {
    if let Some(side) = RESOLUTIONS.into_iter().find(|r| r.to_string() == written) {
        settings.update(|s| s.resolution = side);
    }
}

fn option(settings: RwSignal<LabSettings>, side: usize) -> impl IntoView {
    let chosen = move || settings.with(|s| s.resolution == side);
    view! { <option value=side.to_string() selected=chosen>{text::pixels(side)}</option> }
}

/// A tick a class with photos; ready-made sets where there is none.
#[component]
fn Classes() -> impl IntoView {
    let state = state();
    let empty = memo(move || {
        state
            .classes
            .with(|all| all.iter().all(|c| c.count + c.pending == 0))
    });
    // Who never opens the Lab waits for none of it.
    let opened = Memo::new(move |before: Option<&bool>| {
        before == Some(&true) || state.page.get() == Page::Lab
    });
    let ids = Signal::derive(move || match opened.get() {
        true => state.each_class.ids.get(),
        false => Vec::new(),
    });
    let ids = state.drawing.portions(24, ids);
    let row = move |id: ClassId| {
        let found = state.each_class.find(id);
        found.map(|found| view! { <Class id found /> })
    };
    view! {
        <fieldset>
            <legend>{text::lab_classes()}</legend>
            <Show
                when=move || !empty.get()
                fallback=|| view! {
                    <div class="empty">
                        <p>{text::lab_classes_none()}</p>
                        <SampleSets />
                    </div>
                }
            >
                <div class="ticks">{keyed(move || ids.get(), |id| id.0.into(), row)}</div>
            </Show>
        </fieldset>
    }
}

#[component]
fn Class(id: ClassId, found: RwSignal<Placed>) -> impl IntoView {
    let state = state();
    let left_out = state.lab.left_out;
    let tick = move |event| {
        let on = event_target_checked(&event);
        left_out.update(|out| {
            if on {
                out.remove(&id);
            } else {
                out.insert(id);
            }
        });
    };
    let name = move || found.with(|(_, c)| c.class.name.clone());
    let without = move || found.with(|(_, c)| c.count == 0);
    view! {
        <label class="tick" style=("--class-colour", move || found.with(|(_, c)| c.class.colour.hex()))>
            <input
                type="checkbox" data-testid="lab-class" data-class-name=name disabled=without
                prop:checked=move || !without() && !left_out.with(|out| out.contains(&id)) on:change=tick
            />
            <span class="glyph" aria-hidden="true">{move || found.with(|(place, _)| text::glyph(*place))}</span>
            <span class="who">{name}</span>
            <span class="quiet">{move || found.with(|(_, c)| text::count(c.count, c.pending))}</span>
        </label>
    }
}

#[component]
fn Photos() -> impl IntoView {
    let state = state();
    let settings = state.lab.settings;
    let photos = memo(move || settings.with(|s| s.samples));
    let quick = move |n: usize| {
        view! {
            <button
                type="button" class="small" data-testid="lab-photos-quick" data-photos=n.to_string()
                aria-label=text::lab_photos_quick(n)
                aria-pressed=move || (photos.get() == n).to_string()
                on:click=move |_| settings.update(|s| s.samples = n)
            >
                {n}
            </button>
        }
    };
    let Limits { min, max, step } = Limits::of(Some(SAMPLES.as_real()));
    view! {
        <div class="photos-field">
            <label class="field">
                <span>{text::lab_photos()}</span>
                <input
                    type="number" min=min max=max step=step data-testid="lab-photos"
                    prop:value=move || settings.with(|s| s.samples.to_string())
                    on:change=move |event| written(settings, &event, |s, n: usize| s.samples = SAMPLES.clamp(n))
                />
            </label>
            <div class="row">{QUICK.map(quick).into_iter().collect_view()}</div>
            <small class="quiet two-lines">{move || split(state)}</small>
        </div>
    }
}

fn split(state: State) -> String {
    let photos = state.lab.settings.with(|s| s.samples);
    let classes = state.lab_classes();
    let all: usize = classes.iter().map(|(_, count)| count).sum();
    text::split(photos * classes.len(), all)
}

/// Passes or seconds, and how many.
#[component]
fn BudgetFields() -> impl IntoView {
    let settings = state().lab.settings;
    let amount = move || {
        settings.with(|s| match s.budget {
            Budget::Epochs(n) => n.to_string(),
            Budget::Seconds(s) => decimal::shortest(s),
        })
    };
    let write = move |event: web_sys::Event| {
        written(settings, &event, |s, amount: f64| {
            s.budget = match s.budget {
                Budget::Epochs(_) => Budget::Epochs(EPOCHS.clamp(amount as usize)),
                Budget::Seconds(_) => Budget::Seconds(SECONDS.clamp(amount)),
            };
        });
    };
    let unit = move || settings.with(|s| unit_of(s.budget));
    let limits = move || {
        Limits::of(Some(settings.with(|s| match s.budget {
            Budget::Epochs(_) => EPOCHS.as_real(),
            Budget::Seconds(_) => SECONDS,
        })))
    };
    let choose = move |event: web_sys::Event| {
        let seconds = event_target_value(&event) == "seconds";
        settings.update(|s| {
            s.budget = match (s.budget, seconds) {
                (Budget::Epochs(_), true) => Budget::Seconds(SECONDS.default),
                (Budget::Seconds(_), false) => Budget::Epochs(EPOCHS.default),
                (same, _) => same,
            };
        });
    };
    let option = move |value: &'static str, words: &'static str| {
        view! { <option value=value selected=move || unit() == value>{words}</option> }
    };
    view! {
        <fieldset>
            <legend>{text::lab_budget()}</legend>
            <div class="row budget">
                <input
                    type="number" min=move || limits().min max=move || limits().max step=move || limits().step
                    data-testid="lab-budget" aria-label=text::lab_budget_amount()
                    prop:value=amount on:change=write
                />
                <select data-testid="lab-budget-unit" aria-label=text::lab_budget_unit() prop:value=unit on:change=choose>
                    {option("epochs", text::lab_budget_epochs())}
                    {option("seconds", text::lab_budget_seconds())}
                </select>
            </div>
            <small class="quiet">{text::lab_budget_means()}</small>
        </fieldset>
    }
}

fn unit_of(budget: Budget) -> &'static str {
    match budget {
        Budget::Epochs(_) => "epochs",
        Budget::Seconds(_) => "seconds",
    }
}

#[component]
fn Methods() -> impl IntoView {
    let settings = state().lab.settings;
    let one = move |method: Method| {
        let tick = move |event| {
            let on = event_target_checked(&event);
            settings.update(|s| {
                // Always in the same order, however they are ticked.
                let keep = |m: &Method| {
                    if *m == method {
                        on
                    } else {
                        s.methods.contains(m)
                    }
                };
                s.methods = Method::ALL.into_iter().filter(keep).collect();
            });
        };
        view! {
            <label class="tick method-tick">
                <input
                    type="checkbox" data-testid="lab-method" data-method=method.name()
                    prop:checked=move || settings.with(|s| s.methods.contains(&method)) on:change=tick
                />
                <span class="who">{text::method(method)}</span>
                <small class="quiet">{text::method_in_lab(method)}</small>
            </label>
        }
    };
    view! {
        <fieldset>
            <legend>{text::lab_methods()}</legend>
            <div class="ticks">{Method::ALL.map(one).into_iter().collect_view()}</div>
        </fieldset>
    }
}
