//! Who may change the project: the one session that holds its lock. Others show it.

use std::collections::HashSet;

use super::Session;
use super::platform::{Platform, Storage};
use crate::store::Table;
use crate::{Engine, Output, plain};
use data::problem::{Problem, StorageProblem};
use data::protocol::{Access, Event};

/// Bytes of samples that one file of unread parts holds at most: it is made in memory.
const MOST_SAVED: usize = 256 << 20;

impl<P: Platform> Session<P> {
    /// Another tab wants the project: it gets it as soon as all is stored.
    pub(super) async fn give_up_project(&mut self) -> Vec<Output> {
        if self.access != Access::Writer {
            return Vec::new();
        }
        self.platform.storage_mut().write_back().await;
        if self.platform.storage().holds_all() {
            let mut outputs = self.stop_work().await;
            outputs.extend(self.finish().await);
            self.publish(outputs).await;
        }
        if !self.platform.storage().holds_all() {
            self.platform.keep_lock();
            return Vec::new();
        }
        let outputs = self.step_down(Access::Reader);
        self.platform.release_lock();
        outputs
    }

    /// What is under way comes to an end that can be stored.
    pub(super) async fn finish(&mut self) -> Vec<Output> {
        let mut outputs = self.engine.embed_waiting().await;
        outputs.extend(self.engine.stop_all());
        outputs.extend(self.store_answers());
        // The best until then has to be judged before it can be stored.
        while self.engine.working() {
            outputs.extend(match self.engine.need() {
                Some(request) => self.fulfil(request).await,
                None => self.engine.step().await,
            });
        }
        outputs
    }

    /// From now on this tab only shows the project.
    pub(super) fn step_down(&mut self, access: Access) -> Vec<Output> {
        self.platform.storage_mut().read_only();
        self.access = access;
        let ended = self.engine.abandon();
        self.queue.put_back(self.flights.call_back());
        let waiting = self.queue.waiting();
        let mut outputs = vec![plain(Event::Access(access))];
        outputs.extend(ended);
        outputs.extend(self.queue.forget(&mut self.engine, None));
        outputs.extend(self.leave_batch());
        self.engine.expect_no_more();
        outputs.extend(self.engine.overview());
        let why = match access {
            Access::Closed => StorageProblem::Newer,
            _ => StorageProblem::TakenOver { waiting },
        };
        outputs.push(plain(Event::Problem(Problem::Storage(why))));
        outputs
    }

    /// A newer Graft wants to change the database: this one lets go of it.
    pub(super) async fn make_room_for_newer(&mut self) -> Vec<Output> {
        let mut outputs = Vec::new();
        if self.access == Access::Writer {
            let mut finished = self.stop_work().await;
            finished.extend(self.finish().await);
            self.publish(finished).await;
            self.platform.storage_mut().write_back().await;
            outputs = self.step_down(Access::Closed);
            self.platform.release_lock();
        }
        self.platform.storage_mut().close();
        outputs
    }

    pub(super) async fn database_closed(&mut self) -> Vec<Output> {
        match self.platform.storage_mut().reopen().await {
            true => Vec::new(),
            false => {
                let why = Problem::Storage(StorageProblem::Cleared);
                vec![plain(Event::Problem(why))]
            }
        }
    }

    /// What is stored and cannot be read, as it is, and samples that only it may name.
    pub(super) async fn save_unread(&self) -> Output {
        let storage = self.platform.storage();
        let mut entries = Vec::new();
        for (table, key) in self.engine.unread() {
            let found = storage.get(*table, std::slice::from_ref(key)).await;
            let name = format!("{}/{}", table.name(), key.replace(['/', '\\'], "_"));
            let found = found.into_iter().flatten();
            entries.extend(found.map(|bytes| (name.clone(), bytes)));
        }
        let known: HashSet<String> = self.engine.sample_keys().collect();
        let mut room = MOST_SAVED;
        for key in storage.keys(Table::Files).await {
            if known.contains(&key) {
                continue;
            }
            let found = storage.get(Table::Files, std::slice::from_ref(&key)).await;
            for bytes in found.into_iter().flatten() {
                if let Some(left) = room.checked_sub(bytes.len()) {
                    room = left;
                    entries.push((format!("photos/{key}{}", Engine::ending(&bytes)), bytes));
                }
            }
        }
        Engine::bundle("graft-unread.zip", &entries)
    }
}
