//! Who may change the project: the one worker that holds its lock. Others show it.

use std::collections::HashSet;

use super::device;
use super::letters::Letters;
use super::lock::{Answer, Lock, Word};
use super::storage::Fate;
use super::worker::{Host, Letter};
use data::problem::{Problem, StorageProblem};
use data::protocol::{Access, Event, Request, StartOptions};
use engine::store::Table;
use engine::{Engine, Output};

/// Bytes of photos that one file of unread parts holds at most: it is made in memory.
const MOST_SAVED: usize = 256 << 20;

/// Asks for the project's lock.
pub(super) async fn ask(
    name: &str,
    options: &StartOptions,
    letters: &Letters<Letter>,
    trouble: &mut Vec<StorageProblem>,
) -> (Lock, Access) {
    let tell = {
        let letters = letters.clone();
        move |word| letters.put(Letter::Lock(word))
    };
    let lock = Lock::of(name, tell.clone());
    let answer = lock.ask(options.take_over, tell).await;
    if answer == Answer::Kept {
        trouble.push(StorageProblem::NotHandedOver);
    }
    let access = match answer {
        Answer::Granted => Access::Writer,
        Answer::Elsewhere | Answer::Kept => Access::Reader,
    };
    (lock, access)
}

pub(super) fn tell_fate(letters: &Letters<Letter>) -> impl Fn(Fate) + Clone + 'static {
    let letters = letters.clone();
    move |fate| letters.put(Letter::Fate(fate))
}

/// A request that would change a project which is not ours.
pub(super) fn refuse(request: &Request) -> Vec<Output> {
    let mut outputs = Vec::new();
    if device::PASSES_TUNING_ON && request.tunes() {
        outputs.push((Event::Elsewhere(false), Vec::new()));
    }
    let why = Problem::Storage(StorageProblem::ReadOnly);
    outputs.push((Event::Problem(why), Vec::new()));
    let files = match request {
        Request::AddPhotos { names, first, .. } => *first..first + names.len() as u64,
        Request::AddSampleSet { first, .. } => *first..first + 1,
        _ => 0..0,
    };
    outputs.extend(files.map(|file| (Event::Settled { file }, Vec::new())));
    outputs
}

impl Host {
    pub(super) async fn obey(&mut self, word: Word) -> Vec<Output> {
        if self.access != Access::Writer {
            return Vec::new();
        }
        match word {
            Word::Give => {
                self.storage.write_back_now().await;
                if !self.storage.holds_all() {
                    self.lock.keep();
                    return Vec::new();
                }
                let outputs = self.finish().await;
                self.publish(outputs).await;
                if !self.storage.holds_all() {
                    self.lock.keep();
                    return Vec::new();
                }
                let outputs = self.step_down(Access::Reader);
                self.lock.release();
                outputs
            }
            Word::Taken => self.step_down(Access::Reader),
        }
    }

    /// What is under way comes to an end that can be stored.
    async fn finish(&mut self) -> Vec<Output> {
        let mut outputs = self.engine.embed_waiting().await;
        for request in [Request::StopTraining, Request::StopLab { method: None }] {
            outputs.extend(self.engine.handle(request, Vec::new()).await);
        }
        outputs
    }

    /// From now on this tab only shows the project.
    fn step_down(&mut self, access: Access) -> Vec<Output> {
        self.storage.read_only();
        self.access = access;
        let back = self.pool.call_back();
        self.queue.put_back(back);
        let waiting = self.queue.waiting();
        let mut outputs = vec![(Event::Access(access), Vec::new())];
        outputs.extend(self.queue.forget(&mut self.engine, None));
        self.engine.expect_no_more();
        outputs.extend(self.engine.overview());
        let why = match access {
            Access::Closed => StorageProblem::Newer,
            _ => StorageProblem::TakenOver { waiting },
        };
        outputs.push((Event::Problem(Problem::Storage(why)), Vec::new()));
        outputs
    }

    pub(super) async fn suffer(&mut self, fate: Fate) -> Vec<Output> {
        match fate {
            Fate::Newer => {
                let mut outputs = Vec::new();
                if self.access == Access::Writer {
                    let finished = self.finish().await;
                    self.publish(finished).await;
                    self.storage.write_back_now().await;
                    outputs = self.step_down(Access::Closed);
                    self.lock.release();
                }
                self.storage.close();
                outputs
            }
            Fate::Closed => {
                let tell = tell_fate(&self.letters);
                match self.storage.reopen(tell).await {
                    true => Vec::new(),
                    false => {
                        let why = Problem::Storage(StorageProblem::Cleared);
                        vec![(Event::Problem(why), Vec::new())]
                    }
                }
            }
        }
    }

    /// What is stored and cannot be read, as it is, and photos that only it may name.
    pub(super) async fn save_unread(&self) -> Vec<Output> {
        let mut entries = Vec::new();
        for (table, key) in self.engine.unread() {
            let found = self.storage.get(*table, std::slice::from_ref(key)).await;
            let name = format!("{}/{}", table.name(), key.replace(['/', '\\'], "_"));
            entries.extend(
                found
                    .into_iter()
                    .flatten()
                    .map(|bytes| (name.clone(), bytes)),
            );
        }
        let known: HashSet<String> = self.engine.photo_keys().collect();
        let mut room = MOST_SAVED;
        for key in self.storage.keys(Table::Files).await {
            if known.contains(&key) {
                continue;
            }
            let found = self
                .storage
                .get(Table::Files, std::slice::from_ref(&key))
                .await;
            for bytes in found.into_iter().flatten() {
                if let Some(left) = room.checked_sub(bytes.len()) {
                    room = left;
                    entries.push((format!("photos/{key}{}", Engine::ending(&bytes)), bytes));
                }
            }
        }
        vec![Engine::bundle("graft-unread.zip", &entries)]
    }
}
