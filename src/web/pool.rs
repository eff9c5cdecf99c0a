//! Several workers that embed, where the computer has cores for them. Photos go in and come out
//! in the same order, so that the same photos always make the same project.

use std::collections::VecDeque;

use js_sys::Array;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Worker};

use super::embedder::{self, Answer, Made, Order};
use super::inbox::{Handed, Photo};
use super::letters::Letters;
use super::worker::{Letter, bytes_of, scope};
use super::{launch, message};
use data::backbone::BackboneSpec;
use data::problem::PhotoProblem;
use engine::{Digest, Sight};

/// Each holds the network once more, about 60 MB. On 16 cores eight embed about 8 times as fast as one
/// with relaxed SIMD, 6 times without (docs/benchmarks.md).
const MOST: usize = 8;
/// Where the computer has less than 8 GB, or does not tell.
const MOST_OF_LITTLE: usize = 4;
/// Fewer photos are done sooner than another worker has started.
const WORTH_IT: usize = 8;
/// One that it works on, one that waits, so that it never waits for us.
const EACH: usize = 2;
/// Beside a GPU, too, these work on the CPU.
const ENGINE: &str = match cfg!(feature = "relaxed-simd") {
    true => "worker_relaxed",
    false => "worker",
};

pub struct Pool {
    /// How many there may be.
    most: usize,
    members: Vec<Member>,
    /// In the order in which they were given out.
    flights: VecDeque<Flight>,
    /// The next number, of a worker or a photo.
    next: u64,
    letters: Letters<Letter>,
}

struct Member {
    /// Never used twice.
    id: u64,
    worker: Worker,
    /// What waits until it listens; none once it does.
    early: Option<Vec<Array>>,
    /// It has taken much memory: when it is done with what it has, another one takes its place.
    grown: bool,
    /// They live as long as the worker.
    _listeners: [Closure<dyn Fn(JsValue)>; 2],
}

struct Flight {
    number: u64,
    member: u64,
    photo: Photo,
    digest: Option<Result<Digest, PhotoProblem>>,
}

