//! IndexedDB as the engine's tables of bytes.
//!
//! An error is not an absence: reading is tried again, and what cannot be read in the end keeps the project closed. What the
//! database does not take stays in memory, on the page's side too, and is written back when there is room again.

mod database;
mod unwritten;

use std::collections::BTreeMap;
use std::rc::Rc;

use idb::Database;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use self::database::Put;
use self::unwritten::Unwritten;
use super::adapter::pause;
use super::message;
use super::scope::{now, scope};
use data::problem::StorageProblem;
use data::protocol::{Event, KeptEntry};
use engine::session::Storage;
use engine::store::{Snapshot, Table, Write};

/// Milliseconds to wait before reading is tried again.
const AGAIN_AFTER: [f64; 3] = [50.0, 300.0, 1000.0];
/// Milliseconds after which storage that was full is tried again, at first and at most.
const ROOM_AGAIN: (f64, f64) = (5_000.0, 60_000.0);

/// What happens to the database from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A newer Graft wants to change it.
    Newer,
    /// The browser closed it: it was cleared, or cannot be reached any more.
    Closed,
}

pub struct Tables {
    name: String,
    database: Option<Database>,
    /// Only the one who holds the project's lock writes.
    writes: bool,
    unwritten: Unwritten,
    /// Full or blocked, and the page knows.
    said: bool,
    /// When the database is tried again, and the pause after that.
    retry: (f64, f64),
    /// For the page, before anything else that it is told.
    mail: Vec<(Event, Vec<JsValue>)>,
    /// Hears what happens to the database from outside.
    tell: Rc<dyn Fn(Fate)>,
}

impl Tables {
    /// Opens the project of this name. It is in memory where the browser does not let us store anything, which is the
    /// problem told; none can be opened where reading fails or a newer version has written it.
    pub async fn open(
        name: &str,
        tell: Rc<dyn Fn(Fate)>,
    ) -> Result<(Self, Option<StorageProblem>), StorageProblem> {
        let mut storage = Self {
            name: name.to_owned(),
            writes: true,
            said: false,
            tell,
            ..Self::of_nothing()
        };
        let problem = match storage.connect().await {
            Ok(()) => None,
            Err(StorageProblem::Newer) => return Err(StorageProblem::Newer),
            Err(why) => {
                storage.said = true;
                Some(why)
            }
        };
        Ok((storage, problem))
    }

    /// Where the project stays closed: nothing is read, and nothing written.
    pub fn of_nothing() -> Self {
        Self {
            name: String::new(),
            database: None,
            writes: false,
            unwritten: Unwritten::default(),
            said: true,
            retry: (0.0, ROOM_AGAIN.0),
            mail: Vec::new(),
            tell: Rc::new(|_| {}),
        }
    }

    async fn connect(&mut self) -> Result<(), StorageProblem> {
        let opened = again(async || database::open(&self.name).await).await;
        let mut database = opened.map_err(|e| database::problem(&e))?;
        let (newer, closed) = (self.tell.clone(), self.tell.clone());
        database.on_version_change(move |_| newer(Fate::Newer));
        database.on_close(move |_| closed(Fate::Closed));
        self.database = Some(database);
        Ok(())
    }

    /// What the page held for a worker before this one.
    pub fn restore(&mut self, number: u64, kept: Vec<KeptEntry>, blobs: Vec<Blob>) {
        self.said = true;
        self.unwritten.restore(number, kept, blobs);
    }

    async fn whole(&self, table: Table) -> Result<BTreeMap<String, Vec<u8>>, StorageProblem> {
        let mut rows = match &self.database {
            Some(database) => again(async || database::entries(database, table).await)
                .await
                .map_err(|_| StorageProblem::Unread)?,
            None => BTreeMap::new(),
        };
        self.unwritten.lay_over(table, &mut rows).await;
        Ok(rows)
    }

    /// Writes back what memory holds, if there is room again and it is time to try.
    pub async fn write_back_when_due(&mut self) {
        let Some(database) = &self.database else {
            return;
        };
        if !self.writes || self.unwritten.is_empty() || now() < self.retry.0 {
            return;
        }
        while let Some((number, puts)) = self.unwritten.oldest().await {
            if database::store(database, &puts).await.is_err() {
                let pause = self.retry.1;
                self.retry = (now() + pause, (2.0 * pause).min(ROOM_AGAIN.1));
                return;
            }
            self.unwritten.drop_oldest();
            self.mail.push((Event::Written { number }, Vec::new()));
        }
        if self.unwritten.is_empty() {
            self.retry = (0.0, ROOM_AGAIN.0);
            self.said = false;
            self.mail.push((Event::Stored(true), Vec::new()));
        }
    }

    /// Milliseconds until [`Self::write_back_when_due`] has something to try.
    pub fn tries_again_in(&self) -> Option<f64> {
        let waits = self.writes && self.database.is_some() && !self.unwritten.is_empty();
        waits.then(|| (self.retry.0 - now()).max(0.0))
    }
}

