//! Photos of a class by camera: hold the button, and it takes one after the other.

use std::time::Duration;

use leptos::ev::{KeyboardEvent, MouseEvent, PointerEvent};
use leptos::html::Video;
use leptos::leptos_dom::helpers::IntervalHandle;
use leptos::prelude::*;
use leptos::wasm_bindgen::closure::Closure;
use leptos::wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, Element, File, HtmlCanvasElement};

use super::camera::{self, CameraView};
use super::state::state;
use super::text;
use data::class::ClassId;
use data::photo::origin::frame_name;
use data::protocol::Target;

const EVERY: Duration = Duration::from_millis(150);
const QUALITY: f64 = 0.9;

/// Date and time where the user is: `2026-11-27 10.03.15`.
fn now() -> String {
    let now = js_sys::Date::new_0();
    let (year, month, day) = (now.get_full_year(), now.get_month() + 1, now.get_date());
    let (hours, minutes, seconds) = (now.get_hours(), now.get_minutes(), now.get_seconds());
    format!("{year}-{month:02}-{day:02} {hours:02}.{minutes:02}.{seconds:02}")
}

#[component]
pub fn Recorder(class: ClassId) -> impl IntoView {
    let state = state();
    let video = NodeRef::<Video>::new();
    let count = RwSignal::new(0_usize);
    // When the button was pressed, and the frames since.
    let burst = StoredValue::new((String::new(), 0_usize));
    let timer = RwSignal::<Option<IntervalHandle>>::new(None);
    let canvas: StoredValue<Option<(HtmlCanvasElement, CanvasRenderingContext2d)>, LocalStorage> =
        StoredValue::new_local(camera::canvas());
    let taken = move |blob: JsValue, name: String| {
        if blob.is_null() {
            return;
        }
        count.try_update(|n| *n += 1);
        if let Ok(file) = File::new_with_blob_sequence(&js_sys::Array::of1(&blob), &name) {
            state.add_photos(Target::Class(class), vec![(name, file)]);
        }
    };
    let grab = move || {
        let video = video.try_get_untracked().flatten();
        canvas.try_with_value(|canvas| {
            let (canvas, context) = canvas.as_ref()?;
            camera::draw(video.as_ref()?, context)?;
            // All frames of a burst can be told by their names, in the order they were taken.
            let name = burst.try_update_value(|(burst, number)| {
                *number += 1;
                frame_name(burst, *number)
            })?;
            let taken = Closure::once_into_js(move |blob: JsValue| taken(blob, name));
            canvas
                .to_blob_with_type_and_encoder_options(
                    taken.unchecked_ref(),
                    "image/jpeg",
                    &QUALITY.into(),
                )
                .ok()
        });
    };
    let stop = move || {
        if let Some(Some(timer)) = timer.try_update(Option::take) {
            timer.clear();
        }
    };
    let begin = move || {
        let now = now();
        burst.update_value(|burst| {
            // Pressed twice in a second, it goes on counting.
            if burst.0 != now {
                *burst = (now, 0);
            }
        });
        grab();
    };
    let start = move || {
        stop();
        begin();
        timer.set(set_interval_with_handle(grab, EVERY).ok());
    };
    let press = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        // A finger that slides off the button still holds it.
        if let Some(button) = event.current_target() {
            let _ = button
                .unchecked_into::<Element>()
                .set_pointer_capture(event.pointer_id());
        }
        start();
    };
    let is_press = |event: &KeyboardEvent| [" ", "Enter"].contains(&event.key().as_str());
    let key_down = move |event: KeyboardEvent| {
        if is_press(&event) {
            event.prevent_default();
            if !event.repeat() {
                start();
            }
        }
    };
    // A click that no pointer and no key made: from a screen reader or a voice.
    let click = move |event: MouseEvent| {
        if event.detail() == 0 {
            begin();
        }
    };
    on_cleanup(stop);
    view! {
        <div class="camera">
            <CameraView video />
            <div class="row">
                <button
                    class="primary record" data-testid="camera-record"
                    class:recording=move || timer.with(Option::is_some)
                    on:pointerdown=press
                    on:pointerup=move |_| stop()
                    on:pointercancel=move |_| stop()
                    on:lostpointercapture=move |_| stop()
                    on:blur=move |_| stop()
                    on:keydown=key_down
                    on:keyup=move |event| if is_press(&event) { event.prevent_default(); stop() }
                    on:contextmenu=move |event| event.prevent_default()
                    on:click=click
                >
                    {text::camera_record()}
                </button>
                <span class="quiet count">{move || text::recorded(count.get())}</span>
                <button class="close" data-testid="camera-close" on:click=move |_| state.camera.close()>
                    {text::camera_close()}
                </button>
            </div>
        </div>
    }
}
