//! Messages that came and that nobody has read yet.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

#[cfg(feature = "engine")]
use js_sys::Array;
use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

#[cfg(feature = "engine")]
use super::adapter::pause;

/// Both ends of a letter box: clones share it.
pub struct Channel<T>(Rc<RefCell<Inbox<T>>>);

struct Inbox<T> {
    letters: VecDeque<T>,
    /// Ends the sleep of who waits for the next one.
    wake: Option<Function>,
}

impl<T> Default for Channel<T> {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(Inbox {
            letters: VecDeque::new(),
            wake: None,
        })))
    }
}

impl<T> Clone for Channel<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Channel<T> {
    pub fn put(&self, letter: T) {
        let mut inbox = self.0.borrow_mut();
        inbox.letters.push_back(letter);
        if let Some(wake) = inbox.wake.take() {
            // A promise's own function cannot fail.
            let _ = wake.call0(&JsValue::NULL);
        }
    }

    pub fn take(&self) -> Option<T> {
        self.0.borrow_mut().letters.pop_front()
    }

    /// Sleeps until there is one: an idle tab costs nothing.
    pub async fn wait(&self) {
        if self.0.borrow().letters.is_empty() {
            let _ = JsFuture::from(self.next()).await;
        }
    }

    /// The same, for no longer than this.
    #[cfg(feature = "engine")]
    pub async fn wait_at_most(&self, milliseconds: f64) {
        if self.0.borrow().letters.is_empty() {
            let either = Array::of2(&self.next(), &pause(milliseconds));
            let _ = JsFuture::from(Promise::race(&either)).await;
        }
    }

    /// Resolves when one comes.
    fn next(&self) -> Promise {
        Promise::new(&mut |wake, _| self.0.borrow_mut().wake = Some(wake))
    }
}
