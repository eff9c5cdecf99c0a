//! The camera: open, shown, closed. One at a time, and off when nobody sees the page.

use js_sys::{Array, Reflect};
use leptos::html::Video;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, MediaDeviceInfo,
    MediaDeviceKind, MediaStream, MediaStreamConstraints, MediaStreamTrack,
};

use super::state::state;
use super::text::{self, Refusal};
use crate::ui::erased::Show;
use data::class::ClassId;

/// Side of the squares that are cut from the picture.
pub const SIDE: u32 = 480;

/// What the camera is on for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Class(ClassId),
    Try,
}

/// Why there is no picture.
fn refusal(error: &JsValue) -> Refusal {
    let read = |what: &str| {
        let value = Reflect::get(error, &JsValue::from_str(what)).ok();
        value.and_then(|v| v.as_string()).unwrap_or_default()
    };
    match read("name").as_str() {
        "NotAllowedError" | "SecurityError" => Refusal::Forbidden,
        "NotFoundError" | "OverconstrainedError" => Refusal::NoneFound,
        "NotReadableError" | "AbortError" => Refusal::InUse,
        _ => Refusal::Other(read("message")),
    }
}

/// Copied freely: every field is a handle.
#[derive(Clone, Copy)]
pub struct Camera {
    pub purpose: RwSignal<Option<Purpose>>,
    stream: StoredValue<Option<MediaStream>, LocalStorage>,
    /// Counts openings: one that comes late is closed at once.
    turn: StoredValue<usize>,
}

impl Camera {
    pub fn new() -> Self {
        Self {
            purpose: RwSignal::new(None),
            stream: StoredValue::new_local(None),
            turn: StoredValue::new(0),
        }
    }

    pub fn is_for(self, purpose: Purpose) -> bool {
        self.purpose.get() == Some(purpose)
    }

    pub fn toggle(self, purpose: Purpose) {
        let on = self.purpose.get_untracked() == Some(purpose);
        self.stop();
        self.purpose.set((!on).then_some(purpose));
    }

    pub fn close(self) {
        self.stop();
        self.purpose.set(None);
    }

    fn stop(self) {
        self.turn.update_value(|t| *t += 1);
        self.stream.update_value(|s| s.take().iter().for_each(stop));
    }

    /// The stream of a camera, or of any; none where the panel was closed meanwhile.
    async fn open(self, device: Option<String>) -> Option<Result<MediaStream, Refusal>> {
        self.stop();
        let turn = self.turn.get_value();
        let opened = open(device).await;
        if self.turn.get_value() != turn {
            opened.iter().for_each(stop);
            return None;
        }
        if let Ok(stream) = &opened {
            self.stream.set_value(Some(stream.clone()));
        }
        Some(opened)
    }
}

fn stop(stream: &MediaStream) {
    for track in stream.get_tracks().iter() {
        track.unchecked_into::<MediaStreamTrack>().stop();
    }
}

fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (key, value) in entries {
        let _ = Reflect::set(&object, &JsValue::from_str(key), value); // a new object takes all
    }
    object.into()
}

async fn open(device: Option<String>) -> Result<MediaStream, Refusal> {
    let devices = window().navigator().media_devices();
    let devices = devices.ok().filter(|d| !d.is_undefined());
    let devices = devices.ok_or(Refusal::Insecure)?;
    let mut wanted = vec![("width", object(&[("ideal", 640.into())]))];
    if let Some(id) = device {
        wanted.push(("deviceId", object(&[("exact", id.into())])));
    }
    let constraints = MediaStreamConstraints::new();
    constraints.set_video(&object(&wanted));
    let promise = devices
        .get_user_media_with_constraints(&constraints)
        .map_err(|e| refusal(&e))?;
    let stream = JsFuture::from(promise).await.map_err(|e| refusal(&e))?;
    Ok(stream.unchecked_into())
}

