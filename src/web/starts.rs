//! Starts of the page that came to nothing. After two, the next leaves out what may be the cause (`StartOptions::safe`).

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::adapter::pause;
use super::last_project::storage;

/// Of an entry for each tab in the browser's small storage, which a page can read before anything else works: so many starts
/// came to nothing, and when the last one began (`2@1795836000000`).
const KEY: &str = "graft-starts-";
/// Where a tab finds its own number again.
const TAB: &str = "graft-tab";
/// Milliseconds after which a start in another tab is not under way any more: nobody tells whether that tab is still there.
const OVER: f64 = 60_000.0;
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
    /// Where the page's starts are counted. None for a project that the next page does not have.
    log: Option<Rc<Log>>,
}

impl Starts {
    /// `counts` is false for a project of its own, which no start before this one had.
    pub fn of_page(counts: bool) -> Self {
        let mut starts = Self::default();
        if !counts {
            return starts;
        }
        let Some(log) = Log::of_tab().map(Rc::new) else {
            return starts;
        };
        starts.failed.set(log.failed());
        starts.log = Some(log.clone());
        let (failed, done, broke) = (
            starts.failed.clone(),
            starts.done.clone(),
            starts.broke.clone(),
        );
        // Who leaves before it is ready had no patience, and the page no fault. One that hangs cannot tell.
        let leaves = Closure::<dyn Fn()>::new(move || {
            if !done.get() && !broke.get() {
                log.forgive(failed.get());
            }
        });
        if let Some(window) = web_sys::window() {
            let callback = leaves.as_ref().unchecked_ref();
            // Without it, impatience counts as a failure.
            let _ = window.add_event_listener_with_callback("pagehide", callback);
        }
        leaves.forget(); // the page lives as long
        starts
    }

    /// A start counts as failed until it has succeeded.
    pub fn begin(&self) {
        self.done.set(false);
        self.ready.set(false);
        if let Some(log) = &self.log {
            log.write(self.failed.get() + 1);
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
        if let Some(log) = &self.log {
            log.forgive(0);
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

/// The entries of all tabs.
struct Log {
    storage: web_sys::Storage,
    /// This tab's.
    key: String,
}

impl Log {
    /// None where the browser lets no site store anything.
    fn of_tab() -> Option<Self> {
        let session = storage("sessionStorage")?;
        let known = session.get_item(TAB).ok().flatten();
        let tab = known.unwrap_or_else(|| ((js_sys::Math::random() * 1e15) as u64).to_string());
        // Where it is full, each page counts as a tab.
        let _ = session.set_item(TAB, &tab);
        Some(Self {
            storage: storage("localStorage")?,
            key: format!("{KEY}{tab}"),
        })
    }

    /// Starts that came to nothing: of this tab, and of others where none is under way. From now on all are this tab's.
    fn failed(&self) -> u32 {
        let counts = self.entries().map(|(key, count)| {
            self.forget(&key);
            count
        });
        counts.sum()
    }

    /// Those that count.
    fn entries(&self) -> impl Iterator<Item = (String, u32)> {
        let keys =
            (0..self.storage.length().unwrap_or(0)).filter_map(|i| self.storage.key(i).ok()?);
        let keys: Vec<String> = keys.filter(|key| key.starts_with(KEY)).collect();
        keys.into_iter().filter_map(|key| {
            let entry = self.storage.get_item(&key).ok()??;
            let (count, began) = entry.split_once('@')?;
            let age = js_sys::Date::now() - decimal::parse(began)?;
            let counts = key == self.key || age > OVER;
            Some((key, count.parse().ok()?)).filter(|_| counts)
        })
    }

    fn write(&self, count: u32) {
        let entry = format!("{count}@{}", js_sys::Date::now() as u64);
        // Where it is full, the page starts as ever.
        let _ = self.storage.set_item(&self.key, &entry);
    }

    /// The start under way counts no more; those before it do.
    fn forgive(&self, before: u32) {
        match before {
            0 => self.forget(&self.key),
            before => self.write(before),
        }
    }

    fn forget(&self, key: &str) {
        // What stays counts once more.
        let _ = self.storage.remove_item(key);
    }
}
