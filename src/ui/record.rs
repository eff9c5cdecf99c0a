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
use crate::data::class::ClassId;
use crate::protocol::Target;

const EVERY: Duration = Duration::from_millis(150);
const QUALITY: f64 = 0.9;

#[component]
pub fn Recorder(class: ClassId) -> impl IntoView {
    let state = state();
    let video = NodeRef::<Video>::new();
    let count = RwSignal::new(0_usize);
    let timer = RwSignal::<Option<IntervalHandle>>::new(None);
    let canvas: StoredValue<Option<(HtmlCanvasElement, CanvasRenderingContext2d)>, LocalStorage> =
        StoredValue::new_local(camera::canvas());
    let taken = move |blob: JsValue| {
        if blob.is_null() {
            return;
        }
        let number = count.try_update(|n| {
            *n += 1;
            *n
        });
        // Names tell photos apart, in the order they were taken.
        let name = format!(
            "camera-{:.0}-{:03}.jpg",
            js_sys::Date::now(),
            number.unwrap_or(0)
        );
        if let Ok(file) = File::new_with_blob_sequence(&js_sys::Array::of1(&blob), &name) {
            state.add_photos(Target::Class(class), vec![(name, file)]);
        }
    };
    let grab = move || {
        let video = video.try_get_untracked().flatten();
        canvas.try_with_value(|canvas| {
            let (canvas, context) = canvas.as_ref()?;
            camera::draw(video.as_ref()?, context)?;
            let taken = Closure::once_into_js(taken);
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
    let start = move || {
        stop();
        grab();
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
            grab();
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
                    {text::RECORD}
                </button>
                <span class="quiet count">{move || text::recorded(count.get())}</span>
                <button class="close" data-testid="camera-close" on:click=move |_| state.camera.close()>
                    {text::CAMERA_CLOSE}
                </button>
            </div>
        </div>
    }
}
