//! The page's side of the worker, without a browser: what is sent, what waits, and what becomes of it when the worker breaks.
//!
//! Whoever owns a [`Door`] tells it what happens, and does the [`Act`]s it answers with, in order.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::under_way::{Broke, Handed, UnderWay};
use super::{Event, KeptEntry, Numbered, ProjectEvent, Request, StartOptions};
use crate::problem::Problem;

/// After so many breaks, with nothing done between them, the page says that it failed.
const MOST_RESTARTS: u32 = 3;
/// Milliseconds after which a worker that broke counts no more.
const FORGIVEN: f64 = 60_000.0;
/// The id of what starts a worker, whose end nobody tells.
const FIRST: u64 = u64::MAX;

/// On its way to the worker. `P` is a payload: a file, a blob, bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Message<P> {
    pub numbered: Numbered,
    pub payloads: Vec<P>,
    /// The payloads are handed over without a copy.
    pub moves: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Act<P> {
    /// To the worker.
    Post(Message<P>),
    /// To the page.
    Tell(Event, Vec<P>),
    /// This worker ends, and another one starts.
    Replace,
}

pub struct Door<P> {
    options: StartOptions,
    /// What waits until the worker listens, or is known to stay.
    held: Option<Vec<Message<P>>>,
    under_way: UnderWay<P>,
    /// What the worker could not store, by its number there.
    kept: BTreeMap<u64, (Vec<KeptEntry>, Vec<P>)>,
    restarts: u32,
    /// When the worker broke last, milliseconds.
    broke_at: f64,
}

impl<P: Clone> Door<P> {
    /// What the page's address asked for. The first worker is about to start.
    pub fn new(options: StartOptions) -> Self {
        Self {
            options,
            held: Some(Vec::new()),
            under_way: UnderWay::default(),
            kept: BTreeMap::new(),
            restarts: 0,
            broke_at: f64::NEG_INFINITY,
        }
    }

    /// What the page's address asked for, and what has happened since.
    pub fn options(&self) -> &StartOptions {
        &self.options
    }

    /// Files that were handed over and have not ended.
    pub fn files_under_way(&self) -> usize {
        self.under_way.files()
    }

    /// Gives a request its id, and sends it when the worker takes it.
    pub fn send(&mut self, request: Request, payloads: Vec<P>) -> (u64, Vec<Act<P>>) {
        let (id, sent) = self.under_way.take(request, payloads);
        let acts = sent.map(|(request, payloads)| self.deliver(message(id, request, payloads)));
        (id, acts.into_iter().flatten().collect())
    }

    /// Sends a request with a payload that is handed over without a copy.
    pub fn send_moved(&mut self, request: Request, payload: P) -> (u64, Option<Act<P>>) {
        let (id, sent) = self.under_way.take(request, Vec::new());
        let act = sent.and_then(|(request, _)| {
            self.deliver(Message {
                moves: true,
                ..message(id, request, vec![payload])
            })
        });
        (id, act)
    }

    /// Asks the tab that has the project to hand it over.
    pub fn take_over(&mut self) -> Act<P> {
        self.options.take_over = true;
        self.replace()
    }

    /// Something came from the worker. `safe`: the page could not start twice. `typing`: a new worker draws the page anew, and
    /// what is being typed would be gone.
    pub fn receive(
        &mut self,
        event: Event,
        payloads: Vec<P>,
        safe: bool,
        typing: bool,
    ) -> Vec<Act<P>> {
        let mut acts = Vec::new();
        match &event {
            Event::Started => acts.extend(self.start(safe)),
            Event::Keep { number, entries } => {
                self.kept.insert(*number, (entries.clone(), payloads));
                return acts;
            }
            Event::Written { number } => {
                self.kept.remove(number);
                return acts;
            }
            Event::Begun { file, part, name } => {
                self.under_way.begun(*file, *part, name.clone());
                return acts;
            }
            // It tells again, when it has nothing to do the next time.
            Event::Grown if self.held.is_some() || typing => return acts,
            // It may go, if nothing is on its way to it: what is sent from now on waits until that is known.
            Event::Grown => {
                let (id, _) = self.under_way.take(Request::Retire, Vec::new());
                self.held = Some(Vec::new());
                acts.push(Act::Post(message(id, Request::Retire, Vec::new())));
                return acts;
            }
            Event::Retired(false) => return self.release(),
            // The one that was asked for may be gone: a worker after this one opens the same as this one.
            Event::Projects(ProjectEvent::List(all)) => {
                if let Some(current) = all.iter().find(|view| view.current) {
                    self.options.project = Some(current.id.clone());
                }
            }
            Event::Projects(ProjectEvent::GoTo { id }) => {
                self.go_to(id.clone());
                return vec![Act::Tell(event, payloads), Act::Replace];
            }
            Event::Retired(true) => return vec![Act::Tell(event, payloads), self.replace()],
            Event::Done { id } | Event::Refused { id, .. } => {
                // A worker that gets its work done is a good one.
                if self.under_way.remembers(*id) {
                    self.restarts = 0;
                }
                let next = self.under_way.ended(*id);
                acts.extend(self.hand(next));
            }
            Event::Problem(Problem::DeviceLost) => {
                self.options.lost = true;
                return vec![Act::Tell(event, payloads), self.replace()];
            }
            _ => {}
        }
        acts.push(Act::Tell(event, payloads));
        acts
    }