impl Member {
    fn post(&self, message: &JsValue) {
        self.worker
            .post_message_with_transfer(message, &Array::new())
            .expect("headers, files and buffers can be posted");
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

impl Pool {
    /// `asked` is what the page's address says; else one core stays for the page and this worker.
    pub fn new(asked: Option<usize>, letters: Letters<Letter>) -> Self {
        let usual = || {
            let navigator = scope().navigator();
            let cores = navigator.hardware_concurrency() as usize;
            // Gigabytes, 0.25 to 8, where the browser tells (Device Memory, W3C).
            let memory = js_sys::Reflect::get(&navigator, &"deviceMemory".into());
            let memory = memory.ok().and_then(|m| m.as_f64()).unwrap_or(4.0);
            let most = if memory < 8.0 { MOST_OF_LITTLE } else { MOST };
            match cores.saturating_sub(1).min(most) {
                // One beside this one would only do this one's work.
                0 | 1 => 0,
                _ if memory < 2.0 => 0,
                most => most,
            }
        };
        Self {
            most: asked.map_or_else(usual, |n| n.min(2 * MOST)),
            members: Vec::new(),
            flights: VecDeque::new(),
            next: 0,
            letters,
        }
    }

    /// True where photos should be given out: starts the workers when there are enough photos.
    pub fn takes(&mut self, queued: usize) -> bool {
        if self.members.is_empty() && self.most > 0 && queued >= WORTH_IT {
            self.members = (0..self.most).filter_map(|_| self.launch()).collect();
            if self.members.is_empty() {
                self.most = 0;
            }
        }
        !self.members.is_empty()
    }

    pub fn has_room(&self) -> bool {
        self.flights.len() < EACH * self.members.len() && self.members.iter().any(|m| !m.grown)
    }

    /// Photos that a member was given and has not answered.
    fn load(&self, member: u64) -> usize {
        let open = self.flights.iter().filter(|f| f.digest.is_none());
        open.filter(|f| f.member == member).count()
    }

    fn launch(&mut self) -> Option<Member> {
        let id = self.next;
        self.next += 1;
        let worker = launch::worker(ENGINE, embedder::NAME).ok()?;
        let letters = self.letters.clone();
        let on_message = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
            let event: MessageEvent = event.unchecked_into();
            let heard = message::unpack::<Answer>(&event.data());
            // This worker alone is sure to understand itself.
            let (answer, payloads) = heard.unwrap_or((Answer::Broken, Vec::new()));
            letters.put(Letter::Pool(id, answer, payloads));
        });
        let letters = self.letters.clone();
        let on_error = Closure::<dyn Fn(JsValue)>::new(move |error: JsValue| {
            // Told here; else it would count as an error of this worker too.
            let error: web_sys::Event = error.unchecked_into();
            error.prevent_default();
            letters.put(Letter::Pool(id, Answer::Broken, Vec::new()));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onmessageerror(Some(on_error.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Some(Member {
            id,
            worker,
            early: Some(Vec::new()),
            grown: false,
            _listeners: [on_message, on_error],
        })
    }

    /// Gives a photo to the worker with the fewest.
    pub fn give(&mut self, photo: Photo, backbone: &'static BackboneSpec, embed: bool) {
        let takes = (0..self.members.len()).filter(|i| !self.members[*i].grown);
        let Some(least) = takes.min_by_key(|i| self.load(self.members[*i].id)) else {
            return;
        };
        let member = &mut self.members[least];
        let number = self.next;
        self.next += 1;
        let mut flight = Flight {
            number,
            member: member.id,
            photo,
            digest: None,
        };
        let (url, payload) = match flight.photo.hand() {
            Ok(Handed::Url(url)) => (Some(url), None),
            Ok(Handed::Payload(payload)) => (None, Some(payload)),
            Err(why) => {
                flight.digest = Some(Err(why));
                return self.flights.push_back(flight);
            }
        };
        let order = Order {
            number,
            url,
            backbone: backbone.id.into(),
            embed,
        };
        let message = message::pack(&order, payload);
        match &mut member.early {
            Some(early) => early.push(message),
            None => member.post(&message),
        }
        self.flights.push_back(flight);
    }

    /// Takes an answer. Photos that must be done again come back, the first one first.
    pub fn hear(&mut self, member: u64, answer: Answer, payloads: Vec<JsValue>) -> Vec<Photo> {
        let Some(member) = self.members.iter_mut().find(|m| m.id == member) else {
            return Vec::new();
        };
        match answer {
            Answer::Started => {
                for message in member.early.take().into_iter().flatten() {
                    member.post(&message);
                }
                Vec::new()
            }
            Answer::Photo {
                number,
                result,
                grown,
            } => {
                member.grown = grown;
                let id = member.id;
                if let Some(flight) = self.flights.iter_mut().find(|f| f.number == number) {
                    flight.digest = Some(result.map(|made| digest(made, payloads)));
                }
                if grown && self.load(id) == 0 {
                    self.replace(id);
                }
                Vec::new()
            }
            Answer::Broken => {
                // This worker alone is slower, but sure.
                (self.most, self.members) = (0, Vec::new());
                self.call_back()
            }
        }
    }

    /// Another worker instead of this one, which is done with all it was given.
    fn replace(&mut self, member: u64) {
        self.members.retain(|m| m.id != member);
        let next = self.launch();
        self.members.extend(next);
    }

    /// All photos that are out, to be given out anew; answers to come are passed over.
    pub fn call_back(&mut self) -> Vec<Photo> {
        self.flights.drain(..).map(|f| f.photo).collect()
    }

    /// Nothing to do for now: the workers give their memory back.
    pub fn rest(&mut self) {
        if self.flights.is_empty() {
            self.members.clear();
        }
    }

    /// The next photo in order, if its answer is there.
    pub fn ready(&mut self) -> Option<(Photo, Result<Digest, PhotoProblem>)> {
        self.flights.front()?.digest.as_ref()?;
        let flight = self.flights.pop_front()?;
        Some((flight.photo, flight.digest?))
    }
}

fn digest(made: Made, payloads: Vec<JsValue>) -> Digest {
    let mut parts = payloads.into_iter().map(bytes_of);
    let mut part = || parts.next().unwrap_or_default();
    let (kept, thumbnail, seen) = (part(), part(), part());
    Digest {
        hash: made.hash,
        kept,
        thumbnail,
        sight: match made.embedded {
            false => Sight::Square(seen),
            true => {
                let floats = seen.as_chunks().0.iter();
                Sight::Embedding(floats.map(|b| f32::from_le_bytes(*b)).collect())
            }
        },
    }
}