impl Storage for Tables {
    /// The small tables whole.
    async fn snapshot(&self) -> Result<Snapshot, StorageProblem> {
        Ok(Snapshot {
            project: self.whole(Table::Project).await?,
            samples: self.whole(Table::Samples).await?,
        })
    }

    /// The values of these keys, in order; none where there is none or it cannot be read.
    async fn get(&self, table: Table, keys: &[String]) -> Vec<Option<Vec<u8>>> {
        let mut found = match &self.database {
            Some(database) => again(async || database::values(database, table, keys).await)
                .await
                .unwrap_or_default(),
            None => Vec::new(),
        };
        found.resize(keys.len(), None);
        if self.unwritten.is_empty() {
            return found;
        }
        for (key, value) in keys.iter().zip(&mut found) {
            if let Some(newer) = self.unwritten.get(table, key).await {
                *value = newer;
            }
        }
        found
    }

    /// The keys of a table.
    async fn keys(&self, table: Table) -> Vec<String> {
        match &self.database {
            Some(database) => again(async || database::keys(database, table).await)
                .await
                .unwrap_or_default(),
            None => Vec::new(),
        }
    }

    /// Stores all of these or, where the browser refuses, keeps them in memory; a problem is told the first time only.
    async fn write(&mut self, writes: Vec<Write>) -> Option<StorageProblem> {
        if writes.is_empty() || !self.writes {
            return None;
        }
        // A deletion may make the room that was lacking.
        if writes.iter().any(|write| write.value.is_none()) {
            self.retry = (0.0, ROOM_AGAIN.0);
        }
        self.write_back_when_due().await;
        let problem = match &self.database {
            Some(database) if self.unwritten.is_empty() => {
                let puts: Vec<Put> = writes.iter().map(put).collect();
                match database::store(database, &puts).await {
                    Ok(()) => return None,
                    Err(why) => database::problem(&why),
                }
            }
            _ => StorageProblem::Full,
        };
        self.retry.0 = now() + self.retry.1;
        if self.unwritten.is_empty() {
            self.mail.push((Event::Stored(false), Vec::new()));
        }
        let (number, entries, blobs) = self.unwritten.add(writes);
        self.mail.push((Event::Keep { number, entries }, blobs));
        let first = !std::mem::replace(&mut self.said, true);
        first.then_some(problem)
    }

    /// Tries at once, whenever the next time would be.
    async fn write_back(&mut self) {
        self.retry.0 = 0.0;
        self.write_back_when_due().await;
    }

    /// Nothing is in memory alone: another worker would find all.
    fn holds_all(&self) -> bool {
        self.database.is_some() && self.unwritten.is_empty()
    }

    /// Nothing is written from now on; this worker only shows the project.
    fn read_only(&mut self) {
        self.writes = false;
    }

    /// Lets go of the database: another version of it is about to come, or it is gone.
    fn close(&mut self) {
        if let Some(database) = self.database.take() {
            database.close();
        }
    }

    /// The browser closed the database. True where the same one could be opened again.
    async fn reopen(&mut self) -> bool {
        self.database = None;
        let there = self.connect().await.is_ok()
            && self
                .snapshot()
                .await
                .is_ok_and(|all| !all.project.is_empty());
        if !there {
            // Not even if it is there and empty: what was in it is not in memory.
            self.database = None;
            self.said = true;
            self.mail.push((Event::Stored(false), Vec::new()));
        }
        there
    }

    /// Deletes what no photo row needs. Only after all was read: what cannot be read may need it.
    async fn sweep(&self, snapshot: &Snapshot) {
        if let (Some(database), true, true) =
            (&self.database, self.writes, self.unwritten.is_empty())
        {
            // Best effort: what stays is swept the next time.
            let _ = database::sweep(database, snapshot).await;
        }
    }

    fn tell_page(&mut self) {
        for (event, blobs) in std::mem::take(&mut self.mail) {
            scope()
                .post_message(&message::pack(&event, blobs))
                .expect("headers and blobs can be posted");
        }
    }
}

fn put(write: &Write) -> Put {
    Put {
        table: write.table,
        key: write.key.clone(),
        value: write.value.as_deref().map(Uint8Array::from),
    }
}

/// Tries several times, except where the answer would be the same.
async fn again<T>(read: impl AsyncFn() -> Result<T, idb::Error>) -> Result<T, idb::Error> {
    let mut result = read().await;
    for milliseconds in AGAIN_AFTER {
        match &result {
            Err(e) if !is_final(e) => {}
            _ => break,
        }
        let _ = JsFuture::from(pause(milliseconds)).await;
        result = read().await;
    }
    result
}

/// Of a newer version, or forbidden.
fn is_final(error: &idb::Error) -> bool {
    let forbidden = error.to_string().contains("SecurityError");
    forbidden || database::problem(error) == StorageProblem::Newer
}