    /// The worker threw, at this time in milliseconds: nothing it was told since can be trusted to be done.
    pub fn broken(&mut self, words: &str, now: f64) -> Vec<Act<P>> {
        if now - self.broke_at > FORGIVEN {
            self.restarts = 0;
        }
        self.broke_at = now;
        self.restarts += 1;
        if self.restarts > MOST_RESTARTS {
            let why = Problem::Internal(words.into());
            return vec![Act::Tell(Event::Failed(why), Vec::new())];
        }
        let told = match self.under_way.broke() {
            Broke::Unclear => Event::Problem(Problem::Restarted { training: false }),
            Broke::Blamed { name, ended } => {
                self.restarts = 0;
                let problem = Problem::Breaks { file: name };
                match ended {
                    Some(id) => Event::Refused { id, problem },
                    None => Event::Problem(problem),
                }
            }
        };
        vec![Act::Tell(told, Vec::new()), self.replace()]
    }

    /// The worker listens: it is told what the page's address asked for, what the one before it could not store, and then what
    /// has waited.
    fn start(&mut self, safe: bool) -> Vec<Act<P>> {
        let options = StartOptions {
            kept: self.kept.len(),
            safe,
            ..self.options.clone()
        };
        self.options.take_over = false;
        let start = message(FIRST, Request::Start(options), Vec::new());
        let kept = self.kept.iter().map(|(number, (entries, blobs))| {
            let (number, entries) = (*number, entries.clone());
            message(FIRST, Request::Keep { number, entries }, blobs.clone())
        });
        let mut acts: Vec<Act<P>> = std::iter::once(start).chain(kept).map(Act::Post).collect();
        acts.extend(self.release());
        acts
    }

    /// What has waited goes on its way.
    fn release(&mut self) -> Vec<Act<P>> {
        let held = self.held.take();
        held.into_iter().flatten().map(Act::Post).collect()
    }

    /// A new worker goes on with what the one before it has stored, is handed what that one was not done with, and then what
    /// was held.
    fn replace(&mut self) -> Act<P> {
        self.options.resume = true;
        let held = self.held.replace(Vec::new());
        let again = self.under_way.again();
        let again = self.hand(again);
        debug_assert!(again.is_empty(), "no worker listens");
        // What is remembered was among that.
        let held = held.into_iter().flatten();
        let rest = held.filter(|message| !message.numbered.request.is_remembered());
        self.held.get_or_insert_default().extend(rest);
        Act::Replace
    }

    /// The next worker opens another project. What was meant for this one is not handed on: it has ended, or was of no matter to who
    /// left it.
    fn go_to(&mut self, id: String) {
        self.options.project = Some(id);
        self.options.resume = false;
        self.kept.clear();
        self.under_way.clear();
        self.held = Some(Vec::new());
    }

    /// Hands over one by one what is remembered already.
    fn hand(&mut self, again: Vec<(u64, Handed<P>)>) -> Vec<Act<P>> {
        let handed = again.into_iter().map(|(id, handed)| Message {
            numbered: Numbered {
                id,
                again: Some(handed.without),
                request: handed.request,
            },
            payloads: handed.file.into_iter().collect(),
            moves: false,
        });
        let messages: Vec<Message<P>> = handed.collect();
        let acts = messages.into_iter().map(|message| self.deliver(message));
        acts.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    fn deliver(&mut self, message: Message<P>) -> Option<Act<P>> {
        match &mut self.held {
            Some(held) => {
                held.push(message);
                None
            }
            None => Some(Act::Post(message)),
        }
    }
}

/// For the first time.
fn message<P>(id: u64, request: Request, payloads: Vec<P>) -> Message<P> {
    Message {
        numbered: Numbered::new(id, request),
        payloads,
        moves: false,
    }
}
