//! A large table of confusions as a picture: however many classes there are, it is one element.

use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use crate::ui::text;
use data::metrics::Confusion;

/// Pixels of a side at most: as many as a phone shows of it.
const SIDE: usize = 280;
/// Okabe and Ito's blue and vermilion, visible on light and dark.
const HIT: [u8; 3] = [0, 114, 178];
const MISTAKE: [u8; 3] = [213, 94, 0];
/// Of 255: the least that a spot with a photo is covered with.
const FAINT: f64 = 90.0;

pub fn picture(confusion: &Confusion) -> impl IntoView + use<> {
    let classes = confusion.classes;
    let side = classes.min(SIDE);
    let pixels = pixels(&confusion.spots(side));
    let canvas = NodeRef::<Canvas>::new();
    canvas.on_load(move |canvas| {
        // Without the picture the list of mistakes says the most.
        let _ = draw(&canvas, &pixels, side as u32);
    });
    view! {
        <canvas
            node_ref=canvas class="confusion-picture" data-testid="confusion-picture"
            width=side.to_string() height=side.to_string()
            role="img" aria-label=text::confusion_picture(classes)
        ></canvas>
    }
}

/// RGBA. The more photos, the less of the paper shows.
fn pixels(spots: &[(u64, u64)]) -> Vec<u8> {
    let most = |of: fn(&(u64, u64)) -> u64| spots.iter().map(of).max().unwrap_or(0).max(1) as f64;
    let (most_hits, most_mistakes) = (most(|s| s.0), most(|s| s.1));
    let pixel = |(hits, mistakes): &(u64, u64)| {
        let (count, most, [r, g, b]) = match hits >= mistakes {
            true => (*hits, most_hits, HIT),
            false => (*mistakes, most_mistakes, MISTAKE),
        };
        let cover = match count {
            0 => 0.0,
            _ => FAINT + (255.0 - FAINT) * count as f64 / most,
        };
        [r, g, b, cover as u8]
    };
    spots.iter().flat_map(pixel).collect()
}

fn draw(canvas: &HtmlCanvasElement, pixels: &[u8], side: u32) -> Option<()> {
    let context = canvas.get_context("2d").ok()??;
    let context: CanvasRenderingContext2d = context.unchecked_into();
    let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(pixels), side, side).ok()?;
    context.put_image_data(&image, 0.0, 0.0).ok()
}
