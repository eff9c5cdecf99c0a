//! What the head says of the camera's picture, again and again: one frame under way at a time.

use std::collections::VecDeque;
use std::time::Duration;

use js_sys::{Reflect, Uint8Array, Uint8ClampedArray};
use leptos::html::Video;
use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement};

use super::camera::{self, CameraView, SIDE};
use super::predictions::LivePredictions;
use super::state::state;
use super::text;
use crate::ui::erased::{Show, memo};
use data::protocol::Request;

/// A frame without an answer is given up; its worker may be gone.
const PATIENCE_MS: f64 = 2000.0;
/// How often to look whether a frame can be sent though no answer came.
const LOOK: Duration = Duration::from_millis(100);
/// The frame rate is measured over so many frames.
const MEASURED: usize = 12;

#[component]
pub fn Live() -> impl IntoView {
    let state = state();
    let video = NodeRef::<Video>::new();
    let canvas: StoredValue<Option<(HtmlCanvasElement, CanvasRenderingContext2d)>, LocalStorage> =
        StoredValue::new_local(camera::canvas());
    // When the frame under way was sent.
    let sent = StoredValue::new(None::<f64>);
    let answered = StoredValue::new(VecDeque::<f64>::new());
    let rate = RwSignal::new(0.0_f64);
    state.frame.update(|(_, last)| last.clear());
    let pump = move || {
        let Some(before) = sent.try_get_value() else {
            return; // the panel is closed
        };
        if before.is_some_and(|t| js_sys::Date::now() - t < PATIENCE_MS) {
            return;
        }
        let video = video.get_untracked();
        let pixels = canvas.with_value(|canvas| {
            let (_, context) = canvas.as_ref()?;
            pixels(video.as_ref()?, context)
        });
        if let Some(pixels) = pixels {
            let (width, height) = (SIDE, SIDE);
            state.send_bytes(Request::TryFrame { width, height }, &pixels);
            sent.set_value(Some(js_sys::Date::now()));
        }
    };
    Effect::new(move |before: Option<usize>| {
        let number = state.frame.with(|(number, _)| *number);
        if before.is_some_and(|b| b != number) {
            sent.set_value(None);
            let times = answered.try_update_value(|times| {
                times.push_back(js_sys::Date::now());
                times.drain(..times.len().saturating_sub(MEASURED));
                (times.len(), times.back().copied().unwrap_or(0.0) - times[0])
            });
            if let Some((frames, ms)) = times.filter(|(_, ms)| *ms > 0.0) {
                rate.set((frames - 1) as f64 * 1000.0 / ms);
            }
            request_animation_frame(pump);
        }
        number
    });
    let timer = set_interval_with_handle(pump, LOOK).ok();
    on_cleanup(move || timer.iter().for_each(|t| t.clear()));
    let refused = memo(move || state.frame_needs.get() > state.kept.get());
    let predictions = Signal::derive(move || state.frame.with(|(_, p)| p.clone()));
    view! {
        <div class="card live-card">
            <CameraView video />
            <div data-testid="live" class:refused=refused>
                <Show when=move || refused.get()><p class="best">{text::unknown_said()}</p></Show>
                <LivePredictions predictions />
            </div>
            <p class="quiet" data-testid="fps" data-value=move || decimal::shortest(rate.get())>
                {move || text::rate(rate.get())}
            </p>
        </div>
    }
}

/// RGBA, row by row, in a buffer of its own.
fn pixels(video: &HtmlVideoElement, context: &CanvasRenderingContext2d) -> Option<Uint8Array> {
    camera::draw(video, context)?;
    let side = f64::from(SIDE);
    let image = context.get_image_data(0.0, 0.0, side, side).ok()?;
    // Not `image.data()`, which copies the pixels into wasm and back.
    let data = Reflect::get(&image, &JsValue::from_str("data")).ok()?;
    let data: Uint8ClampedArray = data.unchecked_into();
    Some(Uint8Array::new(&data.buffer()))
}
