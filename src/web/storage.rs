//! IndexedDB as the engine's tables of bytes. Where it is blocked or full, memory takes over
//! and the page says so once: nothing made is lost while the tab is open.

use std::collections::{BTreeMap, HashMap, HashSet};

use idb::{Database, DatabaseEvent, Factory, ObjectStoreParams, Transaction, TransactionMode};
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

use crate::data::photo::PhotoHash;
use crate::data::problem::StorageProblem;
use crate::engine::store::{Snapshot, Table, Write};

pub struct Storage {
    database: Option<Database>,
    /// What the database could not take.
    memory: HashMap<(Table, String), Option<Vec<u8>>>,
    /// The page knows already.
    said: bool,
}

impl Storage {
    /// Opens the project of this name; in memory where the browser does not let us.
    pub async fn open(name: &str) -> (Self, Option<StorageProblem>) {
        let (database, problem) = match open(name).await {
            Ok(database) => (Some(database), None),
            Err(e) => (None, Some(StorageProblem::Blocked(e.to_string()))),
        };
        let storage = Self {
            said: problem.is_some(),
            database,
            memory: HashMap::new(),
        };
        (storage, problem)
    }

    /// The small tables whole.
    pub async fn snapshot(&self) -> Result<Snapshot, StorageProblem> {
        Ok(Snapshot {
            project: self.whole(Table::Project).await?,
            photos: self.whole(Table::Photos).await?,
        })
    }

    async fn whole(&self, table: Table) -> Result<BTreeMap<String, Vec<u8>>, StorageProblem> {
        let mut rows = match &self.database {
            Some(database) => entries(database, table).await.map_err(damaged)?,
            None => BTreeMap::new(),
        };
        for ((of, key), value) in &self.memory {
            match value {
                Some(value) if *of == table => rows.insert(key.clone(), value.clone()),
                None if *of == table => rows.remove(key),
                _ => None,
            };
        }
        Ok(rows)
    }

    /// The values of these keys, in order; none where there is none or it cannot be read.
    pub async fn get(&self, table: Table, keys: &[String]) -> Vec<Option<Vec<u8>>> {
        let mut found = match &self.database {
            Some(database) => values(database, table, keys).await.unwrap_or_default(),
            None => Vec::new(),
        };
        found.resize(keys.len(), None);
        for (key, value) in keys.iter().zip(&mut found) {
            if let Some(newer) = self.memory.get(&(table, key.clone())) {
                value.clone_from(newer);
            }
        }
        found
    }

    /// Stores all of these or, where the browser refuses, keeps them in memory; a problem is
    /// told the first time only.
    pub async fn write(&mut self, writes: Vec<Write>) -> Option<StorageProblem> {
        if writes.is_empty() {
            return None;
        }
        let problem = match &self.database {
            Some(database) => match store(database, &writes).await {
                Ok(()) => {
                    // Newer than what memory may hold under the same keys.
                    for write in writes {
                        self.memory.remove(&(write.table, write.key));
                    }
                    return None;
                }
                Err(idb::Error::DomException(e)) if e.name() == "QuotaExceededError" => {
                    StorageProblem::Full
                }
                Err(e) if e.to_string().contains("Quota") => StorageProblem::Full,
                Err(e) => StorageProblem::Blocked(e.to_string()),
            },
            None => StorageProblem::Full,
        };
        for write in writes {
            self.memory.insert((write.table, write.key), write.value);
        }
        let first = !std::mem::replace(&mut self.said, true);
        first.then_some(problem)
    }

    /// Nothing is in memory alone: another worker would find all.
    pub fn holds_all(&self) -> bool {
        self.database.is_some() && self.memory.is_empty()
    }

    /// Deletes what no photo row needs: left by deletions that nobody took back.
    pub async fn sweep(&self, snapshot: &Snapshot) {
        if let Some(database) = &self.database {
            // Best effort: what stays is swept the next time.
            let _ = sweep(database, snapshot).await;
        }
    }
}

fn damaged(error: idb::Error) -> StorageProblem {
    StorageProblem::Damaged(error.to_string())
}

