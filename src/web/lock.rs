//! One project, one writer: a lock of the browser's (Web Locks API, W3C) that the worker holds as long as it lives.
//!
//! Two workers talk about it over a channel: who wants the project asks, who has it says so, and hands it over when it is asked to.
//! A browser without locks lets everyone write, as before there were any.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, BroadcastChannel, MessageEvent};

use super::adapter::pause;

/// Milliseconds that the one who holds the lock has to say so. A worker in the middle of a step answers after it; a page that
/// was just left lets go within a few.
const ANSWERS_WITHIN: u32 = 3000;
/// Milliseconds after that answer in which a worker that is just ending lets go.
const LETS_GO_WITHIN: u32 = 400;
/// Milliseconds that the one who has the project may take to hand it over. One that is frozen never does: then it is taken away.
const HANDS_OVER_WITHIN: u32 = 8000;

const ASK: &str = "who has it";
const HERE: &str = "I have it";
const GIVE: &str = "give it to me";
const KEEPS: &str = "I cannot";

/// What comes over the channel, or happens to the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Another worker wants the project.
    Give,
    /// The lock was taken away.
    Taken,
}

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Granted,
    /// Another worker has it.
    Elsewhere,
    /// The one that has it will not hand it over.
    Kept,
}

pub struct Lock {
    name: String,
    channel: Option<BroadcastChannel>,
    state: Rc<State>,
    /// It lives as long as the channel.
    _listener: Closure<dyn Fn(MessageEvent)>,
}

#[derive(Default)]
struct State {
    held: Cell<bool>,
    /// Ends the wait for an answer.
    heard: RefCell<Option<Function>>,
    release: RefCell<Option<Function>>,
}

impl Lock {
    /// Of the project of this name; `tell` hears what others want while it is held.
    pub fn of(name: &str, tell: impl Fn(Word) + Clone + 'static) -> Self {
        let state = Rc::new(State::default());
        let channel = BroadcastChannel::new(&format!("{name}-writer")).ok();
        let (here, own) = (channel.clone(), state.clone());
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let word = event.data().as_string().unwrap_or_default();
            match word.as_str() {
                ASK if own.held.get() => say(here.as_ref(), HERE),
                GIVE if own.held.get() => tell(Word::Give),
                HERE | KEEPS => own.hear(&word),
                _ => {}
            }
        });
        if let Some(channel) = &channel {
            channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        }
        Self {
            name: name.to_owned(),
            channel,
            state,
            _listener: listener,
        }
    }

    /// Asks for the lock; `take_over` asks the one who has it to hand it over. `tell` hears of its loss.
    pub async fn ask(&self, take_over: bool, tell: impl Fn(Word) + 'static) -> Answer {
        let tell = Rc::new(tell);
        let Ok(request) = self.request(false, tell.clone()) else {
            self.state.held.set(true);
            return Answer::Granted;
        };
        say(self.channel.as_ref(), if take_over { GIVE } else { ASK });
        let patience = if take_over {
            HANDS_OVER_WITHIN
        } else {
            ANSWERS_WITHIN
        };
        let answer = self.state.wait(&request.granted, patience).await;
        let answer = match answer.as_deref() {
            // A page that is just being left may have answered.
            Some(HERE) if !take_over => self.state.wait(&request.granted, LETS_GO_WITHIN).await,
            _ => answer,
        };
        match answer.as_deref() {
            Some(GRANTED) => return Answer::Granted,
            // Locks are there and may not be used: as where there are none.
            Some(REFUSED) => {
                self.state.held.set(true);
                return Answer::Granted;
            }
            _ => request.withdraw.abort(),
        }
        match answer.as_deref() {
            Some(KEEPS) => Answer::Kept,
            _ if !take_over => Answer::Elsewhere,
            _ => match self.request(true, tell) {
                Ok(stolen) => match self.state.wait(&stolen.granted, ANSWERS_WITHIN).await {
                    Some(word) if word == GRANTED => Answer::Granted,
                    _ => Answer::Elsewhere,
                },
                Err(_) => Answer::Elsewhere,
            },
        }
    }

    pub fn is_held(&self) -> bool {
        self.state.held.get()
    }

    /// Lets another worker have it.
    pub fn release(&self) {
        self.state.held.set(false);
        if let Some(release) = self.state.release.borrow_mut().take() {
            // A promise's own function cannot fail.
            let _ = release.call0(&JsValue::NULL);
        }
    }

    /// The project stays here: there is what only this worker has.
    pub fn keep(&self) {
        say(self.channel.as_ref(), KEEPS);
    }

    fn request(&self, steal: bool, tell: Rc<impl Fn(Word) + 'static>) -> Result<Request, JsValue> {
        let navigator = Reflect::get(&js_sys::global(), &"navigator".into())?;
        let locks = Reflect::get(&navigator, &"locks".into())?;
        let ask: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
        let withdraw = AbortController::new()?;
        let options = Object::new();
        match steal {
            true => Reflect::set(&options, &"steal".into(), &true.into())?,
            // A lock that is to be stolen cannot be waited for.
            false => Reflect::set(&options, &"signal".into(), &withdraw.signal())?,
        };
        let mut callback = None;
        let granted = Promise::new(&mut |grant, _| {
            let state = self.state.clone();
            let hold = Closure::once_into_js(move || {
                state.held.set(true);
                let _ = grant.call1(&JsValue::NULL, &GRANTED.into());
                // Held until this is resolved, or the worker ends.
                Promise::new(&mut |release, _| *state.release.borrow_mut() = Some(release))
            });
            callback = Some(hold);
        });
        let callback = callback.expect("a promise calls at once");
        let name = JsValue::from_str(&self.name);
        let held: Promise = ask.call3(&locks, &name, &options, &callback)?.dyn_into()?;
        let state = self.state.clone();
        let lost = Closure::once_into_js(move |_: JsValue| {
            if state.held.replace(false) {
                tell(Word::Taken);
            }
            JsValue::from_str(REFUSED)
        });
        // Before it is held, the end of the request is a refusal; after, a theft.
        let ended: Function = Reflect::get(&held, &"catch".into())?.dyn_into()?;
        let ended: Promise = ended.call1(&held, &lost)?.dyn_into()?;
        let granted = Promise::race(&Array::of2(&granted, &ended));
        Ok(Request { granted, withdraw })
    }
}

struct Request {
    granted: Promise,
    withdraw: AbortController,
}

const GRANTED: &str = "granted";
const REFUSED: &str = "refused";

impl State {
    fn hear(&self, word: &str) {
        if let Some(heard) = self.heard.borrow_mut().take() {
            let _ = heard.call1(&JsValue::NULL, &word.into());
        }
    }

    /// What comes first: the lock, a word from who has it, or none in time.
    async fn wait(&self, granted: &Promise, milliseconds: u32) -> Option<String> {
        let word = Promise::new(&mut |heard, _| *self.heard.borrow_mut() = Some(heard));
        let late = pause(milliseconds.into());
        let first = Promise::race(&Array::of3(granted, &word, &late));
        JsFuture::from(first).await.ok()?.as_string()
    }
}

fn say(channel: Option<&BroadcastChannel>, word: &str) {
    if let Some(channel) = channel {
        // A channel that is closed has nobody to tell.
        let _ = channel.post_message(&word.into());
    }
}