/// Id and name of each camera; names are told once one was allowed.
async fn cameras() -> Vec<(String, String)> {
    let promise = window()
        .navigator()
        .media_devices()
        .and_then(|d| d.enumerate_devices());
    let Ok(promise) = promise else {
        return Vec::new();
    };
    let Ok(found) = JsFuture::from(promise).await else {
        return Vec::new();
    };
    Array::from(&found)
        .iter()
        .map(JsCast::unchecked_into::<MediaDeviceInfo>)
        .filter(|d| d.kind() == MediaDeviceKind::Videoinput)
        .enumerate()
        .map(|(i, d)| {
            let label = Some(d.label()).filter(|l| !l.is_empty());
            (
                d.device_id(),
                label.unwrap_or_else(|| text::camera_number(i + 1)),
            )
        })
        .collect()
}

/// The live picture, a mirror where the camera looks at the person, and a choice of cameras.
#[component]
pub fn CameraView(video: NodeRef<Video>) -> impl IntoView {
    let state = state();
    let camera = state.camera;
    let choices = RwSignal::new(Vec::new());
    let chosen = RwSignal::new(String::new());
    let mirrored = RwSignal::new(true);
    let open = move |device: Option<String>| {
        spawn_local(async move {
            match camera.open(device).await {
                None => {}
                Some(Err(why)) => {
                    state.notify(text::Kind::Error, text::no_camera(&why));
                    camera.close();
                }
                Some(Ok(stream)) => {
                    if let Some(video) = video.get_untracked() {
                        video.set_src_object(Some(&stream));
                        let _ = video.play(); // muted: browsers let it play
                    }
                    let track = stream.get_video_tracks().get(0);
                    let settings = track.unchecked_into::<MediaStreamTrack>().get_settings();
                    mirrored.set(settings.get_facing_mode().as_deref() != Some("environment"));
                    chosen.set(settings.get_device_id().unwrap_or_default());
                    choices.set(cameras().await);
                }
            }
        });
    };
    Effect::new(move |before: Option<bool>| {
        let here = video.with(Option::is_some);
        if here && before != Some(true) {
            open(None);
        }
        here
    });
    let options = move || {
        let option = |(id, label): (String, String)| {
            let value = id.clone();
            view! { <option value=value selected=move || chosen.get() == id>{label}</option> }
        };
        choices.get().into_iter().map(option).collect_view()
    };
    view! {
        <div class="camera-view">
            <video
                node_ref=video data-testid="camera-video" class:mirrored=move || mirrored.get()
                aria-label=text::camera_picture() prop:muted=true autoplay playsinline
            ></video>
            <Show when=move || choices.with(|c| c.len() > 1)>
                <select
                    data-testid="camera-choose" aria-label=text::camera_choose()
                    on:change=move |event| open(Some(event_target_value(&event)))
                >
                    {options}
                </select>
            </Show>
        </div>
    }
}

/// Canvases for squares out of the middle of the picture.
pub fn canvas() -> Option<(HtmlCanvasElement, CanvasRenderingContext2d)> {
    let canvas = document().create_element("canvas").ok()?;
    let canvas: HtmlCanvasElement = canvas.unchecked_into();
    canvas.set_width(SIDE);
    canvas.set_height(SIDE);
    let options = object(&[("willReadFrequently", true.into())]);
    let context = canvas.get_context_with_context_options("2d", &options);
    let context = context.ok()??.unchecked_into();
    Some((canvas, context))
}

/// Draws the picture's middle; none while there is no picture.
pub fn draw(video: &HtmlVideoElement, context: &CanvasRenderingContext2d) -> Option<()> {
    let (width, height) = (video.video_width(), video.video_height());
    let crop = width.min(height);
    if crop == 0 {
        return None;
    }
    let side = f64::from(SIDE);
    let (left, top) = ((width - crop) / 2, (height - crop) / 2);
    context
        .draw_image_with_html_video_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
            video,
            left.into(),
            top.into(),
            crop.into(),
            crop.into(),
            0.0,
            0.0,
            side,
            side,
        )
        .ok()
}