async fn open(name: &str) -> Result<Database, idb::Error> {
    let mut request = Factory::new()?.open(name, Some(1))?;
    request.on_upgrade_needed(|event| {
        let database = event.database().expect("an upgrade has its database");
        for table in Table::ALL {
            database
                .create_object_store(table.name(), ObjectStoreParams::new())
                .expect("a new database has no table yet");
        }
    });
    let database = request.await?;
    // A database that was given up half made lacks tables.
    let names = database.store_names();
    match Table::ALL
        .iter()
        .all(|t| names.iter().any(|n| n == t.name()))
    {
        true => Ok(database),
        false => Err(idb::Error::DomExceptionNotFound),
    }
}

async fn entries(
    database: &Database,
    table: Table,
) -> Result<BTreeMap<String, Vec<u8>>, idb::Error> {
    let transaction = database.transaction(&[table.name()], TransactionMode::ReadOnly)?;
    let store = transaction.object_store(table.name())?;
    let keys = store.get_all_keys(None, None)?;
    let values = store.get_all(None, None)?;
    let (keys, values) = (keys.await?, values.await?);
    Ok(keys
        .iter()
        .filter_map(JsValue::as_string)
        .zip(values.iter().map(bytes))
        .collect())
}

async fn values(
    database: &Database,
    table: Table,
    keys: &[String],
) -> Result<Vec<Option<Vec<u8>>>, idb::Error> {
    let transaction = database.transaction(&[table.name()], TransactionMode::ReadOnly)?;
    let store = transaction.object_store(table.name())?;
    // All are asked for before the first answer: a transaction ends when nothing is open.
    let requests: Vec<_> = keys
        .iter()
        .map(|key| store.get(JsValue::from_str(key)))
        .collect::<Result<_, _>>()?;
    let mut found = Vec::new();
    for request in requests {
        found.push(request.await?.as_ref().map(bytes));
    }
    Ok(found)
}

fn bytes(value: &JsValue) -> Vec<u8> {
    value
        .dyn_ref::<Uint8Array>()
        .map(Uint8Array::to_vec)
        .unwrap_or_default()
}

async fn store(database: &Database, writes: &[Write]) -> Result<(), idb::Error> {
    let tables: HashSet<&str> = writes.iter().map(|w| w.table.name()).collect();
    let tables: Vec<&str> = tables.into_iter().collect();
    let transaction = database.transaction(&tables, TransactionMode::ReadWrite)?;
    let mut puts = Vec::new();
    for write in writes {
        let store = transaction.object_store(write.table.name())?;
        let key = JsValue::from_str(&write.key);
        match &write.value {
            Some(value) => puts.push(store.put(&Uint8Array::from(value.as_slice()), Some(&key))?),
            None => drop(store.delete(key)?),
        }
    }
    // Browsers say that they are full at the request or at the end: each is asked.
    for put in puts {
        put.await?;
    }
    let same: JsValue = transaction.into();
    let ended = Transaction::try_from(same.clone())?;
    // One commit for all: half a photo is never stored.
    let outcome = Transaction::try_from(same)?.commit()?.await;
    match (outcome, ended.error()) {
        (Ok(outcome), _) if outcome.is_committed() => Ok(()),
        (_, Some(why)) => Err(idb::Error::DomException(why)),
        (Err(why), None) => Err(why),
        (Ok(_), None) => Err(idb::Error::DomExceptionNotFound),
    }
}

async fn sweep(database: &Database, snapshot: &Snapshot) -> Result<(), idb::Error> {
    let needed = snapshot.needed();
    for table in [Table::Files, Table::Thumbnails, Table::Embeddings] {
        let transaction = database.transaction(&[table.name()], TransactionMode::ReadWrite)?;
        let store = transaction.object_store(table.name())?;
        for key in store.get_all_keys(None, None)?.await? {
            let text = key.as_string().unwrap_or_default();
            let hash = text.rsplit('/').next().unwrap_or_default();
            if !needed.contains(&PhotoHash(hash.to_owned())) {
                drop(store.delete(key)?);
            }
        }
        transaction.await?;
    }
    Ok(())
}
