//! A result as files: a table for spreadsheets, and its chart as SVG and as PNG.

use leptos::prelude::*;
use leptos::wasm_bindgen::closure::Closure;
use leptos::wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement, Url};

use crate::ui::state::state;
use crate::ui::{files, text};

/// Pixels of the PNG for each of the drawing's own: sharp in print too.
const SHARPNESS: f64 = 2.0;

/// What is saved.
pub struct Saved {
    /// Of the file, without its ending.
    pub name: String,
    pub csv: String,
    pub svg: String,
}

/// Buttons that save what there is at that moment. `ids`: their test ids, for CSV, SVG and PNG.
#[component]
pub fn SaveAs(
    ids: [&'static str; 3],
    what: impl Fn() -> Option<Saved> + Copy + 'static,
) -> impl IntoView {
    let state = state();
    let csv = move |_| {
        if let Some(saved) = what() {
            files::download_text(&format!("{}.csv", saved.name), "text/csv", &saved.csv);
        }
    };
    let svg = move |_| {
        if let Some(saved) = what() {
            files::download_text(&format!("{}.svg", saved.name), "image/svg+xml", &saved.svg);
        }
    };
    let failed = move || state.notify(text::Kind::Error, text::lab_save_no_png().into());
    let png = move |_| {
        if let Some(saved) = what()
            && save_png(format!("{}.png", saved.name), &saved.svg, failed).is_none()
        {
            failed();
        }
    };
    view! {
        <div class="row" role="group" aria-label=text::lab_save()>
            <span class="quiet" aria-hidden="true">{text::lab_save()}</span>
            <button class="small" data-testid=ids[0] on:click=csv>{text::lab_save_csv()}</button>
            <button class="small" data-testid=ids[1] on:click=svg>{text::lab_save_svg()}</button>
            <button class="small" data-testid=ids[2] on:click=png>{text::lab_save_png()}</button>
        </div>
    }
}

/// Draws the SVG on a canvas. `failed` is called where the browser later finds that it cannot.
fn save_png(name: String, svg: &str, failed: impl Fn() + Copy + 'static) -> Option<()> {
    let image = HtmlImageElement::new().ok()?;
    let url = files::url(&js_sys::Uint8Array::from(svg.as_bytes()), "image/svg+xml");
    let (drawn, source) = (image.clone(), url.clone());
    let on_load = Closure::once_into_js(move || {
        let done = draw(&drawn, name, failed);
        files::forget(&source);
        if done.is_none() {
            failed();
        }
    });
    image.set_onload(Some(on_load.unchecked_ref()));
    image.set_onerror(Some(Closure::once_into_js(failed).unchecked_ref()));
    image.set_src(&url);
    Some(())
}

fn draw(image: &HtmlImageElement, name: String, failed: impl Fn() + 'static) -> Option<()> {
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
    let (width, height) = (
        f64::from(image.natural_width()) * SHARPNESS,
        f64::from(image.natural_height()) * SHARPNESS,
    );
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    context
        .draw_image_with_html_image_element_and_dw_and_dh(image, 0.0, 0.0, width, height)
        .ok()?;
    let save = Closure::once_into_js(move |blob: JsValue| {
        let url = blob.dyn_ref::<Blob>().map(Url::create_object_url_with_blob);
        match url {
            Some(Ok(url)) => files::download(&name, &url),
            _ => failed(),
        }
    });
    canvas.to_blob(save.unchecked_ref()).ok()
}
