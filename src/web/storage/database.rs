//! IndexedDB's side of the tables of bytes.

use std::collections::{BTreeMap, HashSet};

use idb::{Database, DatabaseEvent, Factory, ObjectStoreParams, Transaction, TransactionMode};
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

use data::problem::StorageProblem;
use data::sample::SampleHash;
use engine::store::{Snapshot, Table};

/// Grows with the tables. A database of a higher version is a newer Graft's.
const VERSION: u32 = 1;

/// A change as the database takes it; no value means that the entry goes.
pub struct Put {
    pub table: Table,
    pub key: String,
    pub value: Option<Uint8Array>,
}

/// What a failure means for a person.
pub fn problem(error: &idb::Error) -> StorageProblem {
    let name = match error {
        idb::Error::DomException(e) => e.name(),
        _ => String::new(),
    };
    let words = error.to_string();
    match name.as_str() {
        "VersionError" => StorageProblem::Newer,
        "QuotaExceededError" => StorageProblem::Full,
        _ if words.contains("VersionError") => StorageProblem::Newer,
        _ if words.contains("Quota") => StorageProblem::Full,
        _ => StorageProblem::Blocked(words.into()),
    }
}

pub async fn open(name: &str) -> Result<Database, idb::Error> {
    let mut request = Factory::new()?.open(name, Some(VERSION))?;
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

/// A table whole.
pub async fn entries(
    database: &Database,
    table: Table,
) -> Result<BTreeMap<String, Vec<u8>>, idb::Error> {
    let transaction = database.transaction(&[table.name()], TransactionMode::ReadOnly)?;
    let store = transaction.object_store(table.name())?;
    let keys = store.get_all_keys(None, None)?;
    let values = store.get_all(None, None)?;
    let (keys, values) = (keys.await?, values.await?);
    let rows = keys.iter().zip(&values);
    let rows = rows.filter_map(|(key, value)| Some((key.as_string()?, bytes(value))));
    Ok(rows.collect())
}

/// The values of these keys, in order; none where there is none.
pub async fn values(
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

/// Stores all of these, or none.
pub async fn store(database: &Database, writes: &[Put]) -> Result<(), idb::Error> {
    let tables: HashSet<&str> = writes.iter().map(|w| w.table.name()).collect();
    let tables: Vec<&str> = tables.into_iter().collect();
    let transaction = database.transaction(&tables, TransactionMode::ReadWrite)?;
    let mut puts = Vec::new();
    for write in writes {
        let store = transaction.object_store(write.table.name())?;
        let key = JsValue::from_str(&write.key);
        match &write.value {
            Some(value) => puts.push(store.put(value, Some(&key))?),
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

/// Deletes what no photo row needs: left by deletions that nobody took back.
pub async fn sweep(database: &Database, snapshot: &Snapshot) -> Result<(), idb::Error> {
    let needed = snapshot.needed();
    for table in [Table::Files, Table::Thumbnails, Table::Embeddings] {
        let transaction = database.transaction(&[table.name()], TransactionMode::ReadWrite)?;
        let store = transaction.object_store(table.name())?;
        for key in store.get_all_keys(None, None)?.await? {
            let text = key.as_string().unwrap_or_default();
            let hash = text.rsplit('/').next().unwrap_or_default();
            if !needed.contains(&SampleHash(hash.to_owned())) {
                drop(store.delete(key)?);
            }
        }
        transaction.await?;
    }
    Ok(())
}

pub async fn keys(database: &Database, table: Table) -> Result<Vec<String>, idb::Error> {
    let transaction = database.transaction(&[table.name()], TransactionMode::ReadOnly)?;
    let store = transaction.object_store(table.name())?;
    let keys = store.get_all_keys(None, None)?.await?;
    Ok(keys.iter().filter_map(JsValue::as_string).collect())
}
