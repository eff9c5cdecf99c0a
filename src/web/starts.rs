//! Starts of the page that came to nothing. After two, the next leaves out what may be the cause (`StartOptions::safe`).

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::adapter::pause;

/// In the browser's small storage, which a page can read before anything else works.
const KEY: &str = "graft-starts";
/// So many starts in a row came to nothing.
const TWICE: u32 = 2;
/// Milliseconds after which a page that was ready has shown that it lives.
const LIVES: f64 = 3000.0;

#[derive(Default)]
pub struct Starts {
    /// Starts of the page before this one that came to nothing, and of workers of this page.
    failed: Rc<Cell<u32>>,
    /// The start under way has come to something.
    done: Rc<Cell<bool>>,
    /// A worker of this page broke, and the next one is not ready.
    broke: Rc<Cell<bool>>,
    ready: Cell<bool>,
    /// The page's project is the stored one, which the next page has too.
    counts: bool,
}

impl Starts {
    /// `counts` is false for a project of its own, which no start before this one had.
    pub fn of_page(counts: bool) -> Self {
        let starts = Self::default();
        if !counts {
            return starts;
        }
        starts.failed.set(read());
        let (failed, done, broke) = (
            starts.failed.clone(),
            starts.done.clone(),
            starts.broke.clone(),
        );
        // Who leaves before it is ready had no patience, and the page no fault. One that hangs cannot tell.
        let leaves = Closure::<dyn Fn()>::new(move || {
            if !done.get() && !broke.get() {
                write(failed.get());
            }
        });
        if let Some(window) = web_sys::window() {
            let callback = leaves.as_ref().unchecked_ref();
            // Without it, impatience counts as a failure.
            let _ = window.add_event_listener_with_callback("pagehide", callback);
        }
        leaves.forget(); // the page lives as long
        Self {
            counts: true,
            ..starts
        }
    }

    /// A start counts as failed until it has succeeded.
    pub fn begin(&self) {
        self.done.set(false);
        self.ready.set(false);
        if self.counts {
            write(self.failed.get() + 1);
        }
    }

    pub fn failed_twice(&self) -> bool {
        self.failed.get() >= TWICE
    }

    /// The worker has the project open.
    pub fn ready(&self) {
        self.ready.set(true);
        self.broke.set(false);
    }

    /// A worker broke: at its start, unless it had the project open.
    pub fn broke(&self) {
        if self.done.get() || self.ready.get() {
            return;
        }
        self.broke.set(true);
        self.failed.set(self.failed.get() + 1);
    }

    pub fn succeeded(&self) {
        self.done.set(true);
        // Whoever started safely goes on so.
        if !self.failed_twice() {
            self.failed.set(0);
        }
        if self.counts {
            write(0);
        }
    }

    /// Calls when a page that is ready has drawn what it knows and still answers.
    pub fn when_it_lives(then: impl FnOnce() + 'static) {
        spawn_local(async move {
            let _ = JsFuture::from(pause(LIVES)).await;
            then();
        });
    }
}

fn storage() -> Option<web_sys::Storage> {
    // Throws where the user lets no site store anything.
    let got = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("localStorage"));
    got.ok()?.dyn_into().ok()
}

fn read() -> u32 {
    let count = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    count.and_then(|count| count.parse().ok()).unwrap_or(0)
}

fn write(count: u32) {
    if let Some(storage) = storage() {
        // Where it is full, the page starts as ever.
        let _ = storage.set_item(KEY, &count.to_string());
    }
}
