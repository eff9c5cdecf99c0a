//! A comparison as files: a table for spreadsheets, and its chart as SVG and as PNG.

use leptos::prelude::*;
use leptos::wasm_bindgen::closure::Closure;
use leptos::wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement, Url};

use crate::charts::plot::Paper;
use crate::charts::{as_csv, over_time};
use crate::ui::state::state;
use crate::ui::{files, text};
use data::lab::LabReport;

/// Pixels of the PNG for each of the drawing's own: sharp in print too.
const SHARPNESS: f64 = 2.0;

#[component]
pub fn Exports(report: Memo<Option<LabReport>>) -> impl IntoView {
    let state = state();
    let with = move |save: fn(&LabReport)| {
        report.with_untracked(|r| r.iter().for_each(save));
    };
    let png = move |_| {
        let svg = report.with_untracked(|r| r.as_ref().map(|r| (name(r, "png"), svg(r))));
        if let Some((name, svg)) = svg
            && save_png(name, &svg, move || {
                state.notify(text::Kind::Error, text::lab_save_no_png().into());
            })
            .is_none()
        {
            state.notify(text::Kind::Error, text::lab_save_no_png().into());
        }
    };
    view! {
        <div class="row" role="group" aria-label=text::lab_save()>
            <span class="quiet" aria-hidden="true">{text::lab_save()}</span>
            <button
                class="small" data-testid="lab-csv"
                on:click=move |_| with(|r| files::download_text(&name(r, "csv"), "text/csv", &as_csv(r)))
            >
                {text::lab_save_csv()}
            </button>
            <button
                class="small" data-testid="lab-svg"
                on:click=move |_| with(|r| files::download_text(&name(r, "svg"), "image/svg+xml", &svg(r)))
            >
                {text::lab_save_svg()}
            </button>
            <button class="small" data-testid="lab-png" on:click=png>{text::lab_save_png()}</button>
        </div>
    }
}

fn name(report: &LabReport, ending: &str) -> String {
    format!("graft-lab-{}.{ending}", report.id + 1) // as on the page
}

fn svg(report: &LabReport) -> String {
    over_time(report).svg(Paper::File)
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
