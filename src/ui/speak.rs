//! The page's start: first the language, then everything that is said in it.

use leptos::mount::mount_to_body;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::app::App;
use crate::web::address::{fetch, query};

/// Called by the page's `main`. English is at hand; another language is fetched before anything is shown. Where it cannot be had,
/// the page speaks English.
pub fn start() {
    let language = words::choose(wanted());
    if language == words::ENGLISH {
        return open();
    }
    // Not leptos's: it can spawn once it has mounted something.
    spawn_local(async move {
        if let Ok(pack) = fetch(&format!("locales/{language}.txt")).await {
            words::speak(pack);
        }
        open();
    });
}

fn open() {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", words::language()); // a tag that any document takes
    }
    // What was shown until now (`xtask/src/first.rs`).
    if let Some(first) = document().get_element_by_id("first") {
        first.remove();
    }
    mount_to_body(App);
}

/// The address's `?lang=` first, then the languages that the browser was told, best first.
fn wanted() -> Vec<String> {
    let told = window().navigator().languages();
    let told = told.iter().filter_map(|tag| tag.as_string());
    query("lang").into_iter().chain(told).collect()
}
