//! Several workers that embed, where the computer has cores for them.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, MessageEvent, Worker};

use super::channel::Channel;
use super::embedder::{self, Answer, EmbedRequest, Made};
use super::scope::{bytes_of, scope};
use super::worker::Letter;
use super::{launch, message};
use engine::session::{EmbedJob, Embedders, Incoming, JobSource};
use engine::{NetworkInput, PreparedSample, store};

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
    /// The number of the next worker.
    next: u64,
    letters: Channel<Letter>,
}

struct Member {
    /// Never used twice.
    id: u64,
    worker: Worker,
    /// What waits until it listens; none once it does.
    early: Option<Vec<Array>>,
    /// What it was given and has not answered.
    jobs: Vec<u64>,
    /// It has taken much memory: when it is done with what it has, another one takes its place.
    grown: bool,
    /// They live as long as the worker.
    _listeners: [Closure<dyn Fn(JsValue)>; 2],
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
    pub fn new(asked: Option<usize>, letters: Channel<Letter>) -> Self {
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
            next: 0,
            letters,
        }
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
            jobs: Vec::new(),
            grown: false,
            _listeners: [on_message, on_error],
        })
    }

    /// Takes an answer; what the session should hear of it.
    pub fn hear(
        &mut self,
        member: u64,
        answer: Answer,
        payloads: Vec<JsValue>,
    ) -> Option<Incoming<Blob>> {
        let member = self.members.iter_mut().find(|m| m.id == member)?;
        match answer {
            Answer::Started => {
                for message in member.early.take().into_iter().flatten() {
                    member.post(&message);
                }
                None
            }
            Answer::Photo {
                number,
                result,
                grown,
            } => {
                member.grown = grown;
                member.jobs.retain(|job| *job != number);
                if grown && member.jobs.is_empty() {
                    let id = member.id;
                    self.replace(id);
                }
                Some(Incoming::Prepared {
                    job: number,
                    sample: result.map(|made| prepared(made, payloads)),
                })
            }
            Answer::Broken => {
                // This worker alone is slower, but sure.
                (self.most, self.members) = (0, Vec::new());
                Some(Incoming::EmbeddersBroke)
            }
        }
    }

    /// Another worker instead of this one, which is done with all it was given.
    fn replace(&mut self, member: u64) {
        self.members.retain(|m| m.id != member);
        let next = self.launch();
        self.members.extend(next);
    }
}

impl Embedders<Blob> for Pool {
    /// Starts the workers when there are enough photos.
    fn take(&mut self, waiting: usize) -> bool {
        if self.members.is_empty() && self.most > 0 && waiting >= WORTH_IT {
            self.members = (0..self.most).filter_map(|_| self.launch()).collect();
            if self.members.is_empty() {
                self.most = 0;
            }
        }
        !self.members.is_empty()
    }

    fn room(&self) -> usize {
        match self.members.iter().all(|member| member.grown) {
            true => 0,
            false => EACH * self.members.len(),
        }
    }

    /// To the worker with the fewest.
    fn give(&mut self, job: EmbedJob<Blob>) {
        let takes = self.members.iter_mut().filter(|member| !member.grown);
        let Some(member) = takes.min_by_key(|member| member.jobs.len()) else {
            return;
        };
        let (url, payload) = match job.source {
            JobSource::Url(url) => (Some(url), None),
            JobSource::File(blob) => (None, Some(JsValue::from(blob))),
            JobSource::Bytes(bytes) => (None, Some(Uint8Array::from(&bytes[..]).into())),
        };
        let request = EmbedRequest {
            number: job.job,
            url,
            backbone: job.backbone.id.into(),
            embed: job.embed,
            keep: job.keep,
        };
        member.jobs.push(job.job);
        let message = message::pack(&request, payload);
        match &mut member.early {
            Some(early) => early.push(message),
            None => member.post(&message),
        }
    }

    fn rest(&mut self) {
        self.members.clear();
    }
}

fn prepared(made: Made, payloads: Vec<JsValue>) -> PreparedSample {
    let mut parts = payloads.into_iter().map(bytes_of);
    let mut part = || parts.next().unwrap_or_default();
    let (kept, thumbnail, seen) = (part(), part(), part());
    PreparedSample {
        hash: made.hash,
        taken: made.taken,
        kept,
        thumbnail,
        input: match made.width {
            None => NetworkInput::Bytes(seen),
            Some(width) => NetworkInput::Features(store::features_of(&seen, width)),
        },
        milliseconds: Some(made.milliseconds),
    }
}
